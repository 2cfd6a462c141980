//! Conditions and rules.

use regex::Regex;
use serde_json::Value;

use super::map::Map;
use super::value::shown;
use super::{Cx, Fault, Lower, Path, check};
use crate::definition::tree::{Node, Shape};
use crate::definition::{Condition, Operator, Rule, code, expression_in};

/// How deep rules may be nested.
const DEEPEST: usize = 32;

impl Lower for Condition {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        match node.shape() {
            Shape::Text(text) => {
                let cel = text.to_owned();
                let Some(fault) = check::cel(&cel) else { return Some(Self::Cel(cel)) };
                let message = format!("{} {}", path.name(), fault.message);
                cx.report(node.at(), path, Fault { message, ..fault });
                None
            }
            Shape::Bool(value) => Some(Self::Cel(value.to_string())),
            Shape::Map(_) => Rule::lower(cx, node, path).map(Self::Rule),
            _ => {
                cx.mismatch(node, path, "a condition: CEL in a text, or a rule");
                None
            }
        }
    }
}

impl Lower for Rule {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        if cx.rules == DEEPEST {
            let message = format!("rules are nested deeper than {DEEPEST} levels");
            cx.report(node.at(), path, Fault::new(code::TOO_DEEP, message));
            return None;
        }
        cx.rules += 1;
        let rule = Map::open(cx, node, path, "a rule").and_then(|map| rule(cx, &map));
        cx.rules -= 1;
        rule
    }
}

const WHAT: &str = "a rule";
const RULE: &[&str] = &["all", "any", "not", "field", "operator", "value"];

fn rule(cx: &mut Cx<'_>, map: &Map<'_, '_>) -> Option<Rule> {
    map.exactly_one(cx, &["all", "any", "not", "field"]);
    if map.has("all") {
        map.refuse_unknown(cx, WHAT, &[&["all", "any", "not", "field"]], |_| None);
        return map.required(cx, "all", Some(check::some)).map(|all| Rule::All { all });
    }
    if map.has("any") {
        map.refuse_unknown(cx, WHAT, &[&["any", "not", "field"]], |_| None);
        return map.required(cx, "any", Some(check::some)).map(|any| Rule::Any { any });
    }
    if map.has("not") {
        map.refuse_unknown(cx, WHAT, &[&["not", "field"]], |_| None);
        return map.required(cx, "not", None).map(|not| Rule::Not { not: Box::new(not) });
    }
    map.refuse_unknown(cx, WHAT, &[RULE], |_| None);
    comparison(cx, map)
}

fn comparison(cx: &mut Cx<'_>, map: &Map<'_, '_>) -> Option<Rule> {
    if !map.has("field") {
        return None;
    }
    let field = map.required(cx, "field", Some(check::field_path));
    let operator = map.required(cx, "operator", None);
    let value = map.defaulted::<Value>(cx, "value", None);
    let (operator, value) = (operator?, value?);
    if let Some(fault) = operand(operator, map.has("value"), &value) {
        let at = map.get("value").map_or(map.at, |(_, node)| node.at());
        cx.report(at, &map.path.key("value"), fault);
    }
    Some(Rule::Field { field: field?, operator, value })
}

/// What is wrong with the value that an operator compares with.
fn operand(operator: Operator, given: bool, value: &Value) -> Option<Fault> {
    use Operator::{
        Between, EndsWith, Eq, Exists, Gt, Gte, In, Lt, Lte, Matches, Missing, Ne, NotIn, StartsWith,
    };
    let wrong = |wanted: &str| Some(Fault::new(code::INVALID_VALUE, format!("`value` must be {wanted}")));
    match (operator, value) {
        (Exists | Missing, _) if given => {
            let message = "`exists` and `missing` compare with nothing";
            Some(Fault::new(code::CONFLICTING_FIELDS, message).help("leave `value` out"))
        }
        (Exists | Missing | Eq | Ne, _) => None,
        (_, _) if !given => Some(Fault::new(code::MISSING_FIELD, "`value` is missing")),
        (Between, Value::Array(bounds)) if bounds.len() == 2 && bounds.iter().all(is_ordered) => None,
        (Between, _) => wrong("a list of two numbers or texts: the lowest and the highest"),
        (_, Value::String(text)) if expression_in(text).is_some() => None,
        (In | NotIn, Value::Array(_)) => None,
        (In | NotIn, _) => wrong("a list"),
        (Gt | Gte | Lt | Lte, value) if is_ordered(value) => None,
        (Gt | Gte | Lt | Lte, _) => wrong("a number or a text"),
        (Matches, Value::String(pattern)) => regular_expression(pattern),
        (StartsWith | EndsWith, Value::String(_)) => None,
        (StartsWith | EndsWith | Matches, _) => wrong("a text"),
        (Operator::Contains | Operator::NotContains, Value::Null) => wrong("something"),
        (Operator::Contains | Operator::NotContains, _) => None,
    }
}

fn is_ordered(value: &Value) -> bool {
    matches!(value, Value::Number(_) | Value::String(_))
}

fn regular_expression(pattern: &str) -> Option<Fault> {
    let error = Regex::new(pattern).err()?.to_string();
    // The last line says what is wrong; those before it draw the place.
    let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let message = format!("`value` is {}, which is not a regular expression", shown(pattern));
    Some(Fault::new(code::INVALID_VALUE, message).help(reason))
}
