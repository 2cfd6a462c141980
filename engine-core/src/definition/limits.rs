//! What a document may be at most.

/// Bounds of a document, against mistakes and malice. The defaults suit files of people and of generators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Bytes of the whole text (32 MiB). More than 1 GiB is taken as 1 GiB.
    pub bytes: usize,
    /// Values of all kinds, with everything that YAML aliases stand for written out (4,000,000).
    pub nodes: usize,
    /// Bytes of one string or key (1 MiB).
    pub text: usize,
    /// How deep lists and mappings may be nested inside one field of data (64). More than 128 is taken as 128.
    pub nesting: usize,
    /// How deep scopes may be nested, the flow itself not counted (16). More than 32 is taken as 32.
    pub scopes: usize,
    /// Steps in all scopes together (100,000).
    pub steps: usize,
    /// Findings that are listed (10,000); of more, only the number is told.
    pub diagnostics: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            nodes: 4_000_000,
            text: 1 << 20,
            nesting: 64,
            scopes: 16,
            steps: 100_000,
            diagnostics: 10_000,
        }
    }
}

impl DocumentLimits {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.min(1 << 30)
    }

    pub(crate) fn nesting(&self) -> usize {
        self.nesting.min(128)
    }

    pub(crate) fn scopes(&self) -> usize {
        self.scopes.min(32)
    }

    /// How deep a text may be nested at all: a list and a mapping per scope, a few fields, then data.
    pub(crate) fn levels(&self) -> usize {
        2 * (self.scopes() + 1) + 8 + self.nesting()
    }
}
