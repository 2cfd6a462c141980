//! An expression, ready to be evaluated.

use std::fmt;
use std::sync::Arc;

use super::ast::Tree;
use super::eval::Evaluator;
use super::lexer::Mistake;
use super::{
    Budget, CompileError, EvalError, EvalErrorKind, Names, Options, Reference, Value, parser, reference,
};

/// A compiled expression. Cheap to clone, and the same for all threads.
#[derive(Clone)]
pub struct Expression(Arc<Inner>);

struct Inner {
    source: String,
    tree: Tree,
    references: Vec<Reference>,
    regex_limit: usize,
}

impl Expression {
    /// Compiles a source text with the default [`Options`].
    ///
    /// # Errors
    /// The first mistake, with its place and where possible what to write instead.
    pub fn compile(source: &str) -> Result<Self, CompileError> {
        Self::compile_with(source, &Options::default())
    }

    /// Compiles a source text.
    ///
    /// # Errors
    /// As [`Expression::compile`].
    pub fn compile_with(source: &str, options: &Options) -> Result<Self, CompileError> {
        let tree = parser::parse(source, options).map_err(|mistake| compile_error(source, mistake))?;
        let references = reference::of_tree(source, &tree);
        let inner = Inner { source: source.to_owned(), tree, references, regex_limit: options.limits.regex };
        Ok(Self(Arc::new(inner)))
    }

    /// The source text.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.0.tree
    }

    /// Evaluates in place over what `names` gives. Nothing is copied for paths, comparisons and literals.
    ///
    /// # Errors
    /// Which part of the expression has no value, and why.
    pub fn evaluate<'a>(&'a self, names: &'a dyn Names, budget: &mut Budget) -> Result<Value<'a>, EvalError> {
        let tree = &self.0.tree;
        match Evaluator::new(tree, names, budget, self.0.regex_limit).eval(tree.root) {
            Ok(value) => Ok(value),
            Err(fault) => Err(fault.into_error(&self.0.source)),
        }
    }

    /// Evaluates a condition.
    ///
    /// # Errors
    /// As [`Expression::evaluate`], and where the value is neither true nor false.
    pub fn holds(&self, names: &dyn Names, budget: &mut Budget) -> Result<bool, EvalError> {
        match self.evaluate(names, budget)? {
            Value::Bool(truth) => Ok(truth),
            other => Err(EvalError {
                kind: EvalErrorKind::NoOverload,
                message: format!(
                    "`{}`: a condition is true or false, not a value of type {}",
                    self.source(),
                    other.type_name().plain()
                ),
                offset: 0,
            }),
        }
    }

    /// Every path that it reads from a root, in the order of the source. Variables of comprehensions are no roots.
    pub fn references(&self) -> &[Reference] {
        &self.0.references
    }
}

/// The error of a mistake, with its place in characters.
pub(super) fn compile_error(source: &str, mistake: Mistake) -> CompileError {
    let mistake = mistake.into_details();
    let offset = source.get(..mistake.at).map_or(0, |before| before.chars().count());
    CompileError { message: mistake.message, offset, help: mistake.help }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source()).finish()
    }
}

/// Expressions are equal when their sources are.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl Eq for Expression {}
