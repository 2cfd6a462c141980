//! Tests of the machine: everything in, everything out, nothing hidden.
//!
//! A test drives one instance and compares the whole list of events and commands of every decision, as lines.

mod activity;
mod cancel;
mod compensate;
mod explain;
mod join;
mod operate;
mod region;
mod scope;
mod signal;
mod suspend;
mod task;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Decision, Places, Refusal, State, apply, decide};
use crate::base::{InstanceId, Payload, Span, Timestamp};
use crate::graph::{Graph, load};
use crate::protocol::{
    ActivityError, Actor, Command, Event, Input, Operator, Purpose, Start, TaskAction, TaskChange, TaskInput,
    Work,
};

/// One instance, driven by hand.
struct Drive {
    graph: Arc<Graph>,
    state: State,
    fold: State,
    places: Places,
    now: Timestamp,
    /// The works that were handed out, by handler path.
    works: BTreeMap<String, Work>,
    tasks: BTreeMap<String, u32>,
    lines: Vec<String>,
}

impl Drive {
    /// Starts an instance of a flow.
    fn start(yaml: &str, input: Value) -> Self {
        let loaded = load(yaml);
        let graph = loaded.graph.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
        let mut drive = Self {
            graph,
            state: State::new(),
            fold: State::new(),
            places: Places::default(),
            now: Timestamp::EPOCH,
            works: BTreeMap::new(),
            tasks: BTreeMap::new(),
            lines: Vec::new(),
        };
        let start = Start {
            instance: InstanceId::new(Uuid::from_u128(7)),
            version: 1,
            key: None,
            input: Payload::from(input),
            labels: BTreeMap::new(),
            parent: None,
        };
        drive.give(Input::Start(Box::new(start)));
        drive
    }

    /// Gives an input that must fit.
    fn give(&mut self, input: Input) -> &mut Self {
        if let Err(refusal) = self.offer(input) {
            panic!("refused: {}", refusal.message);
        }
        self
    }

