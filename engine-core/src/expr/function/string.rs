//! Functions of text. Positions count characters.

use super::{Answer, Function};
use crate::expr::fault::{Fault, FaultBox};
use crate::expr::{Budget, EvalErrorKind, Text, Value};

/// The number of characters, bytes, elements or entries.
pub(super) fn size<'a>(arguments: &[Value<'a>], budget: &mut Budget) -> Answer<'a> {
    use serde_json::Value as Json;
    let [value] = arguments else { return Ok(None) };
    let size = match value {
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        Value::Json(Json::Array(items)) => items.len(),
        Value::Json(Json::Object(fields)) => fields.len(),
        Value::Cursor(cursor, token) => {
            let size = cursor.keys(*token).len();
            budget.charge(size as u64)?;
            size
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::Int(i64::try_from(size).unwrap_or(i64::MAX))))
}

pub(super) fn call<'a>(function: Function, arguments: &[Value<'a>], budget: &mut Budget) -> Answer<'a> {
    let [Value::String(text), arguments @ ..] = arguments else { return Ok(None) };
    Ok(Some(match (function, arguments) {
        (Function::Contains, [Value::String(part)]) => Value::Bool(text.contains(&**part)),
        (Function::StartsWith, [Value::String(part)]) => Value::Bool(text.starts_with(&**part)),
        (Function::EndsWith, [Value::String(part)]) => Value::Bool(text.ends_with(&**part)),
        (Function::LowerAscii, []) => Value::text(text.to_ascii_lowercase()),
        (Function::UpperAscii, []) => Value::text(text.to_ascii_uppercase()),
        (Function::Reverse, []) => Value::text(text.chars().rev().collect::<String>()),
        (Function::Trim, []) => {
            let start = text.len() - text.trim_start().len();
            slice(text, start, start + text.trim().len())
        }
        (Function::CharAt, [Value::Int(index)]) => {
            let start = position(text, *index)?;
            let length = text[start..].chars().next().map_or(0, char::len_utf8);
            slice(text, start, start + length)
        }
        (Function::Substring, [Value::Int(from)]) => slice(text, position(text, *from)?, text.len()),
        (Function::Substring, [Value::Int(from), Value::Int(to)]) => {
            let (start, end) = (position(text, *from)?, position(text, *to)?);
            if start > end {
                return Err(Fault::text(EvalErrorKind::Range, "the end of the part comes before its start"));
            }
            slice(text, start, end)
        }
        (Function::IndexOf, [Value::String(part)]) => index(text, text.find(&**part)),
        (Function::IndexOf, [Value::String(part), Value::Int(from)]) => {
            let start = position(text, *from)?;
            index(text, text[start..].find(&**part).map(|at| start + at))
        }
        (Function::LastIndexOf, [Value::String(part)]) => index(text, text.rfind(&**part)),
        (Function::LastIndexOf, [Value::String(part), Value::Int(from)]) => {
            let end = (position(text, *from)? + part.len()).min(text.len());
            let end = (0..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            index(text, text[..end].rfind(&**part))
        }
        (Function::Replace, [Value::String(part), Value::String(with)]) => {
            replace(text, part, with, -1, budget)?
        }
        (Function::Replace, [Value::String(part), Value::String(with), Value::Int(count)]) => {
            replace(text, part, with, *count, budget)?
        }
        (Function::Split, [Value::String(separator)]) => split(text, separator, -1, budget)?,
        (Function::Split, [Value::String(separator), Value::Int(count)]) => {
            split(text, separator, *count, budget)?
        }
        _ => return Ok(None),
    }))
}

/// A part of text, by its bytes; borrowed where the text is.
fn slice<'a>(text: &Text<'a>, start: usize, end: usize) -> Value<'a> {
    match text {
        Text::Borrowed(text) => Value::borrowed(&text[start..end]),
        Text::Shared(text) => Value::text(&text[start..end]),
    }
}

/// The byte at which a character begins; the one after the last counts.
fn position<'a>(text: &str, index: i64) -> Result<usize, FaultBox<'a>> {
    let at = usize::try_from(index).ok().and_then(|index| {
        text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).nth(index)
    });
    at.ok_or_else(|| {
        Fault::text(EvalErrorKind::Range, format!("there is no character {index}: they count from 0"))
    })
}

/// The number of the character that begins at a byte; -1 for none.
fn index<'a>(text: &str, at: Option<usize>) -> Value<'a> {
    let count = at.map(|at| text[..at].chars().count());
    Value::Int(count.and_then(|count| i64::try_from(count).ok()).unwrap_or(-1))
}

/// How many matches a limit allows; a negative one allows all.
fn allowed(limit: i64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn replace<'a>(
    text: &Text<'a>,
    part: &str,
    with: &str,
    limit: i64,
    budget: &mut Budget,
) -> Result<Value<'a>, FaultBox<'a>> {
    let count = text.matches(part).take(allowed(limit)).count();
    // The size is charged before it is built.
    budget.charge_bytes(text.len().saturating_add(count.saturating_mul(with.len())))?;
    Ok(Value::text(text.replacen(part, with, count)))
}

fn split<'a>(
    text: &Text<'a>,
    separator: &str,
    limit: i64,
    budget: &mut Budget,
) -> Result<Value<'a>, FaultBox<'a>> {
    if limit == 0 {
        return Ok(Value::list(Vec::new()));
    }
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    if separator.is_empty() {
        let last = allowed(limit).saturating_sub(1);
        for (at, character) in text.char_indices().take(last) {
            budget.charge(1)?;
            start = at + character.len_utf8();
            ends.push((at, start));
        }
        if start < text.len() {
            ends.push((start, text.len()));
        }
    } else {
        for (at, found) in text.match_indices(separator).take(allowed(limit).saturating_sub(1)) {
            budget.charge(1)?;
            ends.push((start, at));
            start = at + found.len();
        }
        ends.push((start, text.len()));
    }
    Ok(Value::list(ends.into_iter().map(|(start, end)| slice(text, start, end)).collect()))
}

/// A double as text: the shortest that reads back as the same, without `.0` at the end.
pub(in crate::expr) fn double_to_text(double: f64) -> String {
    if double.is_nan() {
        return "NaN".to_owned();
    }
    if double.is_infinite() {
        return if double < 0.0 { "-Infinity" } else { "Infinity" }.to_owned();
    }
    let magnitude = double.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        return format!("{double:e}");
    }
    double.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_short() {
        for (double, text) in
            [(1.0, "1"), (123.456, "123.456"), (-0.0045, "-0.0045"), (1e21, "1e21"), (1.5e-9, "1.5e-9")]
        {
            assert_eq!(double_to_text(double), text);
        }
        assert_eq!(double_to_text(-0.0), "-0");
        assert_eq!(double_to_text(f64::NEG_INFINITY), "-Infinity");
    }
}
