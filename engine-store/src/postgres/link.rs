//! A connection from the pool, and how statements are sent on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::Object;

use super::error::Trouble;

/// A connection. Where a pooler stands between it and the server, each transaction may run in another session: nothing
/// is prepared, and each transaction begins with what is otherwise said once.
pub(super) struct Link {
    client: Object,
    set_up: Option<Arc<str>>,
    inside: AtomicBool,
}

impl Link {
    /// `set_up` is what each transaction begins with; none where the connection is a session.
    pub fn new(client: Object, set_up: Option<Arc<str>>) -> Self {
        Self { client, set_up, inside: AtomicBool::new(false) }
    }

    pub fn client(&self) -> &Object {
        &self.client
    }

    pub fn set_up(&self) -> Option<&str> {
        self.set_up.as_deref()
    }

    /// Whether a transaction was begun and not ended.
    pub fn is_inside(&self) -> bool {
        self.inside.load(Ordering::Relaxed)
    }

    pub fn inside(&self, inside: bool) {
        self.inside.store(inside, Ordering::Relaxed);
    }

    /// Several statements without parameters, inside a transaction.
    pub async fn run(&self, statements: &str) -> Result<(), Trouble> {
        Ok(self.client.batch_execute(statements).await?)
    }
}

/// A connection inside a transaction. One that is dropped there is closed, which ends the transaction; it is not used
/// again.
pub(super) struct Session(Option<Link>);

impl Session {
    pub fn new(link: Link) -> Self {
        Self(Some(link))
    }

    pub fn link(&self) -> Result<&Link, Trouble> {
        self.0.as_ref().ok_or_else(|| super::closed().into())
    }

    /// The transaction has ended: the connection can be used again.
    pub fn ended(mut self) -> Option<Link> {
        self.0.take()
    }

    /// Ends the transaction without a trace. What cannot be told so is closed.
    pub async fn roll_back(self) -> Option<Link> {
        let link = self.0.as_ref()?;
        link.run("ROLLBACK").await.ok()?;
        link.inside(false);
        self.ended()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(link) = self.0.take() {
            drop(Object::take(link.client));
        }
    }
}
