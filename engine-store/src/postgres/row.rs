//! Rows to types, and types to parameters.

use std::error::Error as StdError;

use bytes::BytesMut;
use flowwright::base::{InstanceId, Timestamp};
use flowwright::protocol::CandidateSet;
use flowwright::store::{HistoryRow, InstanceSummary, SnapshotRow, SummaryRow, TaskRow, Uuid};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::error::Trouble;
use crate::sql::codec::{self, NEVER};
use crate::sql::filter::Value;

/// What reading or writing a single value gives.
type Coded<T> = Result<T, Box<dyn StdError + Sync + Send>>;

/// A UUID as a parameter and as a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id(pub Uuid);

impl From<InstanceId> for Id {
    fn from(id: InstanceId) -> Self {
        Self(id.uuid())
    }
}

impl ToSql for Id {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Coded<IsNull> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    accepts!(UUID);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Id {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Coded<Self> {
        Ok(Self(Uuid::from_slice(raw)?))
    }

    accepts!(UUID);
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Coded<IsNull> {
        match self {
            Self::Int(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            // Both of them are sent as they are.
            Self::Blob(bytes) => bytes.to_sql(&Type::BYTEA, out),
        }
    }

    accepts!(INT8, TEXT, BYTEA, UUID, UNKNOWN);
    to_sql_checked!();
}

pub(super) fn id(row: &Row, column: usize) -> Result<InstanceId, Trouble> {
    Ok(InstanceId::new(row.try_get::<_, Id>(column)?.0))
}

pub(super) fn time(row: &Row, column: usize) -> Result<Timestamp, Trouble> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

fn maybe_time(row: &Row, column: usize) -> Result<Option<Timestamp>, Trouble> {
    Ok(row.try_get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(super) fn uint(row: &Row, column: usize) -> Result<u64, Trouble> {
    Ok(codec::uint(row.try_get(column)?))
}

/// Versions and shards.
pub(super) fn small(row: &Row, column: usize) -> Result<u32, Trouble> {
    u32::try_from(row.try_get::<_, i64>(column)?).map_err(|_| codec::corrupt("a number").into())
}

/// `SUMMARY_COLUMNS`.
pub(super) fn summary(row: &Row) -> Result<InstanceSummary, Trouble> {
    Ok(InstanceSummary {
        instance: id(row, 0)?,
        seq: codec::uint(row.try_get::<_, Option<i64>>(1)?.unwrap_or(0)),
        row: SummaryRow {
            flow: row.try_get(2)?,
            version: small(row, 3)?,
            key: row.try_get(4)?,
            status: codec::read_status(row.try_get(5)?)?,
            wake: maybe_time(row, 6)?,
            started: time(row, 7)?,
            ended: maybe_time(row, 8)?,
            parent: row.try_get::<_, Option<Id>>(9)?.map(|parent| InstanceId::new(parent.0)),
            error_code: row.try_get(10)?,
            labels: codec::read_labels(row.try_get(11)?)?,
            result: row.try_get(12)?,
        },
    })
}

/// The first columns of `HISTORY_OF`, `TAIL` and `FEED`.
pub(super) fn history(row: &Row, instance: InstanceId) -> Result<HistoryRow, Trouble> {
    Ok(HistoryRow {
        instance: Some(instance),
        position: uint(row, 0)?,
        first_seq: uint(row, 1)?,
        last_seq: uint(row, 2)?,
        at: time(row, 3)?,
        events: row.try_get(4)?,
    })
}

pub(super) fn snapshot(row: &Row) -> Result<SnapshotRow, Trouble> {
    Ok(SnapshotRow { seq: uint(row, 0)?, state: row.try_get(1)? })
}

/// `TASK_COLUMNS`.
pub(super) fn task(row: &Row) -> Result<TaskRow, Trouble> {
    let due: i64 = row.try_get(7)?;
    Ok(TaskRow {
        id: codec::read_task_key(row.try_get(0)?)?,
        flow: row.try_get(1)?,
        step: row.try_get(2)?,
        assignee: row.try_get(3)?,
        candidates: codec::read_json::<CandidateSet>(row.try_get(4)?)?,
        excluded: codec::read_json(row.try_get(5)?)?,
        priority: codec::read_urgency(row.try_get(6)?)?,
        due: (due != NEVER).then_some(Timestamp::from_millis(due)),
        created: time(row, 8)?,
        view: row.try_get(9)?,
    })
}

/// All rows of an answer.
pub(super) fn all<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, Trouble>) -> Result<Vec<T>, Trouble> {
    rows.iter().map(read).collect()
}

/// The first row of an answer, if there is one.
pub(super) fn first<T>(
    rows: &[Row],
    read: impl FnOnce(&Row) -> Result<T, Trouble>,
) -> Result<Option<T>, Trouble> {
    rows.first().map(read).transpose()
}
