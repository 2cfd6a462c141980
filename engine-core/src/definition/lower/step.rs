//! Steps and scopes.

use std::collections::BTreeMap;

use super::map::Map;
use super::value::shown;
use super::word::word;
use super::{Cx, Fault, Lower, Object, Path, check};
use crate::definition::tree::{List, Node, Shape};
use crate::definition::{Choose, Join, Losers, Step, StepKind, code};

/// The fields that every step may have.
const COMMON: &[&str] = &[
    "id",
    "type",
    "title",
    "description",
    "labels",
    "needs",
    "next",
    "choose",
    "join",
    "losers",
    "cancels",
    "set",
    "timeout",
    "sla",
    "compensate",
];

/// What steps may have that hold something of a pool while they are active.
const RESOURCES: &[&str] = &["resources"];

/// A type of step.
pub(super) struct Kind {
    pub(super) what: &'static str,
    pub(super) fields: &'static [&'static str],
    /// Whether such steps may have `resources`.
    pub(super) resources: bool,
    read: fn(&mut Cx<'_>, &Map<'_, '_>) -> Option<StepKind>,
}

/// What there is a table row for.
macro_rules! kinds {
    ($($name:literal $type:ident $wrap:expr, $resources:literal;)+) => {
        pub(super) const KINDS: &[(&str, &Kind)] = &[$((
            $name,
            &Kind {
                what: <crate::definition::$type as Object>::WHAT,
                fields: <crate::definition::$type as Object>::FIELDS,
                resources: $resources,
                read: |cx, map| {
                    crate::definition::$type::check(cx, map);
                    crate::definition::$type::read(cx, map).map($wrap)
                },
            },
        )),+];
    };
}

kinds! {
    "activity" Activity StepKind::Activity, true;
    "user_task" UserTask |task| StepKind::UserTask(Box::new(task)), false;
    "timer" Timer StepKind::Timer, false;
    "signal" SignalWait StepKind::Signal, false;
    "emit" Emit StepKind::Emit, false;
    "decision" Decision StepKind::Decision, false;
    "assign" Assign StepKind::Assign, false;
    "call" Call StepKind::Call, true;
    "group" Group StepKind::Group, true;
    "for_each" ForEach |each| StepKind::ForEach(Box::new(each)), true;
    "loop" Loop |repeat| StepKind::Loop(Box::new(repeat)), true;
    "end" End StepKind::End, false;
}

/// Whether steps of a type may hold something of pools.
pub(in crate::definition) fn may_hold_resources(name: &str) -> bool {
    KINDS.iter().any(|(kind, row)| *kind == name && row.resources)
}

/// The fields of every type, by the name that its schema has.
#[cfg(test)]
pub(super) fn tables() -> impl Iterator<Item = (String, Vec<&'static str>)> {
    KINDS.iter().map(|(name, kind)| {
        let resources = if kind.resources { RESOURCES } else { &[] };
        (format!("step_{name}"), [COMMON, kind.fields, resources].concat())
    })
}

/// The steps of a scope.
impl Lower for Vec<Step> {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        let Shape::List(list) = node.shape() else {
            cx.mismatch(node, path, "a list of steps");
            return None;
        };
        if list.is_empty() {
            let fault = Fault::new(code::INVALID_VALUE, "`steps` must have at least one step");
            cx.report(node.at(), path, fault);
        }
        if cx.scopes > cx.limits.scopes() {
            let message = format!("scopes are nested deeper than {} levels", cx.limits.scopes());
            let fault = Fault::new(code::TOO_DEEP, message)
                .help("make inner scopes flows of their own, and call them");
            cx.report(node.at(), path, fault);
            return None;
        }
        report_duplicate_ids(cx, list, path);
        cx.scopes += 1;
        let steps = lower_steps(cx, list, path);
        cx.scopes -= 1;
        steps
    }
}

fn lower_steps(cx: &mut Cx<'_>, list: List<'_>, path: &Path<'_>) -> Option<Vec<Step>> {
    let mut complete = !list.is_empty();
    let mut steps = Vec::new();
    for (at, node) in list.iter().enumerate() {
        if cx.steps >= cx.limits.steps {
            if cx.steps == cx.limits.steps {
                let message = format!("the flow has more than {} steps", cx.limits.steps);
                let fault = Fault::new(code::TOO_MANY_STEPS, message)
                    .help("split it into flows that call one another");
                cx.report(node.at(), &path.index(at), fault);
                cx.steps += 1;
            }
            return None;
        }
        cx.steps += 1;
        match lower_step(cx, node, &path.index(at)) {
            Some(step) => steps.push(step),
            None => complete = false,
        }
    }
    complete.then_some(steps)
}

fn report_duplicate_ids(cx: &mut Cx<'_>, list: List<'_>, path: &Path<'_>) {
    let mut seen: BTreeMap<&str, Option<u32>> = BTreeMap::new();
    for (at, step) in list.iter().enumerate() {
        let Shape::Map(fields) = step.shape() else { continue };
        let Some((_, id)) = fields.get("id") else { continue };
        let Shape::Text(text) = id.shape() else { continue };
        match seen.get(text) {
            None => drop(seen.insert(text, id.at())),
            Some(first) => {
                let fault = Fault::new(code::DUPLICATE_ID, format!("{} is the id of two steps", shown(text)));
                let help = match cx.sink.place(*first) {
                    Some((line, column)) => {
                        format!("the first one is at {line}:{column}; rename one of them")
                    }
                    None => "rename one of them".to_owned(),
                };
                cx.report(id.at(), &path.index(at).key("id"), fault.help(help));
            }
        }
    }
}

