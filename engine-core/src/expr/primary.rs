//! What stands alone: literals, names, calls, lists, maps, and anything in brackets.

use super::ast::{Id, Node, StepKind};
use super::lexer::{Lexeme, Mistake};
use super::parser::Parser;
use super::{TypeName, Value, fold, hint};

/// Words that CEL keeps for itself.
const RESERVED: [&str; 18] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

#[cold]
fn reserved(word: &str, at: usize) -> Mistake {
    Mistake::new(at, format!("`{word}` is a word that CEL keeps for itself"))
        .maybe(hint::for_reserved(word).map(str::to_owned))
}

/// Whether `a.b.c` is made up of the root `a` and the fields `b` and `c`.
fn is_path(path: &str, root: &str, fields: &[&str]) -> bool {
    path.split('.').eq(std::iter::once(root).chain(fields.iter().copied()))
}

impl<'s> Parser<'s> {
    /// A value; `minus` is where the minus stands that belongs to the number that follows.
    pub(super) fn primary(&mut self, minus: Option<usize>) -> Result<Id, Mistake> {
        match self.token.lexeme {
            Lexeme::Word(word) => self.word(word, false),
            Lexeme::Symbol("(") => self.brackets(),
            Lexeme::Symbol("[") => self.list(),
            Lexeme::Symbol("{") => self.map(),
            Lexeme::Symbol(".") => self.absolute(),
            _ => self.constant(minus),
        }
    }

    /// `.name`
    fn absolute(&mut self) -> Result<Id, Mistake> {
        self.advance()?;
        match self.token.lexeme {
            Lexeme::Word(word) => self.word(word, true),
            _ => Err(self.unexpected("a name")),
        }
    }

    /// A number, string or bytes.
    fn constant(&mut self, minus: Option<usize>) -> Result<Id, Mistake> {
        let start = minus.unwrap_or(self.token.start);
        let value = match &mut self.token.lexeme {
            Lexeme::Int(magnitude) if minus.is_some() => Value::Int(0i64.wrapping_sub_unsigned(*magnitude)),
            Lexeme::Int(magnitude) => match i64::try_from(*magnitude) {
                Ok(int) => Value::Int(int),
                Err(_) => {
                    return Err(Mistake::new(start, "the number is too large for an int")
                        .help("write it with `u` at the end for a uint"));
                }
            },
            Lexeme::Uint(uint) => Value::Uint(*uint),
            Lexeme::Double(double) => Value::Double(if minus.is_some() { -*double } else { *double }),
            Lexeme::String(text) => Value::text(std::mem::take(text)),
            Lexeme::Bytes(bytes) => Value::bytes(std::mem::take(bytes)),
            _ => return Err(self.unexpected("a value")),
        };
        self.literal(value, start)
    }

    fn literal(&mut self, value: Value<'static>, start: usize) -> Result<Id, Mistake> {
        self.advance()?;
        self.add(Node::Literal(value), start)
    }

    /// A keyword, a call or a name; `absolute` after a dot.
    fn word(&mut self, word: &'s str, absolute: bool) -> Result<Id, Mistake> {
        let at = self.token.start;
        match word {
            "true" => return self.literal(Value::Bool(true), at),
            "false" => return self.literal(Value::Bool(false), at),
            "null" => return self.literal(Value::Null, at),
            _ if RESERVED.contains(&word) => return Err(reserved(word, at)),
            _ => self.advance()?,
        }
        let start = at - usize::from(absolute);
        if self.at("(") {
            if word == "has" {
                return self.has(start);
            }
            let arguments = self.arguments(None)?;
            return self.call(word, false, arguments, start, at);
        }
        if self.at("{") {
            return Err(Mistake::new(
                at,
                format!("`{word}{{…}}` would be a message, which are not supported"),
            )
            .help("a map is written `{\"key\": value}`"));
        }
        self.name(word, start, absolute)
    }

