//! Walking the tree. Its depth is bounded, so that this recursion is; see [`Limits`](super::Limits).

use super::access;
use super::arithmetic;
use super::ast::{Id, Node, Operator, Pattern, Span, Step, Tree};
use super::compare::{equal, order};
use super::fault::{Detail, Fault, FaultBox};
use super::function::{self, Function};
use super::{Budget, EvalErrorKind, Key, Map, Names, TypeName, Value, pattern};
use smallvec::SmallVec;
use std::cmp::Ordering;

pub(super) type Evaluated<'a> = Result<Value<'a>, FaultBox<'a>>;

/// One evaluation.
pub(super) struct Evaluator<'a, 'b> {
    tree: &'a Tree,
    names: &'a dyn Names,
    pub(super) budget: &'b mut Budget,
    /// The variables of the comprehensions around, outermost first.
    pub(super) locals: Vec<Value<'a>>,
    /// Regular expressions that were compiled on the way.
    patterns: Vec<(String, Pattern)>,
    regex_limit: usize,
}

/// So many patterns are kept during an evaluation.
const MAX_PATTERNS: usize = 8;

impl<'a, 'b> Evaluator<'a, 'b> {
    pub fn new(tree: &'a Tree, names: &'a dyn Names, budget: &'b mut Budget, regex_limit: usize) -> Self {
        Self { tree, names, budget, locals: Vec::new(), patterns: Vec::new(), regex_limit }
    }

