//! Literals: numbers, strings and bytes.

use super::lexer::{Lexeme, Mistake, word_length};

type Found<'s> = (Lexeme<'s>, usize);

/// The number that the text begins with. `at` is where the text stands in the source.
pub(super) fn number(text: &str, at: usize) -> Result<Found<'static>, Mistake> {
    let (lexeme, length) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => hexadecimal(digits, at)?,
        None => decimal(text, at)?,
    };
    let tail = word_length(&text[length..]);
    if tail > 0 {
        let written = &text[..length + tail];
        let mistake = Mistake::new(at, format!("`{written}` is not a number"));
        let plain = written.replace('_', "");
        return Err(if plain.bytes().all(|byte| byte.is_ascii_digit()) {
            mistake.help(format!("write `{plain}`"))
        } else {
            mistake
        });
    }
    Ok((lexeme, length))
}

fn hexadecimal(digits: &str, at: usize) -> Result<Found<'static>, Mistake> {
    let length = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    if length == 0 {
        return Err(Mistake::new(at, "`0x` needs hexadecimal digits"));
    }
    whole(u64::from_str_radix(&digits[..length], 16).ok(), digits, length, 2, at)
}

fn decimal(text: &str, at: usize) -> Result<Found<'static>, Mistake> {
    let whole_part = digits(text);
    let mut length = whole_part;
    if text[length..].starts_with('.') && digits(&text[length + 1..]) > 0 {
        length += 1 + digits(&text[length + 1..]);
    }
    length += exponent(&text[length..]);
    if length == whole_part {
        return whole(text[..length].parse().ok(), text, length, 0, at);
    }
    match text[..length].parse::<f64>() {
        Ok(double) if double.is_finite() => Ok((Lexeme::Double(double), length)),
        _ => Err(Mistake::new(at, "the number is too large for a double")),
    }
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

/// How many bytes the exponent (`e10`, `E-3`) takes that the text begins with.
fn exponent(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return 0 };
    let sign = usize::from(rest.starts_with(['+', '-']));
    match digits(&rest[sign..]) {
        0 => 0,
        count => 1 + sign + count,
    }
}

/// A whole number with digits up to `length` of `text`, then perhaps a `u`. `skipped` bytes stood before it.
fn whole(
    value: Option<u64>,
    text: &str,
    length: usize,
    skipped: usize,
    at: usize,
) -> Result<Found<'static>, Mistake> {
    let unsigned = text[length..].starts_with(['u', 'U']);
    match value {
        Some(value) if unsigned => Ok((Lexeme::Uint(value), skipped + length + 1)),
        Some(value) if value <= 1 << 63 => Ok((Lexeme::Int(value), skipped + length)),
        Some(_) => Err(Mistake::new(at, "the number is too large for an int")
            .help("an int has 64 bits; write it with `u` at the end for a uint, or with `.0` for a double")),
        None => Err(Mistake::new(at, "the number is too large: whole numbers have 64 bits")
            .help("write it with `.0` at the end for a double")),
    }
}

/// The longer before those they begin with.
const QUOTES: [&str; 4] = ["\"\"\"", "'''", "\"", "'"];

/// The string or bytes that the text begins with, if it begins with any. `at` is where the text stands in the source.
pub(super) fn string(text: &str, at: usize) -> Result<Option<Found<'static>>, Mistake> {
    let prefix = text.find(|c: char| !"rRbB".contains(c)).unwrap_or(text.len());
    let marks = text[..prefix].to_ascii_lowercase();
    let quoted = &text[prefix..];
    if !["", "r", "b", "rb", "br"].contains(&marks.as_str()) || !quoted.starts_with(['"', '\'']) {
        return Ok(None);
    }
    let quote = QUOTES.into_iter().find(|quote| quoted.starts_with(*quote)).unwrap_or_default();
    let literal = Literal {
        raw: marks.contains('r'),
        bytes: marks.contains('b'),
        quote,
        at: at + prefix + quote.len(),
        start: at,
    };
    let (lexeme, length) = literal.read(&quoted[quote.len()..])?;
    Ok(Some((lexeme, prefix + quote.len() + length)))
}

struct Literal<'q> {
    raw: bool,
    bytes: bool,
    quote: &'q str,
    /// Where its content stands in the source.
    at: usize,
    /// Where it begins in the source.
    start: usize,
}

