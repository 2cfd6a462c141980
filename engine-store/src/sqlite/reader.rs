//! Reading: a few connections, each on a thread of its own, that take questions from one queue.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use flowwright::base::{Error, ErrorKind, Result};
use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::Trouble;
use super::{SqliteOptions, closed, connect};

type Question = Box<dyn FnOnce(&mut Connection) + Send>;

/// The threads that read. They end when the last question is answered after [`close`](Self::close).
pub(super) struct Readers {
    queue: RwLock<Option<Sender<Question>>>,
}

impl Readers {
    pub fn start(path: &Path, options: &SqliteOptions) -> Result<Self, Trouble> {
        let (queue, questions) = channel::<Question>();
        let questions = Arc::new(Mutex::new(questions));
        for _ in 0..options.readers.max(1) {
            let conn = connect::reader(path, options)?;
            let questions = questions.clone();
            spawn("flowwright-reader", move || answer(conn, &questions))?;
        }
        Ok(Self { queue: RwLock::new(Some(queue)) })
    }

    /// Asks on a connection of its own for as long as the question takes.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job: Question = Box::new(move |conn| {
            // Nobody waits for it any more if this fails.
            let _gone = reply.send(question(conn));
        });
        let sent = self.queue.read().as_ref().map(|queue| queue.send(job));
        match sent {
            Some(Ok(())) => answer.await.map_err(|_| closed())?.map_err(Error::from),
            _ => Err(closed()),
        }
    }

    pub fn is_closed(&self) -> bool {
        self.queue.read().is_none()
    }

    pub fn close(&self) {
        self.queue.write().take();
    }
}

fn answer(mut conn: Connection, questions: &Mutex<Receiver<Question>>) {
    loop {
        // One thread waits in the queue, the others at the lock.
        let next = questions.lock().recv();
        let Ok(question) = next else { return };
        question(&mut conn);
    }
}

/// Starts a thread that lives as long as its queue.
pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Trouble> {
    match thread::Builder::new().name(name.to_owned()).spawn(run) {
        Ok(_detached) => Ok(()),
        Err(error) => {
            Err(Error::new(ErrorKind::StoreUnavailable, "no thread can be started").caused_by(error).into())
        }
    }
}
