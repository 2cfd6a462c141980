//! Steps, edges and scopes with all their expressions.

use std::sync::Arc;

use serde_json::Value;

use super::Compiler;
use super::kind::At;
use super::place::{Place, Roots};
use crate::base::Payload;
use crate::definition::{Diagnostic, Outcome, Step, StepKind};
use crate::expr::{Expression, Template};
use crate::graph::layout::{StepAt, unknown_step};
use crate::graph::{Kind, RunTimeLength, Setter, SlaNode, UndoNode, code};

/// What is compiled of the flow itself.
pub(super) struct FlowParts {
    pub(super) vars: Vec<(Arc<str>, Template)>,
    pub(super) output: Option<Template>,
    pub(super) timeout: Option<RunTimeLength>,
    pub(super) sla: SlaNode,
    pub(super) pools: Vec<(Arc<str>, u32)>,
    pub(super) input: Option<jsonschema::Validator>,
    pub(super) input_schema: Payload,
}

/// What is compiled of a step.
pub(super) struct StepParts {
    /// None where a part of it does not compile.
    pub(super) kind: Option<Kind>,
    pub(super) cancels: Vec<u32>,
    pub(super) set: Vec<(Arc<str>, Setter)>,
    pub(super) timeout: Option<RunTimeLength>,
    pub(super) sla: SlaNode,
    pub(super) undo: Option<UndoNode>,
    pub(super) held: Held,
}

/// What a step holds while it is active.
#[derive(Default)]
pub(super) struct Held {
    /// Of the instance's pools, by number.
    pub(super) own: Vec<(u32, u32)>,
    /// Of the engine's pools, by name.
    pub(super) engine: Vec<(Arc<str>, u32)>,
}

