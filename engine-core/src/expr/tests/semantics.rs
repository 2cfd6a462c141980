//! What expressions give, beyond the conformance suite: over JSON, over virtual objects, and in the extensions.

use serde_json::{Value as Json, json};

use super::super::{Budget, Cursor, EvalErrorKind, Expression, Names, Value};
use super::{alone, data, error_of, json_of};
use crate::base::{Span, Timestamp};

#[test]
fn json_reads_as_the_types_of_the_language() {
    for (source, value) in [
        ("credit_score >= 620 && dti < 0.43", json!(true)),
        ("steps.credit.output.score", json!(640)),
        ("steps[\"my-step\"].output + 1", json!(2)),
        ("steps.`my-step`.output", json!(1)),
        (
            "[type(credit_score), type(dti), type(big), type(nothing)] == [int, double, uint, null_type]",
            json!(true),
        ),
        ("items[1].price == 4.5 && items[0].price == 3.0", json!(true)),
        ("items.map(i, i.price)", json!([3, 4.5])),
        ("items.filter(i, i.price > 4)[0].tags", json!([])),
        ("items.map(i, i.price > 4, size(i.tags))", json!([0])),
        ("items.exists(i, 'b' in i.tags)", json!(true)),
        ("items.exists_one(i, i.price > 3)", json!(true)),
        ("has(steps.credit.output) && !has(steps.credit.error)", json!(true)),
        ("'credit' in steps && !('other' in steps)", json!(true)),
        ("steps.all(id, has(steps[id].output))", json!(true)),
        ("steps.map(id, id)", json!(["credit", "my-step"])),
        ("items[0] == {'price': 3u, 'tags': ['a', 'b']}", json!(true)),
        ("items + [1]", json!([{"price": 3, "tags": ["a", "b"]}, {"price": 4.5, "tags": []}, 1])),
        (
            "{'a': items[0].price, 2: null, true: big}",
            json!({"a": 3, "2": null, "true": 18_446_744_073_709_551_615u64}),
        ),
        ("nothing == null && nothing != 0", json!(true)),
        ("program in ['FHA', 'VA'] ? 'government' : 'private'", json!("government")),
        ("size(steps) + size(items) + size(name)", json!(7)),
        ("b'\\x00ab'", json!("AGFi")),
        ("duration('90m')", json!("1h30m")),
        ("duration('-90s')", json!("-90s")),
        ("timestamp('2026-03-01T09:00:00+01:00')", json!("2026-03-01T08:00:00Z")),
        ("timestamp('2026-03-01T09:00:00.250Z') + duration('P1D')", json!("2026-03-02T09:00:00.25Z")),
    ] {
        assert_eq!(json_of(source), value, "{source}");
    }
}

#[test]
fn errors_are_absorbed_where_they_do_not_matter() {
    for (source, value) in [
        ("missing > 1 || true", json!(true)),
        ("true || missing > 1", json!(true)),
        ("false && missing", json!(false)),
        ("missing && false", json!(false)),
        ("true ? 1 : missing", json!(1)),
        ("items.exists(i, i.weight > 1 || i.price > 4)", json!(true)),
        ("items.exists(i, i.tags[0] == 'a')", json!(true)),
        ("items.all(i, i.tags[0] == 'b')", json!(false)),
    ] {
        assert_eq!(json_of(source), value, "{source}");
    }
    for (source, kind) in [
        ("missing > 1 || false", EvalErrorKind::NoSuchName),
        ("items.exists_one(i, i.tags[0] == 'a')", EvalErrorKind::Range),
        ("items.map(i, i.weight)", EvalErrorKind::NoSuchKey),
        ("nothing.key", EvalErrorKind::NoOverload),
        ("credit_score / 0", EvalErrorKind::DivideByZero),
        ("9223372036854775807 + 1", EvalErrorKind::Overflow),
        ("{'a': 1, 'a': 2}", EvalErrorKind::RepeatedKey),
        ("int('x')", EvalErrorKind::Invalid),
        ("name.matches(string(nothing == null ? '(' : ''))", EvalErrorKind::Invalid),
        ("nothing && true", EvalErrorKind::NoOverload),
    ] {
        assert_eq!(error_of(source).kind, kind, "{source}");
    }
}

/// Locals are gone when what they belong to is, even when it failed half-way.
#[test]
fn variables_of_comprehensions_are_nested() {
    for (source, value) in [
        ("[1, 2].map(x, [10, 20].map(y, x + y))", json!([[11, 21], [12, 22]])),
        ("[1].map(x, [x, 2].map(x, x * 2))", json!([[2, 4]])),
        ("[[1, 0].all(x, 1 / x > 0) || true, [5].exists(y, y == 5)]", json!([true, true])),
        ("[1].map(x, ([0].map(y, 1 / y) == [] || true) && x == 1)", json!([true])),
        ("[1].map(name, .name)", json!(["Ada"])),
    ] {
        assert_eq!(json_of(source), value, "{source}");
    }
}

