//! Plain values, lists and maps.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::{Cx, Fault, Lower, Path, shortened};
use crate::definition::tree::{Node, Shape};
use crate::definition::{DecisionRule, Edge, Need, Next, Rule, code};

pub(super) const BOOLEAN: &str = "true or false";

impl Lower for String {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        match node.shape() {
            Shape::Text(text) => Some(text.to_owned()),
            _ => {
                cx.mismatch(node, path, "a text");
                None
            }
        }
    }
}

impl Lower for bool {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        match node.shape() {
            Shape::Bool(value) => Some(value),
            _ => {
                cx.mismatch(node, path, BOOLEAN);
                None
            }
        }
    }
}

impl Lower for f64 {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        match node.shape() {
            Shape::Number(number) => number.as_f64(),
            _ => {
                cx.mismatch(node, path, "a number");
                None
            }
        }
    }
}

impl Lower for u32 {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        whole(cx, node, path, u32::MAX)
    }
}

/// The only small number of the language is a priority.
impl Lower for u8 {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        whole(cx, node, path, 9).and_then(|number| u8::try_from(number).ok())
    }
}

/// A whole number from 0 to `most`; `3.0` is one, as it is in JSON Schema.
fn whole(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>, most: u32) -> Option<u32> {
    let Shape::Number(number) = node.shape() else {
        cx.mismatch(node, path, "a whole number");
        return None;
    };
    let value = whole_value(number).filter(|value| *value <= most);
    if value.is_none() {
        let message = format!("{} must be a whole number from 0 to {most}, not {number}", path.name());
        cx.report(node.at(), path, Fault::new(code::INVALID_VALUE, message));
    }
    value
}

fn whole_value(number: &Number) -> Option<u32> {
    if let Some(value) = number.as_u64() {
        return u32::try_from(value).ok();
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
    // In this range every whole float is exactly a u32.
    (0.0..=f64::from(u32::MAX)).contains(&float).then_some(float as u32)
}

/// Data: anything, down to the depth allowed.
impl Lower for Value {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        data(cx, node, path, cx.limits.nesting())
    }
}

fn data(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>, levels: usize) -> Option<Value> {
    Some(match node.shape() {
        Shape::Broken => return None,
        Shape::Null => Value::Null,
        Shape::Bool(value) => Value::Bool(value),
        Shape::Number(number) => Value::Number(number.clone()),
        Shape::Text(text) => Value::String(text.to_owned()),
        Shape::List(_) | Shape::Map(_) if levels == 0 => {
            let message = format!("data is nested deeper than {} levels", cx.limits.nesting());
            cx.report(node.at(), path, Fault::new(code::TOO_DEEP, message));
            return None;
        }
        Shape::List(list) => {
            let items =
                (list.iter().enumerate()).map(|(at, item)| data(cx, item, &path.index(at), levels - 1));
            Value::Array(whole_list(items)?)
        }
        Shape::Map(fields) => {
            let mut map = serde_json::Map::new();
            let mut complete = true;
            for (key, value) in fields.iter() {
                match data(cx, value, &path.key(key.name), levels - 1) {
                    Some(value) => drop(map.insert(key.name.to_owned(), value)),
                    None => complete = false,
                }
            }
            return complete.then_some(Value::Object(map));
        }
    })
}

/// All items, if all of them could be read. Every one is looked at.
fn whole_list<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let mut complete = true;
    let read: Vec<T> = items.inspect(|item| complete &= item.is_some()).flatten().collect();
    complete.then_some(read)
}

impl<T: Lower> Lower for BTreeMap<String, T> {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        let Shape::Map(fields) = node.shape() else {
            cx.mismatch(node, path, "a mapping of names to values");
            return None;
        };
        let mut complete = true;
        let mut map = BTreeMap::new();
        for (key, value) in fields.iter() {
            match T::lower(cx, value, &path.key(key.name)) {
                Some(value) => drop(map.insert(key.name.to_owned(), value)),
                None => complete = false,
            }
        }
        complete.then_some(map)
    }
}

pub(super) fn list<T: Lower>(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Vec<T>> {
    let Shape::List(list) = node.shape() else {
        cx.mismatch(node, path, "a list");
        return None;
    };
    whole_list(list.iter().enumerate().map(|(at, item)| T::lower(cx, item, &path.index(at))))
}

/// A list, or its only item as it stands.
fn one_or_many<T: Lower>(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Vec<T>> {
    match node.shape() {
        Shape::List(_) => list(cx, node, path),
        _ => T::lower(cx, node, path).map(|item| vec![item]),
    }
}

macro_rules! lists {
    ($read:ident: $($item:ident),+) => {
        $(impl Lower for Vec<$item> {
            fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
                $read(cx, node, path)
            }
        })+
    };
}

lists!(one_or_many: String, Need, Next);
lists!(list: Edge, DecisionRule, Rule);

/// A text in a message, in quotes and not too long.
pub(super) fn shown(text: &str) -> String {
    format!("`{}`", shortened(text))
}
