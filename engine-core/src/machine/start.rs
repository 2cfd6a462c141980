//! The beginning of an instance.

use std::collections::BTreeMap;

use serde_json::Value;

use super::decide::{Decider, Refusal, Todo};
use super::evaluate;
use super::frame::Frame;
use super::state::State;
use super::{MAX_CALL_DEPTH, MAX_PAYLOAD};
use crate::base::{ErrorKind, Payload};
use crate::protocol::{At, Event, Failure, Start, StartedEvent};

impl Decider<'_> {
    pub(super) fn start(&mut self, start: Start) -> Result<(), Refusal> {
        let input = self.checked_input(start.input)?;
        if start.parent.as_ref().is_some_and(|parent| parent.depth > MAX_CALL_DEPTH) {
            let message = format!("calls are nested more than {MAX_CALL_DEPTH} deep");
            return Err(Refusal::new(ErrorKind::LimitReached, message));
        }
        // Variables and durations see the instance as it will be: its id, its input, no step.
        let draft = State {
            instance: Some(start.instance),
            key: start.key.clone(),
            labels: start.labels.clone(),
            input: input.clone(),
            started_at: self.now,
            frames: BTreeMap::from([(0, Box::new(Frame::new(self.graph, 0, None, 0, None)))]),
            ..State::default()
        };
        let view = super::names::View::new(self.graph, &draft, 0, self.now);
        let invalid = |failure: Box<Failure>| Refusal::new(ErrorKind::InvalidInput, failure.message);
        let mut vars = BTreeMap::new();
        for (name, template) in &self.graph.vars {
            vars.insert(name.clone(), evaluate::data(&view, "vars", Some(template)).map_err(invalid)?);
        }
        let started = StartedEvent {
            instance: start.instance,
            flow: self.graph.flow.clone(),
            version: start.version,
            key: start.key,
            vars,
            labels: start.labels,
            parent: start.parent,
            timeout: evaluate::deadline(&view, self.graph.timeout.as_ref()).map_err(invalid)?,
            warn: evaluate::deadline(&view, self.graph.sla.warn.as_ref()).map_err(invalid)?,
            target: evaluate::deadline(&view, self.graph.sla.target.as_ref()).map_err(invalid)?,
            input,
        };
        self.record(Event::InstanceStarted(Box::new(started)));
        self.start_frame(0);
        Ok(())
    }

    /// Puts the first steps of a frame in line.
    pub(super) fn start_frame(&mut self, number: u32) {
        let Some(frame) = self.state.frame(number) else { return };
        let scope = frame.scope;
        for step in &self.graph.scopes[scope as usize].starts {
            self.todo.push_back(Todo::Start(At::new(number, *step), 0));
        }
        self.later(Todo::Frame(number));
    }

    /// The input with the schema's defaults, if it satisfies the schema.
    fn checked_input(&self, input: Payload) -> Result<Payload, Refusal> {
        if input.size() > MAX_PAYLOAD {
            let message =
                format!("an input of about {} bytes; at most {MAX_PAYLOAD} are taken", input.size());
            return Err(Refusal::new(ErrorKind::TooLarge, message));
        }
        let Some(validator) = &self.graph.input else { return Ok(input) };
        let mut value = input.into_value();
        if value.is_null() && self.graph.input_schema.get("properties").is_some() {
            value = Value::Object(serde_json::Map::new());
        }
        fill_defaults(&self.graph.input_schema, &mut value);
        check_schema(validator, &value, "the input")?;
        Ok(Payload::from(value))
    }
}

/// Fills in the defaults of a schema's properties, where they are missing, at every depth.
fn fill_defaults(schema: &Value, value: &mut Value) {
    let (Some(properties), Some(fields)) =
        (schema.get("properties").and_then(Value::as_object), value.as_object_mut())
    else {
        return;
    };
    for (name, property) in properties {
        if let Some(default) = property.get("default") {
            fields.entry(name.clone()).or_insert_with(|| default.clone());
        }
        if let Some(field) = fields.get_mut(name) {
            fill_defaults(property, field);
        }
    }
}

/// Refuses a value that does not satisfy a schema, naming every place.
pub(super) fn check_schema(
    validator: &jsonschema::Validator,
    value: &Value,
    what: &str,
) -> Result<(), Refusal> {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .take(20)
        .map(|error| {
            let place = error.instance_path().to_string();
            if place.is_empty() { error.to_string() } else { format!("at {place}: {error}") }
        })
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    let message = format!("{what} does not satisfy its schema: {}", errors.join("; "));
    Err(Refusal::new(ErrorKind::InvalidInput, message))
}
