//! Errors: what the engine says becomes an exception of its class, which `flowwright.errors` finds by the code.

use std::fmt::Display;

use flowwright::base::{Error, ErrorKind};
use flowwright::embed::Problem;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use serde_json::Value;

use crate::value::to_python;

/// Makes `InvalidArgument`s of mistakes in arguments.
pub struct Failed;

impl Failed {
    /// An argument that is not what it must be.
    pub fn argument(message: impl Display) -> PyErr {
        told(Error::new(ErrorKind::InvalidArgument, message.to_string()))
    }
}

/// An error as an exception.
pub fn told(error: Error) -> PyErr {
    Python::attach(|py| {
        let raised = parts(py, &Problem::from(error)).and_then(|parts| maker(py)?.call1(parts));
        raised.map_or_else(|failed| failed, PyErr::from_value)
    })
}

/// `(code, message, retryable, context, diagnostics)`.
pub fn parts<'py>(py: Python<'py>, problem: &Problem) -> PyResult<Bound<'py, PyTuple>> {
    let context = to_python(py, &Value::Object(problem.context.clone()))?;
    let diagnostics = serde_json::to_value(&problem.diagnostics).unwrap_or_default();
    let diagnostics = to_python(py, &diagnostics)?;
    (problem.code, &problem.message, problem.retryable, context, diagnostics).into_pyobject(py)
}

fn maker(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static MAKER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let maker = MAKER.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("flowwright.errors")?.getattr("error_of")?.unbind())
    })?;
    Ok(maker.bind(py))
}
