//! Questions to ask of a graph: levels, the critical path, what must come before what, which edges say nothing new.
//!
//! A [`View`] is made from a scope of a flow or from plain numbers. [`View::dag`] gives the questions that only a graph
//! without cycles can answer. Everything but [`Dag::redundant_edges`] is linear, or nearly so, and answers for 100,000
//! steps at once.

mod component;
mod dag;
mod dominator;
mod reduction;
mod schedule;
mod tree;
mod view;

pub use super::region::{Head, LoopRegion};
pub use dag::{Dag, Levels};
pub use schedule::{CriticalPath, Schedule};
pub use view::{AnalysisError, View};

pub(crate) use component::Components;
pub(crate) use dag::{topological_order, way_round};
pub(crate) use dominator::grow;
pub(crate) use tree::{Preorder, Tree};

use super::region::Loops;
