//! Mortgages, of the shape that real ones have: people, checks side by side, an answer from outside, rules, and a
//! closing of several steps (w6). So many are under way at any time: where one ends the next one is started.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use flowwright::base::{InstanceId, Span};
use flowwright::engine::{Engine, EngineBuilder};
use flowwright::protocol::{ActivityError, Actor};
use flowwright::store::{Page, TaskFilter};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::{Done, completed};
use crate::Result;
use crate::args::Plan;
use crate::measure::Meter;
use crate::store::Site;

const FLOW: &str = "
flow: mortgage
vars: {credit: {}, income: {}, value: 0, decision: none, reason: ''}
defaults: {activity: {timeout: 30s, retry: {attempts: 4, initial: 10ms}}}
output: {decision: '${ vars.decision }', reason: '${ vars.reason }'}
steps:
  - {id: application, type: user_task, role: loan_officer, data: {n: '${ input.n }'}, due: 8h, next: [pull, income, order]}
  - {id: pull, type: activity, handler: work, with: {n: '${ input.n }', pad: '${ input.pad }'}, next: [score],
     compensate: {handler: work, with: {n: 0}}}
  - {id: score, type: activity, handler: work, with: {n: '${ input.n }', after: '${ steps.pull.output.left }'},
     set: {credit: output}, next: [triage]}
  - {id: income, type: activity, handler: work, with: {n: '${ input.n }'}, set: {income: output}, next: [triage]}
  - {id: order, type: activity, handler: order, with: {n: '${ input.n }'}, next: [appraisal]}
  - {id: appraisal, type: signal, name: appraised, timeout: 30d, set: {value: output.value}, next: [triage]}
  - id: triage
    type: decision
    hit: first
    rules:
      - when: vars.credit.n % 10 < 2
        output: {decision: declined, reason: outside the guidelines}
      - when: {all: [{field: vars.income.n, operator: gt, value: 0}, {field: vars.value, operator: gte, value: 100}]}
        output: {decision: \"${ vars.credit.n % 10 < 7 ? 'approved' : 'review' }\", reason: within all limits}
    default: {decision: review, reason: outside a limit}
    set: {decision: output.decision, reason: output.reason}
    choose: first
    next:
      - {to: close, when: output.decision == 'approved'}
      - {to: letter, when: output.decision == 'declined'}
      - {to: underwrite, else: true}
  - {id: underwrite, type: user_task, role: underwriter, priority: high, outcomes: [approved, declined], due: 1d,
     not_by: [application], data: {n: '${ input.n }', credit: '${ vars.credit }', value: '${ vars.value }'},
     set: {decision: output.outcome}, choose: first,
     next: [{to: close, when: output.outcome == 'approved'}, {to: letter, else: true}]}
  - id: close
    type: group
    join: any
    on_failure: compensate
    steps:
      - {id: title, type: activity, handler: work, with: {n: '${ input.n }'}}
      - {id: escrow, type: activity, needs: title, handler: work, with: {n: '${ input.n }', after: '${ steps.title.output.left }'}}
      - {id: fund, type: activity, needs: escrow, handler: work, with: {n: '${ input.n }', after: '${ steps.escrow.output.left }'}}
  - {id: letter, type: activity, join: any, handler: work, with: {n: '${ input.n }'}}
";

/// How many tasks a person looks at together.
const PAGE: usize = 500;

/// What handlers see and count.
struct Office {
    origin: Instant,
    measuring: AtomicBool,
    steps: AtomicU64,
    ended: AtomicU64,
    advances: Mutex<Vec<Duration>>,
    orders: UnboundedSender<InstanceId>,
}

impl Office {
    /// Counts an activity. What it gives says when it was left: the next one finds the time between the two.
    fn work(&self, input: &Value) -> Value {
        let entered = self.origin.elapsed();
        if self.measuring.load(Ordering::Relaxed) {
            self.steps.fetch_add(1, Ordering::Relaxed);
            if let Some(left) = input["after"].as_u64() {
                self.advances.lock().push(entered.saturating_sub(Duration::from_nanos(left)));
            }
        }
        json!({"n": input["n"].as_u64().unwrap_or_default() + 1, "left": self.origin.elapsed().as_nanos() as u64})
    }

    fn register(self: &Arc<Self>, builder: EngineBuilder) -> EngineBuilder {
        let (worker, orderer) = (Arc::clone(self), Arc::clone(self));
        builder
            .activity("work", move |_, input: Value| {
                let output = worker.work(&input);
                async move { Ok::<_, ActivityError>(output) }
            })
            .activity("order", move |context, input: Value| {
                let output = orderer.work(&input);
                // The office is closed when the measurement is over.
                let _closed = orderer.orders.send(context.instance());
                async move { Ok::<_, ActivityError>(output) }
            })
    }
}

/// Latency: from the end of a handler to the beginning of the next one of the same instance.
pub async fn run(site: &Site, plan: &Plan) -> Result<Done> {
    let (orders, ordered) = unbounded_channel();
    let office = Arc::new(Office {
        origin: Instant::now(),
        measuring: AtomicBool::new(false),
        steps: AtomicU64::new(0),
        ended: AtomicU64::new(0),
        advances: Mutex::default(),
        orders,
    });
    let engine = office.register(Engine::builder(site.store())).open().await?;
    engine.deploy(FLOW).await?;
    let mut people = JoinSet::new();
    people.spawn(sit(engine.clone(), Actor::new("otto").role("loan_officer"), ""));
    people.spawn(sit(engine.clone(), Actor::new("uma").role("underwriter"), "approved"));
    people.spawn(appraise(engine.clone(), ordered, Duration::from_millis(plan.think)));
    for place in 0..plan.n {
        people.spawn(borrow(engine.clone(), Arc::clone(&office), place, plan.n, plan.payload));
    }
    // Until as many have ended as there are places: then they are at all points of the flow.
    while office.ended.load(Ordering::Relaxed) < plan.n {
        pause(&mut people, Duration::from_millis(5)).await?;
    }
    office.ended.store(0, Ordering::Relaxed);
    office.measuring.store(true, Ordering::Relaxed);
    let meter = Meter::start(site)?;
    pause(&mut people, Duration::from_secs(plan.seconds)).await?;
    let (instances, steps) = (office.ended.load(Ordering::Relaxed), office.steps.load(Ordering::Relaxed));
    let spent = meter.stop()?;
    office.measuring.store(false, Ordering::Relaxed);
    people.shutdown().await;
    engine.shutdown(Span::from_secs(1)).await?;
    let latencies = std::mem::take(&mut *office.advances.lock()).into_iter().collect();
    let mut done = Done { instances, steps, spent, latencies, producers: plan.n, ..Done::default() };
    done.extra.insert("ended".to_owned(), json!(instances));
    done.extra.insert("think_ms".to_owned(), json!(plan.think));
    Ok(done)
}

/// Waits, and hears of whoever stopped working.
async fn pause(people: &mut JoinSet<Result<()>>, length: Duration) -> Result<()> {
    match tokio::time::timeout(length, people.join_next()).await {
        Err(_) => Ok(()),
        Ok(Some(stopped)) => stopped?.and(Err("somebody stopped working".into())),
        Ok(None) => Err("nobody works".into()),
    }
}

/// One application after the other, for ever.
async fn borrow(engine: Engine, office: Arc<Office>, place: u64, places: u64, bytes: usize) -> Result<()> {
    for round in 0.. {
        let input = json!({"n": place + round * places, "pad": "x".repeat(bytes)});
        let instance = engine.start("mortgage", input).await?;
        completed(&instance.wait().await?)?;
        office.ended.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// A person: looks into the inbox, and does all that is on the page.
async fn sit(engine: Engine, actor: Actor, outcome: &'static str) -> Result<()> {
    loop {
        let page = Page { limit: PAGE, after: None };
        let tasks = engine.inbox(&actor, TaskFilter::default(), &page).await?;
        if tasks.is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let mut calls = JoinSet::new();
        for task in tasks {
            let call = engine.complete(task.id, actor.clone(), outcome, json!({"signed": true}));
            calls.spawn(async move { call.await });
        }
        while let Some(done) = calls.join_next().await {
            done??;
        }
    }
}

/// The appraisers: every order is answered by a signal, after a while: between a half of `think` and one and a half, each
/// length as often as any other. With one length for all, those who began together would stay together for ever.
async fn appraise(engine: Engine, mut orders: UnboundedReceiver<InstanceId>, think: Duration) -> Result<()> {
    let mut reports = JoinSet::new();
    let mut length = 0;
    loop {
        tokio::select! {
            Some(instance) = orders.recv() => {
                length = (length + 61) % 101;
                let think = think * (50 + length) / 100;
                let signal = engine.signal(instance, "appraised", json!({"value": 240}));
                reports.spawn(async move {
                    tokio::time::sleep(think).await;
                    signal.await
                });
            }
            Some(sent) = reports.join_next() => sent??,
        }
    }
}
