//! Folding events into the state. Nothing is decided here: whatever a rule had to say is in the event.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::frame::{
    Active, ActivityPhase, ActivityState, Doing, EachState, EdgeState, Frame, Phase, RegionState, RunState,
};
use super::frame::{StepState, TaskState, UndoEntry};
use super::state::{Kept, State, TimerKey};
use crate::base::{Payload, Timestamp};
use crate::definition::{Join, OnFailure, WhileSuspended};
use crate::graph::{Graph, Kind};
use crate::protocol::{
    Activation, ActivityError, At, CancelReason, Event, Failure, InstanceStatus, Purpose, StartedEvent,
    StepOutcome, StepStatus, TaskEvent, TaskStatus, TimerKind, Timers, Undo, Work,
};

/// Changes the state by an event that happened at a time.
///
/// Folding the events that [`decide`](super::decide) gave, in order, gives the state that it left. Events of another
/// graph or of another instance leave the state in no defined shape, but never panic on a graph of the same size.
pub fn apply(graph: &Graph, state: &mut State, event: &Event, at: Timestamp) {
    state.seq += 1;
    Fold { graph, state, now: at }.event(event);
}

struct Fold<'a> {
    graph: &'a Graph,
    state: &'a mut State,
    now: Timestamp,
}

impl Fold<'_> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::InstanceStarted(started) => self.started(started),
            Event::FrameOpened { frame, owner, index, item } => {
                self.frame_opened(*frame, *owner, *index, item)
            }
            Event::FrameCompleted { frame, output } => self.frame_completed(*frame, output),
            Event::FrameFailing { frame, error } => self.frame_failing(*frame, error),
            Event::FrameFailed { frame, error } => self.frame_failed(*frame, error),
            Event::FrameCancelled { frame } => self.frame_closed(*frame),
            Event::StepQueued { at, activation } => self.queued(*at, *activation),
            Event::StepActivated { at, activation, timers, doing } => {
                self.activated(*at, *activation, timers, doing);
            }
            Event::AttemptStarted { work } => self.attempt_started(*work),
            Event::AttemptFailed { work, error, retry_at } => self.attempt_failed(*work, error, *retry_at),
            Event::AttemptLost { work } => self.attempt_lost(*work),
            Event::HandlerMissing { work } => self.phase(work.at, ActivityPhase::Missing),
            Event::ResultLate { .. } | Event::Emitted { .. } => {}
            Event::SlaWarned { at } => self.fired(*at, TimerKind::SlaWarn),
            Event::SlaMissed { at } => self.fired(*at, TimerKind::SlaTarget),
            Event::StepIndeterminate { at } => self.indeterminate(*at),
            Event::StepCompleted { at, output, outcome } => self.completed(*at, output, outcome),
            Event::StepFailed { at, error, outcome } => self.failed(*at, error, outcome),
            Event::StepSkipped { at } => self.skipped(*at),
            Event::StepCancelled { at, reason } => self.cancelled(*at, *reason),
            Event::RunEnded { at, output, set, undo } => self.run_ended(*at, output, set, undo.as_deref()),
            Event::RegionRestarted { frame, edge } => self.region_restarted(*frame, *edge),
            Event::RegionEnded { frame, region } => self.region_ended(*frame, *region),
            Event::EdgeTaken { frame, edge } => self.take_edge(*frame, *edge),
            Event::TaskChanged { at, change, request } => self.task_changed(*at, change, request.as_deref()),
            Event::TaskDone { at, by, request } => self.task_done(*at, &by.id, request.as_deref()),
            Event::SignalKept { signal, expires } => {
                self.state.kept_count += 1;
                let number = self.state.kept_count;
                self.see(signal.id.as_deref());
                self.state.kept.push(Kept { number, signal: signal.clone(), expires: *expires });
                if let Some(due) = *expires {
                    let key = TimerKey { due, activation: number, kind: TimerKind::SignalExpiry };
                    self.state.timers.insert(key, At::new(0, 0));
                }
            }
            Event::SignalDelivered { signal, kept, .. } => match kept {
                Some(number) => self.forget_kept(*number),
                None => self.see(signal.id.as_deref()),
            },
            Event::SignalExpired { kept } => self.forget_kept(*kept),
            Event::ItemAdded { at, item, signal } => {
                self.see(signal.as_deref());
                if let Some(each) = self.each(*at) {
                    each.items.push(item.clone());
                    each.outputs.push(Payload::null());
                }
            }
            Event::Suspended { .. } => {
                self.state.status = InstanceStatus::Suspended;
                self.state.suspended_at = Some(self.now);
            }
            Event::Resumed { .. } => self.resumed(),
            Event::InputDeferred { input } => self.state.deferred.push((**input).clone()),
            Event::DeferredTaken => self.state.deferred.clear(),
            Event::CompensationStarted { frame, then } => self.compensation_started(*frame, then),
            Event::StepCompensating { work, undo } => self.compensating(*work, undo),
            Event::StepCompensated { work, .. } | Event::CompensationFailed { work, .. } => {
                self.compensated(*work);
            }
            Event::InstanceEnded(ending) => {
                self.state.status = ending.status;
                self.state.ended_at = Some(self.now);
                self.state.ending = Some(ending.clone());
                self.state.timers.clear();
                self.state.waiters.clear();
                self.state.kept.clear();
                self.state.queue.clear();
                self.state.untils.clear();
                if ending.status != InstanceStatus::Failed {
                    self.state.frames.clear();
                }
            }
            Event::OperatorActed { at, action, .. } => {
                super::reopen::operator_acted(self.graph, self.state, *at, action)
            }
        }
    }

    fn started(&mut self, started: &StartedEvent) {
        let state = &mut *self.state;
        state.status = InstanceStatus::Running;
        state.instance = Some(started.instance);
        state.flow = Some(started.flow.clone());
        state.version = started.version;
        state.key.clone_from(&started.key);
        state.labels.clone_from(&started.labels);
        state.parent.clone_from(&started.parent);
        state.input = started.input.clone();
        state.vars.clone_from(&started.vars);
        state.started_at = self.now;
        state.pools = vec![0; self.graph.pools.len()];
        state.frames.insert(0, Frame::new(self.graph, 0, None, 0, None));
        state.next_frame = 1;
        let timers = [
            (TimerKind::Timeout, started.timeout),
            (TimerKind::SlaWarn, started.warn),
            (TimerKind::SlaTarget, started.target),
        ];
        for (kind, due) in timers {
            if let Some(due) = due {
                state.timers.insert(TimerKey { due, activation: 0, kind }, At::new(0, 0));
            }
        }
    }

    // Frames.

    fn frame_opened(&mut self, number: u32, owner: At, index: u32, item: &Option<Payload>) {
        let Some(scope) = self.graph.steps[owner.step as usize].inner else { return };
        let frame = Frame::new(self.graph, scope, Some(owner), index, item.clone());
        self.state.frames.insert(number, frame);
        self.state.next_frame = self.state.next_frame.max(number + 1);
        match self.doing(owner) {
            Some(Doing::Group { frame }) => *frame = number,
            Some(Doing::Loop { frame, pass, .. }) => (*frame, *pass) = (number, index),
            Some(Doing::Each(each)) => {
                each.frames.insert(number);
                each.open += 1;
                each.next = index + 1;
            }
            _ => {}
        }
    }

    fn frame_completed(&mut self, number: u32, output: &Payload) {
        let place = self.state.frame(number).and_then(|frame| Some((frame.owner?, frame.index)));
        let Some((owner, index)) = place else { return };
        match self.doing(owner) {
            Some(Doing::Each(each)) => {
                each.open -= 1;
                each.completed += 1;
                each.outputs[index as usize] = output.clone();
            }
            Some(Doing::Loop { output: last, .. }) => *last = output.clone(),
            _ => {}
        }
        self.frame_closed(number);
    }

    fn frame_failing(&mut self, number: u32, error: &Failure) {
        let graph = self.graph;
        if let Some(frame) = self.state.frames.get_mut(&number) {
            let drains = graph.scopes[frame.scope as usize].on_failure == OnFailure::Drain;
            frame.phase = if drains { Phase::Draining } else { Phase::Failing };
            frame.error.get_or_insert_with(|| error.clone());
        }
    }

    fn frame_failed(&mut self, number: u32, error: &Failure) {
        let Some(frame) = self.state.frames.get_mut(&number) else { return };
        let compensated = matches!(frame.phase, Phase::Compensating(_));
        frame.phase = Phase::Failed;
        frame.error.get_or_insert_with(|| error.clone());
        let (owner, index) = (frame.owner, frame.index);
        if let Some(Doing::Each(each)) = owner.and_then(|owner| self.doing(owner)) {
            each.open -= 1;
            each.failed += 1;
            each.error.get_or_insert_with(|| (index, error.clone()));
        }
        if compensated && owner.is_some() {
            self.frame_closed(number);
        }
    }

    /// Takes a frame and what is inside it away; what was completed in it can still be undone by the frame around it.
    fn frame_closed(&mut self, number: u32) {
        let Some(frame) = self.state.frames.remove(&number) else { return };
        let mut undo = frame.undo;
        for step in &frame.steps {
            undo.append(&mut self.close_inner(step));
        }
        let Some(owner) = frame.owner else { return };
        if let Some(Doing::Each(each)) = self.doing(owner) {
            each.frames.remove(&number);
        }
        if let Some(outer) = self.state.frames.get_mut(&owner.frame) {
            outer.undo.append(&mut undo);
        }
    }

    /// Takes away the frames that a step keeps, and gives what can be undone in them.
    fn close_inner(&mut self, step: &StepState) -> Vec<UndoEntry> {
        let mut undo = Vec::new();
        let runs = step.runs.iter().flat_map(|runs| runs.values()).filter_map(|run| run.active.as_deref());
        for active in step.active.as_deref().into_iter().chain(runs) {
            for number in super::scope::inner_frames(&active.doing) {
                let Some(frame) = self.state.frames.remove(&number) else { continue };
                for inner in &frame.steps {
                    undo.append(&mut self.close_inner(inner));
                }
                undo.extend(frame.undo);
            }
        }
        undo
    }

    // Steps.

    fn step(&mut self, at: At) -> Option<&mut StepState> {
        let graph = self.graph;
        self.state.frames.get_mut(&at.frame).map(|frame| frame.step_mut(graph, at.step))
    }

    fn active(&mut self, at: At) -> Option<&mut Active> {
        self.step(at).and_then(|step| step.active_mut(at.run))
    }

    fn doing(&mut self, at: At) -> Option<&mut Doing> {
        self.active(at).map(|active| &mut active.doing)
    }

    fn each(&mut self, at: At) -> Option<&mut EachState> {
        match self.doing(at) {
            Some(Doing::Each(each)) => Some(each),
            _ => None,
        }
    }

    fn activity(&mut self, at: At) -> Option<&mut ActivityState> {
        match self.doing(at) {
            Some(Doing::Activity(activity)) => Some(activity),
            _ => None,
        }
    }

    fn phase(&mut self, at: At, phase: ActivityPhase) {
        if let Some(activity) = self.activity(at) {
            activity.phase = phase;
        }
    }

    fn install(&mut self, at: At, active: Active) {
        let each = self.graph.steps[at.step as usize].join == Join::Each;
        let Some(step) = self.step(at) else { return };
        step.status = StepStatus::Active;
        step.attempt = active.attempt;
        step.cancelled = None;
        if step.key == 0 {
            step.key = active.activation;
        }
        if each {
            let runs = step.runs.get_or_insert_with(Box::default);
            runs.insert(at.run, RunState { active: Some(Box::new(active)), output: None });
        } else {
            step.active = Some(Box::new(active));
        }
    }

    fn queued(&mut self, at: At, activation: u32) {
        self.state.activations = self.state.activations.max(activation);
        self.state.queue.insert(activation, at);
        let active = Active {
            activation,
            since: self.now,
            attempt: 0,
            failures: 0,
            lost: 0,
            heartbeat: None,
            timers: Vec::new(),
            doing: Doing::Queued,
        };
        self.install(at, active);
    }

    fn activated(&mut self, at: At, activation: u32, timers: &Timers, doing: &Activation) {
        self.state.activations = self.state.activations.max(activation);
        self.state.queue.remove(&activation);
        let node = &self.graph.steps[at.step as usize];
        for (pool, amount) in &node.resources {
            self.state.pools[*pool as usize] += amount;
        }
        let keys: Vec<_> =
            timers.iter().map(|(kind, due)| TimerKey { due: *due, activation, kind: *kind }).collect();
        self.state.timers.extend(keys.iter().map(|key| (*key, at)));
        let attempt = u32::from(matches!(doing, Activation::Activity { .. }));
        let active = Active {
            activation,
            since: self.now,
            attempt,
            failures: 0,
            lost: 0,
            heartbeat: None,
            timers: keys,
            doing: doing_of(doing),
        };
        self.register(at, &active);
        self.install(at, active);
    }

    /// Makes an activation findable: by its task, by the signals that it waits for.
    fn register(&mut self, at: At, active: &Active) {
        if matches!(active.doing, Doing::Task(_)) {
            self.state.tasks.insert(active.activation, at);
        }
        if let Doing::Each(_) = active.doing
            && let Kind::ForEach { until: Some(_), .. } = self.graph.steps[at.step as usize].kind
        {
            self.state.untils.insert(at);
        }
        for (name, correlation) in super::signal::waits_for(self.graph, at.step, &active.doing) {
            self.state.waiters.insert((name, correlation, active.activation), at);
        }
    }

    /// Takes back what an activation has registered and holds; gives what it kept.
    fn retire(&mut self, at: At) -> Option<Box<Active>> {
        let run = at.run;
        let step = self.step(at)?;
        let active = match &mut step.runs {
            Some(runs) => runs.get_mut(&run).and_then(|state| state.active.take()),
            None => step.active.take(),
        }?;
        self.unregister(at, &active);
        Some(active)
    }

    fn unregister(&mut self, at: At, active: &Active) {
        for key in &active.timers {
            self.state.timers.remove(key);
        }
        if matches!(active.doing, Doing::Queued) {
            self.state.queue.remove(&active.activation);
        } else {
            for (pool, amount) in &self.graph.steps[at.step as usize].resources {
                let taken = &mut self.state.pools[*pool as usize];
                *taken = taken.saturating_sub(*amount);
            }
        }
        self.state.tasks.remove(&active.activation);
        self.state.untils.remove(&at);
        for (name, correlation) in super::signal::waits_for(self.graph, at.step, &active.doing) {
            self.state.waiters.remove(&(name, correlation, active.activation));
        }
    }

    fn attempt_started(&mut self, work: Work) {
        if work.purpose == Purpose::Compensate {
            return self.undo_attempt(work);
        }
        self.drop_timers(work.at, &[TimerKind::Retry]);
        if let Some(active) = self.active(work.at) {
            active.attempt = work.attempt;
        }
        let checking = work.purpose == Purpose::Check;
        self.phase(work.at, if checking { ActivityPhase::Checking } else { ActivityPhase::Running });
        if let Some(step) = self.step(work.at) {
            step.status = StepStatus::Active;
            step.attempt = work.attempt;
        }
    }

    fn attempt_failed(&mut self, work: Work, error: &ActivityError, retry_at: Timestamp) {
        if work.purpose == Purpose::Compensate {
            return self.undo_failed(work, retry_at);
        }
        self.add_timer(work, TimerKind::Retry, retry_at);
        if let Some(active) = self.active(work.at) {
            active.failures += 1;
            active.lost = 0;
            if error.heartbeat.is_some() {
                active.heartbeat.clone_from(&error.heartbeat);
            }
        }
        self.phase(work.at, ActivityPhase::Backoff);
    }

    fn attempt_lost(&mut self, work: Work) {
        if let Some(active) = self.active(work.at) {
            active.lost += 1;
        }
    }

    fn indeterminate(&mut self, at: At) {
        self.drop_timers(at, &[TimerKind::Retry, TimerKind::Deadline]);
        self.phase(at, ActivityPhase::Indeterminate);
        if let Some(step) = self.step(at) {
            step.status = StepStatus::Indeterminate;
        }
    }

    fn drop_timers(&mut self, at: At, kinds: &[TimerKind]) {
        let Some(active) = self.active(at) else { return };
        let (gone, stay) = active.timers.drain(..).partition(|key| kinds.contains(&key.kind));
        active.timers = stay;
        let gone: Vec<TimerKey> = gone;
        for key in gone {
            self.state.timers.remove(&key);
        }
    }

    /// A timer of a step, or of the instance, has fired.
    fn fired(&mut self, at: Option<At>, kind: TimerKind) {
        match at {
            Some(at) => self.drop_timers(at, &[kind]),
            None => self.state.timers.retain(|key, _| key.activation != 0 || key.kind != kind),
        }
    }

    fn add_timer(&mut self, work: Work, kind: TimerKind, due: Timestamp) {
        let key = TimerKey { due, activation: work.activation, kind };
        self.state.timers.insert(key, work.at);
        if let Some(active) = self.active(work.at) {
            active.timers.push(key);
        }
    }

    // Settling.

    fn set_vars(&mut self, frame: u32, set: &BTreeMap<Arc<str>, Payload>) {
        if set.is_empty() {
            return;
        }
        let values = set.iter().map(|(name, value)| (name.clone(), value.clone()));
        match self.state.vars_frame(frame).and_then(|number| self.state.frames.get_mut(&number)) {
            Some(frame) => frame.vars.get_or_insert_default().extend(values),
            None => self.state.vars.extend(values),
        }
    }

    fn add_undo(&mut self, at: At, undo: Option<&Undo>) {
        let Some(undo) = undo else { return };
        let entry = UndoEntry { seq: self.state.seq, step: at.step, undo: undo.clone() };
        if let Some(frame) = self.state.frames.get_mut(&at.frame) {
            frame.undo.push(entry);
        }
    }

    fn completed(&mut self, at: At, output: &Payload, outcome: &StepOutcome) {
        let retired = self.retire(at);
        self.close_retired(at, retired);
        self.set_vars(at.frame, &outcome.set);
        self.add_undo(at, outcome.undo.as_deref());
        if let Some(step) = self.step(at) {
            step.output = output.clone();
            step.error = None;
            step.key = 0;
            step.unhandled = false;
            step.runs = None;
        }
        self.settle(at, StepStatus::Completed);
        self.decide_edges(at, &outcome.taken);
    }

    /// Frames that an activation still kept (failed items that were tolerated, cancelled ones) go with it.
    fn close_retired(&mut self, at: At, retired: Option<Box<Active>>) {
        let Some(active) = retired else { return };
        let mut undo = Vec::new();
        for number in super::scope::inner_frames(&active.doing) {
            let Some(frame) = self.state.frames.remove(&number) else { continue };
            for inner in &frame.steps {
                undo.append(&mut self.close_inner(inner));
            }
            undo.extend(frame.undo);
        }
        if let Some(frame) = self.state.frames.get_mut(&at.frame) {
            frame.undo.append(&mut undo);
        }
    }

    fn failed(&mut self, at: At, error: &Failure, outcome: &StepOutcome) {
        let unhandled = outcome.taken.is_empty();
        let runs = self.step(at).map(|step| step.active_runs()).unwrap_or_default();
        for run in runs {
            let place = At { run, ..at };
            if unhandled && self.graph.steps[at.step as usize].inner.is_some() {
                // Kept for an operator, who may take up a step inside.
                if let Some(active) = self.active(place).cloned() {
                    self.unregister(place, &active);
                }
            } else {
                let retired = self.retire(place);
                self.close_retired(place, retired);
            }
        }
        let graph = self.graph;
        let Some(frame) = self.state.frames.get_mut(&at.frame) else { return };
        let drains = graph.scopes[frame.scope as usize].on_failure == OnFailure::Drain;
        let step = frame.step_mut(graph, at.step);
        step.error = Some(Box::new(error.clone()));
        step.unhandled = unhandled;
        self.settle(at, StepStatus::Failed);
        if !unhandled || drains {
            self.decide_edges(at, &outcome.taken);
        }
    }

    fn skipped(&mut self, at: At) {
        self.settle(at, StepStatus::Skipped);
        self.decide_edges(at, &[]);
    }

    fn cancelled(&mut self, at: At, reason: CancelReason) {
        if reason == CancelReason::ScopeFailed {
            // Kept, with what is inside, for an operator who takes the instance up again.
            let step = self.step(at).map(|step| (step.active_runs(), step.runs.is_some()));
            for run in step.map(|(runs, _)| runs).unwrap_or_default() {
                let place = At { run, ..at };
                if let Some(active) = self.active(place).cloned() {
                    self.unregister(place, &active);
                }
            }
        } else {
            let runs = self.step(at).map(|step| step.active_runs()).unwrap_or_default();
            for run in runs {
                let place = At { run, ..at };
                let retired = self.retire(place);
                self.close_retired(place, retired);
            }
        }
        if let Some(step) = self.step(at) {
            step.cancelled = Some(reason);
            if reason != CancelReason::ScopeFailed {
                step.runs = None;
                step.key = 0;
            }
        }
        self.settle(at, StepStatus::Cancelled);
        if drops_edges(reason) {
            self.decide_edges(at, &[]);
        }
    }

    fn run_ended(
        &mut self,
        at: At,
        output: &Payload,
        set: &BTreeMap<Arc<str>, Payload>,
        undo: Option<&Undo>,
    ) {
        let retired = self.retire(at);
        self.close_retired(at, retired);
        self.set_vars(at.frame, set);
        self.add_undo(at, undo);
        if let Some(step) = self.step(at) {
            step.status = StepStatus::Active;
            step.runs.get_or_insert_default().entry(at.run).or_default().output = Some(output.clone());
        }
    }

    /// Gives a step its last status of the pass, and counts.
    fn settle(&mut self, at: At, status: StepStatus) {
        let graph = self.graph;
        let Some(frame) = self.state.frames.get_mut(&at.frame) else { return };
        let step = frame.step_mut(graph, at.step);
        let before = step.status.is_settled();
        step.status = status;
        if before {
            return;
        }
        frame.unsettled -= 1;
        let first = graph.scopes[frame.scope as usize].regions.start;
        let mut region = graph.steps[at.step as usize].region;
        while let Some(number) = region {
            frame.regions[(number - first) as usize].unsettled -= 1;
            region = graph.regions[number as usize].parent;
        }
    }

    /// Decides the edges that leave a step: those taken are named, all others are dropped, but for those that stay
    /// open until their region is over.
    fn decide_edges(&mut self, at: At, taken: &[u32]) {
        for edge in self.graph.steps[at.step as usize].outgoing.clone() {
            if taken.contains(&edge) {
                self.take_edge(at.frame, edge);
            } else if self.graph.edges[edge as usize].leaves.is_none() {
                self.drop_edge(at.frame, edge);
            }
        }
        if self.graph.steps[at.step as usize].choose == crate::definition::Choose::Race {
            for edge in taken {
                let to = self.graph.edges[*edge as usize].to;
                if let Some(step) = self.step(At::new(at.frame, to)) {
                    step.race = at.step + 1;
                }
            }
        }
    }

    fn take_edge(&mut self, frame: u32, edge: u32) {
        self.decide_edge(frame, edge, EdgeState::Taken);
    }

    fn drop_edge(&mut self, frame: u32, edge: u32) {
        self.decide_edge(frame, edge, EdgeState::Dropped);
    }

    fn decide_edge(&mut self, frame: u32, edge: u32, to: EdgeState) {
        let graph = self.graph;
        let Some(frame) = self.state.frames.get_mut(&frame) else { return };
        let state = frame.edge_mut(graph, edge);
        if *state != EdgeState::Open {
            return;
        }
        *state = to;
        let link = &graph.edges[edge as usize];
        if link.back.is_none() {
            let target = frame.step_mut(graph, link.to);
            target.decided += 1;
            target.taken += u32::from(to == EdgeState::Taken);
        }
    }

    // Regions.

    fn region_restarted(&mut self, frame: u32, edge: u32) {
        let graph = self.graph;
        let Some(number) = graph.edges[edge as usize].back else { return };
        let region = &graph.regions[number as usize];
        let Some(frame) = self.state.frames.get_mut(&frame) else { return };
        let scope = &graph.scopes[frame.scope as usize];
        for inner in &region.edges {
            *frame.edge_mut(graph, *inner) = EdgeState::Open;
            // A loop inside begins to count anew.
            if graph.edges[*inner as usize].back.is_some_and(|back| back != number) {
                frame.restarts.remove(inner);
            }
        }
        *frame.restarts.entry(edge).or_default() += 1;
        let mut revived = 0;
        for step in &region.steps {
            let node = &graph.steps[*step as usize];
            let mut spent = 0;
            for edge in &graph.incoming[node.incoming.start as usize..node.incoming.end as usize] {
                let link = &graph.edges[*edge as usize];
                if link.back.is_none() && !graph.in_region(link.from, number) {
                    *frame.edge_mut(graph, *edge) = EdgeState::Spent;
                    spent += 1;
                }
            }
            let state = frame.step_mut(graph, *step);
            revived += u32::from(state.status.is_settled());
            *state = StepState { iteration: state.iteration + 1, spent, ..StepState::default() };
        }
        frame.unsettled += revived;
        for other in scope.regions.clone() {
            let state = &mut frame.regions[(other - scope.regions.start) as usize];
            if graph.region_within(other, number) {
                *state =
                    RegionState { unsettled: graph.regions[other as usize].steps.len() as u32, over: false };
            } else if graph.region_within(number, other) {
                state.unsettled += revived;
            }
        }
    }

    fn region_ended(&mut self, frame: u32, region: u32) {
        let graph = self.graph;
        for edge in &graph.regions[region as usize].exits {
            self.drop_edge(frame, *edge);
        }
        if let Some(frame) = self.state.frames.get_mut(&frame) {
            let first = graph.scopes[frame.scope as usize].regions.start;
            frame.regions[(region - first) as usize].over = true;
        }
    }

    // People and signals.

    fn task_changed(&mut self, at: At, change: &TaskEvent, request: Option<&str>) {
        match change {
            TaskEvent::Overdue => self.drop_timers(at, &[TimerKind::TaskDue]),
            TaskEvent::Escalated { by: None, .. } => self.drop_timers(at, &[TimerKind::Escalate]),
            _ => {}
        }
        let Some(active) = self.active(at) else { return };
        let activation = active.activation;
        let Doing::Task(task) = &mut active.doing else { return };
        match change {
            TaskEvent::Claimed { by } => {
                (task.status, task.assignee) = (TaskStatus::Claimed, Some(by.clone()));
            }
            TaskEvent::Released { .. } => (task.status, task.assignee) = (TaskStatus::Offered, None),
            TaskEvent::Reassigned { to, .. } => {
                (task.status, task.assignee) = (TaskStatus::Claimed, Some(to.clone()));
            }
            TaskEvent::Escalated { to, .. } => task.escalated.push(to.clone()),
            TaskEvent::Overdue => {}
        }
        if let Some(request) = request {
            self.state.requests.insert((activation, request.to_owned()));
        }
    }

    fn task_done(&mut self, at: At, by: &str, request: Option<&str>) {
        let Some(activation) = self.active(at).map(|active| active.activation) else { return };
        if let Some(request) = request {
            self.state.requests.insert((activation, request.to_owned()));
        }
        self.state.done_by.insert(activation, by.to_owned());
        if let Some(step) = self.step(at) {
            step.by = Some(by.into());
        }
    }

    fn see(&mut self, signal: Option<&str>) {
        if let Some(id) = signal {
            self.state.seen.insert(id.to_owned());
        }
    }

    fn forget_kept(&mut self, number: u32) {
        let Some(place) = self.state.kept.iter().position(|kept| kept.number == number) else { return };
        let kept = self.state.kept.remove(place);
        if let Some(due) = kept.expires {
            let key = TimerKey { due, activation: number, kind: TimerKind::SignalExpiry };
            self.state.timers.remove(&key);
        }
    }

    /// Timers that hold while the instance is suspended are moved by the length of the suspension.
    fn resumed(&mut self) {
        self.state.status = InstanceStatus::Running;
        let Some(since) = self.state.suspended_at.take() else { return };
        let held = self.now.since(since);
        let due: Vec<(TimerKey, At)> = self
            .state
            .timers
            .iter()
            .filter(|(key, at)| key.kind == TimerKind::Due && holds(self.graph, at.step))
            .map(|(key, at)| (*key, *at))
            .collect();
        for (key, at) in due {
            let later = TimerKey { due: key.due + held, ..key };
            self.state.timers.remove(&key);
            self.state.timers.insert(later, at);
            if let Some(active) = self.active(at) {
                active.timers.retain(|timer| *timer != key);
                active.timers.push(later);
                active.doing = Doing::Timer { due: later.due };
            }
        }
    }

    // Compensation.

    fn compensation_started(&mut self, frame: u32, then: &crate::protocol::Ending) {
        // What was completed inside steps that failed, and were kept for an operator, is undone too.
        let kept: Vec<StepState> = match self.state.frames.get_mut(&frame) {
            Some(frame) => frame
                .steps
                .iter_mut()
                .filter(|step| step.status.is_settled())
                .map(|step| StepState {
                    active: step.active.take(),
                    runs: step.runs.take(),
                    ..StepState::default()
                })
                .collect(),
            None => return,
        };
        let mut rest: Vec<UndoEntry> = kept.iter().flat_map(|step| self.close_inner(step)).collect();
        let Some(frame) = self.state.frames.get_mut(&frame) else { return };
        rest.append(&mut frame.undo);
        rest.sort_by_key(|entry| entry.seq);
        frame.phase = Phase::Compensating(Box::new(super::frame::Compensation {
            rest,
            current: None,
            then: then.clone(),
        }));
    }

    fn compensation(&mut self, frame: u32) -> Option<&mut super::frame::Compensation> {
        match self.state.frames.get_mut(&frame).map(|frame| &mut frame.phase) {
            Some(Phase::Compensating(compensation)) => Some(compensation),
            _ => None,
        }
    }

    fn compensating(&mut self, work: Work, undo: &Undo) {
        self.state.activations = self.state.activations.max(work.activation);
        let Some(compensation) = self.compensation(work.at.frame) else { return };
        let Some(entry) = compensation.rest.pop() else { return };
        let entry = UndoEntry { undo: undo.clone(), ..entry };
        compensation.current =
            Some(super::frame::Undoing { entry, work, failures: 0, waiting: false, timers: Vec::new() });
    }

    fn undo_timer(&mut self, work: Work, kind: TimerKind, due: Timestamp) {
        let key = TimerKey { due, activation: work.activation, kind };
        self.state.timers.insert(key, work.at);
        if let Some(current) = self.compensation(work.at.frame).and_then(|all| all.current.as_mut()) {
            current.timers.push(key);
        }
    }

    fn clear_undo_timers(&mut self, frame: u32) {
        let keys = self
            .compensation(frame)
            .and_then(|all| all.current.as_mut())
            .map(|current| std::mem::take(&mut current.timers))
            .unwrap_or_default();
        for key in keys {
            self.state.timers.remove(&key);
        }
    }

    fn undo_attempt(&mut self, work: Work) {
        self.clear_undo_timers(work.at.frame);
        if let Some(current) = self.compensation(work.at.frame).and_then(|all| all.current.as_mut()) {
            (current.work, current.waiting) = (work, false);
        }
    }

    fn undo_failed(&mut self, work: Work, retry_at: Timestamp) {
        self.clear_undo_timers(work.at.frame);
        if let Some(current) = self.compensation(work.at.frame).and_then(|all| all.current.as_mut()) {
            current.failures += 1;
            current.waiting = true;
        }
        self.undo_timer(work, TimerKind::Retry, retry_at);
    }

    fn compensated(&mut self, work: Work) {
        self.clear_undo_timers(work.at.frame);
        if let Some(compensation) = self.compensation(work.at.frame) {
            compensation.current = None;
        }
    }
}

