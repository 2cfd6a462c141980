//! The own fields of each type of step.

use super::map::Map;
use super::{Cx, Fault, Object, check, fields, object};
use crate::definition::tree::Shape;
use crate::definition::{
    Activity, Assign, Calendar, Call, Candidates, Decision, DecisionRule, Emit, End, EndError, ForEach,
    Group, Loop, SignalWait, Timer, Tolerate, UserTask, VersionRef, code,
};

fields!(Activity, "an activity", {
    required handler where check::filled;
    optional with;
    optional deadline;
    optional heartbeat;
    optional retry;
    optional queue where check::filled;
    optional priority;
    optional cost where check::not_negative;
    optional idempotent;
    optional check where check::filled;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| {
    let repeats = map.get("idempotent").is_none_or(|(_, node)| matches!(node.shape(), Shape::Bool(true)));
    if map.has("check") && repeats {
        let message = "`check` is only asked about activities with `idempotent: false`";
        map.report(cx, "check", Fault::warning(code::UNUSED_FIELD, message).help("write `idempotent: false`"));
    }
});

object!(Candidates, "the candidates", {
    defaulted roles where check::names;
    defaulted groups where check::names;
    defaulted users where check::names;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| map.at_least_one(cx, &["roles", "groups", "users"]));

object!(Calendar, "a calendar", {
    required zone where check::zone;
    defaulted days where check::days;
    required from where check::clock;
    required to where check::clock;
    defaulted holidays where check::dates;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| {
    // Times of day in this form compare as texts do.
    if let (Some(from), Some(to)) = (map.text("from"), map.text("to"))
        && from.len() == to.len()
        && from >= to
    {
        let message = format!("work ends at {to}, which is not after {from}");
        map.report(cx, "to", Fault::new(code::INVALID_VALUE, message).help("`from` and `to` are times of one day"));
    }
});

fields!(UserTask, "a user task", {
    optional role where check::filled;
    defaulted candidates;
    optional assignee where check::cel;
    defaulted routing;
    schema form;
    optional data;
    defaulted outcomes where check::names;
    defaulted priority;
    optional due;
    optional escalate;
    defaulted not_by;
    optional calendar;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| {
    map.exclusive(cx, &["role", "candidates"]);
    if !map.has("assignee") {
        map.at_least_one(cx, &["role", "candidates", "assignee"]);
    }
    if map.has("calendar") && !map.has("due") && !map.has("escalate") {
        let message = "`calendar` is only used for `due` and `escalate`";
        map.report(cx, "calendar", Fault::warning(code::UNUSED_FIELD, message));
    }
});

fields!(Timer, "a timer", {
    optional delay;
    optional until where check::timestamp;
    defaulted while_suspended;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| map.exactly_one(cx, &["delay", "until"]));

fields!(SignalWait, "a signal step", {
    required name where check::filled;
    optional correlate where check::cel;
    optional filter;
    defaulted early;
});

fields!(Emit, "an emit step", {
    required event where check::filled;
    optional data;
});

object!(DecisionRule, "a row of a decision", {
    optional when;
    required output;
});

fields!(Decision, "a decision", {
    required rules where check::some;
    defaulted hit;
    optional default;
});

impl Object for Assign {
    const WHAT: &'static str = "an assign step";
    const FIELDS: &'static [&'static str] = &[];

    fn read(_: &mut Cx<'_>, _: &Map<'_, '_>) -> Option<Self> {
        Some(Self {})
    }
}

fields!(VersionRef, "a version", {
    optional version where check::positive;
    optional label where check::filled;
});

/// By hand, because the fields of the version stand among the call's own.
impl Object for Call {
    const WHAT: &'static str = "a call";
    const FIELDS: &'static [&'static str] = &["flow", "version", "label", "with", "wait", "on_cancel"];

    fn read(cx: &mut Cx<'_>, map: &Map<'_, '_>) -> Option<Self> {
        let flow = map.required(cx, "flow", Some(check::flow_key));
        let version = VersionRef::read(cx, map);
        let with = map.optional(cx, "with", None);
        let wait = map.optional(cx, "wait", None);
        let on_cancel = map.defaulted(cx, "on_cancel", None);
        Some(Self { flow: flow?, version: version?, with: with?, wait: wait?, on_cancel: on_cancel? })
    }

    fn check(cx: &mut Cx<'_>, map: &Map<'_, '_>) {
        map.exclusive(cx, &["version", "label"]);
    }
}

fields!(Group, "a group", {
    required steps;
    defaulted edges;
    defaulted on_failure;
    optional output;
});

object!(Tolerate, "a tolerance", {
    optional failures;
    optional percent where check::percent;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| map.exactly_one(cx, &["failures", "percent"]));

fields!(ForEach, "a for_each", {
    required items where check::cel;
    required steps;
    defaulted edges;
    defaulted on_failure;
    optional concurrency where check::positive;
    defaulted tolerate;
    optional until;
    optional output;
    optional append where check::filled;
});

fields!(Loop, "a loop", {
    required steps;
    defaulted edges;
    defaulted on_failure;
    optional condition as "while";
    optional until;
    optional max_iterations where check::positive;
    optional output;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| map.exactly_one(cx, &["while", "until"]));

object!(EndError, "an error", {
    required code where check::filled;
    defaulted message;
});

fields!(End, "an end", {
    defaulted status;
    optional output;
    optional error;
    defaulted compensate;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| {
    if map.has("error") && map.text("status") != Some("failed") {
        let message = "`error` is for ends with `status: failed`";
        map.report(cx, "error", Fault::new(code::CONFLICTING_FIELDS, message).help("write `status: failed`"));
    }
});
