//! Work that waits for its turn: by priority, within the bounds of queues and pools.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::base::InstanceId;
use crate::protocol::{RunActivity, Work};

/// One attempt of one instance.
pub(crate) type JobKey = (InstanceId, Work);

/// An attempt to run.
pub(crate) struct Job {
    pub instance: InstanceId,
    pub run: Box<RunActivity>,
}

impl Job {
    pub fn key(&self) -> JobKey {
        (self.instance, self.run.work)
    }
}

/// What a job holds while it runs: its queue's slot, its pools' shares.
pub(crate) type Holding = Vec<(Arc<str>, u32)>;

/// Why a job can never run here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Impossible {
    /// No pool of that name was given to the engine.
    UnknownPool(Arc<str>),
    /// It asks for more than the pool has.
    TooMuch { pool: Arc<str>, has: u32, wants: u32 },
}

/// A bound that jobs share. Queues and pools live in one map; a queue's name is marked so that the two never meet.
struct Bound {
    size: u32,
    used: u32,
    /// Jobs that wait for it, by priority (9 first) and age.
    waiting: BTreeMap<(u8, u64), Job>,
}

/// Jobs by priority, and the bounds that they share.
pub(crate) struct JobQueue {
    ready: [VecDeque<Job>; 10],
    bounds: BTreeMap<Arc<str>, Bound>,
    queued: usize,
    age: u64,
}

/// What became of a look for the next job.
pub(crate) enum Next {
    /// Run this; give the holding back afterwards.
    Run(Job, Holding),
    /// This can never run.
    Refuse(Job, Impossible),
    /// Nothing can run now.
    Nothing,
}

impl JobQueue {
    /// `pools` and `queues` by name and size. A queue without a size has no bound of its own.
    pub fn new(pools: &BTreeMap<String, u32>, queues: &BTreeMap<String, u32>) -> Self {
        let pools = pools.iter().map(|(name, size)| (Arc::from(name.as_str()), *size));
        let queues = queues.iter().map(|(name, size)| (queue_name(name), *size));
        let bounds = pools
            .chain(queues)
            .map(|(name, size)| (name, Bound { size, used: 0, waiting: BTreeMap::new() }))
            .collect();
        Self { ready: Default::default(), bounds, queued: 0, age: 0 }
    }

    /// How many jobs wait.
    pub fn len(&self) -> usize {
        self.queued
    }

    pub fn push(&mut self, job: Job) {
        self.queued += 1;
        self.ready[level(&job)].push_back(job);
    }

    /// Takes the next job that every bound has room for. A job that finds a bound full waits for it aside.
    pub fn pop(&mut self) -> Next {
        while let Some(job) = self.ready.iter_mut().rev().find_map(VecDeque::pop_front) {
            match self.hold(&job) {
                Ok(holding) => {
                    self.queued -= 1;
                    return Next::Run(job, holding);
                }
                Err(Blocked::For(name)) => self.set_aside(&name, job),
                Err(Blocked::Forever(why)) => {
                    self.queued -= 1;
                    return Next::Refuse(job, why);
                }
            }
        }
        Next::Nothing
    }

    /// Gives back what a job held. Jobs that waited for it are ready again.
    pub fn release(&mut self, holding: &Holding) {
        for (name, amount) in holding {
            let Some(bound) = self.bounds.get_mut(name) else { continue };
            bound.used = bound.used.saturating_sub(*amount);
            self.promote(name, *amount);
        }
    }

    /// Makes jobs that wait for a bound ready, if it has room.
    fn promote(&mut self, name: &Arc<str>, most: u32) {
        let Some(bound) = self.bounds.get_mut(name) else { return };
        let room = most.min(bound.size - bound.used);
        let jobs: Vec<Job> = (0..room).map_while(|_| bound.waiting.pop_first()).map(|(_, job)| job).collect();
        for job in jobs.into_iter().rev() {
            self.ready[level(&job)].push_front(job);
        }
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.ready.iter_mut().for_each(VecDeque::clear);
        self.bounds.values_mut().for_each(|bound| bound.waiting.clear());
        self.queued = 0;
    }

    fn hold(&mut self, job: &Job) -> Result<Holding, Blocked> {
        if job.run.resources.is_empty() && job.run.queue.is_none() {
            return Ok(Holding::new());
        }
        let wanted = self.wanted(job)?;
        for (name, amount) in &wanted {
            let Some(bound) = self.bounds.get(name) else { continue };
            if bound.used + amount > bound.size {
                return Err(Blocked::For(Arc::clone(name)));
            }
        }
        for (name, amount) in &wanted {
            if let Some(bound) = self.bounds.get_mut(name) {
                bound.used += amount;
            }
        }
        Ok(wanted)
    }