impl Literal<'_> {
    /// Reads up to and with the closing quote; the length counts from the content's first byte.
    fn read(&self, text: &str) -> Result<Found<'static>, Mistake> {
        let mut out = Vec::new();
        let mut at = 0;
        loop {
            let rest = &text[at..];
            if rest.starts_with(self.quote) {
                return Ok((self.lexeme(out), at + self.quote.len()));
            }
            match rest.chars().next() {
                None => return Err(self.open()),
                Some('\n' | '\r') if self.quote.len() == 1 => return Err(self.open()),
                Some('\\') if !self.raw => {
                    let length = self.escape(rest, self.at + at, &mut out)?;
                    at += length;
                }
                Some(other) => {
                    out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                    at += other.len_utf8();
                }
            }
        }
    }

    fn lexeme(&self, out: Vec<u8>) -> Lexeme<'static> {
        if self.bytes {
            return Lexeme::Bytes(out);
        }
        // Only whole characters were written, so nothing is lost.
        Lexeme::String(
            String::from_utf8(out)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        )
    }

    fn open(&self) -> Mistake {
        Mistake::new(self.start, format!("the string is not closed: its `{}` is missing", self.quote))
    }

    /// Reads an escape, which `text` begins with, and writes what it stands for.
    fn escape(&self, text: &str, at: usize, out: &mut Vec<u8>) -> Result<usize, Mistake> {
        let Some(letter) = text[1..].chars().next() else { return Err(self.open()) };
        let plain = match letter {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' | '?' | '"' | '\'' | '`' => letter as u8,
            'x' | 'X' => return self.coded(text, 2, 2, 16, at, out),
            'u' if !self.bytes => return self.coded(text, 2, 4, 16, at, out),
            'U' if !self.bytes => return self.coded(text, 2, 8, 16, at, out),
            '0'..='3' => return self.coded(text, 1, 3, 8, at, out),
            _ => {
                return Err(Mistake::new(at, format!("`\\{letter}` is not an escape"))
                    .help("for a backslash write `\\\\`, or the string as r\"…\""));
            }
        };
        out.push(plain);
        Ok(2)
    }

    /// An escape by number: `count` digits after `skipped` bytes.
    fn coded(
        &self,
        text: &str,
        skipped: usize,
        count: usize,
        radix: u32,
        at: usize,
        out: &mut Vec<u8>,
    ) -> Result<usize, Mistake> {
        let end = skipped + count;
        let digits =
            text.get(skipped..end).filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)));
        let Some(code) = digits.and_then(|digits| u32::from_str_radix(digits, radix).ok()) else {
            let kind = if radix == 8 { "octal" } else { "hexadecimal" };
            return Err(Mistake::new(at, format!("the escape needs {count} {kind} digits")));
        };
        if self.bytes {
            // Two hexadecimal digits, or octal up to 377.
            out.push(code as u8);
            return Ok(end);
        }
        match char::from_u32(code) {
            Some(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            None => return Err(Mistake::new(at, format!("there is no character with the code {code:X}"))),
        }
        Ok(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, lexeme, length) in [
            ("42", Lexeme::Int(42), 2),
            ("0x1F)", Lexeme::Int(31), 4),
            ("7u+", Lexeme::Uint(7), 2),
            ("0xFFu", Lexeme::Uint(255), 5),
            ("1.5e3", Lexeme::Double(1500.0), 5),
            (".5", Lexeme::Double(0.5), 2),
            ("1.size", Lexeme::Int(1), 1),
            ("2e-1", Lexeme::Double(0.2), 4),
        ] {
            assert_eq!(number(text, 0).unwrap(), (lexeme, length), "{text}");
        }
        for text in ["1_000", "12abc", "0x", "9223372036854775809", "99999999999999999999", "1e999", "1e"] {
            assert!(number(text, 0).is_err(), "{text}");
        }
    }

    #[test]
    fn mistakes_in_strings_have_a_place() {
        for (text, at) in
            [("'abc", 3), ("'a\nb'", 3), ("'a\\q'", 5), ("\"\\x4\"", 4), ("b'\\u0041'", 5), ("'\\ud800'", 4)]
        {
            assert_eq!(string(text, 3).unwrap_err().into_details().at, at, "{text}");
        }
    }

    #[test]
    fn text_that_only_begins_like_a_string_is_none() {
        for text in ["rate", "br", "bb'x'", "rr''", "r", "(", ""] {
            assert!(string(text, 0).unwrap().is_none(), "{text}");
        }
    }
}
