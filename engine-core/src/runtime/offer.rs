//! Work for handlers that only other processes have.
//!
//! Where several processes are about, each says in the store which handlers it has. Work that has no handler where its
//! instance lives is written into the inbox of a process that has one; what comes of it returns through the inbox of the
//! instance. Until then the work stands in the inbox, once: a second offer of it is void. When a process is gone, its
//! inbox is emptied, and what was in it is offered to others. As everywhere a handler may run again after a
//! crash, under the same idempotency key.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::Shared;
use super::invoke::{JobKey, Offer};
use super::mail::{Letter, Mail};
use crate::base::{InstanceId, Result};
use crate::protocol::{Work, wire};
use crate::store::{Delivery, OwnerId};

/// The pseudo shard where processes say which handlers they have.
const HANDLERS: u32 = 0x4000_0001;
/// The first of the pseudo shards for work. Two processes may share one: what is in it names whose it is.
const WORK: u32 = 0x4100_0000;
/// The pause between two looks.
const REST: Duration = Duration::from_millis(10);
/// How many items are read at once.
const PAGE: usize = 1_000;

/// The pseudo shard where work for a process is.
pub(super) fn lane(owner: OwnerId) -> u32 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0).build_hasher();
    hasher.write(owner.0.as_bytes());
    WORK | (hasher.finish() as u32 & 0x00ff_ffff)
}

/// What a process says of itself.
#[derive(PartialEq, Serialize, Deserialize)]
struct Advert {
    handlers: BTreeSet<Arc<str>>,
}

/// Work that goes to other processes, and comes from them.
#[derive(Default)]
pub(crate) struct Offers {
    wake: Notify,
    /// Other processes are about.
    company: AtomicBool,
    /// Work of others that is done here, and the inbox item that brought it.
    taken: Mutex<BTreeMap<JobKey, u64>>,
    taken_count: AtomicUsize,
}

impl Offers {
    /// There may be something to offer, or to say.
    pub fn look(&self) {
        self.wake.notify_one();
    }

    /// How many other processes are about.
    pub fn others(&self, count: usize) {
        self.company.store(count > 0, Ordering::Relaxed);
        if count > 0 {
            self.look();
        }
    }

    /// Work of another process is done here. False if it is already.
    pub fn take(&self, key: JobKey, item: u64) -> bool {
        let mut taken = self.taken.lock();
        let new = taken.insert(key, item).is_none();
        self.taken_count.store(taken.len(), Ordering::Release);
        new
    }

    /// Work is done with: the item that had brought it, if it was another's.
    pub fn finish(&self, key: &JobKey) -> Option<u64> {
        if self.taken_count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut taken = self.taken.lock();
        let item = taken.remove(key);
        self.taken_count.store(taken.len(), Ordering::Release);
        item
    }

