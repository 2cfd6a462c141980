//! Data with expressions in it.

use serde_json::{Value as Json, json};

use super::super::{Budget, Template};
use super::data;

fn filled(template: Json) -> Json {
    let template = Template::compile(&template).unwrap_or_else(|errors| panic!("{errors:?}"));
    template.evaluate(&data(), &mut Budget::default()).unwrap().into_value()
}

#[test]
fn whole_strings_keep_their_type_and_parts_become_text() {
    for (template, value) in [
        (json!("${ credit_score + 1 }"), json!(701)),
        (json!("${credit_score}"), json!(700)),
        (json!("${ items }"), data()["items"].clone()),
        (json!("score ${ credit_score } of ${name}"), json!("score 700 of Ada")),
        (json!(" ${ credit_score }"), json!(" 700")),
        (json!("${ name }${ name }"), json!("AdaAda")),
        (
            json!("${ items[0] } and ${ nothing } and ${ dti }"),
            json!("{\"price\":3,\"tags\":[\"a\",\"b\"]} and null and 0.31"),
        ),
        (json!("due in ${ duration('90m') }"), json!("due in 1h30m")),
        (json!("${ {'a': {'b': '}'}}.a.b }!"), json!("}!")),
        (json!("${ '${ }' }"), json!("${ }")),
        (json!("$${ name } costs $5, 100$ ${ name }$"), json!("${ name } costs $5, 100$ Ada$")),
        (json!("$${"), json!("${")),
        (json!("$$${ name }"), json!("$${ name }")),
        (
            json!({"a": [1, "${ name }", {"b": "é ${ name }"}], "c": null}),
            json!({"a": [1, "Ada", {"b": "é Ada"}], "c": null}),
        ),
        (json!({"${ name }": "${ name }"}), json!({"${ name }": "Ada"})),
    ] {
        assert_eq!(filled(template.clone()), value, "{template}");
    }
}

#[test]
fn a_static_template_is_one_shared_payload() {
    let template = Template::compile(&json!({"a": [1, "x $${ y }"]})).unwrap();
    assert!(template.is_static());
    let first = template.evaluate(&(), &mut Budget::default()).unwrap();
    let second = template.evaluate(&(), &mut Budget::default()).unwrap();
    assert!(std::ptr::eq(&*first, &*second), "the payload was copied");
    assert_eq!(*first, json!({"a": [1, "x ${ y }"]}));
}

#[test]
fn every_mistake_is_reported_with_its_place() {
    let template =
        json!({"a": [{"b": "é ${ 1 + }"}], "c": "${ name", "d": "${ a = 1 }", "e": "${ }", "f": "${ name }"});
    let errors = Template::compile(&template).unwrap_err();
    let found: Vec<(&str, usize, &str)> =
        errors.iter().map(|(path, error)| (path.as_str(), error.offset, error.message.as_str())).collect();
    assert_eq!(
        found,
        [
            (".a[0].b", 8, "the expression ends where a value is expected"),
            (".c", 0, "`${` is not closed: its `}` is missing"),
            (".d", 5, "`=` is not an operator"),
            (".e", 3, "the expression is empty"),
        ]
    );
}

#[test]
fn expressions_are_listed_with_their_place() {
    let template = Template::compile(&json!({"a": ["x", "é ${  vars.b } ${c}"], "b": "${ d }"})).unwrap();
    assert!(!template.is_static());
    let found: Vec<_> = template.expressions().map(|(path, at, one)| (path, at, one.source())).collect();
    assert_eq!(found, [(".a[1]", 6, "vars.b"), (".a[1]", 17, "c"), (".b", 3, "d")]);
}

#[test]
fn errors_of_evaluation_name_the_path() {
    for (template, message) in [
        (json!({"a": ["${ missing }"]}), ".a[0]: `missing`: there is no name `missing` here"),
        (json!("${ missing }"), "`missing`: there is no name `missing` here"),
        (json!({"a": "x ${ 1.0 / 0.0 }"}), ".a: `1.0 / 0.0`: inf is no number in JSON"),
    ] {
        let error =
            Template::compile(&template).unwrap().evaluate(&data(), &mut Budget::default()).unwrap_err();
        assert_eq!(error.message, message);
    }
}

#[test]
fn what_is_built_counts_against_the_budget() {
    let long = json!({"text": "x".repeat(100_000)});
    let template = Template::compile(&json!(["${ text }", "${ text }", "${ [text, text, text] }"])).unwrap();
    assert!(template.evaluate(&long, &mut Budget::new(3_000)).is_err());
    assert!(template.evaluate(&long, &mut Budget::new(100_000)).is_ok());
}

#[test]
fn templates_are_equal_when_their_data_is() {
    let one = Template::compile(&json!({"a": "${ b }"})).unwrap();
    assert_eq!(one, one.clone());
    assert_ne!(one, Template::compile(&json!({"a": "${ c }"})).unwrap());
}
