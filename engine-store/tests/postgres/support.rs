//! A schema of its own for each test, on one server for all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use flowwright::base::{Span, Timestamp};
use flowwright::store::Store;
use flowwright::testing::store_suite::Fixture;
use flowwright_store::{Clock, MemoryStore, PostgresOptions, PostgresStore};
use testing_postgres::Server;

/// A schema.
pub struct Place {
    pub url: String,
    pub schema: String,
    millis: Arc<AtomicI64>,
}

impl Place {
    /// None where there is no server; that has been said.
    pub fn new() -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let url = Server::shared()?.url();
        let schema = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Some(Self { url, schema, millis: Arc::new(AtomicI64::new(1_000_000)) })
    }

    /// Behind a pooler in transaction mode, with a way around it for notices.
    pub fn pooled() -> Option<Self> {
        let server = Server::shared()?.socket();
        let folder = server.parent().unwrap().display().to_string();
        let url = format!("{}&direct={}", super::pooler::url(&server), folder.replace('/', "%2F"));
        Some(Self { url, ..Self::new()? })
    }

    /// With a clock that moves only when it is told to.
    pub fn options(&self) -> PostgresOptions {
        let millis = Arc::clone(&self.millis);
        let clock: Clock = Arc::new(move || Timestamp::from_millis(millis.load(Ordering::SeqCst)));
        PostgresOptions {
            schema: self.schema.clone(),
            connections: 4,
            clock: Some(clock),
            ..Default::default()
        }
    }
}

#[async_trait]
impl Fixture for Place {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(PostgresStore::connect_with(&self.url, self.options()).await.unwrap())
    }

    fn advance(&self, by: Span) -> bool {
        self.millis.fetch_add(by.millis().cast_signed(), Ordering::SeqCst);
        true
    }
}

/// Lets a case pass that cannot be run.
pub fn skip() -> Arc<dyn Fixture> {
    struct Memory(MemoryStore);
    #[async_trait]
    impl Fixture for Memory {
        async fn open(&self) -> Arc<dyn Store> {
            Arc::new(self.0.reopen())
        }
    }
    Arc::new(Memory(MemoryStore::new()))
}
