//! Activities: attempts, their results, and what follows a failed or lost one.

use uuid::Uuid;

use super::decide::{Decider, Refusal};
use super::evaluate::{self, Evaluated};
use super::frame::{ActivityPhase, ActivityState, Doing};
use super::{MAX_LOST, MAX_PAYLOAD};
use crate::base::{Payload, Span};
use crate::graph::{ActivityNode, CompiledRetry, Kind, RunTimeLength};
use crate::protocol::{ActivityError, At, Command, Event, Failure, Purpose, TimerKind, Work};

impl Decider<'_> {
    pub(super) fn activity(&self, at: At) -> Option<(&ActivityNode, &ActivityState)> {
        match (&self.node(at).kind, &self.active(at)?.doing) {
            (Kind::Activity(node), Doing::Activity(state)) => Some((node, state)),
            _ => None,
        }
    }

    /// The attempt that is out, if there is one.
    fn out(&self, at: At) -> Option<Work> {
        super::pending::attempt_out(self.state, self.graph, at)
    }

    /// Hands the present attempt out.
    pub(super) fn run(&mut self, at: At) {
        if let Some(command) = super::pending::run_activity(self.graph, self.state, at) {
            self.commands.push(Command::Run(Box::new(command)));
        }
    }

    pub(super) fn activity_completed(&mut self, work: Work, output: Payload) {
        if work.purpose == Purpose::Compensate {
            return self.undone(work, output);
        }
        if self.out(work.at) != Some(work) {
            return self.record(Event::ResultLate { work, output: Some(output), error: None });
        }
        if work.purpose == Purpose::Check {
            return self.checked(work, &output);
        }
        if output.size() > MAX_PAYLOAD {
            let message =
                format!("the handler returned about {} bytes; at most {MAX_PAYLOAD} are kept", output.size());
            return self.attempt_failed(work, ActivityError::fatal("payload_too_large", message));
        }
        self.complete(work.at, output);
    }

    pub(super) fn activity_failed(&mut self, work: Work, error: ActivityError) {
        if work.purpose == Purpose::Compensate {
            return self.undo_failed(work, error);
        }
        if self.out(work.at) != Some(work) {
            return self.record(Event::ResultLate { work, output: None, error: Some(error) });
        }
        if work.purpose == Purpose::Check {
            return self.record(Event::StepIndeterminate { at: work.at });
        }
        self.attempt_failed(work, error);
    }

    /// An attempt failed: another follows, or the step fails.
    pub(super) fn attempt_failed(&mut self, work: Work, error: ActivityError) {
        let at = work.at;
        let graph = self.graph;
        let Kind::Activity(node) = &graph.steps[at.step as usize].kind else { return };
        let failures = self.active(at).map_or(0, |active| active.failures) + 1;
        match self.pause(at, work, &node.retry, failures, &error) {
            Ok(Some(pause)) => {
                let retry_at = self.now + pause;
                self.record(Event::AttemptFailed { work, error, retry_at });
                if pause == Span::ZERO {
                    self.next_attempt(at);
                }
            }
            Ok(None) => self.fail(at, failure_of(error)),
            Err(failure) => self.fail(at, *failure),
        }
    }

    /// The pause before the next attempt; none if there is no next attempt.
    pub(super) fn pause(
        &self,
        at: At,
        work: Work,
        retry: &CompiledRetry<RunTimeLength>,
        failures: u32,
        error: &ActivityError,
    ) -> Evaluated<Option<Span>> {
        let listed = retry.only.is_empty() || retry.only.contains(&error.code);
        if !error.retryable || failures >= retry.attempts || !listed || retry.except.contains(&error.code) {
            return Ok(None);
        }
        let view = self.view(at.frame);
        let retry = CompiledRetry {
            attempts: retry.attempts,
            backoff: retry.backoff,
            initial: evaluate::length(&view, &retry.initial)?,
            max: evaluate::length(&view, &retry.max)?,
            factor: retry.factor,
            jitter: retry.jitter,
            only: Vec::new(),
            except: Vec::new(),
        };
        Ok(Some(retry.pause(failures, self.state.seed().jitter(work.activation, failures))))
    }

    /// Begins the next attempt of an activity.
    pub(super) fn next_attempt(&mut self, at: At) {
        let Some((activation, attempt)) =
            self.active(at).map(|active| (active.activation, active.attempt + 1))
        else {
            return;
        };
        let work = Work { at, activation, attempt, purpose: Purpose::Run };
        self.begin_attempt(work);
    }

    pub(super) fn begin_attempt(&mut self, work: Work) {
        self.record(Event::AttemptStarted { work });
        self.run(work.at);
    }

    /// The process that ran an attempt is gone.
    pub(super) fn activity_lost(&mut self, work: Work) {
        if work.purpose == Purpose::Compensate {
            return self.undo_lost(work);
        }
        if self.out(work.at) != Some(work) {
            return;
        }
        let Some((node, state)) = self.activity(work.at) else { return };
        if state.phase == ActivityPhase::Missing {
            // No handler has seen it: this is no loss.
            return self.begin_attempt(Work { attempt: work.attempt + 1, ..work });
        }
        let (idempotent, check) = (node.idempotent, node.check.is_some());
        self.record(Event::AttemptLost { work });
        let lost = self.active(work.at).map_or(0, |active| active.lost);
        if lost >= MAX_LOST || (!idempotent && !check) {
            return self.record(Event::StepIndeterminate { at: work.at });
        }
        let purpose = if idempotent { Purpose::Run } else { Purpose::Check };
        self.begin_attempt(Work { attempt: work.attempt + 1, purpose, ..work });
    }

    /// The `check` handler has answered.
    fn checked(&mut self, work: Work, answer: &Payload) {
        let word = answer.as_str().or_else(|| answer.get("status").and_then(serde_json::Value::as_str));
        match word {
            Some("done") => {
                let output = answer.get("output").cloned().unwrap_or_default();
                self.complete(work.at, Payload::from(output));
            }
            Some("not_done") => self.next_attempt(work.at),
            _ => self.record(Event::StepIndeterminate { at: work.at }),
        }
    }

    pub(super) fn handler_missing(&mut self, work: Work) {
        if work.purpose == Purpose::Compensate {
            // It stays handed out; `explain` names the handler that it waits for.
            return;
        }
        let running = self
            .activity(work.at)
            .is_some_and(|(_, state)| state.phase == ActivityPhase::Running && state.process.is_none());
        if self.out(work.at) == Some(work) && running {
            self.record(Event::HandlerMissing { work });
        }
    }

    /// Another process has the handler: it is asked, once.
    pub(super) fn assign(&mut self, work: Work, process: Uuid) {
        if self.state.process_of(self.graph, work).is_some() {
            return;
        }
        if let Some(run) = self.state.attempt(self.graph, work) {
            self.record(Event::AttemptAssigned { work, process });
            self.commands.push(Command::Assign { process, run: Box::new(run) });
        }
    }

    /// The pause before the next attempt is over, or all attempts together took too long.
    pub(super) fn activity_timer(&mut self, at: At, kind: TimerKind) {
        let Some((node, state)) = self.activity(at) else { return };
        if kind == TimerKind::Retry {
            return self.next_attempt(at);
        }
        let failure = if state.phase == ActivityPhase::Missing {
            Failure::new("unknown_handler", format!("no process has a handler `{}`", node.handler))
        } else {
            Failure::new("deadline", "all attempts together took longer than the deadline allows")
        };
        self.call_off(at);
        self.fail(at, failure);
    }

    /// A child instance has ended.
    pub(super) fn child_closed(
        &mut self,
        child: crate::base::InstanceId,
        at: At,
        outcome: crate::protocol::ChildOutcome,
    ) -> Result<(), Refusal> {
        use crate::base::ErrorKind;
        use crate::protocol::InstanceStatus;
        let waits = self
            .state
            .frames
            .contains_key(&at.frame)
            .then(|| self.active(at))
            .flatten()
            .is_some_and(|active| matches!(active.doing, Doing::Call { child: ours } if ours == child));
        if !waits {
            return Err(Refusal::new(ErrorKind::StepState, "no step waits for that child any more"));
        }
        if outcome.status == InstanceStatus::Completed {
            self.complete(at, outcome.output);
        } else {
            let message = match &outcome.error {
                Some(error) => {
                    format!("the child instance {}: {}: {}", outcome.status.name(), error.code, error.message)
                }
                None => format!("the child instance was {}", outcome.status.name()),
            };
            let details = serde_json::json!({
                "instance": child, "status": outcome.status, "error": outcome.error,
            });
            let failure =
                Failure { details: Payload::from(details), ..Failure::new("child_failed", message) };
            self.fail(at, failure);
        }
        Ok(())
    }
}

/// What a failed attempt says, as the failure of its step.
pub(super) fn failure_of(error: ActivityError) -> Failure {
    Failure { details: error.details, ..Failure::new(error.code, error.message) }
}

impl CompiledRetry {
    /// The pause after the `failures`th failure. `lot` is in `[0, 1)`.
    pub(crate) fn pause(&self, failures: u32, lot: f64) -> Span {
        use crate::definition::Backoff;
        let initial = self.initial.millis() as f64;
        let grown = match self.backoff {
            Backoff::Fixed => initial,
            Backoff::Exponential => {
                initial * self.factor.powi(i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX))
            }
        };
        let capped = grown.min(self.max.millis() as f64);
        let drawn = capped * (1.0 - self.jitter.clamp(0.0, 1.0) * lot);
        Span::from_millis(drawn.round() as u64)
    }
}
