//! Steps: the common fields, and each type's own.

use serde_json::Value;

use super::setters;
use crate::definition::{
    Activity, Assign, Calendar, Call, Candidates, Choose, Compensate, Condition, Decision, DecisionRule,
    Early, Emit, End, EndError, EndStatus, Escalate, ForEach, Group, HitPolicy, Join, Length, Loop, Losers,
    Need, Next, OnCancel, OnFailure, Retry, Routing, SignalWait, Sla, Step, StepKind, TaskPriority, Timer,
    Tolerate, UserTask, WhileSuspended,
};

/// A step of one type that is being written. Setters are named after the fields of the definition.
#[derive(Clone, Debug)]
pub struct StepBuilder<K> {
    /// The common fields; its type is filled in at the end.
    step: Step,
    pub(super) kind: K,
}

impl<K: Default + Into<StepKind>> StepBuilder<K> {
    /// A step with an id and nothing else.
    pub fn new(id: impl Into<String>) -> Self {
        let step = Step {
            id: id.into(),
            kind: StepKind::Assign(Assign {}),
            title: None,
            description: None,
            labels: Default::default(),
            needs: Vec::new(),
            next: Vec::new(),
            choose: Choose::default(),
            join: Join::default(),
            losers: Losers::default(),
            cancels: Vec::new(),
            set: Default::default(),
            timeout: None,
            sla: None,
            compensate: None,
            resources: Default::default(),
        };
        Self { step, kind: K::default() }
    }

    /// The step.
    pub fn build(self) -> Step {
        Step { kind: self.kind.into(), ..self.step }
    }
}

/// Common fields, for the types that have them.
macro_rules! common {
    ($fields:tt for $($type:ident),+) => {
        $(setters!(StepBuilder<$type>, Step, |this| this.step, $fields);)+
    };
}

common!({
    some title: String;
    some description: String;
    entry(label) labels: String;
    push(needs) needs: Need;
    push(next) next: Next;
    set choose: Choose;
    set join: Join;
    set losers: Losers;
    push(cancels) cancels: String;
    entry(set) set: Value;
    some timeout: Length;
    some sla: Sla;
} for Activity, UserTask, Timer, SignalWait, Emit, Decision, Assign, Call, Group, ForEach, Loop, End);

// An end has a `compensate` of another meaning.
common!({
    some compensate: Compensate;
} for Activity, UserTask, Timer, SignalWait, Emit, Decision, Assign, Call, Group, ForEach, Loop);

common!({
    entry(resource) resources: u32;
} for Activity, Call, Group, ForEach, Loop);

setters!(StepBuilder<Activity>, Activity, |this| this.kind, {
    set handler: String;
    some with: Value;
    some deadline: Length;
    some heartbeat: Length;
    some retry: Retry;
    some queue: String;
    some priority: u8;
    some cost: f64;
    some idempotent: bool;
    some check: String;
});

setters!(StepBuilder<UserTask>, UserTask, |this| this.kind, {
    some role: String;
    set candidates: Candidates;
    some assignee: String;
    set routing: Routing;
    some form: Value;
    some data: Value;
    list outcomes: String;
    set priority: TaskPriority;
    some due: Length;
    some escalate: Escalate;
    list not_by: String;
    some calendar: Calendar;
});

setters!(StepBuilder<Timer>, Timer, |this| this.kind, {
    some delay: Length;
    some until: String;
    set while_suspended: WhileSuspended;
});

setters!(StepBuilder<SignalWait>, SignalWait, |this| this.kind, {
    set name: String;
    some correlate: String;
    some filter: Condition;
    set early: Early;
});

setters!(StepBuilder<Emit>, Emit, |this| this.kind, {
    set event: String;
    some data: Value;
});

setters!(StepBuilder<Decision>, Decision, |this| this.kind, {
    set hit: HitPolicy;
    some default: Value;
});

impl StepBuilder<Decision> {
    /// Adds a row: when it holds, and what it gives.
    #[must_use]
    pub fn rule(mut self, when: impl Into<Condition>, output: impl Into<Value>) -> Self {
        self.kind.rules.push(DecisionRule { when: Some(when.into()), output: output.into() });
        self
    }

    /// Adds a row that always holds.
    #[must_use]
    pub fn always(mut self, output: impl Into<Value>) -> Self {
        self.kind.rules.push(DecisionRule { when: None, output: output.into() });
        self
    }
}

setters!(StepBuilder<Call>, Call, |this| this.kind, {
    set flow: String;
    some with: Value;
    some wait: bool;
    set on_cancel: OnCancel;
});

impl StepBuilder<Call> {
    /// Starts this version.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.kind.version.version = Some(version);
        self
    }

    /// Starts the version that carries this label. (The step's own labels are set by `label`.)
    #[must_use]
    pub fn version_label(mut self, label: impl Into<String>) -> Self {
        self.kind.version.label = Some(label.into());
        self
    }
}

setters!(StepBuilder<Group>, Group, |this| this.kind, {
    set on_failure: OnFailure;
    some output: Value;
});

setters!(StepBuilder<ForEach>, ForEach, |this| this.kind, {
    set items: String;
    set on_failure: OnFailure;
    some concurrency: u32;
    set tolerate: Tolerate;
    some until: Condition;
    some output: Value;
    some append: String;
});

setters!(StepBuilder<Loop>, Loop, |this| this.kind, {
    set on_failure: OnFailure;
    some until: Condition;
    some max_iterations: u32;
    some output: Value;
});

impl StepBuilder<Loop> {
    /// Judged before a pass: the `while` of the definition.
    #[must_use]
    pub fn while_holds(mut self, condition: impl Into<Condition>) -> Self {
        self.kind.condition = Some(condition.into());
        self
    }
}

setters!(StepBuilder<End>, End, |this| this.kind, {
    set status: EndStatus;
    some output: Value;
    some error: EndError;
    set compensate: bool;
});
