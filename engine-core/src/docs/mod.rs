//! Long-form pages: the language, the architecture, determinism, running it.

/// The flow language: every field, every rule, and what was decided where a rule left room.
#[doc = include_str!("language.md")]
pub mod language {}

/// What the parts are, what each may know, and why.
#[doc = include_str!("architecture.md")]
pub mod architecture {}

/// What is an input, what is recorded, and what may never be read.
#[doc = include_str!("determinism.md")]
pub mod determinism {}

/// One process or many, what happens when one dies, what bounds there are.
#[doc = include_str!("operate.md")]
pub mod operate {}
