//! Requests that only look.

use serde_json::{Value, json};

use super::answer::told;
use super::{InstancesQuery, Request, TasksQuery};
use crate::base::{Error, ErrorKind, Result};
use crate::engine::Engine;
use crate::store::{InstanceFilter, Page, TaskCursor, TaskFilter, TaskSort};

pub(super) async fn answer(engine: &Engine, request: Request) -> Result<Value> {
    match request {
        Request::Get { instance } => told(&engine.get(instance).await?),
        Request::Summary { instance } => told(&engine.summary(instance).await?),
        Request::History { instance } => {
            let entries = engine.history(instance).await?;
            Ok(entries.into_iter().map(|entry| entry.json).collect())
        }
        Request::Explain { instance } => told(&engine.explain(instance).await?),
        Request::Find { flow, key } => told(&engine.find(&flow, &key).await?),
        Request::Instances(query) => instances(engine, query).await,
        Request::Count(query) => Ok(engine.count(&instances_where(query).0).await?.into()),
        Request::Tasks(query) => tasks(engine, *query).await,
        Request::Task { task } => told(&engine.task(task).await?),
        Request::Definitions {} => told(&engine.definitions().await?),
        Request::Verify { instance } => {
            let audit = match instance {
                Some(instance) => engine.verify(instance).await?,
                None => engine.verify_all().await?,
            };
            Ok(json!({"ok": audit.is_sound(), "audit": audit}))
        }
        Request::Load {} => {
            let (queued, running) = engine.load();
            Ok(json!({"queued": queued, "running": running, "shards": engine.shards()}))
        }
        other => Err(Error::new(ErrorKind::Internal, format!("{other:?} is carried out elsewhere"))),
    }
}

fn page(limit: Option<usize>, after: Option<String>) -> Page {
    Page { limit: limit.unwrap_or(Page::default().limit), after }
}

fn instances_where(query: InstancesQuery) -> (InstanceFilter, Page) {
    let InstancesQuery { flow, status, labels, parent, started_from, started_before, limit, after } = query;
    (InstanceFilter { flow, status, labels, parent, started_from, started_before }, page(limit, after))
}

async fn instances(engine: &Engine, query: InstancesQuery) -> Result<Value> {
    let (filter, page) = instances_where(query);
    let found = engine.list(&filter, &page).await?;
    let next = found.last().filter(|_| found.len() == page.limit).map(|last| last.instance);
    Ok(json!({"instances": told(&found)?, "next": next}))
}

async fn tasks(engine: &Engine, query: TasksQuery) -> Result<Value> {
    let sort = if query.oldest_first { TaskSort::Age } else { TaskSort::Urgency };
    let page = page(query.limit, query.after);
    let TasksQuery { visible_to, assignee, unassigned, flow, instance, priority, due_before, .. } = query;
    let filter = TaskFilter { visible_to, assignee, unassigned, flow, instance, priority, due_before, sort };
    let found = engine.tasks(&filter, &page).await?;
    let next =
        found.last().filter(|_| found.len() == page.limit).map(|last| TaskCursor::from(last).to_string());
    Ok(json!({"tasks": told(&found)?, "next": next}))
}
