//! Notices between processes: one connection that listens, and tells.
//!
//! A notice is sent after its transaction and outside of it, since transactions that hold notices come to their ends
//! one by one in the whole database. It may so be lost with its process, or while the connection is down: whoever waits
//! for news also looks by itself now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flowwright::base::Result as Checked;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket};

use super::connect::{Target, quoted};
use super::error::Trouble;

/// How long is waited before connecting again: first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Notices of others, and those of this process.
pub(super) struct News {
    shared: Arc<Shared>,
    task: Mutex<Option<JoinHandle<()>>>,
    /// How many notices were passed on.
    seen: AtomicU64,
}

struct Shared {
    target: Target,
    /// Where notices can be heard; none where they can only be sent.
    ears: Option<Config>,
    /// What tells this process's notices from those of others.
    own: String,
    /// Something is to be told.
    due: Notify,
    /// Counts the notices of others.
    heard: watch::Sender<u64>,
    /// Counts how often a connection was tried.
    tried: watch::Sender<u64>,
}

impl News {
    /// # Errors
    /// `InvalidArgument` where the direct way to the server cannot be read.
    pub fn new(target: &Target, own: String) -> Checked<Self> {
        let (heard, tried) = (watch::Sender::new(0), watch::Sender::new(0));
        let (target, ears) = (target.clone(), target.direct()?);
        let shared = Arc::new(Shared { target, ears, own, due: Notify::new(), heard, tried });
        Ok(Self { shared, task: Mutex::new(None), seen: AtomicU64::new(0) })
    }

    /// Begins to listen: what is told from then on is heard. If that cannot be, it is tried again later.
    pub async fn begin(&self) {
        let mut tried = self.shared.tried.subscribe();
        self.listen();
        // The sender is as old as this.
        let _tried = tried.wait_for(|tried| *tried > 0).await;
    }

    /// Listens, unless that is under way on a runtime that is still there.
    fn listen(&self) {
        let mut task = self.task.lock();
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            *task = Some(tokio::spawn(listen(Arc::clone(&self.shared))));
        }
    }

    /// Lets others know that something was written. Many at once are told once.
    pub fn tell(&self) {
        self.listen();
        self.shared.due.notify_one();
    }

    /// Resolves when others have told something since the last time.
    pub async fn changed(&self) {
        self.listen();
        let before = self.seen.load(Ordering::Acquire);
        let mut heard = self.shared.heard.subscribe();
        if let Ok(heard) = heard.wait_for(|heard| *heard > before).await.map(|heard| *heard) {
            self.seen.fetch_max(heard, Ordering::AcqRel);
        }
    }

    pub fn close(&self) {
        if let Some(task) = self.task.lock().take() {
            task.abort();
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.close();
    }
}

/// Listens until it is aborted, on one connection after the other.
async fn listen(shared: Arc<Shared>) {
    let mut pause = PAUSE.0;
    loop {
        let config = shared.ears.as_ref().unwrap_or(&shared.target.config);
        let connected = config.connect(shared.target.tls.clone()).await;
        match connected {
            Ok((client, connection)) => {
                pause = PAUSE.0;
                let end = tokio::select! {
                    end = hear(&shared, connection) => end,
                    end = speak(&shared, client) => end,
                };
                tracing::debug!(?end, "the connection for notices was lost");
            }
            Err(error) => tracing::debug!(%error, "there is no connection for notices"),
        }
        shared.tried.send_modify(|tried| *tried += 1);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

/// Drives the connection, and counts what others tell.
async fn hear<S>(shared: &Shared, mut connection: Connection<Socket, S>) -> Result<(), Trouble>
where
    S: TlsStream + Unpin,
{
    while let Some(message) = std::future::poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(notice) = message?
            && notice.payload() != shared.own
        {
            shared.heard.send_modify(|heard| *heard += 1);
        }
    }
    Ok(())
}

/// Asks for the notices of others, and sends those of this process.
async fn speak(shared: &Shared, client: Client) -> Result<(), Trouble> {
    let channel = shared.target.channel();
    if shared.ears.is_some() {
        // A notice that is lost in a crash is no loss: it need not be written to the disk.
        let listen = format!("SET synchronous_commit = off; LISTEN {}", quoted(&channel));
        client.batch_execute(&listen).await?;
    }
    if *shared.tried.borrow() > 0 {
        // Something may have been told while nobody listened here.
        shared.heard.send_modify(|heard| *heard += 1);
    }
    shared.tried.send_modify(|tried| *tried += 1);
    loop {
        shared.due.notified().await;
        let words: [(&(dyn ToSql + Sync), Type); 2] = [(&channel, Type::TEXT), (&shared.own, Type::TEXT)];
        if let Err(error) = client.query_typed("SELECT pg_notify($1, $2)", &words).await {
            shared.due.notify_one();
            return Err(error.into());
        }
    }
}
