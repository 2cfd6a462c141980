//! Work for handlers that only other processes have.
//!
//! Where several processes are about, each says in the store which handlers it has. Work that has no handler where its
//! instance lives is assigned to a process that has one: the instance records to which, and with that commit the work
//! goes into that process's inbox. What comes of it returns through the inbox of the instance. When the process is
//! gone, the attempt is lost with it, as it would be here.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::Uuid;

use super::Shared;
use super::invoke::JobKey;
use super::mail::{Letter, Mail};
use super::mailbox::{Ask, Call, Message, Reply};
use crate::base::{InstanceId, Result};
use crate::protocol::{Input, RunActivity, wire};
use crate::store::{Delivery, OwnerId};

/// The pseudo shard where processes say which handlers they have.
const HANDLERS: u32 = 0x4000_0001;
/// The first of the pseudo shards for work. Two processes may share one: what is in it names whose it is.
const WORK: u32 = 0x4100_0000;
/// The worker that reads what others ask of this process.
pub(super) const LANE_WORKER: usize = 0;
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

/// The mail that asks another process to do work.
pub(super) fn letter(instance: InstanceId, process: Uuid, run: Box<RunActivity>) -> Result<Delivery> {
    let to = OwnerId(process);
    Mail::new(Letter::Work { to, run }).to_shard(instance, lane(to), None)
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
        let offers = &shared.offers;
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
            if let Err(error) = offers.round(&shared).await {
                tracing::warn!(%error, "work for other processes could not be offered; it is tried again");
                offers.look();
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// Says what this process has, sees who is about, and assigns them what they can do.
    async fn round(&self, shared: &Shared) -> Result<()> {
        let me = shared.leases.owner;
        let about: Vec<OwnerId> = shared.store.owners().await?.into_iter().map(|(owner, _)| owner).collect();
        let mut adverts = adverts(shared, me, &about).await?;
        let mine = Advert { handlers: shared.invoker.names() };
        let company = self.company.load(Ordering::Relaxed) && about.contains(&me);
        if company && adverts.get(&me) != Some(&mine) {
            shared.store.deliver(vec![advert(me, &mine)?]).await?;
        }
        adverts.remove(&me);
        let can = adverts.values().flat_map(|advert| advert.handlers.iter().cloned()).collect();
        for (key, handler) in shared.invoker.offers(&can) {
            if let Some(owner) = choose(key, &handler, &adverts) {
                tell(shared, key.0, Input::AttemptAssigned { work: key.1, process: owner.0 });
            }
        }
        let mut orphans = shared.invoker.orphans(&about);
        orphans.retain(|(_, owner)| *owner != me);
        if !orphans.is_empty() {
            give_up(shared, &orphans).await?;
        }
        self.withdraw(shared).await
    }

    /// Tells those who do work that is not wanted any more.
    async fn withdraw(&self, shared: &Shared) -> Result<()> {
        let letters = shared.invoker.withdrawn().into_iter().map(|(key, to)| {
            let letter = Letter::Withdraw { to, work: key.1 };
            Mail::new(letter).to_shard(key.0, lane(to), None)
        });
        let letters: Vec<Delivery> = letters.collect::<Result<_>>()?;
        if letters.is_empty() { Ok(()) } else { shared.store.deliver(letters).await }
    }
}

/// Has an instance of this process decide something. Where it cannot just now, it is told again in the next round.
fn tell(shared: &Shared, instance: InstanceId, input: Input) {
    let call = Call { instance, ask: Ask::Input(input), reply: Reply::default() };
    shared.mailboxes.send_to(instance, Message::Call(Box::new(call)));
}

/// One of those who can do the work: not always the same.
fn choose(key: JobKey, handler: &Arc<str>, adverts: &BTreeMap<OwnerId, Advert>) -> Option<OwnerId> {
    let able: Vec<OwnerId> = adverts
        .iter()
        .filter(|(_, advert)| advert.handlers.contains(handler))
        .map(|(owner, _)| *owner)
        .collect();
    let place = (key.0.uuid().as_u128() as usize).wrapping_add(key.1.activation as usize);
    able.get(place.checked_rem(able.len())?).copied()
}

fn advert(me: OwnerId, advert: &Advert) -> Result<Delivery> {
    let input = wire::to_bytes(advert)?;
    Ok(Delivery { instance: InstanceId::new(me.0), shard: HANDLERS, dedup: None, input })
}

/// Which handlers the processes have that are about. What those who are gone have said is removed.
async fn adverts(shared: &Shared, me: OwnerId, about: &[OwnerId]) -> Result<BTreeMap<OwnerId, Advert>> {
    let (mut adverts, mut stale) = (BTreeMap::new(), Vec::new());
    for item in shared.store.inbox(&[HANDLERS], 0, PAGE).await? {
        let owner = OwnerId(item.instance.uuid());
        if owner != me && !about.contains(&owner) {
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

/// Everything in the inbox of a shard or a process, with its item.
async fn all_mail(shared: &Shared, shard: u32) -> Result<Vec<(InstanceId, u64, Mail)>> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = shared.store.inbox(&[shard], after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = last.id;
        for item in page {
            // What cannot be read is left to those who look after it.
            if let Ok(mail) = Mail::read(item.instance, item.id, &item.input) {
                all.push((item.instance, item.id, mail));
            }
        }
    }
}

/// What stands in the inbox of a process that is gone.
async fn left_behind(shared: &Shared, gone: OwnerId) -> Result<Vec<u64>> {
    let its = |mail: &Mail| matches!(mail.letter, Letter::Work { to, .. } | Letter::Withdraw { to, .. } if to == gone);
    let mail = all_mail(shared, lane(gone)).await?;
    Ok(mail.into_iter().filter(|(.., mail)| its(mail)).map(|(_, item, _)| item).collect())
}

/// Work of processes that are gone is lost, but for what has come back: its result is on its way to the instance.
async fn give_up(shared: &Shared, orphans: &[(JobKey, OwnerId)]) -> Result<()> {
    let shard_of = |key: &JobKey| key.0.shard(shared.shards.len());
    let shards: BTreeSet<u32> = orphans.iter().map(|(key, _)| shard_of(key)).collect();
    let mut back = BTreeSet::new();
    for shard in shards {
        for (instance, _, mail) in all_mail(shared, shard).await? {
            if let Letter::Input { input } = &mail.letter
                && let Some(work) = input.result_of()
            {
                back.insert((instance, work));
            }
        }
    }
    let owners: BTreeSet<OwnerId> = orphans.iter().map(|(_, owner)| *owner).collect();
    for owner in owners {
        shared.store.discard(&left_behind(shared, owner).await?).await?;
    }
    for (key, _) in orphans.iter().filter(|(key, _)| !back.contains(key)) {
        tell(shared, key.0, Input::ActivityLost { work: key.1 });
    }
    Ok(())
}
