//! What operators do: `suspend`, `resume`, `abort`, `retry`, `skip`, `complete`, and `signal`.

use flowwright::base::{ErrorKind, InstanceId};
use flowwright::engine::{AbortOptions, Engine};
use serde_json::{Value, json};

use super::answer::{Answer, Exit, Failure, Result};
use super::args::{AbortArgs, CompleteArgs, DatabaseArgs, RetryArgs, SignalArgs, StepArgs, SuspendArgs};
use super::database::{Purpose, with_engine};
use super::document::Document;
use super::names;
use super::play::bare;

/// Holds an instance.
pub fn suspend(args: &SuspendArgs, json: bool) -> Result<Answer> {
    let (instance, operator) = (args.target.instance, args.operator.operator());
    act(&args.target.database, instance, json, async |engine| Ok(engine.suspend(instance, operator).await?))
}

/// Lets an instance go on.
pub fn resume(args: &SuspendArgs, json: bool) -> Result<Answer> {
    let (instance, operator) = (args.target.instance, args.operator.operator());
    act(&args.target.database, instance, json, async |engine| Ok(engine.resume(instance, operator).await?))
}

/// Ends an instance.
pub fn abort(args: &AbortArgs, json: bool) -> Result<Answer> {
    let (instance, operator) = (args.target.instance, args.operator.operator());
    let options = AbortOptions { compensate: args.compensate, force: args.force };
    act(&args.target.database, instance, json, async |engine| {
        Ok(engine.abort(instance, operator, options).await?)
    })
}

/// Does a step again.
pub fn retry(args: &RetryArgs, json: bool) -> Result<Answer> {
    on_step(&args.target, json, async |engine, instance, step, operator| {
        Ok(engine.retry(instance, step, operator, args.anew).await?)
    })
}

/// Passes over a step.
pub fn skip(args: &StepArgs, json: bool) -> Result<Answer> {
    on_step(args, json, async |engine, instance, step, operator| {
        Ok(engine.skip(instance, step, operator).await?)
    })
}

/// Gives a step its output.
pub fn complete(args: &CompleteArgs, json: bool) -> Result<Answer> {
    let output = value("--output", args.output.as_deref())?;
    on_step(&args.target, json, async |engine, instance, step, operator| {
        Ok(engine.complete_step(instance, step, operator, output).await?)
    })
}

/// Sends a signal.
pub fn signal(args: &SignalArgs, json: bool) -> Result<Answer> {
    let payload = value("--payload", args.payload.as_deref())?;
    act(&args.database, args.instance, json, async |engine| {
        let mut call = engine.signal(args.instance, &args.name, payload);
        if let Some(id) = &args.id {
            call = call.id(id);
        }
        if let Some(key) = &args.correlation {
            call = call.correlation(key);
        }
        if let Some(ttl) = args.ttl {
            call = call.ttl(ttl);
        }
        Ok(call.await?)
    })
}

/// An argument as JSON; null where it is not given.
pub fn value(option: &str, text: Option<&str>) -> Result<Value> {
    text.map_or(Ok(Value::Null), |text| Document::argument(option, text)?.json())
}

/// Does something with an instance, and says where it stands then.
pub fn act(
    database: &DatabaseArgs,
    instance: InstanceId,
    json: bool,
    work: impl AsyncFnOnce(&Engine) -> Result<()>,
) -> Result<Answer> {
    let status = with_engine(database, Purpose::Act, async |engine| {
        work(engine).await?;
        Ok(engine.summary(instance).await?.row.status)
    })?;
    if json {
        return Ok(Answer::json(&json!({"ok": true, "instance": instance, "status": status}), Exit::Ok));
    }
    Ok(Answer::text(format!("instance {instance} is {}\n", status.name()), Exit::Ok))
}

fn on_step(
    args: &StepArgs,
    json: bool,
    work: impl AsyncFnOnce(&Engine, InstanceId, &str, flowwright::protocol::Operator) -> Result<()>,
) -> Result<Answer> {
    act(&args.database, args.instance, json, async |engine| {
        check_step(engine, args.instance, &args.step).await?;
        work(engine, args.instance, &args.step, args.operator.operator()).await
    })
}

/// Says which step was probably meant, where the flow has none of that path.
async fn check_step(engine: &Engine, instance: InstanceId, step: &str) -> Result<()> {
    let (graph, _) = engine.state(instance).await?;
    let path = bare(step);
    if graph.step_by_path(&path).is_some() {
        return Ok(());
    }
    let failure = Failure::new(ErrorKind::NotFound, format!("flow `{}` has no step `{step}`", graph.flow()));
    let known: Vec<&str> = graph.steps().iter().map(|node| &*node.path).collect();
    Err(match names::nearest(&path, known.iter().copied()) {
        Some(name) => failure.help(format!("did you mean `{name}`?")),
        None if known.len() <= 20 => failure.help(format!("its steps: {}", known.join(", "))),
        None => failure,
    })
}
