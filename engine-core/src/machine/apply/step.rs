//! Steps: queued, active, their attempts and timers.

use std::sync::Arc;

use uuid::Uuid;

use super::Fold;
use crate::base::{Payload, Timestamp};
use crate::definition::Join;
use crate::graph::Kind;
use crate::machine::frame::{
    Active, ActivityPhase, ActivityState, Doing, EachState, RunState, StepState, TaskState,
};
use crate::machine::state::TimerKey;
use crate::protocol::{
    Activation, ActivityError, At, Purpose, StepStatus, TaskStatus, TimerKind, Timers, Work,
};

impl Fold<'_> {
    pub(super) fn step(&mut self, at: At) -> Option<&mut StepState> {
        let graph = self.graph;
        self.state.frames.get_mut(&at.frame).map(|frame| frame.step_mut(graph, at.step))
    }

    pub(super) fn active(&mut self, at: At) -> Option<&mut Active> {
        self.step(at).and_then(|step| step.active_mut(at.run))
    }

    pub(super) fn doing(&mut self, at: At) -> Option<&mut Doing> {
        self.active(at).map(|active| &mut active.doing)
    }

    pub(super) fn each(&mut self, at: At) -> Option<&mut EachState> {
        match self.doing(at) {
            Some(Doing::Each(each)) => Some(each),
            _ => None,
        }
    }

    pub(super) fn activity(&mut self, at: At) -> Option<&mut ActivityState> {
        match self.doing(at) {
            Some(Doing::Activity(activity)) => Some(activity),
            _ => None,
        }
    }

    pub(super) fn phase(&mut self, at: At, phase: ActivityPhase) {
        if let Some(activity) = self.activity(at) {
            activity.phase = phase;
        }
    }

    pub(super) fn install(&mut self, at: At, active: Active) {
        let each = self.graph.steps[at.step as usize].join == Join::Each;
        let Some(step) = self.step(at) else { return };
        step.status = StepStatus::Active;
        step.attempt = active.attempt;
        step.cancelled = None;
        if step.key == 0 {
            step.key = active.activation;
        }
        if each {
            let runs = step.runs.get_or_insert_default();
            runs.insert(at.run, RunState { active: Some(Box::new(active)), ..RunState::default() });
        } else {
            step.active = Some(Box::new(active));
        }
    }

    pub(super) fn queued(&mut self, at: At, activation: u32) {
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

    pub(super) fn activated(&mut self, at: At, activation: u32, timers: &Timers, doing: &Activation) {
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
    pub(super) fn register(&mut self, at: At, active: &Active) {
        if matches!(active.doing, Doing::Task(_)) {
            self.state.tasks.insert(active.activation, at);
        }
        if let Doing::Each(_) = active.doing
            && let Kind::ForEach { until: Some(_), .. } = self.graph.steps[at.step as usize].kind
        {
            self.state.untils.insert(at);
        }
        for (name, correlation) in crate::machine::signal::waits_for(self.graph, at.step, &active.doing) {
            self.state.waiters.insert((name, correlation, active.activation), at);
        }
    }

    /// Takes back what an activation has registered and holds; gives what it kept.
    pub(super) fn retire(&mut self, at: At) -> Option<Box<Active>> {
        let run = at.run;
        let step = self.step(at)?;
        let active = match &mut step.runs {
            Some(runs) => runs.get_mut(&run).and_then(|state| state.active.take()),
            None => step.active.take(),
        }?;
        self.unregister(at, &active);
        Some(active)
    }

    pub(super) fn unregister(&mut self, at: At, active: &Active) {
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
        for (name, correlation) in crate::machine::signal::waits_for(self.graph, at.step, &active.doing) {
            self.state.waiters.remove(&(name, correlation, active.activation));
        }
    }

    pub(super) fn attempt_started(&mut self, work: Work) {
        if work.purpose == Purpose::Compensate {
            return self.undo_attempt(work);
        }
        self.drop_timers(work.at, &[TimerKind::Retry]);
        if let Some(active) = self.active(work.at) {
            active.attempt = work.attempt;
        }
        let checking = work.purpose == Purpose::Check;
        self.phase(work.at, if checking { ActivityPhase::Checking } else { ActivityPhase::Running });
        if let Some(activity) = self.activity(work.at) {
            activity.process = None;
        }
        if let Some(step) = self.step(work.at) {
            step.status = StepStatus::Active;
            step.attempt = work.attempt;
        }
    }

    /// Another process runs the attempt.
    pub(super) fn attempt_assigned(&mut self, work: Work, process: Uuid) {
        if work.purpose == Purpose::Compensate {
            return self.undo_assigned(work, process);
        }
        if let Some(activity) = self.activity(work.at) {
            activity.process = Some(process);
            if activity.phase == ActivityPhase::Missing {
                activity.phase = ActivityPhase::Running;
            }
        }
    }

    pub(super) fn attempt_failed(&mut self, work: Work, error: &ActivityError, retry_at: Timestamp) {
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

    pub(super) fn attempt_lost(&mut self, work: Work) {
        // A compensation counts no losses; its step may lie in another frame than the one that undoes it.
        if work.purpose == Purpose::Compensate {
            return;
        }
        if let Some(active) = self.active(work.at) {
            active.lost += 1;
        }
    }

    pub(super) fn indeterminate(&mut self, at: At) {
        self.drop_timers(at, &[TimerKind::Retry, TimerKind::Deadline]);
        self.phase(at, ActivityPhase::Indeterminate);
        if let Some(step) = self.step(at) {
            step.status = StepStatus::Indeterminate;
        }
    }

    pub(super) fn drop_timers(&mut self, at: At, kinds: &[TimerKind]) {
        let Some(active) = self.active(at) else { return };
        let (gone, stay) = active.timers.drain(..).partition(|key| kinds.contains(&key.kind));
        active.timers = stay;
        let gone: Vec<TimerKey> = gone;
        for key in gone {
            self.state.timers.remove(&key);
        }
    }

    /// A timer of a step, or of the instance, has fired.
    pub(super) fn fired(&mut self, at: Option<At>, kind: TimerKind) {
        match at {
            Some(at) => self.drop_timers(at, &[kind]),
            None => self.state.timers.retain(|key, _| key.activation != 0 || key.kind != kind),
        }
    }

    pub(super) fn add_timer(&mut self, work: Work, kind: TimerKind, due: Timestamp) {
        let key = TimerKey { due, activation: work.activation, kind };
        self.state.timers.insert(key, work.at);
        if let Some(active) = self.active(work.at) {
            active.timers.push(key);
        }
    }
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
                process: None,
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
