//! Workers under the virtual clock: first in, first out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Span, Timestamp};
use crate::protocol::Work;

use super::world::Outcome;

/// The order in which waiting work is taken: priority, then when it became ready, then the step's number.
type Place = (Reverse<u8>, Timestamp, u32, usize, u32);

/// Work that runs: the order in which results are decided at one instant.
type Finish = (Timestamp, u64);

/// Jobs that wait for a worker or run on one.
#[derive(Default)]
pub(super) struct Workers {
    limit: Option<usize>,
    waiting: BTreeMap<Place, Job>,
    running: BTreeMap<Finish, Job>,
    busy: usize,
    started: u64,
    called_off: BTreeSet<(usize, Work)>,
}

/// Something that takes a while.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// The instance, by its number in the simulation.
    pub instance: usize,
    /// The activation, for the order at one instant.
    pub activation: u32,
    /// The attempt, if it is an activity: such a job takes a worker.
    pub work: Option<Work>,
    pub after: Span,
    pub outcome: Outcome,
}

impl Workers {
    pub fn new(limit: Option<usize>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Adds a job. One that needs no worker starts now.
    pub fn add(&mut self, now: Timestamp, priority: u8, step: u32, job: Job) {
        if job.work.is_none() {
            return self.start(now, job);
        }
        self.waiting.insert((Reverse(priority), now, step, job.instance, job.activation), job);
    }

    fn start(&mut self, now: Timestamp, job: Job) {
        self.busy += usize::from(job.work.is_some());
        self.started += 1;
        self.running.insert((now + job.after, self.started), job);
    }

    /// Gives waiting jobs to free workers.
    pub fn assign(&mut self, now: Timestamp) {
        while self.limit.is_none_or(|limit| self.busy < limit) {
            let Some((_, job)) = self.waiting.pop_first() else { return };
            let off = job.work.is_some_and(|work| self.called_off.remove(&(job.instance, work)));
            if !off {
                self.start(now, job);
            }
        }
    }

    /// Takes a job away: nobody wants its result any more.
    pub fn call_off(&mut self, instance: usize, work: Work) {
        let running = |job: &Job| job.instance == instance && job.work == Some(work);
        let place = self.running.iter().find(|(_, job)| running(job)).map(|(place, _)| *place);
        match place {
            Some(place) => {
                self.running.remove(&place);
                self.busy -= 1;
            }
            None => {
                self.called_off.insert((instance, work));
            }
        }
    }

    /// When the next job ends, and the activation that it belongs to.
    pub fn next_end(&self) -> Option<(Timestamp, usize, u32)> {
        self.running.first_key_value().map(|((end, _), job)| (*end, job.instance, job.activation))
    }

    /// Takes the next job that has ended.
    pub fn pop(&mut self) -> Option<Job> {
        let (_, job) = self.running.pop_first()?;
        self.busy -= usize::from(job.work.is_some());
        Some(job)
    }
}
