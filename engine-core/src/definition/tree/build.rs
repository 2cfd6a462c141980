//! Building a tree from what a reader meets, in the order of the text.

use std::collections::BTreeMap;

use serde_json::Number;

use super::{Entry, Field, Kind, Slice, Tree};
use crate::definition::sink::Sink;
use crate::definition::source::{Segment, Style, write_segment};
use crate::definition::{Diagnostic, DocumentLimits, Severity, code};

/// Reading cannot go on; why is in the sink.
pub(super) struct Stop;

/// A list or mapping that is not closed yet.
struct Frame {
    node: u32,
    is_map: bool,
    /// Where its items begin in `items`, its fields in `fields`.
    start: usize,
    /// The key that waits for its value.
    key: Option<(Slice, u32)>,
    anchor: usize,
    /// How many nodes there were when it was opened.
    nodes_before: u64,
    /// How deep what is inside goes.
    height: usize,
}

/// What an anchor stands for.
#[derive(Clone, Copy)]
struct Anchored {
    node: u32,
    nodes: u64,
    height: usize,
}

pub(super) struct Builder<'t, 's, 'l> {
    text: &'t str,
    tree: Tree,
    sink: &'s mut Sink<'l>,
    limits: &'s DocumentLimits,
    frames: Vec<Frame>,
    /// Items and fields of the open lists and mappings.
    items: Vec<u32>,
    fields: Vec<Field>,
    anchors: BTreeMap<usize, Anchored>,
    /// How many nodes there are, those that aliases stand for counted again.
    nodes: u64,
}

impl<'t, 's, 'l> Builder<'t, 's, 'l> {
    pub(super) fn new(text: &'t str, limits: &'s DocumentLimits, sink: &'s mut Sink<'l>) -> Self {
        Self {
            text,
            tree: Tree { text: text.into(), ..Tree::default() },
            sink,
            limits,
            frames: Vec::new(),
            items: Vec::new(),
            fields: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
        }
    }

    pub(super) fn finish(self) -> Tree {
        self.tree
    }

    /// The tree of a text that could not be read to its end: places, but no values.
    pub(super) fn finish_broken(mut self) -> Tree {
        self.tree.root = None;
        self.tree
    }

