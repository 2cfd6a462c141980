//! The invoker: runs handlers, as many at once as its bounds allow, and brings their results back.
//!
//! Work comes in batches, once the commit that it follows from is durable; results go back in batches. A handler
//! that is done at its first poll costs no task of its own. How many results wait to become durable is bounded by
//! a window: while it is full nothing new starts, so that a crash repeats at most that many handlers.

mod attempt;
mod chunk;
mod context;
mod elsewhere;
mod handler;
mod missing;
mod queue;

pub use context::ActivityContext;
pub use handler::{Handler, HandlerFuture};
pub(crate) use handler::{RawHandler, TypedHandler};
pub(crate) use queue::{Job, JobKey};

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::missing::Missing;
use self::queue::{Holding, Impossible, JobQueue, Next};
use super::FastMap;
use super::config::Config;
use super::mailbox::Mailboxes;
use crate::base::Span;
use crate::protocol::{ActivityError, Input};

/// A handler under its name.
pub(crate) struct Registered {
    pub handler: Arc<dyn Handler>,
    /// Rises when a first poll takes long, falls when it does not. Above a bound the handler gets a task of its own, so
    /// that it holds up nobody else.
    pub slowness: AtomicU32,
}

/// What a worker tells the invoker after a batch of durable commits.
#[derive(Default)]
pub(crate) struct Exchange {
    /// Attempts to start.
    pub run: Vec<Job>,
    /// Attempts whose result is not wanted any more.
    pub stop: Vec<JobKey>,
    /// Attempts of instances that are another process's now.
    pub lost: Vec<JobKey>,
    /// Attempts whose results the worker has taken in.
    pub taken: Vec<JobKey>,
    /// How many results have become durable or void.
    pub settled: usize,
}

impl Exchange {
    pub fn is_empty(&self) -> bool {
        self.settled == 0
            && [&self.stop, &self.lost, &self.taken].iter().all(|keys| keys.is_empty())
            && self.run.is_empty()
    }
}

/// An attempt on its way to a task.
struct Started {
    job: Job,
    handler: Arc<Registered>,
    holding: Holding,
    cancel: CancellationToken,
}

struct Inner {
    queue: JobQueue,
    /// Every attempt from the moment it is handed in until its result is taken in.
    known: FastMap<JobKey, CancellationToken>,
    missing: Missing,
    running: usize,
    /// Results that are not durable yet, and attempts that are being polled for the first time.
    open: usize,
    closed: bool,
}

impl Inner {
    /// Work that has no handler here is no matter of this process any more.
    fn forget(&mut self, key: &JobKey) {
        if self.missing.forget(key) {
            self.known.remove(key);
        }
    }

    fn stop(&mut self, key: &JobKey) {
        if self.missing.withdraw(key) {
            self.known.remove(key);
        } else if let Some(cancel) = self.known.get(key) {
            cancel.cancel();
        }
    }
}

/// Runs handlers.
pub(crate) struct Invoker {
    inner: Mutex<Inner>,
    handlers: RwLock<FastMap<Arc<str>, Arc<Registered>>>,
    mailboxes: Mailboxes,
    window: usize,
    most: usize,
    payload: usize,
    grace: Span,
    tasks: TaskTracker,
}

impl Invoker {
    pub fn new(
        config: &Config,
        handlers: HashMap<Arc<str>, Arc<dyn Handler>>,
        pools: &BTreeMap<String, u32>,
        queues: &BTreeMap<String, u32>,
        mailboxes: Mailboxes,
    ) -> Arc<Self> {
        let handlers = handlers.into_iter().map(|(name, handler)| (name, registered(handler))).collect();
        let inner = Inner {
            queue: JobQueue::new(pools, queues),
            known: FastMap::default(),
            missing: Missing::default(),
            running: 0,
            open: 0,
            closed: false,
        };
        Arc::new(Self {
            inner: Mutex::new(inner),
            handlers: RwLock::new(handlers),
            mailboxes,
            window: config.window,
            most: config.handlers,
            payload: config.payload,
            grace: config.cancel_grace,
            tasks: TaskTracker::new(),
        })
    }

    /// Adds or replaces a handler. Work that waited for it starts.
    pub fn register(self: &Arc<Self>, name: Arc<str>, handler: Arc<dyn Handler>) {
        self.handlers.write().insert(Arc::clone(&name), registered(handler));
        let started = {
            let mut inner = self.inner.lock();
            let waiting = inner.missing.handler_came(&name);
            waiting.into_iter().for_each(|job| inner.queue.push(job));
            self.pump(&mut inner)
        };
        self.launch(started);
    }

