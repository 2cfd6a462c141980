//! What comprehensions go through: the elements of a list, the keys of a map.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Map, Value};

pub(super) enum Items<'a> {
    List(Arc<Vec<Value<'a>>>, usize),
    Map(Arc<Map<'a>>, usize),
    Array(std::slice::Iter<'a, Json>),
    Object(serde_json::map::Keys<'a>),
    Keys(std::vec::IntoIter<String>),
}

impl<'a> Items<'a> {
    /// The elements or keys of a value; `None` if it has none.
    pub fn of(value: &Value<'a>) -> Option<Self> {
        match value {
            Value::List(items) => Some(Self::List(Arc::clone(items), 0)),
            Value::Map(map) => Some(Self::Map(Arc::clone(map), 0)),
            Value::Json(Json::Array(items)) => Some(Self::Array(items.iter())),
            Value::Json(Json::Object(fields)) => Some(Self::Object(fields.keys())),
            Value::Cursor(cursor, token) => Some(Self::Keys(cursor.keys(*token).into_iter())),
            _ => None,
        }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Self::List(items, at) => {
                *at += 1;
                items.get(*at - 1).cloned()
            }
            Self::Map(map, at) => {
                *at += 1;
                map.entries().get(*at - 1).map(|(key, _)| key.to_value())
            }
            Self::Array(items) => items.next().map(Value::from),
            Self::Object(keys) => keys.next().map(|key| Value::borrowed(key)),
            Self::Keys(keys) => keys.next().map(Value::text),
        }
    }
}
