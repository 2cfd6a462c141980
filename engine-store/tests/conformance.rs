//! Every store against the contract: one test for each case and store.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use flowwright::base::{Span, Timestamp};
use flowwright::store::Store;
use flowwright::testing::store_suite::Fixture;
use flowwright_store::{Clock, FakeDisk, FaultPlan, FaultStore, MemoryStore, SqliteOptions, SqliteStore};

/// A clock that moves only when it is told to.
#[derive(Clone, Default)]
struct HandClock(Arc<AtomicI64>);

impl HandClock {
    fn clock(&self) -> Clock {
        let millis = self.0.clone();
        Arc::new(move || Timestamp::from_millis(1_000_000 + millis.load(Ordering::SeqCst)))
    }

    fn advance(&self, by: Span) -> bool {
        self.0.fetch_add(by.millis().cast_signed(), Ordering::SeqCst);
        true
    }
}

/// Opens stores through a closure.
struct Opened<F> {
    open: F,
    clock: HandClock,
}

#[async_trait]
impl<F: Fn() -> Arc<dyn Store> + Send + Sync> Fixture for Opened<F> {
    async fn open(&self) -> Arc<dyn Store> {
        (self.open)()
    }

    fn advance(&self, by: Span) -> bool {
        self.clock.advance(by)
    }
}

fn fixture<F: Fn() -> Arc<dyn Store> + Send + Sync + 'static>(
    make: impl FnOnce(Clock) -> F,
) -> Arc<dyn Fixture> {
    let clock = HandClock::default();
    Arc::new(Opened { open: make(clock.clock()), clock })
}

mod memory {
    use super::*;

    fn memory() -> Arc<dyn Fixture> {
        fixture(|clock| {
            let store = MemoryStore::with_clock(clock);
            move || Arc::new(store.reopen())
        })
    }

    flowwright::store_suite_tests!(memory());
}

mod fake_disk {
    use super::*;

    fn fake_disk() -> Arc<dyn Fixture> {
        fixture(|clock| {
            let disk = FakeDisk::new(clock);
            move || Arc::new(disk.open())
        })
    }

    flowwright::store_suite_tests!(fake_disk());
}

/// Without faults the wrapper changes nothing.
mod fault_free {
    use super::*;

    fn fault_free() -> Arc<dyn Fixture> {
        fixture(|clock| {
            let store = MemoryStore::with_clock(clock);
            move || Arc::new(FaultStore::new(Arc::new(store.reopen()), FaultPlan::default()))
        })
    }

    flowwright::store_suite_tests!(fault_free());
}

mod sqlite {
    use super::*;

    fn sqlite() -> Arc<dyn Fixture> {
        fixture(|clock| {
            let folder = tempfile::tempdir().unwrap();
            move || {
                let options = SqliteOptions { clock: clock.clone(), readers: 2, ..SqliteOptions::default() };
                Arc::new(SqliteStore::open_with(folder.path().join("app.db"), options).unwrap())
            }
        })
    }

    flowwright::store_suite_tests!(sqlite());
}
