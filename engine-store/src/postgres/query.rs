//! Questions about instances and what belongs to them.

use flowwright::base::{InstanceId, Timestamp};
use flowwright::store::{HistoryRow, InboxItem, InstanceFilter, InstanceSummary, Loaded, Page};

use super::core::Core;
use super::error::Trouble;
use super::flight::{Flight, ask};
use super::link::Link;
use super::param::{Param, params};
use super::row::{self, Id};
use crate::sql::codec::int;
use crate::sql::filter::{self, Query};
use crate::sql::statement as sql;

/// The snapshot and the tail belong together: both are read as they are at one moment.
pub(super) async fn load(core: &Core, id: InstanceId) -> Result<Option<Loaded>, Trouble> {
    let link = core.client().await?;
    let mut flight = Flight::of_one_moment();
    let summary = flight.add(sql::SUMMARY, params![Id::from(id)]);
    let snapshot = flight.add(sql::SNAPSHOT_OF, params![Id::from(id)]);
    let tail = flight.add(sql::TAIL, params![Id::from(id)]);
    flight.commit();
    let answers = flight.send(&link).await?;
    let Some(summary) = row::first(&answers[summary], row::summary)? else { return Ok(None) };
    let snapshot = row::first(&answers[snapshot], row::snapshot)?;
    let tail = row::all(&answers[tail], |row| row::history(row, id))?;
    Ok(Some(Loaded { summary, snapshot, tail }))
}

pub(super) async fn find_by_key(core: &Core, flow: &str, key: &str) -> Result<Option<InstanceId>, Trouble> {
    if has_nul([flow, key]) {
        return Ok(None);
    }
    row::first(&ask(&core.client().await?, sql::BY_KEY, params![flow, key]).await?, |row| row::id(row, 0))
}

/// No word in the database has this character, and PostgreSQL does not take it in a question.
fn has_nul<const N: usize>(words: [&str; N]) -> bool {
    words.iter().any(|word| word.contains('\0'))
}

pub(super) async fn history(
    core: &Core,
    id: InstanceId,
    after: u64,
    limit: usize,
) -> Result<Vec<HistoryRow>, Trouble> {
    let params = params![Id::from(id), int(after), sql_limit(limit)];
    row::all(&ask(&core.client().await?, sql::HISTORY_OF, params).await?, |row| row::history(row, id))
}

pub(super) async fn feed(core: &Core, after: u64, limit: usize) -> Result<Vec<HistoryRow>, Trouble> {
    let rows = ask(&core.client().await?, sql::FEED, params![int(after), sql_limit(limit)]).await?;
    row::all(&rows, |row| row::history(row, row::id(row, 5)?))
}

pub(super) async fn newest(core: &Core) -> Result<u64, Trouble> {
    let rows = ask(&core.client().await?, sql::NEWEST, params![]).await?;
    Ok(row::first(&rows, |row| Ok(row.try_get::<_, i64>(0)?))?.unwrap_or(0).cast_unsigned())
}

async fn number(link: &Link, id: InstanceId) -> Result<Option<i64>, Trouble> {
    row::first(&ask(link, sql::NUMBER, params![Id::from(id)]).await?, |row| Ok(row.try_get(0)?))
}

pub(super) async fn due(
    core: &Core,
    shards: &[u32],
    after: Option<(Timestamp, InstanceId)>,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<(Timestamp, InstanceId)>, Trouble> {
    let link = core.client().await?;
    let (wake, n) = match after {
        Some((wake, id)) => (wake.millis(), number(&link, id).await?.unwrap_or(0)),
        None => (i64::MIN, 0),
    };
    let params = params![numbers(shards), wake, n, until.millis(), sql_limit(limit)];
    let rows = ask(&link, sql::DUE, params).await?;
    row::all(&rows, |row| Ok((row::time(row, 0)?, row::id(row, 1)?)))
}

pub(super) async fn next_wake(
    core: &Core,
    shards: &[u32],
    after: Timestamp,
) -> Result<Option<Timestamp>, Trouble> {
    let params = params![numbers(shards), after.millis()];
    let rows = ask(&core.client().await?, sql::NEXT_WAKES, params).await?;
    let wake = row::first(&rows, |row| Ok(row.try_get::<_, Option<i64>>(0)?))?.flatten();
    Ok(wake.map(Timestamp::from_millis))
}

pub(super) async fn inbox(
    core: &Core,
    shards: &[u32],
    after: u64,
    limit: usize,
) -> Result<Vec<InboxItem>, Trouble> {
    let params = params![int(after), numbers(shards), sql_limit(limit)];
    let rows = ask(&core.client().await?, sql::ITEMS_OF, params).await?;
    row::all(&rows, |row| {
        Ok(InboxItem { id: row::uint(row, 0)?, instance: row::id(row, 1)?, input: row.try_get(2)? })
    })
}

/// Each shard once.
fn numbers(shards: &[u32]) -> Vec<i64> {
    let mut numbers: Vec<_> = shards.iter().map(|shard| i64::from(*shard)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

pub(super) async fn subscribers(
    core: &Core,
    name: &str,
    correlation: &str,
) -> Result<Vec<InstanceId>, Trouble> {
    if has_nul([name, correlation]) {
        return Ok(Vec::new());
    }
    let rows = ask(&core.client().await?, sql::SUBSCRIBERS, params![name, correlation]).await?;
    row::all(&rows, |row| row::id(row, 0))
}

pub(super) async fn instances(
    core: &Core,
    filter: &InstanceFilter,
    page: &Page,
) -> Result<Vec<InstanceSummary>, Trouble> {
    let link = core.client().await?;
    let before = match &page.after {
        None => None,
        Some(after) => Some(number(&link, after.parse()?).await?.ok_or_else(|| crate::unknown_place(after))?),
    };
    let query = filter::instances(filter, before, sql_limit(page.limit));
    let rows = ask(&link, &query.sql, values(&query)).await?;
    row::all(&rows, row::summary)
}

pub(super) async fn count(core: &Core, filter: &InstanceFilter) -> Result<u64, Trouble> {
    let query = filter::count(filter);
    let rows = ask(&core.client().await?, &query.sql, values(&query)).await?;
    Ok(row::first(&rows, |row| row::uint(row, 0))?.unwrap_or(0))
}

/// The parameters of a question.
pub(super) fn values(query: &Query) -> Vec<Param<'_>> {
    query.values.iter().map(|value| Box::new(value.clone()) as Param<'_>).collect()
}

pub(super) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
