//! The virtual world: instances, workers and a clock that jumps.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::actors;
use super::report::Report;
use super::script::{Player, Script};
use super::workers::{Job, Workers};
use crate::base::{Error, ErrorKind, InstanceId, Payload, Result, TaskId, Timestamp};
use crate::graph::Graph;
use crate::machine::{self, Decision, Journal, Refusal, State, decide_first_timer};
use crate::protocol::{
    ActivityError, ChildOutcome, Command, Failure, Input, InstanceStatus, Operator, ParentRef, Recorded,
    Start, TaskChange, TaskView,
};

/// How many events a simulation may have: a loop without an end is stopped there.
const MAX_EVENTS: usize = 5_000_000;

/// A simulation to be run.
pub struct Simulation {
    graph: Arc<Graph>,
    flows: BTreeMap<String, Arc<Graph>>,
    script: Script,
    input: Payload,
    key: Option<String>,
    workers: Option<usize>,
}

/// What becomes of something that takes a while.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// An input that is ready.
    Input(Input),
    /// A person does a task, as it stands then.
    Task(TaskId, super::script::Entry),
    /// A call that the script plays.
    Child(InstanceId, ParentRef, ChildOutcome),
}

impl Simulation {
    /// A simulation of a flow: it can call itself.
    pub fn new(graph: Arc<Graph>) -> Self {
        let flows = BTreeMap::from([(graph.flow.to_string(), Arc::clone(&graph))]);
        Self { graph, flows, script: Script::default(), input: Payload::null(), key: None, workers: None }
    }

    /// Adds a flow that can be called. The script plays calls of flows that are not known.
    #[must_use]
    pub fn flow(mut self, graph: Arc<Graph>) -> Self {
        self.flows.insert(graph.flow.to_string(), graph);
        self
    }

    /// Sets the script.
    #[must_use]
    pub fn script(mut self, script: Script) -> Self {
        self.script = script;
        self
    }

    /// Sets the instance's input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Value>) -> Self {
        self.input = Payload::from(input.into());
        self
    }

    /// Sets the instance's key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Has so many workers run the activities, first in first out; without it there is one for each.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers.max(1));
        self
    }

    /// Runs until the instance has ended, or nothing more can happen by itself.
    ///
    /// # Errors
    /// `InvalidInput` when the flow refuses its input; `LimitReached` when it does not end.
    pub fn run(self) -> Result<Report> {
        let mut world = World {
            flows: self.flows,
            player: Player::new(self.script),
            workers: Workers::new(self.workers),
            now: Timestamp::EPOCH,
            instances: Vec::new(),
            agenda: Vec::new(),
            mail: VecDeque::new(),
            events: 0,
            refused: Vec::new(),
        };
        let start = Start {
            instance: InstanceId::new(Uuid::from_u128(1)),
            version: 1,
            key: self.key,
            input: self.input,
            labels: BTreeMap::new(),
            parent: None,
        };
        world.begin(self.graph, String::new(), start).map_err(Error::from)?;
        world.run()?;
        Ok(world.report(0))
    }
}

/// One simulated instance.
pub(super) struct Instance {
    pub(super) graph: Arc<Graph>,
    pub(super) state: State,
    pub(super) history: Vec<Recorded>,
    pub(super) journal: Journal,
    /// What the script's names of its steps begin with.
    pub(super) prefix: String,
    tasks: BTreeMap<TaskId, TaskView>,
}

pub(super) struct World {
    flows: BTreeMap<String, Arc<Graph>>,
    player: Player,
    workers: Workers,
    pub(super) now: Timestamp,
    pub(super) instances: Vec<Instance>,
    /// Signals and operators' inputs, last first.
    agenda: Vec<(Timestamp, Input)>,
    /// What instances send to one another.
    mail: VecDeque<(InstanceId, Input)>,
    events: usize,
    pub(super) refused: Vec<String>,
}

impl World {
    fn begin(&mut self, graph: Arc<Graph>, prefix: String, start: Start) -> Result<(), Refusal> {
        if self.instances.is_empty() {
            self.make_agenda();
        }
        let instance = Instance {
            graph,
            state: State::new(),
            history: Vec::new(),
            journal: Journal::new(),
            prefix,
            tasks: BTreeMap::new(),
        };
        self.instances.push(instance);
        let number = self.instances.len() - 1;
        self.input(number, Input::Start(Box::new(start)))
    }

