//! Applying commits inside a transaction.

use std::collections::BTreeMap;

use flowwright::base::InstanceId;
use flowwright::store::{
    Commit, CommitOutcome, Delivery, FencingToken, HistoryRow, Rejection, SnapshotRow, SubscriptionRow,
    SummaryRow,
};
use rusqlite::{ErrorCode, params};

use super::error::Trouble;
use super::row::{self, Bytes};
use super::session::{Known, Session};
use super::task;
use crate::sql::codec::{self, int};
use crate::sql::statement as sql;

/// Either what is known of the instance after a check or a write, or why the commit is rejected.
type Verdict<T> = Result<T, Rejection>;

/// Applies a batch. The second part is what [`Commit::check`] said of each.
pub(super) fn batch(
    session: &mut Session<'_>,
    batch: Vec<Commit>,
    checked: &[(InstanceId, u64)],
) -> Result<Vec<CommitOutcome>, Trouble> {
    let mut rejected = BTreeMap::<InstanceId, Rejection>::new();
    let mut outcomes = Vec::with_capacity(batch.len());
    for (commit, (id, last_seq)) in batch.into_iter().zip(checked) {
        let verdict = match rejected.get(id) {
            Some(rejection) => Err(rejection.clone()),
            None => one(session, *id, *last_seq, &commit)?,
        };
        outcomes.push(match verdict {
            Ok(position) => CommitOutcome::Accepted { position },
            Err(rejection) => {
                rejected.insert(*id, rejection.clone());
                CommitOutcome::Rejected(rejection)
            }
        });
    }
    Ok(outcomes)
}

/// Everything that can lead to a rejection comes before the first write, or is that write.
fn one(
    session: &mut Session<'_>,
    id: InstanceId,
    last_seq: u64,
    commit: &Commit,
) -> Result<Verdict<u64>, Trouble> {
    if is_fenced(session, commit.shard, commit.fence)? {
        return Ok(Err(Rejection::Fenced));
    }
    let found = match &commit.summary {
        Some(row) if commit.expected_seq == 0 => create(session, id, commit.shard, row)?,
        row => advance(session, id, commit, row.as_ref())?,
    };
    let known = match found {
        Ok(known) => known,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let position = match &commit.history {
        Some(history) => append(session, known.n, history)?,
        None => 0,
    };
    session.remember(id, Known { seq: last_seq, ..known });
    if let Some(snapshot) = &commit.snapshot {
        put_snapshot(session, known.n, snapshot)?;
    }
    for write in &commit.tasks {
        task::write(session, write)?;
    }
    for (row, begins) in &commit.subscriptions {
        subscribe(session, id, row, *begins)?;
    }
    discard(session, &commit.consumed)?;
    deliver(session, &commit.outbox)?;
    Ok(Ok(position))
}

fn is_fenced(session: &mut Session<'_>, shard: u32, fence: Option<FencingToken>) -> Result<bool, Trouble> {
    match fence {
        Some(fence) => Ok(fence.0 < session.shards()?.fence(shard)),
        None => Ok(false),
    }
}

/// Inserts the instance, and asks what is in the way only if something is.
fn create(
    session: &mut Session<'_>,
    id: InstanceId,
    shard: u32,
    row: &SummaryRow,
) -> Result<Verdict<Known>, Trouble> {
    if let Some(known) = session.certain(id) {
        return Ok(Err(Rejection::SequenceMismatch { actual: known.seq }));
    }
    let inserted = session.prepared(sql::INSERT_INSTANCE)?.execute(params![
        id.uuid().as_bytes(),
        shard,
        row.flow,
        row.version,
        row.key,
        row.status.name(),
        row.wake.map(|wake| wake.millis()),
        row.started.millis(),
        row.ended.map(|ended| ended.millis()),
        row.parent.as_ref().map(|parent| *parent.uuid().as_bytes()),
        row.error_code,
        codec::labels(&row.labels),
        row.result,
    ]);
    match inserted {
        Ok(_) => {}
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            return in_the_way(session, id, row, error).map(Err);
        }
        Err(error) => return Err(error.into()),
    }
    let n = session.conn.last_insert_rowid();
    for label in &row.labels {
        session.prepared(sql::INSERT_LABEL)?.execute(params![label.0, label.1, n])?;
    }
    Ok(Ok(Known { n, seq: 0 }))
}

