//! Types of expressions, and what by these types can never do what its author meant.

use super::ast::{Comprehension, Id, Node, Operator, StepKind, Tree};
use super::eval::Evaluator;
use super::fault::excerpt;
use super::function::{self, Function};
use super::kind::Kinds;
use super::nearest::nearest;
use super::{Budget, Expression, Type, TypeEnv, TypeFinding, Value, hint};

impl Expression {
    /// What can never work or never match, by the types that are declared: a comparison of a number with text, a
    /// sum of an int and a double, a condition that is no truth value, a field that an object does not have, a
    /// constant that cannot be read.
    pub fn check(&self, types: &dyn TypeEnv) -> Vec<TypeFinding> {
        let mut checker = Checker::new(self, types);
        checker.infer(self.tree().root);
        checker.findings.sort_by_key(|finding| finding.offset);
        checker.findings
    }

    /// The type of the result, as far as it is known.
    pub fn result_type(&self, types: &dyn TypeEnv) -> Type {
        Checker::new(self, types).infer(self.tree().root)
    }
}

/// More findings in one expression help nobody.
const MAX_FINDINGS: usize = 20;

struct Checker<'t> {
    source: &'t str,
    tree: &'t Tree,
    types: &'t dyn TypeEnv,
    locals: Vec<Type>,
    findings: Vec<TypeFinding>,
}

impl<'t> Checker<'t> {
    fn new(expression: &'t Expression, types: &'t dyn TypeEnv) -> Self {
        let (source, tree) = (expression.source(), expression.tree());
        Self { source, tree, types, locals: Vec::new(), findings: Vec::new() }
    }

    fn find(&mut self, id: Id, message: String, help: Option<String>) {
        if self.findings.len() == MAX_FINDINGS {
            return;
        }
        let start = self.tree.span(id).start as usize;
        let offset = self.source.get(..start).map_or(0, |before| before.chars().count());
        self.findings.push(TypeFinding { offset, message, help });
    }

    fn text(&self, id: Id) -> String {
        excerpt(self.source, self.tree.span(id))
    }

    /// The type of a node; finds what is wrong in it on the way.
    fn infer(&mut self, id: Id) -> Type {
        match self.tree.node(id) {
            Node::Literal(value) => Type::of_value(value),
            Node::Name(name) => self.types.name(name).unwrap_or_default(),
            Node::Local(slot) => self.locals.get(*slot).cloned().unwrap_or_default(),
            Node::Access { base, .. } => self.access(id, *base),
            Node::Has { base, .. } => {
                self.infer(*base);
                Type::Bool
            }
            Node::All(ids) | Node::Any(ids) => {
                ids.iter().for_each(|id| self.condition(*id));
                Type::Bool
            }
            Node::Not { operand, .. } => {
                self.condition(*operand);
                Type::Bool
            }
            Node::Negate { operand, .. } => self.negate(id, *operand),
            Node::Chain { first, rest } => self.chain(*first, rest),
            Node::Choose { cases, otherwise } => self.choose(cases, *otherwise),
            Node::List(ids) => Type::List(Box::new(self.union(ids.iter().copied()))),
            Node::Map(entries) => {
                entries.iter().for_each(|(key, _)| drop(self.infer(*key)));
                Type::Map(Box::new(self.union(entries.iter().map(|(_, value)| *value))))
            }
            Node::Call { function, arguments } => self.call(id, *function, arguments),
            Node::Matches { text, .. } => {
                self.needs(*text, Kinds::STRING, "`matches` takes text");
                Type::Bool
            }
            Node::Comprehension { kind, range, filter, body } => {
                self.comprehension(*kind, *range, *filter, *body)
            }
            Node::Search { .. } | Node::Unknown(_) => Type::Dyn,
        }
    }

    fn union(&mut self, ids: impl Iterator<Item = Id>) -> Type {
        Type::union(ids.map(|id| self.infer(id)).collect()).unwrap_or_default()
    }

    fn access(&mut self, id: Id, base: Id) -> Type {
        let Node::Access { steps, .. } = self.tree.node(id) else { return Type::Dyn };
        let mut known = self.infer(base);
        for (at, step) in steps.iter().enumerate() {
            known = match &step.kind {
                StepKind::Field(key) | StepKind::Key(key) => match known.field(key) {
                    Some(field) => field,
                    None => {
                        let start = self.tree.span(base).start;
                        let end = match at.checked_sub(1).and_then(|before| steps.get(before)) {
                            Some(before) => before.end,
                            None => self.tree.span(base).end,
                        };
                        let text = excerpt(self.source, super::ast::Span { start, end });
                        let help = near_field(&known, key).map(|near| format!("did you mean `{near}`?"));
                        self.find(id, format!("`{text}` ({known}) has no field `{key}`"), help);
                        Type::Dyn
                    }
                },
                StepKind::Index(index) => {
                    self.infer(*index);
                    element_of(&known)
                }
            };
        }
        known
    }

