//! What expressions see of a state: read in place, nothing is built for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Payload, Timestamp};
use crate::expr::{Cursor, Names, Value};
use crate::graph::{Graph, Kind};
use crate::protocol::{At, Failure, StepStatus};

use super::frame::{Doing, Frame, StepState};
use super::state::State;

/// The parts of the virtual objects, in the upper bits of a token.
const STEPS: u64 = 1 << 60;
const STEP: u64 = 2 << 60;
const STEP_ERROR: u64 = 3 << 60;
const ERROR: u64 = 4 << 60;
const VARS: u64 = 5 << 60;
const INSTANCE: u64 = 6 << 60;
const LABELS: u64 = 7 << 60;
const PART: u64 = 0xF << 60;

/// The fields of a step, of an error and of the instance.
const STEP_FIELDS: [&str; 5] = ["output", "status", "error", "attempt", "iteration"];
const ERROR_FIELDS: [&str; 5] = ["code", "message", "details", "step", "attempt"];
const INSTANCE_FIELDS: [&str; 4] = ["id", "key", "started_at", "labels"];

/// What an expression sees at one place of one instance.
pub(crate) struct View<'s> {
    pub graph: &'s Graph,
    pub state: &'s State,
    /// The frame that it is evaluated in.
    pub frame: u32,
    pub now: Timestamp,
    pub output: Option<&'s Payload>,
    pub error: Option<&'s Failure>,
    pub event: Option<&'s Payload>,
    pub iteration: Option<u32>,
    /// The step that is just completing: its `output` counts as its output already.
    pub own: Option<u32>,
    /// What it sets counts as set already.
    pub set: Option<&'s BTreeMap<Arc<str>, Payload>>,
    /// For the `until` of a `for_each`: the step.
    pub each: Option<At>,
}

impl<'s> View<'s> {
    pub fn new(graph: &'s Graph, state: &'s State, frame: u32, now: Timestamp) -> Self {
        Self {
            graph,
            state,
            frame,
            now,
            output: None,
            error: None,
            event: None,
            iteration: None,
            own: None,
            set: None,
            each: None,
        }
    }

    fn frames(&self) -> impl Iterator<Item = (u32, &'s Frame)> {
        let state = self.state;
        let mut next = Some(self.frame);
        std::iter::from_fn(move || {
            let number = next?;
            let frame = state.frame(number)?;
            next = frame.owner.map(|owner| owner.frame);
            Some((number, frame))
        })
    }

    /// A step of this scope or of one around it.
    fn step(&self, id: &str) -> Option<(u32, u32)> {
        self.frames().find_map(|(number, frame)| Some((number, self.graph.step_in(frame.scope, id)?)))
    }

    fn step_state(&self, token: u64) -> Option<&'s StepState> {
        let (frame, step) = ((token & !PART) >> 28, token & 0x0FFF_FFFF);
        Some(self.state.frame(u32::try_from(frame).ok()?)?.step(self.graph, u32::try_from(step).ok()?))
    }

    fn each_field<'a>(&'a self, name: &str) -> Option<Value<'a>> {
        let at = self.each?;
        let active = self.state.frame(at.frame)?.step(self.graph, at.step).active(at.run)?;
        let Doing::Each(each) = &active.doing else { return None };
        match name {
            "completed" => Some(Value::Int(i64::from(each.completed))),
            "failed" => Some(Value::Int(i64::from(each.failed))),
            "total" => Some(Value::Int(each.items.len() as i64)),
            "outputs" => {
                let outputs = each.outputs.iter();
                let values = outputs.map(|output| Value::from(&**output));
                Some(Value::List(values.collect::<Vec<_>>().into()))
            }
            _ => None,
        }
    }

    /// The pass of the innermost loop around.
    fn pass(&self) -> Option<u32> {
        self.frames().find_map(|(_, frame)| {
            let owner = frame.owner?;
            let is_loop = matches!(self.graph.steps[owner.step as usize].kind, Kind::Loop { .. });
            is_loop.then_some(frame.index)
        })
    }

    fn item(&self) -> Option<&'s Frame> {
        self.frames().map(|(_, frame)| frame).find(|frame| frame.item.is_some())
    }
}

