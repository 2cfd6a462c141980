//! The tree of an expression: nodes in one vector, so that it is dropped without recursion.

use regex::Regex;
use smallvec::SmallVec;

use super::Value;
use super::function::Function;

/// The place of a node in its tree.
pub(super) type Id = u32;

/// Nodes that belong to one node. Most have two.
pub(super) type Ids = SmallVec<[Id; 2]>;

/// From byte `start` to before byte `end` of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

/// A whole expression.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    /// The place of each node in the source.
    pub spans: Vec<Span>,
    pub root: Id,
}

#[derive(Debug)]
pub(super) enum Node {
    Literal(Value<'static>),
    /// A name of the outermost scope.
    Name(Box<str>),
    /// The variable of a comprehension, by the number of comprehensions around it.
    Local(usize),
    /// `base.a["b"][c]`
    Access {
        base: Id,
        steps: SmallVec<[Step; 2]>,
    },
    /// Names that may be qualified: the first candidate that exists stands for so many of the steps, less one.
    Search {
        candidates: Box<[(Box<str>, usize)]>,
        steps: SmallVec<[Step; 2]>,
    },
    /// `has(base.key)`
    Has {
        base: Id,
        key: Box<str>,
    },
    /// `a && b && c`
    All(Ids),
    /// `a || b || c`
    Any(Ids),
    /// `!a`; `twice` stands for any even number of them.
    Not {
        operand: Id,
        twice: bool,
    },
    /// `-a`; `twice` as above.
    Negate {
        operand: Id,
        twice: bool,
    },
    /// Operators of one rank, from left to right.
    Chain {
        first: Id,
        rest: SmallVec<[(Operator, Id); 1]>,
    },
    /// `a ? b : c ? d : e`
    Choose {
        cases: SmallVec<[(Id, Id); 1]>,
        otherwise: Id,
    },
    List(Box<[Id]>),
    Map(Box<[(Id, Id)]>),
    /// A call; a receiver is the first argument.
    Call {
        function: Function,
        arguments: Ids,
    },
    /// `text.matches("constant")`
    Matches {
        text: Id,
        pattern: Box<Pattern>,
    },
    /// A call of a function that does not exist.
    Unknown(Box<str>),
    /// `range.all(x, body)` and its like; `filter` is the condition of a `map` with three arguments.
    Comprehension {
        kind: Comprehension,
        range: Id,
        filter: Option<Id>,
        body: Id,
    },
}

/// A step from a value to one inside it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub kind: StepKind,
    /// Where it ends in the source.
    pub end: u32,
}

#[derive(Clone, Debug)]
pub(super) enum StepKind {
    /// `.key`
    Field(Box<str>),
    /// `["key"]`
    Key(Box<str>),
    /// `[expression]`
    Index(Id),
}

impl StepKind {
    /// The key, if it is known.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Field(key) | Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

/// A compiled regular expression, and how dear its search is per byte.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub regex: Regex,
    pub weight: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comprehension {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    /// Whether it gives a truth value.
    #[inline]
    pub const fn compares(self) -> bool {
        !matches!(self, Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Remainder)
    }

    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

impl Node {
    /// Calls `visit` for every node that belongs to this one.
    pub fn children(&self, mut visit: impl FnMut(Id)) {
        let visit = &mut visit;
        match self {
            Self::Literal(_) | Self::Name(_) | Self::Local(_) | Self::Unknown(_) => {}
            Self::Access { base, steps } => {
                visit(*base);
                indexes(steps, visit);
            }
            Self::Search { steps, .. } => indexes(steps, visit),
            Self::Has { base, .. } => visit(*base),
            Self::All(ids) | Self::Any(ids) => ids.iter().for_each(|id| visit(*id)),
            Self::Call { arguments, .. } => arguments.iter().for_each(|id| visit(*id)),
            Self::List(ids) => ids.iter().for_each(|id| visit(*id)),
            Self::Not { operand, .. } | Self::Negate { operand, .. } => visit(*operand),
            Self::Matches { text, .. } => visit(*text),
            Self::Chain { first, rest } => {
                visit(*first);
                rest.iter().for_each(|(_, id)| visit(*id));
            }
            Self::Choose { cases, otherwise } => {
                cases.iter().for_each(|(condition, then)| {
                    visit(*condition);
                    visit(*then);
                });
                visit(*otherwise);
            }
            Self::Map(entries) => entries.iter().for_each(|(key, value)| {
                visit(*key);
                visit(*value);
            }),
            Self::Comprehension { range, filter, body, .. } => {
                visit(*range);
                filter.iter().for_each(|id| visit(*id));
                visit(*body);
            }
        }
    }
}

fn indexes(steps: &[Step], visit: &mut impl FnMut(Id)) {
    for step in steps {
        if let StepKind::Index(id) = step.kind {
            visit(id);
        }
    }
}

impl Tree {
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    pub fn span(&self, id: Id) -> Span {
        self.spans[id as usize]
    }
}
