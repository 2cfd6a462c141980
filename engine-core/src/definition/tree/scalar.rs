//! Plain scalars, by the core schema of YAML 1.2: `no`, `yes` and `on` are strings.

use serde_json::Number;

/// What a plain scalar is.
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    /// An infinity, not-a-number, or a number too large to hold.
    Unholdable,
    Text,
}

pub(super) fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => match text.as_bytes()[0] {
            b'0'..=b'9' | b'.' | b'+' | b'-' => resolve_number(text),
            _ => Scalar::Text,
        },
    }
}

/// Whether a whole number starts with zeros that reading it loses.
pub(super) fn loses_zeros(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn resolve_number(text: &str) -> Scalar {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Scalar::Unholdable;
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            return match valid.then(|| u64::from_str_radix(digits, radix)) {
                None => Scalar::Text,
                Some(Ok(number)) => Scalar::Number(number.into()),
                Some(Err(_)) => Scalar::Unholdable,
            };
        }
    }
    if !is_decimal(unsigned) {
        return Scalar::Text;
    }
    number(text.strip_prefix('+').unwrap_or(text)).map_or(Scalar::Unholdable, Scalar::Number)
}

/// Digits, a fraction, an exponent; a digit somewhere before the exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent
}

/// The number that a decimal stands for: whole where it is written whole and fits, else the nearest float.
pub(super) fn number(text: &str) -> Option<Number> {
    if text != "-0" {
        if let Ok(number) = text.parse::<i64>() {
            return Some(number.into());
        }
        if let Ok(number) = text.parse::<u64>() {
            return Some(number.into());
        }
    }
    Number::from_f64(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match resolve(text) {
            Scalar::Null => "null".into(),
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(number) => number.to_string(),
            Scalar::Unholdable => "unholdable".into(),
            Scalar::Text => "text".into(),
        }
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, meaning) in [
            ("", "null"),
            ("~", "null"),
            ("null", "null"),
            ("True", "true"),
            ("no", "text"),
            ("yes", "text"),
            ("on", "text"),
            ("0", "0"),
            ("012", "12"),
            ("+7", "7"),
            ("-7", "-7"),
            ("0o14", "12"),
            ("0xFF", "255"),
            ("0xG", "text"),
            ("1_000", "text"),
            ("1.50", "1.5"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("1e3", "1000.0"),
            ("1e", "text"),
            ("e3", "text"),
            (".", "text"),
            ("-", "text"),
            ("+", "text"),
            ("1.2.3", "text"),
            ("12:30", "text"),
            ("2026-01-01", "text"),
            (".inf", "unholdable"),
            ("-.INF", "unholdable"),
            (".nan", "unholdable"),
            ("1e999", "unholdable"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551616", "1.8446744073709552e+19"),
        ] {
            assert_eq!(shown(text), meaning, "{text:?}");
        }
    }

    #[test]
    fn lost_zeros_are_seen() {
        for (text, lost) in [("02139", true), ("-01", true), ("0", false), ("0.5", false), ("10", false)] {
            assert_eq!(loses_zeros(text), lost, "{text}");
        }
    }
}
