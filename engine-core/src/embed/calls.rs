//! Requests that are under way.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::task::AbortHandle;

/// Requests by the caller's number.
#[derive(Default)]
pub(super) struct Calls {
    waiting: Mutex<HashMap<u64, AbortHandle>>,
}

impl Calls {
    /// Begins a request. It cannot end before it is in the list.
    pub fn begin(&self, call: u64, spawn: impl FnOnce() -> AbortHandle) {
        let mut waiting = self.waiting.lock();
        let task = spawn();
        waiting.insert(call, task);
    }

    /// Ends a request; false if nobody waits for its answer.
    pub fn end(&self, call: u64) -> bool {
        self.waiting.lock().remove(&call).is_some()
    }

    /// Breaks a wait off.
    pub fn forget(&self, call: u64) {
        let waiting = self.waiting.lock().remove(&call);
        if let Some(task) = waiting {
            task.abort();
        }
    }

    pub fn count(&self) -> usize {
        self.waiting.lock().len()
    }
}
