//! Text and bytes that are borrowed where they can be.

use std::ops::Deref;
use std::sync::Arc;

/// Text that is borrowed, or shared.
#[derive(Clone, Debug)]
pub enum Text<'a> {
    /// From the data or the source.
    Borrowed(&'a str),
    /// Built by an expression.
    Shared(Arc<String>),
}

impl Deref for Text<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::Shared(Arc::new(text))
    }
}

/// Bytes that are borrowed, or shared.
#[derive(Clone, Debug)]
pub enum Blob<'a> {
    /// From the data or the source.
    Borrowed(&'a [u8]),
    /// Built by an expression.
    Shared(Arc<Vec<u8>>),
}

impl Deref for Blob<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Blob<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Shared(Arc::new(bytes))
    }
}
