//! Reading JSON. It is not read as YAML, because YAML bounds the length of keys and refuses tabs as indentation.

use super::build::{Builder, Stop};
use super::scalar;
use crate::definition::code;
use crate::definition::source::Style;

pub(super) fn read(text: &str, builder: &mut Builder<'_, '_, '_>) -> Result<(), Stop> {
    let at = text.strip_prefix('\u{feff}').map_or(0, |_| 3);
    Reader { text, bytes: text.as_bytes(), at, builder }.document()
}

struct Reader<'t, 'b, 'x, 's, 'l> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    builder: &'b mut Builder<'x, 's, 'l>,
}

impl<'t> Reader<'t, '_, '_, '_, '_> {
    fn document(mut self) -> Result<(), Stop> {
        loop {
            // A value begins here.
            let opened = self.value()?;
            let done = if opened { self.first()? } else { self.after_value()? };
            if done {
                return Ok(());
            }
        }
    }

    /// Reads a value up to its end, or only the bracket of a list or mapping that has something in it.
    fn value(&mut self) -> Result<bool, Stop> {
        self.blanks();
        let at = self.place();
        match self.peek() {
            Some(b'{') => self.open(at, true),
            Some(b'[') => self.open(at, false),
            Some(b'"') => {
                let text = self.string()?;
                self.builder.text(at, Style::Double, &text, 0)?;
                Ok(false)
            }
            Some(b'-' | b'0'..=b'9') => self.number(at),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word(at),
            Some(b']' | b'}') => Err(self.syntax("a value is missing, or there is a comma too many")),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn open(&mut self, at: u32, is_map: bool) -> Result<bool, Stop> {
        self.at += 1;
        self.builder.open(at, is_map, 0)?;
        Ok(true)
    }

    /// After an opening bracket: the first key, if it is a mapping. Whether the document is over.
    fn first(&mut self) -> Result<bool, Stop> {
        self.blanks();
        match (self.builder.in_map(), self.peek()) {
            (true, Some(b'}')) | (false, Some(b']')) => self.close(),
            (true, _) => self.key(),
            (false, _) => Ok(false),
        }
    }

    /// After a value: brackets that close, and the comma and key before the next value. Whether the document is over.
    fn after_value(&mut self) -> Result<bool, Stop> {
        if self.builder.depth() == 0 {
            return self.end();
        }
        self.blanks();
        match (self.builder.in_map(), self.peek()) {
            (_, Some(b',')) => {
                self.at += 1;
                if self.builder.in_map() { self.key() } else { Ok(false) }
            }
            (true, Some(b'}')) | (false, Some(b']')) => self.close(),
            (true, _) => Err(self.unexpected("`,` or `}`")),
            (false, _) => Err(self.unexpected("`,` or `]`")),
        }
    }

    fn close(&mut self) -> Result<bool, Stop> {
        // Closing brackets in a row are met one after another.
        loop {
            self.at += 1;
            self.builder.close();
            if self.builder.depth() == 0 {
                return self.end();
            }
            self.blanks();
            match (self.builder.in_map(), self.peek()) {
                (true, Some(b'}')) | (false, Some(b']')) => {}
                _ => return self.after_value(),
            }
        }
    }

    fn key(&mut self) -> Result<bool, Stop> {
        self.blanks();
        let at = self.place();
        match self.peek() {
            Some(b'"') => {}
            Some(b'}') => return Err(self.syntax("there is a comma too many before `}`")),
            _ => return Err(self.unexpected("a key in double quotes")),
        }
        let key = self.string()?;
        self.builder.key(at, &key)?;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(false)
    }

    fn end(&mut self) -> Result<bool, Stop> {
        self.blanks();
        match self.peek() {
            None => Ok(true),
            Some(_) => Err(self.unexpected("the end of the document")),
        }
    }

    fn word(&mut self, at: u32) -> Result<bool, Stop> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        match &rest[..length] {
            b"null" => self.builder.null(at, 0)?,
            b"true" => self.builder.bool(at, true, 0)?,
            b"false" => self.builder.bool(at, false, 0)?,
            _ => return Err(self.syntax("a text must stand in double quotes")),
        }
        self.at += length;
        Ok(false)
    }

    fn number(&mut self, at: u32) -> Result<bool, Stop> {
        let from = self.at;
        self.skip(|byte| byte == b'-', 1);
        let whole = self.at;
        let digits = self.skip(|byte| byte.is_ascii_digit(), usize::MAX);
        let zeros = digits > 1 && self.bytes[whole] == b'0';
        let mut valid = digits > 0 && !zeros;
        if self.skip(|byte| byte == b'.', 1) > 0 {
            valid &= self.skip(|byte| byte.is_ascii_digit(), usize::MAX) > 0;
        }
        if self.skip(|byte| matches!(byte, b'e' | b'E'), 1) > 0 {
            self.skip(|byte| matches!(byte, b'+' | b'-'), 1);
            valid &= self.skip(|byte| byte.is_ascii_digit(), usize::MAX) > 0;
        }
        if !valid {
            self.at = from;
            return Err(self.syntax(if zeros {
                "a number must not begin with 0"
            } else {
                "a number is not complete"
            }));
        }
        match scalar::number(&self.text[from..self.at]) {
            Some(number) => self.builder.number(at, number, 0)?,
            None => {
                self.builder.error(
                    at,
                    code::INVALID_VALUE,
                    "the number is too large to be held",
                    Some("quote it"),
                );
                self.builder.broken(at, 0)?;
            }
        }
        Ok(false)
    }

    /// A string from its opening quote on; as a piece of the text where it has no escapes.
    fn string(&mut self) -> Result<std::borrow::Cow<'t, str>, Stop> {
        let open = self.at;
        self.at += 1;
        let mut decoded = String::new();
        loop {
            let from = self.at;
            self.skip(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F), usize::MAX);
            let piece = &self.text[from..self.at];
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    if from == open + 1 {
                        return Ok(piece.into());
                    }
                    decoded.push_str(piece);
                    return Ok(decoded.into());
                }
                Some(b'\\') => {
                    decoded.push_str(piece);
                    decoded.push(self.escape()?);
                }
                Some(b'\n' | b'\r') => {
                    return Err(self.syntax("a text in quotes must end on its own line; write \\n"));
                }
                Some(_) => {
                    return Err(self.syntax("a control character in a text must be written as \\u00XX"));
                }
                None => {
                    self.at = open;
                    return Err(self.syntax("the text that begins here has no closing quote"));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Stop> {
        let simple = match self.bytes.get(self.at + 1) {
            Some(b'u') => return self.unicode(),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.syntax("there is no such escape; write \\\\ for a backslash")),
        };
        self.at += 2;
        Ok(simple)
    }

