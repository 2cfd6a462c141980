//! Input that is made to overflow the stack or to run away.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{Budget, EvalErrorKind, Expression, Limits, Options, Template, Type};
use super::alone;

/// What a thread of a careful embedder may have.
const STACK: usize = 512 * 1024;

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK).spawn(test).unwrap().join().unwrap();
}

/// Compiles, checks, evaluates and drops; whether it compiled.
fn through(source: &str) -> bool {
    let options = Options {
        limits: Limits { source: 16 << 20, depth: usize::MAX, ..Limits::default() },
        ..Options::default()
    };
    let data = json!({"a": {"a": 1}, "l": [[1]], "t": true, "s": "x"});
    let Ok(expression) = Expression::compile_with(source, &options) else { return false };
    let _ = expression.check(&());
    if let Ok(value) = expression.evaluate(&data, &mut Budget::new(20_000_000)) {
        let _ = value.to_json();
    }
    true
}

const MANY: usize = 100_000;

#[test]
fn chains_of_every_operator_are_one_level() {
    on_a_small_stack(|| {
        for operator in ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"] {
            let source = format!("1{}", format!("{operator}1").replace("in", " in ").repeat(MANY));
            assert!(through(&source), "{operator}");
        }
        assert!(through(&format!("''{}", " + 'x'".repeat(MANY))));
        assert!(through(&format!("[]{}", " + [1]".repeat(MANY))));
        assert!(through(&format!("a{}", ".a".repeat(MANY))));
        assert!(through(&format!("l{}", "[0]".repeat(MANY))));
        assert!(through(&format!("l{}", "['x']".repeat(MANY))));
        assert!(through(&format!("{}true", "!".repeat(MANY))));
        assert!(through(&format!("{}1", "-".repeat(MANY))));
        assert!(through(&format!("{}1", "t ? 1 : ".repeat(MANY))));
        assert!(through(&format!("{}1", "!t ? 1 : ".repeat(MANY))));
        assert!(through(&format!("[{}]", "1,".repeat(MANY))));
        assert!(through(&format!("size([{}])", "a,".repeat(MANY))));
    });
}

#[test]
fn what_is_nested_too_deeply_does_not_compile() {
    on_a_small_stack(|| {
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("[", "1", "]"),
            ("{1: ", "1", "}"),
            ("size(", "'x'", ")"),
            ("l[", "0", "]"),
            ("has(", "a.a", ")"),
            ("!-", "1", ""),
            ("(t ? ", "1", " : 1)"),
            ("t || (t && (1 + 2 * -(", "1", ")))"),
            ("[1].map(x, ", "x", ")"),
            ("[1].all(x, ", "true", ")"),
            ("'x'.contains(", "'x'", ")"),
            ("math.greatest(", "1", ")"),
            ("", "a", ".size()"),
            ("", "[1]", ".map(x, [x])"),
            ("", "[1]", ".filter(x, true)"),
            ("a.map(x, ", "", ""),
            ("(", "", ""),
            ("[", "", ""),
            ("f(", "", ""),
            ("t ? (", "", ""),
            ("-!", "", ""),
            ("{", "", ""),
            ("a[", "", ""),
        ] {
            let source = format!("{}{middle}{}", open.repeat(MANY), close.repeat(MANY));
            assert!(!through(&source), "{open}{middle}{close}");
        }
    });
}

/// The deepest that is allowed also fits the stack, with the dearest road down at every level.
#[test]
fn the_deepest_that_compiles_fits_the_stack() {
    on_a_small_stack(|| {
        let mut compiled = 0;
        for depth in 1..=Limits::MAX_DEPTH + 1 {
            for (open, middle, close) in [
                ("(", "1", ")"),
                ("[", "a", "]"),
                ("{'k': ", "a", "}"),
                ("[a].map(x, ", "a", ")"),
                ("[a].exists(x, true || ", "t", ")"),
                ("t ? 1 : t || t && 1 == 1 + 1 * -(", "1", ")"),
                ("!(t && t || (", "t", "))"),
                ("[t ? [1, 2].map(x, x) : [", "a", "]]"),
                ("l[0 + ", "0", "]"),
                ("string(", "'a'", ")"),
                ("['a'].join(", "s", ")"),
                ("s.substring(0, 1 + ", "0", ")"),
                ("", "[a]", ".map(x, [x])"),
                ("", "[a]", ".filter(x, true)"),
                ("", "s", ".trim()"),
            ] {
                let source = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
                compiled += usize::from(through(&source));
            }
        }
        assert!(compiled > 15 * 10, "{compiled}");
    });
}

#[test]
fn deep_data_is_an_error_and_no_overflow() {
    on_a_small_stack(|| {
        let mut deep = json!(1);
        for _ in 0..400 {
            deep = json!([deep]);
        }
        let data = json!({"deep": deep, "other": deep});
        let expression = Expression::compile("deep == other").unwrap();
        let error = expression.evaluate(&data, &mut Budget::default()).unwrap_err();
        assert_eq!(error.kind, EvalErrorKind::TooDeep);
        let expression = Expression::compile("deep").unwrap();
        let error = expression.evaluate(&data, &mut Budget::default()).unwrap().to_json().unwrap_err();
        assert_eq!(error.kind, EvalErrorKind::TooDeep);
        let schema =
            (0..400).fold(json!({"type": "string"}), |inner, _| json!({"type": "array", "items": inner}));
        let _ = Type::of_schema(&schema);
        assert!(Template::compile(&data).is_err());
    });
}

