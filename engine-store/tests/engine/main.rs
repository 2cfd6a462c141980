//! The engine on real stores.

mod basic;
mod support;
