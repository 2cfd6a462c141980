//! What is found outside of the history, compared with the state that it gives.

use std::collections::BTreeMap;

use super::finding::{Finding, FindingKind};
use crate::base::{InstanceId, Result, TaskId};
use crate::graph::Graph;
use crate::machine::State;
use crate::runtime::{summary, task_row};
use crate::store::{InstanceSummary, Page, Store, SummaryRow, TaskFilter, TaskRow};

/// How many tasks are read at once.
const PAGE: usize = 1_000;

/// Compares an instance's row.
pub(super) fn check_summary(stored: &InstanceSummary, state: &State, graph: &Graph) -> Result<Vec<Finding>> {
    let (instance, there) = (stored.instance, &stored.row);
    let here = summary(state, there.wake)?;
    let mut findings: Vec<Finding> = columns(&here)
        .into_iter()
        .zip(columns(there))
        .filter(|(here, there)| here != there)
        .map(|((name, here), (_, there))| {
            let found = format!("{name} {there}");
            Finding::new(FindingKind::SummaryDiffers, instance, format!("{name} {here}"), found)
        })
        .collect();
    if findings.is_empty() && !here.status.is_closed() {
        findings.extend(check_wake(instance, there, state, graph));
    }
    Ok(findings)
}

/// Every column as text, `wake` apart.
fn columns(row: &SummaryRow) -> [(&'static str, String); 10] {
    [
        ("flow", row.flow.clone()),
        ("version", row.version.to_string()),
        ("key", format!("{:?}", row.key)),
        ("status", row.status.name().to_owned()),
        ("labels", format!("{:?}", row.labels)),
        ("parent", format!("{:?}", row.parent)),
        ("started", row.started.to_string()),
        ("ended", format!("{:?}", row.ended)),
        ("error_code", format!("{:?}", row.error_code)),
        ("result", format!("{:?}", row.result)),
    ]
}

/// After a crash an instance is found by its `wake`: at once if handlers are out, otherwise when its next timer is due.
fn check_wake(instance: InstanceId, row: &SummaryRow, state: &State, graph: &Graph) -> Option<Finding> {
    let latest = if state.is_running(graph) { Some(crate::base::Timestamp::EPOCH) } else { state.next_due() };
    let latest = latest?;
    if row.wake.is_some_and(|wake| wake <= latest) {
        return None;
    }
    let found = row.wake.map_or_else(|| "never".to_owned(), |wake| wake.to_string());
    Some(Finding::new(FindingKind::WakeLate, instance, format!("wake at {latest} or before"), found))
}

/// Compares the tasks in inboxes. The answer also has how many are open.
pub(super) async fn check_tasks(
    store: &dyn Store,
    instance: InstanceId,
    state: &State,
    graph: &Graph,
) -> Result<(u64, Vec<Finding>)> {
    let mut offered = offered(store, instance).await?;
    let (open, mut findings) = (state.open_tasks(graph), Vec::new());
    for view in &open {
        let here = task_row(view)?;
        let task = format!("task {} of step `{}`", here.id, here.step);
        match offered.remove(&here.id) {
            Some(there) if there == here => {}
            Some(there) => {
                let (expected, found) = (shown(&here), shown(&there));
                findings.push(Finding::new(FindingKind::TaskDiffers, instance, expected, found));
            }
            None => findings.push(Finding::new(FindingKind::TaskMissing, instance, task, "no such task")),
        }
    }
    findings.extend(offered.values().map(unexpected));
    Ok((open.len() as u64, findings))
}

async fn offered(store: &dyn Store, instance: InstanceId) -> Result<BTreeMap<TaskId, TaskRow>> {
    let filter = TaskFilter { instance: Some(instance), ..TaskFilter::default() };
    let (mut offered, mut page) = (BTreeMap::new(), Page { limit: PAGE, after: None });
    while let Some(rows) = next(store, &filter, &mut page).await? {
        offered.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(offered)
}

/// The next page of tasks; none behind the last one.
async fn next(store: &dyn Store, filter: &TaskFilter, page: &mut Page) -> Result<Option<Vec<TaskRow>>> {
    let rows = store.tasks(filter, page).await?;
    page.after = rows.last().map(|row| row.cursor().to_string());
    Ok(page.after.is_some().then_some(rows))
}

/// Tasks of instances that are not there.
pub(super) async fn orphans(store: &dyn Store) -> Result<Vec<Finding>> {
    let (filter, mut page) = (TaskFilter::default(), Page { limit: PAGE, after: None });
    let (mut findings, mut known) = (Vec::new(), BTreeMap::new());
    while let Some(rows) = next(store, &filter, &mut page).await? {
        for row in rows {
            let instance = row.id.instance;
            let there = match known.get(&instance) {
                Some(there) => *there,
                None => store.summary(instance).await?.is_some(),
            };
            known.insert(instance, there);
            if !there {
                findings.push(unexpected(&row));
            }
        }
    }
    Ok(findings)
}

fn unexpected(row: &TaskRow) -> Finding {
    let task = format!("task {} of step `{}`", row.id, row.step);
    Finding::new(FindingKind::TaskUnexpected, row.id.instance, "no such task", task)
}

fn shown(row: &TaskRow) -> String {
    let TaskRow { id, flow, step, assignee, candidates, excluded, priority, created, due, view } = row;
    format!(
        "task {id} of {flow}, step {step}, {assignee:?} of {candidates:?} but {excluded:?}, {priority:?}, \
         {created} to {due:?}, {}",
        String::from_utf8_lossy(view)
    )
}

/// Whether messages that steps wait for would reach them.
pub(super) async fn check_subscriptions(
    store: &dyn Store,
    instance: InstanceId,
    state: &State,
    graph: &Graph,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for wait in state.subscriptions(graph) {
        let subscribers = store.subscribers(&wait.name, &wait.correlation).await?;
        if !subscribers.contains(&instance) {
            let expected = format!("a subscription to `{}` for `{}`", wait.name, wait.correlation);
            findings.push(Finding::new(FindingKind::SubscriptionMissing, instance, expected, "none"));
        }
    }
    Ok(findings)
}

/// Whether the instance's children and the one that called it are there, and no word between them is lost.
pub(super) async fn check_family(
    store: &dyn Store,
    shards: u32,
    instance: InstanceId,
    state: &State,
    graph: &Graph,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for child in state.awaited_children(graph) {
        // What is in an inbox goes when what it leads to is there: looked at in this order nothing slips through.
        let (kind, mail_for, found) = match store.summary(child).await? {
            None => (FindingKind::ChildMissing, child, "neither it nor its start in an inbox"),
            Some(row) if row.row.status.is_closed() && !state.has_deferred() => {
                (FindingKind::ChildUnheard, instance, "it has ended, and no word of it is in an inbox")
            }
            Some(_) => continue,
        };
        if has_mail(store, shards, mail_for).await? {
            continue;
        }
        if kind == FindingKind::ChildMissing && store.summary(child).await?.is_some() {
            continue;
        }
        findings.push(Finding::new(kind, instance, format!("the child instance {child}"), found));
    }
    if let Some(parent) = state.parent()
        && store.summary(parent.instance).await?.is_none()
    {
        let expected = format!("the calling instance {}", parent.instance);
        findings.push(Finding::new(FindingKind::ParentMissing, instance, expected, "none"));
    }
    Ok(findings)
}

async fn has_mail(store: &dyn Store, shards: u32, instance: InstanceId) -> Result<bool> {
    let mut after = 0;
    loop {
        let items = store.inbox(&[instance.shard(shards)], after, PAGE).await?;
        if items.iter().any(|item| item.instance == instance) {
            return Ok(true);
        }
        match items.last() {
            Some(last) if items.len() == PAGE => after = last.id,
            _ => return Ok(false),
        }
    }
}
