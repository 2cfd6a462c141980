//! Errors while they travel through an evaluation. Most are absorbed by `&&`, `||` or `? :`, so that they are put
//! into words only when they leave it.

use std::borrow::Cow;

use serde_json::Value as Json;
use smallvec::SmallVec;

use super::ast::{Operator, Span};
use super::function::Function;
use super::nearest::nearest;
use super::{EvalError, EvalErrorKind, Key, TypeName, Value};

pub(super) type FaultBox<'a> = Box<Fault<'a>>;

#[derive(Debug)]
pub(super) struct Fault<'a> {
    pub kind: EvalErrorKind,
    /// The part of the source that failed, once it is known.
    pub span: Option<Span>,
    detail: Detail<'a>,
}

#[derive(Debug)]
pub(super) enum Detail<'a> {
    Text(Cow<'static, str>),
    /// An operator between values that it does not take; with where these stand.
    Operator {
        operator: Operator,
        types: [TypeName; 2],
        operands: Option<[Span; 2]>,
    },
    Call {
        function: Function,
        types: SmallVec<[TypeName; 4]>,
    },
    Name(&'a str),
    Key {
        container: Value<'a>,
        key: Key<'a>,
    },
    /// A key of something that has none.
    Keyless {
        container: TypeName,
        key: &'a str,
    },
    Index {
        index: Value<'a>,
        length: usize,
    },
}

impl<'a> Fault<'a> {
    pub fn new(kind: EvalErrorKind, detail: Detail<'a>) -> FaultBox<'a> {
        Box::new(Self { kind, span: None, detail })
    }

    pub fn text(kind: EvalErrorKind, message: impl Into<Cow<'static, str>>) -> FaultBox<'a> {
        Self::new(kind, Detail::Text(message.into()))
    }

    #[cold]
    pub fn budget() -> FaultBox<'a> {
        Self::text(EvalErrorKind::Budget, "the evaluation takes too many steps")
    }

    /// Nothing absorbs it.
    pub fn is_final(&self) -> bool {
        self.kind == EvalErrorKind::Budget
    }

    /// Notes where it happened, unless that is known more closely.
    pub fn locate(&mut self, span: Span) {
        self.span.get_or_insert(span);
    }

    /// Notes where the two operands stand.
    pub fn between(mut self: Box<Self>, left: Span, right: Span) -> Box<Self> {
        if self.span.is_none() {
            self.span = Some(Span { start: left.start, end: right.end });
            if let Detail::Operator { operands, .. } = &mut self.detail {
                *operands = Some([left, right]);
            }
        }
        self
    }

    /// The error in words, for people who see `source`.
    pub fn into_error(self, source: &str) -> EvalError {
        let start = self.span.map_or(0, |span| span.start as usize);
        let reason = reason(&self.detail, source);
        let message = match self.span {
            Some(span) => format!("`{}`: {reason}", excerpt(source, span)),
            None => reason,
        };
        let offset = source.get(..start).map_or(0, |before| before.chars().count());
        EvalError { kind: self.kind, message, offset }
    }
}

/// So many characters of the source are quoted.
const MAX_EXCERPT: usize = 60;

/// A part of the source, on one line and not too long.
pub(super) fn excerpt(source: &str, span: Span) -> String {
    let text = source.get(span.start as usize..span.end as usize).unwrap_or_default().trim();
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_EXCERPT + 1).collect();
    match line.chars().count() > MAX_EXCERPT {
        true => format!("{}…", line.chars().take(MAX_EXCERPT - 1).collect::<String>()),
        false => line,
    }
}

fn reason(detail: &Detail<'_>, source: &str) -> String {
    match detail {
        Detail::Text(text) => text.clone().into_owned(),
        Detail::Operator { operator, types, operands } => {
            operator_reason(*operator, *types, *operands, source)
        }
        Detail::Call { function, types } => call_reason(*function, types),
        Detail::Name(name) => name_reason(name),
        Detail::Key { container, key } => key_reason(container, key),
        Detail::Keyless { container: TypeName::Null, key } => format!("null has no key `{key}`"),
        Detail::Keyless { container: TypeName::List, key } => {
            format!("a list has no key `{key}`: its elements are read as in `list[0]`")
        }
        Detail::Keyless { container, key } => {
            format!("a value of type {} has no key `{key}`", container.plain())
        }
        Detail::Index { index: Value::Int(index), length } => {
            format!("there is no element {index} in a list of {length}: they count from 0")
        }
        Detail::Index { index, .. } => {
            format!(
                "a list is indexed by a whole number, not by a value of type {}",
                index.type_name().plain()
            )
        }
    }
}

fn operator_reason(
    operator: Operator,
    types: [TypeName; 2],
    operands: Option<[Span; 2]>,
    source: &str,
) -> String {
    let [left, right] = types.map(TypeName::plain);
    let reason = format!("there is no `{}` for {left} and {right}", operator.symbol());
    let hint = operands.and_then(|[first, second]| {
        let [first, second] = [excerpt(source, first), excerpt(source, second)];
        let symbol = operator.symbol();
        Some(match types {
            _ if operator == Operator::Remainder && types.contains(&TypeName::Double) => {
                format!("write `int({first}) % int({second})`")
            }
            [TypeName::Int | TypeName::Uint, TypeName::Double] => {
                format!("write `double({first}) {symbol} {second}`")
            }
            [TypeName::Double, TypeName::Int | TypeName::Uint] => {
                format!("write `{first} {symbol} double({second})`")
            }
            [TypeName::Int, TypeName::Uint] => format!("write `{first} {symbol} int({second})`"),
            [TypeName::Uint, TypeName::Int] => format!("write `int({first}) {symbol} {second}`"),
            [TypeName::String, TypeName::Int | TypeName::Uint | TypeName::Double | TypeName::Bool]
                if operator == Operator::Add =>
            {
                format!("write `{first} + string({second})`")
            }
            [TypeName::Int | TypeName::Uint | TypeName::Double | TypeName::Bool, TypeName::String]
                if operator == Operator::Add =>
            {
                format!("write `string({first}) + {second}`")
            }
            [TypeName::Null, _] => format!("`{first}` is null"),
            [_, TypeName::Null] => format!("`{second}` is null"),
            _ => return None,
        })
    });
    match hint {
        Some(hint) => format!("{reason}: {hint}"),
        None => reason,
    }
}

fn call_reason(function: Function, types: &[TypeName]) -> String {
    let types: Vec<_> = types.iter().map(|one| one.plain()).collect();
    format!("`{}` does not take {}: write `{}`", function.name(), types.join(" and "), function.usage())
}

fn name_reason(name: &str) -> String {
    let reason = format!("there is no name `{name}` here");
    match name {
        "True" | "TRUE" | "False" | "FALSE" => format!("{reason}: write `{}`", name.to_lowercase()),
        "None" | "nil" | "NULL" | "Null" | "undefined" => format!("{reason}: write `null`"),
        _ => reason,
    }
}

fn key_reason(container: &Value<'_>, key: &Key<'_>) -> String {
    let key = match key {
        Key::String(text) => &**text,
        Key::Bool(truth) => return format!("no such key: {truth}"),
        Key::Int(int) => return format!("no such key: {int}"),
        Key::Uint(uint) => return format!("no such key: {uint}"),
    };
    let near = match container {
        Value::Json(Json::Object(object)) => {
            nearest(key, object.keys().map(String::as_str)).map(str::to_owned)
        }
        Value::Cursor(cursor, token) => {
            nearest(key, cursor.keys(*token).iter().map(String::as_str)).map(str::to_owned)
        }
        Value::Map(map) => {
            let keys = map.entries().iter().filter_map(|(key, _)| match key {
                Key::String(text) => Some(&**text),
                _ => None,
            });
            nearest(key, keys).map(str::to_owned)
        }
        _ => None,
    };
    match near {
        Some(near) => format!("no such key: `{key}`; did you mean `{near}`?"),
        None => format!("no such key: `{key}`"),
    }
}