    /// Gives an input that must be refused; the answer is the code.
    fn refused(&mut self, input: Input) -> &'static str {
        let before = serde_json::to_string(&self.state).unwrap();
        let refusal = self.offer(input).expect_err("it was taken");
        assert_eq!(before, serde_json::to_string(&self.state).unwrap(), "a refusal changed the state");
        refusal.kind.code()
    }

    fn offer(&mut self, input: Input) -> Result<(), Refusal> {
        let Decision { events, commands } = decide(&self.graph, &mut self.state, input, self.now)?;
        self.lines.clear();
        for event in &events {
            apply(&self.graph, &mut self.fold, event, self.now);
            self.places.see(event);
            self.lines.push(self.event_line(event));
        }
        for command in &commands {
            let line = self.command_line(command);
            self.lines.push(line);
        }
        let (left, folded) =
            (serde_json::to_string(&self.state).unwrap(), serde_json::to_string(&self.fold).unwrap());
        assert_eq!(left, folded, "the fold is another state");
        Ok(())
    }

    /// Compares what the last decision gave, all of it.
    #[track_caller]
    fn gives(&mut self, expected: &[&str]) -> &mut Self {
        let lines: Vec<&str> = self.lines.iter().map(String::as_str).collect();
        assert_eq!(lines, expected);
        self
    }

    fn after(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now + Span::from_secs(seconds);
        self
    }

    fn timers(&mut self) -> &mut Self {
        self.give(Input::TimersDue)
    }

    fn work(&self, step: &str) -> Work {
        *self.works.get(step).unwrap_or_else(|| panic!("`{step}` was not handed out: {:?}", self.works))
    }

    fn done(&mut self, step: &str, output: Value) -> &mut Self {
        let work = self.work(step);
        self.give(Input::ActivityCompleted { work, output: Payload::from(output) })
    }

    fn failed(&mut self, step: &str, code: &str) -> &mut Self {
        let work = self.work(step);
        self.give(Input::ActivityFailed { work, error: ActivityError::retryable(code, "no") })
    }

    fn task(&self, step: &str, person: &str, action: TaskAction) -> Input {
        let actor = Actor::new(person).role("clerk");
        Input::Task(Box::new(TaskInput { activation: self.tasks[step], request: None, actor, action }))
    }

    fn signal(name: &str, payload: Value) -> Input {
        Input::Signal(crate::protocol::Signal {
            id: None,
            name: name.into(),
            correlation: None,
            payload: Payload::from(payload),
            ttl: None,
        })
    }

    fn operator() -> Operator {
        Operator::new("ops", "why not")
    }

    fn status(&self) -> &'static str {
        self.state.status().name()
    }

    fn path(&self, at: crate::protocol::At) -> String {
        let at =
            if at.run == super::compensate::UNDO_RUN { crate::protocol::At { run: 0, ..at } } else { at };
        self.places.path(&self.graph, at)
    }

    fn edges(&self, edges: &[u32]) -> String {
        let ids = edges
            .iter()
            .map(|edge| self.graph.steps[self.graph.edges[*edge as usize].to as usize].id.to_string());
        ids.collect::<Vec<_>>().join(",")
    }

    /// An event as a line: its name, its step, and what matters of it.
    fn event_line(&self, event: &Event) -> String {
        let name = event.name();
        match event {
            Event::StepActivated { at, .. } | Event::StepSkipped { at } | Event::StepIndeterminate { at } => {
                format!("{name} {}", self.path(*at))
            }
            Event::StepQueued { at, .. } => format!("{name} {}", self.path(*at)),
            Event::StepCompleted { at, output, outcome } => {
                let set: String =
                    outcome.set.iter().map(|(name, value)| format!(" {name}={value:?}")).collect();
                format!("{name} {} {output:?} -> [{}]{set}", self.path(*at), self.edges(&outcome.taken))
            }
            Event::StepFailed { at, error, outcome } => {
                format!("{name} {} {} -> [{}]", self.path(*at), error.code, self.edges(&outcome.taken))
            }
            Event::StepCancelled { at, reason } => {
                format!("{name} {} {}", self.path(*at), json!(reason).as_str().unwrap_or_default())
            }
            Event::RunEnded { at, output, .. } => format!("{name} {} {output:?}", self.path(*at)),
            Event::FrameOpened { frame, .. }
            | Event::FrameCancelled { frame }
            | Event::CompensationStarted { frame, .. } => {
                format!("{name} {}", self.places.frame_path(&self.graph, *frame))
            }
            Event::FrameCompleted { frame, output } => {
                format!("{name} {} {output:?}", self.places.frame_path(&self.graph, *frame))
            }
            Event::FrameFailing { frame, error } | Event::FrameFailed { frame, error } => {
                format!("{name} {} {}", self.places.frame_path(&self.graph, *frame), error.code)
            }
            Event::AttemptStarted { work }
            | Event::AttemptLost { work }
            | Event::AttemptAssigned { work, .. }
            | Event::HandlerMissing { work } => {
                format!("{name} {} #{}", self.path(work.at), work.attempt)
            }
            Event::AttemptFailed { work, error, retry_at } => {
                format!(
                    "{name} {} #{} {} until {}",
                    self.path(work.at),
                    work.attempt,
                    error.code,
                    retry_at.millis()
                )
            }
            Event::ResultLate { work, .. } => format!("{name} {} #{}", self.path(work.at), work.attempt),
            Event::RegionRestarted { edge, .. } | Event::EdgeTaken { edge, .. } => {
                format!("{name} {}", self.edges(&[*edge]))
            }
            Event::TaskChanged { at, change, .. } => {
                format!("{name} {} {}", self.path(*at), json!(change)["type"].as_str().unwrap_or_default())
            }
            Event::TaskDone { at, by, .. } => format!("{name} {} {}", self.path(*at), by.id),
            Event::SignalDelivered { at, signal, .. } => format!("{name} {} {}", self.path(*at), signal.name),
            Event::SignalKept { signal, .. } => format!("{name} {}", signal.name),
            Event::ItemAdded { at, item, .. } => format!("{name} {} {item:?}", self.path(*at)),
            Event::Emitted { event, data, .. } => format!("{name} {event} {data:?}"),
            Event::StepCompensating { undo, .. } => format!("{name} {}", undo.step),
            Event::StepCompensated { work, .. } | Event::CompensationFailed { work, .. } => {
                format!("{name} {}", self.path(work.at))
            }
            Event::InstanceEnded(ending) => {
                let error = ending.error.as_ref().map(|error| format!(" {}", error.code)).unwrap_or_default();
                format!("{name} {} {:?}{error}", ending.status.name(), ending.output)
            }
            Event::OperatorActed { at, action, .. } => {
                format!("{name} {} {}", self.path(*at), json!(action)["type"].as_str().unwrap_or_default())
            }
            Event::InputDeferred { input } => {
                format!("{name} {}", json!(input)["type"].as_str().unwrap_or_default())
            }
            Event::SlaWarned { at } | Event::SlaMissed { at } => {
                format!("{name} {}", at.map(|at| self.path(at)).unwrap_or_default())
            }
            _ => name.to_owned(),
        }
    }

    fn command_line(&mut self, command: &Command) -> String {
        match command {
            Command::Run(run) => {
                let label = match run.work.purpose {
                    Purpose::Run => run.step.clone(),
                    Purpose::Check => format!("{} (check)", run.step),
                    Purpose::Compensate => format!("{} (undo)", run.step),
                };
                self.works.insert(label.clone(), run.work);
                format!("run {label} {} {:?}", run.handler, run.input)
            }
            Command::Assign { run, .. } => format!("assign {} {} {:?}", run.step, run.handler, run.input),
            Command::Stop(work) => format!("stop {} #{}", self.path(work.at), work.attempt),
            Command::Task(change) => match &**change {
                TaskChange::Open(view) => {
                    self.tasks.insert(view.step.clone(), view.id.activation);
                    format!(
                        "offer {} to {}",
                        view.step,
                        view.assignee.as_deref().unwrap_or(&view.candidates.roles.join(","))
                    )
                }
                TaskChange::Closed(id) => {
                    let step = self.tasks.iter().find(|(_, activation)| **activation == id.activation);
                    format!("withdraw {}", step.map(|(step, _)| step.as_str()).unwrap_or_default())
                }
            },
            Command::Subscribe(wait) => format!("subscribe {} {}", wait.name, wait.correlation),
            Command::Unsubscribe(wait) => format!("unsubscribe {} {}", wait.name, wait.correlation),
            Command::StartChild { flow, input, .. } => format!("start child {flow} {input:?}"),
            Command::AbortChild { .. } => "abort child".to_owned(),
            Command::TellParent { outcome, .. } => format!("tell parent {}", outcome.status.name()),
        }
    }
}
