//! People, signals, resumption.

use super::Fold;
use crate::definition::WhileSuspended;
use crate::graph::{Graph, Kind};
use crate::machine::frame::Doing;
use crate::machine::state::TimerKey;
use crate::protocol::{At, InstanceStatus, TaskEvent, TaskStatus, TimerKind};

impl Fold<'_> {
    pub(super) fn task_changed(&mut self, at: At, change: &TaskEvent, request: Option<&str>) {
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

    pub(super) fn task_done(&mut self, at: At, by: &str, request: Option<&str>) {
        let Some(activation) = self.active(at).map(|active| active.activation) else { return };
        if let Some(request) = request {
            self.state.requests.insert((activation, request.to_owned()));
        }
        self.state.done_by.insert(activation, by.to_owned());
        if let Some(step) = self.step(at) {
            step.by = Some(by.into());
        }
    }

    pub(super) fn see(&mut self, signal: Option<&str>) {
        if let Some(id) = signal {
            self.state.seen.insert(id.to_owned());
        }
    }

    pub(super) fn forget_kept(&mut self, number: u32) {
        let Some(place) = self.state.kept.iter().position(|kept| kept.number == number) else { return };
        let kept = self.state.kept.remove(place);
        if let Some(due) = kept.expires {
            let key = TimerKey { due, activation: number, kind: TimerKind::SignalExpiry };
            self.state.timers.remove(&key);
        }
    }

    /// Timers that hold while the instance is suspended are moved by the length of the suspension.
    pub(super) fn resumed(&mut self) {
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
}

fn holds(graph: &Graph, step: u32) -> bool {
    matches!(
        graph.steps.get(step as usize).map(|node| &node.kind),
        Some(Kind::Timer { while_suspended: WhileSuspended::Hold, .. })
    )
}
