//! Durations, joins, and the policies that steps and flows share.

use super::map::{Map, listed, meant};
use super::value::shown;
use super::{Cx, Fault, Lower, Path, check, object};
use crate::definition::tree::{Node, Shape};
use crate::definition::{
    ActivityDefaults, Compensate, Defaults, Escalate, Join, Length, Retry, Sla, code, expression_in,
};

impl Lower for Length {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        match node.shape() {
            Shape::Text(text) => match expression_in(text) {
                Some(cel) => Some(Self::Expression(cel.to_owned())),
                None => fixed(cx, node, path, text),
            },
            Shape::Number(number) => {
                let message = format!("{} must be a duration, not the number {number}", path.name());
                let help = format!("write the unit as well: {number}s");
                cx.report(node.at(), path, Fault::new(code::WRONG_TYPE, message).help(help));
                None
            }
            _ => {
                cx.mismatch(node, path, "a duration");
                None
            }
        }
    }
}

fn fixed(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>, text: &str) -> Option<Length> {
    match text.parse() {
        Ok(span) => Some(Length::Fixed(span)),
        Err(_) => {
            let message = format!("{} is {}, which is not a duration", path.name(), shown(text));
            let help =
                "write 500ms, 30s, 5m, 2h, 1d or 1h30m, ISO 8601 such as PT30S or P2D, or ${ expression }";
            cx.report(node.at(), path, Fault::new(code::INVALID_DURATION, message).help(help));
            None
        }
    }
}

const JOINS: [&str; 4] = ["all", "every", "any", "each"];

impl Lower for Join {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
        match node.shape() {
            Shape::Text("all") => Some(Self::All),
            Shape::Text("every") => Some(Self::Every),
            Shape::Text("any") => Some(Self::Count(1)),
            Shape::Text("each") => Some(Self::Each),
            Shape::Text(text) => {
                let fault =
                    Fault::new(code::INVALID_VALUE, format!("{} cannot be {}", path.name(), shown(text)));
                cx.report(node.at(), path, fault.help(meant(text, &JOINS)));
                None
            }
            Shape::Number(_) => {
                let count = u32::lower(cx, node, path)?;
                if count == 0 {
                    let message = format!("{} must be 1 or more", path.name());
                    cx.report(node.at(), path, Fault::new(code::INVALID_VALUE, message));
                }
                (count > 0).then_some(Self::Count(count))
            }
            _ => {
                cx.mismatch(node, path, &format!("one of {}, or a number", listed(&JOINS)));
                None
            }
        }
    }
}

object!(Sla, "an sla", {
    optional target;
    optional warn;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| map.at_least_one(cx, &["target", "warn"]));

object!(Retry, "a retry policy", {
    optional attempts where check::positive;
    defaulted backoff;
    optional initial;
    optional max;
    optional factor where check::growth;
    optional jitter where check::share;
    defaulted only where check::names;
    defaulted except where check::names;
});

object!(Compensate, "a compensation", {
    required handler where check::filled;
    optional with;
    optional retry;
    optional timeout;
});

object!(Escalate, "an escalation", {
    required after;
    required to where check::filled;
});

object!(ActivityDefaults, "the defaults of activities", {
    optional timeout;
    optional deadline;
    optional heartbeat;
    optional retry;
    optional queue where check::filled;
});

object!(Defaults, "the defaults", {
    optional activity;
});
