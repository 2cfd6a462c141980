//! Data with expressions in it.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use super::expression::compile_error;
use super::lexer::{Lexeme, Lexer, Mistake};
use super::{Budget, CompileError, EvalError, Expression, Names, Value};
use crate::base::Payload;

/// Data in which strings may hold expressions. A string that is wholly `${ … }` becomes the expression's value, with
/// its type; inside longer strings the value is put in as text (text as it is, anything else as JSON); `$${` stands for
/// a literal `${`. Cheap to clone.
#[derive(Clone)]
pub struct Template(Arc<Inner>);

struct Inner {
    /// The data as it was written.
    source: Json,
    content: Content,
    expressions: Vec<Placed>,
}

enum Content {
    /// Nothing to evaluate: shared by all who ask.
    Static(Payload),
    Piece(Piece),
}

/// A part of the data. Expressions are named by their place in the list.
enum Piece {
    Constant(Json),
    Whole(usize),
    Text(Vec<Part>),
    List(Vec<Piece>),
    Object(Vec<(String, Piece)>),
}

enum Part {
    Constant(String),
    Expression(usize),
}

struct Placed {
    path: String,
    offset: usize,
    expression: Expression,
}

/// Data is looked into so deep.
const MAX_DEPTH: usize = 120;

impl Template {
    /// Compiles data.
    ///
    /// # Errors
    /// Every mistake, with the path of its string inside the data (`.a[2].b`; empty for the whole). Its offset counts
    /// from the start of that string.
    pub fn compile(data: &Json) -> Result<Self, Vec<(String, CompileError)>> {
        let mut compiler = Compiler { path: String::new(), expressions: Vec::new(), errors: Vec::new() };
        let piece = compiler.piece(data, 0);
        if !compiler.errors.is_empty() {
            return Err(compiler.errors);
        }
        let content = match piece {
            Piece::Constant(data) => Content::Static(Payload::from(data)),
            piece => Content::Piece(piece),
        };
        Ok(Self(Arc::new(Inner { source: data.clone(), content, expressions: compiler.expressions })))
    }

    /// The data as it was written.
    pub fn source(&self) -> &Json {
        &self.0.source
    }

    /// Whether there is no expression in it.
    pub fn is_static(&self) -> bool {
        self.0.expressions.is_empty()
    }

    /// The data with its expressions evaluated. A template without expressions gives the same payload every time.
    ///
    /// # Errors
    /// The first expression without a value that JSON can hold; the message begins with its path inside the data.
    pub fn evaluate(&self, names: &dyn Names, budget: &mut Budget) -> Result<Payload, EvalError> {
        match &self.0.content {
            Content::Static(payload) => Ok(payload.clone()),
            Content::Piece(piece) => self.build(piece, names, budget).map(Payload::from),
        }
    }

    /// Every expression: the path of its string inside the data, where in that string it begins (in characters), and
    /// itself.
    pub fn expressions(&self) -> impl Iterator<Item = (&str, usize, &Expression)> {
        self.0.expressions.iter().map(|placed| (placed.path.as_str(), placed.offset, &placed.expression))
    }

    fn build(&self, piece: &Piece, names: &dyn Names, budget: &mut Budget) -> Result<Json, EvalError> {
        Ok(match piece {
            Piece::Constant(data) => data.clone(),
            Piece::Whole(index) => self.value(*index, names, budget)?,
            Piece::Text(parts) => Json::String(self.text(parts, names, budget)?),
            Piece::List(pieces) => {
                let items = pieces.iter().map(|piece| self.build(piece, names, budget));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Piece::Object(fields) => {
                let mut object = JsonMap::new();
                for (name, piece) in fields {
                    object.insert(name.clone(), self.build(piece, names, budget)?);
                }
                Json::Object(object)
            }
        })
    }

    fn value(&self, index: usize, names: &dyn Names, budget: &mut Budget) -> Result<Json, EvalError> {
        let Some(placed) = self.0.expressions.get(index) else { return Ok(Json::Null) };
        let value =
            placed.expression.evaluate(names, budget).and_then(|value| to_json(&value, placed, budget));
        value.map_err(|error| placed.explain(error))
    }

    fn text(&self, parts: &[Part], names: &dyn Names, budget: &mut Budget) -> Result<String, EvalError> {
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Constant(text) => out.push_str(text),
                Part::Expression(index) => match self.value(*index, names, budget)? {
                    Json::String(text) => out.push_str(&text),
                    other => out.push_str(&other.to_string()),
                },
            }
        }
        Ok(out)
    }
}

fn to_json(value: &Value<'_>, placed: &Placed, budget: &mut Budget) -> Result<Json, EvalError> {
    value.to_json_within(budget).map_err(|error| EvalError {
        message: format!("`{}`: {}", placed.expression.source(), error.message),
        ..error
    })
}

impl Placed {
    /// Says where in the data an error happened.
    fn explain(&self, error: EvalError) -> EvalError {
        if self.path.is_empty() {
            return error;
        }
        EvalError { message: format!("{}: {}", self.path, error.message), ..error }
    }
}

struct Compiler {
    path: String,
    expressions: Vec<Placed>,
    errors: Vec<(String, CompileError)>,
}

