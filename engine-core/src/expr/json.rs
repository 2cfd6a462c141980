//! Values as JSON.

use serde_json::{Map as JsonMap, Number, Value as Json};

use super::compare::{entry, keys, too_deep};
use super::fault::{Fault, FaultBox};
use super::function::time;
use super::items::Items;
use super::{Budget, EvalError, EvalErrorKind, Key, Value};
use crate::base::Span;

/// JSON is built so deep.
const MAX_DEPTH: usize = 120;

impl Value<'_> {
    /// The value as JSON: numbers as numbers, bytes as base64, timestamps in RFC 3339, durations in the short form
    /// (`1h30m`) or, if they are negative or finer than milliseconds, in seconds (`-0.5s`), keys of maps as strings.
    ///
    /// Not a number, the infinities, types, and values that are too deep or too large are errors.
    pub fn to_json(&self) -> Result<Json, EvalError> {
        self.to_json_within(&mut Budget::new(16_000_000))
    }

    /// The same, bounded by a budget: what is written counts.
    pub fn to_json_within(&self, budget: &mut Budget) -> Result<Json, EvalError> {
        json(self, budget, 0).map_err(|fault| fault.into_error(""))
    }
}

fn json<'a>(value: &Value<'a>, budget: &mut Budget, depth: usize) -> Result<Json, FaultBox<'a>> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    budget.charge(1)?;
    match value {
        Value::Json(Json::Array(_)) | Value::List(_) => list(value, budget, depth),
        Value::Json(Json::Object(_)) | Value::Map(_) | Value::Cursor(..) => object(value, budget, depth),
        Value::Json(scalar) => self::scalar(&Value::from(*scalar), budget),
        scalar => self::scalar(scalar, budget),
    }
}

fn scalar<'a>(value: &Value<'a>, budget: &mut Budget) -> Result<Json, FaultBox<'a>> {
    Ok(match value {
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(int) => Json::from(*int),
        Value::Uint(uint) => Json::from(*uint),
        Value::Double(double) => match Number::from_f64(*double) {
            Some(number) => Json::Number(number),
            None => return Err(Fault::text(EvalErrorKind::Range, format!("{double} is no number in JSON"))),
        },
        Value::String(text) => {
            budget.charge_bytes(text.len())?;
            Json::String((**text).to_owned())
        }
        Value::Bytes(bytes) => {
            budget.charge_bytes(bytes.len())?;
            Json::String(base64(bytes))
        }
        Value::Timestamp(moment) => Json::String(time::timestamp_to_text(moment)),
        Value::Duration(nanos) => Json::String(duration(*nanos)),
        Value::Type(_) => return Err(Fault::text(EvalErrorKind::NoOverload, "a type is no value in JSON")),
        _ => Json::Null,
    })
}

// Plain loops, and little beside them: these recurse as deep as the data, and their frames count.

fn list<'a>(value: &Value<'a>, budget: &mut Budget, depth: usize) -> Result<Json, FaultBox<'a>> {
    let mut out = Vec::new();
    for item in Items::of(value).into_iter().flatten() {
        out.push(json(&item, budget, depth + 1)?);
    }
    Ok(Json::Array(out))
}

fn object<'a>(value: &Value<'a>, budget: &mut Budget, depth: usize) -> Result<Json, FaultBox<'a>> {
    let mut out = JsonMap::new();
    for key in keys(value).into_iter().flatten() {
        if let Some(field) = entry(value, &key) {
            let field = json(&field, budget, depth + 1)?;
            insert(&mut out, key, field, budget)?;
        }
    }
    Ok(Json::Object(out))
}

fn insert<'a>(
    fields: &mut JsonMap<String, Json>,
    key: Key<'a>,
    field: Json,
    budget: &mut Budget,
) -> Result<(), FaultBox<'a>> {
    let name = match key {
        Key::String(text) => (*text).to_owned(),
        Key::Bool(truth) => truth.to_string(),
        Key::Int(int) => int.to_string(),
        Key::Uint(uint) => uint.to_string(),
    };
    budget.charge_bytes(name.len())?;
    fields.insert(name, field);
    Ok(())
}

/// The short form where it says everything.
fn duration(nanos: i64) -> String {
    match u64::try_from(nanos) {
        Ok(nanos) if nanos % 1_000_000 == 0 => Span::from_millis(nanos / 1_000_000).to_string(),
        _ => time::duration_to_text(nanos),
    }
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit > chunk.len() {
                out.push('=');
            } else {
                out.push(char::from(DIGITS[(word >> (18 - 6 * digit) & 63) as usize]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn durations_read_as_spans_where_they_can() {
        assert_eq!(duration(5_400_000_000_000), "1h30m");
        assert_eq!(duration(-500_000_000), "-0.5s");
        assert_eq!(duration(1), "0.000000001s");
    }
}
