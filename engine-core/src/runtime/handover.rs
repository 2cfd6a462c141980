//! Giving a shard to another process without breaking anything off: nothing new is taken up, what runs comes to its
//! result, what is decided is written; then the shard is free.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::slot::{Live, Slot};
use super::worker::Worker;
use crate::base::{InstanceId, Span, Timestamp};
use crate::protocol::RunActivity;

/// How often is looked whether a shard is idle.
const LOOK: Span = Span::from_millis(20);

/// The shards that a worker is about to give away.
#[derive(Default)]
pub(super) struct Handover {
    shards: BTreeMap<u32, oneshot::Sender<()>>,
    next: Option<Timestamp>,
}

impl Handover {
    /// When to look whether they are idle.
    pub const fn next_look(&self) -> Option<Timestamp> {
        self.next
    }

    pub fn contains(&self, shard: u32) -> bool {
        self.shards.contains_key(&shard)
    }

    pub fn forget(&mut self, shard: u32) {
        self.shards.remove(&shard);
    }
}

impl Worker {
    /// Begins to give a shard away. `idle` is told when nothing of it is under way any more.
    pub(super) fn give_away(&mut self, shard: u32, idle: oneshot::Sender<()>) {
        if self.shards.contains_key(&shard) {
            self.handover.shards.insert(shard, idle);
            self.handover.next = Some(self.now);
        }
    }

    /// Keeps a shard that was to be given away. What was passed over meanwhile is looked at again.
    pub(super) fn keep(&mut self, shard: u32) {
        self.handover.forget(shard);
        let count = self.shared.shards.len();
        let (out, timers) = (&mut self.out, &mut self.timers);
        let mut kept: Vec<_> = self.slots.iter_mut().filter(|(id, _)| id.shard(count) == shard).collect();
        kept.sort_unstable_by_key(|(id, _)| **id);
        for (_, slot) in kept {
            if let Slot::Live(live) = slot {
                live.armed = None;
                Self::changed(out, timers, live);
            }
        }
    }

    /// Whether an instance goes to another process, so that nothing new is begun with it.
    pub(super) fn is_leaving(&self, instance: InstanceId) -> bool {
        !self.handover.shards.is_empty() && self.handover.contains(instance.shard(self.shared.shards.len()))
    }

    /// The shards for which new work is taken up.
    pub(super) fn shards_to_serve(&self) -> Vec<u32> {
        self.shards.keys().copied().filter(|shard| !self.handover.contains(*shard)).collect()
    }

    /// Tells of shards that are idle now.
    pub(super) fn look_for_idle(&mut self) {
        if self.handover.next.is_none_or(|next| next > self.now) {
            return;
        }
        let count = self.shared.shards.len();
        let handlers = self.shared.invoker.names();
        let mut busy: Vec<u32> = Vec::new();
        for (instance, slot) in &self.slots {
            let shard = instance.shard(count);
            let pending = match slot {
                Slot::Live(live) => !live.is_settled() || works_here(live, &handlers),
                Slot::Loading(_) => true,
                Slot::Broken(..) => false,
            };
            if pending && self.handover.contains(shard) && !busy.contains(&shard) {
                busy.push(shard);
            }
        }
        for (shard, idle) in std::mem::take(&mut self.handover.shards) {
            if busy.contains(&shard) {
                self.handover.shards.insert(shard, idle);
            } else {
                self.handover_done(shard, idle);
            }
        }
        self.handover.next = (!self.handover.shards.is_empty()).then(|| self.now + LOOK);
    }

    /// The shard is forgotten here before anybody hears of it: nothing can come between.
    fn handover_done(&mut self, shard: u32, idle: oneshot::Sender<()>) {
        self.lost(shard);
        let _ = idle.send(());
    }
}

/// Whether something of an instance runs here that should come to its result first. What no handler of this process
/// does, and what has its result and waits for the instance to be resumed, is brought to its end through the inbox: by
/// whoever has the shard then.
fn works_here(live: &Live, handlers: &BTreeSet<Arc<str>>) -> bool {
    let here = |run: RunActivity| {
        handlers.contains(&run.handler)
            && !live.state.misses_handler(&live.graph, run.work)
            && !live.state.has_deferred_result(run.work)
    };
    live.routing > 0 || (live.is_busy() && live.state.running(&live.graph).into_iter().any(here))
}