impl Compiler {
    fn fail(&mut self, error: CompileError) {
        self.errors.push((self.path.clone(), error));
    }

    fn piece(&mut self, data: &Json, depth: usize) -> Piece {
        if depth > MAX_DEPTH {
            let message = format!("the data is nested too deeply: more than {MAX_DEPTH} levels");
            self.fail(CompileError { message, offset: 0, help: None });
            return Piece::Constant(Json::Null);
        }
        match data {
            Json::String(text) => self.string(text),
            Json::Array(items) => {
                let pieces = items.iter().enumerate().map(|(at, item)| {
                    let around = self.path.len();
                    self.path.push_str(&format!("[{at}]"));
                    let piece = self.piece(item, depth + 1);
                    self.path.truncate(around);
                    piece
                });
                list(pieces.collect())
            }
            Json::Object(fields) => {
                let pieces = fields.iter().map(|(name, field)| {
                    let around = self.path.len();
                    self.path.push('.');
                    self.path.push_str(name);
                    let piece = self.piece(field, depth + 1);
                    self.path.truncate(around);
                    (name.clone(), piece)
                });
                object(pieces.collect())
            }
            other => Piece::Constant(other.clone()),
        }
    }

    fn string(&mut self, text: &str) -> Piece {
        let mut parts: Vec<Part> = Vec::new();
        let mut constant = String::new();
        let mut rest = 0;
        while let Some(found) = text[rest..].find("${") {
            let at = rest + found;
            if text[rest..at].ends_with('$') {
                constant.push_str(&text[rest..at - 1]);
                constant.push_str("${");
                rest = at + 2;
                continue;
            }
            constant.push_str(&text[rest..at]);
            match self.expression(text, at) {
                Ok((index, end)) => {
                    if !constant.is_empty() {
                        parts.push(Part::Constant(std::mem::take(&mut constant)));
                    }
                    parts.push(Part::Expression(index));
                    rest = end;
                }
                Err(error) => {
                    self.fail(error);
                    return Piece::Constant(Json::Null);
                }
            }
        }
        constant.push_str(&text[rest..]);
        match parts.as_slice() {
            [] => return Piece::Constant(Json::String(constant)),
            [Part::Expression(index)] if constant.is_empty() => return Piece::Whole(*index),
            _ => {}
        }
        if !constant.is_empty() {
            parts.push(Part::Constant(constant));
        }
        Piece::Text(parts)
    }

    /// Compiles the expression whose `${` stands at byte `at`; gives its number and the byte after its `}`.
    fn expression(&mut self, text: &str, at: usize) -> Result<(usize, usize), CompileError> {
        let start = at + 2;
        let inner = &text[start..];
        let chars = |byte: usize| text[..byte].chars().count();
        let end = end_of_expression(inner).map_err(|mistake| match mistake {
            Some(mistake) => {
                let error = compile_error(inner, mistake);
                CompileError { offset: chars(start) + error.offset, ..error }
            }
            None => CompileError {
                message: "`${` is not closed: its `}` is missing".to_owned(),
                offset: chars(at),
                help: Some("for the characters themselves write `$${`".to_owned()),
            },
        })?;
        let source = inner[..end].trim();
        let skipped = inner[..end].len() - inner[..end].trim_start().len();
        let offset = chars(start + skipped);
        match Expression::compile(source) {
            Ok(expression) => {
                self.expressions.push(Placed { path: self.path.clone(), offset, expression });
                Ok((self.expressions.len() - 1, start + end + 1))
            }
            Err(error) => Err(CompileError { offset: offset + error.offset, ..error }),
        }
    }
}

/// Where the `}` stands that ends the expression which the text begins with. An error without mistake: nowhere.
fn end_of_expression(text: &str) -> Result<usize, Option<Mistake>> {
    let mut lexer = Lexer::new(text);
    let mut open = 0usize;
    loop {
        let token = lexer.next().map_err(Some)?;
        match token.lexeme {
            Lexeme::End => return Err(None),
            Lexeme::Symbol("{") => open += 1,
            Lexeme::Symbol("}") if open == 0 => return Ok(token.start),
            Lexeme::Symbol("}") => open -= 1,
            _ => {}
        }
    }
}

fn list(pieces: Vec<Piece>) -> Piece {
    let constant = |piece: &Piece| matches!(piece, Piece::Constant(_));
    if !pieces.iter().all(constant) {
        return Piece::List(pieces);
    }
    Piece::Constant(Json::Array(pieces.into_iter().map(into_constant).collect()))
}

fn object(fields: Vec<(String, Piece)>) -> Piece {
    if !fields.iter().all(|(_, piece)| matches!(piece, Piece::Constant(_))) {
        return Piece::Object(fields);
    }
    Piece::Constant(Json::Object(
        fields.into_iter().map(|(name, piece)| (name, into_constant(piece))).collect(),
    ))
}

fn into_constant(piece: Piece) -> Json {
    match piece {
        Piece::Constant(data) => data,
        _ => Json::Null,
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.0.source).finish()
    }
}

/// Templates are equal when the data is that they were compiled from.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source
    }
}

impl Eq for Template {}