#[test]
fn text_functions_count_characters() {
    for (source, value) in [
        ("'héllo'.charAt(1)", json!("é")),
        ("'abc'.charAt(3)", json!("")),
        ("'héllo'.indexOf('l')", json!(2)),
        ("'héllo'.indexOf('l', 3)", json!(3)),
        ("'héllo'.indexOf('x')", json!(-1)),
        ("'héllo héllo'.lastIndexOf('é')", json!(7)),
        ("'héllo héllo'.lastIndexOf('é', 6)", json!(1)),
        ("'tacocat'.substring(4)", json!("cat")),
        ("'tacocat'.substring(0, 4)", json!("taco")),
        ("'hello hello'.replace('he', 'we')", json!("wello wello")),
        ("'hello hello'.replace('he', 'we', 1)", json!("wello hello")),
        ("'hello hello'.replace('he', 'we', 0)", json!("hello hello")),
        ("'ab'.replace('', '_')", json!("_a_b_")),
        ("'a,b,c'.split(',')", json!(["a", "b", "c"])),
        ("'a,b,c'.split(',', 2)", json!(["a", "b,c"])),
        ("'a,b,c'.split(',', 0)", json!([])),
        ("'añb'.split('')", json!(["a", "ñ", "b"])),
        ("'abc'.split('', 2)", json!(["a", "bc"])),
        ("['a', 'b'].join('-') + ['c'].join()", json!("a-bc")),
        ("items[0].tags.join(', ')", json!("a, b")),
        ("'  x \\t'.trim() + '|'", json!("x|")),
        ("'ÀBc'.lowerAscii() + 'àBc'.upperAscii()", json!("ÀbcàBC")),
        ("'abc'.reverse()", json!("cba")),
    ] {
        assert_eq!(json_of(source), value, "{source}");
    }
    for source in ["'abc'.charAt(4)", "'abc'.substring(2, 1)", "'abc'.substring(-1)", "'abc'.indexOf('a', 9)"]
    {
        assert_eq!(error_of(source).kind, EvalErrorKind::Range, "{source}");
    }
    assert_eq!(error_of("[1].join()").kind, EvalErrorKind::NoOverload);
}

#[test]
fn lists_and_numbers_have_functions() {
    for (source, value) in [
        ("math.greatest(1, 2.5, 2u)", json!(2.5)),
        ("math.least([3, 1, 2])", json!(1)),
        ("math.greatest(items.map(i, i.price))", json!(4.5)),
        ("math.abs(-3) + math.sign(-7)", json!(2)),
        (
            "[math.round(2.5), math.floor(-1.5), math.ceil(1.2), math.trunc(-1.7)]",
            json!([3.0, -2.0, 2.0, -1.0]),
        ),
        ("math.round(7)", json!(7)),
        ("[1, 2, 1.0, 3u, 3].distinct()", json!([1, 2, 3])),
        ("[3, 1.5, 2u, -1].sort()", json!([-1, 1.5, 2, 3])),
        ("['b', 'a'].sort()", json!(["a", "b"])),
        ("[[1], 2, [3, [4]]].flatten()", json!([1, 2, 3, [4]])),
        ("[1, 2, 3, 4].slice(1, 3)", json!([2, 3])),
    ] {
        assert_eq!(json_of(source), value, "{source}");
    }
    for (source, kind) in [
        ("math.abs(-9223372036854775808)", EvalErrorKind::Overflow),
        ("math.greatest([])", EvalErrorKind::Invalid),
        ("math.greatest('a', 'b')", EvalErrorKind::NoOverload),
        ("[1, 'a'].sort()", EvalErrorKind::NoOverload),
        ("[1].slice(0, 2)", EvalErrorKind::Range),
    ] {
        assert_eq!(error_of(source).kind, kind, "{source}");
    }
}

/// Numbers of several types, some of which are equal only when rounded, still sort.
#[test]
fn sorting_is_exact() {
    let source = "[9007199254740993, 9007199254740992.0, 9007199254740992, 1e300, -1e300, 0.5, 18446744073709551615u].sort()";
    let sorted = json_of(source);
    let expected = json!([
        -1e300,
        0.5,
        9_007_199_254_740_992.0,
        9_007_199_254_740_992i64,
        9_007_199_254_740_993i64,
        u64::MAX,
        1e300
    ]);
    assert_eq!(sorted, expected);
}

/// A virtual object: `part(n)` has the fields `n` and, below 3, `next`.
struct Parts;

impl Cursor for Parts {
    fn field<'a>(&'a self, token: u64, key: &str) -> Option<Value<'a>> {
        match key {
            "n" => Some(Value::Uint(token)),
            "next" if token < 3 => Some(Value::Cursor(self, token + 1)),
            _ => None,
        }
    }

    fn keys(&self, token: u64) -> Vec<String> {
        if token < 3 { vec!["n".into(), "next".into()] } else { vec!["n".into()] }
    }
}

impl Names for Parts {
    fn name<'a>(&'a self, name: &str) -> Option<Value<'a>> {
        (name == "part").then_some(Value::Cursor(self, 0))
    }
}

