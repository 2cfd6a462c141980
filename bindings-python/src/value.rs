//! JSON values and Python objects, both ways, without a text in between.

use pyo3::exceptions::PyUnicodeEncodeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use crate::error::Failed;

/// How deep values may be nested: as deep as a JSON text is read.
const DEEPEST: usize = 120;

/// A JSON value as a Python object.
pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::Number(number) => number_to_python(py, number)?,
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (key, field) in fields {
                dict.set_item(key, to_python(py, field)?)?;
            }
            dict.into_any()
        }
    })
}

fn number_to_python<'py>(py: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    Ok(if let Some(whole) = number.as_i64() {
        whole.into_pyobject(py)?.into_any()
    } else if let Some(whole) = number.as_u64() {
        whole.into_pyobject(py)?.into_any()
    } else {
        PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any()
    })
}

/// A Python object as a JSON value. `name` is what people call it, for messages.
///
/// # Errors
/// `InvalidArgument` with the place of what JSON has no form for.
pub fn from_python(object: &Bound<'_, PyAny>, name: &str) -> PyResult<Value> {
    read(object, 0).map_err(|refused| match refused {
        Refused::Here { place, why } => Failed::argument(format!("{name}{} {why}", written(&place))),
        Refused::Raised(raised) => raised,
    })
}

enum Refused {
    /// What is wrong, and where: the innermost part of the place first.
    Here { place: Vec<String>, why: String },
    /// An exception of somebody else's code.
    Raised(PyErr),
}

impl Refused {
    fn because(why: impl Into<String>) -> Self {
        Self::Here { place: Vec::new(), why: why.into() }
    }

    fn within(self, part: impl FnOnce() -> String) -> Self {
        match self {
            Self::Here { mut place, why } => {
                place.push(part());
                Self::Here { place, why }
            }
            raised => raised,
        }
    }
}

impl From<PyErr> for Refused {
    fn from(raised: PyErr) -> Self {
        Self::Raised(raised)
    }
}

/// The first parts of a place; one that goes round in circles is long.
fn written(place: &[String]) -> String {
    let shown: String = place.iter().rev().take(8).map(String::as_str).collect();
    if place.len() > 8 { shown + "…" } else { shown }
}

fn read(object: &Bound<'_, PyAny>, depth: usize) -> Result<Value, Refused> {
    if let Ok(text) = object.cast::<PyString>() {
        read_text(text).map(Value::String)
    } else if let Ok(dict) = object.cast::<PyDict>() {
        read_dict(dict, deeper(depth)?)
    } else if object.is_none() {
        Ok(Value::Null)
    } else if let Ok(truth) = object.cast::<PyBool>() {
        Ok(Value::Bool(truth.is_true()))
    } else if let Ok(whole) = object.cast::<PyInt>() {
        read_whole(whole)
    } else if let Ok(float) = object.cast::<PyFloat>() {
        let float = float.value();
        let number = Number::from_f64(float);
        number.map(Value::Number).ok_or_else(|| {
            Refused::because(format!("is {float}, which JSON has no form for: use None or a text for it"))
        })
    } else if let Ok(list) = object.cast::<PyList>() {
        read_items(list.iter(), deeper(depth)?)
    } else if let Ok(tuple) = object.cast::<PyTuple>() {
        read_items(tuple.iter(), deeper(depth)?)
    } else {
        read_other(object, deeper(depth)?)
    }
}

fn deeper(depth: usize) -> Result<usize, Refused> {
    if depth == DEEPEST {
        return Err(Refused::because(format!(
            "is nested more than {DEEPEST} levels deep, or contains itself"
        )));
    }
    Ok(depth + 1)
}

fn read_text(text: &Bound<'_, PyString>) -> Result<String, Refused> {
    text.to_str().map(str::to_owned).map_err(|raised| {
        if raised.is_instance_of::<PyUnicodeEncodeError>(text.py()) {
            Refused::because("is a text with half a surrogate pair, which is no Unicode text")
        } else {
            raised.into()
        }
    })
}

fn read_whole(whole: &Bound<'_, PyInt>) -> Result<Value, Refused> {
    if let Ok(number) = whole.extract::<i64>() {
        return Ok(number.into());
    }
    match whole.extract::<u64>() {
        Ok(number) => Ok(number.into()),
        Err(_) => Err(Refused::because("is a whole number of more than 64 bits: write it as a text")),
    }
}

fn read_dict(dict: &Bound<'_, PyDict>, depth: usize) -> Result<Value, Refused> {
    let mut fields = Map::new();
    for (key, field) in dict.iter() {
        let Ok(key) = key.cast::<PyString>() else {
            let kind = key.get_type().name()?;
            return Err(Refused::because(format!(
                "has a key of type {kind}; keys of JSON objects are texts"
            )));
        };
        let key = read_text(key)?;
        let value = read(&field, depth).map_err(|refused| refused.within(|| format!(".{key}")))?;
        fields.insert(key, value);
    }
    Ok(Value::Object(fields))
}

fn read_items<'py>(
    items: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
    depth: usize,
) -> Result<Value, Refused> {
    let mut values = Vec::with_capacity(items.len());
    for (place, item) in items.enumerate() {
        values.push(read(&item, depth).map_err(|refused| refused.within(|| format!("[{place}]")))?);
    }
    Ok(Value::Array(values))
}

/// Asks the Python side for a simpler form: of a dataclass, a model, a date.
fn read_other(object: &Bound<'_, PyAny>, depth: usize) -> Result<Value, Refused> {
    static SIMPLER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = object.py();
    let simpler = SIMPLER.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("flowwright._convert")?.getattr("simpler")?.unbind())
    })?;
    let found = simpler.bind(py).call1((object,))?;
    if let Ok((done, found)) = found.extract::<(bool, Bound<'_, PyAny>)>() {
        if done {
            return read(&found, depth);
        }
        return Err(Refused::because(found.extract::<String>()?));
    }
    Err(Refused::because("has no form in JSON"))
}