/// Whether the edges of a step that was cancelled for this reason are dropped. Where its scope ends as a whole, they
/// stay as they are.
pub(super) const fn drops_edges(reason: CancelReason) -> bool {
    matches!(
        reason,
        CancelReason::CancelledBy
            | CancelReason::LostJoin
            | CancelReason::LostRace
            | CancelReason::Interrupted
    )
}

fn holds(graph: &Graph, step: u32) -> bool {
    matches!(
        graph.steps.get(step as usize).map(|node| &node.kind),
        Some(Kind::Timer { while_suspended: WhileSuspended::Hold, .. })
    )
}

fn doing_of(activation: &Activation) -> Doing {
    match activation {
        Activation::Activity { input, timeout, deadline, heartbeat } => {
            Doing::Activity(Box::new(ActivityState {
                input: input.clone(),
                timeout: *timeout,
                deadline: *deadline,
                heartbeat: *heartbeat,
                phase: ActivityPhase::Running,
            }))
        }
        Activation::UserTask { data, assignee, due, excluded } => Doing::Task(Box::new(TaskState {
            status: if assignee.is_some() { TaskStatus::Claimed } else { TaskStatus::Offered },
            assignee: assignee.clone(),
            data: data.clone(),
            due: *due,
            excluded: excluded.clone(),
            escalated: Vec::new(),
        })),
        Activation::Timer { due } => Doing::Timer { due: *due },
        Activation::Signal { correlation } => {
            Doing::Signal { correlation: correlation.as_deref().map(Arc::from) }
        }
        Activation::Call { child, .. } => Doing::Call { child: *child },
        Activation::Group => Doing::Group { frame: u32::MAX },
        Activation::ForEach { items } => {
            let items: Vec<Payload> = items
                .as_array()
                .map(|items| items.iter().cloned().map(Payload::from).collect())
                .unwrap_or_default();
            let outputs = vec![Payload::null(); items.len()];
            Doing::Each(Box::new(EachState { items, outputs, ..EachState::default() }))
        }
        Activation::Loop => Doing::Loop { frame: u32::MAX, pass: 0, output: Payload::null() },
    }
}
