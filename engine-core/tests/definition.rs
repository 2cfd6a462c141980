//! Definitions: reading, diagnosing, writing and building them.

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
