//! Paths in a document, such as `steps[2].next[0].when` and `vars["two words"]`.

use std::fmt::{self, Write};

/// A step on the way from the top of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    /// A field of a mapping.
    Key(&'a str),
    /// An item of a list.
    Index(usize),
}

/// Writes a segment after what is already there.
pub(crate) fn write_segment(out: &mut String, segment: Segment<'_>) {
    let written = match segment {
        Segment::Index(index) => write!(out, "[{index}]"),
        Segment::Key(key) if is_plain(key) && out.is_empty() => out.write_str(key),
        Segment::Key(key) if is_plain(key) => write!(out, ".{key}"),
        Segment::Key(key) => write!(out, "[{}]", Quoted(key)),
    };
    // Writing to a string cannot fail.
    debug_assert!(written.is_ok());
}

/// Whether a key needs no brackets and quotes in a path.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

/// The segments of a path, from the top down; ends early where the path is not well formed.
pub(crate) fn segments(path: &str) -> Segments<'_> {
    Segments { rest: path }
}

/// A segment as it is read: a quoted key has its escapes taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathPart {
    Key(String),
    Index(usize),
}

pub(crate) struct Segments<'a> {
    rest: &'a str,
}

impl Segments<'_> {
    /// Whether the whole path was read.
    pub(crate) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }
}

impl Iterator for Segments<'_> {
    type Item = PathPart;

    fn next(&mut self) -> Option<PathPart> {
        if let Some(inside) = self.rest.strip_prefix("[\"") {
            let (key, used) = unquote(inside)?;
            self.rest = inside[used..].strip_prefix(']')?;
            return Some(PathPart::Key(key));
        }
        if let Some(inside) = self.rest.strip_prefix('[') {
            let (digits, rest) = inside.split_once(']')?;
            self.rest = rest;
            return digits.parse().ok().map(PathPart::Index);
        }
        let name = self.rest.strip_prefix('.').unwrap_or(self.rest);
        let end = name.find(['.', '[']).unwrap_or(name.len());
        self.rest = &name[end..];
        (end > 0).then(|| PathPart::Key(name[..end].to_owned()))
    }
}

/// The key up to its closing quote, and how many bytes it took with it.
fn unquote(text: &str) -> Option<(String, usize)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((key, at + 1)),
            '\\' => key.push(chars.next()?.1),
            c => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_was_written() {
        let keys = ["steps", "two words", "a.b", "quo\"te\\", "x[0]", "", "my-step"];
        let mut path = String::new();
        for (index, key) in keys.into_iter().enumerate() {
            write_segment(&mut path, Segment::Key(key));
            write_segment(&mut path, Segment::Index(index));
        }
        let read: Vec<_> = segments(&path).collect();
        let expected: Vec<_> = (keys.into_iter().enumerate())
            .flat_map(|(index, key)| [PathPart::Key(key.to_owned()), PathPart::Index(index)])
            .collect();
        assert_eq!(read, expected, "{path}");
    }

    #[test]
    fn a_broken_path_ends_where_it_breaks() {
        for (path, parts) in [("a..b", 1), ("a[x].b", 1), ("a[\"b", 1), ("a[", 1), ("", 0), ("a[1", 1)] {
            assert_eq!(segments(path).count(), parts, "{path}");
        }
    }
}