    fn name(&mut self, word: &str, start: usize, absolute: bool) -> Result<Id, Mistake> {
        let local = self.variables.iter().rposition(|variable| *variable == word).filter(|_| !absolute);
        self.add(
            match local {
                Some(slot) => Node::Local(slot),
                None if absolute => Node::Name(format!(".{word}").into()),
                None => Node::Name(word.into()),
            },
            start,
        )
    }

    fn brackets(&mut self) -> Result<Id, Mistake> {
        let opened = self.open()?;
        let id = self.expression()?;
        self.close(")", opened)?;
        // Errors quote it with its brackets.
        let span = &mut self.tree.spans[id as usize];
        (span.start, span.end) = (opened as u32, self.end as u32);
        Ok(id)
    }

    fn list(&mut self) -> Result<Id, Mistake> {
        let opened = self.open()?;
        let mut items = Vec::new();
        while !self.at("]") {
            let item = self.expression()?;
            items.push(item);
            if !self.take(",")? {
                break;
            }
        }
        self.close("]", opened)?;
        self.collection(Node::List(items.into()), opened)
    }

    fn map(&mut self) -> Result<Id, Mistake> {
        let opened = self.open()?;
        let mut entries = Vec::new();
        while !self.at("}") {
            let key = self.expression()?;
            if !self.take(":")? {
                return Err(self.unexpected("`:` and the value of the key"));
            }
            let value = self.expression()?;
            entries.push((key, value));
            if !self.take(",")? {
                break;
            }
        }
        self.close("}", opened)?;
        self.collection(Node::Map(entries.into()), opened)
    }

    fn collection(&mut self, node: Node, start: usize) -> Result<Id, Mistake> {
        let id = self.add(node, start)?;
        Ok(fold::collection(&mut self.tree, id))
    }

    /// Settles what a path stands for that begins with a name: a type, or in a container, one of several names.
    pub(super) fn named(&mut self, id: Id) -> Result<Id, Mistake> {
        let base = match self.tree.node(id) {
            Node::Access { base, .. } => *base,
            _ => id,
        };
        match &self.tree.nodes[base as usize] {
            Node::Name(_) => self.settle(id, base),
            _ => Ok(id),
        }
    }

    #[inline(never)]
    fn settle(&mut self, id: Id, base: Id) -> Result<Id, Mistake> {
        let Node::Name(written) = &self.tree.nodes[base as usize] else { return Ok(id) };
        let (root, absolute) = match written.strip_prefix('.') {
            Some(root) => (root.to_owned(), true),
            None => (written.to_string(), false),
        };
        let steps = match self.tree.node(id) {
            Node::Access { steps, .. } => steps.as_slice(),
            _ => &[],
        };
        let fields: Vec<&str> = steps
            .iter()
            .map_while(|step| match &step.kind {
                StepKind::Field(name) => Some(&**name),
                _ => None,
            })
            .collect();
        let whole = fields.len() == steps.len();
        let node = match TypeName::ALL.into_iter().find(|one| whole && is_path(one.as_str(), &root, &fields))
        {
            Some(name) => Node::Literal(Value::Type(name)),
            None if self.options.container.is_empty() && !self.options.qualified_names => {
                self.tree.nodes[base as usize] = Node::Name(root.into());
                return Ok(id);
            }
            None => Node::Search {
                candidates: self.candidates(&root, &fields, absolute),
                steps: steps.iter().cloned().collect(),
            },
        };
        self.forget(base);
        self.tree.nodes[id as usize] = node;
        Ok(id)
    }

    /// The names that a path may begin with, each with how many names of the path it takes up: those of the innermost
    /// container first, and of each the longest.
    fn candidates(&self, root: &str, fields: &[&str], absolute: bool) -> Box<[(Box<str>, usize)]> {
        let longest = if self.options.qualified_names { fields.len() } else { 0 };
        let mut container = if absolute { "" } else { self.options.container.as_str() };
        let mut all = Vec::new();
        loop {
            for taken in (0..=longest).rev() {
                let path = [&[root], &fields[..taken]].concat().join(".");
                let name = if container.is_empty() { path } else { format!("{container}.{path}") };
                all.push((name.into(), taken + 1));
            }
            if container.is_empty() {
                return all.into();
            }
            container = container.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }
}
