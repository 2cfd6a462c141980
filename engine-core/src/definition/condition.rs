//! Conditions: CEL, or rules written as data that compile to the same CEL.

mod cel;
mod field;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::schema::part;
pub(crate) use field::is_field;

/// A condition.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(transform = allow_booleans)]
pub enum Condition {
    /// CEL as it stands.
    Cel(#[schemars(schema_with = "part::cel")] String),
    /// A rule as data.
    Rule(Rule),
}

/// A rule as data, as people build them in forms.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Rule {
    /// All of these.
    All {
        /// The rules.
        #[schemars(length(min = 1))]
        all: Vec<Rule>,
    },
    /// At least one of these.
    Any {
        /// The rules.
        #[schemars(length(min = 1))]
        any: Vec<Rule>,
    },
    /// The opposite.
    Not {
        /// The rule.
        not: Box<Rule>,
    },
    /// A field compared with a value.
    #[schemars(transform = part::operands)]
    Field {
        /// What is compared: a path such as `vars.score`.
        #[schemars(schema_with = "part::field")]
        field: String,
        /// How.
        operator: Operator,
        /// With what. `between` takes `[low, high]`; `exists` and `missing` take none.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        value: Value,
    },
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are their own explanation")]
pub enum Operator {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    Matches,
    Exists,
    Missing,
    Between,
}

/// `when: true` may stand without quotes.
fn allow_booleans(schema: &mut schemars::Schema) {
    if let Some(serde_json::Value::Array(forms)) = schema.get_mut("anyOf") {
        forms.push(serde_json::json!({"description": "Always, or never.", "type": "boolean"}));
    }
}

impl Condition {
    /// The CEL of the condition.
    pub fn to_cel(&self) -> String {
        match self {
            Self::Cel(cel) => cel.clone(),
            Self::Rule(rule) => rule.to_cel(),
        }
    }
}

impl Rule {
    /// The CEL that the rule compiles to.
    ///
    /// A `value` that is wholly `${ … }` is an expression, as everywhere in data. `exists` and `missing` never raise,
    /// whatever part of the field's path is not there.
    pub fn to_cel(&self) -> String {
        let mut cel = String::new();
        cel::write_rule(&mut cel, self);
        cel
    }

    /// All of these rules.
    pub fn all(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self::All { all: rules.into_iter().collect() }
    }

    /// At least one of these rules.
    pub fn any(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self::Any { any: rules.into_iter().collect() }
    }

    /// A field compared with a value.
    pub fn field(field: impl Into<String>, operator: Operator, value: impl Into<Value>) -> Self {
        Self::Field { field: field.into(), operator, value: value.into() }
    }
}

impl std::ops::Not for Rule {
    type Output = Self;

    /// The opposite.
    fn not(self) -> Self {
        Self::Not { not: Box::new(self) }
    }
}

impl From<&str> for Condition {
    fn from(cel: &str) -> Self {
        Self::Cel(cel.to_owned())
    }
}

impl From<String> for Condition {
    fn from(cel: String) -> Self {
        Self::Cel(cel)
    }
}

impl From<Rule> for Condition {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}
