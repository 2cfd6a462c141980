//! Values as columns.

use std::collections::BTreeMap;

use flowwright::base::{Error, ErrorKind, InstanceId, Result, TaskId};
use flowwright::definition::TaskPriority;
use flowwright::protocol::InstanceStatus;
use flowwright::store::Uuid;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What stands in `tasks.due` where there is no due time: it sorts last.
pub(crate) const NEVER: i64 = i64::MAX;

/// The priorities in the order of `tasks.urgency`: the most urgent is 0.
const URGENCY: [TaskPriority; 4] =
    [TaskPriority::Urgent, TaskPriority::High, TaskPriority::Normal, TaskPriority::Low];

/// How little urgent: the number that [`TaskCursor::urgency`](flowwright::store::TaskCursor::urgency) begins with.
pub(crate) fn urgency(priority: TaskPriority) -> i64 {
    (0..).zip(URGENCY).find(|(_, known)| *known == priority).map_or(2, |(urgency, _)| urgency)
}

pub(crate) fn read_urgency(urgency: i64) -> Result<TaskPriority> {
    usize::try_from(urgency)
        .ok()
        .and_then(|urgency| URGENCY.get(urgency).copied())
        .ok_or_else(|| corrupt("a priority"))
}

/// A task's id as 20 bytes that sort as the id does.
pub(crate) fn task_key(id: TaskId) -> Vec<u8> {
    [id.instance.uuid().as_bytes().as_slice(), &id.activation.to_be_bytes()].concat()
}

/// Reads [`task_key`].
pub(crate) fn read_task_key(key: &[u8]) -> Result<TaskId> {
    let (uuid, activation) = key.split_at_checked(16).ok_or_else(|| corrupt("a task id"))?;
    let activation = activation.try_into().map_err(|_| corrupt("a task id"))?;
    Ok(TaskId { instance: read_id(uuid)?, activation: u32::from_be_bytes(activation) })
}

pub(crate) fn read_uuid(bytes: &[u8]) -> Result<Uuid> {
    Uuid::from_slice(bytes).map_err(|_| corrupt("a UUID"))
}

pub(crate) fn read_id(bytes: &[u8]) -> Result<InstanceId> {
    read_uuid(bytes).map(InstanceId::new)
}

pub(crate) fn read_status(name: &str) -> Result<InstanceStatus> {
    let known = InstanceStatus::ALL.into_iter().find(|status| status.name() == name);
    known.ok_or_else(|| corrupt("a status"))
}

/// Labels as JSON; nothing where there are none.
pub(crate) fn labels(labels: &BTreeMap<String, String>) -> Option<String> {
    (!labels.is_empty()).then(|| json(labels))
}

pub(crate) fn read_labels(text: Option<&str>) -> Result<BTreeMap<String, String>> {
    text.map_or_else(|| Ok(BTreeMap::new()), read_json)
}

/// JSON of something that has no map with keys other than strings, and so always has a JSON form.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| corrupt("JSON").caused_by(error))
}

/// Sequence numbers, positions and lengths as the signed integers of SQL. None of them comes near the bound.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads [`int`].
pub(crate) fn uint(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(crate) fn corrupt(what: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("the database holds {what} that is none: restore it from a backup"),
    )
}
