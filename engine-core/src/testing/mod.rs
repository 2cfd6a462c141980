//! Tests as a library: for this project's own packages and for those who write stores.

pub mod random;
pub mod store_suite;
