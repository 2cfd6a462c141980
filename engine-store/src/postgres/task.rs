//! Questions about open tasks.

use std::collections::HashMap;

use flowwright::base::TaskId;
use flowwright::store::{Page, TaskCursor, TaskFilter, TaskRow};

use super::core::Core;
use super::error::Trouble;
use super::flight::{Flight, ask};
use super::link::Link;
use super::param::params;
use super::query::{sql_limit, values};
use super::row;
use crate::sql::codec::task_key;
use crate::sql::filter;
use crate::sql::statement as sql;

/// The parts of the answer are read as they are at one moment, and merged.
pub(super) async fn tasks(core: &Core, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskRow>, Trouble> {
    let link = core.client().await?;
    let after = match &page.after {
        None => None,
        Some(text) => Some(place(&link, text).await?),
    };
    let queries = filter::tasks(filter, after.as_ref(), sql_limit(page.limit));
    let mut flight = Flight::of_one_moment();
    for query in &queries {
        flight.add(&query.sql, values(query));
    }
    flight.commit();
    let answers = flight.send(&link).await?;
    let mut found = Vec::new();
    for rows in &answers {
        found.extend(row::all(rows, row::task)?);
    }
    found.sort_by(|one, other| one.cursor().compare(&other.cursor(), filter.sort));
    found.dedup_by(|one, other| one.id == other.id);
    found.truncate(page.limit);
    Ok(found)
}

async fn place(link: &Link, text: &str) -> Result<TaskCursor, Trouble> {
    let Ok(id) = text.parse::<TaskId>() else { return Ok(text.parse()?) };
    let row = read(link, id).await?.ok_or_else(|| crate::unknown_place(text))?;
    Ok(row.cursor())
}

pub(super) async fn task(core: &Core, id: TaskId) -> Result<Option<TaskRow>, Trouble> {
    read(&core.client().await?, id).await
}

async fn read(link: &Link, id: TaskId) -> Result<Option<TaskRow>, Trouble> {
    row::first(&ask(link, sql::TASK, params![task_key(id)]).await?, row::task)
}

pub(super) async fn load(core: &Core, users: &[String]) -> Result<Vec<(String, u64)>, Trouble> {
    let rows = ask(&core.client().await?, sql::TASK_LOADS, params![users.to_vec()]).await?;
    let open: HashMap<String, u64> =
        row::all(&rows, |row| Ok((row.try_get(0)?, row::uint(row, 1)?)))?.into_iter().collect();
    Ok(users.iter().map(|user| (user.clone(), open.get(user).copied().unwrap_or(0))).collect())
}
