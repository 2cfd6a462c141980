//! How a database is used.

use std::fmt;

use crate::Clock;

/// How a PostgreSQL database is used. The defaults are for one that matters.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The schema that holds everything; it is created if it is not there (default `flowwright`). Several may be in one
    /// database, and know nothing of each other.
    pub schema: String,
    /// Whether the schema is created where it is not there (default true); otherwise that is `NotFound`.
    pub create: bool,
    /// Whether the URL leads to a pooler in transaction mode, such as PgBouncer (default false; `pooler=transaction` in
    /// the URL is stronger). Nothing is then expected of a connection from one transaction to the next.
    pub pooled: bool,
    /// Where the server itself is, `HOST:PORT`, when the URL leads to a pooler: notices need a connection of their own
    /// (`direct=HOST:PORT` in the URL is stronger). Without it, a pooled store is woken by the engine's polls only.
    pub direct: Option<String>,
    /// At most this many connections, besides the one that listens (default 8, at least 2). One of them
    /// writes. Opened when they are needed.
    pub connections: usize,
    /// Whether a commit may be lost when the server crashes, for more speed (default false). The database is never
    /// damaged either way.
    pub relaxed: bool,
    /// A clock to compare leases on, in place of the database's own. For tests that move the time: processes whose
    /// clocks disagree take each other's leases.
    pub clock: Option<Clock>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "flowwright".to_owned(),
            create: true,
            pooled: false,
            direct: None,
            connections: 8,
            relaxed: false,
            clock: None,
        }
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("schema", &self.schema)
            .field("create", &self.create)
            .field("pooled", &self.pooled)
            .field("direct", &self.direct)
            .field("connections", &self.connections)
            .field("relaxed", &self.relaxed)
            .finish_non_exhaustive()
    }
}
