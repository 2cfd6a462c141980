//! Carrying requests out.

use serde::Serialize;
use serde_json::Value;

use super::offline::{picture, source};
use super::stream::Streams;
use super::told::{Deployed, Started};
use super::{Request, Start, inspect, operate};
use crate::base::{Error, ErrorKind, InstanceId, Result, Span};
use crate::engine::{Engine, IfExists};
use crate::store::Store;

/// Does what is asked, and says what came of it.
pub(super) async fn to(
    engine: &Engine,
    store: &dyn Store,
    streams: &Streams,
    request: Request,
) -> Result<Value> {
    match request {
        Request::Start(start) => begin(engine, *start).await,
        Request::Wait { instance, timeout_ms } => wait(engine, instance, timeout_ms).await,
        Request::Outcome { instance } => told(&engine.outcome(instance).await?),
        Request::Get { instance } => told(&engine.get(instance).await?),
        Request::Summary { instance } => told(&engine.summary(instance).await?),
        Request::History { instance } => inspect::history(engine, instance).await,
        Request::Explain { instance } => told(&engine.explain(instance).await?),
        Request::Find { flow, key } => told(&engine.find(&flow, &key).await?),
        Request::Instances(query) => inspect::instances(engine, query).await,
        Request::Count(query) => inspect::count(engine, query).await,
        Request::Definitions {} => told(&engine.definitions().await?),
        Request::Deploy { source: document } => deploy(engine, document).await,
        Request::Label { flow, version, label } => done(engine.set_label(&flow, version, &label).await),
        Request::Signal { instance, name, payload, id, correlation, ttl_ms } => {
            let mut call = engine.signal(instance, &name, payload);
            call = id.into_iter().fold(call, |call, id| call.id(id));
            call = correlation.into_iter().fold(call, |call, key| call.correlation(key));
            call = ttl_ms.into_iter().fold(call, |call, ttl| call.ttl(Span::from_millis(ttl)));
            done(call.await)
        }
        Request::Message { name, correlation, payload } => {
            told(&engine.message(&name, &correlation, payload).await?)
        }
        Request::Operate { instance, operator, act } => {
            done(operate::instance(engine, instance, operator, act).await)
        }
        Request::Tasks(query) => inspect::tasks(engine, *query).await,
        Request::Task { task } => told(&engine.task(task).await?),
        Request::Act { task, actor, request, act } => {
            done(operate::task(engine, task, actor, request, act).await)
        }
        Request::Draw { flow, version, format } => picture(&*engine.graph(&flow, version).await?, format),
        Request::Follow { after, instance } => streams.follow(engine, after, instance).await,
        Request::Next { stream, limit } => streams.next(engine, stream, limit).await,
        Request::Unfollow { stream } => Ok(streams.end(stream)),
        Request::Shutdown { grace_ms } => done(stop(engine, store, Span::from_millis(grace_ms)).await),
        Request::Verify { instance } => inspect::verify(engine, instance).await,
        Request::Load {} => inspect::load(engine),
    }
}

/// Stops an engine, and closes its store, which nobody else has.
async fn stop(engine: &Engine, store: &dyn Store, grace: Span) -> Result<()> {
    engine.shutdown(grace).await?;
    store.close().await
}

/// Data as it crosses.
pub(super) fn told(data: &impl Serialize) -> Result<Value> {
    serde_json::to_value(data)
        .map_err(|error| Error::new(ErrorKind::Internal, "the answer cannot be written").caused_by(error))
}

fn done(result: Result<()>) -> Result<Value> {
    result.map(|()| Value::Null)
}

async fn begin(engine: &Engine, start: Start) -> Result<Value> {
    let Start { flow, input, key, refuse_existing, id, labels, version, version_label } = start;
    let mut call = engine.start(&flow, input).labels(labels);
    if let Some(key) = key {
        call = call.key(key, if refuse_existing { IfExists::Refuse } else { IfExists::Return });
    }
    call = id.into_iter().fold(call, |call, id| call.id(id));
    call = version.into_iter().fold(call, |call, version| call.version(version));
    call = version_label.into_iter().fold(call, |call, label| call.version_label(label));
    let started = call.await?;
    told(&Started { id: started.id, existing: started.existing })
}

async fn wait(engine: &Engine, instance: InstanceId, timeout_ms: Option<u64>) -> Result<Value> {
    told(&match timeout_ms {
        Some(longest) => engine.wait_for(instance, Span::from_millis(longest)).await?,
        None => engine.wait(instance).await?,
    })
}

async fn deploy(engine: &Engine, document: Value) -> Result<Value> {
    let deployed = engine.deploy(source(document)?).await?;
    let (flow, version, diagnostics) = (deployed.flow, deployed.version, deployed.diagnostics);
    told(&Deployed { flow, version, diagnostics })
}
