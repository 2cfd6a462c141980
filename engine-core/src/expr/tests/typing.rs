//! Static types: what is found before anything runs.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::{Expression, Type};

fn types() -> BTreeMap<String, Type> {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "score": {"type": "integer"},
            "dti": {"type": "number"},
            "name": {"type": "string"},
            "nick": {"type": ["string", "null"]},
            "program": {"enum": ["FHA", "VA", "conventional"]},
            "paid": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "open": {"type": "object", "properties": {"a": {"type": "integer"}}},
            "free": {},
            "rates": {"type": "object", "additionalProperties": {"type": "number"}},
            "people": {"type": "array", "items": {"type": "object", "properties": {"age": {"type": "integer"}}, "additionalProperties": false}},
        },
    });
    BTreeMap::from([("input".to_owned(), Type::of_schema(&schema)), ("now".to_owned(), Type::Timestamp)])
}

fn findings(source: &str) -> Vec<(usize, String, Option<String>)> {
    let found = Expression::compile(source).unwrap().check(&types());
    found.into_iter().map(|one| (one.offset, one.message, one.help)).collect()
}

#[test]
fn what_may_work_is_not_reported() {
    for source in [
        "input.score >= 620 && input.dti < 0.43 && input.dti < 1",
        "input.name == 'x' || input.nick == null || input.nick == 'y' || input.name != null",
        "input.program == 'FHA' && input.program in ['FHA', 'VA']",
        "input.paid && !input.paid ? input.score : input.name",
        "input.free.anything > 3 && input.free == 'x' && input.open.other == 1",
        "input.tags.exists(t, t == 'x') && 'x' in input.tags && input.tags[0].size() > 1",
        "input.rates['x'] + 1.0 > 2.0 && input.rates.y > 1",
        "input.dti * 2 > 1 || input.dti * 2.0 > 1.0",
        "now - duration('1h') > timestamp('2026-01-01T00:00:00Z')",
        "unknown.whatever == 1 && steps.x.output.y + 1 == 2",
        "dyn(input.score) == 'x'",
        "input.people.map(p, p.age).exists(a, a > 18)",
        "input.score in [1, 2.5] && input.free in []",
        "[1, 'a'].exists(x, x == 'a')",
        "has(input.score) && input.rates.all(k, k.startsWith('x'))",
    ] {
        assert_eq!(findings(source), [], "{source}");
    }
}

#[test]
fn what_can_never_work_is_reported() {
    for (source, offset, message, help) in [
        (
            "input.score == '620'",
            0,
            "`input.score == '620'` is always false: int and string are never equal",
            "write `input.score == double('620')`",
        ),
        (
            "true && input.name > 5",
            8,
            "`input.name > 5`: there is no `>` for string and int",
            "write `double(input.name) > 5`",
        ),
        ("input.paid != 'yes'", 0, "always true: bool and string are never equal", "string(input.paid)"),
        (
            "input.score + 1.5 > 2.0",
            0,
            "there is no `+` for int and double",
            "write `double(input.score) + 1.5`",
        ),
        ("input.program == 'FAH'", 17, "`input.program` is never \"FAH\"", "did you mean \"FHA\"?"),
        (
            "input.program in ['VA', 'xyz']",
            17,
            "`input.program` is never \"xyz\"",
            "it is one of FHA, VA, conventional",
        ),
        ("input.scor > 1", 0, "`input` (map) has no field `scor`", "did you mean `score`?"),
        ("input.name && true", 0, "this must be true or false, but `input.name` is of type string", ""),
        ("!input.score", 1, "this must be true or false", ""),
        ("input.score ? 1 : 2", 0, "this must be true or false", ""),
        ("input.tags.exists(t, t > 3)", 21, "there is no `>` for string and int", ""),
        ("input.people.filter(p, p.agee > 3)", 23, "has no field `agee`", "`age`"),
        ("input.people.map(p, p.age)[0] == 'x'", 0, "never equal", ""),
        (
            "input.score.startsWith('6')",
            0,
            "`startsWith` does not take `input.score`, which is of type int",
            "text.startsWith",
        ),
        ("input.name.exists(x, true)", 0, "`input.name` (string) has no elements", ""),
        ("3 in input.tags", 0, "`3` (int) is never in a list of string", ""),
        ("'x' in input.score", 0, "there is no `in` for string and int", ""),
        ("input.rates.x == 'a'", 0, "never equal", ""),
        (
            "now > '2026-01-01T00:00:00Z'",
            0,
            "there is no `>` for timestamp and string",
            "timestamp('2026-01-01T00:00:00Z')",
        ),
        ("now > timestamp('tomorrow')", 6, "\"tomorrow\" is no timestamp", ""),
        ("now + duration('5 minutes') > now", 6, "is no duration", ""),
        ("input.nick > 3", 0, "there is no `>` for string or null and int", ""),
        ("-input.name", 0, "there is no `-` before a value of type string", ""),
        ("input.tags == 'x'", 0, "list and string are never equal", ""),
        ("size(input.score) > 1", 0, "`size` does not take `input.score`", "size(x)"),
    ] {
        let found = findings(source);
        let [(place, text, hint)] = found.as_slice() else { panic!("{source}: {found:?}") };
        assert!(text.contains(message), "{source}: {text}");
        assert_eq!(*place, offset, "{source}: {text}");
        assert!(hint.as_deref().unwrap_or_default().contains(help), "{source}: {hint:?}");
    }
}

#[test]
fn results_have_types() {
    for (source, expected) in [
        ("input.score > 1", Type::Bool),
        ("input.score + 1", Type::Int),
        ("input.free + 1", Type::Int),
        ("input.name + 'x'", Type::String),
        ("input.tags", Type::List(Box::new(Type::String))),
        ("input.tags.map(t, size(t))", Type::List(Box::new(Type::Int))),
        ("input.people.filter(p, p.age > 3).map(p, p.age)[0]", Type::Int),
        ("now - now", Type::Duration),
        ("now + duration('1h')", Type::Timestamp),
        ("input.paid ? 1 : 'x'", Type::OneOf(vec![Type::Int, Type::String])),
        ("input.paid ? 1 : 2", Type::Int),
        ("input.free", Type::Dyn),
        ("nobody.knows", Type::Dyn),
        ("{'a': 1}", Type::Map(Box::new(Type::Int))),
        ("{'a': input.score}.a", Type::Int),
        ("[1, 2.0]", Type::List(Box::new(Type::OneOf(vec![Type::Int, Type::Double])))),
        ("null", Type::Null),
        ("size('x')", Type::Int),
        ("dyn(1)", Type::Dyn),
        ("input.dti", Type::Number),
    ] {
        assert_eq!(Expression::compile(source).unwrap().result_type(&types()), expected, "{source}");
    }
}

#[test]
fn schemas_that_say_nothing_are_dyn() {
    for schema in [
        json!(true),
        json!({}),
        json!({"$ref": "#/x"}),
        json!({"type": "what"}),
        json!({"not": {}}),
        json!(3),
    ] {
        assert_eq!(Type::of_schema(&schema), Type::Dyn, "{schema}");
    }
    let either = json!({"anyOf": [{"type": "string"}, {"type": "null"}]});
    assert_eq!(Type::of_schema(&either), Type::OneOf(vec![Type::String, Type::Null]));
    assert_eq!(Type::of_schema(&json!({"const": 3})), Type::Number);
    assert_eq!(Type::of_schema(&json!({"anyOf": [{}, {"type": "null"}]})), Type::Dyn);
}
