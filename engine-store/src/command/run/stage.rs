//! The stage: every handler and every person plays the script, in real time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{InstanceId, Payload, Result, Span, Timestamp};
use flowwright::engine::{
    ActivityContext, Engine, EngineBuilder, Environment, Handler, HandlerFuture, SystemEnvironment,
};
use flowwright::graph::{Graph, Kind};
use flowwright::protocol::{ActivityError, Purpose};
use flowwright::simulate::Script;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::part::Part;

/// How often a scripted handler shows that it lives.
const PULSE: Duration = Duration::from_millis(500);

/// The script, and what all who play it share.
pub struct Stage {
    /// The script.
    pub script: Script,
    speed: f64,
    longest: Span,
    /// When this process began.
    began: Timestamp,
    engine: watch::Sender<Option<Engine>>,
    parts: Mutex<BTreeMap<InstanceId, Arc<Part>>>,
}

impl Stage {
    /// A stage for a script that is played `speed` times as fast, no pause being longer than `longest`.
    pub fn new(script: Script, speed: f64, longest: Span) -> Arc<Self> {
        Arc::new(Self {
            script,
            speed,
            longest,
            began: SystemEnvironment::default().now(),
            engine: watch::Sender::new(None),
            parts: Mutex::default(),
        })
    }

    /// Registers a scripted handler for every name in the flows.
    pub fn describe(self: &Arc<Self>, builder: EngineBuilder, graphs: &[Arc<Graph>]) -> EngineBuilder {
        let names = graphs.iter().flat_map(|graph| handlers(graph));
        names.fold(builder, |builder, name| builder.handler(name, Arc::new(Scripted(Arc::clone(self)))))
    }

    /// The engine runs: those who wait for it begin to play.
    pub fn enter(&self, engine: &Engine) {
        self.engine.send_replace(Some(engine.clone()));
    }

    /// The engine is let go, since it holds the handlers that hold the stage.
    pub fn leave(&self) {
        self.engine.send_replace(None);
    }

    async fn engine(&self) -> Result<Engine> {
        let mut engine = self.engine.subscribe();
        let engine = engine.wait_for(Option::is_some).await.ok().and_then(|engine| engine.clone());
        engine.ok_or_else(|| {
            flowwright::base::Error::new(flowwright::base::ErrorKind::ShuttingDown, "the engine has stopped")
        })
    }

    /// The part of an instance. Its flow may be of an earlier version, with handlers that are registered now.
    ///
    /// # Errors
    /// What the engine gives.
    pub async fn part(self: &Arc<Self>, instance: InstanceId) -> Result<Arc<Part>> {
        if let Some(part) = self.parts.lock().get(&instance) {
            return Ok(Arc::clone(part));
        }
        let engine = self.engine().await?;
        let (graph, state) = engine.state(instance).await?;
        let prefix = match state.parent() {
            Some(parent) => self.prefix(&engine, parent.instance, instance).await?,
            None => String::new(),
        };
        for name in handlers(&graph) {
            engine.register(name, Arc::new(Scripted(Arc::clone(self))));
        }
        let history = engine.history(instance).await?;
        let part = Arc::new(Part::new(graph, prefix, &self.script, &history, self.began));
        // Of two that were made at the same time the first is kept: it may have been played from.
        Ok(Arc::clone(self.parts.lock().entry(instance).or_insert(part)))
    }

    /// What the script's names of a called instance's steps begin with.
    async fn prefix(
        self: &Arc<Self>,
        engine: &Engine,
        parent: InstanceId,
        child: InstanceId,
    ) -> Result<String> {
        let part = Box::pin(self.part(parent)).await?;
        let child = Value::from(child.to_string());
        let history = engine.history(parent).await?;
        let call = history.iter().find(|entry| entry.json.get("child") == Some(&child));
        let path = call.and_then(|entry| entry.step.as_deref()).unwrap_or_default();
        Ok(format!("{}{path}/", part.prefix))
    }

    /// How long a pause of the script really is.
    fn length(&self, pause: Span) -> Duration {
        pause.to_std().div_f64(self.speed).min(self.longest.to_std())
    }

    /// Makes a pause of the script.
    pub async fn pause(&self, pause: Span) {
        tokio::time::sleep(self.length(pause)).await;
    }

    async fn play(self: Arc<Self>, context: ActivityContext) -> Result<Payload, ActivityError> {
        if context.purpose() == Purpose::Check {
            // A scripted handler changes nothing outside: what was broken off was not done.
            return Ok(Payload::from(json!({"status": "not_done"})));
        }
        let part = self.part(context.instance()).await;
        let part = part.map_err(|error| ActivityError::retryable("stage", error.to_string()))?;
        let entry = part.next(&self.script, context.step());
        let mut left = self.length(entry.after);
        while !left.is_zero() {
            let slice = left.min(PULSE);
            tokio::select! {
                () = tokio::time::sleep(slice) => context.heartbeat(Value::Null),
                () = context.cancelled() => return Err(ActivityError::retryable("cancelled", "told to stop")),
            }
            left -= slice;
        }
        match entry.error {
            Some(error) => Err(error.into()),
            None => Ok(entry.output.into()),
        }
    }
}

/// The names of all handlers that a flow calls.
fn handlers(graph: &Graph) -> impl Iterator<Item = &str> {
    graph.steps().iter().flat_map(|node| {
        let own = match &node.kind {
            Kind::Activity(activity) => [Some(&activity.handler), activity.check.as_ref()],
            _ => [None, None],
        };
        let undo = node.undo.as_ref().map(|undo| &undo.handler);
        own.into_iter().chain([undo]).flatten().map(|name| &**name)
    })
}

/// A handler that plays the script.
struct Scripted(Arc<Stage>);

impl Handler for Scripted {
    fn call(&self, context: ActivityContext, _: Payload) -> HandlerFuture {
        Box::pin(Arc::clone(&self.0).play(context))
    }
}
