//! Drawings of a flow: Mermaid, DOT, JSON.
//!
//! The three show the same: steps as shapes by their type, scopes as boxes around their steps, conditions as words on
//! the edges, edges that go back and edges taken on failure in a style of their own. Two renderings of one definition
//! are equal byte for byte.

mod dot;
mod json;
mod label;
mod mermaid;

pub use dot::dot;
pub use json::{Drawing, DrawnEdge, DrawnRegion, DrawnScope, DrawnStep, drawing};
pub use mermaid::mermaid;
