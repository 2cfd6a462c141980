//! Keeping the leases on shards.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Shared;
use super::mailbox::Message;
use crate::base::Result;
use crate::store::{FencingToken, LeaseRequest, OwnerId};

/// Renews this process's leases and takes free shards, apart from everything that could hold it up.
pub(crate) struct LeaseKeeper {
    pub owner: OwnerId,
    /// Somebody found that a lease is lost, or may be free.
    pub look: Notify,
}

impl LeaseKeeper {
    pub const fn new(owner: OwnerId) -> Self {
        Self { owner, look: Notify::const_new() }
    }

    fn request(&self, shared: &Shared) -> LeaseRequest {
        let shards = shared.config.shards;
        LeaseRequest {
            owner: self.owner,
            shards,
            want: shared.config.want_shards.unwrap_or(shards).min(shards),
            length: shared.config.lease,
        }
    }

    /// Claims once, and tells the workers what has changed.
    ///
    /// # Errors
    /// What the store gives; nothing has changed then.
    pub async fn claim(&self, shared: &Shared) -> Result<()> {
        let leases = shared.store.claim(&self.request(shared)).await?;
        let mut held: Vec<Option<FencingToken>> = vec![None; shared.config.shards as usize];
        for lease in leases {
            if let Some(slot) = held.get_mut(lease.shard as usize) {
                *slot = Some(lease.fence);
            }
        }
        for (shard, fence) in (0..).zip(held) {
            self.change(shared, shard, fence);
        }
        Ok(())
    }

    fn change(&self, shared: &Shared, shard: u32, fence: Option<FencingToken>) {
        let before = shared.shards.fence(shard);
        if before == fence {
            return;
        }
        let worker = shared.mailboxes.worker_of(shard);
        shared.shards.set(shard, fence);
        if before.is_some() {
            shared.mailboxes.send(worker, Message::Lost { shard });
        }
        if let Some(fence) = fence {
            shared.mailboxes.send(worker, Message::Gained { shard, fence });
        }
    }

    /// Gives a shard up, as far as this process goes: its lease turned out to be lost. If it is not, the next claim
    /// brings it back, and everything of it is read again.
    pub fn lost(&self, shared: &Shared, shard: u32) {
        self.change(shared, shard, None);
        self.look.notify_one();
    }

    /// Keeps the leases until it is dropped.
    pub async fn run(self: Arc<Self>, shared: Arc<Shared>) {
        let length = shared.config.lease.to_std();
        let mut renewed = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = self.look.notified() => tokio::time::sleep(Duration::from_millis(5)).await,
                () = tokio::time::sleep(length / 3) => {}
            }
            let asked = Instant::now();
            match self.claim(&shared).await {
                Ok(()) => renewed = asked,
                Err(error) => {
                    tracing::warn!(%error, "the leases could not be renewed");
                    if renewed.elapsed() >= length {
                        (0..shared.config.shards).for_each(|shard| self.change(&shared, shard, None));
                    }
                }
            }
        }
    }
}
