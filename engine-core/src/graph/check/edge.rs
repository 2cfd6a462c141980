//! Edges that can be taken, `else` and signal edges that make sense.

use serde_json::Value;

use super::Checker;
use crate::definition::{Choose, Diagnostic, Length, Outcome, Sla, Step, StepKind};
use crate::graph::code;
use crate::graph::compile::Truth;
use crate::graph::finding::Findings;
use crate::graph::layout::EdgeAt;

impl Checker<'_, '_> {
    pub(super) fn edges(&self, findings: &mut Findings) {
        for step in 0..self.layout.steps.len() as u32 {
            let edges = self.layout.outgoing.of(step);
            if edges.is_empty() {
                continue;
            }
            self.otherwise(edges, findings);
            self.shadowed(step, edges, findings);
            for &edge in edges {
                self.signal_fields(edge, findings);
                if let Some(why) = self.why_never(step, edge) {
                    self.never(edge, &why.0, why.1, findings);
                }
            }
        }
    }

    fn edge(&self, number: u32) -> &EdgeAt<'_> {
        &self.layout.edges[number as usize]
    }

    fn never(&self, number: u32, why: &str, help: &str, findings: &mut Findings) {
        let edge = self.edge(number);
        let message = format!("the edge {} is never taken: {why}", self.layout.edge_name(edge));
        let path = match self.truths[number as usize] {
            Truth::Never => format!("{}.when", edge.source),
            _ => edge.source.clone(),
        };
        findings.push(Diagnostic::warning(code::EDGE_NEVER_TAKEN, path, message).help(help));
    }

    /// `else` edges: at most one, for success, without a condition, and beside another success edge.
    fn otherwise(&self, edges: &[u32], findings: &mut Findings) {
        let mut first: Option<&EdgeAt<'_>> = None;
        for edge in edges.iter().map(|&edge| self.edge(edge)).filter(|edge| edge.otherwise) {
            let path = format!("{}.else", edge.source);
            if let Some(first) = first {
                let message = format!(
                    "`{}` has an `else` edge already, at {}",
                    self.layout.id(edge.from),
                    first.source
                );
                findings.push(Diagnostic::error(code::SEVERAL_ELSE, path, message).help("keep one of them"));
                continue;
            }
            first = Some(edge);
            if edge.on != Outcome::Success {
                let message =
                    "`else` stands for the success edges that were not taken; it takes no other `on`";
                findings.push(
                    Diagnostic::error(code::INVALID_ELSE, path, message).help("take `on` or `else` out"),
                );
            } else if edge.when.is_some() {
                let message = "an `else` edge has no condition: it is taken when no other success edge was";
                let help =
                    "take `else` out, or `when`; with `choose: first` the order of the edges does the same";
                findings.push(Diagnostic::error(code::INVALID_ELSE, path, message).help(help));
            } else if !edges
                .iter()
                .any(|&other| self.edge(other).on == Outcome::Success && !self.edge(other).otherwise)
            {
                let message = format!(
                    "`{}` has no other success edge, so this one is always taken",
                    self.layout.id(edge.from)
                );
                findings.push(
                    Diagnostic::warning(code::ELSE_WITHOUT_SIBLING, path, message).help("take `else` out"),
                );
            }
        }
    }

    /// Edges that an unconditional one before them leaves no room for.
    fn shadowed(&self, step: u32, edges: &[u32], findings: &mut Findings) {
        let first = self.layout.steps[step as usize].step.choose == Choose::First;
        let (mut success, mut failure): (Option<u32>, Option<u32>) = (None, None);
        for &number in edges.iter().filter(|&&number| !self.edge(number).otherwise) {
            let edge = self.edge(number);
            let (on_success, on_failure) = listens(edge.on);
            let blocked = match (on_success, on_failure) {
                (true, false) => success,
                (false, true) => failure,
                (true, true) => success.and(failure),
                (false, false) => continue,
            };
            if let Some(before) = blocked.filter(|_| first) {
                let why = format!(
                    "{} stands before it and has no condition",
                    self.layout.edge_name(self.edge(before))
                );
                self.never(number, &why, "put the edge without a condition last, or give it one", findings);
            } else if self.truths[number as usize] == Truth::Always {
                success =
                    success.or(on_success.then_some(number).filter(|_| first || edge.on == Outcome::Success));
                failure = failure.or(on_failure.then_some(number));
            }
        }
        let otherwise = edges.iter().find(|&&number| self.edge(number).otherwise);
        if let (Some(&number), Some(always)) = (otherwise, success) {
            let why = format!("{} has no condition", self.layout.edge_name(self.edge(always)));
            self.never(number, &why, "give the other edge a condition, or take this one out", findings);
        }
    }

    fn signal_fields(&self, number: u32, findings: &mut Findings) {
        let edge = self.edge(number);
        let finding = match (edge.on, edge.signal) {
            (Outcome::Signal, None) => Some(("on", "a signal edge names its signal", "add `signal: NAME`")),
            (on, Some(_)) if on != Outcome::Signal => Some((
                "signal",
                "only an edge with `on: signal` has a signal",
                "add `on: signal`, or take it out",
            )),
            (on, None) if on != Outcome::Signal && edge.interrupt.is_some() => Some((
                "interrupt",
                "only an edge with `on: signal` interrupts",
                "add `on: signal`, or take it out",
            )),
            _ => None,
        };
        if let Some((field, message, help)) = finding {
            let path = format!("{}.{field}", edge.source);
            findings.push(Diagnostic::error(code::INVALID_SIGNAL_EDGE, path, message).help(help));
        }
    }

    /// Why an edge cannot be taken for what its step is, and what to do about it.
    fn why_never(&self, step: u32, number: u32) -> Option<(String, &'static str)> {
        let (edge, from) = (self.edge(number), self.layout.steps[step as usize].step);
        if self.truths[number as usize] == Truth::Never {
            return Some((
                "its condition is constantly false".to_owned(),
                "mend the condition, or take the edge out",
            ));
        }
        let kind = from.kind.name();
        match edge.on {
            Outcome::Failure if !self.can_fail(step, from) => {
                Some((format!("`{}` ({kind}) has nothing that could fail", from.id), "take the edge out"))
            }
            Outcome::Failure | Outcome::Any => None,
            _ if matches!(from.kind, StepKind::End(_)) => {
                Some((format!("`{}` ends the instance", from.id), "take the edge out"))
            }
            Outcome::Success => None,
            Outcome::Escalation | Outcome::Signal if is_instant(&from.kind) => {
                Some((format!("`{}` ({kind}) completes at once", from.id), "take the edge out"))
            }
            Outcome::Escalation if !can_escalate(from) => {
                let help = if matches!(from.kind, StepKind::UserTask(_)) {
                    "give the step an `sla.target` or a `due`"
                } else {
                    "give the step an `sla.target`"
                };
                Some((format!("`{}` has no time at which it escalates", from.id), help))
            }
            Outcome::Escalation | Outcome::Signal => None,
        }
    }

    /// Whether a step can fail, as far as can be told; `true` in doubt.
    fn can_fail(&self, number: u32, step: &Step) -> bool {
        let own = match &step.kind {
            StepKind::Timer(timer) => {
                !matches!(timer.delay, None | Some(Length::Fixed(_)))
                    || timer.until.as_ref().is_some_and(|until| until.contains("${"))
            }
            StepKind::Signal(signal) => signal.correlate.is_some() || signal.filter.is_some(),
            StepKind::Emit(emit) => emit.data.as_ref().is_some_and(has_expression),
            StepKind::Assign(_) => false,
            _ => true,
        };
        let edges = self.layout.outgoing.of(number).iter();
        let judged = edges.clone().any(|&edge| self.truths[edge as usize] == Truth::Depends);
        let bounded = edges.clone().any(|&edge| self.shape.loops.back[edge as usize].is_some());
        let times = step.sla.as_ref().is_some_and(|sla| !is_fixed(sla));
        own || judged
            || bounded
            || times
            || step.timeout.is_some()
            || !step.set.is_empty()
            || step.compensate.is_some()
    }
}

