//! What the examples share with their tests.

pub mod loan_origination;

/// The program of the project's README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
