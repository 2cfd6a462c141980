//! What follows from decisions once they are durable.

use super::mail::Answer;
use super::mailbox::Reply;
use crate::base::Result;
use crate::protocol::{Input, RunActivity, TaskView, Work};

/// What follows from decisions once they are durable; nothing of it happens before.
#[derive(Default)]
pub(crate) struct Effects {
    /// Handlers to run.
    #[expect(clippy::vec_box, reason = "they come boxed and go on boxed")]
    pub run: Vec<Box<RunActivity>>,
    /// Handlers to stop.
    pub stop: Vec<Work>,
    /// Tasks to give to somebody.
    pub route: Vec<TaskView>,
    /// Callers to answer.
    pub replies: Vec<(Reply, Result<Answer>)>,
    /// Results of handlers that are part of it: no more repeated after a crash. Each with the last event of its
    /// decision.
    pub results: Vec<(Input, u64)>,
    /// Inbox items that are consumed with it.
    pub items: Vec<u64>,
    /// Shards with new mail.
    pub mailed: Vec<u32>,
}

impl Effects {
    /// Adds what was decided later.
    pub fn merge(&mut self, later: Self) {
        self.run.extend(later.run);
        self.stop.extend(later.stop);
        self.route.extend(later.route);
        self.replies.extend(later.replies);
        self.results.extend(later.results);
        self.items.extend(later.items);
        self.mailed.extend(later.mailed);
    }
}
