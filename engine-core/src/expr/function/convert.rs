//! Conversions between types.

use super::{Answer, Function, double_to_text, time};
use crate::expr::fault::{Fault, FaultBox};
use crate::expr::{Blob, EvalErrorKind, Text, Value};

pub(super) fn call<'a>(function: Function, arguments: &[Value<'a>]) -> Answer<'a> {
    let [value] = arguments else { return Ok(None) };
    match function {
        Function::Dyn => Ok(Some(value.clone())),
        Function::Type => Ok(Some(Value::Type(value.type_name()))),
        Function::Int => int(value),
        Function::Uint => uint(value),
        Function::Double => double(value),
        Function::Bool => boolean(value),
        Function::String => string(value),
        Function::Bytes => Ok(match value {
            Value::String(Text::Borrowed(text)) => Some(Value::Bytes(Blob::Borrowed(text.as_bytes()))),
            Value::String(text) => Some(Value::bytes(text.as_bytes())),
            Value::Bytes(_) => Some(value.clone()),
            _ => None,
        }),
        Function::Timestamp => match value {
            Value::String(text) => time::parse_timestamp(text).map(Some),
            Value::Int(seconds) => time::timestamp(*seconds, 0).map(Value::Timestamp).map(Some),
            Value::Timestamp(_) => Ok(Some(value.clone())),
            _ => Ok(None),
        },
        Function::Duration => match value {
            Value::String(text) => time::parse_duration(text).map(Value::Duration).map(Some),
            Value::Duration(_) => Ok(Some(value.clone())),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Two to the power of 63, and of 64: the first doubles above `int` and above `uint`.
pub(in crate::expr) const TWO_63: f64 = 9_223_372_036_854_775_808.0;
pub(in crate::expr) const TWO_64: f64 = 18_446_744_073_709_551_616.0;

fn int<'a>(value: &Value<'a>) -> Answer<'a> {
    Ok(Some(Value::Int(match value {
        Value::Int(int) => *int,
        Value::Uint(uint) => i64::try_from(*uint).map_err(|_| out_of_range("int"))?,
        Value::Double(double) if *double > -TWO_63 && *double < TWO_63 => *double as i64,
        Value::Double(_) => return Err(out_of_range("int")),
        Value::String(text) => text.parse().map_err(|_| not_readable(text, "int"))?,
        Value::Timestamp(time) => time.timestamp(),
        _ => return Ok(None),
    })))
}

fn uint<'a>(value: &Value<'a>) -> Answer<'a> {
    Ok(Some(Value::Uint(match value {
        Value::Uint(uint) => *uint,
        Value::Int(int) => u64::try_from(*int).map_err(|_| out_of_range("uint"))?,
        Value::Double(double) if *double >= 0.0 && *double < TWO_64 => *double as u64,
        Value::Double(_) => return Err(out_of_range("uint")),
        Value::String(text) => text.parse().map_err(|_| not_readable(text, "uint"))?,
        _ => return Ok(None),
    })))
}

fn double<'a>(value: &Value<'a>) -> Answer<'a> {
    Ok(Some(Value::Double(match value {
        Value::Double(double) => *double,
        Value::Int(int) => *int as f64,
        Value::Uint(uint) => *uint as f64,
        Value::String(text) => text.parse().map_err(|_| not_readable(text, "double"))?,
        _ => return Ok(None),
    })))
}

fn boolean<'a>(value: &Value<'a>) -> Answer<'a> {
    Ok(Some(Value::Bool(match value {
        Value::Bool(truth) => *truth,
        Value::String(text) => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            other => return Err(not_readable(other, "bool")),
        },
        _ => return Ok(None),
    })))
}

fn string<'a>(value: &Value<'a>) -> Answer<'a> {
    Ok(Some(Value::text(match value {
        Value::String(_) => return Ok(Some(value.clone())),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Uint(uint) => uint.to_string(),
        Value::Double(double) => double_to_text(*double),
        Value::Timestamp(moment) => time::timestamp_to_text(moment),
        Value::Duration(nanos) => time::duration_to_text(*nanos),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return Err(Fault::text(EvalErrorKind::Invalid, "the bytes are no UTF-8 text")),
        },
        _ => return Ok(None),
    })))
}

fn out_of_range<'a>(to: &str) -> FaultBox<'a> {
    Fault::text(EvalErrorKind::Range, format!("the number is outside the range of {to}"))
}

fn not_readable<'a>(text: &str, to: &str) -> FaultBox<'a> {
    Fault::text(EvalErrorKind::Invalid, format!("\"{}\" is no {to}", shortened(text)))
}

/// So many characters of data are quoted in an error.
const MAX_QUOTE: usize = 40;

/// Text from data, short enough for an error.
pub(super) fn shortened(text: &str) -> String {
    let quote: String = text.chars().take(MAX_QUOTE).collect();
    let more = if quote.len() < text.len() { "…" } else { "" };
    format!("{}{more}", quote.escape_debug())
}
