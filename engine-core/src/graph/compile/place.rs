//! Where an expression stands, and so what it can read.

use std::ops::BitOr;

use crate::expr::Expression;

/// When an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// When the instance starts: no step has run.
    Start,
    /// When a step starts, or while it is active.
    Before(u32),
    /// When a step has ended, or an edge of it is judged.
    After(u32),
    /// When a scope completes.
    End(u32),
}

/// Names that are there only at some places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roots(u8);

impl Roots {
    pub(crate) const NONE: Self = Self(0);
    /// `vars`
    pub(crate) const VARS: Self = Self(1);
    /// `output`
    pub(crate) const OUTPUT: Self = Self(2);
    /// `error`
    pub(crate) const ERROR: Self = Self(4);
    /// `event`
    pub(crate) const EVENT: Self = Self(8);
    /// `iteration` of the very loop that the expression belongs to.
    pub(crate) const ITERATION: Self = Self(16);
    /// `completed`, `failed`, `total`, `outputs`
    pub(crate) const COUNTS: Self = Self(32);

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Roots {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The innermost scope whose steps it sees, with those around it; none where it sees no steps.
    pub(crate) scope: Option<u32>,
    pub(crate) moment: Moment,
    pub(crate) roots: Roots,
}

impl Place {
    /// The initial values of variables.
    pub(crate) const VARS: Self = Self { scope: None, moment: Moment::Start, roots: Roots::NONE };

    /// What is evaluated for the flow as a whole when it starts.
    pub(crate) const START: Self = Self { scope: None, moment: Moment::Start, roots: Roots::VARS };

    /// At the start of a step of a scope.
    pub(crate) fn before(scope: u32, step: u32) -> Self {
        Self { scope: Some(scope), moment: Moment::Before(step), roots: Roots::VARS }
    }

    /// At the end of a step of a scope, or on one of its edges.
    pub(crate) fn after(scope: u32, step: u32) -> Self {
        Self { scope: Some(scope), moment: Moment::After(step), roots: Roots::VARS }
    }

    /// At the end of a scope.
    pub(crate) fn end(scope: u32) -> Self {
        Self { scope: Some(scope), moment: Moment::End(scope), roots: Roots::VARS }
    }

    /// With more names.
    pub(crate) fn with(self, roots: Roots) -> Self {
        Self { roots: self.roots | roots, ..self }
    }
}

/// An expression of the definition, compiled, with where it stands.
pub(crate) struct Use {
    pub(crate) expression: Expression,
    /// Its place in the document.
    pub(crate) path: String,
    /// Where it begins in the text at that place, in characters; none where the text is not the expression's own.
    pub(crate) offset: Option<usize>,
    pub(crate) place: Place,
    /// Whether it must give a truth value.
    pub(crate) is_condition: bool,
}
