//! What is wrong with a commit before a store has looked at it. Every store asks here, so that all refuse the same.

use super::{Commit, Delivery, TaskRow, TaskWrite};
use crate::base::{Error, ErrorKind, InstanceId, Result};

/// The largest encoded value that a store takes: events of one commit, a snapshot, an input, a task. In bytes.
pub const LARGEST_VALUE: usize = 256 * 1024 * 1024;

impl Commit {
    /// The instance, and the last sequence number that its history has after this commit.
    ///
    /// # Errors
    /// `InvalidArgument` or `TooLarge` if no store could write it; the message says what is wrong.
    pub fn check(&self) -> Result<(InstanceId, u64)> {
        let instance = self.instance.ok_or_else(|| wrong("a commit needs its instance"))?;
        self.check_parts(instance).map_err(|error| error.with("instance", instance))
    }

    fn check_parts(&self, instance: InstanceId) -> Result<(InstanceId, u64)> {
        let last = self.check_history()?;
        if self.expected_seq == 0 && (self.summary.is_none() || self.history.is_none()) {
            return Err(wrong("the first commit of an instance needs its row and its first events"));
        }
        if let Some(snapshot) = &self.snapshot {
            if snapshot.seq > last {
                return Err(wrong("a snapshot cannot be ahead of the history"));
            }
            size("snapshot", snapshot.state.len())?;
        }
        self.check_summary()?;
        self.tasks.iter().try_for_each(|write| match write {
            TaskWrite::Put(row) => check_task(instance, row),
            TaskWrite::Remove(id) => own_task(instance, id.instance),
        })?;
        for (row, _) in &self.subscriptions {
            text("message name", &row.name)?;
            text("correlation key", &row.correlation)?;
        }
        self.outbox.iter().try_for_each(Delivery::check)?;
        Ok((instance, last))
    }

    fn check_history(&self) -> Result<u64> {
        let Some(history) = &self.history else { return Ok(self.expected_seq) };
        if history.first_seq != self.expected_seq + 1 || history.last_seq < history.first_seq {
            return Err(wrong("the events of a commit must follow the expected sequence number")
                .with("expected_seq", self.expected_seq)
                .with("first_seq", history.first_seq)
                .with("last_seq", history.last_seq));
        }
        size("events", history.events.len())?;
        Ok(history.last_seq)
    }

    fn check_summary(&self) -> Result<()> {
        let Some(row) = &self.summary else { return Ok(()) };
        text("flow", &row.flow)?;
        row.key.iter().try_for_each(|key| text("key", key))?;
        row.error_code.iter().try_for_each(|code| text("error code", code))?;
        row.result.iter().try_for_each(|result| text("result", result))?;
        row.labels
            .iter()
            .try_for_each(|(name, value)| text("label", name).and_then(|()| text("label", value)))
    }
}

impl Delivery {
    /// Whether a store can write it.
    ///
    /// # Errors
    /// `InvalidArgument` or `TooLarge`.
    pub fn check(&self) -> Result<()> {
        self.dedup.iter().try_for_each(|dedup| text("dedup", dedup))?;
        size("input", self.input.len())
    }
}

fn check_task(instance: InstanceId, row: &TaskRow) -> Result<()> {
    own_task(instance, row.id.instance)?;
    size("task", row.view.len())?;
    let people = row.assignee.iter().chain(&row.excluded);
    let candidates = row.candidates.users.iter().chain(&row.candidates.roles).chain(&row.candidates.groups);
    [&row.flow, &row.step].into_iter().chain(people).chain(candidates).try_for_each(|name| text("task", name))
}

fn own_task(instance: InstanceId, owner: InstanceId) -> Result<()> {
    if owner == instance {
        return Ok(());
    }
    Err(wrong("a commit writes only the tasks of its own instance").with("task of", owner))
}

/// Words by which something is found hold no NUL: not every database can store it.
fn text(what: &str, value: &str) -> Result<()> {
    if value.contains('\0') {
        return Err(wrong(format!("a {what} must not contain the character U+0000")));
    }
    size(what, value.len())
}

fn size(what: &str, bytes: usize) -> Result<()> {
    if bytes <= LARGEST_VALUE {
        return Ok(());
    }
    Err(Error::new(ErrorKind::TooLarge, format!("{what}: {bytes} bytes are more than a store takes"))
        .with("bound", LARGEST_VALUE))
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
