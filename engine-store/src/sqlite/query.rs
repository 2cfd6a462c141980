//! Questions, each on a connection that reads.

use std::collections::BTreeSet;

use flowwright::base::{InstanceId, TaskId, Timestamp};
use flowwright::store::{
    HistoryRow, InboxItem, InstanceFilter, InstanceSummary, Loaded, Page, TaskCursor, TaskFilter, TaskRow,
};
use rusqlite::{Connection, params, params_from_iter};

use super::error::Trouble;
use super::row;
use crate::sql::codec::{int, task_key};
use crate::sql::filter;
use crate::sql::statement as sql;

/// The snapshot and the tail belong together: both are read as they are at one moment.
pub(super) fn load(conn: &mut Connection, id: InstanceId) -> Result<Option<Loaded>, Trouble> {
    let moment = conn.transaction()?;
    let Some((summary, n)) =
        row::first(&mut *moment.prepare_cached(sql::SUMMARY)?, [id.uuid().as_bytes()], |row| {
            Ok((row::summary(row)?, row.get::<_, i64>(13)?))
        })?
    else {
        return Ok(None);
    };
    let snapshot = row::first(&mut *moment.prepare_cached(sql::SNAPSHOT)?, [n], row::snapshot)?;
    let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
    let tail = rows(&moment, id, n, after, -1)?;
    Ok(Some(Loaded { summary, snapshot, tail }))
}

pub(super) fn summary(conn: &Connection, id: InstanceId) -> Result<Option<InstanceSummary>, Trouble> {
    row::first(&mut *conn.prepare_cached(sql::SUMMARY)?, [id.uuid().as_bytes()], row::summary)
}

pub(super) fn find_by_key(conn: &Connection, flow: &str, key: &str) -> Result<Option<InstanceId>, Trouble> {
    row::first(&mut *conn.prepare_cached(sql::BY_KEY)?, [flow, key], |row| row::id(row, 0))
}

pub(super) fn history(
    conn: &Connection,
    id: InstanceId,
    after: u64,
    limit: usize,
) -> Result<Vec<HistoryRow>, Trouble> {
    match number(conn, id)? {
        Some(n) => rows(conn, id, n, after, sql_limit(limit)),
        None => Ok(Vec::new()),
    }
}

fn rows(
    conn: &Connection,
    id: InstanceId,
    n: i64,
    after: u64,
    limit: i64,
) -> Result<Vec<HistoryRow>, Trouble> {
    let mut statement = conn.prepare_cached(sql::HISTORY)?;
    row::all(&mut statement, params![n, int(after), limit], |row| row::history(row, id))
}

pub(super) fn feed(conn: &Connection, after: u64, limit: usize) -> Result<Vec<HistoryRow>, Trouble> {
    let mut statement = conn.prepare_cached(sql::FEED)?;
    row::all(&mut statement, params![int(after), sql_limit(limit)], |row| row::history(row, row::id(row, 5)?))
}