    fn wanted(&self, job: &Job) -> Result<Holding, Blocked> {
        let mut wanted = Holding::new();
        for (pool, amount) in &job.run.resources {
            let Some(bound) = self.bounds.get(pool) else {
                return Err(Blocked::Forever(Impossible::UnknownPool(Arc::clone(pool))));
            };
            if *amount > bound.size {
                let (has, wants) = (bound.size, *amount);
                return Err(Blocked::Forever(Impossible::TooMuch { pool: Arc::clone(pool), has, wants }));
            }
            wanted.push((Arc::clone(pool), *amount));
        }
        if let Some(queue) = &job.run.queue {
            let name = queue_name(queue);
            if self.bounds.contains_key(&name) {
                wanted.push((name, 1));
            }
        }
        Ok(wanted)
    }

    /// Lets the job wait for one bound. Where it wants others too, that have room, those who wait for them come before
    /// it.
    fn set_aside(&mut self, name: &Arc<str>, job: Job) {
        for (other, _) in self.wanted(&job).unwrap_or_default() {
            if other != *name {
                self.promote(&other, 1);
            }
        }
        self.age += 1;
        let place = (9 - level(&job) as u8, self.age);
        if let Some(bound) = self.bounds.get_mut(name) {
            bound.waiting.insert(place, job);
        }
    }
}

#[derive(Debug)]
enum Blocked {
    For(Arc<str>),
    Forever(Impossible),
}

fn level(job: &Job) -> usize {
    usize::from(job.run.priority.min(9))
}

fn queue_name(name: &str) -> Arc<str> {
    format!("queue {name}").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Payload;
    use crate::protocol::{At, Purpose};

    fn job(number: u32, priority: u8, resources: &[(&str, u32)], queue: Option<&str>) -> Job {
        let work = Work { at: At::new(0, number), activation: number, attempt: 1, purpose: Purpose::Run };
        let run = RunActivity {
            work,
            step: number.to_string(),
            handler: "h".into(),
            input: Payload::null(),
            idempotency_key: String::new(),
            timeout: None,
            deadline: None,
            heartbeat: None,
            last_heartbeat: None,
            queue: queue.map(Arc::from),
            priority,
            resources: resources.iter().map(|(name, amount)| (Arc::from(*name), *amount)).collect(),
        };
        Job { instance: InstanceId::new(uuid::Uuid::nil()), run: Box::new(run) }
    }

    fn queue() -> JobQueue {
        let one = |name: &str, size| BTreeMap::from([(name.to_owned(), size)]);
        JobQueue::new(&one("api", 2), &one("mail", 1))
    }

    fn drain(queue: &mut JobQueue) -> Vec<(u32, Holding)> {
        let mut out = Vec::new();
        while let Next::Run(job, holding) = queue.pop() {
            out.push((job.run.work.activation, holding));
        }
        out
    }

    fn numbers(out: &[(u32, Holding)]) -> Vec<u32> {
        out.iter().map(|(number, _)| *number).collect()
    }

    #[test]
    fn the_highest_priority_goes_first_and_equals_by_age() {
        let mut queue = queue();
        for (number, priority) in [(1, 0), (2, 9), (3, 5), (4, 9)] {
            queue.push(job(number, priority, &[], None));
        }
        assert_eq!(numbers(&drain(&mut queue)), [2, 4, 3, 1]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_full_pool_holds_back_only_those_who_want_it() {
        let mut queue = queue();
        queue.push(job(1, 5, &[("api", 2)], None));
        queue.push(job(2, 5, &[("api", 1)], None));
        queue.push(job(3, 5, &[], Some("mail")));
        queue.push(job(4, 5, &[], Some("mail")));
        queue.push(job(5, 0, &[], None));
        let first = drain(&mut queue);
        assert_eq!((numbers(&first), queue.len()), (vec![1, 3, 5], 2));

        first.iter().for_each(|(_, holding)| queue.release(holding));
        assert_eq!(numbers(&drain(&mut queue)), [4, 2]);
    }

    #[test]
    fn what_can_never_run_is_refused() {
        let mut queue = queue();
        queue.push(job(1, 5, &[("gpu", 1)], None));
        queue.push(job(2, 5, &[("api", 3)], None));
        assert!(matches!(queue.pop(), Next::Refuse(_, Impossible::UnknownPool(_))));
        assert!(matches!(queue.pop(), Next::Refuse(_, Impossible::TooMuch { has: 2, wants: 3, .. })));
        assert_eq!(queue.len(), 0);
    }
}
