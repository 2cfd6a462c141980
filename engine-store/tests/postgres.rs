//! The PostgreSQL store on a real server.

#![cfg(feature = "postgres")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

#[path = "postgres/pooler.rs"]
mod pooler;
#[path = "postgres/schema.rs"]
mod schema;
#[path = "postgres/support.rs"]
mod support;
#[path = "postgres/tls.rs"]
mod tls;

mod conformance {
    use std::sync::Arc;

    use flowwright::testing::store_suite::Fixture;

    use super::support::Place;

    fn postgres() -> Arc<dyn Fixture> {
        match Place::new() {
            Some(place) => Arc::new(place),
            None => super::support::skip(),
        }
    }

    flowwright::store_suite_tests!(postgres());
}

/// The same behind a pooler in transaction mode.
mod pooled {
    use std::sync::Arc;

    use flowwright::testing::store_suite::Fixture;

    use super::support::Place;

    fn pooled() -> Arc<dyn Fixture> {
        match Place::pooled() {
            Some(place) => Arc::new(place),
            None => super::support::skip(),
        }
    }

    flowwright::store_suite_tests!(pooled());
}
