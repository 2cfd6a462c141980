//! One engine with its own threads, for a program in another language.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::runtime::{Builder, Runtime};

use super::callback::{Callback, Jobs};
use super::calls::Calls;
use super::error::unreadable;
use super::message::Message;
use super::outbox::Outbox;
use super::stream::Streams;
use super::{Delivery, Options, Request, answer};
use crate::base::{Error, ErrorKind, Payload, Result};
use crate::engine::{Engine, Handler};
use crate::protocol::ActivityError;
use crate::store::Store;

/// An engine with its own threads. Every method returns at once, from whichever thread it is called, but [`Host::open`].
pub struct Host {
    engine: Engine,
    store: Arc<dyn Store>,
    jobs: Arc<Jobs>,
    outbox: Arc<Outbox>,
    calls: Arc<Calls>,
    streams: Arc<Streams>,
    runtime: Option<Runtime>,
    process: u32,
}

impl Host {
    /// Opens a store and an engine on it. It blocks until the engine runs: call it from a thread that may wait. `wake` is
    /// called from the engine's threads whenever there is something to [`drain`](Self::drain) after there was nothing;
    /// it must not block.
    ///
    /// # Errors
    /// What `store` gives; `InvalidArgument` for options that cannot work; `Internal` where threads cannot be had.
    pub fn open(
        store: impl FnOnce() -> Result<Arc<dyn Store>>,
        options: Options,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self> {
        let runtime = runtime(&options)?;
        let (jobs, outbox) = (Arc::new(Jobs::default()), Arc::new(Outbox::new(wake)));
        let opened = runtime.block_on(open(store, options, &jobs, &outbox));
        let (engine, store) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                runtime.shutdown_background();
                return Err(error);
            }
        };
        Ok(Self {
            engine,
            store,
            jobs,
            outbox,
            calls: Arc::default(),
            streams: Arc::default(),
            runtime: Some(runtime),
            process: std::process::id(),
        })
    }

    /// Asks; the answer comes as [`Delivery::Answer`] with the same number.
    pub fn call(&self, call: u64, request: Request) {
        match self.here() {
            Err(error) => self.answer(call, Err(error)),
            Ok(runtime) => {
                let (engine, store) = (self.engine.clone(), Arc::clone(&self.store));
                let streams = Arc::clone(&self.streams);
                let (outbox, calls) = (Arc::clone(&self.outbox), Arc::clone(&self.calls));
                self.calls.begin(call, || {
                    let task = runtime.spawn(async move {
                        let answer = answer::to(&engine, &*store, &streams, request).await;
                        if calls.end(call) {
                            outbox.push(Delivery::answer(call, answer));
                        }
                    });
                    task.abort_handle()
                });
            }
        }
    }

    /// Ends a wait: no answer comes any more. What was asked for may have happened or not.
    pub fn forget(&self, call: u64) {
        self.calls.forget(call);
    }

    /// Says that there is a handler of this name. Its work comes as [`Delivery::Job`].
    pub fn register(&self, name: &str) {
        if let Ok(runtime) = self.here() {
            let _inside = runtime.enter();
            self.engine.register(name, callback(name, &self.jobs, &self.outbox));
        }
    }

    /// Gives the result of a job.
    pub fn done(&self, job: u64, output: Payload) {
        self.jobs.finish(job, Ok(output));
    }

    /// Says that a job has failed.
    pub fn fail(&self, job: u64, error: ActivityError) {
        self.jobs.finish(job, Err(error));
    }

    /// Says that a job's handler lives, and how far it has come.
    pub fn beat(&self, job: u64, details: Payload) {
        self.jobs.beat(job, details);
    }

    /// Takes a batch in JSON: `[{"call": [1, REQUEST]}, {"done": [7, OUTPUT]}, {"fail": [8, {code, message, retryable,
    /// details}]}, {"beat": [9, DETAILS]}, {"forget": 1}, {"register": "credit.pull"}]`. A request that cannot be read is
    /// answered as such, and the others are carried out.
    ///
    /// # Errors
    /// `InvalidArgument` for a text of another form; then nothing of it was carried out.
    pub fn send(&self, batch: &str) -> Result<()> {
        let messages: Vec<Message<'_>> = serde_json::from_str(batch).map_err(|error| unreadable(&error))?;
        for message in messages {
            match message {
                Message::Call(call, request) => self.call_text(call, request),
                Message::Forget(call) => self.forget(call),
                Message::Done(job, output) => self.done(job, output),
                Message::Fail(job, error) => self.fail(job, error),
                Message::Beat(job, details) => self.beat(job, details),
                Message::Register(name) => self.register(&name),
            }
        }
        Ok(())
    }

    fn call_text(&self, call: u64, request: &RawValue) {
        match serde_json::from_str(request.get()) {
            Ok(request) => self.call(call, request),
            Err(error) => self.answer(call, Err(unreadable(&error))),
        }
    }

    /// Answers a call that did not come so far.
    pub fn answer(&self, call: u64, answer: Result<serde_json::Value>) {
        self.outbox.push(Delivery::answer(call, answer));
    }

    /// Takes what there is, at most so many. Where more is left there is another wake-up.
    pub fn drain(&self, most: usize) -> Vec<Delivery> {
        self.outbox.drain(most)
    }

    /// How many requests are under way, and how many jobs are out.
    pub fn pending(&self) -> (usize, usize) {
        (self.calls.count(), self.jobs.count())
    }

    /// The runtime, if this is still the process that it was made in: threads do not survive a `fork`.
    fn here(&self) -> Result<&Runtime> {
        if self.process != std::process::id() {
            let message = "the engine was opened before this process was forked; open another one here";
            return Err(Error::new(ErrorKind::WrongProcess, message));
        }
        self.runtime.as_ref().ok_or_else(|| Error::new(ErrorKind::ShuttingDown, "the engine has stopped"))
    }
}

