//! The types that are known before anything runs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Checker;
use super::names::{INSTANCE_FIELDS, Surroundings};
use crate::definition::{Decision, HitPolicy, StepKind, UserTask};
use crate::expr::Type;
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

    /// The types of the roots that an expression reads. Of objects it holds only the fields that are read, so that the
    /// work does not grow with the size of the flow.
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
            "input" => Some(match &self.input {
                Type::Object { fields, open } => read_fields(fields, *open, root, used),
                other => other.clone(),
            }),
            "vars" => Some(read_fields(&self.vars, true, root, used)),
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

    /// The steps that an expression names, each with the fields that it reads. Other fields have been refused already.
    fn steps(&self, used: &Use) -> Type {
        let mut steps: BTreeMap<String, BTreeMap<String, Type>> = BTreeMap::new();
        let mut whole = Vec::new();
        let Some(scope) = used.place.scope else { return Type::Dyn };
        for reference in used.expression.references().iter().filter(|reference| reference.root == "steps") {
            let [id, rest @ ..] = reference.path.as_slice() else { return Type::Dyn };
            let Some(step) = self.checker.layout.visible_step(scope, id) else { continue };
            match rest.first() {
                Some(field) => {
                    let fields = steps.entry(id.clone()).or_default();
                    fields.entry(field.clone()).or_insert_with(|| self.step_field(step, field));
                }
                None => whole.push(id.clone()),
            }
        }
        let object = |fields| Type::Object { fields, open: true };
        let mut steps: BTreeMap<String, Type> =
            steps.into_iter().map(|(id, fields)| (id, object(fields))).collect();
        steps.extend(whole.into_iter().map(|id| (id, Type::Dyn)));
        object(steps)
    }

    fn step_field(&self, step: u32, field: &str) -> Type {
        match field {
            "output" => or_null(self.output(step)),
            "status" => Type::Enum(STATUSES.map(|status| status.name().to_owned()).into()),
            "error" => or_null(failure()),
            "attempt" | "iteration" => Type::Int,
            _ => Type::Dyn,
        }
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

const STATUSES: [StepStatus; 7] = [
    StepStatus::Pending,
    StepStatus::Active,
    StepStatus::Indeterminate,
    StepStatus::Completed,
    StepStatus::Failed,
    StepStatus::Skipped,
    StepStatus::Cancelled,
];

/// An object, as far as an expression reads it from a root.
fn read_fields(fields: &BTreeMap<String, Type>, open: bool, root: &str, used: &Use) -> Type {
    let mut read = BTreeMap::new();
    for reference in used.expression.references().iter().filter(|reference| reference.root == root) {
        let Some(key) = reference.path.first() else {
            return Type::Object { fields: fields.clone(), open };
        };
        if let Some(field) = fields.get(key) {
            read.entry(key.clone()).or_insert_with(|| field.clone());
        }
    }
    Type::Object { fields: read, open }
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