#[test]
fn a_source_that_is_too_long_does_not_compile() {
    let source = format!("1{}", " + 1".repeat(5_000));
    let error = Expression::compile(&source).unwrap_err();
    assert!(error.message.contains("20001 bytes"), "{error}");
    assert!(Expression::compile(&source[..16_001]).is_ok());
}

/// What the budget must stop, each far from done when it does.
#[test]
fn the_budget_ends_what_runs_away() {
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    let nested = |body: &str| {
        let mut source = body.to_owned();
        for at in 0..8 {
            source = format!("{ten}.map(x{at}, {source})");
        }
        source
    };
    let doubled = |start: &str, step: &str, times: usize| {
        format!("[{start}]{}[0]", format!(".map(x, {step})").repeat(times))
    };
    for source in [
        nested("1"),
        nested("dyn(1)").replace(".map", ".exists").replace("dyn(1)", "false"),
        nested("1/0").replace(".map", ".all").replace("1/0", "1/0 == 1"),
        doubled("'xxxxxxxxxxxxxxxx'", "x + x", 22),
        doubled("[1, 2, 3, 4]", "x + x", 22),
        doubled("'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'", "x.replace('x', x)", 5),
        doubled(
            "['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x']",
            "[x.join(x.join('xxxxxxxxx')), x.join(x.join('yyyyyyyyy'))]",
            9,
        ),
        format!("{} == {}", doubled("[1, 2]", "[x, x]", 22), doubled("[1, 2]", "[x, x]", 22)),
        format!("{ten}.map(a, {ten}.map(b, {ten}.map(c, 'x'.matches(string(a) + string(b) + string(c)))))"),
        format!("'{}'.split('').map(x, '{}'.split('').map(y, x + y))", "x".repeat(3_000), "y".repeat(3_000)),
    ] {
        let error = alone(&source, &mut Budget::default()).unwrap_err();
        assert_eq!(error.kind, EvalErrorKind::Budget, "{error}");
    }
}

/// The same value many times over is small in memory and large as JSON.
#[test]
fn json_that_would_be_too_large_is_an_error() {
    let source = format!("[1]{}", ".map(x, [x, x])".repeat(22));
    let expression = Expression::compile(&source).unwrap();
    let mut budget = Budget::default();
    let value = expression.evaluate(&(), &mut budget).unwrap();
    assert_eq!(value.to_json_within(&mut budget).unwrap_err().kind, EvalErrorKind::Budget);
}

#[test]
fn running_out_of_budget_is_never_absorbed() {
    let mut budget = Budget::new(10);
    let error = alone("[1, 2, 3, 4, 5, 6, 7, 8].all(x, x > 0) || true", &mut budget).unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::Budget);
    assert_eq!(budget.remaining(), 0);
}

/// A friendly pattern is quick, a hostile one does not run away, and one that is too large does not compile.
#[test]
fn regular_expressions_are_bounded() {
    let long = json!({"text": "a".repeat(200_000)});
    let expression = Expression::compile("text.matches('^(a+)+$')").unwrap();
    assert!(expression.holds(&long, &mut Budget::default()).unwrap());
    let expression = Expression::compile(r"text.matches('(a|b)*a(a|b){1500}c')").unwrap();
    let error = expression.holds(&long, &mut Budget::default()).unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::Budget);
    let error = Expression::compile(r"text.matches('(\\w{99}){99}')").unwrap_err();
    assert!(error.message.contains("too large"), "{error}");
    assert_eq!(error.offset, 13);
}

/// Pieces that make up much of the language, so that random sources get far.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "l",
        "s",
        "t",
        "1",
        "2u",
        "1.5",
        "'x'",
        "b'y'",
        "null",
        "true",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        ":",
        "?",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        "==",
        "<",
        ">=",
        "&&",
        "||",
        " in ",
        "has(",
        ".map(x, x",
        ".all(x, ",
        ".size()",
        "size(",
        ".a",
        "[0]",
        "timestamp(",
        "'2020-01-01T00:00:00Z'",
        "duration('1h')",
        "r'\\'",
        "'",
        "\"",
        "\\",
        "//",
        "\n",
        "`a`",
        "é",
        "😀",
        "0x",
        "1e",
        "${",
        "}",
        "math.least(",
        ".matches('(')",
        ".split('')",
        "type",
    ];
    prop_oneof![
        8 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_sources_never_panic(pieces in proptest::collection::vec(piece(), 0..24)) {
        let source = pieces.concat();
        through(&source);
        if let Err(error) = Expression::compile(&source) {
            prop_assert!(error.offset <= source.chars().count());
            prop_assert!(!error.message.is_empty());
        }
        if let Ok(template) = Template::compile(&Json::String(source)) {
            let data = BTreeMap::from([("a".to_owned(), json!({"a": 1}))]);
            let _ = template.evaluate(&data, &mut Budget::new(100_000));
        }
    }
}