impl Names for View<'_> {
    fn name<'a>(&'a self, name: &str) -> Option<Value<'a>> {
        match name {
            "input" => Some(Value::Json(&self.state.input)),
            "vars" => Some(Value::Cursor(self, VARS)),
            "steps" => Some(Value::Cursor(self, STEPS)),
            "instance" => Some(Value::Cursor(self, INSTANCE)),
            "now" => Some(time(self.now)),
            "output" => self.output.map(|output| Value::Json(output)),
            "error" => self.error.map(|_| Value::Cursor(self, ERROR)),
            "event" => self.event.map(|event| Value::Json(event)),
            "item" => self.item().and_then(|frame| frame.item.as_ref()).map(|item| Value::Json(item)),
            "index" => self.item().map(|frame| Value::Int(i64::from(frame.index))),
            "iteration" => self.iteration.or_else(|| self.pass()).map(|pass| Value::Int(i64::from(pass))),
            _ => self.each_field(name),
        }
    }
}

impl Cursor for View<'_> {
    fn field<'a>(&'a self, token: u64, key: &str) -> Option<Value<'a>> {
        match token & PART {
            STEPS => {
                let (frame, step) = self.step(key)?;
                Some(Value::Cursor(self, STEP | (u64::from(frame) << 28) | u64::from(step)))
            }
            STEP => {
                let step = self.step_state(token)?;
                let own =
                    self.own.filter(|own| token == STEP | (u64::from(self.frame) << 28) | u64::from(*own));
                match key {
                    "output" if own.is_some() => Some(Value::Json(self.output?)),
                    "status" if own.is_some() => Some(text(StepStatus::Completed.name())),
                    "output" => Some(Value::Json(&step.output)),
                    "status" => Some(text(step.status.name())),
                    "error" if step.error.is_none() => Some(Value::Null),
                    "error" => Some(Value::Cursor(self, STEP_ERROR | (token & !PART))),
                    "attempt" => Some(Value::Int(i64::from(step.attempt))),
                    "iteration" => Some(Value::Int(i64::from(step.iteration))),
                    _ => None,
                }
            }
            STEP_ERROR => failure_field(self.step_state(token)?.error.as_deref()?, key),
            ERROR => failure_field(self.error?, key),
            VARS => {
                let set = self.set.and_then(|set| set.get(key));
                set.or_else(|| self.state.var(self.frame, key)).map(|value| Value::Json(value))
            }
            INSTANCE => match key {
                "id" => Some(Value::text(self.state.instance().to_string())),
                "key" => Some(self.state.key().map_or(Value::Null, text)),
                "started_at" => Some(time(self.state.started_at)),
                "labels" => Some(Value::Cursor(self, LABELS)),
                _ => None,
            },
            LABELS => self.state.labels.get(key).map(|label| text(label)),
            _ => None,
        }
    }

    fn keys(&self, token: u64) -> Vec<String> {
        let mut keys: Vec<String> = match token & PART {
            STEPS => self
                .frames()
                .flat_map(|(_, frame)| self.graph.scopes[frame.scope as usize].steps.clone())
                .map(|step| self.graph.steps[step as usize].id.to_string())
                .collect(),
            STEP => STEP_FIELDS.map(str::to_owned).into(),
            STEP_ERROR | ERROR => ERROR_FIELDS.map(str::to_owned).into(),
            VARS => {
                let own =
                    self.frames().filter_map(|(_, frame)| frame.vars.as_ref()).flat_map(|vars| vars.keys());
                own.chain(self.state.vars.keys()).map(ToString::to_string).collect()
            }
            INSTANCE => INSTANCE_FIELDS.map(str::to_owned).into(),
            LABELS => self.state.labels.keys().cloned().collect(),
            _ => Vec::new(),
        };
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn failure_field<'a>(failure: &'a Failure, key: &str) -> Option<Value<'a>> {
    match key {
        "code" => Some(text(&failure.code)),
        "message" => Some(text(&failure.message)),
        "details" => Some(Value::Json(&failure.details)),
        "step" => Some(text(&failure.step)),
        "attempt" => Some(Value::Int(i64::from(failure.attempt))),
        _ => None,
    }
}

fn text(text: &str) -> Value<'_> {
    Value::borrowed(text)
}

fn time<'a>(at: Timestamp) -> Value<'a> {
    let time = chrono::DateTime::from_timestamp_millis(at.millis());
    time.map_or(Value::Int(at.millis()), Value::Timestamp)
}
