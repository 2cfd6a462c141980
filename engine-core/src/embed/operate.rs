//! What operators do to instances, and people with tasks.

use super::{Act, TaskAct};
use crate::base::{InstanceId, Result, TaskId};
use crate::engine::{AbortOptions, Engine};
use crate::protocol::{Actor, Operator};

pub(super) async fn instance(
    engine: &Engine,
    instance: InstanceId,
    operator: Operator,
    act: Act,
) -> Result<()> {
    match act {
        Act::Suspend {} => engine.suspend(instance, operator).await,
        Act::Resume {} => engine.resume(instance, operator).await,
        Act::Abort { compensate, force } => {
            engine.abort(instance, operator, AbortOptions { compensate, force }).await
        }
        Act::Retry { step, anew } => engine.retry(instance, &step, operator, anew).await,
        Act::Skip { step } => engine.skip(instance, &step, operator).await,
        Act::CompleteStep { step, output } => engine.complete_step(instance, &step, operator, output).await,
    }
}

pub(super) async fn task(
    engine: &Engine,
    task: TaskId,
    actor: Actor,
    request: Option<String>,
    act: TaskAct,
) -> Result<()> {
    let call = match act {
        TaskAct::Claim {} => engine.claim(task, actor),
        TaskAct::Release {} => engine.release(task, actor),
        TaskAct::Complete { outcome, data } => {
            engine.complete(task, actor, outcome.as_deref().unwrap_or_default(), data)
        }
        TaskAct::Reassign { to } => engine.reassign(task, actor, to),
        TaskAct::Escalate { to, reason } => engine.escalate(task, actor, to, reason),
    };
    match request {
        Some(id) => call.request(id).await,
        None => call.await,
    }
}
