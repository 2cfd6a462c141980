//! Several processes over one store in virtual time: they crash, pause past their leases, have clocks that differ and a
//! store that fails now and then. Whatever happens, nothing that was acknowledged is lost, and nothing counts twice.
//!
//! A seed that fails is printed. `FLOWWRIGHT_SEED=N` runs one seed alone, `FLOWWRIGHT_SEEDS=N` so many of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{InstanceId, Seed, Span, Timestamp};
use flowwright::engine::{Config, Engine, Environment, IfExists, VirtualEnvironment};
use flowwright::protocol::{ActivityError, Event, InstanceStatus};
use flowwright::store::{HistoryRow, InstanceFilter, Page, Store, Uuid};
use flowwright_store::{Fault, FaultPlan, FaultRates, FaultStore, MemoryStore};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// How many seeds are run, unless `FLOWWRIGHT_SEEDS` says more.
const SEEDS: u64 = 120;
/// How many processes there are.
const PROCESSES: usize = 3;
/// How many things happen before all is left to end.
const ROUNDS: usize = 70;

const JOB: &str = "
flow: job
vars: {got: 0}
steps:
  - {id: a, type: activity, handler: work, with: '${ input.n }', retry: {attempts: 60, initial: 1s, max: 5s}}
  - {id: nap, type: timer, delay: 5s, needs: a}
  - id: each
    type: for_each
    items: '[1, 2, 3]'
    concurrency: 2
    needs: a
    set: {got: vars.got + 1}
    steps: [{id: c, type: activity, handler: work, with: '${ item }', retry: {attempts: 60, initial: 1s, max: 5s}}]
  - {id: leaf, type: call, flow: leaf, with: {n: '${ input.n }'}, needs: nap, set: {got: vars.got + 1}}
  - {id: go, type: signal, name: go, needs: nap, set: {got: vars.got + 1}}
  - {id: last, type: activity, handler: work, with: 9, needs: [each, leaf, go], retry: {attempts: 60, initial: 1s, max: 5s}}
output: {got: '${ vars.got }', n: '${ steps.leaf.output }', each: '${ steps.each.output }'}
";

const LEAF: &str = "
flow: leaf
steps:
  - {id: one, type: activity, handler: work, with: '${ input.n }', retry: {attempts: 60, initial: 1s, max: 5s}}
  - {id: nap, type: timer, delay: 2s, needs: one}
output: ${ steps.one.output }
";

/// Draws numbers: the same seed, the same numbers.
struct Lot(Seed, u32);

impl Lot {
    fn share(&mut self) -> f64 {
        self.1 += 1;
        self.0.jitter(self.1, 0)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.share() * bound as f64) as usize
    }
}

fn seed_of(text: &str) -> Seed {
    Seed::of(InstanceId::new(Uuid::from_u128(
        text.bytes().fold(7, |sum, byte| sum * 257 % (1 << 100) + u128::from(byte)),
    )))
}

/// What callers were told.
#[derive(Default)]
struct Acknowledged {
    started: BTreeMap<usize, InstanceId>,
    signalled: BTreeMap<usize, InstanceId>,
}

struct Process {
    engine: Engine,
    faults: Arc<FaultStore>,
    calls: Vec<JoinHandle<()>>,
}

struct World {
    lot: Lot,
    seed: u64,
    store: MemoryStore,
    clock: Arc<VirtualEnvironment>,
    processes: Vec<Option<Process>>,
    opened: u64,
    acknowledged: Arc<Mutex<Acknowledged>>,
    started: usize,
    crashes: usize,
    pauses: usize,
}

fn start_of_time() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

impl World {
    fn new(seed: u64) -> Self {
        let clock = Arc::new(VirtualEnvironment::new(start_of_time(), 0));
        let shown = Arc::clone(&clock);
        Self {
            lot: Lot(seed_of(&seed.to_string()), 0),
            seed,
            store: MemoryStore::with_clock(Arc::new(move || shown.now())),
            clock,
            processes: (0..PROCESSES).map(|_| None).collect(),
            opened: 0,
            acknowledged: Arc::default(),
            started: 0,
            crashes: 0,
            pauses: 0,
        }
    }

