//! Equality and order, as CEL defines them: numbers compare across their types, other types are unequal.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::fault::{Fault, FaultBox};
use super::{Budget, EvalErrorKind, Key, Text, Value};

/// Lists and maps inside one another are compared so deep.
const MAX_DEPTH: usize = 150;

/// Whether two values are equal.
#[inline]
pub(super) fn equal<'a>(
    left: &Value<'a>,
    right: &Value<'a>,
    budget: &mut Budget,
) -> Result<bool, FaultBox<'a>> {
    equal_at(left, right, budget, 0)
}

fn equal_at<'a>(
    left: &Value<'a>,
    right: &Value<'a>,
    budget: &mut Budget,
    depth: usize,
) -> Result<bool, FaultBox<'a>> {
    Ok(match (left, right) {
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Null, Value::Null) => true,
        (Value::String(left), Value::String(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            budget.charge_bytes(left.len())?;
            **left == **right
        }
        (Value::Bytes(left), Value::Bytes(right)) => {
            budget.charge_bytes(left.len().min(right.len()))?;
            **left == **right
        }
        (Value::Timestamp(left), Value::Timestamp(right)) => left == right,
        (Value::Duration(left), Value::Duration(right)) => left == right,
        (Value::Type(left), Value::Type(right)) => left == right,
        (
            Value::Int(_) | Value::Uint(_) | Value::Double(_),
            Value::Int(_) | Value::Uint(_) | Value::Double(_),
        ) => numbers(left, right) == Some(Ordering::Equal),
        _ => return containers_equal(left, right, budget, depth),
    })
}

#[inline(never)]
fn containers_equal<'a>(
    left: &Value<'a>,
    right: &Value<'a>,
    budget: &mut Budget,
    depth: usize,
) -> Result<bool, FaultBox<'a>> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    if let (Some(left), Some(right)) = (Elements::of(left), Elements::of(right)) {
        if left.len() != right.len() {
            return Ok(false);
        }
        for at in 0..left.len() {
            budget.charge(1)?;
            if !pair_equal(left.get(at), right.get(at), budget, depth)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    match (keys(left), keys(right)) {
        (Some(keys), Some(others)) if keys.len() == others.len() => {
            for key in keys {
                budget.charge(1)?;
                if let Key::String(text) = &key {
                    budget.charge_bytes(text.len())?;
                }
                if !pair_equal(entry(left, &key), entry(right, &key), budget, depth)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn pair_equal<'a>(
    left: Option<Value<'a>>,
    right: Option<Value<'a>>,
    budget: &mut Budget,
    depth: usize,
) -> Result<bool, FaultBox<'a>> {
    match (left, right) {
        (Some(left), Some(right)) => equal_at(&left, &right, budget, depth + 1),
        _ => Ok(false),
    }
}

/// A value lies too deep inside others.
pub(super) fn too_deep<'a>() -> FaultBox<'a> {
    Fault::text(EvalErrorKind::TooDeep, "the value is nested too deeply")
}

enum Elements<'v, 'a> {
    List(&'v [Value<'a>]),
    Array(&'a [Json]),
}

impl<'v, 'a> Elements<'v, 'a> {
    fn of(value: &'v Value<'a>) -> Option<Self> {
        match value {
            Value::List(items) => Some(Self::List(items)),
            Value::Json(Json::Array(items)) => Some(Self::Array(items)),
            _ => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::List(items) => items.len(),
            Self::Array(items) => items.len(),
        }
    }

    fn get(&self, at: usize) -> Option<Value<'a>> {
        match self {
            Self::List(items) => items.get(at).cloned(),
            Self::Array(items) => items.get(at).map(Value::from),
        }
    }
}

/// The keys of a map; `None` if it is none.
pub(super) fn keys<'a>(value: &Value<'a>) -> Option<Vec<Key<'a>>> {
    Some(match value {
        Value::Map(map) => map.entries().iter().map(|(key, _)| key.clone()).collect(),
        Value::Json(Json::Object(fields)) => {
            fields.keys().map(|key| Key::String(Text::Borrowed(key))).collect()
        }
        Value::Cursor(cursor, token) => {
            cursor.keys(*token).into_iter().map(|key| Key::String(key.into())).collect()
        }
        _ => return None,
    })
}

/// What a map has under a key.
pub(super) fn entry<'a>(map: &Value<'a>, key: &Key<'_>) -> Option<Value<'a>> {
    match (map, key) {
        (Value::Map(map), _) => map.get(key).cloned(),
        (Value::Json(Json::Object(fields)), Key::String(key)) => fields.get(&**key).map(Value::from),
        (Value::Cursor(cursor, token), Key::String(key)) => cursor.field(*token, key).map(Value::plain),
        _ => None,
    }
}

/// Which of two values comes first. The outer `None`: values of these types have no order. The inner: these two
/// have none, because one of them is not a number.
#[inline]
pub(super) fn order<'a>(
    left: &Value<'a>,
    right: &Value<'a>,
    budget: &mut Budget,
) -> Result<Option<Option<Ordering>>, FaultBox<'a>> {
    Ok(Some(Some(match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (
            Value::Int(_) | Value::Uint(_) | Value::Double(_),
            Value::Int(_) | Value::Uint(_) | Value::Double(_),
        ) => return Ok(Some(numbers(left, right))),
        (Value::String(left), Value::String(right)) => {
            budget.charge_bytes(left.len().min(right.len()))?;
            (**left).cmp(&**right)
        }
        (Value::Bytes(left), Value::Bytes(right)) => {
            budget.charge_bytes(left.len().min(right.len()))?;
            (**left).cmp(&**right)
        }
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
        (Value::Duration(left), Value::Duration(right)) => left.cmp(right),
        _ => return Ok(None),
    })))
}

/// Compares numbers of any two types. A double is compared as one, except outside the range of the other type.
fn numbers(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Uint(left), Value::Uint(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Uint(right)) => Some(i128::from(*left).cmp(&i128::from(*right))),
        (Value::Uint(left), Value::Int(right)) => Some(i128::from(*left).cmp(&i128::from(*right))),
        (Value::Double(left), Value::Int(right)) => left.partial_cmp(&(*right as f64)),
        (Value::Int(left), Value::Double(right)) => (*left as f64).partial_cmp(right),
        (Value::Double(left), Value::Uint(right)) => left.partial_cmp(&(*right as f64)),
        (Value::Uint(left), Value::Double(right)) => (*left as f64).partial_cmp(right),
        _ => None,
    }
}
