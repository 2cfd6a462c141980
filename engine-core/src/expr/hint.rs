//! What to write instead.

use super::Type;
use super::ast::Operator;

/// Words between two values, and what CEL writes.
const INFIX: [(&str, &str); 26] = [
    ("and", "write `&&`"),
    ("or", "write `||`"),
    ("not", "write `!` before the value"),
    ("is", "write `==`"),
    ("eq", "write `==`"),
    ("equals", "write `==`"),
    ("ne", "write `!=`"),
    ("xor", "write `!=`"),
    ("gt", "write `>`"),
    ("gte", "write `>=`"),
    ("ge", "write `>=`"),
    ("lt", "write `<`"),
    ("lte", "write `<=`"),
    ("le", "write `<=`"),
    ("mod", "write `%`"),
    ("div", "write `/`"),
    ("contains", "write `text.contains(part)`, or `item in list`"),
    ("startswith", "write `text.startsWith(part)`"),
    ("endswith", "write `text.endsWith(part)`"),
    ("like", "write `text.matches(pattern)`"),
    ("matches", "write `text.matches(pattern)`"),
    ("between", "write `a <= x && x <= b`"),
    ("if", "write `condition ? a : b`"),
    ("then", "write `condition ? a : b`"),
    ("else", "write `condition ? a : b`"),
    ("exists", "write `has(a.b)`"),
];

/// What to write instead of an unexpected token, by it and by the source before it.
pub(super) fn for_unexpected(before: &str, token: &str) -> Option<String> {
    let word = token.to_ascii_lowercase();
    if let Some((_, help)) = INFIX.iter().find(|(one, _)| *one == word) {
        return Some((*help).to_owned());
    }
    let last = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    if last.eq_ignore_ascii_case("not") {
        return Some("write `!` for `not`".to_owned());
    }
    if token.starts_with('.') && token[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return Some(format!("the elements of a list are read as in `list[{}]`", &token[1..]));
    }
    match token {
        "?" => Some("write `condition ? a : b`".to_owned()),
        _ if token.starts_with(['"', '\'']) => Some("put an operator, or `+`, between the two".to_owned()),
        _ => None,
    }
}

/// What to write instead of a reserved word.
pub(super) fn for_reserved(word: &str) -> Option<&'static str> {
    match word {
        "if" | "else" => Some("write `condition ? a : b`"),
        "for" | "while" | "loop" => {
            Some("write `list.map(x, …)`, `list.filter(x, …)` or `list.exists(x, …)`")
        }
        "in" => Some("write `item in list`"),
        "return" => Some("an expression is its result"),
        "function" | "let" | "var" | "const" => {
            Some("an expression defines nothing; use the flow's variables")
        }
        _ => None,
    }
}

/// What to write so that both sides are of one type.
pub(super) fn for_types(types: [&Type; 2], first: &str, operator: Operator, second: &str) -> Option<String> {
    let symbol = operator.symbol();
    let compares = !matches!(operator, Operator::Add);
    match types {
        [Type::Int | Type::Uint, Type::Double] => Some(format!("write `double({first}) {symbol} {second}`")),
        [Type::Double, Type::Int | Type::Uint] => Some(format!("write `{first} {symbol} double({second})`")),
        [Type::String, Type::Int | Type::Uint | Type::Double | Type::Number] if compares => {
            Some(format!("write `double({first}) {symbol} {second}`"))
        }
        [Type::Int | Type::Uint | Type::Double | Type::Number, Type::String] if compares => {
            Some(format!("write `{first} {symbol} double({second})`"))
        }
        [Type::String, Type::Int | Type::Uint | Type::Double | Type::Number | Type::Bool] => {
            Some(format!("write `{first} {symbol} string({second})`"))
        }
        [Type::Int | Type::Uint | Type::Double | Type::Number | Type::Bool, Type::String] => {
            Some(format!("write `string({first}) {symbol} {second}`"))
        }
        [Type::String, Type::Timestamp] => Some(format!("write `timestamp({first}) {symbol} {second}`")),
        [Type::Timestamp, Type::String] => Some(format!("write `{first} {symbol} timestamp({second})`")),
        [Type::String, Type::Duration] => Some(format!("write `duration({first}) {symbol} {second}`")),
        [Type::Duration, Type::String] => Some(format!("write `{first} {symbol} duration({second})`")),
        _ => None,
    }
}
