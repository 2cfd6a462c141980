//! Rows of instances, asked for by many at once: while one question is under way the next ones gather, and are asked
//! together.

use std::collections::HashMap;
use std::sync::Arc;

use flowwright::base::{Error, ErrorKind, InstanceId, Result};
use flowwright::store::InstanceSummary;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::core::Core;
use super::error::{Failure, Trouble};
use super::flight::ask;
use super::param::params;
use super::row::{self, Id};
use crate::sql::statement as sql;

/// At most so many are asked for at once.
const MOST: usize = 1_000;

type Answer = Result<Option<InstanceSummary>, Failure>;

#[derive(Default)]
struct State {
    waiting: Vec<(InstanceId, oneshot::Sender<Answer>)>,
    /// Whether a task asks for those that wait.
    asking: bool,
}

/// Those who wait for an answer.
#[derive(Default)]
pub(super) struct Gather(Mutex<State>);

impl Gather {
    /// The row of an instance, as it is when the question is asked or later.
    pub async fn summary(core: &Arc<Core>, id: InstanceId) -> Result<Option<InstanceSummary>> {
        let (reply, answer) = oneshot::channel();
        {
            let mut state = core.gather.0.lock();
            state.waiting.push((id, reply));
            if !std::mem::replace(&mut state.asking, true) {
                tokio::spawn(work(Task { core: Arc::clone(core), ended: false }));
            }
        }
        let ended =
            |_| Error::new(ErrorKind::StoreUnavailable, "the runtime of the task that reads has ended");
        Ok(answer.await.map_err(ended)??)
    }
}

/// The task that asks. If it ends before its time, nobody waits in vain.
struct Task {
    core: Arc<Core>,
    /// Another task may be at work already.
    ended: bool,
}

impl Drop for Task {
    fn drop(&mut self) {
        if !self.ended {
            *self.core.gather.0.lock() = State::default();
        }
    }
}

impl Task {
    /// The next ones. If there are none, the task has ended.
    fn next(&mut self) -> Vec<(InstanceId, oneshot::Sender<Answer>)> {
        let mut state = self.core.gather.0.lock();
        let count = state.waiting.len().min(MOST);
        let next = state.waiting.drain(..count).collect();
        state.asking = count > 0;
        self.ended = count == 0;
        next
    }
}

async fn work(mut task: Task) {
    loop {
        let group = task.next();
        if group.is_empty() {
            return;
        }
        let ids = group.iter().map(|(id, _)| Id::from(*id)).collect();
        let answer = read(&task.core, ids).await.map_err(Failure::of);
        for (id, reply) in group {
            // Nobody waits for it any more if this fails.
            let _gone =
                reply.send(answer.as_ref().map(|found| found.get(&id).cloned()).map_err(Failure::clone));
        }
    }
}

async fn read(core: &Core, ids: Vec<Id>) -> Result<HashMap<InstanceId, InstanceSummary>, Trouble> {
    let rows = ask(&core.client().await?, sql::SUMMARIES, params![ids]).await?;
    rows.iter().map(|row| row::summary(row).map(|summary| (summary.instance, summary))).collect()
}
