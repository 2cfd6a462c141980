//! Rows to types, and types to parameters.

use flowwright::base::{InstanceId, Timestamp};
use flowwright::protocol::CandidateSet;
use flowwright::store::{HistoryRow, InstanceSummary, SnapshotRow, SummaryRow, TaskRow};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Params, Row, Statement, ToSql};

use super::error::Trouble;
use crate::sql::codec::{self, NEVER};
use crate::sql::filter::Value;

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Encoded bytes: as text where they are text, so that people can use SQL's functions on them.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl ToSql for Bytes<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let is_text = std::str::from_utf8(self.0).is_ok();
        Ok(ToSqlOutput::Borrowed(if is_text { ValueRef::Text(self.0) } else { ValueRef::Blob(self.0) }))
    }
}

/// Reads [`Bytes`].
pub(super) fn bytes(row: &Row<'_>, column: usize) -> Result<Vec<u8>, Trouble> {
    match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(bytes.to_vec()),
        _ => Err(codec::corrupt("an encoded value").into()),
    }
}

pub(super) fn id(row: &Row<'_>, column: usize) -> Result<InstanceId, Trouble> {
    Ok(codec::read_id(&row.get::<_, [u8; 16]>(column)?)?)
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, Trouble> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

pub(super) fn maybe_time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, Trouble> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(super) fn uint(row: &Row<'_>, column: usize) -> Result<u64, Trouble> {
    Ok(codec::uint(row.get(column)?))
}

/// `SUMMARY_COLUMNS`.
pub(super) fn summary(row: &Row<'_>) -> Result<InstanceSummary, Trouble> {
    let parent = row.get::<_, Option<[u8; 16]>>(9)?;
    Ok(InstanceSummary {
        instance: id(row, 0)?,
        seq: codec::uint(row.get::<_, Option<i64>>(1)?.unwrap_or(0)),
        row: SummaryRow {
            flow: row.get(2)?,
            version: row.get(3)?,
            key: row.get(4)?,
            status: codec::read_status(row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?)?,
            wake: maybe_time(row, 6)?,
            started: time(row, 7)?,
            ended: maybe_time(row, 8)?,
            parent: parent.map(|parent| codec::read_id(&parent)).transpose()?,
            error_code: row.get(10)?,
            labels: codec::read_labels(row.get_ref(11)?.as_str_or_null().map_err(rusqlite::Error::from)?)?,
            result: row.get(12)?,
        },
    })
}

/// The first columns of `HISTORY` and `FEED`.
pub(super) fn history(row: &Row<'_>, instance: InstanceId) -> Result<HistoryRow, Trouble> {
    Ok(HistoryRow {
        instance: Some(instance),
        position: uint(row, 0)?,
        first_seq: uint(row, 1)?,
        last_seq: uint(row, 2)?,
        at: time(row, 3)?,
        events: bytes(row, 4)?,
    })
}

pub(super) fn snapshot(row: &Row<'_>) -> Result<SnapshotRow, Trouble> {
    Ok(SnapshotRow { seq: uint(row, 0)?, state: bytes(row, 1)? })
}

/// `TASK_COLUMNS`.
pub(super) fn task(row: &Row<'_>) -> Result<TaskRow, Trouble> {
    let json = |column| -> Result<&str, Trouble> {
        Ok(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
    };
    let due: i64 = row.get(7)?;
    Ok(TaskRow {
        id: codec::read_task_key(&row.get::<_, Vec<u8>>(0)?)?,
        flow: row.get(1)?,
        step: row.get(2)?,
        assignee: row.get(3)?,
        candidates: codec::read_json::<CandidateSet>(json(4)?)?,
        excluded: codec::read_json(json(5)?)?,
        priority: codec::read_urgency(row.get(6)?)?,
        due: (due != NEVER).then_some(Timestamp::from_millis(due)),
        created: time(row, 8)?,
        view: bytes(row, 9)?,
    })
}

/// All rows of a statement.
pub(super) fn all<T>(
    statement: &mut Statement<'_>,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, Trouble>,
) -> Result<Vec<T>, Trouble> {
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The first row of a statement, if there is one.
pub(super) fn first<T>(
    statement: &mut Statement<'_>,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, Trouble>,
) -> Result<Option<T>, Trouble> {
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}
