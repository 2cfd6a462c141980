//! Which shards this process owns.

use std::sync::atomic::{AtomicU64, Ordering};

use super::env::Environment;
use crate::base::InstanceId;
use crate::store::FencingToken;

/// The shards of the database, and which of them this process owns. Read on every call; changed by the lease keeper.
pub(crate) struct ShardTable {
    /// The fencing token and 1; 0: another's or nobody's.
    fences: Box<[AtomicU64]>,
}

impl ShardTable {
    pub fn new(shards: u32) -> Self {
        Self { fences: (0..shards).map(|_| AtomicU64::new(0)).collect() }
    }

    /// How many shards the database has.
    pub fn len(&self) -> u32 {
        u32::try_from(self.fences.len()).unwrap_or(u32::MAX)
    }

    /// Whether this process owns a shard, and with which token.
    pub fn fence(&self, shard: u32) -> Option<FencingToken> {
        let value = self.fences.get(shard as usize)?.load(Ordering::Acquire);
        value.checked_sub(1).map(FencingToken)
    }

    pub fn set(&self, shard: u32, fence: Option<FencingToken>) {
        if let Some(slot) = self.fences.get(shard as usize) {
            slot.store(fence.map_or(0, |fence| fence.0.saturating_add(1)), Ordering::Release);
        }
    }

    /// The shards that this process owns.
    pub fn owned(&self) -> Vec<u32> {
        (0..self.len()).filter(|shard| self.fence(*shard).is_some()).collect()
    }

    /// Whether this process owns an instance.
    pub fn owns(&self, instance: InstanceId) -> bool {
        self.fence(instance.shard(self.len())).is_some()
    }

    /// A new id, of an instance that this process owns if it owns any.
    pub fn new_instance(&self, env: &dyn Environment) -> InstanceId {
        let draw = || InstanceId::new(env.new_id());
        let first = draw();
        if self.owns(first) {
            return first;
        }
        let tries = if self.owned().is_empty() { 0 } else { 16 * self.len() };
        (0..tries).map(|_| draw()).find(|id| self.owns(*id)).unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::SystemEnvironment;

    #[test]
    fn new_instances_belong_to_an_owned_shard() {
        let (table, env) = (ShardTable::new(16), SystemEnvironment::default());
        table.set(3, Some(FencingToken(0)));
        assert_eq!(table.owned(), [3]);
        for _ in 0..50 {
            assert_eq!(table.new_instance(&env).shard(16), 3);
        }
        table.set(3, None);
        assert!(!table.owns(table.new_instance(&env)));
    }
}
