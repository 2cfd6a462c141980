//! Runs of scopes: groups, items, passes, and the flow itself.

use super::decide::{Decider, Todo};
use super::evaluate::{self, Evaluated};
use super::frame::{Doing, EachState, Phase};
use crate::base::Payload;
use crate::definition::OnFailure;
use crate::graph::Kind;
use crate::protocol::{At, CancelReason, Ending, Event, Failure, InstanceStatus};

/// The frames that an active step keeps.
pub(super) fn inner_frames(doing: &Doing) -> Vec<u32> {
    match doing {
        Doing::Group { frame } | Doing::Loop { frame, .. } if *frame != u32::MAX => vec![*frame],
        Doing::Each(each) => each.frames.iter().copied().collect(),
        _ => Vec::new(),
    }
}

impl Decider<'_> {
    pub(super) fn open_frame(&mut self, owner: At, index: u32, item: Option<Payload>) {
        let frame = self.state.next_frame;
        self.record(Event::FrameOpened { frame, owner, index, item });
        self.start_frame(frame);
    }

    /// Whether a frame is over: every step settled. Then it completes, or fails if something in it drained.
    pub(super) fn frame_over(&mut self, number: u32) {
        let Some(frame) = self.state.frame(number) else { return };
        if frame.unsettled > 0 || !frame.starts_steps() {
            return;
        }
        let failed = frame.steps.iter().find(|step| step.unhandled).and_then(|step| step.error.as_deref());
        if matches!(frame.phase, Phase::Draining) || failed.is_some() {
            let error = failed.cloned().or_else(|| frame.error.clone());
            let error = error.unwrap_or_else(|| Failure::new("expression", "the scope failed"));
            return self.frame_fails(number, error);
        }
        match frame.owner {
            None => self.flow_completes(),
            Some(owner) => self.inner_completes(number, owner),
        }
    }

    fn flow_completes(&mut self) {
        match self.scope_output(0) {
            Ok(output) => {
                let ending =
                    Ending { status: InstanceStatus::Completed, output, error: None, operator: None };
                self.finish_instance(ending);
            }
            Err(failure) => self.strike(0, *failure),
        }
    }

    /// What a scope gives when it completes.
    fn scope_output(&self, number: u32) -> Evaluated<Payload> {
        let Some(frame) = self.state.frame(number) else { return Ok(Payload::null()) };
        let scope = &self.graph.scopes[frame.scope as usize];
        let written = if number == 0 { self.graph.output.as_ref() } else { scope.output.as_ref() };
        if written.is_some() {
            return evaluate::data(&self.view(number), "output", written);
        }
        if let [only] = scope.sinks.as_slice() {
            return Ok(frame.step(self.graph, *only).output.clone());
        }
        let outputs = scope
            .sinks
            .iter()
            .map(|step| (self.id(*step).to_owned(), (*frame.step(self.graph, *step).output).clone()));
        evaluate::bounded(Payload::from(serde_json::Value::Object(outputs.collect())))
    }

    fn inner_completes(&mut self, number: u32, owner: At) {
        let output = match self.scope_output(number) {
            Ok(output) => output,
            Err(failure) => return self.strike(number, *failure),
        };
        let index = self.state.frame(number).map_or(0, |frame| frame.index);
        match &self.graph.steps[owner.step as usize].kind {
            Kind::Loop { until, .. } => {
                let mut view = self.view(number);
                view.output = Some(&output);
                view.iteration = Some(index);
                let over = match until {
                    Some(until) => match evaluate::holds(&view, Some(until)) {
                        Ok(over) => over,
                        Err(failure) => return self.strike(number, *failure),
                    },
                    None => false,
                };
                self.record(Event::FrameCompleted { frame: number, output: output.clone() });
                if over {
                    self.complete(owner, output);
                } else {
                    self.next_pass(owner, index + 1, &output);
                }
            }
            Kind::ForEach { .. } => {
                self.record(Event::FrameCompleted { frame: number, output });
                self.later(Todo::Each(owner));
            }
            _ => {
                self.record(Event::FrameCompleted { frame: number, output: output.clone() });
                self.complete(owner, output);
            }
        }
    }

    /// Begins a pass of a loop, unless the loop is over.
    pub(super) fn next_pass(&mut self, at: At, pass: u32, last: &Payload) {
        let Kind::Loop { condition, max_iterations, .. } = &self.graph.steps[at.step as usize].kind else {
            return;
        };
        let mut view = self.view(at.frame);
        view.output = Some(last);
        view.iteration = Some(pass);
        match evaluate::holds(&view, condition.as_ref()) {
            Ok(true) if pass >= *max_iterations => {
                let message = format!("the loop has made {max_iterations} passes and is not over");
                self.fail(at, Failure::new("loop_limit", message));
            }
            Ok(true) => self.open_frame(at, pass, None),
            Ok(false) => self.complete(at, last.clone()),
            Err(failure) => self.fail(at, *failure),
        }
    }

    // For each.

    pub(super) fn each(&self, at: At) -> Option<&EachState> {
        match &self.active(at)?.doing {
            Doing::Each(each) => Some(each),
            _ => None,
        }
    }

    /// Starts items up to the limit; completes the step when none is left.
    pub(super) fn each_goes_on(&mut self, at: At) {
        let graph = self.graph;
        let Kind::ForEach { concurrency, until, .. } = &graph.steps[at.step as usize].kind else { return };
        if !self.state.frame(at.frame).is_some_and(super::frame::Frame::starts_steps) {
            return;
        }
        if until.is_some()
            && self.each(at).is_some_and(|each| each.completed + each.failed > 0)
            && self.judge_until(at)
        {
            return;
        }
        let limit = concurrency.unwrap_or(u32::MAX).max(1);
        while let Some(each) = self.each(at) {
            if each.open >= limit || each.next as usize >= each.items.len() {
                break;
            }
            let (index, item) = (each.next, each.items[each.next as usize].clone());
            self.open_frame(at, index, Some(item));
        }
        let Some(each) = self.each(at) else { return };
        if each.open == 0 && each.next as usize >= each.items.len() {
            let output = outputs(each);
            self.complete_each(at, output);
        }
    }

    fn complete_each(&mut self, at: At, output: Payload) {
        match evaluate::bounded(output) {
            Ok(output) => self.complete(at, output),
            Err(failure) => self.fail(at, *failure),
        }
    }

    /// Judges the `until` of every `for_each` that has one: a variable was set.
    pub(super) fn judge_untils(&mut self) {
        for at in self.state.untils.clone() {
            self.judge_until(at);
        }
    }

    /// Whether the `until` of a `for_each` holds; the rest of its items is cancelled then, and it completes.
    fn judge_until(&mut self, at: At) -> bool {
        let graph = self.graph;
        let Kind::ForEach { until: Some(until), .. } = &graph.steps[at.step as usize].kind else {
            return false;
        };
        let Some(each) = self.each(at) else { return false };
        let frames: Vec<u32> = each.frames.iter().copied().collect();
        let mut view = self.view(at.frame);
        view.each = Some(at);
        match evaluate::holds(&view, Some(until)) {
            Ok(false) => false,
            Ok(true) => {
                for frame in frames {
                    self.stop_frame(frame, CancelReason::UntilHeld);
                }
                let output = self.each(at).map(outputs).unwrap_or_default();
                self.complete_each(at, output);
                true
            }
            Err(failure) => {
                self.fail(at, *failure);
                true
            }
        }
    }

    // Failure.

    /// An unhandled failure strikes a frame.
    pub(super) fn strike(&mut self, number: u32, error: Failure) {
        let Some(frame) = self.state.frame(number) else { return };
        if !frame.starts_steps() {
            return;
        }
        let on_failure = self.graph.scopes[frame.scope as usize].on_failure;
        let first = matches!(frame.phase, Phase::Running);
        if first {
            self.record(Event::FrameFailing { frame: number, error: error.clone() });
        }
        match on_failure {
            OnFailure::Drain => {
                let settled = self.state.frame(number).is_some_and(|frame| frame.unsettled == 0);
                let has_failed_step = self
                    .state
                    .frame(number)
                    .is_some_and(|frame| frame.steps.iter().any(|step| step.unhandled));
                if settled && !has_failed_step {
                    // The failure is the scope's own (its output), not a step's: nothing is left to drain.
                    self.frame_fails(number, error);
                } else {
                    self.later(Todo::Frame(number));
                }
            }
            OnFailure::FailFast => {
                self.stop_steps(number, CancelReason::ScopeFailed);
                self.frame_fails(number, error);
            }
            OnFailure::Compensate => {
                self.stop_steps(number, CancelReason::ScopeCancelled);
                let then = Ending {
                    status: InstanceStatus::Failed,
                    output: Payload::null(),
                    error: Some(error),
                    operator: None,
                };
                self.begin_compensation(number, then);
            }
        }
    }

    /// A frame has failed, and with it what it is a run of.
    pub(super) fn frame_fails(&mut self, number: u32, error: Failure) {
        let Some(frame) = self.state.frame(number) else { return };
        let owner = frame.owner;
        self.record(Event::FrameFailed { frame: number, error: error.clone() });
        let Some(owner) = owner else {
            let ending = Ending {
                status: InstanceStatus::Failed,
                output: Payload::null(),
                error: Some(error),
                operator: None,
            };
            return self.finish_instance(ending);
        };
        match &self.graph.steps[owner.step as usize].kind {
            Kind::ForEach { failures, percent, .. } => {
                let Some(each) = self.each(owner) else { return };
                let (failed, total) = (each.failed, each.items.len());
                let tolerated = failures.is_some_and(|most| failed <= most)
                    || percent.is_some_and(|most| f64::from(failed) * 100.0 <= most * total as f64);
                if tolerated {
                    return self.later(Todo::Each(owner));
                }
                let (index, first) = each.error.clone().unwrap_or((0, error));
                let message = format!(
                    "{failed} of {total} items failed; the first was item {index}: {}",
                    first.message
                );
                let details = serde_json::json!({"failed": failed, "item": index, "error": first});
                let failure =
                    Failure { details: Payload::from(details), ..Failure::new("items_failed", message) };
                self.fail(owner, failure);
            }
            _ => self.fail(owner, error),
        }
    }
}

fn outputs(each: &EachState) -> Payload {
    let values = each.outputs.iter().map(|output| (**output).clone());
    Payload::from(serde_json::Value::Array(values.collect()))
}
