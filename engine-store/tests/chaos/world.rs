//! The processes, and what befalls them.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{Span, Timestamp};
use flowwright::engine::{Config, Engine, Environment, VirtualEnvironment};
use flowwright::store::{InstanceFilter, Page, Store, TaskFilter};
use flowwright_store::{Fault, FaultPlan, FaultRates, FaultStore, MemoryStore, WakeRates};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::callers;
use crate::end::{End, OPEN, everything};
use crate::flows::{self, JOB, LEAF};
use crate::lot::Lot;
use crate::oracle::Oracle;

/// How many processes there are.
const PROCESSES: usize = 3;
/// How many things happen before all is left to end.
const ROUNDS: usize = 70;
/// The longest pause between two of them, in milliseconds.
const PAUSE: usize = 1_500;
/// How many looks are taken at the end for what is still open, and the pause between them.
const LOOKS: (usize, Duration) = (720, Duration::from_secs(5));

/// Longer no life lasts.
const LONGEST: Duration = Duration::from_secs(3 * 3_600);

struct Process {
    engine: Engine,
    faults: Arc<FaultStore>,
    calls: Vec<JoinHandle<()>>,
}

impl Process {
    /// Calls end with their process: nobody hears of what they did.
    fn stop(&self) {
        self.faults.crash();
        self.calls.iter().for_each(JoinHandle::abort);
    }

    fn call(&mut self, call: impl Future<Output = ()> + Send + 'static) {
        self.calls.push(tokio::spawn(call));
    }
}

/// Several processes over one store.
pub struct World {
    lot: Lot,
    seed: u64,
    store: MemoryStore,
    clock: Arc<VirtualEnvironment>,
    processes: Vec<Option<Process>>,
    leaving: Vec<Process>,
    opened: u64,
    oracle: Arc<Oracle>,
    started: usize,
    crashes: usize,
    pauses: usize,
}

fn start_of_time() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