    /// A node that must be a truth value.
    fn condition(&mut self, id: Id) {
        self.needs(id, Kinds::BOOL, "this must be true or false");
    }

    /// A node that must be of one of these kinds.
    fn needs(&mut self, id: Id, kinds: Kinds, why: &str) {
        let known = self.infer(id);
        if !Kinds::of_type(&known).meets(kinds) {
            let message = format!("{why}, but `{}` is of type {known}", self.text(id));
            self.find(id, message, None);
        }
    }

    fn negate(&mut self, id: Id, operand: Id) -> Type {
        let known = self.infer(operand);
        if !Kinds::of_type(&known).meets(Kinds::INT | Kinds::DOUBLE) {
            let message = format!("there is no `-` before a value of type {known}");
            self.find(id, message, None);
        }
        known
    }

    fn chain(&mut self, first: Id, rest: &[(Operator, Id)]) -> Type {
        let mut left = (first, self.infer(first));
        for (operator, id) in rest {
            let right = (*id, self.infer(*id));
            let result = self.operate(*operator, &left, &right);
            left = (*id, result);
        }
        left.1
    }

    fn operate(&mut self, operator: Operator, left: &(Id, Type), right: &(Id, Type)) -> Type {
        let (left_kinds, right_kinds) = (Kinds::of_type(&left.1), Kinds::of_type(&right.1));
        match operator {
            Operator::Equal | Operator::NotEqual => {
                let null = left_kinds == Kinds::NULL || right_kinds == Kinds::NULL;
                if !null && !left_kinds.can_equal(right_kinds) {
                    self.never_equal(operator, left, right);
                }
                self.word(left, right);
                self.word(right, left);
                Type::Bool
            }
            Operator::In => {
                self.membership(left, right, right_kinds);
                Type::Bool
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                if !left_kinds.can_be_ordered(right_kinds) {
                    self.no_operator(operator, left, right);
                }
                Type::Bool
            }
            _ => {
                let result = left_kinds.operate(operator, right_kinds);
                if result == Kinds::NONE {
                    self.no_operator(operator, left, right);
                }
                match (&left.1, &right.1) {
                    (Type::List(items), Type::List(others)) => {
                        let items = vec![(**items).clone(), (**others).clone()];
                        Type::List(Box::new(Type::union(items).unwrap_or_default()))
                    }
                    _ => result.to_type(),
                }
            }
        }
    }

    fn never_equal(&mut self, operator: Operator, left: &(Id, Type), right: &(Id, Type)) {
        let outcome = if operator == Operator::Equal { "false" } else { "true" };
        let (first, second) = (self.text(left.0), self.text(right.0));
        let message = format!(
            "`{first} {} {second}` is always {outcome}: {} and {} are never equal",
            operator.symbol(),
            left.1,
            right.1
        );
        self.find(left.0, message, hint::for_types([&left.1, &right.1], &first, operator, &second));
    }

    fn no_operator(&mut self, operator: Operator, left: &(Id, Type), right: &(Id, Type)) {
        let (first, second) = (self.text(left.0), self.text(right.0));
        let symbol = operator.symbol();
        let message =
            format!("`{first} {symbol} {second}`: there is no `{symbol}` for {} and {}", left.1, right.1);
        self.find(left.0, message, hint::for_types([&left.1, &right.1], &first, operator, &second));
    }

    /// Compares a constant text with what is one of several words.
    fn word(&mut self, of: &(Id, Type), constant: &(Id, Type)) {
        let Node::Literal(value) = self.tree.node(constant.0) else { return };
        if let Some(word) = value.as_str() {
            self.one_of(of, constant.0, word);
        }
    }

