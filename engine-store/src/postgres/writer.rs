//! Group commit: one task takes all that is waiting, writes it in one transaction, and acknowledges it together. While
//! it does, the next ones gather.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{Error, ErrorKind, InstanceId, Result};
use flowwright::store::{Commit, CommitOutcome, Delivery};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};

use super::core::Core;
use super::error::{Failure, Trouble};
use super::link::{Link, Session};
use super::plan::{Plan, outcomes};
use super::{closed, ground, write};

/// At most this many calls share a transaction, so that the first of them does not wait too long.
const MOST_CALLS: usize = 1_024;

/// How often a transaction is run again that another one got in the way of.
const MOST_CLASHES: u32 = 8;

/// A call that writes.
#[derive(Default)]
pub(super) struct Call {
    pub commits: Vec<Commit>,
    /// What [`Commit::check`] said of each.
    pub checked: Vec<(InstanceId, u64)>,
    pub discard: Vec<u64>,
    pub deliver: Vec<Delivery>,
}

impl Call {
    /// All that it delivers, of commits and otherwise.
    pub fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.commits.iter().flat_map(|commit| &commit.outbox).chain(&self.deliver)
    }
}

type Outcomes = Vec<CommitOutcome>;
type Job = (Call, oneshot::Sender<Result<Outcomes>>);

/// The queue of the task that writes.
#[derive(Default)]
pub(super) struct Writer {
    state: Mutex<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Running(mpsc::UnboundedSender<Job>, watch::Receiver<()>),
    Closed(Option<watch::Receiver<()>>),
}

impl Writer {
    /// Queues a call. The answer comes when it is durable.
    pub async fn run(&self, core: &Arc<Core>, call: Call) -> Result<Outcomes> {
        let (reply, answer) = oneshot::channel();
        self.send(core, (call, reply))?;
        // A task that ends in the middle may have written or not.
        answer.await.map_err(|_| {
            Error::new(ErrorKind::StoreUnavailable, "the runtime of the task that writes has ended")
        })?
    }

    fn send(&self, core: &Arc<Core>, job: Job) -> Result<()> {
        let mut state = self.state.lock();
        let job = match &*state {
            State::Closed(_) => return Err(closed()),
            State::Idle => job,
            State::Running(queue, _) => match queue.send(job) {
                Ok(()) => return Ok(()),
                // Its runtime has ended; this call comes from another one.
                Err(unsent) => unsent.0,
            },
        };
        let (queue, jobs) = mpsc::unbounded_channel();
        let (end, ended) = watch::channel(());
        let _sent = queue.send(job);
        *state = State::Running(queue, ended);
        let core = Arc::clone(core);
        tokio::spawn(async move {
            work(&core, jobs).await;
            drop(end);
        });
        Ok(())
    }

    /// Refuses new calls, and waits until those in the queue are written.
    pub async fn close(&self) {
        let ended = {
            let mut state = self.state.lock();
            let ended = match std::mem::take(&mut *state) {
                State::Idle => None,
                State::Running(_, ended) => Some(ended),
                State::Closed(ended) => ended,
            };
            *state = State::Closed(ended.clone());
            ended
        };
        if let Some(mut ended) = ended {
            // The task never sends: an error is its end.
            let _ended = ended.changed().await;
        }
    }
}

async fn work(core: &Core, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut waiting = Vec::new();
    // Its connection is its own, so that no write waits behind many reads.
    let mut own = None;
    while jobs.recv_many(&mut waiting, MOST_CALLS).await > 0 {
        let (group, replies): (Vec<Call>, Vec<_>) = waiting.drain(..).unzip();
        for (reply, answer) in replies.into_iter().zip(answer(core, &mut own, group).await) {
            // Nobody waits for it any more if this fails.
            let _gone = reply.send(answer);
        }
    }
}

/// One answer for each call of a group. What the database will not have is the fault of one call and nothing of the
/// transaction is left: the calls are then written one by one.
async fn answer(core: &Core, own: &mut Option<Link>, group: Vec<Call>) -> Vec<Result<Outcomes>> {
    match transaction(core, own, &group).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(trouble) if group.len() > 1 && !trouble.is_lost() => {
            let mut answers = Vec::with_capacity(group.len());
            for call in &group {
                let answer = transaction(core, own, std::slice::from_ref(call)).await;
                answers
                    .push(answer.map(|mut outcomes| outcomes.pop().unwrap_or_default()).map_err(Error::from));
            }
            answers
        }
        Err(trouble) => {
            let failure = Failure::of(trouble);
            group.iter().map(|_| Err(failure.clone().into())).collect()
        }
    }
}

/// Writes a group, again if something got in the way of it that is gone the next time.
async fn transaction(core: &Core, own: &mut Option<Link>, group: &[Call]) -> Result<Vec<Outcomes>, Trouble> {
    let mut clashes = 0;
    let mut lost = false;
    loop {
        let trouble = match attempt(core, own, group).await {
            Ok(outcomes) => return Ok(outcomes),
            Err(Attempt::Begun(trouble)) if trouble.is_lost() && !lost => {
                // A connection that was idle may have ended long ago. Nothing was written yet.
                lost = true;
                continue;
            }
            Err(Attempt::Begun(trouble) | Attempt::Sent(trouble)) => trouble,
        };
        clashes += 1;
        if !trouble.is_clash() || clashes > MOST_CLASHES {
            return Err(trouble);
        }
        tokio::time::sleep(Duration::from_millis(u64::from(clashes))).await;
    }
}

/// How far a transaction came that failed.
enum Attempt {
    /// Nothing was written.
    Begun(Trouble),
    /// The end of the transaction was sent. If the connection is lost, nobody knows whether it came to that.
    Sent(Trouble),
}

async fn attempt(core: &Core, own: &mut Option<Link>, group: &[Call]) -> Result<Vec<Outcomes>, Attempt> {
    let link = match own.take().filter(|link| !link.client().is_closed()) {
        Some(link) => link,
        None => core.client().await.map_err(Attempt::Begun)?,
    };
    let session = Session::new(link);
    let link = session.link().map_err(Attempt::Begun)?;
    let ground = match ground::begin(link, group).await {
        Ok(ground) => ground,
        Err(trouble) => {
            *own = session.roll_back().await;
            return Err(Attempt::Begun(trouble));
        }
    };
    let mut plan = Plan::new(ground);
    let verdicts: Vec<_> = group.iter().map(|call| plan.call(call)).collect();
    if plan.writes.is_empty() {
        *own = session.roll_back().await;
        return Ok(verdicts.into_iter().map(|verdicts| outcomes(verdicts, 0)).collect());
    }
    let before = match write::write(link, &plan.ground, &plan.writes, core.line).await {
        Ok(before) => before,
        Err(trouble) => {
            *own = session.roll_back().await;
            return Err(Attempt::Sent(trouble));
        }
    };
    *own = session.ended();
    if !plan.writes.delivered.is_empty() {
        core.news.tell();
    }
    Ok(verdicts.into_iter().map(|verdicts| outcomes(verdicts, before + 1)).collect())
}
