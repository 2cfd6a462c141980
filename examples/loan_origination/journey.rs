//! One run: deploy, start every application, let people and services work, until only those wait who will never answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flowwright::base::{Error, ErrorKind, InstanceId, Result};
use flowwright::engine::{Engine, IfExists, InstanceHandle};
use flowwright::protocol::StepStatus;
use flowwright::store::Store;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::DEFINITION;
use super::books::Books;
use super::data::Application;
use super::people::{self, People};
use super::services::{self, AppraisalOrder, Services};

/// How soon a task is overdue where somebody is slow, absent or silent: nobody wants to watch for days.
const SOON: &str = "150ms";

/// A run that is over. The engine is still open, for questions.
pub struct Run {
    /// The engine.
    pub engine: Engine,
    /// The services, with their books.
    pub services: Arc<Services>,
    /// The instance of every application.
    pub instances: BTreeMap<String, InstanceId>,
    /// Applications whose instances had been started by an earlier run.
    pub taken_up: usize,
    /// How often somebody was refused as the second pair of eyes.
    pub refusals: usize,
    /// How long it took, from the first start to the last end.
    pub took: Duration,
}

/// Runs applications through the journey. `progress` is told how many have ended, and of how many.
///
/// Where store and books hold a run that was broken off, that one goes on.
///
/// # Errors
/// What the engine gives.
pub async fn run(
    store: Arc<dyn Store>,
    books: Books,
    applications: &[Application],
    mut progress: impl FnMut(usize, usize),
) -> Result<Run> {
    let (orders, ordered) = unbounded_channel();
    let services = Services::new(applications, books, orders);
    let engine = services::register(Engine::builder(store), &services).open().await?;
    let flow = engine.deploy(DEFINITION).await?.flow;
    let silent = people::silent(applications);
    let people = Arc::new(People::new(&engine, &flow, &services, silent.clone()));
    let finished = Arc::new(AtomicBool::new(false));

    let began = Instant::now();
    let mut office = tokio::spawn(appraise(engine.clone(), ordered));
    let mut desks = tokio::spawn({
        let (people, finished) = (Arc::clone(&people), Arc::clone(&finished));
        async move { people.work(&finished).await }
    });
    let handles = start_all(&engine, &flow, applications).await?;
    take_up(&engine, &services, &handles).await?;

    let ended = Arc::new(AtomicUsize::new(0));
    let mut waits = JoinSet::new();
    for (id, handle) in &handles {
        if !silent.contains(id) {
            let (handle, ended) = (handle.clone(), Arc::clone(&ended));
            waits.spawn(async move {
                let outcome = handle.wait().await;
                ended.fetch_add(1, Ordering::Relaxed);
                outcome.map(drop)
            });
        }
    }
    let total = waits.len();
    let mut pulse = tokio::time::interval(Duration::from_millis(50));
    while !waits.is_empty() {
        tokio::select! {
            Some(done) = waits.join_next() => joined(done)?,
            _ = pulse.tick() => progress(ended.load(Ordering::Relaxed), total),
            failed = &mut desks => return Err(stopped("people", joined(failed))),
            failed = &mut office => return Err(stopped("appraisers", joined(failed))),
        }
    }
    progress(total, total);
    reminded(&engine, silent.iter().filter_map(|id| handles.get(id)).map(|handle| handle.id)).await?;
    let took = began.elapsed();
    finished.store(true, Ordering::Relaxed);
    joined(desks.await)?;
    office.abort();
    Ok(Run {
        taken_up: handles.values().filter(|handle| handle.existing).count(),
        instances: handles.into_iter().map(|(id, handle)| (id, handle.id)).collect(),
        refusals: people.refusals(),
        engine,
        services,
        took,
    })
}

/// Starts an instance for every application; one that was started before is found by its key.
async fn start_all(
    engine: &Engine,
    flow: &str,
    applications: &[Application],
) -> Result<BTreeMap<String, InstanceHandle>> {
    let silent = people::silent(applications);
    let mut starts = JoinSet::new();
    for application in applications {
        let id = application.id.clone();
        let start = engine
            .start(flow, input(application, silent.contains(&id)))
            .key(id.clone(), IfExists::Return)
            .label("half", format!("{:?}", application.half()));
        starts.spawn(async move { start.await.map(|handle| (id, handle)) });
    }
    let mut handles = BTreeMap::new();
    while let Some(started) = starts.join_next().await {
        let (id, handle) = joined(started)?;
        handles.insert(id, handle);
    }
    Ok(handles)
}

/// What the borrower states, and how soon the tasks of this application are overdue.
fn input(application: &Application, silent: bool) -> Value {
    let mut input = json!({
        "application": application.id,
        "borrower": application.borrower(),
        "loan_amount": application.loan_amount,
        "price": application.price,
        "units": application.units,
        "self_employed": application.self_employed,
        "insurance_sought": application.insurance_sought,
        "occupied_by_owner": application.occupied_by_owner,
    });
    if silent || people::slow(application) {
        input["documents_within"] = SOON.into();
    }
    if people::unattended(application) {
        input["underwriting_within"] = SOON.into();
    }
    input
}

/// The appraisers' office: answers every order with a signal, until nobody orders any more.
async fn appraise(engine: Engine, mut orders: UnboundedReceiver<AppraisalOrder>) -> Result<()> {
    let mut reports = JoinSet::new();
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => { reports.spawn(report(engine.clone(), order)); }
                None => return Ok(()),
            },
            Some(sent) = reports.join_next() => joined(sent)?,
        }
    }
}

async fn report(engine: Engine, order: AppraisalOrder) -> Result<()> {
    let report = engine.signal(order.instance, "appraisal.completed", json!({"value": order.value}));
    // With an id, so that the same report twice is one report.
    report.id(order.reference.clone()).correlation(order.reference).await
}

/// The engine takes up by itself what a broken run left. The appraisers' office is outside of it and has forgotten its
/// orders: it is given those again that instances wait for.
async fn take_up(
    engine: &Engine,
    services: &Services,
    handles: &BTreeMap<String, InstanceHandle>,
) -> Result<()> {
    for (id, handle) in handles.iter().filter(|(_, handle)| handle.existing) {
        let view = engine.get(handle.id).await?;
        let waits = view.steps.get("appraisal").is_some_and(|step| step.status == StepStatus::Active);
        if let Some(application) = services.application(id).filter(|_| waits) {
            services.appraise(handle.id, application);
        }
    }
    Ok(())
}

/// Waits until the silent borrowers have been reminded: after that nothing happens to them any more.
async fn reminded(engine: &Engine, instances: impl Iterator<Item = InstanceId>) -> Result<()> {
    for instance in instances {
        let done = |status: StepStatus| status == StepStatus::Completed;
        while !engine.get(instance).await?.steps.get("remind").is_some_and(|step| done(step.status)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

fn stopped(who: &str, why: Result<()>) -> Error {
    why.err().unwrap_or_else(|| Error::new(ErrorKind::Internal, format!("the {who} stopped working")))
}

fn joined<T>(result: std::result::Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    result.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?
}
