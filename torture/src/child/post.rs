//! The postman: he sends what instances wait for, each with an id, so that sending it again changes nothing.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{InstanceId, Result};
use flowwright::protocol::InstanceStatus;
use flowwright::store::{InstanceFilter, InstanceSummary, Page};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Mode, Office};
use crate::record::Record;

/// How many instances he visits together.
const PAGE: usize = 100;

/// Sends until the process is told to quit.
pub async fn send_on_and_on(office: Arc<Office>) {
    while office.mode() != Mode::Quit {
        if let Err(error) = send(&office).await {
            office.refused("list", &error);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn send(office: &Arc<Office>) -> Result<()> {
    let filter = InstanceFilter {
        flow: Some("wait".to_owned()),
        status: vec![InstanceStatus::Running],
        ..InstanceFilter::default()
    };
    let mut page = Page { limit: PAGE, after: None };
    loop {
        let rows = office.engine.list(&filter, &page).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        page.after = Some(last.instance.to_string());
        let mut letters = JoinSet::new();
        for InstanceSummary { instance, row, .. } in rows {
            if let Some(key) = row.key {
                letters.spawn(visit(Arc::clone(office), instance, key));
            }
        }
        letters.join_all().await;
    }
}

/// Brings an instance all that it waits for.
async fn visit(office: Arc<Office>, instance: InstanceId, key: String) {
    for (name, correlation) in [("go", None), ("paid", Some(key.as_str()))] {
        if let Err(error) = signal(&office, instance, name, correlation).await {
            office.refused("signal", &error);
        }
    }
}

async fn signal(office: &Office, instance: InstanceId, name: &str, correlation: Option<&str>) -> Result<()> {
    let id = format!("{name} for {instance}");
    let call = office.engine.signal(instance, name, json!(name)).id(id.clone());
    match correlation {
        Some(key) => call.correlation(key).await?,
        None => call.await?,
    };
    office.recorder.write(&Record::Signalled { instance, name: name.to_owned(), id });
    Ok(())
}
