//! Operators: `? :`, those between operands by their ranks, and signs.

use smallvec::{SmallVec, smallvec};

use super::ast::{Id, Node, Operator};
use super::lexer::{Lexeme, Mistake};
use super::parser::{Parsed, Parser};

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

impl Parser<'_> {
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
}
