//! Reading inside values: `.key`, `[index]`, `has`, `in`.

use serde_json::Value as Json;

use super::ast::{Operator, Step};
use super::compare::{entry, equal};
use super::fault::{Detail, Fault, FaultBox};
use super::{Budget, EvalErrorKind, Key, Text, TypeName, Value};

/// Goes down into objects as far as the keys are known and there; gives where that ends, and after how many steps.
#[inline]
pub(super) fn descend<'a>(mut json: &'a Json, steps: &[Step]) -> (&'a Json, usize) {
    for (taken, step) in steps.iter().enumerate() {
        let inner = match (json, step.kind.key()) {
            (Json::Object(fields), Some(key)) => fields.get(key),
            _ => None,
        };
        match inner {
            Some(inner) => json = inner,
            None => return (json, taken),
        }
    }
    (json, steps.len())
}

/// `value.key`
#[inline]
pub(super) fn select<'a>(value: Value<'a>, key: &'a str) -> Result<Value<'a>, FaultBox<'a>> {
    let found = match &value {
        Value::Json(Json::Object(fields)) => fields.get(key).map(Value::from),
        Value::Cursor(cursor, token) => cursor.field(*token, key).map(Value::plain),
        Value::Map(map) => map.get_str(key).cloned(),
        other => return Err(keyless(other.type_name(), key)),
    };
    match found {
        Some(found) => Ok(found),
        None => Err(no_key(value, Key::String(Text::Borrowed(key)))),
    }
}

#[cold]
fn keyless<'a>(container: TypeName, key: &'a str) -> FaultBox<'a> {
    Fault::new(EvalErrorKind::NoOverload, Detail::Keyless { container, key })
}

#[cold]
fn no_key<'a>(container: Value<'a>, key: Key<'a>) -> FaultBox<'a> {
    Fault::new(EvalErrorKind::NoSuchKey, Detail::Key { container, key })
}

/// `has(value.key)`
pub(super) fn has<'a>(value: &Value<'a>, key: &'a str) -> Result<bool, FaultBox<'a>> {
    match value {
        Value::Json(Json::Object(fields)) => Ok(fields.contains_key(key)),
        Value::Cursor(cursor, token) => Ok(cursor.field(*token, key).is_some()),
        Value::Map(map) => Ok(map.get_str(key).is_some()),
        other => Err(keyless(other.type_name(), key)),
    }
}

/// `value[index]`
pub(super) fn index<'a>(value: Value<'a>, index: Value<'a>) -> Result<Value<'a>, FaultBox<'a>> {
    match value.type_name() {
        TypeName::List => element(&value, index),
        TypeName::Map => match Key::of(&index) {
            Some(key) => entry(&value, &key).ok_or_else(|| no_key(value, key)),
            None => {
                let message = match index {
                    Value::Double(double) => format!("no such key: {double}"),
                    other => format!("no such key: a value of type {} is none", other.type_name().plain()),
                };
                Err(Fault::text(EvalErrorKind::NoSuchKey, message))
            }
        },
        other => {
            let message = format!("a value of type {} has no elements", other.plain());
            Err(Fault::text(EvalErrorKind::NoOverload, message))
        }
    }
}

fn element<'a>(list: &Value<'a>, index: Value<'a>) -> Result<Value<'a>, FaultBox<'a>> {
    let at = match Key::of(&index) {
        Some(Key::Int(int)) => usize::try_from(int).ok(),
        Some(Key::Uint(uint)) => usize::try_from(uint).ok(),
        _ => return Err(Fault::new(EvalErrorKind::NoOverload, Detail::Index { index, length: 0 })),
    };
    let (found, length) = match list {
        Value::List(items) => (at.and_then(|at| items.get(at)).cloned(), items.len()),
        Value::Json(Json::Array(items)) => (at.and_then(|at| items.get(at)).map(Value::from), items.len()),
        _ => (None, 0),
    };
    found.ok_or_else(|| {
        let index = match Key::of(&index) {
            Some(Key::Int(int)) => Value::Int(int),
            _ => Value::Int(i64::MAX),
        };
        Fault::new(EvalErrorKind::Range, Detail::Index { index, length })
    })
}

/// `item in container`
pub(super) fn contains<'a>(
    container: &Value<'a>,
    item: &Value<'a>,
    budget: &mut Budget,
) -> Result<bool, FaultBox<'a>> {
    match container {
        Value::List(items) => {
            for other in items.iter() {
                budget.charge(1)?;
                if equal(item, other, budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Json(Json::Array(items)) => {
            for other in items {
                budget.charge(1)?;
                if equal(item, &Value::from(other), budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Map(_) | Value::Cursor(..) | Value::Json(Json::Object(_)) => {
            Ok(Key::of(item).is_some_and(|key| entry(container, &key).is_some()))
        }
        _ => Err(super::arithmetic::no_operator(Operator::In, item, container)),
    }
}
