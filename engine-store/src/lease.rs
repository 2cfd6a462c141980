//! Who gets which shard: the rules, without a place where leases are kept. Every store applies them to its own rows.

use std::collections::BTreeMap;

use flowwright::base::{Error, ErrorKind, Result, Timestamp};
use flowwright::store::{FencingToken, Lease, LeaseRequest, OwnerId};

/// More shards than this are a mistake.
const MOST_SHARDS: u32 = 65_536;

/// What is known of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    pub owner: Option<OwnerId>,
    /// The newest token; 0: never leased.
    pub fence: u64,
    pub expires: Timestamp,
}

/// The shards of a database by number, and the owners that asked lately with the end of what they asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shards {
    pub shards: Vec<Shard>,
    pub owners: BTreeMap<OwnerId, Timestamp>,
}

impl Shards {
    /// The newest token of a shard.
    pub fn fence(&self, shard: u32) -> u64 {
        self.shards.get(shard as usize).map_or(0, |shard| shard.fence)
    }

    /// Fixes the number of shards at the first request, and holds later ones to it.
    pub fn check(&mut self, request: &LeaseRequest) -> Result<()> {
        if request.shards == 0 || request.shards > MOST_SHARDS {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("a database has 1 to {MOST_SHARDS} shards, not {}", request.shards),
            ));
        }
        if self.shards.is_empty() {
            let free = Shard { owner: None, fence: 0, expires: Timestamp::EPOCH };
            self.shards = vec![free; request.shards as usize];
        }
        if self.shards.len() == request.shards as usize {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::InvalidArgument,
            "the number of shards was fixed when the database was first used: configure the same number",
        )
        .with("database", self.shards.len())
        .with("asked for", request.shards))
    }

    /// Keeps what the owner has, and takes free and expired shards until it has as many as it wants.
    pub fn claim(&mut self, request: &LeaseRequest, now: Timestamp) -> Vec<Lease> {
        let until = now + request.length;
        let mut held = self.renew(request, now).len();
        for shard in &mut self.shards {
            let free = shard.owner.is_none() || (shard.expires <= now && shard.owner != Some(request.owner));
            if free && held < request.want as usize {
                *shard = Shard { owner: Some(request.owner), fence: shard.fence + 1, expires: until };
                held += 1;
            }
        }
        self.held(request.owner)
    }

    /// Renews what the owner still has: also what has expired, as long as nobody took it.
    pub fn renew(&mut self, request: &LeaseRequest, now: Timestamp) -> Vec<Lease> {
        let until = now + request.length;
        self.owners.retain(|_, end| *end > now);
        if request.want > 0 {
            self.owners.insert(request.owner, until);
        }
        for shard in self.shards.iter_mut().filter(|shard| shard.owner == Some(request.owner)) {
            shard.expires = until;
        }
        self.held(request.owner)
    }

    /// Gives shards back. An owner that has none left is forgotten.
    pub fn release(&mut self, owner: OwnerId, shards: &[u32]) {
        for number in shards {
            if let Some(shard) =
                self.shards.get_mut(*number as usize).filter(|shard| shard.owner == Some(owner))
            {
                shard.owner = None;
                shard.expires = Timestamp::EPOCH;
            }
        }
        if self.held(owner).is_empty() {
            self.owners.remove(&owner);
        }
    }

    /// The owners that are about, and how many shards each holds.
    pub fn owners(&self, now: Timestamp) -> Vec<(OwnerId, u32)> {
        let count = |owner| self.shards.iter().filter(|shard| shard.owner == Some(owner)).count();
        self.owners
            .iter()
            .filter(|(_, end)| **end > now)
            .map(|(owner, _)| (*owner, u32::try_from(count(*owner)).unwrap_or(u32::MAX)))
            .collect()
    }

    fn held(&self, owner: OwnerId) -> Vec<Lease> {
        (0..).zip(&self.shards).filter(|(_, shard)| shard.owner == Some(owner)).map(lease).collect()
    }
}

fn lease((number, shard): (u32, &Shard)) -> Lease {
    Lease { shard: number, fence: FencingToken(shard.fence), expires: shard.expires }
}
