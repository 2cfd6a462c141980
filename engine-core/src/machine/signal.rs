//! Signals: delivered to whoever waits, kept for whoever will.

use std::sync::Arc;

use super::MAX_KEPT_SIGNALS;
use super::decide::{Decider, Refusal, Todo};
use super::evaluate;
use super::frame::Doing;
use crate::base::ErrorKind;
use crate::definition::{Early, Outcome};
use crate::graph::{Graph, Kind};
use crate::protocol::{At, CancelReason, Command, Event, InstanceStatus, Signal, StepStatus, Subscription};

/// The signals that an active step listens to: its own, those of its signal edges, the one that adds items.
pub(super) fn waits_for(graph: &Graph, step: u32, doing: &Doing) -> Vec<(Arc<str>, Option<Arc<str>>)> {
    let mut names = Vec::new();
    if matches!(doing, Doing::Queued) {
        return names;
    }
    let node = &graph.steps[step as usize];
    match (&node.kind, doing) {
        (Kind::Signal { name, .. }, Doing::Signal { correlation }) => {
            names.push((name.clone(), correlation.clone()));
        }
        (Kind::ForEach { append: Some(name), .. }, _) => names.push((name.clone(), None)),
        _ => {}
    }
    for edge in node.outgoing.clone() {
        if let Some((name, _)) = &graph.edges[edge as usize].signal
            && !names.iter().any(|(known, correlation)| known == name && correlation.is_none())
        {
            names.push((name.clone(), None));
        }
    }
    names
}

