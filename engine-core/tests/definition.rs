//! Definitions: reading, diagnosing, writing and building them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "definition/builder.rs"]
mod builder;
#[path = "definition/golden.rs"]
mod golden;
#[path = "definition/hostile.rs"]
mod hostile;
#[path = "definition/mistakes.rs"]
mod mistakes;
#[path = "definition/places.rs"]
mod places;
#[path = "definition/round_trip.rs"]
mod round_trip;
#[path = "definition/rules.rs"]
mod rules;
#[path = "definition/schema.rs"]
mod schema;
