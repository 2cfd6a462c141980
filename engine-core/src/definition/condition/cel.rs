//! From rules to CEL.

use std::fmt::Write;

use serde_json::{Number, Value};

use super::field::FieldPath;
use super::{Operator, Rule};
use crate::definition::expression_in;

pub(super) fn write_rule(out: &mut String, rule: &Rule) {
    match rule {
        Rule::All { all } => write_joined(out, all, " && ", "true"),
        Rule::Any { any } => write_joined(out, any, " || ", "false"),
        Rule::Not { not } => {
            out.push_str("!(");
            write_rule(out, not);
            out.push(')');
        }
        Rule::Field { field, operator, value } => out.push_str(&comparison(field, *operator, value)),
    }
}

fn write_joined(out: &mut String, rules: &[Rule], operator: &str, empty: &str) {
    if rules.is_empty() {
        out.push_str(empty);
    }
    for (at, rule) in rules.iter().enumerate() {
        if at > 0 {
            out.push_str(operator);
        }
        out.push('(');
        write_rule(out, rule);
        out.push(')');
    }
}

fn comparison(field: &str, operator: Operator, value: &Value) -> String {
    // What is no path is left as it is: compiling it says what is wrong with it.
    let path = FieldPath::parse(field);
    let subject = path.as_ref().map_or_else(|| format!("({field})"), FieldPath::to_cel);
    let exists = || path.as_ref().map_or_else(|| format!("{subject} != null"), FieldPath::exists);
    let operand = literal(value);
    match operator {
        Operator::Eq => format!("{subject} == {operand}"),
        Operator::Ne => format!("{subject} != {operand}"),
        Operator::Gt => format!("{subject} > {operand}"),
        Operator::Gte => format!("{subject} >= {operand}"),
        Operator::Lt => format!("{subject} < {operand}"),
        Operator::Lte => format!("{subject} <= {operand}"),
        Operator::In => format!("{subject} in {operand}"),
        Operator::NotIn => format!("!({subject} in {operand})"),
        Operator::Contains => contains(&subject, value),
        Operator::NotContains => format!("!({})", contains(&subject, value)),
        Operator::StartsWith => format!("{subject}.startsWith({operand})"),
        Operator::EndsWith => format!("{subject}.endsWith({operand})"),
        Operator::Matches => format!("{subject}.matches({operand})"),
        Operator::Exists => exists(),
        Operator::Missing => format!("!({})", exists()),
        Operator::Between => between(&subject, value),
    }
}

/// A text may contain a text, a list an item, a mapping a key. Which of them the field is shows only at run time.
fn contains(subject: &str, value: &Value) -> String {
    let operand = literal(value);
    match value {
        Value::String(_) => {
            format!("(type({subject}) == string ? {subject}.contains({operand}) : {operand} in {subject})")
        }
        _ => format!("{operand} in {subject}"),
    }
}

fn between(subject: &str, value: &Value) -> String {
    match value.as_array().map(Vec::as_slice) {
        Some([low, high]) => format!("{subject} >= {} && {subject} <= {}", literal(low), literal(high)),
        // Not a range: an expression that does not hold, and says so where it is evaluated.
        _ => format!("{subject} == {}", literal(value)),
    }
}

/// The CEL of a value. A text that is wholly `${ … }` is the expression inside.
fn literal(value: &Value) -> String {
    let mut cel = String::new();
    write_literal(&mut cel, value);
    cel
}

fn write_literal(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => match expression_in(text) {
            Some(cel) => {
                out.push('(');
                out.push_str(cel);
                out.push(')');
            }
            None => write_text(out, text),
        },
        Value::Array(items) => {
            write_items(out, ('[', ']'), items, write_literal);
        }
        Value::Object(fields) => write_items(out, ('{', '}'), fields, |out, (key, value)| {
            write_text(out, key);
            out.push_str(": ");
            write_literal(out, value);
        }),
    }
}

fn write_items<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    out.push(open);
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
    out.push(close);
}

/// Whole numbers as they are (those beyond an int as uint), others with a point or an exponent.
fn write_number(out: &mut String, number: &Number) {
    let written = match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(int), ..) => write!(out, "{int}"),
        (None, Some(uint), _) => write!(out, "{uint}u"),
        (None, None, float) => write!(out, "{:?}", float.unwrap_or_default()),
    };
    // Writing to a string cannot fail.
    debug_assert!(written.is_ok());
}

/// A text in quotes.
pub(super) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
