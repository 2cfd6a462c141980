//! The invoker's side of work that other processes do.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Invoker, JobKey, Offer};
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

    /// Work without a handler here, for those who have these handlers: what nobody was asked to do yet, or with `anew`
    /// all of it.
    pub fn offers(&self, handlers: &BTreeSet<Arc<str>>, anew: bool) -> Vec<Offer> {
        self.inner.lock().missing.offers(handlers, anew)
    }

    /// Somebody was asked to do it.
    pub fn offered(&self, given: &[(JobKey, OwnerId)]) {
        let mut inner = self.inner.lock();
        given.iter().for_each(|(key, owner)| inner.missing.offered(key, *owner));
    }

    /// Work that somebody was asked to do and that is not wanted any more; only once.
    pub fn withdrawn(&self) -> Vec<(JobKey, OwnerId)> {
        self.inner.lock().missing.withdrawn()
    }
}
