//! The typed comparisons of a Choice state, in CEL and as condition objects. A value of another type is not equal,
//! less or greater: the comparison is false.

use serde_json::{Value, json};

use crate::path::{Reason, path};

/// The CEL of a comparison: `operator` as in `NumericLessThanEquals`, its operands CEL.
pub fn cel(operator: &str, variable: &str, value: &str) -> Result<String, Reason> {
    let is = |word: &str| format!("(type({variable}) == {word}) == {value}");
    match operator.trim_end_matches("Path") {
        "IsBoolean" => Ok(is("bool")),
        "IsString" => Ok(is("string")),
        "IsNull" => Ok(format!("({variable} == null) == {value}")),
        "IsNumeric" => Ok(format!("({}) == {value}", number(variable))),
        operator => typed(operator, variable, value),
    }
}

fn number(value: &str) -> String {
    format!("(type({value}) == int || type({value}) == double)")
}

fn typed(operator: &str, variable: &str, value: &str) -> Result<String, Reason> {
    let types = ["Boolean", "Numeric", "String", "Timestamp"];
    let family = types.into_iter().find(|family| operator.starts_with(family));
    let (family, sign) = family
        .and_then(|family| Some((family, sign(&operator[family.len()..])?)))
        .ok_or_else(|| format!("the operator {operator}"))?;
    let both = |check: &dyn Fn(&str) -> String| format!("{} && {}", check(variable), check(value));
    Ok(match family {
        "Numeric" => format!("{} && {variable} {sign} {value}", both(&number)),
        "Timestamp" => {
            let check = |text: &str| format!("type({text}) == string && {text}.matches('{RFC3339}')");
            format!("{} && timestamp({variable}) {sign} timestamp({value})", both(&check))
        }
        _ => {
            let word = if family == "Boolean" { "bool" } else { "string" };
            format!("{} && {variable} {sign} {value}", both(&|one| format!("type({one}) == {word}")))
        }
    })
}

const RFC3339: &str =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$";

fn sign(word: &str) -> Option<&'static str> {
    Some(match word {
        "Equals" => "==",
        "GreaterThan" => ">",
        "GreaterThanEquals" => ">=",
        "LessThan" => "<",
        "LessThanEquals" => "<=",
        _ => return None,
    })
}

/// The comparison as a condition object, where the object's own operators have it.
pub fn object(operator: &str, field: &str, value: &Value) -> Option<Value> {
    let word = match operator.trim_end_matches("Path") {
        "IsPresent" => return Some(yes_or_no(json!({"field": field, "operator": "exists"}), value)),
        "IsNull" => return Some(yes_or_no(json!({"field": field, "operator": "eq", "value": null}), value)),
        operator => match sign(
            operator.trim_start_matches("Boolean").trim_start_matches("Numeric").trim_start_matches("String"),
        )? {
            "==" => "eq",
            ">" => "gt",
            ">=" => "gte",
            "<" => "lt",
            _ => "lte",
        },
    };
    Some(json!({"field": field, "operator": word, "value": value}))
}

fn yes_or_no(rule: Value, value: &Value) -> Value {
    if value == &json!(true) { rule } else { json!({"not": rule}) }
}

/// The CEL of a rule of a Choice state.
pub fn rule(rule: &Value, base: &str) -> Result<String, Reason> {
    let joined = |rules: &Value, sign: &str| -> Result<String, Reason> {
        let rules = rules.as_array().into_iter().flatten().map(|one| self::rule(one, base));
        let rules: Vec<String> = rules.collect::<Result<_, _>>()?;
        Ok(rules.iter().map(|rule| format!("({rule})")).collect::<Vec<_>>().join(sign))
    };
    let mut fields = rule.as_object().into_iter().flatten();
    let known = ["Variable", "Next", "Assign", "Comment"];
    let (operator, value) =
        fields.find(|(name, _)| !known.contains(&name.as_str())).ok_or_else(|| format!("the rule {rule}"))?;
    let variable = rule["Variable"].as_str().unwrap_or("$");
    match operator.as_str() {
        "And" => joined(value, " && "),
        "Or" => joined(value, " || "),
        "Not" => Ok(format!("!({})", self::rule(value, base)?)),
        "IsPresent" if variable == "$" => Ok(value.to_string()),
        "IsPresent" => Ok(format!("has({}) == {value}", path(variable, base)?)),
        operator => {
            let other = match (operator.strip_suffix("Path"), value.as_str()) {
                (Some(_), Some(text)) => path(text, base)?,
                _ => value.to_string(),
            };
            cel(operator, &path(variable, base)?, &other)
        }
    }
}
