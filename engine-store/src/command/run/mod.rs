//! `flowwright run`: the real engine on a database, with handlers and people that play a script.

mod follow;
mod part;
mod people;
mod stage;

use std::sync::Arc;

use flowwright::base::{InstanceId, Payload, Span};
use flowwright::engine::{Engine, IfExists, Outcome};
use flowwright::protocol::InstanceStatus;
use flowwright::simulate::ScriptedSignal;
use flowwright::store::{InstanceFilter, Page};
use serde_json::{Value, json};

use self::follow::{Follower, Voice};
use self::stage::Stage;
use super::answer::{Answer, Exit, Result};
use super::args::RunArgs;
use super::database::{Purpose, block_on, close, open_engine, open_store};
use super::play::Play;
use super::simulate::exit_of;

/// Runs a flow, or goes on with the instance that is under way.
pub fn run(args: &RunArgs, json: bool) -> Result<Answer> {
    match Play::read(&args.play, json)? {
        Ok(play) => block_on(perform(args, play, json)),
        Err(answer) => Ok(answer),
    }
}

async fn perform(args: &RunArgs, play: Play, json: bool) -> Result<Answer> {
    let store = open_store(&args.database)?;
    let news = follow::last_position(&*store).await?;
    let stage = Stage::new(play.script.clone(), args.speed, args.longest);
    let graphs: Vec<_> = play.flows.values().chain([&play.graph]).cloned().collect();
    let engine = open_engine(&store, Purpose::Act, |builder| Ok(stage.describe(builder, &graphs))).await?;
    stage.enter(&engine);
    let result = session(args, play, &engine, &stage, news, json).await;
    stage.leave();
    close(&engine, &store).await?;
    result
}

/// From the start, or from where the instance was, to its end or until it is broken off.
async fn session(
    args: &RunArgs,
    play: Play,
    engine: &Engine,
    stage: &Arc<Stage>,
    news: u64,
    json: bool,
) -> Result<Answer> {
    let signals = play.script.signals.clone();
    let begun = begin(args, play, engine).await?;
    if !args.quiet {
        eprintln!("instance {}{}", begun.id, if begun.existing { ": going on" } else { "" });
    }
    let voice = Voice { quiet: args.quiet, database: args.database.db.to_string() };
    let mut follower = Follower::new(engine, stage, begun.id, news, voice);
    follower.admit_family().await?;
    let sender = tokio::spawn(send_signals(engine.clone(), Arc::clone(stage), begun.id, signals));
    let outcome = tokio::select! {
        outcome = engine.wait(begun.id) => Some(outcome?),
        error = follower.run() => return Err(error),
        () = out_of_time(args.wait) => None,
        () = interrupted() => None,
    };
    sender.abort();
    follower.rest().await?;
    match outcome {
        Some(outcome) => Ok(ended(&begun, &outcome, json)),
        None => broken_off(&begun, engine, json).await,
    }
}

/// The instance of a session.
struct Begun {
    id: InstanceId,
    /// Whether it was there already.
    existing: bool,
}

/// Deploys the flows, and starts an instance or finds the one to go on with.
async fn begin(args: &RunArgs, play: Play, engine: &Engine) -> Result<Begun> {
    for graph in play.flows.into_values() {
        engine.deploy_graph(graph).await?;
    }
    let flow = play.graph.flow().to_owned();
    let deployed = engine.deploy_graph(play.graph).await?;
    if play.key.is_none()
        && !args.new
        && let Some(id) = under_way(engine, &flow).await?
    {
        // It goes on by itself now that an engine owns it.
        return Ok(Begun { id, existing: true });
    }
    let input = Payload::from(play.input.unwrap_or_default());
    let mut start = engine.start(&flow, input).version(deployed.version);
    if let Some(key) = play.key {
        start = start.key(key, IfExists::Return);
    }
    let handle = start.await?;
    Ok(Begun { id: handle.id, existing: handle.existing })
}

/// The newest instance of a flow that has not ended and that no other instance called.
async fn under_way(engine: &Engine, flow: &str) -> Result<Option<InstanceId>> {
    let status = vec![InstanceStatus::Pending, InstanceStatus::Running, InstanceStatus::Suspended];
    let filter = InstanceFilter { flow: Some(flow.to_owned()), status, ..InstanceFilter::default() };
    let mut page = Page::default();
    loop {
        let found = engine.list(&filter, &page).await?;
        if let Some(open) = found.iter().find(|summary| summary.row.parent.is_none()) {
            return Ok(Some(open.instance));
        }
        match found.last().filter(|_| found.len() == page.limit) {
            Some(last) => page.after = Some(last.instance.to_string()),
            None => return Ok(None),
        }
    }
}

/// Sends the script's signals, each with an id, so that a second run does not send them twice.
async fn send_signals(
    engine: Engine,
    stage: Arc<Stage>,
    instance: InstanceId,
    mut signals: Vec<ScriptedSignal>,
) {
    signals.sort_by_key(|signal| signal.at);
    let mut before = Span::ZERO;
    for (number, signal) in signals.into_iter().enumerate() {
        stage.pause(Span::from_millis(signal.at.millis() - before.millis())).await;
        before = signal.at;
        let id = signal.id.unwrap_or_else(|| format!("script-{number}"));
        let mut call = engine.signal(instance, &signal.name, signal.payload).id(id);
        if let Some(key) = signal.correlation {
            call = call.correlation(key);
        }
        if let Err(error) = call.await {
            eprintln!("refused: signal {}: {}", signal.name, error.message());
        }
    }
}

async fn out_of_time(wait: Option<Span>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait.to_std()).await,
        None => std::future::pending().await,
    }
}

/// Resolves when the user or the system asks the process to end. A second request ends it at once.
async fn interrupted() {
    asked_to_end().await;
    tokio::spawn(async {
        asked_to_end().await;
        std::process::exit(Exit::Interrupted as i32);
    });
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}

fn ended(begun: &Begun, outcome: &Outcome, json: bool) -> Answer {
    let exit = exit_of(outcome.status);
    if json {
        return Answer::json(
            &machine(begun, outcome.status, json!(outcome.output), json!(outcome.error)),
            exit,
        );
    }
    let mut text = format!("instance {} {}\n", begun.id, outcome.status.name());
    if let Some(error) = &outcome.error {
        text += &format!("error: {} {}: {}\n", error.step, error.code, error.message);
    }
    if !outcome.output.is_null() {
        text += &format!("output: {}\n", *outcome.output);
    }
    Answer::text(text, exit)
}

async fn broken_off(begun: &Begun, engine: &Engine, json: bool) -> Result<Answer> {
    let status = engine.summary(begun.id).await?.row.status;
    if json {
        return Ok(Answer::json(&machine(begun, status, Value::Null, Value::Null), Exit::Interrupted));
    }
    let text =
        format!("instance {} is {}; run the same command again to go on with it\n", begun.id, status.name());
    Ok(Answer::text(text, Exit::Interrupted))
}

fn machine(begun: &Begun, status: InstanceStatus, output: Value, error: Value) -> Value {
    json!({"instance": begun.id, "existing": begun.existing, "status": status, "output": output, "error": error})
}