fn in_the_way(
    session: &mut Session<'_>,
    id: InstanceId,
    row: &SummaryRow,
    error: rusqlite::Error,
) -> Result<Rejection, Trouble> {
    if let Some(known) = session.locate(id)? {
        return Ok(Rejection::SequenceMismatch { actual: known.seq });
    }
    let owner = key_owner(session, row)?;
    owner.map(|instance| Rejection::KeyExists { instance }).ok_or(Trouble::Broken(error))
}

fn key_owner(session: &Session<'_>, row: &SummaryRow) -> Result<Option<InstanceId>, Trouble> {
    let Some(key) = &row.key else { return Ok(None) };
    row::first(&mut *session.prepared(sql::BY_KEY)?, params![row.flow, key], |row| row::id(row, 0))
}

/// Checks the place of a commit to an instance that exists, and writes its row if it has changed.
fn advance(
    session: &mut Session<'_>,
    id: InstanceId,
    commit: &Commit,
    row: Option<&SummaryRow>,
) -> Result<Verdict<Known>, Trouble> {
    let known = match session.locate(id)? {
        Some(known) if known.seq == commit.expected_seq => known,
        other => return Ok(Err(Rejection::SequenceMismatch { actual: other.map_or(0, |known| known.seq) })),
    };
    let Some(row) = row else { return Ok(Ok(known)) };
    if let Some(owner) = key_owner(session, row)?.filter(|owner| *owner != id) {
        return Ok(Err(Rejection::KeyExists { instance: owner }));
    }
    update(session, known.n, commit.shard, row)?;
    Ok(Ok(known))
}

fn update(session: &Session<'_>, n: i64, shard: u32, row: &SummaryRow) -> Result<(), Trouble> {
    let labels = codec::labels(&row.labels);
    let before: Option<String> = session.prepared(sql::LABELS_OF)?.query_row([n], |row| row.get(0))?;
    session.prepared(sql::UPDATE_INSTANCE)?.execute(params![
        shard,
        row.flow,
        row.version,
        row.key,
        row.status.name(),
        row.wake.map(|wake| wake.millis()),
        row.started.millis(),
        row.ended.map(|ended| ended.millis()),
        row.parent.as_ref().map(|parent| *parent.uuid().as_bytes()),
        row.error_code,
        labels,
        row.result,
        n,
    ])?;
    if before != labels {
        for (name, value) in codec::read_labels(before.as_deref())? {
            session.prepared(sql::DELETE_LABEL)?.execute(params![name, value, n])?;
        }
        for (name, value) in &row.labels {
            session.prepared(sql::INSERT_LABEL)?.execute(params![name, value, n])?;
        }
    }
    Ok(())
}

fn append(session: &mut Session<'_>, n: i64, history: &HistoryRow) -> Result<u64, Trouble> {
    session.append.execute(params![
        n,
        int(history.first_seq),
        int(history.last_seq),
        history.at.millis(),
        Bytes(&history.events)
    ])?;
    Ok(codec::uint(session.conn.last_insert_rowid()))
}

fn put_snapshot(session: &Session<'_>, n: i64, snapshot: &SnapshotRow) -> Result<(), Trouble> {
    session.prepared(sql::PUT_SNAPSHOT)?.execute(params![n, int(snapshot.seq), Bytes(&snapshot.state)])?;
    Ok(())
}

fn subscribe(
    session: &Session<'_>,
    id: InstanceId,
    row: &SubscriptionRow,
    begins: bool,
) -> Result<(), Trouble> {
    let statement = if begins { sql::SUBSCRIBE } else { sql::UNSUBSCRIBE };
    session.prepared(statement)?.execute(params![
        row.name,
        row.correlation,
        id.uuid().as_bytes(),
        row.activation
    ])?;
    Ok(())
}

/// Puts items into inboxes.
pub(super) fn deliver(session: &mut Session<'_>, items: &[Delivery]) -> Result<(), Trouble> {
    for Delivery { instance, shard, dedup, input } in items {
        let id = instance.uuid();
        session.prepared(sql::INSERT_ITEM)?.execute(params![shard, id.as_bytes(), dedup, Bytes(input)])?;
    }
    if !items.is_empty() {
        session.notify();
    }
    Ok(())
}

/// Removes items from inboxes.
pub(super) fn discard(session: &Session<'_>, items: &[u64]) -> Result<(), Trouble> {
    for item in items {
        session.prepared(sql::DELETE_ITEM)?.execute([int(*item)])?;
    }
    Ok(())
}
