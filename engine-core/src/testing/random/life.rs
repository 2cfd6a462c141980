//! The random life of an instance: outcomes, order, losses, signals, people and operators by lot.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use super::Lot;
use crate::base::{InstanceId, Payload, Span, TaskId, Timestamp};
use crate::graph::Graph;
use crate::machine::{State, apply, decide, event_json, explain};
use crate::protocol::{
    ActivityError, Actor, ChildOutcome, Command, Event, Failure, Input, InstanceStatus, Operator, Recorded,
    RunActivity, Signal, Start, TaskAction, TaskChange, TaskInput, TaskView, Work,
};

/// How many inputs a life has at most: then nothing fails any more, and everything is answered.
const LONG: usize = 400;

/// What may happen in a life.
#[derive(Clone, Copy, Debug)]
pub struct LifeOptions {
    /// Whether operators suspend, resume, abort and take up failed steps.
    pub operators: bool,
    /// Whether processes are lost.
    pub losses: bool,
}

impl Default for LifeOptions {
    fn default() -> Self {
        Self { operators: true, losses: true }
    }
}

/// What a life was.
#[derive(Clone, Debug)]
pub struct Life {
    /// The history.
    pub history: Vec<Recorded>,
    /// How it ended.
    pub status: InstanceStatus,
    /// How many inputs it took.
    pub inputs: usize,
}

/// Lives an instance's life to its end, and checks what must always hold on the way.
///
/// # Errors
/// What did not hold: the instance was stuck, a command was given twice, something started while it was suspended, the
/// fold of the history is another state than the one that was left.
pub fn live(graph: &Graph, seed: u64, options: LifeOptions) -> Result<Life, String> {
    let mut world = World::new(graph, seed, options);
    world.give(Input::Start(Box::new(Start {
        instance: InstanceId::new(Uuid::from_u128(u128::from(seed) + 1)),
        version: 1,
        key: None,
        input: Payload::null(),
        labels: BTreeMap::new(),
        parent: None,
    })))?;
    while !world.over() {
        let lived = world.next_input().and_then(|input| world.give(input));
        if let Err(wrong) = lived {
            return Err(world.tell(&wrong));
        }
    }
    if let Some(wrong) = &world.wrong {
        return Err(world.tell(wrong));
    }
    if let Err(wrong) = world.check_fold(true) {
        return Err(world.tell(&wrong));
    }
    Ok(Life { history: world.history, status: world.state.status(), inputs: world.inputs })
}

struct World<'g> {
    graph: &'g Graph,
    options: LifeOptions,
    lot: Lot,
    state: State,
    shadow: State,
    now: Timestamp,
    history: Vec<Recorded>,
    running: BTreeMap<Work, RunActivity>,
    handed_out: BTreeSet<Work>,
    stale: Vec<Work>,
    tasks: BTreeMap<TaskId, TaskView>,
    children: Vec<(InstanceId, crate::protocol::ParentRef)>,
    inputs: usize,
    taken_up: usize,
    wrong: Option<String>,
}

impl<'g> World<'g> {
    fn new(graph: &'g Graph, seed: u64, options: LifeOptions) -> Self {
        Self {
            graph,
            options,
            lot: Lot::new(seed ^ 0xA5A5),
            state: State::new(),
            shadow: State::new(),
            now: Timestamp::EPOCH,
            history: Vec::new(),
            running: BTreeMap::new(),
            handed_out: BTreeSet::new(),
            stale: Vec::new(),
            tasks: BTreeMap::new(),
            children: Vec::new(),
            inputs: 0,
            taken_up: 0,
            wrong: None,
        }
    }

    /// Whether the life is over: the instance has ended, and no operator takes it up again.
    fn over(&mut self) -> bool {
        let failed = self.state.status() == InstanceStatus::Failed;
        let again = failed && self.options.operators && self.taken_up < 3 && self.lot.chance(50);
        if let Some(step) = self.state.error().map(|error| error.step.clone()).filter(|_| again) {
            self.taken_up += 1;
            self.running.clear();
            self.tasks.clear();
            self.children.clear();
            let input = self.operate(step);
            if let Err(wrong) = self.give(input) {
                self.wrong.get_or_insert(wrong);
            }
        }
        self.state.status().is_closed()
    }

    fn give(&mut self, input: Input) -> Result<(), String> {
        self.inputs += 1;
        if self.inputs > 20 * LONG {
            return Err(format!("no end after {} inputs", self.inputs));
        }
        let held = self.state.status() == InstanceStatus::Suspended;
        let resumes = matches!(input, Input::Resume(_) | Input::Abort { .. });
        let before = self.state.seq();
        let told = format!("{input:?}");
        let decision = match decide(self.graph, &mut self.state, input, self.now) {
            Ok(decision) => decision,
            Err(_) if self.state.seq() == before => return Ok(()),
            Err(refusal) => {
                return Err(format!(
                    "refused ({}) and changed the state all the same: {told}",
                    refusal.message
                ));
            }
        };
        for (seq, event) in (before + 1..).zip(&decision.events) {
            if held && !resumes && starts_something(event) {
                return Err(format!("started while suspended: {event:?}"));
            }
            apply(self.graph, &mut self.shadow, event, self.now);
            self.history.push(Recorded { seq, at: self.now, event: event.clone() });
        }
        for command in decision.commands {
            self.take_in(command)?;
        }
        self.check_fold(self.inputs.is_multiple_of(5))
    }

