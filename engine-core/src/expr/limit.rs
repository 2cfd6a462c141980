//! What bounds an expression: its source when it is compiled, its steps when it is evaluated.

use super::fault::{Fault, FaultBox};

/// Bounds on what is compiled. An expression beyond one of them is a [`CompileError`](super::CompileError).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of source text. Default 16 KiB.
    pub source: usize,
    /// How deep operations may lie inside one another. Default and upper bound [`Limits::MAX_DEPTH`]; a larger number
    /// counts as that. Chains such as `a + b + c`, `a && b && c`, `a.b.c`, `a[0][1]` or `a ? b : c ? d : e` are one
    /// level, however long.
    pub depth: usize,
    /// Bytes that a compiled regular expression may take. Default 1 MiB.
    pub regex: usize,
}

impl Limits {
    /// No expression is deeper than this, so that 512 KiB of stack is enough to compile, check, evaluate and drop it,
    /// even in a build without optimisation.
    pub const MAX_DEPTH: usize = 64;
}

impl Default for Limits {
    fn default() -> Self {
        Self { source: 16 * 1024, depth: Self::MAX_DEPTH, regex: 1024 * 1024 }
    }
}

/// How an expression is compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Bounds.
    pub limits: Limits,
    /// The namespace in which names are looked up, as CEL calls it: in `a.b` the name `x` means `a.b.x`, else `a.x`,
    /// else `x`. Empty (the default): names are what they are.
    pub container: String,
    /// Whether `a.b.c` may be a single name, the longest that exists (CEL's qualified names). Default: names are roots.
    pub qualified_names: bool,
    /// Whether a call of an unknown function fails only when it is evaluated. Default: it does not compile.
    pub late_functions: bool,
}

/// Steps that may still be taken. An operation is a step; what is inside a comprehension counts once per element, and
/// reading or building long strings, lists and maps counts by their size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget(u64);

impl Budget {
    /// So many steps.
    pub const fn new(steps: u64) -> Self {
        Self(steps)
    }

    /// The steps that are left.
    pub const fn remaining(&self) -> u64 {
        self.0
    }

    /// Takes steps away.
    pub(super) fn charge<'a>(&mut self, steps: u64) -> Result<(), FaultBox<'a>> {
        match self.0.checked_sub(steps) {
            Some(rest) => {
                self.0 = rest;
                Ok(())
            }
            None => {
                self.0 = 0;
                Err(Fault::budget())
            }
        }
    }

    /// Takes steps away for reading or writing so many bytes.
    pub(super) fn charge_bytes<'a>(&mut self, bytes: usize) -> Result<(), FaultBox<'a>> {
        self.charge(bytes as u64 / BYTES_PER_STEP)
    }
}

const BYTES_PER_STEP: u64 = 32;

impl Default for Budget {
    /// A million steps: some tens of milliseconds at worst.
    fn default() -> Self {
        Self(1_000_000)
    }
}
