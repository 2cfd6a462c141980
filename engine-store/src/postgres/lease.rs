//! Leases in their tables.

use flowwright::base::Timestamp;
use flowwright::store::{Lease, LeaseRequest, OwnerId};

use super::core::Core;
use super::error::Trouble;
use super::flight::Flight;
use super::link::{Link, Session};
use super::param::params;
use super::row::{self, Id};
use crate::lease::{Shard, Shards};
use crate::sql::codec::int;
use crate::sql::statement as sql;

/// How often a change is run again that another one got in the way of.
const MOST_CLASHES: u32 = 5;

/// What is done to the leases at a time.
type Change = fn(&mut Shards, &LeaseRequest, Timestamp) -> Vec<Lease>;

pub(super) async fn claim(core: &Core, request: &LeaseRequest) -> Result<Vec<Lease>, Trouble> {
    change(core, |shards, now| asked(shards, request, now, Shards::claim)).await
}

pub(super) async fn renew(core: &Core, request: &LeaseRequest) -> Result<Vec<Lease>, Trouble> {
    change(core, |shards, now| asked(shards, request, now, Shards::renew)).await
}

fn asked(
    shards: &mut Shards,
    request: &LeaseRequest,
    now: Timestamp,
    change: Change,
) -> Result<Vec<Lease>, Trouble> {
    shards.check(request)?;
    Ok(change(shards, request, now))
}

pub(super) async fn release(core: &Core, owner: OwnerId, given: &[u32]) -> Result<(), Trouble> {
    let release = |shards: &mut Shards, _| {
        shards.release(owner, given);
        Ok(())
    };
    change(core, release).await?;
    core.news.tell();
    Ok(())
}

pub(super) async fn owners(core: &Core) -> Result<Vec<(OwnerId, u32)>, Trouble> {
    let now = core.now().await?;
    let client = core.client().await?;
    let mut flight = Flight::of_one_moment();
    let places = questions(&mut flight);
    flight.commit();
    let answers = flight.send(&client).await?;
    Ok(read(&answers, places)?.owners(now))
}

async fn change<T>(
    core: &Core,
    change: impl Fn(&mut Shards, Timestamp) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let mut clashes = 0;
    loop {
        let session = Session::new(core.client().await?);
        let trouble = match attempt(core, session.link()?, &change).await {
            Ok(answer) => {
                drop(session.ended());
                return Ok(answer);
            }
            Err(trouble) => trouble,
        };
        drop(session.roll_back().await);
        clashes += 1;
        if !trouble.is_clash() || clashes > MOST_CLASHES {
            return Err(trouble);
        }
    }
}

async fn attempt<T>(
    core: &Core,
    client: &Link,
    change: impl Fn(&mut Shards, Timestamp) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let mut flight = Flight::begin("BEGIN ISOLATION LEVEL READ COMMITTED");
    flight.add(sql::LOCK_LEASES, Vec::new());
    let places = questions(&mut flight);
    let clock = flight.add(sql::CLOCK, Vec::new());
    let answers = flight.send(client).await?;
    let before = read(&answers, places)?;
    let now = match &core.target.options.clock {
        Some(clock) => clock(),
        None => row::first(&answers[clock], |row| row::time(row, 0))?.unwrap_or(Timestamp::EPOCH),
    };
    let mut after = before.clone();
    let answer = change(&mut after, now)?;
    let mut flight = Flight::default();
    write(&mut flight, &before, &after);
    flight.commit();
    flight.send(client).await?;
    Ok(answer)
}

fn questions(flight: &mut Flight<'_>) -> (usize, usize) {
    (flight.add(sql::SHARDS, Vec::new()), flight.add(sql::OWNERS, Vec::new()))
}

fn read(answers: &[Vec<tokio_postgres::Row>], (shards, owners): (usize, usize)) -> Result<Shards, Trouble> {
    let shards = row::all(&answers[shards], |row| {
        let owner = row.try_get::<_, Option<Id>>(0)?.map(|owner| OwnerId(owner.0));
        Ok(Shard { owner, fence: row::uint(row, 1)?, expires: row::time(row, 2)? })
    })?;
    let owners =
        row::all(&answers[owners], |row| Ok((OwnerId(row.try_get::<_, Id>(0)?.0), row::time(row, 1)?)))?;
    Ok(Shards { shards, owners: owners.into_iter().collect() })
}

fn write(flight: &mut Flight<'_>, before: &Shards, after: &Shards) {
    let moved: Vec<(i64, &Shard)> = (0..)
        .zip(&after.shards)
        .filter(|(n, shard)| before.shards.get(*n as usize) != Some(*shard))
        .collect();
    if moved.iter().any(|(n, shard)| before.shards.get(*n as usize).map(|old| old.fence) != Some(shard.fence))
    {
        flight.add(sql::LOCK_OWNERSHIP, Vec::new());
    }
    if !moved.is_empty() {
        flight.add(
            sql::PUT_SHARDS,
            params![
                moved.iter().map(|(n, _)| *n).collect::<Vec<_>>(),
                moved.iter().map(|(_, shard)| shard.owner.map(|owner| Id(owner.0))).collect::<Vec<_>>(),
                moved.iter().map(|(_, shard)| int(shard.fence)).collect::<Vec<_>>(),
                moved.iter().map(|(_, shard)| shard.expires.millis()).collect::<Vec<_>>(),
            ],
        );
    }
    if before.owners != after.owners {
        flight.add(sql::DELETE_OWNERS, Vec::new());
        for (owner, until) in &after.owners {
            flight.add(sql::INSERT_OWNER, params![Id(owner.0), until.millis()]);
        }
    }
}