    /// What went wrong, and the end of the history before it.
    fn tell(&self, wrong: &str) -> String {
        let mut places = crate::machine::Places::default();
        let lines: Vec<String> = self
            .history
            .iter()
            .map(|entry| {
                places.see(&entry.event);
                event_json(self.graph, &places, entry.seq, entry.at, &entry.event).to_string()
            })
            .collect();
        let from = lines.len().saturating_sub(25);
        format!("{wrong}\n{}", lines[from..].join("\n"))
    }

    fn check_fold(&self, thorough: bool) -> Result<(), String> {
        if self.shadow.seq() != self.state.seq() {
            return Err("the history has another length than the state says".into());
        }
        if !thorough {
            return Ok(());
        }
        let encode = |state: &State| serde_json::to_string(state).map_err(|error| error.to_string());
        let (left, folded) = (encode(&self.state)?, encode(&self.shadow)?);
        if left != folded {
            return Err(format!("the fold is another state:\n left   {left}\n folded {folded}"));
        }
        let read: State = serde_json::from_str(&left).map_err(|error| format!("snapshot: {error}"))?;
        if encode(&read)? != left {
            return Err("a snapshot does not read as it was written".into());
        }
        let out: BTreeSet<Work> = self.state.running(self.graph).iter().map(|run| run.work).collect();
        let known: BTreeSet<Work> = self.running.keys().copied().collect();
        if out != known && self.state.status() == InstanceStatus::Running {
            return Err(format!("rebuilt {out:?}, handed out {known:?}"));
        }
        Ok(())
    }

    fn take_in(&mut self, command: Command) -> Result<(), String> {
        match command {
            Command::Run(run) => {
                if !self.handed_out.insert(run.work) {
                    return Err(format!("handed out twice: {:?}", run.work));
                }
                self.running.insert(run.work, *run);
            }
            // Who runs it makes no difference to the instance.
            Command::Assign { .. } => {}
            Command::Stop(work) => {
                self.running.remove(&work);
                self.stale.push(work);
            }
            Command::Task(change) => match *change {
                TaskChange::Open(view) => {
                    self.tasks.insert(view.id, view);
                }
                TaskChange::Closed(id) => {
                    self.tasks.remove(&id);
                }
            },
            Command::StartChild { child, parent, .. } if parent.wait => self.children.push((child, parent)),
            Command::AbortChild { child } => self.children.retain(|(other, _)| *other != child),
            _ => {}
        }
        Ok(())
    }

    /// What happens next; an error if nothing can.
    fn next_input(&mut self) -> Result<Input, String> {
        let calm = self.inputs > LONG;
        if self.state.status() == InstanceStatus::Suspended {
            if calm || self.lot.chance(30) {
                return Ok(Input::Resume(operator()));
            }
        } else if !calm && self.options.operators && self.lot.chance(4) {
            return Ok(Input::Suspend(operator()));
        }
        if !calm && self.options.operators && self.lot.below(300) == 0 {
            let compensate = self.lot.chance(50);
            return Ok(Input::Abort { operator: operator(), compensate, force: false });
        }
        if !calm && self.lot.chance(10) {
            return Ok(self.noise());
        }
        self.answer(calm)
    }

    /// Something that nobody asked for: a signal, a late result, an early timer.
    fn noise(&mut self) -> Input {
        let late: Vec<Work> =
            self.stale.iter().filter(|work| !self.running.contains_key(work)).copied().collect();
        if self.lot.chance(30) && !late.is_empty() {
            let work = *self.lot.pick(&late);
            return Input::ActivityCompleted { work, output: Payload::from(json!("late")) };
        }
        if self.lot.chance(20) {
            return Input::TimersDue;
        }
        self.signal()
    }

    fn signal(&mut self) -> Input {
        let name = (*self.lot.pick(&["ping", "pong"])).to_owned();
        let id = self.lot.chance(50).then(|| self.lot.below(10_000).to_string());
        Input::Signal(Signal {
            id,
            name,
            correlation: None,
            payload: Payload::from(json!({"n": 1})),
            ttl: None,
        })
    }

