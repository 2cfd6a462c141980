//! JSON that is held once and shared.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A JSON value behind a reference count: what steps take and give. Cloning copies no data.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Payload(Arc<Value>);

impl Payload {
    /// JSON `null`, without an allocation of its own.
    pub fn null() -> Self {
        static NULL: OnceLock<Payload> = OnceLock::new();
        NULL.get_or_init(|| Self(Arc::new(Value::Null))).clone()
    }

    /// The value as something that can be changed: taken over where this is the only reference, copied otherwise.
    pub fn into_value(self) -> Value {
        Arc::try_unwrap(self.0).unwrap_or_else(|shared| (*shared).clone())
    }

    /// Roughly how many bytes the value takes as JSON text, without writing it.
    pub fn size(&self) -> usize {
        size_of_value(&self.0)
    }
}

fn size_of_value(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 12,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| size_of_value(item) + 1).sum::<usize>(),
        Value::Object(fields) => {
            2 + fields.iter().map(|(key, value)| key.len() + 4 + size_of_value(value)).sum::<usize>()
        }
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::null()
    }
}

impl Deref for Payload {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        if value.is_null() { Self::null() } else { Self(Arc::new(value)) }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
