//! Work that no handler of this process does: it waits for one, here or in another process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::queue::{Job, JobKey};
use crate::store::OwnerId;

/// Work without a handler here.
#[derive(Default)]
pub(super) struct Missing {
    jobs: BTreeMap<JobKey, Job>,
    /// Work that another process is asked to do.
    assigned: BTreeMap<JobKey, OwnerId>,
    /// Work that was assigned and is not wanted any more: whoever has it is to be told.
    withdrawn: Vec<(JobKey, OwnerId)>,
}

impl Missing {
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.assigned.is_empty() && self.withdrawn.is_empty()
    }

    pub fn insert(&mut self, job: Job) {
        self.jobs.insert(job.key(), job);
    }

    /// A handler has come: what nobody else is asked to do is done here.
    pub fn handler_came(&mut self, name: &Arc<str>) -> Vec<Job> {
        self.jobs.extract_if(.., |_, job| job.run.handler == *name).map(|(_, job)| job).collect()
    }

    /// The work is done with, here or elsewhere. True if it was here.
    pub fn forget(&mut self, key: &JobKey) -> bool {
        self.jobs.remove(key).is_some() | self.assigned.remove(key).is_some()
    }

    /// The work is not wanted any more. True if it was here.
    pub fn withdraw(&mut self, key: &JobKey) -> bool {
        let assigned = self.assigned.remove(key);
        self.withdrawn.extend(assigned.map(|owner| (*key, owner)));
        self.jobs.remove(key).is_some() || assigned.is_some()
    }

    pub fn withdrawn(&mut self) -> Vec<(JobKey, OwnerId)> {
        std::mem::take(&mut self.withdrawn)
    }

    /// What processes that have these handlers could be asked to do.
    pub fn offers(&self, handlers: &BTreeSet<Arc<str>>) -> Vec<(JobKey, Arc<str>)> {
        let wanted = |(key, job): (&JobKey, &Job)| {
            handlers.contains(&job.run.handler).then(|| (*key, Arc::clone(&job.run.handler)))
        };
        self.jobs.iter().filter_map(wanted).collect()
    }

    /// Somebody is asked to do it.
    pub fn assign(&mut self, key: JobKey, owner: OwnerId) {
        self.jobs.remove(&key);
        self.assigned.insert(key, owner);
    }

    /// Whether another process is asked to do it.
    pub fn is_assigned(&self, key: &JobKey) -> bool {
        self.assigned.contains_key(key)
    }

    /// What is assigned to processes that are not among these.
    pub fn orphans(&self, about: &[OwnerId]) -> Vec<(JobKey, OwnerId)> {
        let gone = |(key, owner): (&JobKey, &OwnerId)| (!about.contains(owner)).then_some((*key, *owner));
        self.assigned.iter().filter_map(gone).collect()
    }
}