/// Stops without waiting: what is durable goes on elsewhere, or when the store is opened again.
impl Drop for Host {
    fn drop(&mut self) {
        match self.runtime.take() {
            Some(runtime) if self.process == std::process::id() => runtime.shutdown_background(),
            // The threads are the parent's: here there is nobody to wait for.
            Some(runtime) => std::mem::forget(runtime),
            None => {}
        }
    }
}

fn runtime(options: &Options) -> Result<Runtime> {
    let built = Builder::new_multi_thread()
        .worker_threads(options.threads())
        .thread_name("flowwright")
        .thread_keep_alive(Duration::from_secs(10))
        .enable_all()
        .build();
    built.map_err(|error| {
        Error::new(ErrorKind::Internal, "the engine's threads cannot be started").caused_by(error)
    })
}

async fn open(
    store: impl FnOnce() -> Result<Arc<dyn Store>>,
    options: Options,
    jobs: &Arc<Jobs>,
    outbox: &Arc<Outbox>,
) -> Result<(Engine, Arc<dyn Store>)> {
    let store = store()?;
    let mut builder = Engine::builder(Arc::clone(&store)).config(options.config());
    for name in &options.handlers {
        builder = builder.handler(name, callback(name, jobs, outbox));
    }
    builder = options.pools.iter().fold(builder, |builder, (name, size)| builder.pool(name, *size));
    builder = options.queues.iter().fold(builder, |builder, (name, side)| builder.queue(name, *side));
    if let Some(members) = options.members {
        builder = builder.directory(Arc::new(members));
    }
    Ok((builder.open().await?, store))
}

fn callback(name: &str, jobs: &Arc<Jobs>, outbox: &Arc<Outbox>) -> Arc<dyn Handler> {
    Arc::new(Callback { name: name.into(), jobs: Arc::clone(jobs), outbox: Arc::clone(outbox) })
}