    fn make_agenda(&mut self) {
        let script = self.player.script();
        let signals = script.signals.iter().map(|signal| (Timestamp::EPOCH + signal.at, signal.to_input()));
        let inputs = script.inputs.iter().map(|entry| (Timestamp::EPOCH + entry.at, entry.input.clone()));
        self.agenda = inputs.chain(signals).collect();
        self.agenda.sort_by_key(|(at, _)| *at);
        self.agenda.reverse();
    }

    /// Jumps from one thing that happens to the next. At one instant: first what comes from outside, then results and
    /// timers in the order in which they began.
    fn run(&mut self) -> Result<()> {
        loop {
            self.post();
            self.workers.assign(self.now);
            if self.instances[0].state.status().is_closed() {
                return Ok(());
            }
            if self.events > MAX_EVENTS {
                let message = format!("the simulation has {MAX_EVENTS} events and has not ended");
                return Err(Error::new(ErrorKind::LimitReached, message));
            }
            let outside = self.agenda.last().map(|(at, _)| *at);
            let end = self.workers.next_end();
            let timer = self.next_timer();
            let next =
                [outside, end.map(|end| end.0), timer.map(|timer| timer.0)].into_iter().flatten().min();
            let Some(next) = next else { return Ok(()) };
            self.now = self.now.max(next);
            if outside == Some(next) {
                let Some((_, input)) = self.agenda.pop() else { continue };
                self.tell(0, input);
                continue;
            }
            // Of a result and a timer at one instant the one whose step is older comes first.
            let timer_first = match (end, timer) {
                (Some((end, instance, activation)), Some((due, other, age))) => {
                    due < end || (due == end && (instance, activation) > (other, age))
                }
                (None, Some(_)) => true,
                (_, None) => false,
            };
            match timer.filter(|_| timer_first) {
                Some((_, number, _)) => self.fire(number),
                None => self.finish_job(),
            }
        }
    }

    fn next_timer(&self) -> Option<(Timestamp, usize, u32)> {
        let timers = self.instances.iter().enumerate();
        timers
            .filter_map(|(number, instance)| {
                let (due, activation) = instance.state.next_timer()?;
                Some((due, number, activation))
            })
            .min()
    }

    fn fire(&mut self, number: usize) {
        let instance = &mut self.instances[number];
        let before = instance.state.seq();
        let decision = decide_first_timer(&instance.graph, &mut instance.state, self.now);
        self.take_in(number, before, decision);
    }

    fn finish_job(&mut self) {
        let Some(job) = self.workers.pop() else { return };
        match job.outcome {
            Outcome::Input(input) => self.tell(job.instance, input),
            Outcome::Task(task, entry) => {
                if let Some(view) = self.instances[job.instance].tasks.get(&task) {
                    let input = actors::complete(view, &entry);
                    self.tell(job.instance, input);
                }
            }
            Outcome::Child(child, parent, outcome) => {
                let input = Input::ChildClosed { child, at: parent.at, outcome };
                self.tell(job.instance, input);
            }
        }
    }

    /// Gives an instance an input that the script asks for; a refusal goes into the report.
    fn tell(&mut self, number: usize, input: Input) {
        if let Err(refusal) = self.input(number, input) {
            self.refused.push(format!("at {}ms: {}", self.now.millis(), refusal.message));
        }
    }

    fn input(&mut self, number: usize, input: Input) -> Result<(), Refusal> {
        let instance = &mut self.instances[number];
        let before = instance.state.seq();
        let decision = machine::decide(&instance.graph, &mut instance.state, input, self.now)?;
        self.take_in(number, before, decision);
        Ok(())
    }

    fn take_in(&mut self, number: usize, before: u64, decision: Decision) {
        let instance = &mut self.instances[number];
        self.events += decision.events.len();
        for (seq, event) in (before + 1..).zip(decision.events) {
            instance.journal.see(&instance.graph, &event, self.now);
            instance.history.push(Recorded { seq, at: self.now, event });
        }
        for command in decision.commands {
            self.carry_out(number, command);
        }
    }

