//! The flow.

use serde_json::Value;

use super::{Steps, setters};
use crate::definition::{ActivityDefaults, Defaults, Definition, Edge, Length, OnFailure, Sla, Step};

/// A flow that is being written. Steps and edges are added by [`Steps`].
///
/// Nothing is checked here: [`Graph::compile`](crate::graph::Graph::compile) checks what a document would be checked for
/// too, and [`Definition::from_json`] of [`Definition::to_json`] checks the fields alone.
///
/// ```
/// use flowwright::definition::{Definition, Document, Flow, Steps};
/// use serde_json::json;
///
/// let built = Flow::new("loan")
///     .activity("credit", |step| step.handler("credit.pull").with(json!({"id": "${ input.id }"})).timeout("2m"))
///     .user_task("review", |step| step.role("underwriter").due("1d").needs("credit"))
///     .build();
/// let read = Document::parse("
/// flow: loan
/// steps:
///   - {id: credit, type: activity, handler: credit.pull, with: {id: '${ input.id }'}, timeout: 2m}
///   - {id: review, type: user_task, role: underwriter, due: 1d, needs: credit}
/// ");
/// assert_eq!(read.definition, Some(built));
/// ```
#[derive(Clone, Debug)]
pub struct Flow {
    definition: Definition,
}

impl Flow {
    /// A flow with a key.
    pub fn new(key: impl Into<String>) -> Self {
        Self { definition: Definition { flow: key.into(), ..Definition::default() } }
    }

    /// What activities have where they say nothing.
    #[must_use]
    pub fn activity_defaults(mut self, defaults: ActivityDefaults) -> Self {
        self.definition.defaults = Defaults { activity: Some(defaults) };
        self
    }

    /// The definition.
    pub fn build(self) -> Definition {
        self.definition
    }
}

impl Steps for Flow {
    fn scope(&mut self) -> (&mut Vec<Step>, &mut Vec<Edge>) {
        (&mut self.definition.steps, &mut self.definition.edges)
    }
}

setters!(Flow, Definition, |this| this.definition, {
    some title: String;
    some description: String;
    entry(label) labels: String;
    some input: Value;
    entry(var) vars: Value;
    some output: Value;
    set on_failure: OnFailure;
    some timeout: Length;
    some sla: Sla;
    entry(pool) pools: u32;
});
