//! What a group writes, as statements in one flight with the end of the transaction.

use std::collections::BTreeSet;

use flowwright::base::{TaskId, Timestamp};
use flowwright::store::{TaskCursor, TaskRow};

use super::error::Trouble;
use super::flight::Flight;
use super::ground::Ground;
use super::link::Link;
use super::param::params;
use super::plan::{InstanceWrite, Writes};
use super::row::Id;
use crate::sql::codec::{self, int, json, task_key, uint};
use crate::sql::statement as sql;
use crate::sql::task::{Kind, entries};

/// Rows that go into one statement, in bytes of their large values: a message has a bound.
const MOST_BYTES: usize = 32 << 20;

/// Writes everything and ends the transaction. The answer is the number before the first that was taken in the line.
///
/// The line (see `STAND_IN_LINE`) is entered as late as can be and left by the server itself at the end of the flight:
/// no process holds others up there by being slow. All changes of the inbox are made in it, so that nobody in the
/// line waits for somebody who is not there yet.
pub(super) async fn write(
    client: &Link,
    ground: &Ground,
    writes: &Writes<'_>,
    line: i64,
) -> Result<u64, Trouble> {
    let mut flight = Flight::default();
    instances(&mut flight, writes)?;
    for part in chunks(writes.snapshots.iter(), |(_, snapshot)| snapshot.state.len()) {
        let seqs: Vec<_> = part.iter().map(|(_, snapshot)| int(snapshot.seq)).collect();
        let states: Vec<_> = part.iter().map(|(_, snapshot)| snapshot.state.as_slice()).collect();
        let numbers: Vec<_> = part.iter().map(|(n, _)| **n).collect();
        flight.add(sql::PUT_SNAPSHOTS, params![numbers, seqs, states]);
    }
    tasks(&mut flight, ground, writes);
    subscriptions(&mut flight, writes);
    let taken = numbered(&mut flight, writes, line);
    flight.commit();
    let answers = flight.send(client).await?;
    let last = match taken.and_then(|place| answers.get(place)).and_then(|rows| rows.first()) {
        Some(row) => uint(row.try_get(0)?),
        None => 0,
    };
    Ok(last.saturating_sub((writes.history.len() + writes.delivered.len()) as u64))
}

fn instances<'a>(flight: &mut Flight<'a>, writes: &'a Writes<'_>) -> Result<(), Trouble> {
    let freed: Vec<_> =
        writes.instances.iter().filter(|(_, write)| write.frees_key).map(|(n, _)| *n).collect();
    if !freed.is_empty() {
        flight.add(sql::FREE_KEYS, params![freed]);
    }
    for (statement, is_new) in [(sql::UPDATE_INSTANCES, false), (sql::INSERT_INSTANCES, true)] {
        let rows = writes.instances.iter().filter(|(_, write)| write.is_new == is_new);
        for part in chunks(rows, |(_, write)| write.row.result.as_ref().map_or(0, String::len)) {
            put_instances(flight, statement, &part);
        }
    }
    let (mut gone, mut fresh) = (Labels::default(), Labels::default());
    for (n, write) in &writes.instances {
        let change = write.labels()?;
        gone.extend(*n, change.gone);
        fresh.extend(*n, change.fresh);
    }
    gone.add(flight, sql::DELETE_LABELS);
    fresh.add(flight, sql::INSERT_LABELS);
    Ok(())
}

fn put_instances<'a>(flight: &mut Flight<'a>, statement: &'a str, part: &[(&'a i64, &'a InstanceWrite<'_>)]) {
    flight.add(
        statement,
        params![
            part.iter().map(|(n, _)| **n).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| Id::from(write.id)).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| i64::from(write.shard)).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.flow.as_str()).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| i64::from(write.row.version)).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.key.as_deref()).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.status.name()).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.wake.map(Timestamp::millis)).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.started.millis()).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.ended.map(Timestamp::millis)).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.parent.map(Id::from)).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.error_code.as_deref()).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| codec::labels(&write.row.labels)).collect::<Vec<_>>(),
            part.iter().map(|(_, write)| write.row.result.as_deref()).collect::<Vec<_>>(),
        ],
    );
}

