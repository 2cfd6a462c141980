//! Group commit: one thread takes all that is waiting, writes it in one transaction, makes it durable once, and
//! acknowledges it together. While it does, the next ones gather.

use std::sync::mpsc::{Receiver, Sender, channel};

use flowwright::base::Result;
use parking_lot::RwLock;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::closed;
use super::error::{Failure, Trouble};
use super::reader::spawn;
use super::session::Session;
use crate::Clock;

/// At most this many calls share a transaction, so that the first of them does not wait too long.
const MOST_CALLS: usize = 8_192;

/// A call that writes: it is run inside the transaction, and answered after it.
trait Job: Send {
    fn run(&mut self, session: &mut Session<'_>) -> Result<(), rusqlite::Error>;
    fn answer(self: Box<Self>, failure: Option<&Failure>);
}

struct Call<T, F> {
    operation: Option<F>,
    answer: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnOnce(&mut Session<'_>) -> Result<T, Trouble> + Send> Job for Call<T, F> {
    fn run(&mut self, session: &mut Session<'_>) -> Result<(), rusqlite::Error> {
        let Some(operation) = self.operation.take() else { return Ok(()) };
        match operation(session) {
            Ok(answer) => self.answer = Some(Ok(answer)),
            Err(Trouble::Refused(error)) => self.answer = Some(Err(error)),
            Err(Trouble::Broken(error)) => return Err(error),
        }
        Ok(())
    }

    fn answer(self: Box<Self>, failure: Option<&Failure>) {
        let answer = match (failure, self.answer) {
            // What was refused was refused for reasons of its own.
            (Some(failure), Some(Ok(_)) | None) => Err(failure.clone().into()),
            (_, Some(answer)) => answer,
            (None, None) => Err(closed()),
        };
        // Nobody waits for it any more if this fails.
        let _gone = self.reply.send(answer);
    }
}

/// The thread that writes. It ends when everything in its queue is written after [`close`](Self::close).
pub(super) struct Writer {
    queue: RwLock<Option<Sender<Box<dyn Job>>>>,
    ended: tokio::sync::watch::Receiver<()>,
}

impl Writer {
    pub fn start(conn: Connection, clock: Clock, noticed: super::session::Noticed) -> Result<Self, Trouble> {
        let (queue, jobs) = channel();
        let (end, ended) = tokio::sync::watch::channel(());
        spawn("flowwright-writer", move || {
            match Session::new(&conn, clock, noticed) {
                Ok(session) => write(session, &jobs),
                Err(error) => refuse(&jobs, &Failure::of(&error)),
            }
            finish(&conn);
            drop(conn);
            drop(end);
        })?;
        Ok(Self { queue: RwLock::new(Some(queue)), ended })
    }

    /// Runs an operation inside a transaction. The answer comes when it is durable.
    pub async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Session<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Call { operation: Some(operation), answer: None, reply });
        let sent = self.queue.read().as_ref().map(|queue| queue.send(job));
        match sent {
            Some(Ok(())) => answer.await.map_err(|_| closed())?,
            _ => Err(closed()),
        }
    }

    /// Refuses new calls, and waits until those in the queue are written.
    pub async fn close(&self) {
        self.queue.write().take();
        // The thread never sends: an error is its end.
        let _ended = self.ended.clone().changed().await;
    }
}

fn write(mut session: Session<'_>, jobs: &Receiver<Box<dyn Job>>) {
    let mut group: Vec<Box<dyn Job>> = Vec::new();
    while let Ok(first) = jobs.recv() {
        group.push(first);
        group.extend(jobs.try_iter().take(MOST_CALLS - 1));
        let failure = transaction(&mut session, &mut group).err().map(|error| Failure::of(&error));
        for job in group.drain(..) {
            job.answer(failure.as_ref());
        }
    }
}

/// Answers all calls with the same failure.
fn refuse(jobs: &Receiver<Box<dyn Job>>, failure: &Failure) {
    while let Ok(job) = jobs.recv() {
        job.answer(Some(failure));
    }
}

fn transaction(session: &mut Session<'_>, group: &mut [Box<dyn Job>]) -> Result<(), rusqlite::Error> {
    let written = session
        .begin()
        .and_then(|()| group.iter_mut().try_for_each(|job| job.run(session)))
        .and_then(|()| session.commit());
    if written.is_err() {
        session.roll_back();
    }
    written
}

/// Leaves a file without a log behind, if nobody else has it open. What fails here is done at the next opening.
fn finish(conn: &Connection) {
    let _statistics = conn.execute_batch("PRAGMA optimize");
    let _moved = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flowwright::base::Timestamp;

    use super::*;
    use crate::SqliteOptions;
    use crate::sqlite::connect;

    #[test]
    fn a_transaction_that_was_left_open_holds_nobody_up_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("left.db");
        let conn = connect::writer(&path, &SqliteOptions::default()).unwrap();
        let clock: Clock = Arc::new(|| Timestamp::EPOCH);
        let mut session = Session::new(&conn, clock, Arc::default()).unwrap();
        // As after a beginning, or a rollback, that failed halfway.
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(transaction(&mut session, &mut []).is_err());
        assert!(conn.is_autocommit());
        transaction(&mut session, &mut []).unwrap();
    }
}
