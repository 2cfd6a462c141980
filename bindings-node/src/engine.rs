//! An engine, as the TypeScript layer drives it.

use flowwright::base::{Error, ErrorKind, Result};
use flowwright::embed::{Host, Options};
use flowwright_store::open;
use napi::bindgen_prelude::{AsyncTask, Function};
use napi::{Env, Task};
use napi_derive::napi;

use crate::error::{thrown, unwritten, wrong};
use crate::wake::Wake;

/// An engine with its own threads. Calls return at once; what comes of them is drained.
#[napi]
pub struct Native {
    host: Option<Host>,
}

#[napi]
impl Native {
    /// Opens a store and an engine on it. `wake` is called whenever there is something to drain after there was nothing.
    #[napi(ts_return_type = "Promise<Native>")]
    pub fn open(
        url: String,
        options: String,
        wake: Function<'_, (), ()>,
    ) -> napi::Result<AsyncTask<Opening>> {
        let options = serde_json::from_str(&options).map_err(|error| thrown(wrong("an option", &error)))?;
        Ok(AsyncTask::new(Opening { given: Some((url, options, Wake::new(&wake)?)) }))
    }

    /// Takes a batch of calls, results and so on, in JSON.
    #[napi]
    pub fn send(&self, batch: String) -> napi::Result<()> {
        self.host()?.send(&batch).map_err(thrown)
    }

    /// Takes what there is, at most so many, in JSON.
    #[napi]
    pub fn drain(&self, most: u32) -> napi::Result<String> {
        let Some(host) = &self.host else { return Ok("[]".into()) };
        let deliveries = host.drain(most as usize);
        serde_json::to_string(&deliveries).map_err(|error| thrown(unwritten(error)))
    }

    /// How many calls are under way, and how many jobs are out.
    #[napi(ts_return_type = "[number, number]")]
    pub fn pending(&self) -> Vec<u32> {
        let (calls, jobs) = self.host.as_ref().map_or((0, 0), Host::pending);
        [calls, jobs].map(|count| u32::try_from(count).unwrap_or(u32::MAX)).to_vec()
    }

    /// Ends the engine's threads without waiting. Shut it down first.
    #[napi]
    pub fn release(&mut self) {
        self.host = None;
    }

    fn host(&self) -> napi::Result<&Host> {
        let released = || thrown(Error::new(ErrorKind::ShuttingDown, "the engine has stopped"));
        self.host.as_ref().ok_or_else(released)
    }
}

/// The opening of an engine, which may take a while: it runs on a thread that may wait.
pub struct Opening {
    given: Option<(String, Options, Wake)>,
}

impl Opening {
    fn run(&mut self) -> Result<Host> {
        let given = self.given.take();
        let (url, options, wake) =
            given.ok_or_else(|| Error::new(ErrorKind::Internal, "an engine is opened once"))?;
        Host::open(|| open(&url), options, move || wake.call())
    }
}

impl Task for Opening {
    type Output = Host;
    type JsValue = Native;

    fn compute(&mut self) -> napi::Result<Host> {
        self.run().map_err(thrown)
    }

    fn resolve(&mut self, _: Env, host: Host) -> napi::Result<Native> {
        Ok(Native { host: Some(host) })
    }
}
