//! Running attempts: a few together in one task, each polled once; what is not done then gets a task of its own.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::{self, Attempt, Waited};
use super::queue::Holding;
use super::{ActivityContext, Invoker, Started};
use crate::base::InstanceId;
use crate::protocol::{ActivityError, Input};

/// At most this many attempts share a task.
const CHUNK: usize = 32;
/// A first poll that takes longer is slow.
const SLOW: Duration = Duration::from_micros(200);
/// Results are not held back for longer than this.
const HOLD: Duration = Duration::from_millis(1);

impl Invoker {
    /// Hands attempts to tasks.
    pub(super) fn launch(self: &Arc<Self>, started: Vec<Started>) {
        let (alone, mut together): (Vec<_>, Vec<_>) =
            started.into_iter().partition(|one| one.handler.is_slow());
        for one in alone {
            self.tasks.spawn(Arc::clone(self).run_chunk(vec![one]));
        }
        while !together.is_empty() {
            let rest = together.split_off(together.len().min(CHUNK));
            self.tasks.spawn(Arc::clone(self).run_chunk(std::mem::replace(&mut together, rest)));
        }
    }

    async fn run_chunk(self: Arc<Self>, chunk: Vec<Started>) {
        let mut begun = Instant::now();
        let mut done = Done::default();
        for started in chunk {
            self.run_once(started, &mut done).await;
            if begun.elapsed() > HOLD {
                self.flush(&mut done);
                begun = Instant::now();
            }
        }
        self.flush(&mut done);
    }

    async fn run_once(self: &Arc<Self>, started: Started, done: &mut Done) {
        let Started { job, handler, holding, cancel } = started;
        let instance = job.instance;
        let before = Instant::now();
        let mut attempt = Attempt::begin(&handler, ActivityContext::new(instance, job.run, cancel));
        let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut attempt).poll(cx))).await;
        handler.learn(before.elapsed() > SLOW);
        match first {
            Poll::Ready(result) => {
                done.results.push((instance, attempt::input(attempt.context(), result, self.payload)));
                done.count += 1;
                if !holding.is_empty() {
                    done.holdings.push(holding);
                }
            }
            Poll::Pending => {
                done.detached += 1;
                self.tasks.spawn(Arc::clone(self).run_on(instance, attempt, holding));
            }
        }
    }

    /// Sees an attempt to its end that was not done at once.
    async fn run_on(self: Arc<Self>, instance: InstanceId, mut attempt: Attempt, holding: Holding) {
        let context = attempt.context().clone();
        let give = |result| {
            self.returned();
            self.mailboxes.result(instance, attempt::input(&context, result, self.payload));
        };
        match attempt::wait(&mut attempt, self.grace).await {
            Waited::Done(result) => give(result),
            Waited::Dropped => give(Err(ActivityError::retryable("cancelled", "told to stop, and dropped"))),
            Waited::GivenUp(error) => {
                give(Err(error));
                let late = attempt::wait_late(&mut attempt, self.grace).await;
                late.into_iter().for_each(give);
            }
        }
        self.finished(1, 0, vec![holding]);
    }

    fn flush(self: &Arc<Self>, done: &mut Done) {
        let Done { results, holdings, count, detached } = std::mem::take(done);
        self.mailboxes.results(results);
        if count > 0 || detached > 0 {
            self.finished(count, detached, holdings);
        }
    }
}

/// What a chunk has to report.
#[derive(Default)]
struct Done {
    results: Vec<(InstanceId, Input)>,
    holdings: Vec<Holding>,
    count: usize,
    detached: usize,
}