#[derive(Default)]
struct Labels {
    names: Vec<String>,
    values: Vec<String>,
    instances: Vec<i64>,
}

impl Labels {
    fn extend(&mut self, n: i64, labels: Vec<(String, String)>) {
        for (name, value) in labels {
            self.names.push(name);
            self.values.push(value);
            self.instances.push(n);
        }
    }

    fn add<'a>(self, flight: &mut Flight<'a>, statement: &'a str) {
        if !self.names.is_empty() {
            flight.add(statement, params![self.names, self.values, self.instances]);
        }
    }
}

fn tasks<'a>(flight: &mut Flight<'a>, ground: &'a Ground, writes: &'a Writes<'_>) {
    let removed: Vec<_> = writes
        .tasks
        .iter()
        .filter(|(id, row)| row.is_none() && ground.tasks.contains_key(id))
        .map(|(id, _)| task_key(*id))
        .collect();
    if !removed.is_empty() {
        flight.add(sql::DELETE_TASKS, params![removed]);
    }
    let put: Vec<&TaskRow> = writes.tasks.values().copied().flatten().collect();
    for part in chunks(put, |row| row.view.len()) {
        put_tasks(flight, &part);
    }
    let (mut gone, mut fresh) = (Entries::default(), Entries::default());
    for (id, row) in &writes.tasks {
        let old = ground.tasks.get(id);
        // Entries hold the task's place in the order: another place, other entries.
        let stays = old.zip(*row).filter(|(old, row)| old.cursor() == row.cursor()).is_some();
        let before = old.map(entries).unwrap_or_default();
        let after = row.map(entries).unwrap_or_default();
        let kept: BTreeSet<_> =
            if stays { before.intersection(&after).copied().collect() } else { BTreeSet::new() };
        if let Some(old) = old {
            gone.extend(*id, old.cursor(), before.difference(&kept).copied());
        }
        if let Some(row) = row {
            fresh.extend(*id, row.cursor(), after.difference(&kept).copied());
        }
    }
    gone.add(flight, sql::DELETE_ENTRIES);
    fresh.add(flight, sql::INSERT_ENTRIES);
}

fn put_tasks<'a>(flight: &mut Flight<'a>, part: &[&'a TaskRow]) {
    let places: Vec<_> = part.iter().map(|row| row.cursor().urgency()).collect();
    flight.add(
        sql::PUT_TASKS,
        params![
            part.iter().map(|row| task_key(row.id)).collect::<Vec<_>>(),
            part.iter().map(|row| i64::from(row.id.activation)).collect::<Vec<_>>(),
            part.iter().map(|row| row.flow.as_str()).collect::<Vec<_>>(),
            part.iter().map(|row| row.step.as_str()).collect::<Vec<_>>(),
            part.iter().map(|row| row.assignee.as_deref()).collect::<Vec<_>>(),
            part.iter().map(|row| json(&row.candidates)).collect::<Vec<_>>(),
            part.iter().map(|row| json(&row.excluded)).collect::<Vec<_>>(),
            places.iter().map(|place| place.0).collect::<Vec<_>>(),
            places.iter().map(|place| place.1).collect::<Vec<_>>(),
            places.iter().map(|place| place.2).collect::<Vec<_>>(),
            part.iter().map(|row| row.view.as_slice()).collect::<Vec<_>>(),
        ],
    );
}

#[derive(Default)]
struct Entries<'a> {
    kinds: Vec<&'static str>,
    names: Vec<&'a str>,
    urgencies: Vec<i64>,
    dues: Vec<i64>,
    created: Vec<i64>,
    ids: Vec<Vec<u8>>,
}

