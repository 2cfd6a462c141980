//! A transaction of the writer, and what it remembers between transactions.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flowwright::base::{InstanceId, Timestamp};
use rusqlite::{CachedStatement, Connection, Statement, params};

use super::error::Trouble;
use super::row;
use crate::Clock;
use crate::lease::Shards;
use crate::sql::codec::uint;
use crate::sql::statement as sql;

/// How many of the notices in the database are this process's own.
pub(super) type Noticed = Arc<AtomicU64>;

/// An instance as the writer knows it.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// Its number inside the database.
    pub n: i64,
    /// The last sequence number of its history.
    pub seq: u64,
}

/// The writer's connection inside a transaction.
///
/// What it remembers is right for as long as nobody else writes the file. Each transaction begins with a look at
/// SQLite's count of other connections' commits; when that has moved, what is remembered is read again before it is
/// used. Numbers of instances never change, so only sequence numbers and leases are affected.
pub(super) struct Session<'c> {
    pub conn: &'c Connection,
    /// The one statement that every commit runs, at hand without a look into the cache of statements.
    pub append: Statement<'c>,
    clock: Clock,
    /// Counts the transactions of others, as far as they were noticed.
    epoch: u64,
    data_version: i64,
    young: HashMap<InstanceId, (Known, u64)>,
    old: HashMap<InstanceId, (Known, u64)>,
    shards: Option<(Shards, u64)>,
    notice: bool,
    noticed: Noticed,
}

/// When this many instances are remembered, those that were not used since the last time are forgotten.
const MOST_KNOWN: usize = 65_536;

impl<'c> Session<'c> {
    pub fn new(conn: &'c Connection, clock: Clock, noticed: Noticed) -> rusqlite::Result<Self> {
        Ok(Self {
            conn,
            append: conn.prepare(sql::INSERT_HISTORY)?,
            clock,
            epoch: 0,
            data_version: -1,
            young: HashMap::new(),
            old: HashMap::new(),
            shards: None,
            notice: false,
            noticed,
        })
    }

    pub fn begin(&mut self) -> rusqlite::Result<()> {
        self.prepared("BEGIN IMMEDIATE")?.execute([])?;
        let version = self.prepared("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.data_version {
            self.data_version = version;
            self.epoch += 1;
        }
        Ok(())
    }

    pub fn commit(&mut self) -> rusqlite::Result<()> {
        if !std::mem::take(&mut self.notice) {
            return self.prepared("COMMIT")?.execute([]).map(drop);
        }
        self.prepared(sql::NOTICE)?.execute([])?;
        // Counted first: who looks in between takes it for too few of others, never for too many.
        self.noticed.fetch_add(1, Ordering::AcqRel);
        let done = self.prepared("COMMIT")?.execute([]).map(drop);
        if done.is_err() {
            self.noticed.fetch_sub(1, Ordering::AcqRel);
        }
        done
    }

    /// Gives the transaction up, and with it everything that was learnt in it.
    pub fn roll_back(&mut self) {
        if !self.conn.is_autocommit() {
            // One that cannot be rolled back makes the next BEGIN fail, after which it is tried again.
            let _failed = self.conn.execute_batch("ROLLBACK");
        }
        self.young.clear();
        self.old.clear();
        self.shards = None;
        self.notice = false;
    }

    pub fn prepared(&self, sql: &str) -> rusqlite::Result<CachedStatement<'c>> {
        self.conn.prepare_cached(sql)
    }

    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Lets other processes know of this transaction.
    pub fn notify(&mut self) {
        self.notice = true;
    }

    /// What is known of an instance; none if there is no such instance.
    pub fn locate(&mut self, id: InstanceId) -> Result<Option<Known>, Trouble> {
        let known = match self.remembered(id) {
            Some((known, epoch)) if epoch == self.epoch => return Ok(Some(known)),
            Some((known, _)) => {
                let seq =
                    self.prepared(sql::LAST_SEQ)?.query_row([known.n], |row| row.get::<_, Option<i64>>(0))?;
                Known { seq: uint(seq.unwrap_or(0)), ..known }
            }
            None => match self.look_up(id)? {
                Some(known) => known,
                None => return Ok(None),
            },
        };
        self.remember(id, known);
        Ok(Some(known))
    }

    /// What is remembered and certain, without a look into the database.
    pub fn certain(&self, id: InstanceId) -> Option<Known> {
        self.remembered(id).filter(|(_, epoch)| *epoch == self.epoch).map(|(known, _)| known)
    }

    pub fn remember(&mut self, id: InstanceId, known: Known) {
        if self.young.len() >= MOST_KNOWN {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, (known, self.epoch));
    }

    fn remembered(&self, id: InstanceId) -> Option<(Known, u64)> {
        self.young.get(&id).or_else(|| self.old.get(&id)).copied()
    }

    fn look_up(&self, id: InstanceId) -> Result<Option<Known>, Trouble> {
        row::first(&mut *self.prepared(sql::LOCATE)?, params![id.uuid().as_bytes()], |row| {
            Ok(Known { n: row.get(0)?, seq: uint(row.get::<_, Option<i64>>(1)?.unwrap_or(0)) })
        })
    }

    /// The leases, as they are now.
    pub fn shards(&mut self) -> Result<&mut Shards, Trouble> {
        let fresh = match self.shards.take() {
            Some((shards, epoch)) if epoch == self.epoch => shards,
            _ => super::lease::read(self.conn)?,
        };
        Ok(&mut self.shards.insert((fresh, self.epoch)).0)
    }
}
