//! Leases on shards.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::{Span, Timestamp};

/// Proof that a lease is current. Grows with every change of owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FencingToken(pub u64);

/// One running engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OwnerId(pub Uuid);

/// What an owner asks for.
#[derive(Clone, Debug)]
pub struct LeaseRequest {
    /// Who asks.
    pub owner: OwnerId,
    /// How many shards the database has. Fixed when it is created; another number is `InvalidArgument`.
    pub shards: u32,
    /// How many shards it would like to hold in all.
    pub want: u32,
    /// For how long, on the store's clock.
    pub length: Span,
}

/// The right to write a shard's instances for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The shard.
    pub shard: u32,
    /// The proof.
    pub fence: FencingToken,
    /// When it ends, on the store's clock.
    pub expires: Timestamp,
}
