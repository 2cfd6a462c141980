//! What is due.

use super::compensate::UNDO_RUN;
use super::decide::Decider;
use super::state::TimerKey;
use crate::base::Payload;
use crate::definition::OnFailure;
use crate::protocol::{At, CancelReason, Ending, Event, Failure, InstanceStatus, TaskEvent, TimerKind};

impl Decider<'_> {
    /// Fires every timer that is due, in the order of due time and age. A timer that another one has taken away
    /// meanwhile does not fire.
    pub(super) fn timers_due(&mut self) {
        let due: Vec<_> = self
            .state
            .timers
            .iter()
            .take_while(|(key, _)| key.due <= self.now)
            .map(|(key, at)| (*key, *at))
            .collect();
        for (key, at) in due {
            self.fire(key, at);
        }
    }

    /// Fires the first timer that is due, alone.
    pub(super) fn first_timer_due(&mut self) {
        if let Some((key, at)) = self.state.timers.first_key_value().map(|(key, at)| (*key, *at))
            && key.due <= self.now
        {
            self.fire(key, at);
        }
    }

    fn fire(&mut self, key: TimerKey, at: At) {
        if !self.state.timers.contains_key(&key) || self.state.status != InstanceStatus::Running {
            return;
        }
        if key.activation == 0 {
            self.instance_timer(key.kind);
        } else if key.kind == TimerKind::SignalExpiry {
            self.record(Event::SignalExpired { kept: key.activation });
        } else if at.run == UNDO_RUN {
            self.undo_timer(at);
        } else {
            self.step_timer(at, key.kind);
        }
        self.drain();
    }

    fn instance_timer(&mut self, kind: TimerKind) {
        match kind {
            TimerKind::SlaWarn => self.record(Event::SlaWarned { at: None }),
            TimerKind::SlaTarget => self.record(Event::SlaMissed { at: None }),
            _ => {
                let error = Failure::new("timeout", "the instance took longer than its timeout allows");
                let ending = Ending {
                    status: InstanceStatus::Failed,
                    output: Payload::null(),
                    error: Some(error),
                    operator: None,
                };
                let compensate = self.graph.scopes[0].on_failure == OnFailure::Compensate;
                self.close_instance(ending, compensate, CancelReason::InstanceTimeout);
            }
        }
    }

    fn step_timer(&mut self, at: At, kind: TimerKind) {
        let Some(since) = self.active(at).map(|active| active.since) else { return };
        match kind {
            TimerKind::Due => self.complete(at, Payload::null()),
            TimerKind::SlaWarn => self.record(Event::SlaWarned { at: Some(at) }),
            TimerKind::SlaTarget => {
                self.record(Event::SlaMissed { at: Some(at) });
                self.escalated(at);
            }
            TimerKind::TaskDue => {
                self.record(Event::TaskChanged { at, change: TaskEvent::Overdue, request: None });
                self.escalated(at);
            }
            TimerKind::Escalate => self.escalate_late(at),
            TimerKind::Retry | TimerKind::Deadline => self.activity_timer(at, kind),
            TimerKind::Timeout => {
                self.call_off(at);
                let waited = self.now.since(since);
                self.fail(
                    at,
                    Failure::new(
                        "timeout",
                        format!("the step took longer than its timeout allows ({waited})"),
                    ),
                );
            }
            TimerKind::SignalExpiry => {}
        }
    }

    /// Takes the escalation edges of a step that is late. It goes on.
    fn escalated(&mut self, at: At) {
        for edge in self.escalation_edges(at) {
            self.take_edge(at.frame, edge);
        }
    }
}
