//! Leases in their tables.

use flowwright::base::Timestamp;
use flowwright::store::{Lease, LeaseRequest, OwnerId};
use rusqlite::{Connection, params};

use super::error::Trouble;
use super::row;
use super::session::Session;
use crate::lease::{Shard, Shards};
use crate::sql::codec::{int, read_uuid};
use crate::sql::statement as sql;

/// What is done to the leases at a time.
type Change = fn(&mut Shards, &LeaseRequest, Timestamp) -> Vec<Lease>;

pub(super) fn claim(session: &mut Session<'_>, request: &LeaseRequest) -> Result<Vec<Lease>, Trouble> {
    change(session, request, Shards::claim)
}

pub(super) fn renew(session: &mut Session<'_>, request: &LeaseRequest) -> Result<Vec<Lease>, Trouble> {
    change(session, request, Shards::renew)
}

fn change(session: &mut Session<'_>, request: &LeaseRequest, change: Change) -> Result<Vec<Lease>, Trouble> {
    let now = session.now();
    let before = session.shards()?.clone();
    let mut after = before.clone();
    after.check(request)?;
    let held = change(&mut after, request, now);
    write(session, &before, after)?;
    Ok(held)
}

pub(super) fn release(session: &mut Session<'_>, owner: OwnerId, shards: &[u32]) -> Result<(), Trouble> {
    let before = session.shards()?.clone();
    let mut after = before.clone();
    after.release(owner, shards);
    write(session, &before, after)?;
    session.notify();
    Ok(())
}

/// The leases as the database has them.
pub(super) fn read(conn: &Connection) -> Result<Shards, Trouble> {
    let shards = row::all(&mut *conn.prepare_cached(sql::SHARDS)?, [], |row| {
        let owner = row.get::<_, Option<[u8; 16]>>(0)?;
        let owner = owner.map(|owner| read_uuid(&owner).map(OwnerId)).transpose()?;
        Ok(Shard { owner, fence: row::uint(row, 1)?, expires: row::time(row, 2)? })
    })?;
    let owners = row::all(&mut *conn.prepare_cached(sql::OWNERS)?, [], |row| {
        Ok((OwnerId(read_uuid(&row.get::<_, [u8; 16]>(0)?)?), row::time(row, 1)?))
    })?;
    Ok(Shards { shards, owners: owners.into_iter().collect() })
}

fn write(session: &mut Session<'_>, before: &Shards, after: Shards) -> Result<(), Trouble> {
    for (number, shard) in (0usize..).zip(&after.shards) {
        if before.shards.get(number) != Some(shard) {
            let owner = shard.owner.map(|owner| *owner.0.as_bytes());
            let params = params![number as i64, owner, int(shard.fence), shard.expires.millis()];
            session.prepared(sql::PUT_SHARD)?.execute(params)?;
        }
    }
    if before.owners != after.owners {
        session.prepared(sql::DELETE_OWNERS)?.execute([])?;
        for (owner, until) in &after.owners {
            session.prepared(sql::INSERT_OWNER)?.execute(params![owner.0.as_bytes(), until.millis()])?;
        }
    }
    *session.shards()? = after;
    Ok(())
}