    /// Offers while there is something to offer.
    pub async fn run(shared: Arc<Shared>) {
        let (offers, mut known) = (&shared.offers, Vec::new());
        loop {
            if shared.invoker.misses() {
                tokio::select! {
                    biased;
                    () = offers.wake.notified() => {}
                    () = shared.store.changed() => {}
                    () = tokio::time::sleep(shared.config.poll.to_std()) => {}
                }
            } else {
                offers.wake.notified().await;
            }
            if let Err(error) = offers.round(&shared, &mut known).await {
                tracing::warn!(%error, "work for other processes could not be offered; it is tried again");
                offers.look();
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// Says what this process has, sees who is about, and offers them what they can do.
    async fn round(&self, shared: &Shared, known: &mut Vec<OwnerId>) -> Result<()> {
        let me = shared.leases.owner;
        let about: Vec<OwnerId> = shared.store.owners().await?.into_iter().map(|(owner, _)| owner).collect();
        let mut adverts = sweep(shared, me, &about).await?;
        let mine = Advert { handlers: shared.invoker.names() };
        if self.company.load(Ordering::Relaxed) && about.contains(&me) && adverts.get(&me) != Some(&mine) {
            shared.store.deliver(vec![advert(me, &mine)?]).await?;
        }
        adverts.insert(me, mine);
        let anew = *known != about;
        let can: BTreeSet<Arc<str>> =
            adverts.values().flat_map(|advert| advert.handlers.iter().cloned()).collect();
        let mut deliveries = Vec::new();
        let mut given = Vec::new();
        for offer in shared.invoker.offers(&can, anew) {
            let Some(owner) = choose(&offer, &adverts) else { continue };
            deliveries.push(addressed(&offer, owner)?);
            given.push((offer.key, owner));
        }
        for (key, owner) in shared.invoker.withdrawn() {
            let letter = Letter::Withdraw { to: owner, work: key.1 };
            deliveries.push(Mail::new(letter).to_shard(key.0, lane(owner), None)?);
        }
        if !deliveries.is_empty() {
            shared.store.deliver(deliveries).await?;
            shared.invoker.offered(&given);
            if given.iter().any(|(_, owner)| *owner == me) {
                shared.mailboxes.send(LANE_WORKER, super::Message::Poke);
            }
        }
        *known = about;
        Ok(())
    }
}

/// The worker that reads what others ask of this process.
pub(super) const LANE_WORKER: usize = 0;

/// Who should do the work: whoever was asked, if it is still about; else one of those who can, by the work.
fn choose(offer: &Offer, adverts: &BTreeMap<OwnerId, Advert>) -> Option<OwnerId> {
    let can = |owner: &OwnerId| {
        adverts.get(owner).is_some_and(|advert| advert.handlers.contains(&offer.run.handler))
    };
    if let Some(owner) = offer.offered.filter(can) {
        return Some(owner);
    }
    let able: Vec<OwnerId> = adverts.keys().copied().filter(can).collect();
    let place = (offer.key.0.uuid().as_u128() as usize).wrapping_add(offer.key.1.activation as usize);
    able.get(place.checked_rem(able.len())?).copied()
}

fn addressed(offer: &Offer, owner: OwnerId) -> Result<Delivery> {
    let Work { activation, attempt, purpose, .. } = offer.key.1;
    let once = format!("work:{activation}.{attempt}.{purpose:?}");
    let letter = Letter::Work { to: owner, run: offer.run.clone() };
    Mail::new(letter).to_shard(offer.key.0, lane(owner), Some(once))
}

fn advert(me: OwnerId, advert: &Advert) -> Result<Delivery> {
    let input = wire::to_bytes(advert)?;
    Ok(Delivery { instance: InstanceId::new(me.0), shard: HANDLERS, dedup: None, input })
}

/// Which handlers the others have. Empties the inboxes of those who are gone.
async fn sweep(shared: &Shared, me: OwnerId, about: &[OwnerId]) -> Result<BTreeMap<OwnerId, Advert>> {
    let (mut adverts, mut stale) = (BTreeMap::new(), Vec::new());
    for item in shared.store.inbox(&[HANDLERS], 0, PAGE).await? {
        let owner = OwnerId(item.instance.uuid());
        if owner != me && !about.contains(&owner) {
            stale.extend(left_behind(shared, owner).await?);
            stale.push(item.id);
            continue;
        }
        let said = (item.id, wire::read::<Advert>("handlers", item.instance, item.id, &item.input)?);
        if let Some((old, _)) = adverts.insert(owner, said) {
            stale.push(old);
        }
    }
    if !stale.is_empty() {
        shared.store.discard(&stale).await?;
    }
    Ok(adverts.into_iter().map(|(owner, (_, advert))| (owner, advert)).collect())
}

/// What stands in the inbox of a process that is gone.
async fn left_behind(shared: &Shared, gone: OwnerId) -> Result<Vec<u64>> {
    let (mut items, mut after) = (Vec::new(), 0);
    loop {
        let page = shared.store.inbox(&[lane(gone)], after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(items) };
        after = last.id;
        for item in page {
            let mail = Mail::read(item.instance, item.id, &item.input)?;
            if matches!(mail.letter, Letter::Work { to, .. } | Letter::Withdraw { to, .. } if to == gone) {
                items.push(item.id);
            }
        }
    }
}
