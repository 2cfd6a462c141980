//! The invoker's side of work that other processes do.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Invoker, JobKey};
use crate::store::OwnerId;

impl Invoker {
    /// The handlers that this process has.
    pub fn names(&self) -> BTreeSet<Arc<str>> {
        self.handlers.read().keys().cloned().collect()
    }

    /// Whether there is work that has no handler here, or somebody to be told of it.
    pub fn misses(&self) -> bool {
        !self.inner.lock().missing.is_empty()
    }

    /// Work without a handler here that nobody is asked to do yet, for those who have these handlers.
    pub fn offers(&self, handlers: &BTreeSet<Arc<str>>) -> Vec<(JobKey, Arc<str>)> {
        self.inner.lock().missing.offers(handlers)
    }

    /// Somebody is asked to do it.
    pub fn assign(&self, key: JobKey, owner: OwnerId) {
        self.inner.lock().missing.assign(key, owner);
    }

    /// Work of processes that are not among these.
    pub fn orphans(&self, about: &[OwnerId]) -> Vec<(JobKey, OwnerId)> {
        self.inner.lock().missing.orphans(about)
    }

    /// The work is lost.
    pub fn forget(&self, key: &JobKey) {
        self.inner.lock().forget(key);
    }

    /// Work that somebody was asked to do and that is not wanted any more; only once.
    pub fn withdrawn(&self) -> Vec<(JobKey, OwnerId)> {
        self.inner.lock().missing.withdrawn()
    }
}
