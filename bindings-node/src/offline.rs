//! What needs no engine, on a thread that may take its time.

use flowwright::base::Result;
use flowwright::embed::{self, Picture};
use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Task};
use napi_derive::napi;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{thrown, unwritten, wrong};

/// Work that another thread does: it takes JSON and gives JSON.
pub struct Work(Box<dyn FnMut() -> Result<Value> + Send>);

impl Work {
    fn task(work: impl FnMut() -> Result<Value> + Send + 'static) -> AsyncTask<Self> {
        AsyncTask::new(Self(Box::new(work)))
    }
}

impl Task for Work {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        let done = (self.0)().and_then(|value| serde_json::to_string(&value).map_err(unwritten));
        done.map_err(thrown)
    }

    fn resolve(&mut self, _: Env, text: String) -> napi::Result<String> {
        Ok(text)
    }
}

fn read<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| wrong(what, &error))
}

/// What is wrong with a definition.
#[napi(ts_return_type = "Promise<string>")]
pub fn validate(source: String) -> AsyncTask<Work> {
    Work::task(move || embed::validate(read("the definition", &source)?))
}

/// Runs a flow under a virtual clock.
#[napi(ts_return_type = "Promise<string>")]
pub fn simulate(request: String) -> AsyncTask<Work> {
    Work::task(move || embed::simulate(read("the simulation", &request)?))
}

/// Draws a flow: `format` is `json`, `mermaid` or `dot`.
#[napi(ts_return_type = "Promise<string>")]
pub fn draw(source: String, format: String) -> AsyncTask<Work> {
    Work::task(move || {
        let format: Picture = read("the format", &Value::from(format.as_str()).to_string())?;
        embed::draw(read("the definition", &source)?, format)
    })
}

/// The JSON Schema of definitions.
#[napi(ts_return_type = "Promise<string>")]
pub fn schema() -> AsyncTask<Work> {
    Work::task(embed::schema)
}

/// The release.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
