//! Reading a tree, and JSON values the same way.

use serde_json::{Map, Number, Value};

use super::{Field, Kind, Tree};
use crate::definition::source::{PathPart, Style};

/// A value of a document.
#[derive(Clone, Copy)]
pub(crate) enum Node<'a> {
    /// Read from a text.
    Read(&'a Tree, u32),
    /// Taken from a JSON value, without a place.
    Json(&'a Value),
}

/// What a node is.
pub(crate) enum Shape<'a> {
    /// Something is wrong with it, and that is reported already.
    Broken,
    Null,
    Bool(bool),
    Number(&'a Number),
    Text(&'a str),
    List(List<'a>),
    Map(Fields<'a>),
}

impl<'a> Node<'a> {
    /// The byte of the text at which the value starts.
    pub(crate) fn at(self) -> Option<u32> {
        match self {
            Self::Read(tree, index) => tree.nodes.get(index as usize).map(|node| node.at),
            Self::Json(_) => None,
        }
    }

    /// How the string is written, if it is one that was read from a text.
    pub(crate) fn style(self) -> Option<Style> {
        match self {
            Self::Read(tree, index) => match tree.nodes.get(index as usize)?.kind {
                Kind::Text(style, _) => Some(style),
                _ => None,
            },
            Self::Json(_) => None,
        }
    }

    pub(crate) fn shape(self) -> Shape<'a> {
        match self {
            Self::Read(tree, index) => tree.shape(index),
            Self::Json(value) => match value {
                Value::Null => Shape::Null,
                Value::Bool(value) => Shape::Bool(*value),
                Value::Number(number) => Shape::Number(number),
                Value::String(text) => Shape::Text(text),
                Value::Array(items) => Shape::List(List::Json(items)),
                Value::Object(fields) => Shape::Map(Fields::Json(fields)),
            },
        }
    }

    /// The value one step further down a path.
    pub(crate) fn child(self, part: &PathPart) -> Option<Node<'a>> {
        match (self.shape(), part) {
            (Shape::List(list), PathPart::Index(index)) => list.get(*index),
            (Shape::Map(fields), PathPart::Key(key)) => fields.get(key).map(|(_, value)| value),
            _ => None,
        }
    }
}

impl Tree {
    fn shape(&self, index: u32) -> Shape<'_> {
        match self.nodes.get(index as usize).map_or(Kind::Broken, |node| node.kind) {
            Kind::Broken => Shape::Broken,
            Kind::Null => Shape::Null,
            Kind::Bool(value) => Shape::Bool(value),
            Kind::Number(at) => self.numbers.get(at as usize).map_or(Shape::Broken, Shape::Number),
            Kind::Text(_, slice) => Shape::Text(self.slice(slice)),
            Kind::List(from, to) => {
                Shape::List(List::Read(self, self.items.get(from as usize..to as usize).unwrap_or_default()))
            }
            Kind::Map(from, to) => Shape::Map(Fields::Read(
                self,
                self.fields.get(from as usize..to as usize).unwrap_or_default(),
            )),
            // An alias leads to a finished node, which stands before it: this ends.
            Kind::Alias(target) if target < index => self.shape(target),
            Kind::Alias(_) => Shape::Broken,
        }
    }
}

/// A list.
#[derive(Clone, Copy)]
pub(crate) enum List<'a> {
    Read(&'a Tree, &'a [u32]),
    Json(&'a [Value]),
}

impl<'a> List<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Read(_, items) => items.len(),
            Self::Json(items) => items.len(),
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(self, index: usize) -> Option<Node<'a>> {
        match self {
            Self::Read(tree, items) => items.get(index).map(|item| Node::Read(tree, *item)),
            Self::Json(items) => items.get(index).map(Node::Json),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Node<'a>> {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

/// The key of a field.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) name: &'a str,
    /// The byte of the text at which it starts.
    pub(crate) at: Option<u32>,
}

/// The fields of a mapping, in the order written.
#[derive(Clone, Copy)]
pub(crate) enum Fields<'a> {
    Read(&'a Tree, &'a [Field]),
    Json(&'a Map<String, Value>),
}

impl<'a> Fields<'a> {
    /// The first field with a name.
    pub(crate) fn get(self, name: &str) -> Option<(Key<'a>, Node<'a>)> {
        match self {
            Self::Read(tree, fields) => {
                let field = fields.iter().find(|field| tree.slice(field.key) == name)?;
                Some(read_field(tree, field))
            }
            Self::Json(fields) => {
                let (name, value) = fields.get_key_value(name)?;
                Some((Key { name, at: None }, Node::Json(value)))
            }
        }
    }

    pub(crate) fn iter(self) -> Box<dyn Iterator<Item = (Key<'a>, Node<'a>)> + 'a> {
        match self {
            Self::Read(tree, fields) => Box::new(fields.iter().map(move |field| read_field(tree, field))),
            Self::Json(fields) => Box::new(
                fields.iter().map(|(name, value)| (Key { name: name.as_str(), at: None }, Node::Json(value))),
            ),
        }
    }
}

fn read_field<'a>(tree: &'a Tree, field: &Field) -> (Key<'a>, Node<'a>) {
    (Key { name: tree.slice(field.key), at: Some(field.key_at) }, Node::Read(tree, field.value))
}
