//! Tokens to a tree: operators, members and calls. What stands alone is in `primary`, macros are in `macros`.
//!
//! Recursion happens at brackets only, and their depth is bounded. Chains of operators and members are loops.

use smallvec::{SmallVec, smallvec};

use super::ast::{Id, Ids, Node, Operator, Span, Step, StepKind, Tree};
use super::function;
use super::hint;
use super::lexer::{Lexeme, Lexer, Mistake, Token};
use super::{Options, Value, pattern};

/// How tightly operators bind, from loose to tight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Infix {
    Or,
    And,
    Operator(Operator),
}

impl Infix {
    fn rank(self) -> u8 {
        match self {
            Self::Or => 0,
            Self::And => 1,
            Self::Operator(Operator::Add | Operator::Subtract) => 3,
            Self::Operator(Operator::Multiply | Operator::Divide | Operator::Remainder) => 4,
            Self::Operator(_) => 2,
        }
    }
}

/// A run of one sign before a value.
struct Sign {
    text: &'static str,
    start: usize,
    count: usize,
}

pub(super) struct Parser<'s> {
    lexer: Lexer<'s>,
    pub(super) source: &'s str,
    pub(super) token: Token<'s>,
    /// The end of the token before.
    pub(super) end: usize,
    pub(super) tree: Tree,
    /// How deep each node of the tree is.
    depths: Vec<u16>,
    /// How many brackets are open.
    open: usize,
    /// The variables of the comprehensions around, outermost first.
    pub(super) variables: Vec<&'s str>,
    pub(super) options: &'s Options,
    depth: usize,
}

type Parsed<T> = Result<T, Mistake>;

/// Parses a whole source text.
pub(super) fn parse<'s>(source: &'s str, options: &'s Options) -> Parsed<Tree> {
    let limit = options.limits.source.min(u32::MAX as usize);
    if source.len() > limit {
        return Err(Mistake::new(
            0,
            format!("the expression is too long: {} bytes, of {limit} allowed", source.len()),
        ));
    }
    let mut lexer = Lexer::new(source);
    let token = lexer.next()?;
    if token.lexeme == Lexeme::End {
        return Err(Mistake::new(0, "the expression is empty"));
    }
    let depth = options.limits.depth.min(super::Limits::MAX_DEPTH);
    let mut parser = Parser {
        lexer,
        source,
        token,
        end: 0,
        tree: Tree::default(),
        depths: Vec::new(),
        open: 0,
        variables: Vec::new(),
        options,
        depth,
    };
    let root = parser.expression()?;
    if parser.token.lexeme != Lexeme::End {
        return Err(parser.unexpected("an operator or the end"));
    }
    parser.tree.root = root;
    Ok(parser.tree)
}

impl<'s> Parser<'s> {
    pub(super) fn advance(&mut self) -> Parsed<()> {
        self.end = self.token.end;
        self.token = self.lexer.next()?;
        Ok(())
    }

    pub(super) fn at(&self, symbol: &str) -> bool {
        matches!(self.token.lexeme, Lexeme::Symbol(one) if one == symbol)
    }

