//! The state of an instance: dense, and changed by [`apply`](super::apply) alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::frame::Frame;
use crate::base::{InstanceId, Payload, Seed, Timestamp};
use crate::protocol::{At, Ending, Failure, Input, InstanceStatus, ParentRef, Signal, TimerKind};

/// A timer's place in the order in which timers fire: due time, then age of the step, then kind. Activation 0 is the
/// instance itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct TimerKey {
    pub due: Timestamp,
    pub activation: u32,
    pub kind: TimerKind,
}

/// Who waits for a signal: name, correlation key, activation.
pub(crate) type WaiterKey = (Arc<str>, Option<Arc<str>>, u32);

/// A signal that nobody waited for yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub number: u32,
    pub signal: Signal,
    pub expires: Option<Timestamp>,
}

/// The state of one instance.
///
/// It starts empty ([`State::new`]); [`decide`](super::decide) moves it on, [`apply`](super::apply) folds a history
/// into it. Its size is in proportion to what has been started, never to the length of the history.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) seq: u64,
    pub(crate) status: InstanceStatus,
    pub(crate) instance: Option<InstanceId>,
    pub(crate) flow: Option<Arc<str>>,
    pub(crate) version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<ParentRef>,
    pub(crate) started_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ending: Option<Box<Ending>>,
    pub(crate) input: Payload,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) vars: BTreeMap<Arc<str>, Payload>,
    /// Boxed: most instances have one, and a map makes room for eleven.
    pub(crate) frames: BTreeMap<u32, Box<Frame>>,
    pub(crate) next_frame: u32,
    pub(crate) activations: u32,
    #[serde(with = "pairs", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) timers: BTreeMap<TimerKey, At>,
    #[serde(with = "pairs", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) waiters: BTreeMap<WaiterKey, At>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) kept: Vec<Kept>,
    pub(crate) kept_count: u32,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) seen: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tasks: BTreeMap<u32, At>,
    /// Requests on user tasks that were answered: the same request again changes nothing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) requests: BTreeSet<(u32, String)>,
    /// Who did a task that is closed, for the one who comes second.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) done_by: BTreeMap<u32, String>,
    /// How much of each pool is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) pools: Vec<u32>,
    /// Steps that wait for pools, oldest first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) queue: BTreeMap<u32, At>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) deferred: Vec<Input>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) suspended_at: Option<Timestamp>,
    /// Every `for_each` with an `until`, which is judged after every `set`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) untils: BTreeSet<At>,
}

impl State {
    /// The state before anything has happened.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many events have been applied.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Where the instance stands.
    pub const fn status(&self) -> InstanceStatus {
        self.status
    }

    /// The instance; the nil id before it has started.
    pub fn instance(&self) -> InstanceId {
        self.instance.unwrap_or(InstanceId::new(uuid::Uuid::nil()))
    }

    /// The flow's key; empty before the instance has started.
    pub fn flow(&self) -> &str {
        self.flow.as_deref().unwrap_or_default()
    }

    /// The version of the flow that the instance is pinned to.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The caller's own key.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Words to find the instance by.
    pub const fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }

    /// The call that started the instance.
    pub const fn parent(&self) -> Option<&ParentRef> {
        self.parent.as_ref()
    }

    /// When it started.
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When it ended.
    pub const fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// How it ended.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_deref()
    }

    /// Its output; `null` until it has completed.
    pub fn output(&self) -> Payload {
        self.ending().map(|ending| ending.output.clone()).unwrap_or_default()
    }

    /// Its error, if it failed.
    pub fn error(&self) -> Option<&Failure> {
        self.ending().and_then(|ending| ending.error.as_ref())
    }

    /// Its input, defaults filled in.
    pub const fn input(&self) -> &Payload {
        &self.input
    }

    /// Its variables.
    pub const fn vars(&self) -> &BTreeMap<Arc<str>, Payload> {
        &self.vars
    }

    /// When [`Input::TimersDue`] is next worth giving. None while nothing is due, or the instance is suspended.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.status != InstanceStatus::Running {
            return None;
        }
        self.timers.first_key_value().map(|(key, _)| key.due)
    }

    /// The step whose timer fires next: its activation.
    pub(crate) fn next_timer(&self) -> Option<(Timestamp, u32)> {
        let (key, _) = self.timers.first_key_value()?;
        (self.status == InstanceStatus::Running).then_some((key.due, key.activation))
    }

    /// Signals that came before anybody waited for them.
    pub fn kept_signals(&self) -> impl Iterator<Item = &Signal> {
        self.kept.iter().map(|kept| &kept.signal)
    }

    pub(crate) fn seed(&self) -> Seed {
        Seed::of(self.instance())
    }

    /// The frame of a number. Frames are looked up by numbers that the state itself keeps.
    pub(crate) fn frame(&self, number: u32) -> Option<&Frame> {
        self.frames.get(&number).map(Box::as_ref)
    }

    /// The variables that are seen from a frame: those of the nearest `for_each` item that has set it, or the
    /// instance's.
    pub(crate) fn var(&self, frame: u32, name: &str) -> Option<&Payload> {
        let mut current = self.frames.get(&frame);
        while let Some(frame) = current {
            if let Some(value) = frame.vars.as_ref().and_then(|vars| vars.get(name)) {
                return Some(value);
            }
            current = frame.owner.and_then(|owner| self.frames.get(&owner.frame));
        }
        self.vars.get(name)
    }

    /// The frame whose variables a `set` in this frame changes; none for the instance's.
    pub(crate) fn vars_frame(&self, frame: u32) -> Option<u32> {
        let mut number = frame;
        loop {
            let frame = self.frames.get(&number)?;
            if frame.vars.is_some() {
                return Some(number);
            }
            number = frame.owner?.frame;
        }
    }
}

/// Maps whose keys are no strings, as lists of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: DeserializeOwned + Ord,
        V: DeserializeOwned,
        D: Deserializer<'de>,
    {
        Vec::<(K, V)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}
