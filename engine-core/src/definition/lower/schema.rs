//! JSON Schemas inside a definition.

use jsonschema::{ValidationError, draft202012};
use serde_json::Value;

use super::map::{Check, Map};
use super::{Cx, Fault, Lower, Path};
use crate::definition::code;
use crate::definition::source::PathPart;
use crate::definition::tree::{Node, Shape};

impl Map<'_, '_> {
    /// A field that holds a JSON Schema.
    pub(super) fn schema(
        &self,
        cx: &mut Cx<'_>,
        key: &str,
        _: Option<Check<Value>>,
    ) -> Option<Option<Value>> {
        let Some((_, node)) = self.get(key) else { return Some(None) };
        let path = self.path.key(key);
        if !matches!(node.shape(), Shape::Map(_) | Shape::Bool(_) | Shape::Broken) {
            cx.mismatch(node, &path, "a JSON Schema: a mapping");
            return None;
        }
        let schema = Value::lower(cx, node, &path)?;
        let mut sound = true;
        for error in draft202012::meta::validator().iter_errors(&schema) {
            report(cx, node, &path, &error.instance_path().to_string(), &error);
            sound = false;
        }
        // What the meta-schema cannot see: references, patterns.
        if sound && let Err(error) = draft202012::options().offline().build(&schema) {
            let pointer = reference(&schema, &error).unwrap_or_else(|| error.instance_path().to_string());
            report(cx, node, &path, &pointer, &error);
            sound = false;
        }
        sound.then_some(Some(schema))
    }
}

fn report(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>, pointer: &str, error: &ValidationError<'_>) {
    let keys: Vec<String> =
        pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    let reason = error.to_string();
    let message = format!("this is not a JSON Schema: {}", super::shortened_to(&reason, 200));
    let fault = Fault::new(code::INVALID_SCHEMA, message);
    let help = if ["retriev", "resolv", "does not exist"].iter().any(|word| reason.contains(word)) {
        fault.help(
            "a schema can only refer to itself: put what it needs under `$defs`, and refer to `#/$defs/NAME`",
        )
    } else {
        fault
    };
    descend(cx, node, path, &keys, help);
}

/// Reports at the innermost value on the way that the keys show.
fn descend(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>, keys: &[String], fault: Fault) {
    let next = keys.split_first().and_then(|(key, rest)| {
        let part = match node.shape() {
            Shape::List(_) => PathPart::Index(key.parse().ok()?),
            _ => PathPart::Key(key.clone()),
        };
        Some((node.child(&part)?, part, rest))
    });
    match next {
        None => cx.report(node.at(), path, fault),
        Some((inner, PathPart::Key(key), rest)) => descend(cx, inner, &path.key(&key), rest, fault),
        Some((inner, PathPart::Index(at), rest)) => descend(cx, inner, &path.index(at), rest, fault),
    }
}

/// Where in the schema the reference stands that an error tells of, as a JSON pointer.
fn reference(schema: &Value, error: &ValidationError<'_>) -> Option<String> {
    let told = error.to_string();
    find(schema, &mut String::new(), &|text| told.contains(text.trim_matches('#')))
}

fn find(value: &Value, pointer: &mut String, told: &dyn Fn(&str) -> bool) -> Option<String> {
    let length = pointer.len();
    let inner: Box<dyn Iterator<Item = (String, &Value)>> = match value {
        Value::Object(fields) => {
            let wanted = |key: &str| matches!(key, "$ref" | "$dynamicRef" | "pattern");
            for (key, value) in fields.iter().filter(|(key, _)| wanted(key)) {
                if value.as_str().is_some_and(told) {
                    return Some(format!("{pointer}/{key}"));
                }
            }
            Box::new(fields.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)))
        }
        Value::Array(items) => Box::new(items.iter().enumerate().map(|(at, value)| (at.to_string(), value))),
        _ => return None,
    };
    for (key, value) in inner {
        pointer.push('/');
        pointer.push_str(&key);
        if let Some(found) = find(value, pointer, told) {
            return Some(found);
        }
        pointer.truncate(length);
    }
    None
}
