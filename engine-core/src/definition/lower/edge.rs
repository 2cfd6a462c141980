//! Edges, in their three ways of writing.

use super::map::{self, Map};
use super::{Cx, Fault, Lower, Path, check, fields, object};
use crate::definition::tree::{Node, Shape};
use crate::definition::{Edge, Need, Next, code};

macro_rules! edge {
    ($object:ident $type:ident, $what:literal, $($end:ident),+) => {
        $object!($type, $what, {
            $(required $end where check::filled;)+
            defaulted on;
            optional signal where check::filled;
            optional interrupt;
            optional when;
            defaulted otherwise as "else";
            defaulted back;
            optional max_iterations where check::positive;
        }, joint);
    };
}

edge!(object Edge, "an edge", from, to);
edge!(fields Next, "an outgoing edge", to);
edge!(fields Need, "an incoming edge", step);

/// A bare id stands for the edge without anything else.
macro_rules! bare {
    ($type:ident, $end:ident) => {
        impl Lower for $type {
            fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
                match node.shape() {
                    Shape::Text(id) if !id.trim().is_empty() => {
                        Some(Self { $end: id.to_owned(), ..Self::default() })
                    }
                    Shape::Map(_) => map::object(cx, node, path),
                    _ => {
                        cx.mismatch(
                            node,
                            path,
                            "the id of a step (a text), or a mapping with the fields of an edge",
                        );
                        None
                    }
                }
            }
        }
    };
}

bare!(Next, to);
bare!(Need, step);

/// What the fields of an edge must be together.
fn joint(cx: &mut Cx<'_>, map: &Map<'_, '_>) {
    let on = map.text("on").unwrap_or("success");
    if map.is_true("else") {
        map.exclusive(cx, &["else", "when"]);
        if on != "success" {
            let message = "`else` is for edges that listen to success";
            map.report(
                cx,
                "else",
                Fault::new(code::CONFLICTING_FIELDS, message).help("leave `else` or `on` out"),
            );
        }
    }
    if on == "signal" && !map.has("signal") {
        let fault =
            Fault::new(code::MISSING_FIELD, "`signal` is missing: the name of the signal listened to");
        cx.report(map.at, &map.path.key("signal"), fault);
    }
    for field in ["signal", "interrupt"].into_iter().filter(|field| on != "signal" && map.has(field)) {
        let message = format!("`{field}` is for edges with `on: signal`");
        map.report(cx, field, Fault::new(code::CONFLICTING_FIELDS, message).help("write `on: signal`"));
    }
}