    /// Starts a process. Its clock is up to two seconds off; its store fails now and then, unless all is to end.
    async fn open(&mut self, faulty: bool) -> Process {
        self.opened += 1;
        let skew = Span::from_millis((self.lot.share() * 2_000.0) as u64);
        let environment = VirtualEnvironment::new(self.clock.now() + skew, self.opened);
        let rate = if faulty { 0.02 } else { 0.0 };
        let plan = FaultPlan {
            seed: self.seed * 1_000 + self.opened,
            writes: FaultRates { before: rate, after: rate, late: rate },
            reads: FaultRates { before: rate / 2.0, ..FaultRates::default() },
        };
        let faults = Arc::new(FaultStore::new(Arc::new(self.store.reopen()), plan));
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let engine = loop {
            let config = Config { workers: 2, park_after: Span::from_secs(2), ..Config::default() };
            let builder = Engine::builder(Arc::clone(&faults) as Arc<dyn Store>)
                .config(config)
                .environment(Arc::clone(&environment))
                .activity("work", work);
            if let Ok(engine) = builder.open().await {
                break engine;
            }
        };
        while engine.deploy(LEAF).await.is_err() || engine.deploy(JOB).await.is_err() {}
        Process { engine, faults, calls: Vec::new() }
    }

    async fn something_happens(&mut self) {
        let number = self.lot.below(PROCESSES);
        let share = self.lot.share();
        let Some(process) = &mut self.processes[number] else {
            if share < 0.5 {
                let process = self.open(true).await;
                self.processes[number] = Some(process);
            }
            return;
        };
        if share < 0.08 {
            // Calls end with their process: nobody hears of what they did.
            process.faults.crash();
            process.calls.iter().for_each(JoinHandle::abort);
            self.processes[number] = None;
            self.crashes += 1;
        } else if share < 0.13 {
            // A write that takes longer than the lease: others take the shards, and the write comes too late.
            process.faults.script(Some(Fault::Slow(Span::from_secs(25))));
            self.pauses += 1;
        } else if share < 0.6 {
            let n = self.started;
            self.started += 1;
            process.calls.push(start(process.engine.clone(), n, Arc::clone(&self.acknowledged)));
        } else if self.started > 0 {
            let n = self.lot.below(self.started);
            let id = self.acknowledged.lock().started.get(&n).copied();
            if let Some(id) = id {
                process.calls.push(signal(process.engine.clone(), n, id, Arc::clone(&self.acknowledged)));
            }
        }
    }

    /// Everybody who may still do something has left; one process brings all to its end.
    async fn all_ends(mut self) -> (Vec<HistoryRow>, usize, usize) {
        for process in self.processes.iter_mut().filter_map(Option::take) {
            process.faults.crash();
            process.calls.iter().for_each(JoinHandle::abort);
        }
        let Process { engine, .. } = self.open(false).await;
        let acknowledged = std::mem::take(&mut *self.acknowledged.lock());
        for id in ids(&engine, "job").await {
            let key = engine.summary(id).await.unwrap().row.key.unwrap();
            let n: usize = key.parse().unwrap();
            if let Some(known) = acknowledged.started.get(&n) {
                assert_eq!(*known, id, "job {n} was acknowledged as another instance");
            }
            // Where it has ended somebody has sent it; sent again it changes nothing.
            engine.signal(id, "go", json!(n)).id(key).await.unwrap();
            let outcome = engine.wait_for(id, Duration::from_secs(86_400)).await.unwrap();
            assert_eq!(outcome.status, InstanceStatus::Completed, "job {n}: {:?}", outcome.error);
            assert_eq!(*outcome.output, json!({"got": 3, "n": n, "each": [1, 2, 3]}), "job {n}");
        }
        for (n, id) in acknowledged.started.iter().chain(&acknowledged.signalled) {
            engine.summary(*id).await.unwrap_or_else(|error| panic!("job {n} is lost: {error}"));
        }
        for id in ids(&engine, "leaf").await {
            let outcome = engine.wait_for(id, Duration::from_secs(86_400)).await.unwrap();
            assert_eq!(outcome.status, InstanceStatus::Completed);
        }
        for id in [ids(&engine, "job").await, ids(&engine, "leaf").await].concat() {
            sound(&engine, id).await;
        }
        let audit = engine.verify_all().await.unwrap();
        assert!(audit.is_sound() && audit.instances > 0, "{audit:#?}");
        engine.shutdown(Duration::from_secs(60)).await.unwrap();
        (self.store.feed(0, usize::MAX).await.unwrap(), self.crashes, self.pauses)
    }
}