#[test]
fn virtual_objects_read_as_maps() {
    let value = |source: &str| {
        let expression = Expression::compile(source).unwrap();
        expression.evaluate(&Parts, &mut Budget::default()).and_then(|value| value.to_json())
    };
    for (source, expected) in [
        ("part.next.next.n", json!(2)),
        ("part['next']['n']", json!(1)),
        ("has(part.next) && !has(part.next.next.next.next)", json!(true)),
        ("'n' in part && !('m' in part)", json!(true)),
        ("size(part)", json!(2)),
        ("type(part) == map", json!(true)),
        ("part.map(key, key)", json!(["n", "next"])),
        ("part.next.next", json!({"n": 2, "next": {"n": 3}})),
        ("part.next.next == {'n': 2, 'next': {'n': 3}}", json!(true)),
        ("part == part", json!(true)),
        ("part == part.next", json!(false)),
    ] {
        assert_eq!(value(source).unwrap(), expected, "{source}");
    }
    let error = value("part.nxt").unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::NoSuchKey);
    assert_eq!(error.message, "`part.nxt`: no such key: `nxt`; did you mean `next`?");
}

#[test]
fn times_of_the_engine_are_values() {
    struct Clock;
    impl Names for Clock {
        fn name<'a>(&'a self, name: &str) -> Option<Value<'a>> {
            match name {
                "now" => Some(Timestamp::from_millis(1_772_355_600_250).into()),
                "far" => Some(Timestamp::from_millis(i64::MAX).into()),
                "wait" => Some(Span::from_secs(90).into()),
                _ => None,
            }
        }
    }
    for (source, expected) in [
        ("now", json!("2026-03-01T09:00:00.25Z")),
        ("far", json!("9999-12-31T23:59:59.999Z")),
        ("wait", json!("1m30s")),
        ("now + wait > now && wait.getSeconds() == 90", json!(true)),
        ("now.getHours('Europe/Berlin') - now.getHours()", json!(1)),
        ("now.getDayOfWeek()", json!(0)),
        ("duration('1h') - wait", json!("58m30s")),
    ] {
        let expression = Expression::compile(source).unwrap();
        let value = expression.evaluate(&Clock, &mut Budget::default()).unwrap();
        assert_eq!(value.to_json().unwrap(), expected, "{source}");
    }
}

#[test]
fn what_json_cannot_hold_is_an_error() {
    for source in ["0.0 / 0.0", "1.0 / 0.0", "type(1)", "[1.0 / 0.0]"] {
        assert!(alone(source, &mut Budget::default()).unwrap().to_json().is_err(), "{source}");
    }
}

#[test]
fn a_condition_must_be_a_truth_value() {
    let expression = Expression::compile("credit_score").unwrap();
    let error = expression.holds(&data(), &mut Budget::default()).unwrap_err();
    assert_eq!(error.message, "`credit_score`: a condition is true or false, not a value of type int");
}

#[test]
fn references_are_the_paths_that_are_read() {
    let source = "steps.credit.output.score > 1 && steps['my-step'].output == vars.é_ ? 1 : 2";
    assert!(Expression::compile(source).is_err(), "names are ASCII");
    let source = "/*é*/";
    assert!(Expression::compile(source).is_err());
    let source = "'é' == steps.credit.output.score && has(vars.risk) && items[index].tags.exists(t, t == input.tag) \
                  && steps['my-step'].output == now && math.abs(a) == 1 && items.size() > list && type(b) == int";
    let found: Vec<(String, usize)> = Expression::compile(source)
        .unwrap()
        .references()
        .iter()
        .map(|one| {
            let path = [std::slice::from_ref(&one.root), one.path.as_slice()].concat().join("/");
            let marks = format!("{}{}", if one.whole { "" } else { "+" }, if one.tested { "?" } else { "" });
            (path + &marks, one.offset)
        })
        .collect();
    let expected = [
        ("steps/credit/output/score", "steps.c"),
        ("vars/risk?", "vars."),
        ("items+", "items["),
        ("index", "index"),
        ("input/tag", "input"),
        ("steps/my-step/output", "steps['"),
        ("now", "now"),
        ("a", "a) =="),
        ("items", "items.size"),
        ("b", "b) =="),
    ];
    let place = |text: &str| source[..source.find(text).unwrap()].chars().count();
    let expected: Vec<(String, usize)> = expected.map(|(path, at)| (path.to_owned(), place(at))).into();
    assert_eq!(found, expected);
}

#[test]
fn expressions_are_shared_between_threads() {
    fn assert_shared<T: Send + Sync + Clone>() {}
    assert_shared::<Expression>();
    assert_shared::<super::super::Template>();
}

#[test]
fn steps_of_the_budget_are_counted() {
    let mut budget = Budget::default();
    let before = budget.remaining();
    alone("[1, 2, 3].all(x, x > 0)", &mut budget).unwrap();
    let used = before - budget.remaining();
    assert!((5..20).contains(&used), "{used}");
    let long = Json::from("x".repeat(64_000));
    let data = json!({"long": long});
    let expression = Expression::compile("long + long == long").unwrap();
    let mut budget = Budget::default();
    expression.evaluate(&data, &mut budget).unwrap();
    assert!(budget.remaining() < Budget::default().remaining() - 4_000);
}