    fn carry_out(&mut self, number: usize, command: Command) {
        let instance = &mut self.instances[number];
        match command {
            Command::Run(run) => {
                let entry = self.player.next(&instance.graph, &instance.prefix, &run.step);
                let work = run.work;
                let timeout = run.timeout.filter(|timeout| *timeout < entry.after);
                let input = match (timeout, entry.error) {
                    (Some(timeout), _) => {
                        let message = format!("the attempt took longer than {timeout}");
                        Input::ActivityFailed { work, error: ActivityError::retryable("timeout", message) }
                    }
                    (None, Some(error)) => Input::ActivityFailed { work, error: error.into() },
                    (None, None) => Input::ActivityCompleted { work, output: entry.output.into() },
                };
                let job = Job {
                    instance: number,
                    activation: work.activation,
                    work: Some(work),
                    after: timeout.unwrap_or(entry.after),
                    outcome: Outcome::Input(input),
                };
                self.workers.add(self.now, run.priority, work.at.step, job);
            }
            Command::Stop(work) => self.workers.call_off(number, work),
            Command::Task(change) => self.task(number, *change),
            Command::StartChild { child, flow, input, parent, .. } => {
                self.call(number, child, &flow, input, parent)
            }
            Command::AbortChild { child } => {
                let operator = Operator::new("parent", "the call was cancelled");
                self.mail.push_back((child, Input::Abort { operator, compensate: false, force: true }));
            }
            Command::TellParent { parent, outcome } => {
                let child = instance.state.instance();
                self.mail.push_back((parent.instance, Input::ChildClosed { child, at: parent.at, outcome }));
            }
            Command::Assign { .. } | Command::Subscribe(_) | Command::Unsubscribe(_) => {}
        }
    }

    fn task(&mut self, number: usize, change: TaskChange) {
        let instance = &mut self.instances[number];
        let view = match change {
            TaskChange::Closed(id) => {
                instance.tasks.remove(&id);
                return;
            }
            TaskChange::Open(view) => view,
        };
        let (id, step) = (view.id, view.step.clone());
        let scripted = self.player.names(&instance.graph, &instance.prefix, &step)
            || self.player.script().default.is_some();
        let new = instance.tasks.insert(id, view).is_none();
        if new && scripted {
            let entry = self.player.next(&instance.graph, &instance.prefix, &step);
            let job = Job {
                instance: number,
                activation: id.activation,
                work: None,
                after: entry.after,
                outcome: Outcome::Task(id, entry),
            };
            self.workers.add(self.now, 0, 0, job);
        }
    }

    fn call(&mut self, number: usize, child: InstanceId, flow: &str, input: Payload, parent: ParentRef) {
        let instance = &self.instances[number];
        let path = machine::path_of(&instance.graph, &instance.state, parent.at);
        let scripted = self.player.names(&instance.graph, &instance.prefix, &path);
        let prefix = format!("{}{path}/", instance.prefix);
        let known = self.flows.get(flow).cloned().filter(|_| !scripted);
        if let Some(graph) = known {
            let start = Start {
                instance: child,
                version: 1,
                key: None,
                input,
                labels: BTreeMap::new(),
                parent: Some(parent.clone()),
            };
            if let Err(refusal) = self.begin(graph, prefix, start) {
                self.instances.pop();
                let error = Failure::new(refusal.kind.code(), refusal.message);
                let outcome = ChildOutcome {
                    status: InstanceStatus::Failed,
                    output: Payload::null(),
                    error: Some(error),
                };
                self.mail.push_back((parent.instance, Input::ChildClosed { child, at: parent.at, outcome }));
            }
            return;
        }
        let graph = Arc::clone(&instance.graph);
        let prefix = instance.prefix.clone();
        let entry = self.player.next(&graph, &prefix, &path);
        let outcome = match entry.error {
            Some(error) => ChildOutcome {
                status: InstanceStatus::Failed,
                output: Payload::null(),
                error: Some(Failure::new(error.code, error.message)),
            },
            None => {
                ChildOutcome { status: InstanceStatus::Completed, output: entry.output.into(), error: None }
            }
        };
        if parent.wait {
            let job = Job {
                instance: number,
                activation: 0,
                work: None,
                after: entry.after,
                outcome: Outcome::Child(child, parent, outcome),
            };
            self.workers.add(self.now, 0, 0, job);
        }
    }

    /// Delivers what instances have sent to one another.
    fn post(&mut self) {
        while let Some((to, input)) = self.mail.pop_front() {
            let number = self.instances.iter().position(|instance| instance.state.instance() == to);
            if let Some(number) = number {
                // A child that ends after nobody waits for it any more is refused, rightly.
                let _ = self.input(number, input);
            }
        }
    }
}
