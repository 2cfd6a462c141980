//! The way from the top of a document to the value being lowered, written out only when something is wrong there.

use std::borrow::Cow;

use crate::definition::source::{Segment, write_segment};

#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Top,
    Inside(&'a Path<'a>, Segment<'a>),
}

impl<'a> Path<'a> {
    pub(super) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Inside(self, Segment::Key(key))
    }

    pub(super) fn index(&'a self, index: usize) -> Path<'a> {
        Path::Inside(self, Segment::Index(index))
    }

    /// How a message calls the value here.
    pub(super) fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Top => "the document".into(),
            Self::Inside(_, Segment::Key(key)) => format!("`{}`", super::shortened(key)).into(),
            Self::Inside(_, Segment::Index(_)) => "an item of this list".into(),
        }
    }

    pub(super) fn write(&self) -> String {
        let mut segments = Vec::new();
        let mut path = *self;
        while let Path::Inside(outer, segment) = path {
            segments.push(segment);
            path = *outer;
        }
        let mut out = String::new();
        for segment in segments.into_iter().rev() {
            write_segment(&mut out, segment);
        }
        out
    }
}
