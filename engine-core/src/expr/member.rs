//! What follows a value: `.key`, `[index]`, `.call(…)`.

use smallvec::smallvec;

use super::ast::{Id, Ids, Node, Step, StepKind};
use super::lexer::{Lexeme, Mistake};
use super::parser::{Parsed, Parser};
use super::{fold, function, pattern};

impl<'s> Parser<'s> {
    /// A value with what follows it: `.key`, `[index]`, `.call(…)`.
    pub(super) fn member(&mut self, minus: Option<usize>) -> Parsed<Id> {
        let mut id = self.primary(minus)?;
        loop {
            if self.take(".")? {
                id = self.dotted(id)?;
            } else if self.at("[") {
                id = self.indexed(id)?;
            } else {
                return self.named(id);
            }
        }
    }

    /// `[index]`
    fn indexed(&mut self, id: Id) -> Parsed<Id> {
        let opened = self.open()?;
        if self.at("?") {
            return Err(Mistake::new(self.token.start, "optional indexing is not supported"));
        }
        let index = self.expression()?;
        self.close("]", opened)?;
        let kind = match self.literal_text(index) {
            Some(key) => StepKind::Key(key.into()),
            None => StepKind::Index(index),
        };
        self.step(id, kind)
    }

    /// What follows a dot.
    fn dotted(&mut self, id: Id) -> Parsed<Id> {
        let name = match self.token.lexeme {
            Lexeme::Word(name) | Lexeme::Quoted(name) => name,
            Lexeme::Symbol("?") => {
                return Err(Mistake::new(self.token.start, "optional selection is not supported")
                    .help("write `has(a.b) ? a.b : other`"));
            }
            _ => return Err(self.unexpected("the name of a field or function")),
        };
        let callable = matches!(self.token.lexeme, Lexeme::Word(_));
        let start = self.token.start;
        self.advance()?;
        if callable && self.at("(") {
            return self.method(id, name, start);
        }
        self.step(id, StepKind::Field(name.into()))
    }

    /// Adds a step to the path that a node is, or begins one.
    fn step(&mut self, id: Id, kind: StepKind) -> Parsed<Id> {
        let index = match kind {
            StepKind::Index(index) => Some(index),
            _ => None,
        };
        let step = Step { kind, end: self.end as u32 };
        if let Node::Access { steps, .. } = &mut self.tree.nodes[id as usize] {
            steps.push(step);
            self.extend(id, index)?;
            return Ok(id);
        }
        let start = self.start_of(id);
        self.add(Node::Access { base: id, steps: smallvec![step] }, start)
    }

    fn method(&mut self, id: Id, name: &'s str, at: usize) -> Parsed<Id> {
        if let Some(kind) = super::macros::comprehension(name) {
            let range = self.named(id)?;
            return self.comprehension(kind, name, range, at);
        }
        let start = self.start_of(id);
        if let Some(full) = self.in_namespace(id, name) {
            let arguments = self.arguments(None)?;
            return self.call(&full, false, arguments, start, at);
        }
        let receiver = self.named(id)?;
        let arguments = self.arguments(Some(receiver))?;
        self.call(name, true, arguments, start, at)
    }

    /// The full name of a function, if what stands before its dot is a namespace.
    fn in_namespace(&mut self, id: Id, name: &str) -> Option<String> {
        let full = match self.tree.node(id) {
            Node::Name(space) if function::is_namespace(space) => format!("{space}.{name}"),
            _ => return None,
        };
        // The namespace is no name that the expression reads.
        self.forget(id);
        Some(full)
    }

    /// `(a, b, c)`, after a receiver if there is one.
    pub(super) fn arguments(&mut self, receiver: Option<Id>) -> Parsed<Ids> {
        let mut arguments: Ids = receiver.into_iter().collect();
        let opened = self.open()?;
        while !self.at(")") {
            let argument = self.expression()?;
            arguments.push(argument);
            if !self.take(",")? {
                break;
            }
        }
        self.close(")", opened)?;
        Ok(arguments)
    }

    /// A call of the function whose name stands at byte `at`.
    pub(super) fn call(
        &mut self,
        name: &str,
        method: bool,
        arguments: Ids,
        start: usize,
        at: usize,
    ) -> Parsed<Id> {
        let function = match function::find(name, method, arguments.len()) {
            Ok(function) => function,
            Err(mismatch) if self.options.late_functions && mismatch.unknown => {
                return self.add(Node::Unknown(name.into()), start);
            }
            Err(mismatch) => return Err(Mistake::new(at, mismatch.message).maybe(mismatch.help)),
        };
        if let (function::Function::Matches, [text, constant]) = (function, &*arguments)
            && let Some(text_of_pattern) = self.literal_text(*constant)
        {
            let (text, place) = (*text, self.start_of(*constant));
            let pattern = pattern::compile(text_of_pattern, self.options.limits.regex)
                .map_err(|message| Mistake::new(place, message))?;
            return self.add(Node::Matches { text, pattern: Box::new(pattern) }, start);
        }
        let id = self.add(Node::Call { function, arguments }, start)?;
        Ok(fold::call(&mut self.tree, id))
    }
}
