//! The ids that leave the process.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, ErrorKind};

/// One running copy of a flow. Shown and stored as a UUID (version 7: ids ascend with time).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct InstanceId(#[schemars(with = "String")] Uuid);

impl InstanceId {
    /// Wraps a UUID that came from outside: the core never draws one itself.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The 128 bits, for stores that keep ids as bytes.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The shard that an instance belongs to, of `shards`. Stable over releases: stores write it down.
    pub fn shard(self, shards: u32) -> u32 {
        let folded = (self.0.as_u128() ^ (self.0.as_u128() >> 64)) as u64;
        let mixed = folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (mixed as u32) % shards.max(1)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for InstanceId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let uuid = Uuid::parse_str(text).map_err(|_| {
            Error::new(ErrorKind::InvalidArgument, format!("`{text}` is not an instance id (a UUID)"))
        })?;
        Ok(Self(uuid))
    }
}

/// One user task in an inbox: the instance, and the activation of its step. Shown as `UUID.N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The instance that waits for the task.
    pub instance: InstanceId,
    /// Which activation of a step of the instance it is (see [`Work`](crate::protocol::Work)).
    pub activation: u32,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.instance, self.activation)
    }
}

impl FromStr for TaskId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = text.rsplit_once('.').and_then(|(instance, activation)| {
            Some(Self { instance: instance.parse().ok()?, activation: activation.parse().ok()? })
        });
        parsed.ok_or_else(|| {
            Error::new(ErrorKind::InvalidArgument, format!("`{text}` is not a task id (INSTANCE.NUMBER)"))
        })
    }
}

impl Serialize for TaskId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for TaskId {
    fn schema_name() -> Cow<'static, str> {
        "TaskId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "A user task: `INSTANCE.NUMBER`.", "type": "string"})
    }
}

impl<'de> Deserialize<'de> for TaskId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