/// Lives through all that a seed has in store.
pub fn live(seed: u64) -> End {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let life = async {
        let mut world = World::new(seed);
        for _ in 0..ROUNDS {
            world.something_happens().await;
            let pause = world.lot.below(PAUSE) as u64;
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        world.all_ends().await
    };
    runtime.block_on(async {
        tokio::time::timeout(LONGEST, life).await.unwrap_or_else(|_| panic!("all stands still"))
    })
}

impl World {
    fn new(seed: u64) -> Self {
        let clock = Arc::new(VirtualEnvironment::new(start_of_time(), 0));
        let shown = Arc::clone(&clock);
        let store = MemoryStore::with_clock(Arc::new(move || shown.now()));
        Self {
            lot: Lot::new(seed),
            seed,
            oracle: Arc::new(Oracle::new(store.reopen())),
            store,
            clock,
            processes: (0..PROCESSES).map(|_| None).collect(),
            leaving: Vec::new(),
            opened: 0,
            started: 0,
            crashes: 0,
            pauses: 0,
        }
    }

    /// Starts a process. Its clock is up to two seconds off; its store fails now and then, unless all is to end.
    async fn open(&mut self, faulty: bool) -> Process {
        self.opened += 1;
        let number = self.opened;
        let skew = Span::from_millis((self.lot.share() * 2_000.0) as u64);
        let environment: Arc<dyn Environment> =
            Arc::new(VirtualEnvironment::new(self.clock.now() + skew, number));
        let rate = if faulty { 0.02 } else { 0.0 };
        let plan = FaultPlan {
            seed: self.seed * 1_000 + number,
            writes: FaultRates { before: rate, after: rate, late: rate },
            reads: FaultRates { before: rate / 2.0, ..FaultRates::default() },
            wakes: WakeRates { lost: rate * 10.0, doubled: rate * 5.0 },
        };
        let faults = Arc::new(FaultStore::new(Arc::new(self.store.reopen()), plan));
        let engine = loop {
            let config = Config {
                workers: 2,
                park_after: Span::from_secs(2),
                snapshot_after: 12,
                ..Config::default()
            };
            let oracle = Arc::clone(&self.oracle);
            let builder = Engine::builder(Arc::clone(&faults) as Arc<dyn Store>)
                .config(config)
                .environment(Arc::clone(&environment))
                .activity("work", move |context, input: Value| {
                    let oracle = Arc::clone(&oracle);
                    async move {
                        oracle.entered(number, &context, &input).await;
                        flows::work(context, input).await
                    }
                });
            if let Ok(engine) = builder.open().await {
                break engine;
            }
        };
        while engine.deploy(LEAF).await.is_err() || engine.deploy(JOB).await.is_err() {}
        Process { engine, faults, calls: Vec::new() }
    }

    /// One thing happens to one process.
    async fn something_happens(&mut self) {
        self.bury();
        let number = self.lot.below(PROCESSES);
        let share = self.lot.share();
        if self.processes[number].is_none() {
            if share < 0.5 {
                let process = self.open(true).await;
                self.processes[number] = Some(process);
            }
        } else if share < 0.15 {
            self.trouble(number, share);
        } else {
            self.somebody_calls(number, share);
        }
    }

    /// Those that have crashed are gone.
    fn bury(&mut self) {
        for process in &mut self.processes {
            if let Some(dead) = process.take_if(|process| process.faults.crashed()) {
                dead.stop();
                self.crashes += 1;
            }
        }
    }

    fn trouble(&mut self, number: usize, share: f64) {
        let Some(process) = &mut self.processes[number] else { return };
        if share < 0.03 {
            process.faults.crash();
            self.bury();
        } else if share < 0.055 {
            process.faults.script(Some(Fault::CrashBefore));
        } else if share < 0.08 {
            process.faults.script(Some(Fault::CrashAfter));
        } else if share < 0.13 {
            // A write that takes longer than the lease: others take the shards, and the write comes too late.
            process.faults.script(Some(Fault::Slow(Span::from_secs(25))));
            self.pauses += 1;
        } else if let Some(mut process) = self.processes[number].take() {
            let engine = process.engine.clone();
            process.call(async move { drop(engine.shutdown(Duration::from_secs(1)).await) });
            self.leaving.push(process);
        }
    }

    fn somebody_calls(&mut self, number: usize, share: f64) {
        let Some(process) = &mut self.processes[number] else { return };
        let (engine, oracle) = (process.engine.clone(), Arc::clone(&self.oracle));
        if share < 0.5 {
            // Now and then one that was started before.
            let again = self.started > 0 && self.lot.share() < 0.2;
            let n = if again { self.lot.below(self.started) } else { self.started };
            self.started += usize::from(!again);
            process.call(callers::start(engine, n, oracle));
        } else if share < 0.75 {
            let n = self.lot.below(self.started.max(1));
            if let Some(id) = oracle.job(n) {
                process.call(callers::signal(engine, n, id, oracle));
            }
        } else {
            process.call(callers::clerk(engine, number, self.lot.below(4), oracle));
        }
    }

    /// Everybody who may still do something has left; one process brings all to its end.
    async fn all_ends(mut self) -> End {
        self.bury();
        self.processes.iter().flatten().chain(&self.leaving).for_each(Process::stop);
        (self.processes, self.leaving) = (Vec::new(), Vec::new());
        let Process { engine, .. } = self.open(false).await;
        for _ in 0..LOOKS.0 {
            if self.last_calls(&engine).await == 0 {
                break;
            }
            tokio::time::sleep(LOOKS.1).await;
        }
        let end = End::of(&engine, &self.store, self.oracle.take()).await;
        engine.shutdown(Duration::from_secs(60)).await.unwrap();
        End { crashes: self.crashes, pauses: self.pauses, ..end }
    }

    /// Whatever still waits for a signal or a person gets it. How many instances are open.
    async fn last_calls(&self, engine: &Engine) -> usize {
        let open = InstanceFilter { status: OPEN.to_vec(), ..InstanceFilter::default() };
        let open = everything(engine, open).await;
        for job in open.iter().filter(|open| open.row.flow == "job") {
            // Sent again it changes nothing.
            let n = job.row.key.as_ref().unwrap().parse().unwrap();
            callers::signal(engine.clone(), n, job.instance, Arc::clone(&self.oracle)).await;
        }
        let page = Page { limit: 10_000, after: None };
        for task in engine.tasks(&TaskFilter::default(), &page).await.unwrap() {
            callers::complete(engine, &task, "closer".to_owned(), &self.oracle).await;
        }
        open.len()
    }
}
