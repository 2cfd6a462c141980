//! The parts of a compiled graph.

use std::ops::Range;
use std::sync::Arc;

use crate::base::{Payload, Span};
use crate::definition::{
    Backoff, Calendar, Choose, Early, EndStatus, HitPolicy, Join, OnCancel, OnFailure, Outcome, Routing,
    TaskPriority, VersionRef, WhileSuspended,
};
use crate::expr::{Expression, Template};
use crate::protocol::CandidateSet;

/// A scope: the flow itself, or what is inside a `group`, `for_each` or `loop`.
pub struct ScopeNode {
    /// The step that the scope is inside of; none for the flow.
    pub owner: Option<u32>,
    /// Its steps.
    pub steps: Range<u32>,
    /// Its edges.
    pub edges: Range<u32>,
    /// Its regions (cycles), outer ones before the ones they contain.
    pub regions: Range<u32>,
    /// The steps that start with it, in the order written.
    pub starts: Vec<u32>,
    /// The steps without outgoing edges, in the order written: what its output is made of where none is written.
    pub sinks: Vec<u32>,
    /// What an unhandled failure does.
    pub on_failure: OnFailure,
    /// Its output.
    pub output: Option<Template>,
    /// How deep it is: 0 for the flow.
    pub depth: u32,
}

/// A length of time: known, or evaluated when it is needed.
pub enum RunTimeLength {
    /// Known.
    Fixed(Span),
    /// Evaluated: gives a duration, or a string that is one.
    Expression(Expression),
}

/// SLA durations.
#[derive(Default)]
pub struct SlaNode {
    /// The time that it should be done in.
    pub target: Option<RunTimeLength>,
    /// The time after which it is worth a look.
    pub warn: Option<RunTimeLength>,
}

/// The value of a variable that is set.
pub enum Setter {
    /// CEL.
    Expression(Expression),
    /// Data, perhaps with `${ }`.
    Data(Template),
}

/// A compiled retry policy.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledRetry<L = Span> {
    /// How many attempts there are, the first included.
    pub attempts: u32,
    /// How the pause grows.
    pub backoff: Backoff,
    /// The first pause.
    pub initial: L,
    /// The longest pause.
    pub max: L,
    /// What an exponential pause grows by.
    pub factor: f64,
    /// The share of the pause that is drawn by lot.
    pub jitter: f64,
    /// Only these codes are tried again, unless empty.
    pub only: Vec<String>,
    /// These codes are not tried again.
    pub except: Vec<String>,
}

/// What undoes a step.
pub struct UndoNode {
    /// The handler's name.
    pub handler: Arc<str>,
    /// Its input.
    pub with: Option<Template>,
    /// Whether and how a failed attempt is tried again.
    pub retry: CompiledRetry<RunTimeLength>,
    /// How long one attempt may take.
    pub timeout: Option<RunTimeLength>,
}

/// A step.
pub struct Node {
    /// Its id, unique in its scope.
    pub id: Arc<str>,
    /// Its path from the flow down, for example `each/pay`.
    pub path: Arc<str>,
    /// Where it stands in the document, for example `steps[2].steps[0]`.
    pub source: String,
    /// Its title, or its id.
    pub title: Arc<str>,
    /// The scope that it is in.
    pub scope: u32,
    /// The scope that is in it.
    pub inner: Option<u32>,
    /// The edges that leave it, in the order written.
    pub outgoing: Range<u32>,
    /// Where in [`Graph::incoming`](super::Graph) the edges that lead to it are.
    pub incoming: Range<u32>,
    /// How many edges its join counts: those that lead to it, but not back.
    pub arity: u32,
    /// The same in later passes of its region: edges from outside are spent.
    pub arity_again: u32,
    /// The innermost region that it is in.
    pub region: Option<u32>,
    /// How its incoming edges start it.
    pub join: Join,
    /// The steps that are cancelled when its join is met, with `losers: cancel`.
    pub losers: Vec<u32>,
    /// Which outgoing edges may be taken.
    pub choose: Choose,
    /// Steps that are cancelled when it completes.
    pub cancels: Vec<u32>,
    /// Variables that it sets.
    pub set: Vec<(Arc<str>, Setter)>,
    /// How long it may take; for an activity, one attempt.
    pub timeout: Option<RunTimeLength>,
    /// What it is expected to take.
    pub sla: SlaNode,
    /// What undoes it.
    pub undo: Option<UndoNode>,
    /// What it holds of the instance's own pools: the pool's number and how much.
    pub resources: Vec<(u32, u32)>,
    /// What it holds of the engine's pools.
    pub engine_resources: Vec<(Arc<str>, u32)>,
    /// What it does.
    pub kind: Kind,
}

