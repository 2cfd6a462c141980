//! Policies, durations and edges.

use std::time::Duration;

use serde_json::Value;

use super::setters;
use crate::base::Span;
use crate::definition::{
    ActivityDefaults, Backoff, Candidates, Compensate, Condition, Edge, Length, Need, Next, Outcome, Retry,
    Sla, expression_in,
};

impl From<Span> for Length {
    fn from(span: Span) -> Self {
        Self::Fixed(span)
    }
}

impl From<Duration> for Length {
    fn from(duration: Duration) -> Self {
        Self::Fixed(duration.into())
    }
}

impl From<&str> for Length {
    /// Reads what a document may have there. What is neither a duration nor `${ expression }` is taken for an
    /// expression as it stands, so that compiling the definition says what is wrong with it.
    fn from(text: &str) -> Self {
        match (expression_in(text), text.parse()) {
            (None, Ok(span)) => Self::Fixed(span),
            (cel, _) => Self::Expression(cel.unwrap_or(text).to_owned()),
        }
    }
}

setters!(Sla, Sla, |this| this, {
    some target: Length;
    some warn: Length;
});

setters!(Retry, Retry, |this| this, {
    some attempts: u32;
    set backoff: Backoff;
    some initial: Length;
    some max: Length;
    some factor: f64;
    some jitter: f64;
    list only: String;
    list except: String;
});

setters!(Candidates, Candidates, |this| this, {
    list roles: String;
    list groups: String;
    list users: String;
});

setters!(Compensate, Compensate, |this| this, {
    some with: Value;
    some retry: Retry;
    some timeout: Length;
});

impl Compensate {
    /// A compensation by a handler.
    pub fn new(handler: impl Into<String>) -> Self {
        Self { handler: handler.into(), ..Self::default() }
    }
}

setters!(ActivityDefaults, ActivityDefaults, |this| this, {
    some timeout: Length;
    some deadline: Length;
    some heartbeat: Length;
    some retry: Retry;
    some queue: String;
});

impl Edge {
    /// An edge between two steps.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { from: from.into(), to: to.into(), ..Self::default() }
    }
}

impl<A: Into<String>, B: Into<String>> From<(A, B)> for Edge {
    fn from((from, to): (A, B)) -> Self {
        Self::new(from, to)
    }
}

impl Next {
    /// An edge to a step.
    pub fn to(id: impl Into<String>) -> Self {
        Self { to: id.into(), ..Self::default() }
    }
}

impl From<&str> for Next {
    fn from(id: &str) -> Self {
        Self::to(id)
    }
}

impl Need {
    /// An edge from a step.
    pub fn from_step(id: impl Into<String>) -> Self {
        Self { step: id.into(), ..Self::default() }
    }
}

impl From<&str> for Need {
    fn from(id: &str) -> Self {
        Self::from_step(id)
    }
}

macro_rules! edges {
    ($($type:ident),+) => {
        $(
            setters!($type, $type, |this| this, {
                set on: Outcome;
                some interrupt: bool;
                some when: Condition;
                some max_iterations: u32;
            });

            impl $type {
                /// Listens to a signal that arrives while the step is active.
                #[must_use]
                pub fn on_signal(self, name: impl Into<String>) -> Self {
                    Self { on: Outcome::Signal, signal: Some(name.into()), ..self }
                }

                /// Taken when no other `success` edge of the step was taken.
                #[must_use]
                pub fn otherwise(self) -> Self {
                    Self { otherwise: true, ..self }
                }

                /// Marks the edge that goes back, in a cycle of several entries.
                #[must_use]
                pub fn back(self) -> Self {
                    Self { back: true, ..self }
                }
            }
        )+
    };
}

edges!(Edge, Next, Need);