    /// Whether the next thing is the key of a mapping.
    pub(super) fn wants_key(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.is_map && frame.key.is_none())
    }

    /// How deep lists and mappings may be nested.
    pub(super) fn levels(&self) -> usize {
        self.limits.levels()
    }

    /// How deep the open lists and mappings are nested.
    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Whether the innermost open one is a mapping.
    pub(super) fn in_map(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.is_map)
    }

    pub(super) fn error(&mut self, at: u32, code: &'static str, message: &str, help: Option<&str>) {
        self.report(Severity::Error, at, code, message, help);
    }

    pub(super) fn warning(&mut self, at: u32, code: &'static str, message: &str, help: Option<&str>) {
        self.report(Severity::Warning, at, code, message, help);
    }

    /// An error after which nothing more can be read.
    pub(super) fn fatal(&mut self, at: u32, code: &'static str, message: &str, help: Option<&str>) -> Stop {
        self.error(at, code, message, help);
        Stop
    }

    pub(super) fn null(&mut self, at: u32, anchor: usize) -> Result<(), Stop> {
        self.leaf(at, Kind::Null, anchor)
    }

    pub(super) fn bool(&mut self, at: u32, value: bool, anchor: usize) -> Result<(), Stop> {
        self.leaf(at, Kind::Bool(value), anchor)
    }

    pub(super) fn broken(&mut self, at: u32, anchor: usize) -> Result<(), Stop> {
        self.leaf(at, Kind::Broken, anchor)
    }

    pub(super) fn number(&mut self, at: u32, number: Number, anchor: usize) -> Result<(), Stop> {
        let index = index(self.tree.numbers.len());
        self.tree.numbers.push(number);
        self.leaf(at, Kind::Number(index), anchor)
    }

    pub(super) fn text(&mut self, at: u32, style: Style, text: &str, anchor: usize) -> Result<(), Stop> {
        let slice = self.slice(at, text)?;
        self.leaf(at, Kind::Text(style, slice), anchor)
    }

    pub(super) fn key(&mut self, at: u32, key: &str) -> Result<(), Stop> {
        let slice = self.slice(at, key)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.key = Some((slice, at));
        }
        Ok(())
    }

    /// A list or mapping begins.
    pub(super) fn open(&mut self, at: u32, is_map: bool, anchor: usize) -> Result<(), Stop> {
        if self.frames.len() >= self.limits.levels() {
            let message =
                format!("lists and mappings are nested deeper than {} levels", self.limits.levels());
            return Err(self.fatal(at, code::TOO_DEEP, &message, None));
        }
        let nodes_before = self.nodes;
        self.count(at, 1)?;
        let node = self.node(at, Kind::Broken);
        let start = if is_map { self.fields.len() } else { self.items.len() };
        self.frames.push(Frame { node, is_map, start, key: None, anchor, nodes_before, height: 1 });
        Ok(())
    }

    /// The innermost list or mapping ends.
    pub(super) fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let kind = if frame.is_map {
            self.report_duplicates(frame.start);
            let from = index(self.tree.fields.len());
            self.tree.fields.extend(self.fields.drain(frame.start..));
            Kind::Map(from, index(self.tree.fields.len()))
        } else {
            let from = index(self.tree.items.len());
            self.tree.items.extend(self.items.drain(frame.start..));
            Kind::List(from, index(self.tree.items.len()))
        };
        if let Some(entry) = self.tree.nodes.get_mut(frame.node as usize) {
            entry.kind = kind;
        }
        let nodes = self.nodes - frame.nodes_before;
        self.complete(frame.node, nodes, frame.height, frame.anchor);
    }

    /// A YAML alias of an anchor.
    pub(super) fn alias(&mut self, at: u32, anchor: usize) -> Result<(), Stop> {
        let Some(target) = self.anchors.get(&anchor).copied() else {
            let message = "the alias stands inside the value that it names";
            self.error(at, code::INVALID_ALIAS, message, Some("write the value out"));
            return self.broken(at, 0);
        };
        if self.frames.len() + target.height > self.limits.levels() {
            let message = format!("with this alias, nesting is deeper than {} levels", self.limits.levels());
            self.error(at, code::TOO_DEEP, &message, None);
            return self.broken(at, 0);
        }
        self.count(at, target.nodes)?;
        let node = self.node(at, Kind::Alias(target.node));
        self.complete(node, target.nodes, target.height, 0);
        Ok(())
    }

    fn leaf(&mut self, at: u32, kind: Kind, anchor: usize) -> Result<(), Stop> {
        self.count(at, 1)?;
        let node = self.node(at, kind);
        self.complete(node, 1, 0, anchor);
        Ok(())
    }

    fn node(&mut self, at: u32, kind: Kind) -> u32 {
        self.tree.nodes.push(Entry { at, kind });
        index(self.tree.nodes.len() - 1)
    }

    /// Puts a finished node where it belongs.
    fn complete(&mut self, node: u32, nodes: u64, height: usize, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node, nodes, height });
        }
        match self.frames.last_mut() {
            None => self.tree.root = Some(node),
            Some(frame) => {
                frame.height = frame.height.max(height + 1);
                match frame.key.take() {
                    Some((key, key_at)) => self.fields.push(Field { key, key_at, value: node }),
                    None => self.items.push(node),
                }
            }
        }
    }

    fn count(&mut self, at: u32, nodes: u64) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= self.limits.nodes as u64 {
            return Ok(());
        }
        let message =
            format!("the document holds more than {} values, aliases written out", self.limits.nodes);
        Err(self.fatal(at, code::TOO_LARGE, &message, None))
    }

    /// Keeps a string: as a range of the text where it stands there as it reads.
    fn slice(&mut self, at: u32, value: &str) -> Result<Slice, Stop> {
        if value.len() > self.limits.text {
            let message =
                format!("a text of {} bytes; at most {} are allowed", value.len(), self.limits.text);
            return Err(self.fatal(at, code::TOO_LARGE, &message, None));
        }
        let length = index(value.len()) * 2;
        for start in [at, at.saturating_add(1)] {
            let end = start as usize + value.len();
            if self.text.get(start as usize..end) == Some(value) {
                return Ok(Slice { start, length });
            }
        }
        let start = index(self.tree.decoded.len());
        self.tree.decoded.push_str(value);
        Ok(Slice { start, length: length + 1 })
    }

    fn report(&mut self, severity: Severity, at: u32, code: &'static str, message: &str, help: Option<&str>) {
        let path = self.path();
        self.sink.push(severity, Some(at), || {
            let diagnostic = Diagnostic::error(code, path, message);
            match help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        });
    }

    /// The path of what is being read.
    fn path(&self) -> String {
        let mut path = String::new();
        for (at, frame) in self.frames.iter().enumerate() {
            match &frame.key {
                Some((key, _)) => write_segment(&mut path, Segment::Key(self.tree.slice(*key))),
                None if frame.is_map => {}
                None => {
                    // The items of the lists further in follow those of this one.
                    let inner = self.frames[at + 1..].iter().find(|inner| !inner.is_map);
                    let end = inner.map_or(self.items.len(), |inner| inner.start);
                    write_segment(&mut path, Segment::Index(end - frame.start));
                }
            }
        }
        path
    }

    /// Reports every field from `start` on whose key an earlier one has.
    fn report_duplicates(&mut self, start: usize) {
        let mut order: Vec<usize> = (start..self.fields.len()).collect();
        order.sort_by_key(|at| (self.tree.slice(self.fields[*at].key), *at));
        let mut again = Vec::new();
        let mut first = None;
        for at in order {
            match first.filter(|first: &usize| {
                self.tree.slice(self.fields[*first].key) == self.tree.slice(self.fields[at].key)
            }) {
                Some(first) => again.push((at, first)),
                None => first = Some(at),
            }
        }
        again.sort_unstable();
        for (at, first) in again {
            self.report_duplicate(self.fields[at], self.fields[first]);
        }
    }

    fn report_duplicate(&mut self, field: Field, first: Field) {
        let (mut path, key) = (self.path(), self.tree.slice(field.key));
        let place = self.sink.place(Some(first.key_at));
        self.sink.push(Severity::Error, Some(field.key_at), || {
            write_segment(&mut path, Segment::Key(key));
            let message = format!("`{key}` is written twice in this mapping");
            let (line, column) = place.unwrap_or_default();
            Diagnostic::error(code::DUPLICATE_KEY, path, message)
                .help(format!("the first one is at {line}:{column}; keep one of them"))
        });
    }
}

/// Texts are at most 4 GiB, and there are no more nodes than bytes.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