impl<'d> Compiler<'_, 'd> {
    pub(super) fn flow(&mut self) -> FlowParts {
        let definition = self.definition;
        let mut vars = Vec::with_capacity(definition.vars.len());
        for (name, value) in &definition.vars {
            if let Some(template) = self.template(value, &keyed("vars", name), Place::VARS) {
                vars.push((name.as_str().into(), template));
            }
        }
        let input = definition.input.as_ref();
        FlowParts {
            vars,
            output: self.optional_template(definition.output.as_ref(), "output".to_owned(), Place::end(0)),
            timeout: self.optional_length(definition.timeout.as_ref(), "timeout".to_owned(), Place::START),
            sla: self.sla(definition.sla.as_ref(), "sla", Place::START),
            pools: definition.pools.iter().map(|(name, size)| (name.as_str().into(), *size)).collect(),
            input: input.and_then(|schema| self.schema(schema, "input")),
            input_schema: input.map_or_else(Payload::null, |schema| Payload::from(schema.clone())),
        }
    }

    pub(super) fn all_steps(&mut self) -> Vec<StepParts> {
        let layout = self.layout;
        (0..layout.steps.len() as u32)
            .map(|number| self.step(number, &layout.steps[number as usize]))
            .collect()
    }

    fn step(&mut self, number: u32, at: &StepAt<'d>) -> StepParts {
        let step = at.step;
        let place = At { step: number, scope: at.scope, inner: at.inner, path: &at.source };
        let (before, after) =
            (Place::before(at.scope, number), Place::after(at.scope, number).with(Roots::OUTPUT));
        let kind = self.kind(place, &step.kind);
        let timeout = self.step_timeout(step, &at.source, before);
        let sla = self.sla(step.sla.as_ref(), &format!("{}.sla", at.source), before);
        let undo = step.compensate.as_ref();
        let undo = undo.map(|undo| self.undo(undo, &format!("{}.compensate", at.source), after));
        let held = self.held(step, &at.source);
        StepParts {
            kind,
            cancels: self.cancels(at),
            set: self.set(step, &at.source, after),
            timeout,
            sla,
            undo,
            held,
        }
    }

    fn step_timeout(&mut self, step: &Step, path: &str, place: Place) -> Option<RunTimeLength> {
        let default = match (&step.timeout, &step.kind) {
            (None, StepKind::Activity(_)) => self.definition.defaults.activity.as_ref(),
            _ => None,
        };
        match default.and_then(|defaults| defaults.timeout.as_ref()) {
            Some(timeout) => self.length(timeout, "defaults.activity.timeout".to_owned(), place),
            None => self.optional_length(step.timeout.as_ref(), format!("{path}.timeout"), place),
        }
    }

    fn set(&mut self, step: &Step, path: &str, place: Place) -> Vec<(Arc<str>, Setter)> {
        let mut set = Vec::with_capacity(step.set.len());
        for (name, value) in &step.set {
            let path = keyed(&format!("{path}.set"), name);
            if let Some(setter) = self.setter(value, path, place) {
                set.push((name.as_str().into(), setter));
            }
        }
        set
    }

    fn cancels(&mut self, at: &StepAt<'_>) -> Vec<u32> {
        let mut steps = Vec::with_capacity(at.step.cancels.len());
        for (place, id) in at.step.cancels.iter().enumerate() {
            match self.layout.scopes[at.scope as usize].ids.get(id.as_str()) {
                Some(&step) => steps.push(step),
                None => {
                    let path = format!("{}.cancels[{place}]", at.source);
                    unknown_step(self.layout, at.scope, id, &path, &mut self.findings);
                }
            }
        }
        steps
    }

    /// What a step holds of pools.
    fn held(&mut self, step: &Step, path: &str) -> Held {
        let mut held = Held::default();
        for (name, &amount) in &step.resources {
            let mut pools = self.definition.pools.iter().enumerate();
            match pools.find(|(_, (pool, _))| *pool == name) {
                Some((number, (_, &size))) => {
                    held.own.push((number as u32, amount));
                    if amount > size {
                        let path = keyed(&format!("{path}.resources"), name);
                        let message =
                            format!("the step asks for {amount} of `{name}`, but the pool has {size}");
                        let help = format!("ask for at most {size}, or raise `pools.{name}`");
                        self.findings.push(Diagnostic::error(code::POOL_TOO_SMALL, path, message).help(help));
                    }
                }
                None => held.engine.push((name.as_str().into(), amount)),
            }
        }
        held
    }

    /// The conditions of all edges.
    pub(super) fn conditions(&mut self) -> Vec<Option<Expression>> {
        let layout = self.layout;
        let condition = |edge: &crate::graph::layout::EdgeAt<'d>| {
            let when = edge.when?;
            let scope = layout.steps[edge.from as usize].scope;
            let place = Place::after(scope, edge.from).with(names_on(edge.on));
            self.condition(when, format!("{}.when", edge.source), place)
        };
        layout.edges.iter().map(condition).collect()
    }

    /// The outputs of all scopes but the flow itself.
    pub(super) fn scope_outputs(&mut self) -> Vec<Option<Template>> {
        let layout = self.layout;
        let scopes = layout.scopes.iter().enumerate();
        let output = |(number, scope): (usize, &crate::graph::layout::ScopeAt<'d>)| {
            let owner = &layout.steps[scope.owner? as usize];
            let output: Option<&Value> = match &owner.step.kind {
                StepKind::Group(group) => group.output.as_ref(),
                StepKind::ForEach(each) => each.output.as_ref(),
                StepKind::Loop(repeat) => repeat.output.as_ref(),
                _ => None,
            };
            self.optional_template(output, format!("{}.output", owner.source), Place::end(number as u32))
        };
        scopes.map(output).collect()
    }
}

/// The names that only edges have.
fn names_on(outcome: Outcome) -> Roots {
    match outcome {
        Outcome::Success => Roots::OUTPUT,
        Outcome::Failure => Roots::ERROR,
        Outcome::Any => Roots::OUTPUT | Roots::ERROR,
        Outcome::Escalation => Roots::NONE,
        Outcome::Signal => Roots::EVENT,
    }
}

/// The path of a key of a mapping.
pub(super) fn keyed(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
    if plain { format!("{path}.{key}") } else { format!("{path}[{}]", Value::String(key.to_owned())) }
}
