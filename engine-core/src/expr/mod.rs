//! Expressions: CEL, compiled once and evaluated in place over JSON.
//!
//! ```
//! use flowwright::expr::{Budget, Expression};
//!
//! let rule = Expression::compile("credit_score >= 620 && dti < 0.43")?;
//! let data = serde_json::json!({"credit_score": 700, "dti": 0.31});
//! assert!(rule.holds(&data, &mut Budget::default())?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The language is [CEL](https://cel.dev) without protocol buffers. A source text goes through `lexer` and `parser`
//! into one flat tree (`ast`), which `eval` walks, `check` types and `reference` lists the paths of. [`Template`] is
//! data with expressions in it. Nothing here can exhaust the stack or run away: see [`Limits`] and [`Budget`].

mod access;
mod arithmetic;
mod ast;
mod check;
mod compare;
mod comprehension;
mod error;
mod eval;
mod expression;
mod fault;
mod fold;
mod function;
mod hint;
mod items;
mod json;
mod kind;
mod lexer;
mod limit;
mod literal;
mod macros;
mod map;
mod member;
mod names;
mod nearest;
mod operators;
mod parser;
mod pattern;
mod primary;
mod reference;
mod template;
mod text;
mod types;
mod value;

pub use error::{CompileError, EvalError, EvalErrorKind};
pub use expression::Expression;
pub use limit::{Budget, Limits, Options};
pub use map::{Key, Map};
pub use names::{Cursor, Names};
pub use reference::Reference;
pub use template::Template;
pub use text::{Blob, Text};
pub use types::{Type, TypeEnv, TypeFinding};
pub use value::{TypeName, Value};

#[cfg(test)]
mod tests;
