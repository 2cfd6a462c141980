//! Where an expression finds its data.

use std::collections::BTreeMap;

use serde_json::Map as JsonMap;
use serde_json::Value as Json;

use super::Value;

/// The roots that an expression can name.
pub trait Names {
    /// What a name stands for, or `None` if nothing of that name is in scope.
    fn name<'a>(&'a self, name: &str) -> Option<Value<'a>>;
}

/// An object that is offered without being built: its fields are asked for one by one. It reads as a map with strings
/// as keys. (`Sync`, because expressions are, and values of one type serve for constants too.)
pub trait Cursor: Sync {
    /// The field `key` of the part that `token` stands for.
    fn field<'a>(&'a self, token: u64, key: &str) -> Option<Value<'a>>;

    /// The keys of the part that `token` stands for, ascending and each once.
    fn keys(&self, token: u64) -> Vec<String>;
}

/// No names at all.
impl Names for () {
    fn name<'a>(&'a self, _name: &str) -> Option<Value<'a>> {
        None
    }
}

/// The fields of an object; nothing, if it is none.
impl Names for Json {
    fn name<'a>(&'a self, name: &str) -> Option<Value<'a>> {
        self.as_object()?.get(name).map(Value::from)
    }
}

impl Names for JsonMap<String, Json> {
    fn name<'a>(&'a self, name: &str) -> Option<Value<'a>> {
        self.get(name).map(Value::from)
    }
}

impl Names for BTreeMap<String, Json> {
    fn name<'a>(&'a self, name: &str) -> Option<Value<'a>> {
        self.get(name).map(Value::from)
    }
}

impl Names for BTreeMap<String, Value<'static>> {
    fn name<'a>(&'a self, name: &str) -> Option<Value<'a>> {
        self.get(name).cloned()
    }
}
