//! Those who call: they start jobs and wait for them, send signals, and do what is in their inbox. Every answer goes to
//! the oracle.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{Error, ErrorKind, InstanceId, Result};
use flowwright::engine::{Engine, IfExists};
use flowwright::protocol::{Actor, TaskView};
use flowwright::store::{Page, TaskFilter};
use serde_json::json;

use crate::oracle::{Deed, Oracle};

/// How often a call is tried that may be tried again.
const TRIES: usize = 5;
/// For how long somebody waits for a job.
const PATIENCE: Duration = Duration::from_secs(20);

/// Within this every call is answered, one way or another.
const LONGEST: Duration = Duration::from_secs(300);

/// Waits for an answer. Where none comes the oracle hears of it.
async fn answer<T>(what: &str, call: impl IntoFuture<Output = Result<T>>, oracle: &Oracle) -> Result<T> {
    tokio::time::timeout(LONGEST, call.into_future()).await.unwrap_or_else(|_| {
        let error = Error::new(ErrorKind::Internal, format!("no answer within {LONGEST:?}"));
        oracle.failed(what, &error);
        Err(error)
    })
}

/// Starts a job, and waits for its end for a while.
pub async fn start(engine: Engine, n: usize, oracle: Arc<Oracle>) {
    for _ in 0..TRIES {
        let start = engine.start("job", json!({"n": n})).key(n.to_string(), IfExists::Return);
        match answer("a start", start, &oracle).await {
            Ok(instance) => {
                oracle.started(n, instance.id).await;
                match engine.wait_for(instance.id, PATIENCE).await {
                    Ok(outcome) => oracle.ended(instance.id, outcome).await,
                    Err(error) => oracle.failed(&format!("waiting for job {n}"), &error),
                }
                return;
            }
            Err(error) => oracle.failed(&format!("starting job {n}"), &error),
        }
    }
}

/// Sends a job its signal.
pub async fn signal(engine: Engine, n: usize, id: InstanceId, oracle: Arc<Oracle>) {
    let call = engine.signal(id, "go", json!(n)).id(n.to_string());
    match answer(&format!("{id}: a signal"), call, &oracle).await {
        Ok(_) => oracle.signalled(n, id).await,
        Err(error) if error.kind() == ErrorKind::InstanceClosed => oracle.closed(id).await,
        Err(error) => oracle.failed(&format!("the signal of job {n}"), &error),
    }
}

/// A clerk does one of the first tasks of the inbox, and asks again while nobody knows whether it is done.
pub async fn clerk(engine: Engine, number: usize, pick: usize, oracle: Arc<Oracle>) {
    let person = format!("clerk-{number}");
    let actor = Actor::new(&person).role("clerk");
    match engine.inbox(&actor, TaskFilter::default(), &Page { limit: 4, after: None }).await {
        Ok(tasks) if tasks.is_empty() => {}
        Ok(tasks) => complete(&engine, &tasks[pick % tasks.len()], person, &oracle).await,
        Err(error) => oracle.failed("an inbox", &error),
    }
}

/// Does a task.
pub async fn complete(engine: &Engine, task: &TaskView, person: String, oracle: &Oracle) {
    let outcome = if person == "clerk-1" { "no" } else { "yes" };
    let request = format!("{person} of {}", task.id);
    let actor = Actor::new(&person).role("clerk");
    let deed = Deed { task: task.id, person, request, outcome };
    for _ in 0..TRIES {
        let call = engine.complete(deed.task, actor.clone(), outcome, json!({"step": task.step}));
        match answer(&format!("{}: a task", task.id), call.request(&deed.request), oracle).await {
            Ok(()) => return oracle.done(deed).await,
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InstanceClosed) => {
                return oracle.refused(deed, &error).await;
            }
            Err(error) => oracle.failed("a task", &error),
        }
    }
}
