//! What the examples share with their tests.

pub mod loan_origination;
