//! The Python binding: a thin bridge over `flowwright::embed`. It converts values and hands batches over; what people
//! call is written in Python, in `python/flowwright`.

mod engine;
mod error;
mod value;
mod wake;

use flowwright::base::ErrorKind;
use flowwright::embed::{self, Picture};
use pyo3::prelude::*;
use serde::Deserialize;

use crate::error::{Failed, told};
use crate::value::{from_python, to_python};

/// Values go from one of the engine's threads to another, where the allocators of most systems are slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is wrong with a definition: `{ok, diagnostics}`.
#[pyfunction]
fn validate<'py>(py: Python<'py>, source: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let source = from_python(source, "source")?;
    to_python(py, &py.detach(|| embed::validate(source)).map_err(told)?)
}

/// Runs a flow under a virtual clock.
#[pyfunction]
fn simulate<'py>(py: Python<'py>, request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let request = from_python(request, "request")?;
    to_python(py, &py.detach(|| embed::simulate(request)).map_err(told)?)
}

/// Draws a flow as `json`, `mermaid` or `dot`.
#[pyfunction]
fn draw<'py>(py: Python<'py>, source: &Bound<'py, PyAny>, format: &str) -> PyResult<Bound<'py, PyAny>> {
    let source = from_python(source, "source")?;
    let format = Picture::deserialize(serde_json::Value::from(format)).map_err(Failed::argument)?;
    to_python(py, &py.detach(|| embed::draw(source, format)).map_err(told)?)
}

/// The JSON Schema of definitions.
#[pyfunction]
fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    to_python(py, &embed::schema().map_err(told)?)
}

/// Every kind of error: its code, and whether the same call may succeed later.
#[pyfunction]
fn error_kinds() -> Vec<(&'static str, bool)> {
    ErrorKind::ALL.iter().map(|kind| (kind.code(), kind.retryable())).collect()
}

/// A value as it looks after a way through the engine: plain JSON.
#[pyfunction]
fn plain<'py>(py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    to_python(py, &from_python(value, "value")?)
}

/// The part of the package `flowwright` that is written in Rust.
#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<engine::Native>()?;
    module.add_function(wrap_pyfunction!(validate, module)?)?;
    module.add_function(wrap_pyfunction!(simulate, module)?)?;
    module.add_function(wrap_pyfunction!(draw, module)?)?;
    module.add_function(wrap_pyfunction!(schema, module)?)?;
    module.add_function(wrap_pyfunction!(error_kinds, module)?)?;
    module.add_function(wrap_pyfunction!(plain, module)?)
}
