//! Expressions read only what is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Checker;
use super::types::Types;
use crate::definition::{Diagnostic, Severity, StepKind};
use crate::expr::{Reference, Type};
use crate::graph::code;
use crate::graph::compile::{Place, Roots, Use};
use crate::graph::finding::{Findings, with_help};

pub(super) const STEP_FIELDS: [&str; 5] = ["output", "status", "error", "attempt", "iteration"];
pub(super) const ERROR_FIELDS: [&str; 5] = ["code", "message", "details", "step", "attempt"];
pub(super) const INSTANCE_FIELDS: [&str; 4] = ["id", "key", "started_at", "labels"];
const COUNTS: [&str; 4] = ["completed", "failed", "total", "outputs"];

/// The names of CEL's own types, which stand for themselves.
const TYPE_NAMES: [&str; 12] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "google",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "timestamp",
    "type",
];

/// What depends on the scopes around an expression.
pub(super) struct Surroundings<'d> {
    /// The nearest `for_each` whose items the scope is in, by scope.
    pub(super) each: Vec<Option<u32>>,
    /// Whether the scope is in a `loop`, by scope.
    in_loop: Vec<bool>,
    /// Which variables are the same as the flow's: the scope whose `set`s they see, by scope.
    home: Vec<u32>,
    /// The variables that are set, by home.
    pub(super) set: BTreeMap<u32, BTreeSet<&'d str>>,
}

/// What is wrong with a name.
struct Wrong {
    severity: Severity,
    message: String,
    help: Option<String>,
}

impl Wrong {
    fn error(message: String, help: Option<String>) -> Self {
        Self { severity: Severity::Error, message, help }
    }
}

