//! Rules written as data, and the CEL that they become.

use flowwright::definition::{Document, Operator, Rule};
use flowwright::expr::{Budget, Expression};
use serde_json::{Value, json};

use crate::golden;

/// The rule of a case: the condition of the only row of a decision.
fn rule(text: &str) -> flowwright::definition::Condition {
    let indented = text.replace('\n', "\n          ");
    let document = Document::parse(&format!(
        "flow: a\nsteps:\n  - id: a\n    type: decision\n    rules:\n      - output: 1\n        when:\n          {indented}\n"
    ));
    assert_eq!(document.diagnostics, [], "{text}");
    let json = document.definition.unwrap().to_json();
    let definition = flowwright::definition::Definition::from_json(&json).unwrap();
    match &definition.steps[0].kind {
        flowwright::definition::StepKind::Decision(decision) => decision.rules[0].when.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rules_become_the_cel_that_is_expected() {
    golden::check(&golden::folder("rules.txt"), |text| {
        let cel = rule(text).to_cel();
        Expression::compile(&cel).unwrap_or_else(|error| panic!("{cel}: {error}"));
        cel
    });
}

fn holds(rule: &Rule, vars: &Value) -> bool {
    let cel = rule.to_cel();
    let expression = Expression::compile(&cel).unwrap_or_else(|error| panic!("{cel}: {error}"));
    let names = json!({"vars": vars});
    expression
        .holds(&names, &mut Budget::default())
        .unwrap_or_else(|error| panic!("{cel} of {vars}: {error}"))
}

#[test]
fn every_operator_means_what_it_says() {
    use Operator::*;
    let vars = json!({
        "n": 5, "f": 5.5, "s": "loan", "l": [1, "two", null], "m": {"key": 1}, "z": null, "my-name": 1,
        "quoted": "say \"hi\"\\\n\u{1}",
    });
    for (field, operator, value, expected) in [
        ("vars.n", Eq, json!(5), true),
        ("vars.n", Eq, json!(5.0), true),
        ("vars.n", Eq, json!("5"), false),
        ("vars.z", Eq, json!(null), true),
        ("vars.n", Ne, json!(null), true),
        ("vars.n", Gt, json!(4.5), true),
        ("vars.f", Gte, json!(5.5), true),
        ("vars.f", Lt, json!(6), true),
        ("vars.n", Lte, json!(-5), false),
        ("vars.s", Gt, json!("lead"), true),
        ("vars.n", In, json!([1, 5.0]), true),
        ("vars.s", In, json!([]), false),
        ("vars.s", NotIn, json!(["loan"]), false),
        ("vars.s", Contains, json!("oa"), true),
        ("vars.l", Contains, json!("two"), true),
        ("vars.l", Contains, json!("tw"), false),
        ("vars.l", Contains, json!(1), true),
        ("vars.l", Contains, json!(null), true),
        ("vars.m", Contains, json!("key"), true),
        ("vars.s", NotContains, json!("x"), true),
        ("vars.l", NotContains, json!("two"), false),
        ("vars.s", StartsWith, json!("lo"), true),
        ("vars.s", EndsWith, json!("an"), true),
        ("vars.s", Matches, json!("^l.+n$"), true),
        ("vars.n", Between, json!([5, 6]), true),
        ("vars.n", Between, json!([4, 5]), true),
        ("vars.n", Between, json!([6, 7]), false),
        ("vars.n", Exists, json!(null), true),
        ("vars.z", Exists, json!(null), false),
        ("vars.none", Exists, json!(null), false),
        ("vars.none.deeper[3].still", Exists, json!(null), false),
        ("vars.l[1]", Exists, json!(null), true),
        ("vars.l[2]", Exists, json!(null), false),
        ("vars.l[3]", Exists, json!(null), false),
        ("vars.my-name", Exists, json!(null), true),
        ("vars[\"my-name\"]", Eq, json!(1), true),
        ("vars.my-none", Missing, json!(null), true),
        ("vars.z.inner", Missing, json!(null), true),
        ("vars.n", Missing, json!(null), false),
        ("vars.quoted", Eq, json!("say \"hi\"\\\n\u{1}"), true),
        ("vars.m", Eq, json!({"key": 1}), true),
        ("vars.n", Eq, json!("${ vars.m.key + 4 }"), true),
        ("vars.n", Lt, json!(u64::MAX), true),
        ("vars.f", Gt, json!(1e-300), true),
        ("vars.n", Gt, json!(i64::MIN), true),
    ] {
        let rule = Rule::field(field, operator, value);
        assert_eq!(holds(&rule, &vars), expected, "{}", rule.to_cel());
        assert_eq!(holds(&!rule.clone(), &vars), !expected, "!{}", rule.to_cel());
    }
}

#[test]
fn rules_are_joined_as_they_are_nested() {
    let [yes, no] = [1, 2].map(|value| Rule::field("vars.n", Operator::Eq, value));
    for (rule, expected) in [
        (Rule::all([]), true),
        (Rule::any([]), false),
        (Rule::all([yes.clone(), Rule::any([no.clone(), yes.clone()])]), true),
        (Rule::any([Rule::all([yes.clone(), no.clone()]), !yes.clone()]), false),
        (!Rule::all([no.clone(), yes.clone()]), true),
        (!Rule::any([no, yes]), false),
    ] {
        assert_eq!(holds(&rule, &json!({"n": 1})), expected, "{}", rule.to_cel());
    }
}
