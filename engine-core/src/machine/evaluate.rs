//! Evaluating expressions, templates and durations at a place of an instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::MAX_PAYLOAD;
use super::decide::Decider;
use super::names::View;
use crate::base::{Payload, Span, Timestamp};
use crate::expr::{Budget, Expression, Template};
use crate::graph::{RunTimeLength, Setter};
use crate::protocol::{At, Failure};

/// Why an evaluation failed: the failure of the step that asked for it.
pub(super) type Evaluated<T> = Result<T, Box<Failure>>;

/// The failure of an expression: which one, and why.
pub(super) fn expression_failure(source: &str, why: impl std::fmt::Display) -> Box<Failure> {
    Box::new(Failure::new("expression", format!("`{source}`: {why}")))
}

/// Whether a condition holds.
pub(super) fn holds(view: &View<'_>, condition: Option<&Expression>) -> Evaluated<bool> {
    let Some(condition) = condition else { return Ok(true) };
    condition
        .holds(view, &mut Budget::default())
        .map_err(|error| expression_failure(condition.source(), error))
}

/// The data of a template; `null` without one.
pub(super) fn data(view: &View<'_>, what: &str, template: Option<&Template>) -> Evaluated<Payload> {
    let Some(template) = template else { return Ok(Payload::null()) };
    let payload = template
        .evaluate(view, &mut Budget::default())
        .map_err(|error| Box::new(Failure::new("expression", format!("in `{what}`: {error}"))))?;
    if template.is_static() { Ok(payload) } else { bounded(payload) }
}

/// A payload that is not too large.
pub(super) fn bounded(payload: Payload) -> Evaluated<Payload> {
    let size = payload.size();
    if size <= MAX_PAYLOAD {
        return Ok(payload);
    }
    let message = format!("a payload of about {size} bytes; at most {MAX_PAYLOAD} are kept");
    Err(Box::new(Failure::new("payload_too_large", message)))
}

/// The value of an expression as JSON.
pub(super) fn value(view: &View<'_>, expression: &Expression) -> Evaluated<Payload> {
    let evaluated = expression
        .evaluate(view, &mut Budget::default())
        .and_then(|value| value.to_json())
        .map_err(|error| expression_failure(expression.source(), error))?;
    bounded(Payload::from(evaluated))
}

/// The value of an expression as text.
pub(super) fn text(view: &View<'_>, expression: &Expression) -> Evaluated<String> {
    match value(view, expression)?.into_value() {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        other => Err(expression_failure(expression.source(), format!("gives {other}, where text is needed"))),
    }
}

/// A length of time.
pub(super) fn length(view: &View<'_>, length: &RunTimeLength) -> Evaluated<Span> {
    match length {
        RunTimeLength::Fixed(span) => Ok(*span),
        RunTimeLength::Expression(expression) => {
            let text = text(view, expression)?;
            text.parse().map_err(|_| {
                expression_failure(expression.source(), format!("gives `{text}`, which is not a duration"))
            })
        }
    }
}

/// A length of time that need not be there.
pub(super) fn optional(view: &View<'_>, length_of: Option<&RunTimeLength>) -> Evaluated<Option<Span>> {
    length_of.map(|of| length(view, of)).transpose()
}

/// A point in time that a length of time leads to.
pub(super) fn deadline(view: &View<'_>, length_of: Option<&RunTimeLength>) -> Evaluated<Option<Timestamp>> {
    Ok(optional(view, length_of)?.map(|span| view.now + span))
}

/// The variables that a step sets.
pub(super) fn assignments(
    view: &View<'_>,
    set: &[(Arc<str>, Setter)],
) -> Evaluated<BTreeMap<Arc<str>, Payload>> {
    let mut values = BTreeMap::new();
    for (name, setter) in set {
        let evaluated = match setter {
            Setter::Expression(expression) => value(view, expression)?,
            Setter::Data(template) => data(view, "set", Some(template))?,
        };
        values.insert(name.clone(), evaluated);
    }
    Ok(values)
}

impl Decider<'_> {
    /// What expressions see in a frame now.
    pub fn view(&self, frame: u32) -> View<'_> {
        View::new(self.graph, self.state, frame, self.now)
    }

    /// A failure at a step, with its path and attempt filled in.
    pub fn place_failure(&self, at: At, mut failure: Failure) -> Failure {
        if failure.step.is_empty() {
            failure.step = super::place::path(self.graph, self.state, at);
            failure.attempt = self.active(at).map_or(0, |active| active.attempt);
        }
        failure
    }
}
