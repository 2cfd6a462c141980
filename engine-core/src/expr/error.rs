//! What is wrong with an expression: when it is compiled, and when it is evaluated.

use std::fmt;

/// Why a source text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// What is wrong.
    pub message: String,
    /// Where, in characters from the start of the source.
    pub offset: usize,
    /// What to write instead, where that can be told.
    pub help: Option<String>,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.offset + 1)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CompileError {}

/// What kind of thing went wrong in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EvalErrorKind {
    /// Nothing of that name is in scope.
    NoSuchName,
    /// The object has no such key.
    NoSuchKey,
    /// The operator or function does not exist for values of these types.
    NoOverload,
    /// A whole number left its 64 bits.
    Overflow,
    /// Division, or remainder, by zero.
    DivideByZero,
    /// An index, a time or a number is outside its range.
    Range,
    /// The budget of steps is used up.
    Budget,
    /// A text is not what it was read as: a number, a time, a regular expression.
    Invalid,
    /// A map was written with the same key twice.
    RepeatedKey,
    /// No such function (only with [`Options::late_functions`](super::Options::late_functions)).
    NoSuchFunction,
    /// A value lies too deep inside others.
    TooDeep,
}

/// Why an evaluation gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// The kind.
    pub kind: EvalErrorKind,
    /// Which part of the expression, why, and where it can be told, what to write instead.
    pub message: String,
    /// Where that part begins, in characters from the start of the source.
    pub offset: usize,
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EvalError {}
