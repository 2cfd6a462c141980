//! The conformance suite of CEL (google/cel-spec), as far as it needs no protocol buffers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;

use flowwright::expr::{Budget, Expression, Key, Map, Options, Type, TypeName, Value};
use serde_json::Value as Json;

const SUITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/cel/conformance.json");
const EXCEPTIONS: &str = include_str!("cel/exceptions.txt");

#[test]
fn the_suite_passes_but_for_the_listed_exceptions() {
    let Ok(text) = std::fs::read_to_string(SUITE) else {
        eprintln!("skipped: the conformance suite is not here");
        return;
    };
    let suite: Json = serde_json::from_str(&text).unwrap();
    let tests = suite["tests"].as_array().unwrap();
    let mut exceptions = exceptions();
    let mut wrong = Vec::new();
    let mut passed: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for test in tests {
        let file = test["file"].as_str().unwrap();
        let id = format!("{file}/{}/{}", test["section"].as_str().unwrap(), test["name"].as_str().unwrap());
        let counts = passed.entry(file).or_default();
        counts.1 += 1;
        match (run(test), exceptions.remove(id.as_str())) {
            (Ok(()), false) => counts.0 += 1,
            (Ok(()), true) => wrong.push(format!("{id} is listed as an exception, but passes")),
            (Err(_), true) => {}
            (Err(reason), false) => wrong.push(format!("{id}: {reason}")),
        }
    }
    for (file, (passed, all)) in &passed {
        println!("{file:20} {passed:4} of {all:4}");
    }
    println!("{:20} {:4} of {:4}", "together", passed.values().map(|one| one.0).sum::<usize>(), tests.len());
    wrong.extend(exceptions.0.keys().map(|id| format!("{id} is listed as an exception, but is no test")));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

struct Exceptions(BTreeMap<&'static str, ()>);

impl Exceptions {
    fn remove(&mut self, id: &str) -> bool {
        self.0.remove(id).is_some()
    }
}

fn exceptions() -> Exceptions {
    let lines = EXCEPTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Exceptions(
        lines
            .map(|line| {
                let (id, reason) = line.split_once(": ").expect("an exception has a reason");
                assert!(!reason.trim().is_empty(), "{id} has no reason");
                (id, ())
            })
            .collect(),
    )
}

fn run(test: &Json) -> Result<(), String> {
    let source = test["expr"].as_str().unwrap();
    let mut names: BTreeMap<String, Value<'static>> = BTreeMap::new();
    if let Some(bindings) = test.get("bindings").and_then(Json::as_object) {
        for (name, encoded) in bindings {
            names.insert(name.clone(), value(encoded));
        }
    }
    let options = Options {
        container: test.get("container").and_then(Json::as_str).unwrap_or_default().to_owned(),
        qualified_names: true,
        late_functions: true,
        ..Options::default()
    };
    let outcome = Expression::compile_with(source, &options).map_err(|error| error.to_string());
    if let Ok(expression) = &outcome {
        types_agree(test, expression)?;
    }
    let outcome = outcome.as_ref().map_err(Clone::clone).and_then(|expression| {
        expression.evaluate(&names, &mut Budget::default()).map_err(|error| error.to_string())
    });
    match (outcome, test["expect"].get("value")) {
        (Ok(found), Some(expected)) if same(&found, &value(expected)) => Ok(()),
        (Err(_), None) if test["expect"].get("error").is_some() => Ok(()),
        (outcome, expected) => Err(format!("`{source}` gave {outcome:?}, expected {expected:?}")),
    }
}

/// What the suite says about types: the static one where it is given, and no complaint about what gives a value.
fn types_agree(test: &Json, expression: &Expression) -> Result<(), String> {
    let expected = &test["expect"];
    if let Some(deduced) = expected.get("deduced_type") {
        let found = expression.result_type(&());
        if found != static_type(deduced) {
            return Err(format!("the type is {found:?}, expected {deduced}"));
        }
    }
    let findings = expression.check(&());
    match findings.first() {
        Some(finding) if expected.get("value").is_some() && test.get("disable_check").is_none() => {
            Err(format!("the check complains: {}", finding.message))
        }
        _ => Ok(()),
    }
}

/// A static type in the encoding of the suite, as far as it needs them.
fn static_type(encoded: &Json) -> Type {
    if encoded.get("null").is_some() {
        return Type::Null;
    }
    if let Some(map) = encoded.get("map_type") {
        return Type::Map(Box::new(static_type(&map["value_type"])));
    }
    match encoded["primitive"].as_str().unwrap() {
        "BOOL" => Type::Bool,
        "INT64" => Type::Int,
        "DOUBLE" => Type::Double,
        "STRING" => Type::String,
        "BYTES" => Type::Bytes,
        other => panic!("the suite has the type {other}"),
    }
}

/// Whether values are the same to the bit: types of numbers and signs of zeros count.
fn same(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Double(left), Value::Double(right)) => {
            left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left.entries().iter().zip(right.entries()).all(|((key, value), (other_key, other))| {
                    same(&key.to_value(), &other_key.to_value()) && same(value, other)
                })
        }
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Uint(left), Value::Uint(right)) => left == right,
        (Value::String(left), Value::String(right)) => **left == **right,
        (Value::Bytes(left), Value::Bytes(right)) => **left == **right,
        (Value::Type(left), Value::Type(right)) => left == right,
        _ => false,
    }
}

/// A value in the encoding of the suite.
fn value(encoded: &Json) -> Value<'static> {
    let (kind, content) = encoded.as_object().unwrap().iter().next().unwrap();
    let text = || content.as_str().unwrap();
    match kind.as_str() {
        "null" => Value::Null,
        "bool" => Value::Bool(content.as_bool().unwrap()),
        "int" => Value::Int(text().parse().unwrap()),
        "uint" => Value::Uint(text().parse().unwrap()),
        "double" => Value::Double(text().parse().unwrap()),
        "string" => Value::text(text()),
        "bytes" => Value::bytes(from_base64(text())),
        "list" => Value::list(content.as_array().unwrap().iter().map(value).collect()),
        "map" => {
            let entries = content.as_array().unwrap().iter().map(|pair| {
                let key = Key::of(&value(&pair[0])).unwrap();
                (key, value(&pair[1]))
            });
            Value::Map(Map::new(entries.collect()).unwrap().into())
        }
        "type" => Value::Type(type_name(text())),
        other => panic!("the suite has a value of kind {other}"),
    }
}

fn type_name(name: &str) -> TypeName {
    use TypeName::*;
    let all = [Null, Bool, Int, Uint, Double, String, Bytes, List, Map, Timestamp, Duration, Type];
    all.into_iter().find(|one| one.as_str() == name).unwrap()
}

fn from_base64(text: &str) -> Vec<u8> {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = text.trim_end_matches('=').chars().map(|digit| digits.find(digit).unwrap());
    let (mut out, mut buffer, mut count) = (Vec::new(), 0usize, 0);
    for six in bits {
        buffer = buffer << 6 | six;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((buffer >> count) as u8);
            buffer &= (1 << count) - 1;
        }
    }
    out
}
