//! The compiled form: what is refused, how steps are laid out, what the questions answer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is how a failure is told")]

#[path = "graph/analysis.rs"]
mod analysis;
#[path = "graph/big.rs"]
mod big;
#[path = "graph/dags.rs"]
mod dags;
#[path = "graph/diagnostics.rs"]
mod diagnostics;
#[path = "graph/joins.rs"]
mod joins;
#[path = "graph/layout.rs"]
mod layout;
#[path = "graph/names.rs"]
mod names;
#[path = "graph/random.rs"]
mod random;
#[path = "graph/regions.rs"]
mod regions;
#[path = "graph/render.rs"]
mod render;
#[path = "graph/support.rs"]
mod support;
#[path = "graph/wfcommons.rs"]
mod wfcommons;
