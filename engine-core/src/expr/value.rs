//! The values of expressions.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::{Blob, Cursor, Key, Map, Text};
use crate::base;

/// A value. What it borrows lives as long as the expression and its data; cloning copies no data.
#[derive(Clone, Debug)]
#[repr(u64)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// A whole number of 64 bits without sign.
    Uint(u64),
    /// A floating-point number of 64 bits.
    Double(f64),
    /// Text.
    String(Text<'a>),
    /// Bytes.
    Bytes(Blob<'a>),
    /// A list that was built by an expression.
    List(Arc<Vec<Value<'a>>>),
    /// A map that was built by an expression.
    Map(Arc<Map<'a>>),
    /// JSON, read in place.
    Json(&'a Json),
    /// A part of a virtual object: the object, and the token of the part.
    Cursor(&'a dyn Cursor, u64),
    /// A point in time, from the year 1 to the year 9999.
    Timestamp(DateTime<Utc>),
    /// A length of time in nanoseconds, negative or not.
    Duration(i64),
    /// A type as a value, as `type(x)` gives it.
    Type(TypeName),
}

/// The type of a value at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeName {
    /// `null_type`
    Null,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `uint`
    Uint,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `list`
    List,
    /// `map`
    Map,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `type`
    Type,
}

impl TypeName {
    /// Every type.
    pub(super) const ALL: [Self; 12] = [
        Self::Null,
        Self::Bool,
        Self::Int,
        Self::Uint,
        Self::Double,
        Self::String,
        Self::Bytes,
        Self::List,
        Self::Map,
        Self::Timestamp,
        Self::Duration,
        Self::Type,
    ];

    /// The name of the type as CEL writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::List => "list",
            Self::Map => "map",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::Type => "type",
        }
    }

    /// The name of the type in messages for people.
    pub const fn plain(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            other => other.as_str(),
        }
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'a> Value<'a> {
    /// Text that is borrowed.
    pub fn borrowed(text: &'a str) -> Self {
        Self::String(Text::Borrowed(text))
    }

    /// Text that is owned.
    pub fn text(text: impl Into<String>) -> Self {
        Self::String(Text::from(text.into()))
    }

    /// Bytes that are owned.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes(Blob::from(bytes.into()))
    }

    /// A list.
    pub fn list(items: Vec<Value<'a>>) -> Self {
        Self::List(Arc::new(items))
    }

    /// The type.
    pub fn type_name(&self) -> TypeName {
        match self {
            Self::Null => TypeName::Null,
            Self::Bool(_) => TypeName::Bool,
            Self::Int(_) => TypeName::Int,
            Self::Uint(_) => TypeName::Uint,
            Self::Double(_) => TypeName::Double,
            Self::String(_) => TypeName::String,
            Self::Bytes(_) => TypeName::Bytes,
            Self::List(_) => TypeName::List,
            Self::Map(_) | Self::Cursor(..) => TypeName::Map,
            Self::Json(json) => type_of_json(json),
            Self::Timestamp(_) => TypeName::Timestamp,
            Self::Duration(_) => TypeName::Duration,
            Self::Type(_) => TypeName::Type,
        }
    }

    /// The same value, with scalars taken out of JSON: what is left as [`Value::Json`] is an array or an object.
    #[inline]
    pub(super) fn plain(self) -> Self {
        match self {
            Self::Json(json) => Self::from(json),
            other => other,
        }
    }

    /// The same value, borrowed from here where it is text or bytes.
    #[inline]
    pub(super) fn reborrow(&'a self) -> Self {
        match self {
            Self::String(text) => Self::borrowed(text),
            Self::Bytes(bytes) => Self::Bytes(Blob::Borrowed(bytes)),
            other => other.clone(),
        }
    }

    /// The same value, borrowing nothing; `None` for what is read in place.
    pub(super) fn into_owned(self) -> Option<Value<'static>> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(truth),
            Self::Int(int) => Value::Int(int),
            Self::Uint(uint) => Value::Uint(uint),
            Self::Double(double) => Value::Double(double),
            Self::String(text) => Value::text(&*text),
            Self::Bytes(bytes) => Value::bytes(&*bytes),
            Self::Timestamp(time) => Value::Timestamp(time),
            Self::Duration(nanos) => Value::Duration(nanos),
            Self::Type(name) => Value::Type(name),
            Self::List(items) => {
                Value::list(items.iter().map(|item| item.clone().into_owned()).collect::<Option<_>>()?)
            }
            Self::Map(map) => {
                let entries = map.entries().iter().map(|(key, value)| {
                    Some((
                        key.to_value().into_owned().as_ref().and_then(Key::of)?,
                        value.clone().into_owned()?,
                    ))
                });
                Value::Map(Arc::new(Map::new(entries.collect::<Option<_>>()?).ok()?))
            }
            Self::Json(_) | Self::Cursor(..) => return None,
        })
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Json(Json::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) | Self::Json(Json::Bool(truth)) => Some(*truth),
            _ => None,
        }
    }
}

fn type_of_json(json: &Json) -> TypeName {
    match json {
        Json::Null => TypeName::Null,
        Json::Bool(_) => TypeName::Bool,
        Json::Number(number) if number.is_i64() => TypeName::Int,
        Json::Number(number) if number.is_u64() => TypeName::Uint,
        Json::Number(_) => TypeName::Double,
        Json::String(_) => TypeName::String,
        Json::Array(_) => TypeName::List,
        Json::Object(_) => TypeName::Map,
    }
}

/// Numbers: whole ones are `int` (above the range of `int`, `uint`), those with a fraction or exponent `double`.
impl<'a> From<&'a Json> for Value<'a> {
    #[inline]
    fn from(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => {
                if let Some(int) = number.as_i64() {
                    Self::Int(int)
                } else if let Some(uint) = number.as_u64() {
                    Self::Uint(uint)
                } else {
                    Self::Double(number.as_f64().unwrap_or(f64::NAN))
                }
            }
            Json::String(text) => Self::borrowed(text),
            Json::Array(_) | Json::Object(_) => Self::Json(json),
        }
    }
}

impl From<base::Timestamp> for Value<'_> {
    /// A time outside the years 1 to 9999 becomes the nearest one inside.
    fn from(time: base::Timestamp) -> Self {
        Self::Timestamp(super::function::time::clamped_millis(time.millis()))
    }
}

impl From<base::Span> for Value<'_> {
    /// A length of more than 292 years becomes that.
    fn from(span: base::Span) -> Self {
        let nanos = i64::try_from(span.millis()).ok().and_then(|millis| millis.checked_mul(1_000_000));
        Self::Duration(nanos.unwrap_or(i64::MAX))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::borrowed(text)
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value<'_> {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<u64> for Value<'_> {
    fn from(uint: u64) -> Self {
        Self::Uint(uint)
    }
}

impl From<f64> for Value<'_> {
    fn from(double: f64) -> Self {
        Self::Double(double)
    }
}

impl fmt::Debug for dyn Cursor + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor")
    }
}
