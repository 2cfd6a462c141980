//! Tokens to a tree: the parser itself. What it reads is in `operators`, `member`, `primary` and `macros`.
//!
//! Recursion happens at brackets only, and their depth is bounded. Chains of operators and members are loops.

use super::ast::{Id, Node, Span, Tree};
use super::hint;
use super::lexer::{Lexeme, Lexer, Mistake, Token};
use super::{Options, Value};

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

pub(super) type Parsed<T> = Result<T, Mistake>;

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
    pub(super) fn extend(&mut self, id: Id, child: Option<Id>) -> Parsed<()> {
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

    /// Makes a node mean nothing that no other refers to any more.
    pub(super) fn forget(&mut self, id: Id) {
        self.tree.nodes[id as usize] = Node::Literal(Value::Null);
    }

    /// The text of a node that is a literal string.
    pub(super) fn literal_text(&self, id: Id) -> Option<&str> {
        match self.tree.node(id) {
            Node::Literal(value) => value.as_str(),
            _ => None,
        }
    }
}