    fn unicode(&mut self) -> Result<char, Stop> {
        let high = self.hex(self.at + 2);
        let low = match high {
            Some(0xD800..=0xDBFF) if self.bytes.get(self.at + 6..self.at + 8) == Some(br"\u") => {
                self.hex(self.at + 8)
            }
            _ => None,
        };
        let (unit, length) = match (high, low) {
            (Some(high), Some(low @ 0xDC00..=0xDFFF)) => {
                (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 12)
            }
            (Some(unit), _) => (unit, 6),
            (None, _) => return Err(self.syntax("\\u needs four hexadecimal digits")),
        };
        match char::from_u32(unit) {
            Some(c) => {
                self.at += length;
                Ok(c)
            }
            None => Err(self.syntax("half of a surrogate pair; the other half must follow as \\uXXXX")),
        }
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits =
            self.text.get(at..at + 4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'), usize::MAX);
    }

    fn skip(&mut self, matches: impl Fn(u8) -> bool, most: usize) -> usize {
        let count = self.bytes[self.at..].iter().take(most).take_while(|byte| matches(**byte)).count();
        self.at += count;
        count
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn place(&self) -> u32 {
        u32::try_from(self.at).unwrap_or(u32::MAX)
    }

    fn unexpected(&mut self, wanted: &str) -> Stop {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some('/' | '#') => self.syntax("JSON has no comments"),
            Some(c) => self.syntax(&format!("here should be {wanted}, not {c:?}")),
            None => self.syntax(&format!("the text ends where {wanted} should be")),
        }
    }

    fn syntax(&mut self, message: &str) -> Stop {
        let at = self.place();
        self.builder.fatal(at, code::SYNTAX, &format!("this is not well-formed JSON: {message}"), None)
    }
}
