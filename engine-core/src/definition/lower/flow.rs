//! The document itself.

use super::map::Map;
use super::{Cx, check, object, step};
use crate::definition::Definition;

object!(Definition, "a flow", {
    required flow where check::flow_key;
    optional title;
    optional description;
    defaulted labels;
    schema input;
    defaulted vars;
    optional output;
    defaulted on_failure;
    optional timeout;
    optional sla;
    defaulted pools;
    defaulted defaults;
    required steps;
    defaulted edges;
}, |cx: &mut Cx<'_>, map: &Map<'_, '_>| step::report_zeros(cx, map, "pools"));
