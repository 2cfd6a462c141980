//! What operators do to failed and indeterminate steps.

use super::decide::{Decider, Refusal};
use super::frame::Phase;
use crate::base::{ErrorKind, Payload};
use crate::definition::Join;
use crate::protocol::{At, Event, InstanceStatus, Operator, OperatorAction, StepStatus};

impl Decider<'_> {
    pub(super) fn retry_step(&mut self, operator: Operator, path: &str, anew: bool) -> Result<(), Refusal> {
        let at = self.operable(path)?;
        self.operate(at, operator, OperatorAction::Retry { anew });
        self.put_in_line(at);
        self.check_runs(at);
        Ok(())
    }

    pub(super) fn skip_step(&mut self, operator: Operator, path: &str) -> Result<(), Refusal> {
        let at = self.operable(path)?;
        self.operate(at, operator, OperatorAction::Skip);
        self.complete(at, Payload::null());
        self.check_runs(at);
        Ok(())
    }

    pub(super) fn complete_step(
        &mut self,
        operator: Operator,
        path: &str,
        output: Payload,
    ) -> Result<(), Refusal> {
        let at = self.operable(path)?;
        if output.size() > super::MAX_PAYLOAD {
            return Err(Refusal::new(ErrorKind::TooLarge, "the output is too large"));
        }
        self.operate(at, operator, OperatorAction::Complete { output: output.clone() });
        self.complete(at, output);
        self.check_runs(at);
        Ok(())
    }

    /// With `join: each` edges may have been taken after the step had failed; or all runs had ended, and what follows
    /// could not be decided.
    fn check_runs(&mut self, at: At) {
        if self.node(at).join == Join::Each {
            self.check_join(at.frame, at.step);
        }
    }

    /// Records the action; the scopes around the step go on, and the steps that its failure stopped start again.
    fn operate(&mut self, at: At, operator: Operator, action: OperatorAction) {
        self.record(Event::OperatorActed { at, operator, action });
        let (frames, steps) = super::reopen::to_go_on(self.graph, self.state, at);
        for step in steps {
            if step != at {
                self.put_in_line(step);
            }
        }
        for frame in frames {
            self.later(super::decide::Todo::Frame(frame));
            if let Some(owner) = self.state.frame(frame).and_then(|frame| frame.owner)
                && self.each(owner).is_some()
            {
                self.later(super::decide::Todo::Each(owner));
            }
        }
    }

    /// The step of a path, if it is failed or indeterminate and everything around it can go on.
    fn operable(&self, path: &str) -> Result<At, Refusal> {
        let Some(mut at) = super::place::find(self.graph, self.state, path) else {
            return Err(Refusal::new(ErrorKind::NotFound, format!("no step `{path}` can be taken up")));
        };
        if let Some(run) = self.failed_run(at) {
            let names_run = path.rsplit('/').next().is_some_and(|part| part.contains('#'));
            if names_run && run != at.run {
                let message = format!("it is run {run} of the step that failed, not `{path}`");
                return Err(Refusal::new(ErrorKind::StepState, message));
            }
            at.run = run;
        }
        let step = self.step(at);
        let status = step.map_or(StepStatus::Pending, |step| step.status);
        let unhandled = step.is_some_and(|step| step.unhandled);
        let failed = status == StepStatus::Failed && unhandled && self.state.status == InstanceStatus::Failed;
        if !failed && status != StepStatus::Indeterminate {
            let message = match status {
                StepStatus::Failed if !unhandled => {
                    format!("`{path}` failed, and the flow has dealt with that")
                }
                StepStatus::Failed => {
                    format!("`{path}` failed; wait for the instance to end, then take it up")
                }
                other => format!("`{path}` is {}, neither failed nor indeterminate", other.name()),
            };
            return Err(Refusal::new(ErrorKind::StepState, message));
        }
        for number in super::reopen::chain(self.state, at) {
            if self.state.frame(number).is_some_and(|frame| matches!(frame.phase, Phase::Compensating(_))) {
                let message = format!("what was completed around `{path}` has been compensated");
                return Err(Refusal::new(ErrorKind::StepState, message));
            }
        }
        Ok(at)
    }

    /// The run with which a step with `join: each` failed.
    fn failed_run(&self, at: At) -> Option<u32> {
        let runs = self.step(at)?.runs.as_ref()?;
        runs.iter().find(|(_, run)| run.failed).map(|(run, _)| *run)
    }
}
