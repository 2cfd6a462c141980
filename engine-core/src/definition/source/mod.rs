//! Where the parts of a document stand in its text.

mod lines;
mod path;
mod scalar;

use super::Diagnostic;
use super::tree::{Node, Shape, Tree};
pub(crate) use lines::Lines;
pub(crate) use path::{PathPart, Segment, segments, write_segment};
pub(crate) use scalar::Style;

/// Where the parts of a document stand in its text.
///
/// Paths are those of [`Diagnostic::path`]: `steps[2].next[0].when`, `vars["two words"]`. They follow the text as it
/// was written: a lone `needs: a` is `steps[1].needs`, in a list it is `steps[1].needs[0]`.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    tree: Tree,
    lines: Lines,
}

impl SourceMap {
    pub(crate) fn new(tree: Tree, lines: Lines) -> Self {
        Self { tree, lines }
    }

    /// Line and column (both from 1, columns in characters) of the value at a path. Where the document has nothing at
    /// the path, those of the nearest enclosing value that it has; none where the document holds nothing at all.
    pub fn locate(&self, path: &str) -> Option<(u32, u32)> {
        let (node, _) = self.find(path)?;
        node.at().map(|at| self.lines.at(self.tree.text(), at))
    }

    /// Line and column of a character inside the string at a path, counted from 0 in the string's value. Exact for
    /// plain and quoted scalars; in block scalars as near as their indentation tells.
    pub fn locate_in(&self, path: &str, char_offset: usize) -> Option<(u32, u32)> {
        let (node, whole) = self.find(path)?;
        let start = node.at()?;
        let text = self.tree.text();
        let at = match node.style().filter(|_| whole) {
            Some(style) => scalar::byte_of(text, start as usize, style, char_offset),
            None => start as usize,
        };
        Some(self.lines.at(text, u32::try_from(at).unwrap_or(u32::MAX)))
    }

    /// The string at a path as the document has it, `${ }` included; none where there is no string.
    pub fn text_at(&self, path: &str) -> Option<&str> {
        match self.find(path)? {
            (node, true) => match node.shape() {
                Shape::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Gives a diagnostic the line and column of its path: of a character in the string there, if an offset is given.
    pub fn place(&self, diagnostic: &mut Diagnostic, offset_in_scalar: Option<usize>) {
        let place = match offset_in_scalar {
            Some(offset) => self.locate_in(&diagnostic.path, offset),
            None => self.locate(&diagnostic.path),
        };
        if let Some((line, column)) = place {
            (diagnostic.line, diagnostic.column) = (line, column);
        }
    }

    /// The node at a path or the nearest one around it, and whether it is the very one.
    fn find(&self, path: &str) -> Option<(Node<'_>, bool)> {
        let mut node = self.tree.root()?;
        let mut parts = segments(path);
        for part in &mut parts {
            let Some(inner) = node.child(&part) else { return Some((node, false)) };
            node = inner;
        }
        Some((node, parts.is_done()))
    }
}
