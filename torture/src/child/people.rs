//! People: they take tasks from their inbox and do them. Those of other processes do the same: one of them wins.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::Result;
use flowwright::protocol::{Actor, TaskView};
use flowwright::store::{Page, TaskFilter};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Mode, Office};
use crate::record::Record;

/// Who works.
const PEOPLE: [&str; 3] = ["ann", "bob", "cem"];

/// How many tasks a person looks at together.
const PAGE: usize = 30;

/// Works until the process is told to quit.
pub async fn work_on_and_on(office: Arc<Office>) {
    while office.mode() != Mode::Quit {
        for person in PEOPLE {
            let actor = Actor { roles: vec!["clerk".to_owned()], ..Actor::new(person) };
            if let Err(error) = work(&office, &actor).await {
                office.refused("inbox", &error);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Does what is in the inbox, side by side.
async fn work(office: &Arc<Office>, actor: &Actor) -> Result<()> {
    let (page, mut work) = (Page { limit: PAGE, after: None }, JoinSet::new());
    for task in office.engine.inbox(actor, TaskFilter::default(), &page).await? {
        let (office, actor) = (Arc::clone(office), actor.clone());
        work.spawn(async move {
            if let Err(error) = complete(&office, &actor, &task).await {
                office.refused("task", &error);
            }
        });
    }
    work.join_all().await;
    Ok(())
}

async fn complete(office: &Office, actor: &Actor, task: &TaskView) -> Result<()> {
    if task.assignee.is_none() {
        office.engine.claim(task.id, actor.clone()).await?;
    }
    // The same person may be at work in another process: both are told that it is done.
    let request = format!("done by {}", actor.id);
    let done = office.engine.complete(task.id, actor.clone(), "ok", json!({"by": actor.id}));
    done.request(request).await?;
    office.recorder.write(&Record::task_done(task.id, &actor.id));
    Ok(())
}