    /// Takes a worker's batch.
    pub fn exchange(self: &Arc<Self>, exchange: Exchange) {
        if exchange.is_empty() {
            return;
        }
        let started = {
            let mut inner = self.inner.lock();
            inner.open = inner.open.saturating_sub(exchange.settled);
            for key in &exchange.taken {
                inner.known.remove(key);
                inner.missing.forget(key);
            }
            for job in exchange.run {
                inner.known.entry(job.key()).or_default();
                inner.queue.push(job);
            }
            exchange.lost.iter().for_each(|key| inner.forget(key));
            for key in exchange.stop.iter().chain(&exchange.lost) {
                inner.stop(key);
            }
            self.pump(&mut inner)
        };
        self.launch(started);
    }

    /// Which of these attempts are not here: those that are wait, run, or have a result on its way.
    pub fn unknown(&self, keys: Vec<JobKey>) -> Vec<JobKey> {
        let inner = self.inner.lock();
        let here = |key: &JobKey| inner.known.contains_key(key) && !inner.missing.is_assigned(key);
        keys.into_iter().filter(|key| !here(key)).collect()
    }

    /// How many attempts wait, and how many run.
    pub fn load(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.queue.len(), inner.running)
    }

    /// Starts nothing more.
    pub fn close(&self) {
        let mut inner = self.inner.lock();
        inner.closed = true;
        inner.queue.clear();
        self.tasks.close();
    }

    /// Tells everything that runs to stop.
    pub fn cancel_all(&self) {
        let mut known: Vec<_> =
            self.inner.lock().known.iter().map(|(key, cancel)| (*key, cancel.clone())).collect();
        known.sort_unstable_by_key(|(key, _)| *key);
        known.iter().for_each(|(_, cancel)| cancel.cancel());
    }

    /// Resolves when nothing runs; only after [`close`](Self::close).
    pub async fn idle(&self) {
        self.tasks.wait().await;
    }

    /// Takes as much from the queue as may run now.
    fn pump(self: &Arc<Self>, inner: &mut Inner) -> Vec<Started> {
        let mut started = Vec::new();
        while !inner.closed && inner.open < self.window && inner.running < self.most {
            match inner.queue.pop() {
                Next::Run(job, holding) => self.admit(inner, job, holding, &mut started),
                Next::Refuse(job, why) => {
                    inner.open += 1;
                    self.refuse(job, &why);
                }
                Next::Nothing => break,
            }
        }
        started
    }

    fn admit(&self, inner: &mut Inner, job: Job, holding: Holding, started: &mut Vec<Started>) {
        let key = job.key();
        let cancel = inner.known.get(&key).cloned().unwrap_or_default();
        if cancel.is_cancelled() {
            inner.known.remove(&key);
            inner.queue.release(&holding);
            return;
        }
        inner.open += 1;
        let Some(handler) = self.handlers.read().get(&job.run.handler).cloned() else {
            inner.queue.release(&holding);
            self.mailboxes.result(job.instance, Input::HandlerMissing { work: job.run.work });
            inner.missing.insert(job);
            return;
        };
        inner.running += 1;
        started.push(Started { job, handler, holding, cancel });
    }

    fn refuse(&self, job: Job, why: &Impossible) {
        let error = match why {
            Impossible::UnknownPool(pool) => ActivityError::fatal(
                "unknown_pool",
                format!("the engine has no pool `{pool}`; name it when the engine is opened"),
            ),
            Impossible::TooMuch { pool, has, wants } => ActivityError::fatal(
                "pool_too_small",
                format!("the step wants {wants} of pool `{pool}`, which has {has}; make one of them fit"),
            ),
        };
        self.mailboxes.result(job.instance, Input::ActivityFailed { work: job.run.work, error });
    }

    /// Gives back what finished attempts held, and starts what waited for it. `detached` attempts have left the window:
    /// they were not done at once.
    fn finished(self: &Arc<Self>, done: usize, detached: usize, holdings: Vec<Holding>) {
        let started = {
            let mut inner = self.inner.lock();
            inner.running -= done;
            inner.open -= detached;
            holdings.iter().for_each(|holding| inner.queue.release(holding));
            self.pump(&mut inner)
        };
        self.launch(started);
    }

    /// An attempt that had left the window has a result.
    fn returned(&self) {
        self.inner.lock().open += 1;
    }
}

fn registered(handler: Arc<dyn Handler>) -> Arc<Registered> {
    Arc::new(Registered { handler, slowness: AtomicU32::new(0) })
}

impl Registered {
    const SLOW: u32 = 8;

    /// Whether the first poll is likely to take long.
    pub fn is_slow(&self) -> bool {
        self.slowness.load(Ordering::Relaxed) >= Self::SLOW
    }

    /// Learns from a first poll.
    pub fn learn(&self, slow: bool) {
        let level = self.slowness.load(Ordering::Relaxed);
        let next = if slow { (level + Self::SLOW / 2).min(4 * Self::SLOW) } else { level.saturating_sub(1) };
        if next != level {
            self.slowness.store(next, Ordering::Relaxed);
        }
    }
}
