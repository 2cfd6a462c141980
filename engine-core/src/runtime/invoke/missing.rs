//! Work that no handler of this process does: it waits for one, here or in another process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::queue::{Job, JobKey};
use crate::protocol::RunActivity;
use crate::store::OwnerId;

/// Work without a handler here.
#[derive(Default)]
pub(super) struct Missing {
    jobs: BTreeMap<JobKey, Homeless>,
    /// Work that was offered and is not wanted any more: whoever has it is to be told.
    withdrawn: Vec<(JobKey, OwnerId)>,
}

struct Homeless {
    job: Job,
    /// Who was asked to do it.
    offered: Option<OwnerId>,
    /// A process may be at it already, whom this one knows nothing of: it is only ever offered.
    taken_over: bool,
}

/// Work to offer.
#[derive(Clone)]
pub(crate) struct Offer {
    pub key: JobKey,
    pub run: Box<RunActivity>,
    pub offered: Option<OwnerId>,
}

impl Missing {
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.withdrawn.is_empty()
    }

    pub fn insert(&mut self, job: Job, taken_over: bool) {
        self.jobs.insert(job.key(), Homeless { job, offered: None, taken_over });
    }

    /// A handler has come: what nobody else was asked to do is done here.
    pub fn handler_came(&mut self, name: &Arc<str>) -> Vec<Job> {
        let mine =
            |home: &Homeless| home.job.run.handler == *name && home.offered.is_none() && !home.taken_over;
        let keys: Vec<JobKey> =
            self.jobs.iter().filter(|(_, home)| mine(home)).map(|(key, _)| *key).collect();
        keys.iter().filter_map(|key| self.jobs.remove(key)).map(|home| home.job).collect()
    }

    /// The work is done with, here or elsewhere.
    pub fn forget(&mut self, key: &JobKey) -> bool {
        self.jobs.remove(key).is_some()
    }

    /// The work is not wanted any more. True if it was here.
    pub fn withdraw(&mut self, key: &JobKey) -> bool {
        let Some(home) = self.jobs.remove(key) else { return false };
        self.withdrawn.extend(home.offered.map(|owner| (*key, owner)));
        true
    }

    pub fn withdrawn(&mut self) -> Vec<(JobKey, OwnerId)> {
        std::mem::take(&mut self.withdrawn)
    }

    /// What could be offered to processes that have these handlers: what nobody was asked to do, and with `anew` also
    /// the rest.
    pub fn offers(&self, handlers: &BTreeSet<Arc<str>>, anew: bool) -> Vec<Offer> {
        self.jobs
            .iter()
            .filter(|(_, home)| (anew || home.offered.is_none()) && handlers.contains(&home.job.run.handler))
            .map(|(key, home)| Offer { key: *key, run: home.job.run.clone(), offered: home.offered })
            .collect()
    }

    pub fn offered(&mut self, key: &JobKey, owner: OwnerId) {
        if let Some(home) = self.jobs.get_mut(key) {
            home.offered = Some(owner);
        }
    }
}