/// An edge.
pub struct Link {
    /// The step that it leaves.
    pub from: u32,
    /// The step that it leads to.
    pub to: u32,
    /// Where it stands in the document.
    pub source: String,
    /// The outcome that it listens to.
    pub on: Outcome,
    /// The condition.
    pub when: Option<Expression>,
    /// Taken when no other success edge was.
    pub otherwise: bool,
    /// For a signal edge: the name, and whether it interrupts.
    pub signal: Option<(Arc<str>, bool)>,
    /// The region that it restarts, if it is a back edge.
    pub back: Option<u32>,
    /// How often it may be taken, if it is a back edge.
    pub max_iterations: u32,
    /// The outermost region that it leaves: it stays open until that one is over.
    pub leaves: Option<u32>,
}

/// A region: a maximal set of steps that all reach one another, with one head.
pub struct Region {
    /// The scope that it is in.
    pub scope: u32,
    /// The region around it.
    pub parent: Option<u32>,
    /// Its only entry.
    pub head: u32,
    /// Its steps (those of inner regions too), ascending.
    pub steps: Vec<u32>,
    /// Its inner edges, back edges included, ascending.
    pub edges: Vec<u32>,
    /// The edges for which it is the outermost region that they leave, ascending.
    pub exits: Vec<u32>,
}

/// What an activity needs.
pub struct ActivityNode {
    /// The handler's name.
    pub handler: Arc<str>,
    /// Its input.
    pub with: Option<Template>,
    /// The end of all attempts.
    pub deadline: Option<RunTimeLength>,
    /// The longest silence between heartbeats.
    pub heartbeat: Option<RunTimeLength>,
    /// Whether and how a failed attempt is tried again.
    pub retry: CompiledRetry<RunTimeLength>,
    /// The queue that the work goes to.
    pub queue: Option<Arc<str>>,
    /// Which work goes first.
    pub priority: u8,
    /// Whether it may run again after a crash in its middle.
    pub idempotent: bool,
    /// The handler that tells whether it was done.
    pub check: Option<Arc<str>>,
}

/// What a user task needs.
pub struct TaskNode {
    /// Who may take it.
    pub candidates: CandidateSet,
    /// Who has it from the start.
    pub assignee: Option<Expression>,
    /// How it finds its person.
    pub routing: Routing,
    /// Validates the result.
    pub form: Option<jsonschema::Validator>,
    /// The result's schema, as written.
    pub form_schema: Payload,
    /// What the person is shown.
    pub data: Option<Template>,
    /// The outcomes to choose from.
    pub outcomes: Vec<String>,
    /// How soon people should look at it.
    pub priority: TaskPriority,
    /// When it should be done.
    pub due: Option<RunTimeLength>,
    /// When, and to which role, it escalates.
    pub escalate: Option<(RunTimeLength, String)>,
    /// The steps whose doers may not do it: scope-visible steps, by number.
    pub not_by: Vec<u32>,
    /// Working time.
    pub calendar: Option<Calendar>,
}

/// What a step does.
pub enum Kind {
    /// Calls a handler.
    Activity(Box<ActivityNode>),
    /// Waits for a person.
    UserTask(Box<TaskNode>),
    /// Waits.
    Timer {
        /// How long.
        delay: Option<RunTimeLength>,
        /// Until when: gives a timestamp, or a string that is one.
        until: Option<Template>,
        /// Whether its time passes while the instance is suspended.
        while_suspended: WhileSuspended,
    },
    /// Waits for a signal.
    Signal {
        /// Its name.
        name: Arc<str>,
        /// The correlation key it must carry.
        correlate: Option<Expression>,
        /// A condition on it.
        filter: Option<Expression>,
        /// What becomes of one that came early.
        early: Early,
    },
    /// Publishes an event.
    Emit {
        /// Its name.
        event: Arc<str>,
        /// Its data.
        data: Option<Template>,
    },
    /// Looks a table up.
    Decision {
        /// The rows.
        rules: Vec<(Option<Expression>, Template)>,
        /// Which rows count.
        hit: HitPolicy,
        /// What it gives when no row holds.
        default: Option<Template>,
    },
    /// Sets variables.
    Assign,
    /// Runs a child instance.
    Call {
        /// The flow's key.
        flow: Arc<str>,
        /// Which version.
        version: VersionRef,
        /// The child's input.
        with: Option<Template>,
        /// Whether it waits.
        wait: bool,
        /// What becomes of the child.
        on_cancel: OnCancel,
    },
    /// A scope.
    Group,
    /// A scope for each item.
    ForEach {
        /// The items.
        items: Expression,
        /// How many run side by side.
        concurrency: Option<u32>,
        /// How many may fail.
        failures: Option<u32>,
        /// What share may fail, in percent.
        percent: Option<f64>,
        /// The rest is cancelled once it holds.
        until: Option<Expression>,
        /// The signal that adds an item.
        append: Option<Arc<str>>,
    },
    /// A scope again and again.
    Loop {
        /// Judged before a pass.
        condition: Option<Expression>,
        /// Judged after a pass.
        until: Option<Expression>,
        /// How many passes there may be.
        max_iterations: u32,
    },
    /// Ends the instance.
    End {
        /// How.
        status: EndStatus,
        /// The output.
        output: Option<Template>,
        /// The error's code and message.
        error: Option<(String, Template)>,
        /// Whether what was completed is compensated first.
        compensate: bool,
    },
}