impl<'d> Checker<'_, 'd> {
    pub(super) fn names(&self, findings: &mut Findings) {
        let around = self.surroundings();
        let types = Types::of(self, &around);
        for used in self.uses {
            let mut sound = true;
            for reference in used.expression.references() {
                let tested = tested_keys(reference, used.expression.references());
                if let Some(wrong) = self.wrong(reference, tested, used.place, &around, findings) {
                    sound &= wrong.severity != Severity::Error;
                    let mut diagnostic =
                        Diagnostic::error(code::UNKNOWN_NAME, used.path.clone(), wrong.message);
                    diagnostic.severity = wrong.severity;
                    let offset = used.offset.map(|offset| offset + reference.offset);
                    findings.push_at(with_help(diagnostic, wrong.help), offset);
                }
            }
            if sound {
                self.types(used, &types, findings);
            }
        }
    }

    fn surroundings(&self) -> Surroundings<'d> {
        let scopes = self.layout.scopes.len();
        let mut around = Surroundings {
            each: vec![None; scopes],
            in_loop: vec![false; scopes],
            home: vec![0; scopes],
            set: BTreeMap::new(),
        };
        // A scope comes after the one around it.
        for (number, scope) in self.layout.scopes.iter().enumerate() {
            if let Some(owner) = scope.owner {
                let at = &self.layout.steps[owner as usize];
                let outer = at.scope as usize;
                let is_each = matches!(at.step.kind, StepKind::ForEach(_));
                around.each[number] = if is_each { Some(owner) } else { around.each[outer] };
                around.in_loop[number] = around.in_loop[outer] || matches!(at.step.kind, StepKind::Loop(_));
                around.home[number] = if is_each { number as u32 } else { around.home[outer] };
            }
            let set = around.set.entry(around.home[number]).or_default();
            for step in scope.steps.clone() {
                set.extend(self.layout.steps[step as usize].step.set.keys().map(String::as_str));
            }
        }
        around
    }

    /// The variables that can be seen from a scope, those of the flow first.
    fn variables<'a>(
        &'a self,
        scope: u32,
        around: &'a Surroundings<'d>,
    ) -> impl Iterator<Item = &'d str> + 'a {
        let homes = self.layout.scopes_around(scope).filter(|&at| around.home[at as usize] == at);
        let set = homes.filter_map(|home| around.set.get(&home)).flatten().copied();
        self.definition.vars.keys().map(String::as_str).chain(set)
    }

    fn has_variable(&self, scope: u32, name: &str, around: &Surroundings<'d>) -> bool {
        self.definition.vars.contains_key(name)
            || self.layout.scopes_around(scope).any(|at| {
                around.home[at as usize] == at && around.set.get(&at).is_some_and(|set| set.contains(name))
            })
    }

    fn wrong(
        &self,
        reference: &Reference,
        tested: usize,
        place: Place,
        around: &Surroundings<'d>,
        findings: &mut Findings,
    ) -> Option<Wrong> {
        if let Some(message) = self.root_missing(&reference.root, place, around) {
            let help = self.root_help(&reference.root, place, around, findings);
            return Some(Wrong::error(message, help));
        }
        let keys: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        match reference.root.as_str() {
            "steps" => self.step_wrong(&keys, place, findings),
            "vars" => {
                let (name, scope) = (*keys.first()?, place.scope.unwrap_or(0));
                if self.has_variable(scope, name, around) || tested == 1 {
                    return None;
                }
                let message = format!(
                    "there is no variable `{name}`: it is neither in `vars` nor `set` by a step that is seen from here"
                );
                Some(Wrong::error(message, findings.suggest(name, self.variables(scope, around))))
            }
            "input" => self.input_wrong(&keys, tested, findings),
            "instance" => field_wrong("instance", &keys, &INSTANCE_FIELDS, findings),
            "error" => field_wrong("error", &keys, &ERROR_FIELDS, findings),
            _ => None,
        }
    }

    /// Says why a root is not there, if it is not.
    fn root_missing(&self, root: &str, place: Place, around: &Surroundings<'d>) -> Option<String> {
        let inside = |flags: &[bool]| place.scope.is_some_and(|scope| flags[scope as usize]);
        let (there, why) = match root {
            "input" | "instance" | "now" => (true, ""),
            "vars" => (
                place.roots.has(Roots::VARS),
                "the initial values of variables see only `input`, `instance` and `now`",
            ),
            "steps" => (place.scope.is_some(), "no step has run here"),
            "output" => (
                place.roots.has(Roots::OUTPUT),
                "it is there in `set` and `compensate` of a step, on its success edges, and in `while` and `until` of a loop",
            ),
            "error" => (place.roots.has(Roots::ERROR), "it is there on edges with `on: failure` or `any`"),
            "event" => (
                place.roots.has(Roots::EVENT),
                "it is there on edges with `on: signal` and in the `filter` of a signal",
            ),
            "item" | "index" => {
                let each = place.scope.is_some_and(|scope| around.each[scope as usize].is_some());
                (each, "it is there inside a `for_each`")
            }
            "iteration" => (
                place.roots.has(Roots::ITERATION) || inside(&around.in_loop),
                "it is there inside a `loop`; of a step it is `steps.ID.iteration`",
            ),
            root if COUNTS.contains(&root) => {
                (place.roots.has(Roots::COUNTS), "it is there in the `until` of a `for_each`")
            }
            root if TYPE_NAMES.contains(&root) || root == "uint" => (true, ""),
            _ => (false, ""),
        };
        match (there, why) {
            (true, _) => None,
            (false, "") => Some(format!("there is no `{root}` here")),
            (false, why) => Some(format!("there is no `{root}` here: {why}")),
        }
    }

    /// What was probably meant by a root that is not there.
    fn root_help(
        &self,
        root: &str,
        place: Place,
        around: &Surroundings<'d>,
        findings: &mut Findings,
    ) -> Option<String> {
        let scope = place.scope.unwrap_or(0);
        if place.scope.is_some() && self.layout.visible_step(scope, root).is_some() {
            return Some(format!("write `steps.{root}.output`"));
        }
        if place.roots.has(Roots::VARS) && self.has_variable(scope, root, around) {
            return Some(format!("write `vars.{root}`"));
        }
        let input = self.definition.input.as_ref().and_then(|schema| schema.get("properties"));
        if input.and_then(|properties| properties.get(root)).is_some() {
            return Some(format!("write `input.{root}`"));
        }
        let all = [
            "input",
            "vars",
            "steps",
            "instance",
            "now",
            "output",
            "error",
            "event",
            "item",
            "index",
            "iteration",
            "completed",
            "failed",
            "total",
            "outputs",
        ];
        let there =
            all.into_iter().filter(|name| *name != root && self.root_missing(name, place, around).is_none());
        findings.suggest(root, there)
    }

    fn step_wrong(&self, keys: &[&str], place: Place, findings: &mut Findings) -> Option<Wrong> {
        let (id, scope) = (*keys.first()?, place.scope?);
        if self.layout.visible_step(scope, id).is_none() {
            let message = format!("there is no step `{id}` in this scope or around it");
            let help = findings.suggest(id, self.layout.visible_ids(scope));
            return Some(Wrong::error(message, help));
        }
        let wrong = field_wrong(&format!("steps.{id}"), &keys[1..], &STEP_FIELDS, findings);
        match keys.get(1) {
            Some(&"error") => wrong
                .or_else(|| field_wrong(&format!("steps.{id}.error"), &keys[2..], &ERROR_FIELDS, findings)),
            _ => wrong,
        }
    }

    /// A field of the input that its schema does not know.
    fn input_wrong(&self, keys: &[&str], tested: usize, findings: &mut Findings) -> Option<Wrong> {
        let mut schema = self.definition.input.as_ref()?;
        let mut path = "input".to_owned();
        for (depth, key) in keys.iter().enumerate() {
            let object = schema.as_object()?;
            if object.keys().any(|word| OPENING.contains(&word.as_str())) {
                return None;
            }
            let properties = object.get("properties")?.as_object()?;
            if let Some(next) = properties.get(*key) {
                schema = next;
                path = format!("{path}.{key}");
                continue;
            }
            let closed = object.get("additionalProperties") == Some(&Value::Bool(false));
            if !closed && object.get("additionalProperties").is_some_and(Value::is_object)
                || tested == depth + 1
            {
                return None;
            }
            let message = format!("the schema of the input has no `{key}` in `{path}`");
            let help = findings.suggest(key, properties.keys().map(String::as_str));
            return Some(if closed {
                Wrong::error(message, help)
            } else {
                let help = help.or_else(|| {
                    Some("declare it in the schema, so that it is checked when an instance starts".to_owned())
                });
                Wrong { severity: Severity::Warning, message, help }
            });
        }
        None
    }

    /// What can never match by its types.
    fn types(&self, used: &Use, types: &Types<'_, '_>, findings: &mut Findings) {
        let known = types.known_to(used);
        let found = used.expression.check(&known);
        let mut mismatch = false;
        for finding in found {
            mismatch = true;
            let diagnostic = Diagnostic::warning(code::TYPE_MISMATCH, used.path.clone(), finding.message);
            findings.push_at(
                with_help(diagnostic, finding.help),
                used.offset.map(|offset| offset + finding.offset),
            );
        }
        if used.is_condition && !mismatch {
            let result = used.expression.result_type(&known);
            let may_hold =
                result.clone().alternatives().iter().any(|one| matches!(one, Type::Bool | Type::Dyn));
            if !may_hold {
                let message = format!("the condition gives {result}, which is no truth value");
                let help = "compare it with something, as in `x == 'yes'` or `x > 0`";
                let diagnostic =
                    Diagnostic::warning(code::CONDITION_NOT_BOOL, used.path.clone(), message).help(help);
                findings.push_at(diagnostic, used.offset);
            }
        }
    }
}

/// How many keys of a path the same expression asks for with `has(…)`, so that the last of them need not be there; 0
/// for none. In `has(vars.x) && vars.x.y > 1` both paths are tested up to `x`.
fn tested_keys(reference: &Reference, all: &[Reference]) -> usize {
    let same_way = |other: &&Reference| {
        other.tested && other.root == reference.root && reference.path.starts_with(&other.path)
    };
    all.iter().filter(same_way).map(|other| other.path.len()).min().unwrap_or(0)
}

/// Words of a schema that may allow fields which `properties` do not name.
const OPENING: [&str; 11] = [
    "$ref",
    "$dynamicRef",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "then",
    "else",
    "patternProperties",
    "dependentSchemas",
    "propertyNames",
];

/// A field that is none of those an object has.
fn field_wrong(of: &str, keys: &[&str], fields: &[&str], findings: &mut Findings) -> Option<Wrong> {
    let key = *keys.first()?;
    if fields.contains(&key) {
        return None;
    }
    let help = findings.suggest(key, fields.iter().copied());
    let help = help.or_else(|| Some(format!("there are `{}`", fields.join("`, `"))));
    Some(Wrong::error(format!("`{of}` has no `{key}`"), help))
}
