//! Writing open tasks and the entries under which they are found.

use std::collections::BTreeSet;

use flowwright::base::TaskId;
use flowwright::store::{TaskCursor, TaskRow, TaskWrite};
use rusqlite::params;

use super::error::Trouble;
use super::row::{self, Bytes};
use super::session::Session;
use crate::sql::codec::{json, task_key};
use crate::sql::statement as sql;
use crate::sql::task::{Kind, entries};

pub(super) fn write(session: &Session<'_>, write: &TaskWrite) -> Result<(), Trouble> {
    match write {
        TaskWrite::Put(row) => put(session, row),
        TaskWrite::Remove(id) => remove(session, *id),
    }
}

fn put(session: &Session<'_>, row: &TaskRow) -> Result<(), Trouble> {
    let old = read(session, row.id)?;
    let (urgency, due, created) = row.cursor().urgency();
    let key = task_key(row.id);
    session.prepared(sql::PUT_TASK)?.execute(params![
        key,
        row.id.activation,
        row.flow,
        row.step,
        row.assignee,
        json(&row.candidates),
        json(&row.excluded),
        urgency,
        due,
        created,
        Bytes(&row.view)
    ])?;
    // Entries hold the task's place in the order: another place, other entries.
    let kept = old.as_ref().filter(|old| old.cursor() == row.cursor()).map(entries).unwrap_or_default();
    let wanted = entries(row);
    if let Some(old) = &old {
        let stays = |entry: &(Kind, &str)| kept.contains(entry) && wanted.contains(entry);
        let gone = entries(old).into_iter().filter(|entry| !stays(entry)).collect();
        change(session, sql::DELETE_ENTRY, &gone, old.cursor())?;
    }
    let fresh = wanted.difference(&kept).copied().collect();
    change(session, sql::INSERT_ENTRY, &fresh, row.cursor())
}

fn remove(session: &Session<'_>, id: TaskId) -> Result<(), Trouble> {
    let Some(old) = read(session, id)? else { return Ok(()) };
    session.prepared(sql::DELETE_TASK)?.execute([task_key(id)])?;
    change(session, sql::DELETE_ENTRY, &entries(&old), old.cursor())
}

fn read(session: &Session<'_>, id: TaskId) -> Result<Option<TaskRow>, Trouble> {
    row::first(&mut *session.prepared(sql::TASK)?, [task_key(id)], row::task)
}

/// Inserts or deletes entries of a task at its place in the order.
fn change(
    session: &Session<'_>,
    statement: &str,
    entries: &BTreeSet<(Kind, &str)>,
    place: TaskCursor,
) -> Result<(), Trouble> {
    let (urgency, due, created) = place.urgency();
    let key = task_key(place.id);
    for (kind, name) in entries {
        session.prepared(statement)?.execute(params![kind.name(), name, urgency, due, created, key])?;
    }
    Ok(())
}
