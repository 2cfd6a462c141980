//! A process is killed while its handlers work: how long until another one has them at work again (w9).

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flowwright::engine::{Engine, EngineBuilder};
use flowwright::protocol::ActivityError;
use flowwright::store::InstanceFilter;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::members::{Member, say};
use super::{Done, close};
use crate::Result;
use crate::args::Plan;
use crate::measure::Meter;
use crate::store::Site;

/// How many instances the process has that is killed.
const INSTANCES: usize = 100;

const FLOW: &str = "flow: hold\nsteps: [{id: hold, type: activity, handler: hold, with: 1}]";

/// An engine as it comes, with a handler that tells when it is entered. `holds`: it never ends.
fn engine(site: &Site, holds: bool, entered: mpsc::UnboundedSender<Instant>) -> EngineBuilder {
    Engine::builder(site.store()).activity("hold", move |_, input: Value| {
        // Nobody may listen any more.
        let _late = entered.send(Instant::now());
        async move {
            if holds {
                std::future::pending::<()>().await;
            }
            Ok::<_, ActivityError>(input)
        }
    })
}

/// The process that is killed.
///
/// # Errors
/// What the engine and the store give.
pub async fn member(plan: &Plan, folder: &Path) -> Result<()> {
    let site = Site::of(plan, folder)?;
    let (sender, mut entered) = mpsc::unbounded_channel();
    let engine = engine(&site, true, sender).open().await?;
    while engine.shards().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..INSTANCES {
        engine.start("hold", json!({})).await?;
    }
    for _ in 0..INSTANCES {
        entered.recv().await.ok_or("nothing is held")?;
    }
    say("ready")?;
    std::future::pending().await
}

/// n times. Latency: from the kill to the moment at which the last of the dead process's handlers is entered again.
///
/// # Errors
/// What the engine and the store give.
pub async fn run(site: &Site, plan: &Plan) -> Result<Done> {
    let (sender, mut entered) = mpsc::unbounded_channel();
    let engine = engine(site, false, sender).open().await?;
    engine.deploy(FLOW).await?;
    let meter = Meter::start(site)?;
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..plan.n {
        let folder = Arc::new(site.folder().to_owned());
        let plan = plan.clone();
        let start = move || -> std::result::Result<Member, String> {
            let mut member = Member::start(&plan, &folder).map_err(|error| error.to_string())?;
            member.hear().map_err(|error| error.to_string())?;
            Ok(member)
        };
        let mut member = tokio::task::spawn_blocking(start).await??;
        let killed = Instant::now();
        member.kill()?;
        for count in 0..INSTANCES {
            let at = entered.recv().await.ok_or("nothing is held")?;
            if count == 0 {
                first.push(at - killed);
            }
            if count + 1 == INSTANCES {
                last.push(at - killed);
            }
        }
    }
    let spent = meter.stop()?;
    let all = plan.n * INSTANCES as u64;
    while engine.count(&InstanceFilter::default()).await? < all {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    close(&engine).await?;
    let longest = last.iter().max().map(Duration::as_secs_f64);
    let shortest = first.iter().min().map(Duration::as_secs_f64);
    let latencies = last.into_iter().collect();
    let mut done = Done { instances: all, steps: all, spent, latencies, producers: 1, ..Done::default() };
    done.extra.insert("first_min_s".to_owned(), json!(shortest));
    done.extra.insert("last_max_s".to_owned(), json!(longest));
    Ok(done)
}