fn lower_step(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Step> {
    let map = Map::open(cx, node, path, "a step")?;
    let kind = lower_kind(cx, &map);
    report_effects(cx, &map);
    let id = map.required(cx, "id", Some(check::step_id));
    let title = map.optional(cx, "title", None);
    let description = map.optional(cx, "description", None);
    let labels = map.defaulted(cx, "labels", None);
    let needs = map.defaulted(cx, "needs", None);
    let next = map.defaulted(cx, "next", None);
    let choose: Option<Choose> = map.defaulted(cx, "choose", None);
    let join: Option<Join> = map.defaulted(cx, "join", None);
    let losers: Option<Losers> = map.defaulted(cx, "losers", None);
    let cancels = map.defaulted(cx, "cancels", None);
    let set = map.defaulted(cx, "set", None);
    let timeout = map.optional(cx, "timeout", None);
    let sla = map.optional(cx, "sla", None);
    let compensate = compensation(cx, &map);
    let resources = map.defaulted(cx, "resources", None);
    Some(Step {
        id: id?,
        kind: kind?,
        title: title?,
        description: description?,
        labels: labels?,
        needs: needs?,
        next: next?,
        choose: choose?,
        join: join?,
        losers: losers?,
        cancels: cancels?,
        set: set?,
        timeout: timeout?,
        sla: sla?,
        compensate: compensate?,
        resources: resources?,
    })
}

/// What the step does. Its fields are known once its type is; while that is not, all fields of all types are let be.
fn lower_kind(cx: &mut Cx<'_>, map: &Map<'_, '_>) -> Option<StepKind> {
    let Some((_, node)) = map.get("type") else {
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        let fault = Fault::new(code::MISSING_FIELD, "`type` is missing");
        cx.report(
            map.at,
            &map.path.key("type"),
            fault.help(format!("there are {}", super::map::listed(&names))),
        );
        refuse_unknown(cx, map, None);
        return None;
    };
    let kind = word(cx, node, &map.path.key("type"), code::UNKNOWN_TYPE, KINDS);
    refuse_unknown(cx, map, kind);
    (kind?.read)(cx, map)
}

fn refuse_unknown(cx: &mut Cx<'_>, map: &Map<'_, '_>, kind: Option<&Kind>) {
    match kind {
        Some(kind) if kind.resources => {
            map.refuse_unknown(cx, kind.what, &[kind.fields, COMMON, RESOURCES], |_| None);
        }
        Some(kind) => map.refuse_unknown(cx, kind.what, &[kind.fields, COMMON], belongs_to),
        None => {
            let mut tables = vec![COMMON, RESOURCES];
            tables.extend(KINDS.iter().map(|(_, kind)| kind.fields));
            map.refuse_unknown(cx, "a step", &tables, |_| Some("mend `type` first".to_owned()));
        }
    }
}

/// The types of steps that have a field.
fn belongs_to(field: &str) -> Option<String> {
    let has = |kind: &Kind| kind.fields.contains(&field) || kind.resources && RESOURCES.contains(&field);
    let names: Vec<&str> = KINDS.iter().filter(|(_, kind)| has(kind)).map(|(name, _)| *name).collect();
    (!names.is_empty()).then(|| format!("it belongs to steps of type {}", super::map::listed(&names)))
}

/// The activity that undoes the step. An end has a field of the same name with a meaning of its own.
fn compensation(cx: &mut Cx<'_>, map: &Map<'_, '_>) -> Option<Option<crate::definition::Compensate>> {
    match map.text("type") {
        Some("end") => Some(None),
        _ => map.optional(cx, "compensate", None),
    }
}

/// Reports what is wrong inside `set` and `resources`, and a `losers` that loses nothing.
fn report_effects(cx: &mut Cx<'_>, map: &Map<'_, '_>) {
    report_zeros(cx, map, "resources");
    if let Some((_, node)) = map.get("set")
        && let Shape::Map(fields) = node.shape()
    {
        let path = map.path.key("set");
        for (key, value) in fields.iter() {
            let Shape::Text(text) = value.shape() else { continue };
            if let Some(fault) = check::cel(&text.to_owned()) {
                let message = format!("{} {}", shown(key.name), fault.message);
                cx.report(value.at(), &path.key(key.name), Fault { message, ..fault });
            }
        }
    }
    let loses = map
        .get("join")
        .is_some_and(|(_, join)| matches!(join.shape(), Shape::Text("any") | Shape::Number(_)));
    if map.has("losers") && !loses {
        let message = "`losers` has no effect with this join: none of its branches loses";
        map.report(
            cx,
            "losers",
            Fault::warning(code::UNUSED_FIELD, message).help("write `join: any` or a number"),
        );
    }
}

/// Reports every number of a mapping that is 0.
pub(super) fn report_zeros(cx: &mut Cx<'_>, map: &Map<'_, '_>, key: &str) {
    let Some((_, node)) = map.get(key) else { return };
    let Shape::Map(fields) = node.shape() else { return };
    let path = map.path.key(key);
    for (name, value) in fields.iter() {
        if matches!(value.shape(), Shape::Number(number) if number.as_f64() == Some(0.0)) {
            let fault = Fault::new(code::INVALID_VALUE, format!("{} must be 1 or more", shown(name.name)));
            cx.report(value.at(), &path.key(name.name), fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_the_name_that_it_is_written_with() {
        for (name, kind) in KINDS {
            let step = serde_json::json!({"id": "x", "type": name});
            let mut cx = super::super::tests::cx();
            let map = Map::open(&mut cx, Node::Json(&step), &Path::Top, kind.what).unwrap();
            if let Some(read) = (kind.read)(&mut cx, &map) {
                assert_eq!(read.name(), *name);
            }
        }
    }
}
