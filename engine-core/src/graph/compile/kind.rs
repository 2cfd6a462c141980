//! What each type of step does.

use serde_json::Value;

use super::Compiler;
use super::place::{Place, Roots};
use crate::base::Payload;
use crate::definition::{
    Activity, Call, Decision, Diagnostic, Emit, End, ForEach, Loop, SignalWait, StepKind, Timer, UserTask,
};
use crate::expr::Template;
use crate::graph::layout::unknown_step;
use crate::graph::{ActivityNode, Kind, TaskNode, code};
use crate::protocol::CandidateSet;

/// How often a loop may run, and a back edge be taken, where nothing is said.
pub(crate) const MAX_ITERATIONS: u32 = 1_000;

/// The step that is compiled.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    pub(super) step: u32,
    pub(super) scope: u32,
    pub(super) inner: Option<u32>,
    /// Its place in the document.
    pub(super) path: &'p str,
}

impl At<'_> {
    fn field(self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    fn before(self) -> Place {
        Place::before(self.scope, self.step)
    }
}

impl Compiler<'_, '_> {
    /// What a step does; none where a part that must be there does not compile.
    pub(super) fn kind(&mut self, at: At<'_>, kind: &StepKind) -> Option<Kind> {
        match kind {
            StepKind::Activity(activity) => Some(Kind::Activity(Box::new(self.activity(at, activity)))),
            StepKind::UserTask(task) => Some(Kind::UserTask(Box::new(self.user_task(at, task)))),
            StepKind::Timer(timer) => Some(self.timer(at, timer)),
            StepKind::Signal(signal) => self.signal(at, signal),
            StepKind::Emit(emit) => Some(self.emit(at, emit)),
            StepKind::Decision(decision) => self.decision(at, decision),
            StepKind::Assign(_) => Some(Kind::Assign),
            StepKind::Call(call) => Some(self.call(at, call)),
            StepKind::Group(_) => Some(Kind::Group),
            StepKind::ForEach(each) => self.for_each(at, each),
            StepKind::Loop(repeat) => self.repeat(at, repeat),
            StepKind::End(end) => self.end(at, end),
        }
    }

    fn activity(&mut self, at: At<'_>, activity: &Activity) -> ActivityNode {
        let definition = self.definition;
        let defaults = definition.defaults.activity.as_ref();
        let default = |name: &str| format!("defaults.activity.{name}");
        let (deadline, deadline_path) = match (&activity.deadline, defaults.and_then(|d| d.deadline.as_ref()))
        {
            (None, Some(deadline)) => (Some(deadline), default("deadline")),
            (deadline, _) => (deadline.as_ref(), at.field("deadline")),
        };
        let (heartbeat, heartbeat_path) =
            match (&activity.heartbeat, defaults.and_then(|d| d.heartbeat.as_ref())) {
                (None, Some(heartbeat)) => (Some(heartbeat), default("heartbeat")),
                (heartbeat, _) => (heartbeat.as_ref(), at.field("heartbeat")),
            };
        let (retry, retry_path) = match (&activity.retry, defaults.and_then(|d| d.retry.as_ref())) {
            (None, Some(retry)) => (Some(retry), default("retry")),
            (retry, _) => (retry.as_ref(), at.field("retry")),
        };
        let queue = activity.queue.as_deref().or_else(|| defaults.and_then(|d| d.queue.as_deref()));
        ActivityNode {
            handler: activity.handler.as_str().into(),
            with: self.optional_template(activity.with.as_ref(), at.field("with"), at.before()),
            deadline: self.optional_length(deadline, deadline_path, at.before()),
            heartbeat: self.optional_length(heartbeat, heartbeat_path, at.before()),
            retry: self.retry(retry, &retry_path, at.before()),
            queue: queue.map(Into::into),
            priority: activity.priority.unwrap_or(0),
            idempotent: activity.idempotent.unwrap_or(true),
            check: activity.check.as_deref().map(Into::into),
        }
    }

    fn user_task(&mut self, at: At<'_>, task: &UserTask) -> TaskNode {
        let mut candidates = CandidateSet::from(&task.candidates);
        if let Some(role) = &task.role
            && !candidates.roles.contains(role)
        {
            candidates.roles.push(role.clone());
        }
        let form = task.form.as_ref();
        let escalate = task.escalate.as_ref().and_then(|escalate| {
            let after = self.length(&escalate.after, at.field("escalate.after"), at.before())?;
            Some((after, escalate.to.clone()))
        });
        TaskNode {
            candidates,
            assignee: task
                .assignee
                .as_ref()
                .and_then(|cel| self.expression(cel, at.field("assignee"), at.before())),
            routing: task.routing,
            form: form.and_then(|form| self.schema(form, &at.field("form"))),
            form_schema: form.map_or_else(Payload::null, |form| Payload::from(form.clone())),
            data: self.optional_template(task.data.as_ref(), at.field("data"), at.before()),
            outcomes: task.outcomes.clone(),
            priority: task.priority,
            due: self.optional_length(task.due.as_ref(), at.field("due"), at.before()),
            escalate,
            not_by: self.not_by(at, &task.not_by),
            calendar: task.calendar.clone(),
        }
    }