impl<'a> Entries<'a> {
    fn extend(&mut self, id: TaskId, place: TaskCursor, entries: impl Iterator<Item = (Kind, &'a str)>) {
        let (urgency, due, created) = place.urgency();
        for (kind, name) in entries {
            self.kinds.push(kind.name());
            self.names.push(name);
            self.urgencies.push(urgency);
            self.dues.push(due);
            self.created.push(created);
            self.ids.push(task_key(id));
        }
    }

    fn add(self, flight: &mut Flight<'a>, statement: &'a str) {
        if !self.kinds.is_empty() {
            let Self { kinds, names, urgencies, dues, created, ids } = self;
            flight.add(statement, params![kinds, names, urgencies, dues, created, ids]);
        }
    }
}

fn subscriptions<'a>(flight: &mut Flight<'a>, writes: &'a Writes<'_>) {
    for (statement, begins) in [(sql::DELETE_SUBSCRIPTIONS, false), (sql::INSERT_SUBSCRIPTIONS, true)] {
        let rows: Vec<_> =
            writes.subscriptions.iter().filter(|(_, is)| **is == begins).map(|(row, _)| row).collect();
        if !rows.is_empty() {
            flight.add(
                statement,
                params![
                    rows.iter().map(|(_, row)| row.name.as_str()).collect::<Vec<_>>(),
                    rows.iter().map(|(_, row)| row.correlation.as_str()).collect::<Vec<_>>(),
                    rows.iter().map(|(id, _)| Id::from(*id)).collect::<Vec<_>>(),
                    rows.iter().map(|(_, row)| i64::from(row.activation)).collect::<Vec<_>>(),
                ],
            );
        }
    }
}

/// What is written in the line. The answer is where the last number is found among the answers.
fn numbered<'a>(flight: &mut Flight<'a>, writes: &'a Writes<'_>, line: i64) -> Option<usize> {
    let Writes { history, consumed, delivered, .. } = writes;
    if history.is_empty() && consumed.is_empty() && delivered.is_empty() {
        return None;
    }
    flight.add(sql::STAND_IN_LINE, params![line]);
    if !consumed.is_empty() {
        let ids: Vec<_> = consumed.iter().map(|id| int(*id)).collect();
        flight.add(sql::DELETE_ITEMS, params![ids]);
    }
    let count = history.len() + delivered.len();
    let taken = (count > 0).then(|| flight.add(sql::TAKE_NUMBERS, params![int(count as u64)]));
    // Numbers are counted back from the last one that was taken.
    let mut left = count;
    for part in chunks(history, |(_, row)| row.events.len()) {
        flight.add(
            sql::APPEND,
            params![
                int(left as u64),
                part.iter().map(|(n, _)| *n).collect::<Vec<_>>(),
                part.iter().map(|(_, row)| int(row.first_seq)).collect::<Vec<_>>(),
                part.iter().map(|(_, row)| int(row.last_seq)).collect::<Vec<_>>(),
                part.iter().map(|(_, row)| row.at.millis()).collect::<Vec<_>>(),
                part.iter().map(|(_, row)| row.events.as_slice()).collect::<Vec<_>>(),
            ],
        );
        left -= part.len();
    }
    for part in chunks(delivered, |item| item.input.len()) {
        flight.add(
            sql::INSERT_ITEMS,
            params![
                int(left as u64),
                part.iter().map(|item| i64::from(item.shard)).collect::<Vec<_>>(),
                part.iter().map(|item| Id::from(item.instance)).collect::<Vec<_>>(),
                part.iter().map(|item| item.dedup.as_deref()).collect::<Vec<_>>(),
                part.iter().map(|item| item.input.as_slice()).collect::<Vec<_>>(),
            ],
        );
        left -= part.len();
    }
    taken
}

/// Rows in parts that fit into one statement each.
fn chunks<T>(rows: impl IntoIterator<Item = T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let (mut parts, mut bytes) = (Vec::<Vec<T>>::new(), 0);
    for row in rows {
        let more = size(&row);
        match parts.last_mut().filter(|_| bytes + more <= MOST_BYTES) {
            Some(part) => part.push(row),
            None => {
                parts.push(vec![row]);
                bytes = 0;
            }
        }
        bytes += more;
    }
    parts
}
