//! Processes over one disk in virtual time: they crash and start again.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{InstanceId, Span, Timestamp};
use flowwright::engine::{
    Config, Engine, EngineBuilder, Environment, HistoryEntry, IfExists, Outcome, VirtualEnvironment,
};
use flowwright::protocol::{InstanceStatus, Operator};
use flowwright::store::Store;
use flowwright_store::{FakeDisk, Fault, FaultPlan, FaultStore};
use serde_json::{Value, json};

use crate::diary::Diary;

/// A disk, and the processes that were opened on it.
pub struct World {
    pub disk: FakeDisk,
    clock: Arc<VirtualEnvironment>,
    opened: u64,
    pub diary: Diary,
}

/// A process.
pub struct Process {
    pub engine: Engine,
    pub faults: Arc<FaultStore>,
}

impl World {
    pub fn new() -> Self {
        let clock = Arc::new(VirtualEnvironment::new(Timestamp::from_millis(1_767_225_600_000), 0));
        let shown = Arc::clone(&clock);
        let disk = FakeDisk::new(Arc::new(move || shown.now()));
        Self { disk, clock, opened: 0, diary: Diary::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The disk without faults.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.disk.open())
    }

    /// A process with the handlers of the diary.
    pub async fn open(&mut self) -> Process {
        self.open_with(|builder| builder).await
    }

    /// A process that renews its leases and looks for work once in a while only: for tests in which days pass.
    pub async fn open_patient(&mut self) -> Process {
        let config = Config {
            lease: Span::from_secs(10 * 86_400),
            poll: Span::from_secs(3_600),
            workers: 1,
            ..Config::default()
        };
        self.open_with(|builder| builder.config(config)).await
    }

    pub async fn open_with(&mut self, with: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Process {
        self.opened += 1;
        let faults = Arc::new(FaultStore::new(self.store(), FaultPlan::default()));
        let environment = Arc::new(VirtualEnvironment::new(self.clock.now(), self.opened));
        let builder = Engine::builder(Arc::clone(&faults) as Arc<dyn Store>)
            .config(Config { workers: 2, ..Config::default() })
            .environment(environment);
        let engine = with(self.diary.handlers(builder)).open().await.unwrap();
        Process { engine, faults }
    }

    /// The machine goes down with everything that is not durable.
    pub fn crash(&self, process: Process) {
        process.faults.crash();
        self.disk.crash();
    }

    /// Lives of one instance of the flow that end at each of its writes, before and after it, and after each a second life
    /// that brings the instance to its end. `check` is given the steps whose completion was durable at the crash, what the
    /// handlers did in both lives, and the instance at its end.
    pub async fn crash_everywhere(
        flow: &str,
        mut check: impl AsyncFnMut(&str, Vec<String>, Vec<String>, Engine, InstanceId),
    ) {
        let mut crashes = 0;
        for write in 0.. {
            for fault in [Fault::CrashBefore, Fault::CrashAfter] {
                let mut world = Self::new();
                let first = world.open().await;
                let name = first.engine.deploy(flow).await.unwrap().flow;
                (0..write).for_each(|_| first.faults.script(None));
                first.faults.script(Some(fault));
                let start = first.engine.start(&name, json!({})).key("k", IfExists::Return);
                if let Ok(instance) = start.await {
                    let ended = first.engine.wait(instance.id);
                    tokio::select! {
                        _ = ended => {}
                        () = async { while !first.faults.crashed() { pass(10).await } } => {}
                    }
                }
                if !first.faults.crashed() {
                    assert!(crashes > 6, "only {crashes} crashes");
                    return;
                }
                crashes += 1;
                world.crash(first);
                let durable = world.durable(&name).await;
                let second = world.open().await.engine;
                let id = second.start(&name, json!({})).key("k", IfExists::Return).await.unwrap().id;
                crate::support::end(&second, id).await;
                let place = format!("{fault:?} write {write}");
                check(&place, durable, world.diary.lines(), second, id).await;
            }
        }
    }

    /// What the durable history of the only instance says, event by event.
    async fn durable(&self, flow: &str) -> Vec<String> {
        let mut world = Self {
            disk: self.disk.clone(),
            clock: Arc::clone(&self.clock),
            opened: 900,
            diary: Diary::default(),
        };
        let reader = world
            .open_with(|builder| builder.config(Config { want_shards: Some(0), ..Config::default() }))
            .await;
        match reader.engine.find(flow, "k").await.unwrap() {
            Some(id) => story(&reader.engine, id).await,
            None => Vec::new(),
        }
    }
}

/// Lets virtual time pass.
pub async fn pass(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Waits in virtual time until a step has a status.
pub async fn reaches(engine: &Engine, id: InstanceId, step: &str, status: &str) {
    for _ in 0..10_000 {
        let view = engine.get(id).await.unwrap();
        if view.steps.get(step).is_some_and(|record| record.status.name() == status) {
            return;
        }
        pass(1_000).await;
    }
    panic!("{step} never is {status}");
}

pub fn ops() -> Operator {
    Operator::new("ops", "test")
}

/// Everything that happened to an instance: the event's name and its step.
pub async fn story(engine: &Engine, id: InstanceId) -> Vec<String> {
    engine.history(id).await.unwrap().iter().map(line).collect()
}

pub fn line(entry: &HistoryEntry) -> String {
    match &entry.step {
        Some(step) => format!("{} {step}", entry.event.name()),
        None => entry.event.name().to_owned(),
    }
}

/// When things happened, in milliseconds since the start: only events of this name.
pub async fn times(engine: &Engine, id: InstanceId, name: &str) -> Vec<u64> {
    let history = engine.history(id).await.unwrap();
    let start = history[0].at;
    history
        .iter()
        .filter(|entry| entry.event.name() == name)
        .map(|entry| entry.at.since(start).millis())
        .collect()
}

/// How often something happened.
pub fn count(story: &[String], wanted: &str) -> usize {
    story.iter().filter(|line| *line == wanted).count()
}

/// Deploys a flow, and runs one instance of it to its end.
pub async fn run(engine: &Engine, flow: &str, input: Value) -> (InstanceId, Outcome) {
    let name = engine.deploy(flow).await.unwrap().flow;
    let id = engine.start(&name, input).await.unwrap().id;
    (id, crate::support::end(engine, id).await)
}

/// The same, where it completes: its output.
pub async fn gives(engine: &Engine, flow: &str, input: Value) -> Value {
    let (_, outcome) = run(engine, flow, input).await;
    assert_eq!(outcome.status, InstanceStatus::Completed, "{:?}", outcome.error);
    outcome.output.into_value()
}
