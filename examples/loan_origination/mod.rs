//! A purchase-mortgage journey over 1,989 real applications. `README.md` beside this file tells what it does and how
//! to run it.

pub mod agreement;
pub mod books;
pub mod data;
pub mod journey;
pub mod judgement;
pub mod people;
pub mod report;
pub mod services;

/// The journey, as a flow.
pub const DEFINITION: &str = include_str!("definition.yaml");
