//! Keeping the leases on shards.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
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
    /// Shards that are being given to others: they count as lost already.
    leaving: Mutex<BTreeSet<u32>>,
    /// Until then nobody else can have this process's shards: counted from before the last claim.
    until: Mutex<Instant>,
    /// Not before this are shards given away again.
    rests_until: Mutex<Option<Instant>>,
}

/// How long a shard may take to become idle. One that does not is kept.
const HANDOVER: Duration = Duration::from_secs(10);
/// The pause after a shard did not become idle.
const REST: Duration = Duration::from_secs(60);

impl LeaseKeeper {
    pub fn new(owner: OwnerId) -> Self {
        let (look, until) = (Notify::const_new(), Mutex::new(Instant::now()));
        Self { owner, look, leaving: Mutex::default(), until, rests_until: Mutex::default() }
    }

    /// Whether the leases have not ended yet, also where no word of that can have come: while a claim is under way, or
    /// the process was stopped.
    pub fn last(&self) -> bool {
        Instant::now() < *self.until.lock()
    }

    fn request(&self, shared: &Shared, share: u32) -> LeaseRequest {
        LeaseRequest {
            owner: self.owner,
            shards: shared.config.shards,
            want: shared.config.want_shards.unwrap_or(share).min(shared.config.shards),
            length: shared.config.lease,
        }
    }

    /// How many shards this process has when all that are about have alike.
    async fn share(&self, shared: &Shared) -> Result<u32> {
        let owners = shared.store.owners().await?;
        let others = owners.iter().filter(|(owner, _)| *owner != self.owner).count();
        shared.offers.others(others);
        let all = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1);
        Ok(shared.config.shards.div_ceil(all))
    }

    /// Claims once, and tells the workers what has changed.
    ///
    /// # Errors
    /// What the store gives; nothing has changed then.
    pub async fn claim(&self, shared: &Shared) -> Result<()> {
        let asked = Instant::now();
        let share = self.share(shared).await?;
        let leases = shared.store.claim(&self.request(shared, share)).await?;
        *self.until.lock() = asked + shared.config.lease.to_std();
        let mut held: Vec<Option<FencingToken>> = vec![None; shared.config.shards as usize];
        for lease in leases {
            if let Some(slot) = held.get_mut(lease.shard as usize) {
                *slot = Some(lease.fence);
            }
        }
        let leaving = self.leaving.lock().clone();
        for (shard, fence) in (0..).zip(held) {
            if !leaving.contains(&shard) {
                self.change(shared, shard, fence);
            }
        }
        if shared.config.want_shards.is_none() {
            self.spread(shared, share as usize);
        }
        Ok(())
    }

    /// Gives away what is more than this process's share.
    fn spread(&self, shared: &Shared, share: usize) {
        let owned = shared.shards.owned();
        let rests = self.rests_until.lock().is_some_and(|until| until > Instant::now());
        if rests || owned.len() <= share {
            return;
        }
        for shard in owned.into_iter().skip(share) {
            self.give_away(shared, shard);
        }
    }

    /// Shards that are being given to others, and are this process's still.
    pub fn leaving(&self) -> Vec<u32> {
        self.leaving.lock().iter().copied().collect()
    }

    fn give_away(&self, shared: &Shared, shard: u32) {
        self.leaving.lock().insert(shard);
        // From now on calls go to the inbox, where the next owner finds them.
        shared.shards.set(shard, None);
        let (idle, is_idle) = oneshot::channel();
        let worker = shared.mailboxes.worker_of(shard);
        shared.mailboxes.send(worker, Message::GiveAway { shard, idle });
        let (leases, store) = (Arc::clone(&shared.leases), Arc::clone(&shared.store));
        shared.spawn(async move {
            match tokio::time::timeout(HANDOVER, is_idle).await {
                Ok(Ok(())) => {
                    if let Err(error) = store.release(leases.owner, &[shard]).await {
                        tracing::warn!(%error, shard, "a shard could not be released; its lease will end");
                    }
                }
                // It has work that takes long, or is lost already. The next claim tells which.
                Ok(Err(_)) | Err(_) => *leases.rests_until.lock() = Some(Instant::now() + REST),
            }
            leases.leaving.lock().remove(&shard);
        });
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
        loop {
            tokio::select! {
                biased;
                () = self.look.notified() => tokio::time::sleep(Duration::from_millis(5)).await,
                () = tokio::time::sleep(length / 3) => {}
            }
            if let Err(error) = self.claim(&shared).await {
                tracing::warn!(%error, "the leases could not be renewed");
                if !self.last() {
                    (0..shared.config.shards).for_each(|shard| self.change(&shared, shard, None));
                }
            }
        }
    }
}