impl Decider<'_> {
    pub(super) fn signal(&mut self, signal: Signal) -> Result<(), Refusal> {
        self.check_signal(&signal)?;
        if signal.id.as_ref().is_some_and(|id| self.state.seen.contains(id)) {
            return Ok(());
        }
        for at in self.candidates(&signal) {
            if self.deliver(at, &signal, None) {
                return Ok(());
            }
        }
        self.keep(signal)
    }

    /// Bounds that hold for signals whether or not somebody waits.
    pub(super) fn check_signal(&self, signal: &Signal) -> Result<(), Refusal> {
        let size = signal.payload.size();
        if size > super::MAX_PAYLOAD {
            let message = format!("a signal of about {size} bytes; at most {} are taken", super::MAX_PAYLOAD);
            return Err(Refusal::new(ErrorKind::TooLarge, message));
        }
        Ok(())
    }

    /// The steps that listen to the signal's name and key, in the order in which they became active.
    fn candidates(&self, signal: &Signal) -> Vec<At> {
        let name: Arc<str> = signal.name.as_str().into();
        let mut keys: Vec<Option<Arc<str>>> = vec![None];
        keys.extend(signal.correlation.as_deref().map(|key| Some(Arc::from(key))));
        let mut found: Vec<(u32, At)> = Vec::new();
        for key in keys {
            let range = (name.clone(), key.clone(), 0)..=(name.clone(), key, u32::MAX);
            found.extend(self.state.waiters.range(range).map(|((_, _, activation), at)| (*activation, *at)));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|(_, at)| at).collect()
    }

    /// Gives a signal to a step, if the step wants it.
    fn deliver(&mut self, at: At, signal: &Signal, kept: Option<u32>) -> bool {
        let graph = self.graph;
        let node = &graph.steps[at.step as usize];
        match &node.kind {
            Kind::Signal { name, filter, .. } if **name == *signal.name => {
                let mut view = self.view(at.frame);
                view.event = Some(&signal.payload);
                match evaluate::holds(&view, filter.as_ref()) {
                    Ok(true) => {
                        self.record(Event::SignalDelivered { at, signal: signal.clone(), kept });
                        self.complete(at, signal.payload.clone());
                        return true;
                    }
                    Ok(false) => {}
                    Err(failure) => {
                        self.record(Event::SignalDelivered { at, signal: signal.clone(), kept });
                        self.fail(at, *failure);
                        return true;
                    }
                }
            }
            Kind::ForEach { append: Some(name), .. } if **name == *signal.name => {
                let item = signal.payload.clone();
                self.record(Event::ItemAdded { at, item, signal: signal.id.clone() });
                self.later(Todo::Each(at));
                return true;
            }
            _ => {}
        }
        kept.is_none() && self.deliver_to_edges(at, signal)
    }

    /// Takes the signal edges of an active step that want the signal.
    fn deliver_to_edges(&mut self, at: At, signal: &Signal) -> bool {
        let graph = self.graph;
        let Some(frame) = self.state.frame(at.frame) else { return false };
        let mut view = self.view(at.frame);
        view.event = Some(&signal.payload);
        let mut taken = Vec::new();
        for edge in graph.steps[at.step as usize].outgoing.clone() {
            let link = &graph.edges[edge as usize];
            let named = link.signal.as_ref().is_some_and(|(name, _)| **name == *signal.name);
            if !named || link.on != Outcome::Signal || !super::settle::is_open(frame, graph, edge) {
                continue;
            }
            match evaluate::holds(&view, link.when.as_ref()) {
                Ok(true) => taken.push(edge),
                Ok(false) => {}
                Err(failure) => {
                    self.record(Event::SignalDelivered { at, signal: signal.clone(), kept: None });
                    self.call_off(at);
                    self.fail(at, *failure);
                    return true;
                }
            }
        }
        if taken.is_empty() {
            return false;
        }
        self.record(Event::SignalDelivered { at, signal: signal.clone(), kept: None });
        let interrupts = taken
            .iter()
            .any(|edge| graph.edges[*edge as usize].signal.as_ref().is_some_and(|(_, stops)| *stops));
        let restarts = taken.iter().any(|edge| graph.edges[*edge as usize].back.is_some());
        if interrupts && !restarts {
            for edge in &taken {
                self.record(Event::EdgeTaken { frame: at.frame, edge: *edge });
            }
            self.stop(At { run: 0, ..at }, CancelReason::Interrupted);
            self.follow(At { run: 0, ..at }, &[]);
        } else {
            for edge in taken {
                self.take_edge(at.frame, edge);
            }
        }
        true
    }

    fn keep(&mut self, signal: Signal) -> Result<(), Refusal> {
        if self.state.kept.len() >= MAX_KEPT_SIGNALS {
            let message =
                format!("{MAX_KEPT_SIGNALS} signals are kept for steps that do not wait for them yet");
            return Err(Refusal::new(ErrorKind::LimitReached, message));
        }
        let expires = signal.ttl.map(|ttl| self.now + ttl);
        self.record(Event::SignalKept { signal, expires });
        Ok(())
    }

    /// Gives a signal step that has just become active the first kept signal that it wants.
    pub(super) fn take_kept(&mut self, at: At) {
        let Kind::Signal { name, early, .. } = &self.graph.steps[at.step as usize].kind else { return };
        let Some(Doing::Signal { correlation }) = self.active(at).map(|active| &active.doing) else { return };
        let correlation = correlation.clone();
        if *early == Early::Keep {
            let waiting: Vec<(u32, Signal)> = self
                .state
                .kept
                .iter()
                .filter(|kept| *kept.signal.name == **name)
                .filter(|kept| {
                    correlation.is_none() || kept.signal.correlation.as_deref() == correlation.as_deref()
                })
                .map(|kept| (kept.number, kept.signal.clone()))
                .collect();
            for (number, signal) in waiting {
                if self.deliver(at, &signal, Some(number)) {
                    return;
                }
            }
        }
        let activation = self.active(at).map(|active| active.activation);
        if let (Some(correlation), Some(activation)) = (correlation, activation) {
            let (name, correlation) = (name.clone(), correlation.to_string());
            self.commands.push(Command::Subscribe(Subscription { activation, name, correlation }));
        }
    }

    /// An input to a suspended instance: recorded, and decided on resumption, unless it controls the instance.
    pub(super) fn while_suspended(&mut self, input: crate::protocol::Input) -> Result<(), Refusal> {
        use crate::protocol::Input;
        match input {
            // Nobody is asked to begin anything; whoever asks does so again.
            Input::Suspend(_) | Input::TimersDue | Input::AttemptAssigned { .. } => Ok(()),
            Input::Resume(operator) => {
                self.record(Event::Resumed { operator });
                self.take_up_deferred();
                Ok(())
            }
            Input::Abort { operator, compensate, force } => {
                self.check_abort(force)?;
                self.record(Event::Resumed { operator: operator.clone() });
                self.abort(operator, compensate, force)
            }
            Input::Task(_) | Input::Retry { .. } | Input::Skip { .. } | Input::Complete { .. } => {
                Err(Refusal::new(ErrorKind::InstanceSuspended, "the instance is suspended: resume it first"))
            }
            Input::Start(_) => {
                Err(Refusal::new(ErrorKind::AlreadyExists, "the instance has started already"))
            }
            Input::Signal(signal) => {
                self.check_signal(&signal)?;
                let known = |input: &Input| matches!(input, Input::Signal(other) if other.id.is_some() && other.id == signal.id);
                let seen = signal.id.as_ref().is_some_and(|id| self.state.seen.contains(id));
                if seen || self.state.deferred.iter().any(known) {
                    return Ok(());
                }
                if self.state.deferred.len() >= MAX_KEPT_SIGNALS {
                    let message =
                        format!("{MAX_KEPT_SIGNALS} inputs wait for the suspended instance to resume");
                    return Err(Refusal::new(ErrorKind::LimitReached, message));
                }
                self.record(Event::InputDeferred { input: Box::new(Input::Signal(signal)) });
                Ok(())
            }
            input => {
                if !self.state.deferred.contains(&input) {
                    self.record(Event::InputDeferred { input: Box::new(input) });
                }
                Ok(())
            }
        }
    }

    fn take_up_deferred(&mut self) {
        let deferred = self.state.deferred.clone();
        if deferred.is_empty() {
            return;
        }
        self.record(Event::DeferredTaken);
        for input in deferred {
            // What no longer fits was refused in effect when it came: nobody waits for the answer now.
            let _ = self.running_input(input);
            self.drain();
            if self.state.status != InstanceStatus::Running {
                return;
            }
        }
    }

    /// An input to an instance that has ended.
    pub(super) fn after_end(&mut self, input: crate::protocol::Input) -> Result<(), Refusal> {
        use crate::protocol::Input;
        let closed = |state: InstanceStatus| {
            Refusal::new(ErrorKind::InstanceClosed, format!("the instance has ended: it is {}", state.name()))
        };
        match input {
            Input::ActivityCompleted { work, output } => {
                self.record(Event::ResultLate { work, output: Some(output), error: None });
                Ok(())
            }
            Input::ActivityFailed { work, error } => {
                self.record(Event::ResultLate { work, output: None, error: Some(error) });
                Ok(())
            }
            Input::ActivityLost { .. }
            | Input::HandlerMissing { .. }
            | Input::AttemptAssigned { .. }
            | Input::TimersDue => Ok(()),
            Input::Start(_) => {
                Err(Refusal::new(ErrorKind::AlreadyExists, "the instance has started already"))
            }
            Input::Abort { .. } if self.state.status == InstanceStatus::Aborted => Ok(()),
            // It was taken before the end, and is sent again.
            Input::Signal(signal) if signal.id.as_ref().is_some_and(|id| self.state.seen.contains(id)) => {
                Ok(())
            }
            Input::Task(task) => match self.answered(&task) {
                Some(answer) => answer,
                None => Err(closed(self.state.status)),
            },
            Input::Retry { operator, step, anew } if self.state.status == InstanceStatus::Failed => {
                self.retry_step(operator, &step, anew)
            }
            Input::Skip { operator, step } if self.state.status == InstanceStatus::Failed => {
                self.skip_step(operator, &step)
            }
            Input::Complete { operator, step, output } if self.state.status == InstanceStatus::Failed => {
                self.complete_step(operator, &step, output)
            }
            _ => Err(closed(self.state.status)),
        }
    }

    /// Whether a step is active; steps that are not have no place for signals and tasks.
    pub(super) fn is_active(&self, at: At) -> bool {
        self.step(at)
            .is_some_and(|step| matches!(step.status, StepStatus::Active | StepStatus::Indeterminate))
    }
}
