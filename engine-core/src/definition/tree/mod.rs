//! The document as a tree, before anything is known about flows: the same for YAML, JSON text and JSON values.

mod build;
mod json;
mod node;
mod scalar;
mod yaml;

use serde_json::Number;

use super::DocumentLimits;
use super::sink::Sink;
use super::source::Style;
use build::Builder;
pub(crate) use node::{Fields, Key, List, Node, Shape};

/// A tree in a few flat vectors. Strings are ranges of the text, so that a big document is held once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    text: Box<str>,
    /// Strings that stand in the text otherwise than they read: with escapes, folded.
    decoded: String,
    nodes: Vec<Entry>,
    items: Vec<u32>,
    fields: Vec<Field>,
    numbers: Vec<Number>,
    root: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The byte at which the value starts.
    at: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Something is wrong with it, and that is reported already.
    Broken,
    Null,
    Bool(bool),
    /// An index of `numbers`.
    Number(u32),
    Text(Style, Slice),
    /// A range of `items`.
    List(u32, u32),
    /// A range of `fields`.
    Map(u32, u32),
    /// The node that a YAML alias stands for.
    Alias(u32),
}

/// A string: in the text, or in `decoded`.
#[derive(Clone, Copy, Debug)]
struct Slice {
    start: u32,
    /// Its length in bytes, doubled; odd where it is in `decoded`.
    length: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    key: Slice,
    key_at: u32,
    value: u32,
}

impl Tree {
    /// Reads a text of at most `limits.bytes` bytes. What is wrong goes to the sink; what could be read is in the tree.
    pub(crate) fn read(text: &str, limits: &DocumentLimits, sink: &mut Sink<'_>) -> Self {
        let mut builder = Builder::new(text, limits, sink);
        let read =
            if is_json(text) { json::read(text, &mut builder) } else { yaml::read(text, &mut builder) };
        // Where reading stopped early, the sink knows why.
        match read {
            Ok(()) => builder.finish(),
            Err(_) => builder.finish_broken(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn root(&self) -> Option<Node<'_>> {
        self.root.map(|root| Node::Read(self, root))
    }

    fn slice(&self, slice: Slice) -> &str {
        let source = if slice.length & 1 == 1 { self.decoded.as_str() } else { &self.text };
        let start = slice.start as usize;
        source.get(start..start + (slice.length / 2) as usize).unwrap_or_default()
    }
}

/// Whether a text is meant as JSON: it opens with a brace, and after it comes what only JSON writes there.
fn is_json(text: &str) -> bool {
    let blank = |c: char| c.is_ascii_whitespace() || c == '\u{feff}';
    let Some(inside) = text.trim_start_matches(blank).strip_prefix('{') else { return false };
    matches!(inside.trim_start_matches(blank).chars().next(), Some('"' | '}') | None)
}
