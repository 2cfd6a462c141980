//! Places inside a scalar: which character of the source stands for the n-th character of the value.

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes, YAML's or JSON's.
    Double,
    /// After `|` or `>`.
    Block,
}

/// The byte, in `text`, of what became character `offset` of the value of the scalar that starts at byte `start`: at
/// its opening quote, or at the first character of a plain or block scalar.
pub(crate) fn byte_of(text: &str, start: usize, style: Style, offset: usize) -> usize {
    // The first line of a block scalar is indented like the others.
    let indent =
        text.get(..start).map_or(0, |before| before.len() - before.rfind('\n').map_or(0, |at| at + 1));
    let mut at = start + usize::from(matches!(style, Style::Single | Style::Double));
    let mut left = offset;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let unit = next_unit(rest, style, indent);
        if left < unit.chars {
            // A run of characters that stand for themselves may be entered in its middle.
            return if unit.bytes == unit.chars { at + left } else { at };
        }
        left -= unit.chars;
        at += unit.bytes;
    }
    at.min(text.len())
}

/// A run of the source and how many characters of the value it became.
struct Unit {
    bytes: usize,
    chars: usize,
}

fn next_unit(rest: &str, style: Style, indent: usize) -> Unit {
    match (style, rest.as_bytes()[0]) {
        (Style::Block, b'\n' | b'\r') => block_break(rest, indent),
        (Style::Single, b'\'') => Unit { bytes: 2, chars: 1 },
        (Style::Double, b'\\') => escape(rest),
        (Style::Plain | Style::Single | Style::Double, b' ' | b'\t' | b'\n' | b'\r') => fold(rest),
        _ => Unit { bytes: rest.chars().next().map_or(1, char::len_utf8), chars: 1 },
    }
}

/// Blanks, which are themselves unless a line break is among them: then one break is a space, and each further one a
/// line feed.
fn fold(rest: &str) -> Unit {
    let bytes = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    let breaks = rest[..bytes].replace("\r\n", "\n").matches(['\n', '\r']).count();
    match breaks {
        0 => Unit { bytes, chars: bytes },
        n => Unit { bytes, chars: (n - 1).max(1) },
    }
}

fn escape(rest: &str) -> Unit {
    let bytes = rest.as_bytes();
    match bytes.get(1) {
        Some(b'x') => Unit { bytes: 4, chars: 1 },
        Some(b'U') => Unit { bytes: 10, chars: 1 },
        Some(b'u') if surrogate_pair(bytes) => Unit { bytes: 12, chars: 1 },
        Some(b'u') => Unit { bytes: 6, chars: 1 },
        Some(b'\n' | b'\r') => {
            let blanks = rest[1..].len() - rest[1..].trim_start_matches([' ', '\t', '\n', '\r']).len();
            Unit { bytes: 1 + blanks, chars: 0 }
        }
        _ => Unit { bytes: 1 + rest[1..].chars().next().map_or(0, char::len_utf8), chars: 1 },
    }
}

fn surrogate_pair(bytes: &[u8]) -> bool {
    matches!(bytes.get(2..4), Some([b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B']))
        && bytes.get(6..8) == Some(br"\u")
}

/// A line break of a block scalar and the indentation of the line after it.
fn block_break(rest: &str, indent: usize) -> Unit {
    let line_break = if rest.starts_with("\r\n") { 2 } else { 1 };
    let blanks = rest[line_break..].bytes().take(indent).take_while(|byte| *byte == b' ').count();
    Unit { bytes: line_break + blanks, chars: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_in_every_style() {
        for (source, style, offset, found) in [
            ("abc", Style::Plain, 2, "c"),
            ("é x: y", Style::Plain, 2, "x"),
            ("a\n   b", Style::Plain, 2, "b"),
            ("a\r\n\r\n   b", Style::Plain, 2, "b"),
            ("'it''s b'", Style::Single, 5, "b"),
            (r#""a\"b\u00e9c""#, Style::Double, 4, "c"),
            (r#""\ud83d\ude00c""#, Style::Double, 1, "c"),
            (r#""a\x41\U0001F600c""#, Style::Double, 3, "c"),
            ("\"a \\\n   b\"", Style::Double, 2, "b"),
            ("a   bc", Style::Plain, 5, "c"),
            ("ab\n  cd\n  ef", Style::Block, 3, "c"),
            ("ab\n\n    cd\n  ef", Style::Block, 4, "  cd"),
            ("ab\n  cd\n  ef", Style::Block, 6, "e"),
        ] {
            let text = format!("key: |\n  {source}");
            let at = byte_of(&text, 9, style, offset);
            assert!(text[at..].starts_with(found), "{source:?} {offset}: {:?}", &text[at..]);
        }
    }

    #[test]
    fn a_place_beyond_the_end_is_the_end() {
        assert_eq!(byte_of("abc", 0, Style::Plain, 99), 3);
        assert_eq!(byte_of("\"\\", 0, Style::Double, 99), 2);
        assert_eq!(byte_of("\"\\u00", 0, Style::Double, 99), 5);
    }
}