/// Gives its input back after a while, or fails, as the lot of the attempt says.
async fn work(context: flowwright::engine::ActivityContext, input: Value) -> Result<Value, ActivityError> {
    let lot = seed_of(context.idempotency_key());
    let pause = lot.jitter(context.attempt(), 1) * 3_000.0;
    tokio::time::sleep(Duration::from_millis(pause as u64)).await;
    if lot.jitter(context.attempt(), 2) < 0.2 {
        return Err(ActivityError::retryable("unlucky", "try again"));
    }
    Ok(input)
}

fn start(engine: Engine, n: usize, acknowledged: Arc<Mutex<Acknowledged>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        for _ in 0..5 {
            let start = engine.start("job", json!({"n": n})).key(n.to_string(), IfExists::Return);
            match start.await {
                Ok(instance) => {
                    acknowledged.lock().started.insert(n, instance.id);
                    return;
                }
                Err(error) => assert!(error.retryable(), "{error}"),
            }
        }
    })
}

fn signal(
    engine: Engine,
    n: usize,
    id: InstanceId,
    acknowledged: Arc<Mutex<Acknowledged>>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        match engine.signal(id, "go", json!(n)).id(n.to_string()).await {
            Ok(_) => drop(acknowledged.lock().signalled.insert(n, id)),
            Err(error) => assert!(
                error.retryable() || error.kind() == flowwright::base::ErrorKind::InstanceClosed,
                "{error}"
            ),
        }
    })
}

async fn ids(engine: &Engine, flow: &str) -> Vec<InstanceId> {
    let filter = InstanceFilter { flow: Some(flow.into()), ..InstanceFilter::default() };
    let rows = engine.list(&filter, &Page { limit: 10_000, after: None }).await.unwrap();
    rows.iter().map(|row| row.instance).collect()
}

/// The history folds to what the row says, and every step gave one result.
async fn sound(engine: &Engine, id: InstanceId) {
    let (_, state) = engine.state(id).await.unwrap();
    let row = engine.summary(id).await.unwrap();
    assert_eq!((state.seq(), state.status()), (row.seq, row.row.status), "{id}");
    let mut results = BTreeMap::new();
    for entry in engine.history(id).await.unwrap() {
        if let Event::StepCompleted { .. } = entry.event {
            let step = entry.step.unwrap();
            assert!(results.insert(step.clone(), entry.seq).is_none(), "{id}: `{step}` was completed twice");
        }
    }
}

fn live(seed: u64) -> (Vec<HistoryRow>, usize, usize) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(seed);
        for _ in 0..ROUNDS {
            world.something_happens().await;
            let pause = world.lot.below(1_500) as u64;
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        world.all_ends().await
    })
}

#[test]
fn nothing_is_lost_and_nothing_counts_twice() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("FLOWWRIGHT_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number("FLOWWRIGHT_SEEDS").unwrap_or(SEEDS),
    };
    let (mut rows, mut crashes, mut pauses, count) = (0, 0, 0, seeds.clone().count());
    for seed in seeds {
        let lived = std::panic::catch_unwind(|| live(seed));
        let Ok((history, crashed, paused)) = lived else {
            panic!("seed {seed} failed: FLOWWRIGHT_SEED={seed} runs it alone");
        };
        (rows, crashes, pauses) = (rows + history.len(), crashes + crashed, pauses + paused);
    }
    println!("{count} seeds: {rows} commits, {crashes} crashes, {pauses} pauses");
    assert!(rows > 20 * count && crashes > count, "{rows} rows and {crashes} crashes are too few");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 3..13 {
        let (one, two) = (live(seed).0, live(seed).0);
        let differs = one.iter().zip(&two).position(|(one, two)| one != two);
        assert!(
            one == two,
            "seed {seed}: the runs part at row {differs:?} of {} and {}",
            one.len(),
            two.len()
        );
    }
}
