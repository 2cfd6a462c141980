//! `flowwright schema`.

use super::answer::{Answer, Exit};

/// The JSON Schema of definitions.
pub fn run() -> Answer {
    Answer::json(&flowwright::definition::json_schema(), Exit::Ok)
}