pub(super) fn newest(conn: &Connection) -> Result<u64, Trouble> {
    Ok(conn.prepare_cached(sql::NEWEST)?.query_row([], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

fn number(conn: &Connection, id: InstanceId) -> Result<Option<i64>, Trouble> {
    row::first(&mut *conn.prepare_cached(sql::NUMBER)?, [id.uuid().as_bytes()], |row| Ok(row.get(0)?))
}

/// The first of each shard, merged: every query walks the index of one shard and stops at the limit.
pub(super) fn due(
    conn: &Connection,
    shards: &BTreeSet<u32>,
    after: Option<(Timestamp, InstanceId)>,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<(Timestamp, InstanceId)>, Trouble> {
    let place = match after {
        Some((wake, id)) => Some((wake.millis(), number(conn, id)?.unwrap_or(0))),
        None => None,
    };
    let mut found = BTreeSet::new();
    for shard in shards {
        let mut take = |statement: &str, from: i64, to: i64| {
            let params = params![shard, from, to, sql_limit(limit)];
            let rows = row::all(&mut *conn.prepare_cached(statement)?, params, |row| {
                Ok((row::time(row, 0)?, row.get::<_, i64>(1)?, row::id(row, 2)?))
            })?;
            found.extend(rows);
            Ok::<_, Trouble>(())
        };
        if let Some((wake, n)) = place.filter(|(wake, _)| *wake <= until.millis()) {
            take(sql::DUE_AT, wake, n)?;
        }
        // Nothing is due at the lowest number there is.
        take(sql::DUE_LATER, place.map_or(i64::MIN, |(wake, _)| wake), until.millis())?;
    }
    Ok(found.into_iter().take(limit).map(|(wake, _, id)| (wake, id)).collect())
}

pub(super) fn next_wake(
    conn: &Connection,
    shards: &BTreeSet<u32>,
    after: Timestamp,
) -> Result<Option<Timestamp>, Trouble> {
    let mut earliest = None;
    for shard in shards {
        let params = params![shard, after.millis()];
        let wake = row::first(&mut *conn.prepare_cached(sql::NEXT_WAKE)?, params, |row| row::time(row, 0))?;
        earliest = [earliest, wake].into_iter().flatten().min();
    }
    Ok(earliest)
}

/// The inbox is short and read from a place near its end, so it needs no index on the shard.
pub(super) fn inbox(
    conn: &Connection,
    shards: &BTreeSet<u32>,
    after: u64,
    limit: usize,
) -> Result<Vec<InboxItem>, Trouble> {
    let mut statement = conn.prepare_cached(sql::ITEMS)?;
    let mut rows = statement.query([int(after)])?;
    let mut items = Vec::new();
    while items.len() < limit {
        let Some(row) = rows.next()? else { break };
        if shards.contains(&row.get::<_, u32>(3)?) {
            let (id, instance, input) = (row::uint(row, 0)?, row::id(row, 1)?, row::bytes(row, 2)?);
            items.push(InboxItem { id, instance, input });
        }
    }
    Ok(items)
}

pub(super) fn notices(conn: &Connection) -> Result<u64, Trouble> {
    let notices = row::first(&mut *conn.prepare_cached(sql::NOTICES)?, [], |row| row::uint(row, 0))?;
    Ok(notices.unwrap_or(0))
}

pub(super) fn subscribers(
    conn: &Connection,
    name: &str,
    correlation: &str,
) -> Result<Vec<InstanceId>, Trouble> {
    let mut statement = conn.prepare_cached(sql::SUBSCRIBERS)?;
    row::all(&mut statement, [name, correlation], |row| row::id(row, 0))
}

pub(super) fn instances(
    conn: &Connection,
    filter: &InstanceFilter,
    page: &Page,
) -> Result<Vec<InstanceSummary>, Trouble> {
    let before = match &page.after {
        None => None,
        Some(after) => Some(number(conn, after.parse()?)?.ok_or_else(|| crate::unknown_place(after))?),
    };
    let query = filter::instances(filter, before, sql_limit(page.limit));
    row::all(&mut *conn.prepare_cached(&query.sql)?, params_from_iter(&query.values), row::summary)
}

pub(super) fn count(conn: &Connection, filter: &InstanceFilter) -> Result<u64, Trouble> {
    let query = filter::count(filter);
    let counted =
        row::first(&mut *conn.prepare_cached(&query.sql)?, params_from_iter(&query.values), |row| {
            row::uint(row, 0)
        })?;
    Ok(counted.unwrap_or(0))
}

pub(super) fn tasks(
    conn: &mut Connection,
    filter: &TaskFilter,
    page: &Page,
) -> Result<Vec<TaskRow>, Trouble> {
    let moment = conn.transaction()?;
    let after = page.after.as_ref().map(|place| task_place(&moment, place)).transpose()?;
    let mut found = Vec::new();
    for query in filter::tasks(filter, after.as_ref(), sql_limit(page.limit)) {
        let mut statement = moment.prepare_cached(&query.sql)?;
        found.extend(row::all(&mut statement, params_from_iter(&query.values), row::task)?);
    }
    found.sort_by(|one, other| one.cursor().compare(&other.cursor(), filter.sort));
    found.dedup_by(|one, other| one.id == other.id);
    found.truncate(page.limit);
    Ok(found)
}

fn task_place(conn: &Connection, text: &str) -> Result<TaskCursor, Trouble> {
    let Ok(id) = text.parse::<TaskId>() else { return Ok(text.parse()?) };
    let row = task(conn, id)?.ok_or_else(|| crate::unknown_place(text))?;
    Ok(row.cursor())
}

pub(super) fn task(conn: &Connection, id: TaskId) -> Result<Option<TaskRow>, Trouble> {
    row::first(&mut *conn.prepare_cached(sql::TASK)?, [task_key(id)], row::task)
}

pub(super) fn task_load(conn: &Connection, users: Vec<String>) -> Result<Vec<(String, u64)>, Trouble> {
    let mut statement = conn.prepare_cached(sql::TASK_LOAD)?;
    let load = |user: String| {
        let open = statement.query_row([&user], |row| row.get::<_, i64>(0))?;
        Ok((user, crate::sql::codec::uint(open)))
    };
    users.into_iter().map(load).collect()
}

fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