    /// An answer to something that the instance waits for.
    fn answer(&mut self, calm: bool) -> Result<Input, String> {
        let mut choices: Vec<u8> = Vec::new();
        let mut offer = |choice: u8, there: bool| choices.extend(there.then_some(choice));
        offer(0, !self.running.is_empty());
        offer(1, !self.tasks.is_empty());
        offer(2, !self.children.is_empty());
        offer(3, self.state.next_due().is_some());
        let held = self.state.status() == InstanceStatus::Suspended;
        let waiting = explain(self.graph, &self.state, self.now).waiting;
        offer(4, waiting.iter().any(|entry| entry.kind == "signal"));
        let undecided = waiting.iter().find(|entry| entry.reason.contains("an operator has to decide"));
        offer(5, undecided.is_some());
        if choices.is_empty() {
            if held {
                return Ok(Input::Resume(operator()));
            }
            let state = serde_json::to_string(&self.state).unwrap_or_default();
            return Err(format!("stuck: nothing to wait for\n{state}"));
        }
        match *self.lot.pick(&choices) {
            0 => Ok(self.result(calm)),
            1 => Ok(self.task(calm)),
            2 => {
                let place = self.lot.below(self.children.len());
                let (child, parent) = self.children.remove(place);
                let failed = !calm && self.lot.chance(20);
                let outcome = ChildOutcome {
                    status: if failed { InstanceStatus::Failed } else { InstanceStatus::Completed },
                    output: Payload::from(json!({"child": true})),
                    error: failed.then(|| Failure::new("child", "it failed")),
                };
                Ok(Input::ChildClosed { child, at: parent.at, outcome })
            }
            3 => {
                self.now = self.state.next_due().unwrap_or(self.now).max(self.now);
                Ok(Input::TimersDue)
            }
            4 => Ok(self.signal()),
            _ => {
                let step = undecided.map(|entry| entry.step.clone()).unwrap_or_default();
                Ok(self.operate(step))
            }
        }
    }

    fn result(&mut self, calm: bool) -> Input {
        let works: Vec<Work> = self.running.keys().copied().collect();
        let work = *self.lot.pick(&works);
        self.running.remove(&work);
        self.stale.push(work);
        self.now = self.now + Span::from_millis(self.lot.below(5_000) as u64);
        match self.lot.below(100) {
            0..=7 if self.options.losses && !calm => Input::ActivityLost { work },
            8..=24 if !calm => {
                Input::ActivityFailed { work, error: ActivityError::retryable("flaky", "try again") }
            }
            25..=29 if !calm => {
                Input::ActivityFailed { work, error: ActivityError::fatal("broken", "do not") }
            }
            30..=32 if !calm => {
                // It is still out: the same attempt is looked for again when a handler turns up.
                if let Some(run) = self.state.running(self.graph).into_iter().find(|run| run.work == work) {
                    self.running.insert(work, run);
                }
                match self.lot.below(2) {
                    0 => Input::HandlerMissing { work },
                    _ => Input::AttemptAssigned { work, process: Uuid::from_u128(7) },
                }
            }
            _ if work.purpose == crate::protocol::Purpose::Check => {
                let word = *self.lot.pick(&["done", "not_done", "unknown"]);
                Input::ActivityCompleted { work, output: Payload::from(json!({"status": word, "output": 1})) }
            }
            _ => Input::ActivityCompleted { work, output: Payload::from(json!({"n": self.inputs})) },
        }
    }

    fn task(&mut self, calm: bool) -> Input {
        let ids: Vec<TaskId> = self.tasks.keys().copied().collect();
        let id = *self.lot.pick(&ids);
        let name = *self.lot.pick(&["ann", "bob"]);
        let assignee = self.tasks.get(&id).and_then(|view| view.assignee.clone());
        let actor = Actor::new(assignee.filter(|_| calm || self.lot.chance(60)).unwrap_or(name.to_owned()))
            .role("clerk");
        let outcome = Some((*self.lot.pick(&["yes", "no"])).to_owned());
        let action = match self.lot.below(if calm { 1 } else { 6 }) {
            1 => TaskAction::Claim,
            2 => TaskAction::Release,
            3 => TaskAction::Reassign { to: "ann".into() },
            4 => TaskAction::Escalate { to: "boss".into(), reason: "slow".into() },
            _ => TaskAction::Complete { outcome, data: Payload::null() },
        };
        let request = self.lot.chance(20).then(|| self.lot.below(1_000).to_string());
        Input::Task(Box::new(TaskInput { activation: id.activation, request, actor, action }))
    }

    fn operate(&mut self, step: String) -> Input {
        match self.lot.below(3) {
            0 => Input::Retry { operator: operator(), step, anew: self.lot.chance(50) },
            1 => Input::Skip { operator: operator(), step },
            _ => Input::Complete { operator: operator(), step, output: Payload::from(json!("given")) },
        }
    }
}

fn operator() -> Operator {
    Operator::new("ops", "by lot")
}

fn starts_something(event: &Event) -> bool {
    matches!(
        event,
        Event::StepActivated { .. }
            | Event::AttemptStarted { .. }
            | Event::FrameOpened { .. }
            | Event::StepCompensating { .. }
            | Event::Emitted { .. }
    )
}
