//! What all parts of an open store share.

use flowwright::base::{Result, Timestamp};

use super::connect::{Connections, Target};
use super::error::Trouble;
use super::flight::ask;
use super::gather::Gather;
use super::link::Link;
use super::listen::News;
use super::migrate::migrate;
use super::param::params;
use super::row;
use super::schema::STEPS;
use crate::sql::migrate::APPLICATION_ID;
use crate::sql::statement as sql;

/// A database of the newest version, and the connections to it.
pub(super) struct Core {
    pub target: Target,
    pub pool: Connections,
    /// The number of the lock that is the line: no other program's, and no other schema's.
    pub line: i64,
    pub news: News,
    /// Those who wait for the row of an instance.
    pub gather: Gather,
}

impl Core {
    /// Brings the database to the newest version.
    pub async fn open(target: Target, pool: Connections) -> Result<Self, Trouble> {
        migrate(pool.get().await?, &target.options, STEPS).await?;
        let client = pool.get().await?;
        let place = "SELECT oid::bigint, gen_random_uuid()::text FROM pg_namespace WHERE nspname = $1";
        let rows = ask(&client, place, params![target.options.schema.clone()]).await?;
        let (oid, own) = match rows.first() {
            Some(row) => (row.try_get::<_, i64>(0)?, row.try_get(1)?),
            None => (0, String::new()),
        };
        let line = (i64::from(APPLICATION_ID) << 32) | oid;
        let news = News::new(&target, own)?;
        news.begin().await;
        Ok(Self { target, pool, line, news, gather: Gather::default() })
    }

    pub async fn client(&self) -> Result<Link, Trouble> {
        self.pool.get().await
    }

    /// The time that leases are compared on.
    pub async fn now(&self) -> Result<Timestamp, Trouble> {
        match &self.target.options.clock {
            Some(clock) => Ok(clock()),
            None => {
                let rows = ask(&self.client().await?, sql::CLOCK, Vec::new()).await?;
                Ok(row::first(&rows, |row| row::time(row, 0))?.unwrap_or(Timestamp::EPOCH))
            }
        }
    }
}
