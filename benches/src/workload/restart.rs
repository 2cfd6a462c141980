//! A process with n open instances is killed, and another one goes on (w7).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flowwright::base::{InstanceId, Span};
use flowwright::engine::{Config, Engine};
use flowwright::protocol::ActivityError;
use flowwright::store::{InstanceFilter, Page};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::members::{Member, say};
use super::{Done, builder, close, park};
use crate::Result;
use crate::args::{Plan, StoreKind};
use crate::measure::{Latencies, Meter};
use crate::store::Site;

/// How long a dead process's shards are nobody else's. The time does not count: it is waited out before the opening.
const LEASE: Span = Span::from_millis(2_000);

/// Of so many instances one waits for a timer, the others for a signal.
const TIMERS: u64 = 10;

/// How many callers send signals.
const CALLERS: usize = 4_096;

const DUE: &str = "
flow: due
steps:
  - {id: due, type: timer, delay: '${ input }'}
  - {id: next, type: activity, handler: due, with: 1, needs: due}
";

/// How long the timers of the instances that wait for one run: longer than it takes to start them, and over when the
/// next process opens.
const fn delay(n: u64) -> Duration {
    Duration::from_millis(2_000 + n / 50)
}

fn config() -> Config {
    Config { lease: LEASE, ..Config::default() }
}

/// The process that is killed: opens n instances, says so, and waits.
///
/// # Errors
/// What the engine and the store give.
pub async fn fill(plan: &Plan, folder: &Path) -> Result<()> {
    let site = Site::of(plan, folder)?;
    let _engine = open_instances(&site, plan).await?;
    say("ready")?;
    std::future::pending::<()>().await;
    Ok(())
}

async fn open_instances(site: &Site, plan: &Plan) -> Result<Engine> {
    let engine =
        builder(site).activity("due", |_, n: u64| async move { Ok(n) }).config(config()).open().await?;
    engine.deploy(park::FLOW).await?;
    engine.deploy(DUE).await?;
    let delay = format!("{}ms", delay(plan.n).as_millis());
    let timers = plan.n / TIMERS;
    let waiting = Plan { n: plan.n - timers, ..plan.clone() };
    park::start(&engine, &waiting, &mut Vec::new()).await?;
    // The engine is gone before the first of them is due.
    let mut starting = JoinSet::new();
    for _ in 0..timers {
        if starting.len() == CALLERS
            && let Some(started) = starting.join_next().await
        {
            started??;
        }
        let start = engine.start("due", json!(delay));
        starting.spawn(async move { start.await.map(drop) });
    }
    while let Some(started) = starting.join_next().await {
        started??;
    }
    Ok(engine)
}

/// When the handlers of the instances were entered after the restart: behind a timer, and behind a signal.
#[derive(Default)]
struct Entered {
    count: AtomicUsize,
    timers: Mutex<Vec<Instant>>,
    signals: Mutex<Vec<Instant>>,
}

impl Entered {
    fn by(&self, list: &Mutex<Vec<Instant>>) {
        list.lock().push(Instant::now());
        self.count.fetch_add(1, Ordering::Release);
    }
}

/// Latency: from the opening to the moment at which an instance's next handler is entered.
pub async fn run(plan: &Plan) -> Result<Done> {
    let scratch = match &plan.dir {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let site = match plan.store {
        StoreKind::Memory => {
            let site = Site::of(plan, scratch.path())?;
            drop(open_instances(&site, plan).await?);
            site
        }
        _ => {
            killed(plan, scratch.path())?;
            Site::of(plan, scratch.path())?
        }
    };
    tokio::time::sleep(LEASE.to_std().max(delay(plan.n)) + Duration::from_millis(500)).await;
    let ids = waiting(&site).await?;
    go_on(&site, plan, ids).await
}

/// Fills the folder in a process of its own, and kills that.
fn killed(plan: &Plan, folder: &Path) -> Result<()> {
    let mut member = Member::start(plan, folder)?;
    member.hear()?;
    member.kill()
}

/// Those that wait for a signal.
async fn waiting(site: &Site) -> Result<Vec<InstanceId>> {
    let filter = InstanceFilter { flow: Some("wait".to_owned()), ..InstanceFilter::default() };
    let mut page = Page { limit: 5_000, after: None };
    let mut ids = Vec::new();
    loop {
        let rows = site.store().instances(&filter, &page).await?;
        let Some(last) = rows.last() else { return Ok(ids) };
        page.after = Some(last.instance.to_string());
        ids.extend(rows.iter().map(|row| row.instance));
    }
}

async fn go_on(site: &Site, plan: &Plan, ids: Vec<InstanceId>) -> Result<Done> {
    let entered = Arc::new(Entered::default());
    let (timers, signals) = (Arc::clone(&entered), Arc::clone(&entered));
    let meter = Meter::start(site)?;
    let engine = Engine::builder(site.store())
        .config(config())
        .activity("due", move |_, input: Value| {
            timers.by(&timers.timers);
            async move { Ok::<_, ActivityError>(input) }
        })
        .activity("add", move |_, input: Value| {
            signals.by(&signals.signals);
            async move { Ok::<_, ActivityError>(input) }
        })
        .open()
        .await?;
    let opened = meter.begun().elapsed();
    let mut signals = JoinSet::new();
    for id in ids {
        if signals.len() == CALLERS
            && let Some(sent) = signals.join_next().await
        {
            sent??;
        }
        let signal = engine.signal(id, "go", json!(null));
        signals.spawn(async move { signal.await });
    }
    while let Some(sent) = signals.join_next().await {
        sent??;
    }
    let all = usize::try_from(plan.n)?;
    for _ in 0..120_000 {
        if entered.count.load(Ordering::Acquire) >= all {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let spent = meter.stop()?;
    let (timers, signals) = (entered.timers.lock().clone(), entered.signals.lock().clone());
    if timers.len() + signals.len() < all {
        let (timers, signals) = (timers.len(), signals.len());
        return Err(format!("only {timers} and {signals} of {all} instances went on").into());
    }
    close(&engine).await?;
    let after = |at: &Instant| at.duration_since(meter.begun());
    let last_timer = timers.iter().map(after).max();
    let latencies: Latencies = timers.iter().chain(&signals).map(after).collect();
    let seconds = |share| latencies.percentile(share).map(|millis| millis / 1_000.0);
    let mut done = Done { instances: plan.n, steps: plan.n, spent, producers: plan.n, ..Done::default() };
    for (name, value) in [
        ("open_s", Some(opened.as_secs_f64())),
        ("first_s", seconds(0.0)),
        ("last_timer_s", last_timer.map(|last| last.as_secs_f64())),
        ("last_s", seconds(1.0)),
    ] {
        done.extra.insert(name.to_owned(), json!(value));
    }
    done.extra.insert("loads".to_owned(), json!(spent.counts.loads));
    Ok(Done { latencies, ..done })
}
