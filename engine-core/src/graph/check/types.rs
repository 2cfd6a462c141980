//! The types that are known before anything runs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Checker;
use super::names::{INSTANCE_FIELDS, Surroundings};
use crate::definition::{Decision, HitPolicy, StepKind, UserTask};
use crate::expr::{Reference, Type};
use crate::graph::compile::{Moment, Use};
use crate::protocol::StepStatus;

/// What is known of the names that expressions read.
pub(super) struct Types<'a, 'd> {
    checker: &'a Checker<'a, 'd>,
    around: &'a Surroundings<'d>,
    input: Type,
    /// Variables that no step sets keep the type of their initial value.
    vars: BTreeMap<String, Type>,
    /// The type of the items, by `for_each`.
    items: BTreeMap<u32, Type>,
}

impl<'a, 'd> Types<'a, 'd> {
    pub(super) fn of(checker: &'a Checker<'a, 'd>, around: &'a Surroundings<'d>) -> Self {
        let definition = checker.definition;
        let is_set = |name: &str| around.set.values().any(|set| set.contains(name));
        let constant = |name: &str, value: &Value| if is_set(name) { Type::Dyn } else { literal(value) };
        let vars =
            definition.vars.iter().map(|(name, value)| (name.clone(), constant(name, value))).collect();
        let input = definition.input.as_ref().map_or(Type::Dyn, Type::of_schema);
        let mut types = Self { checker, around, input, vars, items: BTreeMap::new() };
        types.find_items();
        types
    }

    /// The types of items, outer scopes first: inner items may be parts of outer ones.
    fn find_items(&mut self) {
        let steps = &self.checker.layout.steps;
        for used in self.checker.uses {
            let Moment::Before(step) = used.place.moment else { continue };
            let at = &steps[step as usize];
            if matches!(at.step.kind, StepKind::ForEach(_))
                && used.path.strip_prefix(&at.source) == Some(".items")
            {
                let known = self.known_to(used);
                if let Type::List(items) = used.expression.result_type(&known) {
                    self.items.insert(step, *items);
                }
            }
        }
    }

    /// The types of the roots that an expression reads.
    pub(super) fn known_to(&self, used: &Use) -> BTreeMap<String, Type> {
        let mut known = BTreeMap::new();
        for reference in used.expression.references() {
            let root = reference.root.as_str();
            if !known.contains_key(root)
                && let Some(found) = self.root(root, used)
            {
                known.insert(root.to_owned(), found);
            }
        }
        known
    }

    fn root(&self, root: &str, used: &Use) -> Option<Type> {
        let scope = used.place.scope;
        match root {
            "input" => Some(self.input.clone()),
            "vars" => Some(Type::Object { fields: self.vars.clone(), open: true }),
            "steps" => Some(self.steps(used)),
            "instance" => Some(instance()),
            "now" => Some(Type::Timestamp),
            "output" => match used.place.moment {
                Moment::After(step) => Some(self.output(step)),
                _ => None,
            },
            "error" => Some(failure()),
            "item" => self.items.get(&self.around.each[scope? as usize]?).cloned(),
            "index" | "iteration" | "completed" | "failed" | "total" => Some(Type::Int),
            "outputs" => Some(Type::List(Box::default())),
            _ => None,
        }
    }

    /// The steps that an expression names, each with its fields.
    fn steps(&self, used: &Use) -> Type {
        let mut fields = BTreeMap::new();
        let Some(scope) = used.place.scope else { return Type::Dyn };
        let named = |reference: &&Reference| reference.root == "steps";
        for id in
            used.expression.references().iter().filter(named).filter_map(|reference| reference.path.first())
        {
            if let Some(step) = self.checker.layout.visible_step(scope, id) {
                fields.entry(id.clone()).or_insert_with(|| self.step(step));
            }
        }
        Type::Object { fields, open: true }
    }

    fn step(&self, step: u32) -> Type {
        let statuses = [
            StepStatus::Pending,
            StepStatus::Active,
            StepStatus::Indeterminate,
            StepStatus::Completed,
            StepStatus::Failed,
            StepStatus::Skipped,
            StepStatus::Cancelled,
        ];
        let statuses = statuses.map(|status| status.name().to_owned());
        object([
            ("output", or_null(self.output(step))),
            ("status", Type::Enum(statuses.into())),
            ("error", or_null(failure())),
            ("attempt", Type::Int),
            ("iteration", Type::Int),
        ])
    }

    /// What a step gives when it completes.
    fn output(&self, step: u32) -> Type {
        match &self.checker.layout.steps[step as usize].step.kind {
            StepKind::UserTask(task) => person(task),
            StepKind::Decision(decision) => decided(decision),
            StepKind::Timer(_) | StepKind::Assign(_) | StepKind::Emit(_) => Type::Null,
            StepKind::ForEach(_) => Type::List(Box::default()),
            StepKind::Activity(_)
            | StepKind::Signal(_)
            | StepKind::Call(_)
            | StepKind::Group(_)
            | StepKind::Loop(_)
            | StepKind::End(_) => Type::Dyn,
        }
    }
}

fn object<const N: usize>(fields: [(&str, Type); N]) -> Type {
    let fields = fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect();
    Type::Object { fields, open: false }
}

fn or_null(known: Type) -> Type {
    Type::union(vec![Type::Null, known]).unwrap_or_default()
}

fn failure() -> Type {
    object([
        ("code", Type::String),
        ("message", Type::String),
        ("details", Type::Dyn),
        ("step", Type::String),
        ("attempt", Type::Int),
    ])
}

fn instance() -> Type {
    let [id, key, started_at, labels] = INSTANCE_FIELDS;
    object([
        (id, Type::String),
        (key, or_null(Type::String)),
        (started_at, Type::Timestamp),
        (labels, Type::Map(Box::new(Type::String))),
    ])
}

/// The result of a user task.
fn person(task: &UserTask) -> Type {
    let outcome = if task.outcomes.is_empty() { Type::Dyn } else { Type::Enum(task.outcomes.clone()) };
    let data = task.form.as_ref().map_or(Type::Dyn, Type::of_schema);
    object([("outcome", outcome), ("data", data), ("by", Type::Dyn)])
}

/// The output of a table.
fn decided(decision: &Decision) -> Type {
    let outputs = decision.rules.iter().map(|rule| &rule.output).chain(&decision.default);
    let one = Type::union(outputs.map(literal).collect()).map_or(Type::Dyn, merged);
    match decision.hit {
        // The default need not be a list.
        HitPolicy::Collect if decision.default.is_some() => Type::Dyn,
        HitPolicy::Collect => Type::List(Box::new(one)),
        HitPolicy::First | HitPolicy::Unique => one,
    }
}

/// Words of several constants as one type.
fn merged(known: Type) -> Type {
    let (mut words, mut others) = (Vec::new(), Vec::new());
    for one in known.alternatives() {
        match one {
            Type::Enum(some) => words.extend(some),
            other => others.push(other),
        }
    }
    if !words.is_empty() {
        words.sort_unstable();
        words.dedup();
        others.push(Type::Enum(words));
    }
    Type::union(others).unwrap_or_default()
}

/// The type of data that stands in the definition; unknown where an expression is in it.
fn literal(value: &Value) -> Type {
    match value {
        Value::String(text) if text.contains("${") => Type::Dyn,
        Value::Array(_) | Value::Object(_) | Value::Null => Type::Dyn,
        constant => Type::of_schema(&json!({"const": constant})),
    }
}