    /// The steps whose doers may not do a task.
    fn not_by(&mut self, at: At<'_>, ids: &[String]) -> Vec<u32> {
        let mut steps = Vec::new();
        for (place, id) in ids.iter().enumerate() {
            let path = format!("{}.not_by[{place}]", at.path);
            let Some(step) = self.layout.visible_step(at.scope, id) else {
                unknown_step(self.layout, at.scope, id, &path, &mut self.findings);
                continue;
            };
            let kind = &self.layout.steps[step as usize].step.kind;
            if !matches!(kind, StepKind::UserTask(_)) && kind.scope().is_none() {
                let message =
                    format!("`{id}` is no user task ({}), so nobody is kept away by it", kind.name());
                self.findings.push(Diagnostic::warning(code::NOT_BY_WITHOUT_PERSON, path, message));
            }
            steps.push(step);
        }
        steps
    }

    fn timer(&mut self, at: At<'_>, timer: &Timer) -> Kind {
        let until = timer.until.as_ref().map(|until| Value::String(until.clone()));
        Kind::Timer {
            delay: self.optional_length(timer.delay.as_ref(), at.field("delay"), at.before()),
            until: self.optional_template(until.as_ref(), at.field("until"), at.before()),
            while_suspended: timer.while_suspended,
        }
    }

    fn signal(&mut self, at: At<'_>, signal: &SignalWait) -> Option<Kind> {
        let correlate = signal.correlate.as_ref();
        let filter = at.before().with(Roots::EVENT);
        Some(Kind::Signal {
            name: signal.name.as_str().into(),
            correlate: correlate.and_then(|cel| self.expression(cel, at.field("correlate"), at.before())),
            filter: self.optional_condition(signal.filter.as_ref(), at.field("filter"), filter)?,
            early: signal.early,
        })
    }

    fn emit(&mut self, at: At<'_>, emit: &Emit) -> Kind {
        Kind::Emit {
            event: emit.event.as_str().into(),
            data: self.optional_template(emit.data.as_ref(), at.field("data"), at.before()),
        }
    }

    fn decision(&mut self, at: At<'_>, decision: &Decision) -> Option<Kind> {
        let mut rules = Vec::with_capacity(decision.rules.len());
        let mut whole = true;
        for (place, rule) in decision.rules.iter().enumerate() {
            let path = format!("{}.rules[{place}]", at.path);
            let when = self.optional_condition(rule.when.as_ref(), format!("{path}.when"), at.before());
            let output = self.template(&rule.output, &format!("{path}.output"), at.before());
            match (when, output) {
                (Some(when), Some(output)) => rules.push((when, output)),
                _ => whole = false,
            }
        }
        let default = self.optional_template(decision.default.as_ref(), at.field("default"), at.before());
        whole.then_some(Kind::Decision { rules, hit: decision.hit, default })
    }

    fn call(&mut self, at: At<'_>, call: &Call) -> Kind {
        Kind::Call {
            flow: call.flow.as_str().into(),
            version: call.version.clone(),
            with: self.optional_template(call.with.as_ref(), at.field("with"), at.before()),
            wait: call.wait.unwrap_or(true),
            on_cancel: call.on_cancel,
        }
    }

    fn for_each(&mut self, at: At<'_>, each: &ForEach) -> Option<Kind> {
        let items = self.expression(&each.items, at.field("items"), at.before());
        let until = at.before().with(Roots::COUNTS);
        let until = self.optional_condition(each.until.as_ref(), at.field("until"), until)?;
        Some(Kind::ForEach {
            items: items?,
            concurrency: each.concurrency,
            failures: each.tolerate.failures,
            percent: each.tolerate.percent,
            until,
            append: each.append.as_deref().map(Into::into),
        })
    }

    fn repeat(&mut self, at: At<'_>, repeat: &Loop) -> Option<Kind> {
        let roots = Roots::ITERATION | Roots::OUTPUT;
        let before = at.before().with(roots);
        let condition = self.optional_condition(repeat.condition.as_ref(), at.field("while"), before);
        let after = Place::end(at.inner.unwrap_or(at.scope)).with(roots);
        let until = self.optional_condition(repeat.until.as_ref(), at.field("until"), after);
        let max_iterations = repeat.max_iterations.unwrap_or(MAX_ITERATIONS);
        Some(Kind::Loop { condition: condition?, until: until?, max_iterations })
    }

    fn end(&mut self, at: At<'_>, end: &End) -> Option<Kind> {
        let output = self.optional_template(end.output.as_ref(), at.field("output"), at.before());
        let error: Option<(String, Option<Template>)> = end.error.as_ref().map(|error| {
            let message = Value::String(error.message.clone());
            (error.code.clone(), self.template(&message, &at.field("error.message"), at.before()))
        });
        let error = match error {
            Some((code, message)) => Some((code, message?)),
            None => None,
        };
        Some(Kind::End { status: end.status, output, error, compensate: end.compensate })
    }
}
