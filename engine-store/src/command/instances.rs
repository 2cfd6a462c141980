//! `flowwright instances`.

use flowwright::base::{InstanceId, Timestamp};
use flowwright::store::{InstanceFilter, InstanceSummary, Page};
use serde::Serialize;
use serde_json::json;

use super::answer::{Answer, Exit, Result};
use super::args::InstancesArgs;
use super::database::{Purpose, with_engine};
use super::table::{Table, cut};

/// Lists instances.
pub fn run(args: &InstancesArgs, json: bool) -> Result<Answer> {
    let page = page(args);
    let found = with_engine(&args.database, Purpose::Look, async |engine| {
        if let (Some(flow), Some(key)) = (&args.flow, &args.key) {
            return Ok(match engine.find(flow, key).await? {
                Some(instance) => vec![engine.summary(instance).await?],
                None => Vec::new(),
            });
        }
        Ok(engine.list(&filter(args), &page).await?)
    })?;
    let next = page.last_of(&found).filter(|_| args.key.is_none()).map(|last| last.instance);
    Ok(if json {
        Answer::json(&machine(&found, next), Exit::Ok)
    } else {
        Answer::text(text(&found, next), Exit::Ok)
    })
}

fn filter(args: &InstancesArgs) -> InstanceFilter {
    InstanceFilter {
        flow: args.flow.clone(),
        status: args.status.clone(),
        labels: args.labels.iter().cloned().collect(),
        parent: args.parent,
        started_from: args.from,
        started_before: args.before,
    }
}

fn page(args: &InstancesArgs) -> Page {
    Page { limit: args.limit as usize, after: args.after.map(|instance| instance.to_string()) }
}

fn machine(found: &[InstanceSummary], next: Option<InstanceId>) -> impl Serialize {
    json!({"instances": found, "next": next})
}

fn text(found: &[InstanceSummary], next: Option<InstanceId>) -> String {
    if found.is_empty() {
        return "no instances\n".into();
    }
    let mut table = Table::new(["INSTANCE", "FLOW", "STATUS", "STARTED", "ENDED", "KEY", "ERROR"]);
    for InstanceSummary { instance, row, .. } in found {
        table.row([
            instance.to_string(),
            format!("{}@{}", row.flow, row.version),
            row.status.name().to_owned(),
            row.started.to_string(),
            row.ended.as_ref().map(Timestamp::to_string).unwrap_or_default(),
            cut(row.key.as_deref().unwrap_or_default(), 40),
            row.error_code.clone().unwrap_or_default(),
        ]);
    }
    let more = next.map(|last| format!("\nmore: --after {last}\n"));
    table.text() + &more.unwrap_or_default()
}
