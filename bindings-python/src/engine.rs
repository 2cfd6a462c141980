//! One engine, as the Python side uses it. Nothing here waits but `open`, `stop` and `wait`, which give Python's lock back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use flowwright::base::{Error, ErrorKind, InstanceId};
use flowwright::embed::{Delivery, Host, Job, Options, Request, Start};
use flowwright::protocol::ActivityError;
use parking_lot::RwLock;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Failed, parts, told};
use crate::value::{from_python, to_python};
use crate::wake::{self, Sleeper};

/// The kinds of deliveries, as the first item of each.
const ANSWER: u8 = 0;
const PROBLEM: u8 = 1;
const JOB: u8 = 2;
const CANCEL: u8 = 3;

/// The number of the call that stops an engine from a place where no event loop runs.
const STOP: u64 = u64::MAX;

/// An engine with its threads. Calls are numbered by the caller; what comes of them is drained in batches.
#[pyclass(frozen, module = "flowwright._native")]
pub struct Native {
    host: RwLock<Option<Arc<Host>>>,
    sleeper: Sleeper,
    process: u32,
    stopped: AtomicBool,
}

#[pymethods]
impl Native {
    /// Opens the store at `url` and an engine on it. Blocks, without Python's lock: call it in a thread.
    #[staticmethod]
    fn open(py: Python<'_>, url: &str, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let options = from_python(options, "options")?;
        let options = Options::deserialize(options).map_err(Failed::argument)?;
        let (waker, sleeper) = wake::pair()?;
        let store = || flowwright_store::open(url);
        let host = py.detach(|| Host::open(store, options, move || waker.wake())).map_err(told)?;
        Ok(Self {
            host: RwLock::new(Some(Arc::new(host))),
            sleeper,
            process: std::process::id(),
            stopped: AtomicBool::new(false),
        })
    }

    /// What an event loop has to watch to know when to drain; `None` where a thread has to `wait`.
    fn descriptor(&self) -> Option<i32> {
        self.sleeper.descriptor()
    }

    /// Blocks until there is something to drain, without Python's lock; false when the engine is gone.
    fn wait(&self, py: Python<'_>) -> bool {
        py.detach(|| self.sleeper.wait())
    }

    /// Asks: `{"get": {"instance": …}}`. The answer comes with the same number.
    fn call(&self, number: u64, request: &Bound<'_, PyDict>) -> PyResult<()> {
        let host = self.host()?;
        let request = from_python(request, "request")?;
        let request = Request::deserialize(request).map_err(Failed::argument)?;
        host.call(number, request);
        Ok(())
    }

    /// Starts an instance, where nothing but a key is given.
    #[pyo3(signature = (number, flow, input, key=None))]
    fn start(&self, number: u64, flow: &str, input: &Bound<'_, PyAny>, key: Option<String>) -> PyResult<()> {
        let host = self.host()?;
        let input = from_python(input, "input")?.into();
        let start = Start {
            flow: flow.to_owned(),
            input,
            key,
            refuse_existing: false,
            id: None,
            labels: std::collections::BTreeMap::new(),
            version: None,
            version_label: None,
        };
        host.call(number, Request::Start(Box::new(start)));
        Ok(())
    }

    /// Waits for the end of an instance.
    #[pyo3(signature = (number, instance, timeout_ms=None))]
    fn outcome(&self, number: u64, instance: &str, timeout_ms: Option<u64>) -> PyResult<()> {
        let host = self.host()?;
        let instance: InstanceId = instance.parse().map_err(told)?;
        host.call(number, Request::Wait { instance, timeout_ms });
        Ok(())
    }

    /// Ends the wait for an answer.
    fn forget(&self, number: u64) -> PyResult<()> {
        self.host().map(|host| host.forget(number))
    }

    /// Says that there is a handler of this name.
    fn register(&self, name: &str) -> PyResult<()> {
        self.host().map(|host| host.register(name))
    }

    /// Gives the result of a job.
    fn done(&self, job: u64, output: &Bound<'_, PyAny>) -> PyResult<()> {
        let host = self.host()?;
        host.done(job, from_python(output, "output")?.into());
        Ok(())
    }

    /// Says that a job has failed.
    fn fail(
        &self,
        job: u64,
        code: String,
        message: String,
        retryable: bool,
        details: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let host = self.host()?;
        let details = from_python(details, "details")?.into();
        host.fail(job, ActivityError { code, message, retryable, details, heartbeat: None });
        Ok(())
    }

