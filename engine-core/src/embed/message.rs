//! What goes between an engine and another language.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Problem;
use crate::base::{InstanceId, Payload, Timestamp};
use crate::engine::ActivityContext;
use crate::protocol::{ActivityError, Purpose};

/// What another language says, in a batch.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message<'a> {
    /// A request, with the number that its answer carries.
    Call(u64, #[serde(borrow)] &'a RawValue),
    /// Nobody waits for an answer any more.
    Forget(u64),
    /// A handler returned.
    Done(u64, Payload),
    /// A handler failed.
    Fail(u64, ActivityError),
    /// A handler lives, and says how far it has come.
    Beat(u64, Payload),
    /// There is a handler of this name.
    Register(String),
}

/// What another language is told. As JSON: `{"answer": [1, …]}`, `{"error": [1, {…}]}`, `{"job": {…}}`, `{"cancel": 7}`.
#[derive(Debug)]
pub enum Delivery {
    /// The answer to a request.
    Answer(u64, Result<Value, Box<Problem>>),
    /// Work for a handler.
    Job(Box<Job>),
    /// The result of that work is not wanted any more.
    Cancel(u64),
}

impl Delivery {
    /// What came of a request.
    pub(super) fn answer(call: u64, answer: crate::base::Result<Value>) -> Self {
        Self::Answer(call, answer.map_err(|error| Box::new(Problem::from(error))))
    }
}

impl Serialize for Delivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Answer(call, Ok(value)) => map.serialize_entry("answer", &(call, value))?,
            Self::Answer(call, Err(problem)) => map.serialize_entry("error", &(call, problem))?,
            Self::Job(job) => map.serialize_entry("job", job)?,
            Self::Cancel(job) => map.serialize_entry("cancel", job)?,
        }
        map.end()
    }
}

/// One attempt of an activity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Job {
    /// Its number; goes back with the result.
    pub id: u64,
    /// The handler's name.
    pub handler: Arc<str>,
    /// Its input.
    pub input: Payload,
    /// The instance.
    pub instance: InstanceId,
    /// The step's path.
    pub step: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// What the handler is run for.
    pub purpose: Purpose,
    /// The same in every attempt.
    pub idempotency_key: String,
    /// When all attempts together have to be done.
    pub deadline: Option<Timestamp>,
    /// What the attempt before this one said last.
    pub last_heartbeat: Option<Payload>,
}

impl Job {
    pub(super) fn new(id: u64, handler: &Arc<str>, context: &ActivityContext, input: Payload) -> Self {
        Self {
            id,
            handler: Arc::clone(handler),
            input,
            instance: context.instance(),
            step: context.step().to_owned(),
            attempt: context.attempt(),
            purpose: context.purpose(),
            idempotency_key: context.idempotency_key().to_owned(),
            deadline: context.deadline(),
            last_heartbeat: context.last_heartbeat().cloned(),
        }
    }
}
