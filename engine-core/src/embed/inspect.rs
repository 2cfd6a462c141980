//! Requests that only look.

use serde_json::Value;

use super::answer::told;
use super::told::{InstancePage, Load, TaskPage, Verified};
use super::{InstancesQuery, TasksQuery};
use crate::base::{InstanceId, Result};
use crate::engine::Engine;
use crate::store::{InstanceFilter, Page, TaskCursor, TaskFilter, TaskSort};

pub(super) async fn history(engine: &Engine, instance: InstanceId) -> Result<Value> {
    let entries = engine.history(instance).await?;
    Ok(entries.into_iter().map(|entry| entry.json).collect())
}

pub(super) async fn verify(engine: &Engine, instance: Option<InstanceId>) -> Result<Value> {
    let audit = match instance {
        Some(instance) => engine.verify(instance).await?,
        None => engine.verify_all().await?,
    };
    told(&Verified { ok: audit.is_sound(), audit })
}

pub(super) fn load(engine: &Engine) -> Result<Value> {
    let (queued, running) = engine.load();
    told(&Load { queued, running, shards: engine.shards() })
}

fn page(limit: Option<usize>, after: Option<String>) -> Page {
    Page { limit: limit.unwrap_or(Page::default().limit), after }
}

fn instances_where(query: InstancesQuery) -> (InstanceFilter, Page) {
    let InstancesQuery { flow, status, labels, parent, started_from, started_before, limit, after } = query;
    (InstanceFilter { flow, status, labels, parent, started_from, started_before }, page(limit, after))
}

pub(super) async fn instances(engine: &Engine, query: InstancesQuery) -> Result<Value> {
    let (filter, page) = instances_where(query);
    let instances = engine.list(&filter, &page).await?;
    let next = page.last_of(&instances).map(|last| last.instance.to_string());
    told(&InstancePage { instances, next })
}

pub(super) async fn count(engine: &Engine, query: InstancesQuery) -> Result<Value> {
    Ok(engine.count(&instances_where(query).0).await?.into())
}

pub(super) async fn tasks(engine: &Engine, query: TasksQuery) -> Result<Value> {
    let sort = if query.oldest_first { TaskSort::Age } else { TaskSort::Urgency };
    let page = page(query.limit, query.after);
    let TasksQuery { visible_to, assignee, unassigned, flow, instance, priority, due_before, .. } = query;
    let filter = TaskFilter { visible_to, assignee, unassigned, flow, instance, priority, due_before, sort };
    let tasks = engine.tasks(&filter, &page).await?;
    let next = page.last_of(&tasks).map(|last| TaskCursor::from(last).to_string());
    told(&TaskPage { tasks, next })
}