/// Whether an edge listens to success, and to failure.
fn listens(on: Outcome) -> (bool, bool) {
    match on {
        Outcome::Success => (true, false),
        Outcome::Failure => (false, true),
        Outcome::Any => (true, true),
        Outcome::Escalation | Outcome::Signal => (false, false),
    }
}

fn is_instant(kind: &StepKind) -> bool {
    match kind {
        StepKind::Emit(_) | StepKind::Decision(_) | StepKind::Assign(_) => true,
        StepKind::Call(call) => call.wait == Some(false),
        _ => false,
    }
}

fn can_escalate(step: &Step) -> bool {
    let due = match &step.kind {
        StepKind::UserTask(task) => task.due.is_some(),
        _ => false,
    };
    due || step.sla.as_ref().is_some_and(|sla| sla.target.is_some())
}

fn is_fixed(sla: &Sla) -> bool {
    [&sla.target, &sla.warn].into_iter().flatten().all(|length| matches!(length, Length::Fixed(_)))
}

/// Whether data has an expression in it, as far as can be told without compiling it; `true` in doubt.
fn has_expression(data: &Value) -> bool {
    let mut waiting = vec![data];
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) if text.contains("${") => return true,
            Value::Array(items) => waiting.extend(items),
            Value::Object(fields) => waiting.extend(fields.values()),
            _ => {}
        }
    }
    false
}