    fn one_of(&mut self, of: &(Id, Type), place: Id, word: &str) {
        let Some(words) = words(&of.1) else { return };
        if words.contains(&word) {
            return;
        }
        let help = match nearest(word, words.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("it is one of {}", words.iter().take(12).copied().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("`{}` is never \"{word}\"", self.text(of.0));
        self.find(place, message, Some(help));
    }

    fn membership(&mut self, left: &(Id, Type), right: &(Id, Type), right_kinds: Kinds) {
        if !right_kinds.meets(Kinds::LIST | Kinds::MAP) {
            self.no_operator(Operator::In, left, right);
            return;
        }
        if let Type::List(items) = &right.1 {
            let items = Kinds::of_type(items);
            let empty =
                matches!(self.tree.node(right.0), Node::Literal(Value::List(items)) if items.is_empty());
            if !empty && !Kinds::of_type(&left.1).can_equal(items) {
                let message =
                    format!("`{}` ({}) is never in a list of {}", self.text(left.0), left.1, items.to_type());
                self.find(left.0, message, None);
            }
        }
        if let Node::Literal(Value::List(items)) = self.tree.node(right.0) {
            for word in items.iter().filter_map(Value::as_str) {
                self.one_of(left, right.0, word);
            }
        }
    }

    fn choose(&mut self, cases: &[(Id, Id)], otherwise: Id) -> Type {
        let mut types = Vec::new();
        for (condition, then) in cases {
            self.condition(*condition);
            types.push(self.infer(*then));
        }
        types.push(self.infer(otherwise));
        Type::union(types).unwrap_or_default()
    }

    fn call(&mut self, id: Id, function: Function, arguments: &[Id]) -> Type {
        let types: Vec<Type> = arguments.iter().map(|argument| self.infer(*argument)).collect();
        let constant = arguments.iter().all(|argument| matches!(self.tree.node(*argument), Node::Literal(_)));
        if constant && function != Function::Dyn && self.findings.len() < MAX_FINDINGS {
            // A constant that could not be computed: its evaluation says why.
            let mut budget = Budget::default();
            if let Err(fault) = Evaluator::new(self.tree, &(), &mut budget, 0).eval(id) {
                let error = fault.into_error(self.source);
                self.findings.push(TypeFinding { offset: error.offset, message: error.message, help: None });
            }
        } else if let Some((receiver, first)) = types.first().zip(arguments.first())
            && !Kinds::of_type(receiver).meets(function::receiver_kinds(function))
        {
            let text = self.text(*first);
            let message =
                format!("`{}` does not take `{text}`, which is of type {receiver}", function.name());
            self.find(id, message, Some(format!("write `{}`", function.usage())));
        }
        match (function, types.first()) {
            (Function::Dyn, _) => Type::Dyn,
            (Function::Distinct | Function::Sort | Function::Slice | Function::Reverse, Some(list)) => {
                list.clone()
            }
            (Function::MathAbs | Function::MathSign, Some(number)) => number.clone(),
            _ => function::result_kinds(function).to_type(),
        }
    }

    fn comprehension(&mut self, kind: Comprehension, range: Id, filter: Option<Id>, body: Id) -> Type {
        let known = self.infer(range);
        if !Kinds::of_type(&known).meets(Kinds::LIST | Kinds::MAP) {
            let message = format!("`{}` ({known}) has no elements to go through", self.text(range));
            self.find(range, message, None);
        }
        let item = match &known {
            Type::Object { .. } => Type::String,
            // A map that an expression builds may have keys of any type.
            Type::Map(_) => Type::Dyn,
            other => element_of(other),
        };
        self.locals.push(item.clone());
        if let Some(filter) = filter {
            self.condition(filter);
        }
        let result = match kind {
            Comprehension::Map => Type::List(Box::new(self.infer(body))),
            Comprehension::Filter => {
                self.condition(body);
                Type::List(Box::new(item))
            }
            Comprehension::All | Comprehension::Exists | Comprehension::ExistsOne => {
                self.condition(body);
                Type::Bool
            }
        };
        self.locals.pop();
        result
    }
}

/// The type of what an index gives that is not known.
fn element_of(container: &Type) -> Type {
    match container {
        Type::List(items) => (**items).clone(),
        Type::Map(values) => (**values).clone(),
        _ => Type::Dyn,
    }
}

/// The words that a value is one of, if nothing but words.
fn words(known: &Type) -> Option<Vec<&str>> {
    match known {
        Type::Enum(words) => Some(words.iter().map(String::as_str).collect()),
        Type::OneOf(types) if types.iter().all(|one| matches!(one, Type::Enum(_) | Type::Null)) => {
            Some(types.iter().filter_map(words).flatten().collect())
        }
        _ => None,
    }
}

fn near_field<'k>(known: &'k Type, key: &str) -> Option<&'k str> {
    match known {
        Type::Object { fields, .. } => nearest(key, fields.keys().map(String::as_str)),
        _ => None,
    }
}