    /// Goes past a symbol, if it is there.
    pub(super) fn take(&mut self, symbol: &str) -> Parsed<bool> {
        let found = self.at(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Goes past the bracket that closes the one at byte `opened`, and one level up.
    pub(super) fn close(&mut self, symbol: &str, opened: usize) -> Parsed<()> {
        self.open = self.open.saturating_sub(1);
        if self.take(symbol)? {
            return Ok(());
        }
        Err(self.not_closed(symbol, opened))
    }

    fn not_closed(&self, symbol: &str, opened: usize) -> Mistake {
        if self.token.lexeme == Lexeme::End {
            let bracket = self.source.get(opened..=opened).unwrap_or_default();
            return Mistake::new(opened, format!("`{bracket}` is not closed: its `{symbol}` is missing"));
        }
        self.unexpected(&format!("`{symbol}`"))
    }

    /// The token that is there is not what should be.
    pub(super) fn unexpected(&self, expected: &str) -> Mistake {
        let token = &self.token;
        if token.lexeme == Lexeme::End {
            return Mistake::new(token.start, format!("the expression ends where {expected} is expected"));
        }
        let text = self.source.get(token.start..token.end).unwrap_or_default();
        let span = Span { start: token.start as u32, end: token.end as u32 };
        let shown = super::fault::excerpt(self.source, span);
        let before = self.source.get(..self.end).unwrap_or_default();
        Mistake::new(token.start, format!("unexpected `{shown}`: {expected} is expected"))
            .maybe(hint::for_unexpected(before, text))
    }

    /// Goes past an opening bracket, and one level deeper. It stands at the byte that is given back.
    pub(super) fn open(&mut self) -> Parsed<usize> {
        let opened = self.token.start;
        self.open += 1;
        if self.open > self.depth {
            return Err(self.too_deep(opened));
        }
        self.advance()?;
        Ok(opened)
    }

    fn too_deep(&self, at: usize) -> Mistake {
        Mistake::new(at, format!("the expression is nested too deeply: more than {} levels", self.depth))
            .help("move a part of it into a variable")
    }

    /// Adds a node that spans the source from byte `start` to the end of the last token.
    pub(super) fn add(&mut self, node: Node, start: usize) -> Parsed<Id> {
        let depth = self.depth_of(&node);
        if usize::from(depth) > self.depth {
            return Err(self.too_deep(start));
        }
        let id = self.tree.nodes.len() as Id;
        self.tree.nodes.push(node);
        self.tree.spans.push(Span { start: start as u32, end: self.end as u32 });
        self.depths.push(depth);
        Ok(id)
    }

    fn depth_of(&self, node: &Node) -> u16 {
        let mut depth = 0;
        node.children(|id| depth = depth.max(self.depths[id as usize]));
        depth + 1
    }

    /// Notes that a node has got another child, and ends at the end of the last token.
    fn extend(&mut self, id: Id, child: Option<Id>) -> Parsed<()> {
        let span = &mut self.tree.spans[id as usize];
        span.end = span.end.max(self.end as u32);
        let start = span.start as usize;
        if let Some(child) = child {
            let depth = self.depths[child as usize] + 1;
            self.depths[id as usize] = self.depths[id as usize].max(depth);
            if usize::from(depth) > self.depth {
                return Err(self.too_deep(start));
            }
        }
        Ok(())
    }

    pub(super) fn start_of(&self, id: Id) -> usize {
        self.tree.span(id).start as usize
    }

    /// Any expression: `a ? b : c ? d : e`, or a part without `?`.
    pub(super) fn expression(&mut self) -> Parsed<Id> {
        let first = self.operators()?;
        if self.at("?") { self.choice(first) } else { Ok(first) }
    }

    /// `a ? b : c ? d : e`, from the first `?` on.
    fn choice(&mut self, first: Id) -> Parsed<Id> {
        let mut cases: SmallVec<[(Id, Id); 1]> = SmallVec::new();
        let mut part = first;
        while self.take("?")? {
            let then = self.operators()?;
            if self.at("?") {
                return Err(self.choice_in_choice());
            }
            if !self.take(":")? {
                return Err(self.unexpected("`:` of the `?`"));
            }
            cases.push((part, then));
            part = self.operators()?;
        }
        let start = self.start_of(first);
        self.add(Node::Choose { cases, otherwise: part }, start)
    }

    fn choice_in_choice(&self) -> Mistake {
        Mistake::new(self.token.start, "`? :` between `?` and `:` needs brackets")
            .help("write `a ? (b ? c : d) : e`")
    }

    /// Operands with operators between them.
    fn operators(&mut self) -> Parsed<Id> {
        let first = self.unary()?;
        if self.infix().is_some() { self.chain(first) } else { Ok(first) }
    }

    /// The rest of a chain of operators, by their ranks: those that wait bind less tightly from bottom to top.
    fn chain(&mut self, first: Id) -> Parsed<Id> {
        let mut operands: SmallVec<[Id; 8]> = smallvec![first];
        let mut waiting: SmallVec<[Infix; 8]> = SmallVec::new();
        loop {
            let infix = self.infix();
            while let Some(last) = waiting.last().copied() {
                if infix.is_some_and(|infix| infix.rank() > last.rank()) {
                    break;
                }
                waiting.pop();
                self.join(last, &mut operands)?;
            }
            let Some(infix) = infix else { return Ok(operands[0]) };
            self.advance()?;
            waiting.push(infix);
            operands.push(self.unary()?);
        }
    }

    fn infix(&self) -> Option<Infix> {
        let operator = match self.token.lexeme {
            Lexeme::Word("in") => Operator::In,
            Lexeme::Symbol(symbol) => match symbol {
                "||" => return Some(Infix::Or),
                "&&" => return Some(Infix::And),
                "==" => Operator::Equal,
                "!=" => Operator::NotEqual,
                "<" => Operator::Less,
                "<=" => Operator::LessOrEqual,
                ">" => Operator::Greater,
                ">=" => Operator::GreaterOrEqual,
                "+" => Operator::Add,
                "-" => Operator::Subtract,
                "*" => Operator::Multiply,
                "/" => Operator::Divide,
                "%" => Operator::Remainder,
                _ => return None,
            },
            _ => return None,
        };
        Some(Infix::Operator(operator))
    }

    /// Puts the last two operands together. A chain of one rank becomes one node.
    fn join(&mut self, infix: Infix, operands: &mut SmallVec<[Id; 8]>) -> Parsed<()> {
        let (Some(right), Some(left)) = (operands.pop(), operands.pop()) else {
            return Err(self.unexpected("a value"));
        };
        let extended = match (infix, &mut self.tree.nodes[left as usize]) {
            (Infix::Or, Node::Any(ids)) | (Infix::And, Node::All(ids)) => {
                ids.push(right);
                true
            }
            (Infix::Operator(operator), Node::Chain { rest, .. }) => {
                let same = rest.last().is_some_and(|(last, _)| Infix::Operator(*last).rank() == infix.rank());
                if same {
                    rest.push((operator, right));
                }
                same
            }
            _ => false,
        };
        let joined = match infix {
            _ if extended => {
                self.extend(left, Some(right))?;
                left
            }
            Infix::Or => self.add(Node::Any(smallvec![left, right]), self.start_of(left))?,
            Infix::And => self.add(Node::All(smallvec![left, right]), self.start_of(left))?,
            Infix::Operator(operator) => {
                let node = Node::Chain { first: left, rest: smallvec![(operator, right)] };
                self.add(node, self.start_of(left))?
            }
        };
        // The last token may belong to the operator that follows.
        self.tree.spans[joined as usize].end = self.tree.span(right).end;
        operands.push(joined);
        Ok(())
    }

    /// `!a`, `-a`, or what has no sign.
    fn unary(&mut self) -> Parsed<Id> {
        match self.token.lexeme {
            Lexeme::Symbol("!" | "-") => self.signed(),
            _ => self.member(None),
        }
    }

    fn signed(&mut self) -> Parsed<Id> {
        let mut signs = self.signs()?;
        let minus = match signs.last_mut() {
            Some(last)
                if last.text == "-" && matches!(self.token.lexeme, Lexeme::Int(_) | Lexeme::Double(_)) =>
            {
                // The last minus belongs to the number.
                last.count -= 1;
                Some(if last.count == 0 { last.start } else { self.end - 1 })
            }
            _ => None,
        };
        let operand = self.member(minus)?;
        self.sign(operand, signs)
    }

    /// The signs that stand here; a run of one sign counts as one.
    fn signs(&mut self) -> Parsed<SmallVec<[Sign; 2]>> {
        let mut signs: SmallVec<[Sign; 2]> = SmallVec::new();
        while let Lexeme::Symbol(text @ ("!" | "-")) = self.token.lexeme {
            match signs.last_mut() {
                Some(last) if last.text == text => last.count += 1,
                _ => signs.push(Sign { text, start: self.token.start, count: 1 }),
            }
            self.advance()?;
        }
        Ok(signs)
    }

    /// Puts signs before an operand, the last first.
    fn sign(&mut self, mut operand: Id, signs: SmallVec<[Sign; 2]>) -> Parsed<Id> {
        for sign in signs.into_iter().rev().filter(|sign| sign.count > 0) {
            let twice = sign.count % 2 == 0;
            let node = match sign.text {
                "!" => Node::Not { operand, twice },
                _ => Node::Negate { operand, twice },
            };
            operand = self.add(node, sign.start)?;
        }
        Ok(operand)
    }

    /// A value with what follows it: `.key`, `[index]`, `.call(…)`.
    fn member(&mut self, minus: Option<usize>) -> Parsed<Id> {
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

    /// The text of a node that is a literal string.
    pub(super) fn literal_text(&self, id: Id) -> Option<&str> {
        match self.tree.node(id) {
            Node::Literal(value) => value.as_str(),
            _ => None,
        }
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

    /// Makes a node mean nothing that no other refers to any more.
    pub(super) fn forget(&mut self, id: Id) {
        self.tree.nodes[id as usize] = Node::Literal(Value::Null);
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
        Ok(super::fold::call(&mut self.tree, id))
    }
}
