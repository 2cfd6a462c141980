//! Tests as a library: for this project's own packages and for those who write stores.

pub mod store_suite;
pub mod random;