    /// Says that a job's handler lives, and how far it has come.
    fn beat(&self, job: u64, details: &Bound<'_, PyAny>) -> PyResult<()> {
        let host = self.host()?;
        host.beat(job, from_python(details, "details")?.into());
        Ok(())
    }

    /// Takes what there is, at most so many: `(0, call, value)`, `(1, call, (code, message, retryable, context,
    /// diagnostics))`, `(2, job, handler, input, instance, step, attempt, purpose, idempotency_key, deadline_ms,
    /// last_heartbeat)`, `(3, job)`. Where more is left the loop is woken again.
    fn drain<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        let Ok(host) = self.host() else { return Ok(list) };
        self.sleeper.rest();
        for delivery in host.drain(most) {
            self.look(&delivery);
            list.append(delivered(py, delivery)?)?;
        }
        Ok(list)
    }

    /// How many requests are under way, and how many jobs are out.
    fn pending(&self) -> PyResult<(usize, usize)> {
        self.host().map(|host| host.pending())
    }

    /// Stops in good order where no event loop runs any more, and waits for that at most so long, without Python's lock.
    fn stop(&self, py: Python<'_>, grace_ms: u64, longest_ms: u64) {
        if let Ok(host) = self.host() {
            py.detach(|| self.end(&host, grace_ms, Duration::from_millis(longest_ms)));
            drop(host);
            self.close(py);
        }
    }

    /// Lets the engine go, in whichever state it is.
    fn close(&self, py: Python<'_>) {
        if self.process == std::process::id() {
            let host = self.host.write().take();
            py.detach(|| drop(host));
        }
    }
}

impl Native {
    /// The engine, if it is there and this is still the process that it was opened in. Nothing else of an engine may be
    /// touched behind a `fork`: its threads are gone, and with them whoever holds its locks.
    fn host(&self) -> PyResult<Arc<Host>> {
        if self.process != std::process::id() {
            let message = "the engine was opened before this process was forked; open another one here";
            return Err(told(Error::new(ErrorKind::WrongProcess, message)));
        }
        let host = self.host.read().clone();
        host.ok_or_else(|| told(Error::new(ErrorKind::ShuttingDown, "the engine has been closed")))
    }
}

impl Native {
    /// Notes that the engine has stopped: an event loop may fetch that from under who waits for it.
    fn look(&self, delivery: &Delivery) {
        if matches!(delivery, Delivery::Answer(STOP, _)) {
            self.stopped.store(true, Ordering::Release);
        }
    }

    fn end(&self, host: &Host, grace_ms: u64, longest: Duration) {
        let begun = Instant::now();
        host.call(STOP, Request::Shutdown { grace_ms });
        while !self.stopped.load(Ordering::Acquire) && begun.elapsed() < longest {
            host.drain(usize::MAX).iter().for_each(|delivery| self.look(delivery));
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(self.host.get_mut().take());
        }
    }
}

fn delivered<'py>(py: Python<'py>, delivery: Delivery) -> PyResult<Bound<'py, PyTuple>> {
    match delivery {
        Delivery::Answer(call, Ok(value)) => (ANSWER, call, to_python(py, &value)?).into_pyobject(py),
        Delivery::Answer(call, Err(problem)) => (PROBLEM, call, parts(py, &problem)?).into_pyobject(py),
        Delivery::Job(job) => job_to_python(py, &job),
        Delivery::Cancel(job) => (CANCEL, job).into_pyobject(py),
    }
}

fn job_to_python<'py>(py: Python<'py>, job: &Job) -> PyResult<Bound<'py, PyTuple>> {
    let purpose = match serde_json::to_value(job.purpose) {
        Ok(Value::String(purpose)) => PyString::intern(py, &purpose),
        _ => PyString::intern(py, "run"),
    };
    let last = job.last_heartbeat.as_ref().map(|last| to_python(py, last)).transpose()?;
    (
        JOB,
        job.id,
        PyString::intern(py, &job.handler),
        to_python(py, &job.input)?,
        job.instance.to_string(),
        &job.step,
        job.attempt,
        purpose,
        &job.idempotency_key,
        job.deadline.map(|deadline| deadline.millis()),
        last,
    )
        .into_pyobject(py)
}