    /// The value of a node.
    pub fn eval(&mut self, id: Id) -> Evaluated<'a> {
        // The result stays where it is built: a value that is moved at once costs more than most operations.
        let mut evaluated = match self.budget.charge(1) {
            Ok(()) => self.eval_node(self.tree.node(id)),
            Err(fault) => Err(fault),
        };
        if let Err(fault) = &mut evaluated {
            fault.locate(self.tree.span(id));
        }
        evaluated
    }

    #[inline(always)]
    fn eval_node(&mut self, node: &'a Node) -> Evaluated<'a> {
        match node {
            Node::Literal(value) => Ok(value.reborrow()),
            Node::Name(name) => self.name(name),
            Node::Local(slot) => Ok(self.locals.get(*slot).cloned().unwrap_or(Value::Null)),
            Node::Access { base, steps } => self.access(*base, steps),
            Node::Search { candidates, steps } => self.search(candidates, steps),
            Node::Chain { first, rest } => self.chain(*first, rest),
            Node::Choose { cases, otherwise } => self.choose(cases, *otherwise),
            Node::List(ids) => self.list(ids),
            Node::Map(entries) => self.map(entries),
            Node::Call { function, arguments } => self.call(*function, arguments),
            Node::Negate { operand, twice } => self.negate(*operand, *twice),
            Node::Unknown(name) => Err(no_function(name)),
            Node::Comprehension { kind, range, filter, body } => {
                self.comprehension(*kind, *range, *filter, *body)
            }
            Node::Has { .. } | Node::All(_) | Node::Any(_) | Node::Not { .. } | Node::Matches { .. } => {
                self.truth(node).map(Value::Bool)
            }
        }
    }

    /// The value of a node that must be a truth value.
    pub(super) fn condition(&mut self, id: Id) -> Result<bool, FaultBox<'a>> {
        let mut truth = match self.budget.charge(1) {
            Ok(()) => self.truth(self.tree.node(id)),
            Err(fault) => Err(fault),
        };
        if let Err(fault) = &mut truth {
            fault.locate(self.tree.span(id));
        }
        truth
    }

    /// What a node gives that must be a truth value. Where it is one by nature no value is built.
    fn truth(&mut self, node: &'a Node) -> Result<bool, FaultBox<'a>> {
        match node {
            Node::All(ids) => self.junction(ids, false),
            Node::Any(ids) => self.junction(ids, true),
            Node::Not { operand, twice } => Ok(self.condition(*operand)? == *twice),
            Node::Has { base, key } => self.has(*base, key),
            Node::Matches { text, pattern } => self.matches_constant(*text, pattern),
            Node::Chain { first, rest } => match rest.as_slice() {
                [(operator, second)] if operator.compares() => self.compare(*operator, *first, *second),
                rest => truth_of(self.chain(*first, rest)?),
            },
            other => truth_of(self.eval_other(other)?),
        }
    }

    #[inline(never)]
    fn eval_other(&mut self, node: &'a Node) -> Evaluated<'a> {
        self.eval_node(node)
    }

    #[inline]
    fn name(&mut self, name: &'a str) -> Evaluated<'a> {
        match self.names.name(name) {
            Some(value) => Ok(value.plain()),
            None => Err(Fault::new(EvalErrorKind::NoSuchName, Detail::Name(name))),
        }
    }

    #[inline(never)]
    fn access(&mut self, base: Id, steps: &'a [Step]) -> Evaluated<'a> {
        let value = self.eval(base)?;
        self.follow(value, steps, self.tree.span(base).start)
    }

    /// Takes the steps from a value; the path begins at byte `start`.
    fn follow(&mut self, value: Value<'a>, steps: &'a [Step], start: u32) -> Evaluated<'a> {
        let (mut value, steps) = match value {
            Value::Json(json) => {
                let (json, taken) = access::descend(json, steps);
                (Value::from(json), steps.get(taken..).unwrap_or_default())
            }
            other => (other, steps),
        };
        for step in steps {
            let mut next = match step.kind.key() {
                Some(key) => access::select(value, key),
                None => self.indexed(value, step),
            };
            if let Err(fault) = &mut next {
                fault.locate(Span { start, end: step.end });
            }
            value = next?;
        }
        Ok(value)
    }

    #[inline(never)]
    fn indexed(&mut self, value: Value<'a>, step: &'a Step) -> Evaluated<'a> {
        match step.kind {
            super::ast::StepKind::Index(id) => {
                let index = self.eval(id)?;
                access::index(value, index)
            }
            _ => Ok(value),
        }
    }

    #[inline(never)]
    fn search(&mut self, candidates: &'a [(Box<str>, usize)], steps: &'a [Step]) -> Evaluated<'a> {
        for (name, taken) in candidates {
            if let Some(value) = self.names.name(name) {
                let rest = steps.get(taken.saturating_sub(1)..).unwrap_or_default();
                return self.follow(value.plain(), rest, 0);
            }
        }
        let name = candidates.last().map_or("", |(name, _)| name);
        Err(Fault::new(EvalErrorKind::NoSuchName, Detail::Name(name)))
    }

    #[inline(never)]
    fn has(&mut self, base: Id, key: &'a str) -> Result<bool, FaultBox<'a>> {
        access::has(&self.eval(base)?, key)
    }

    /// `a && b && c`, or with `decisive` true, `a || b || c`: a decisive operand settles it, whatever fails.
    #[inline(never)]
    fn junction(&mut self, ids: &'a [Id], decisive: bool) -> Result<bool, FaultBox<'a>> {
        let mut failed: Option<FaultBox<'a>> = None;
        for id in ids {
            match self.condition(*id) {
                Ok(truth) if truth == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(fault) if fault.is_final() => return Err(fault),
                Err(fault) => {
                    failed.get_or_insert(fault);
                }
            }
        }
        match failed {
            Some(fault) => Err(fault),
            None => Ok(!decisive),
        }
    }

    #[inline(never)]
    fn negate(&mut self, operand: Id, twice: bool) -> Evaluated<'a> {
        let negated = arithmetic::negate(self.eval(operand)?)?;
        if twice { arithmetic::negate(negated) } else { Ok(negated) }
    }

    #[inline(never)]
    fn chain(&mut self, first: Id, rest: &'a [(Operator, Id)]) -> Evaluated<'a> {
        if let [(operator, second)] = rest
            && operator.compares()
        {
            return self.compare(*operator, first, *second).map(Value::Bool);
        }
        let mut left = self.eval(first)?;
        let mut before = first;
        for (operator, id) in rest {
            let right = self.eval(*id)?;
            let outcome = match operator.compares() {
                true => compared(*operator, &left, &right, self.budget).map(Value::Bool),
                false => arithmetic::operate(*operator, left, right, self.budget),
            };
            left = match outcome {
                Ok(value) => value,
                Err(fault) => return Err(fault.between(self.tree.span(before), self.tree.span(*id))),
            };
            before = *id;
        }
        Ok(left)
    }

    /// `first operator second`; literals and variables are compared where they are.
    #[inline(never)]
    fn compare(&mut self, operator: Operator, first: Id, second: Id) -> Result<bool, FaultBox<'a>> {
        let left = if self.is_at_hand(first) { None } else { Some(self.eval(first)?) };
        let right = if self.is_at_hand(second) { None } else { Some(self.eval(second)?) };
        let left = left.as_ref().unwrap_or_else(|| at_hand(self.tree, &self.locals, first));
        let right = right.as_ref().unwrap_or_else(|| at_hand(self.tree, &self.locals, second));
        match compared(operator, left, right, self.budget) {
            Ok(truth) => Ok(truth),
            Err(fault) => Err(fault.between(self.tree.span(first), self.tree.span(second))),
        }
    }

    /// Whether [`at_hand`] gives the value of a node.
    #[inline]
    fn is_at_hand(&self, id: Id) -> bool {
        matches!(self.tree.node(id), Node::Literal(_) | Node::Local(_))
    }

    #[inline(never)]
    fn choose(&mut self, cases: &'a [(Id, Id)], otherwise: Id) -> Evaluated<'a> {
        for (condition, then) in cases {
            if self.condition(*condition)? {
                return self.eval(*then);
            }
        }
        self.eval(otherwise)
    }

    #[inline(never)]
    fn list(&mut self, ids: &'a [Id]) -> Evaluated<'a> {
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            items.push(self.eval(*id)?);
        }
        Ok(Value::list(items))
    }

    #[inline(never)]
    fn map(&mut self, entries: &'a [(Id, Id)]) -> Evaluated<'a> {
        let mut all = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.key(*key)?;
            all.push((key, self.eval(*value)?));
        }
        match Map::new(all) {
            Ok(map) => Ok(Value::Map(map.into())),
            Err(key) => {
                let key = match key {
                    Key::String(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
                    Key::Bool(truth) => truth.to_string(),
                    Key::Int(int) => int.to_string(),
                    Key::Uint(uint) => uint.to_string(),
                };
                Err(Fault::text(EvalErrorKind::RepeatedKey, format!("the key {key} stands there twice")))
            }
        }
    }

    fn key(&mut self, id: Id) -> Result<Key<'a>, FaultBox<'a>> {
        let value = self.eval(id)?;
        match (&value, Key::of(&value)) {
            (Value::Double(_), _) | (_, None) => {
                let message = format!("a value of type {} is no key of a map", value.type_name().plain());
                let mut fault = Fault::text(EvalErrorKind::NoOverload, message);
                fault.locate(self.tree.span(id));
                Err(fault)
            }
            (_, Some(key)) => Ok(key),
        }
    }

    #[inline(never)]
    fn call(&mut self, function: Function, ids: &'a [Id]) -> Evaluated<'a> {
        let mut arguments: SmallVec<[Value<'a>; 3]> = SmallVec::new();
        for id in ids {
            arguments.push(self.eval(*id)?);
        }
        match (function, arguments.as_slice()) {
            (Function::Matches, [Value::String(text), Value::String(pattern)]) => {
                self.matches(text, pattern).map(Value::Bool)
            }
            _ => function::call(function, &arguments, self.budget),
        }
    }

    #[inline(never)]
    fn matches_constant(&mut self, text: Id, pattern: &'a Pattern) -> Result<bool, FaultBox<'a>> {
        match self.eval(text)? {
            Value::String(text) => search(&text, pattern, self.budget),
            other => Err(function::no_overload(Function::Matches, &[other, Value::borrowed("")])),
        }
    }

    /// Searches for a pattern that is known only now.
    fn matches(&mut self, text: &str, source: &str) -> Result<bool, FaultBox<'a>> {
        if let Some((_, known)) = self.patterns.iter().find(|(known, _)| known == source) {
            return search(text, known, self.budget);
        }
        self.budget.charge(pattern::COMPILE_STEPS)?;
        let compiled = pattern::compile(source, self.regex_limit)
            .map_err(|message| Fault::text(EvalErrorKind::Invalid, message))?;
        let found = search(text, &compiled, self.budget);
        if self.patterns.len() == MAX_PATTERNS {
            self.patterns.remove(0);
        }
        self.patterns.push((source.to_owned(), compiled));
        found
    }
}

/// The value of a literal or variable, where it is.
#[inline]
fn at_hand<'v, 'a>(tree: &'a Tree, locals: &'v [Value<'a>], id: Id) -> &'v Value<'a> {
    match tree.node(id) {
        Node::Literal(value) => value,
        Node::Local(slot) => locals.get(*slot).unwrap_or(&Value::Null),
        _ => &Value::Null,
    }
}

#[inline]
fn compared<'a>(
    operator: Operator,
    left: &Value<'a>,
    right: &Value<'a>,
    budget: &mut Budget,
) -> Result<bool, FaultBox<'a>> {
    let wanted: fn(Ordering) -> bool = match operator {
        Operator::Equal => return equal(left, right, budget),
        Operator::NotEqual => return equal(left, right, budget).map(|equal| !equal),
        Operator::In => return access::contains(right, left, budget),
        Operator::Less => Ordering::is_lt,
        Operator::LessOrEqual => Ordering::is_le,
        Operator::Greater => Ordering::is_gt,
        _ => Ordering::is_ge,
    };
    match order(left, right, budget)? {
        Some(ordering) => Ok(ordering.is_some_and(wanted)),
        None => Err(arithmetic::no_operator(operator, left, right)),
    }
}

/// A value that must be a truth value.
fn truth_of<'a>(value: Value<'a>) -> Result<bool, FaultBox<'a>> {
    match value {
        Value::Bool(truth) => Ok(truth),
        other => Err(no_truth(other.type_name())),
    }
}

fn search<'a>(text: &str, pattern: &Pattern, budget: &mut Budget) -> Result<bool, FaultBox<'a>> {
    budget.charge((text.len() as u64).saturating_mul(pattern.weight))?;
    Ok(pattern.regex.is_match(text))
}

#[cold]
fn no_function<'a>(name: &str) -> FaultBox<'a> {
    Fault::text(EvalErrorKind::NoSuchFunction, format!("there is no function `{name}`"))
}

#[cold]
fn no_truth<'a>(found: TypeName) -> FaultBox<'a> {
    Fault::text(
        EvalErrorKind::NoOverload,
        format!("this must be true or false, not a value of type {}", found.plain()),
    )
}
