//! Finding what has to be in memory: instances that were when their process ended, and parked ones that are due.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use super::mailbox::Message;
use super::slot::Slot;
use super::worker::Worker;
use crate::base::{InstanceId, Span, Timestamp};
use crate::protocol::Input;
use crate::store::FencingToken;

/// How far ahead the wake-up times of parked instances are known.
const HORIZON: Span = Span::from_secs(600);
/// How long before that the store is asked for the next ones.
const MARGIN: Span = Span::from_secs(60);
/// How many rows are asked for at once.
const PAGE: usize = 1_000;
/// How many due entries one batch takes: what came due during a downtime does not fire in one burst.
const BURST: usize = 1_024;
/// The pause after the store could not be asked, and after a timer that nothing came of.
const RETRY: Span = Span::from_millis(500);

/// The pauses after which is looked for what a failed write may have left.
const DOUBTS: [Span; 3] = [Span::from_secs(1), Span::from_secs(5), Span::from_secs(30)];

/// A place among the rows of [`due_after`](crate::store::Store::due_after).
type Cursor = (Timestamp, InstanceId);

/// What a worker knows of instances that are not in memory.
#[derive(Default)]
pub(super) struct Waker {
    /// Whether instances that were in memory are still looked for, and from where on.
    crashed: Option<Option<Cursor>>,
    /// Every parked instance that is due before this place is among the timers.
    known: Option<Cursor>,
    /// The look that is under way, and until when it looks.
    looking: Option<Looking>,
    /// To be loaded, in order.
    queue: VecDeque<InstanceId>,
    loading: HashSet<InstanceId>,
    /// Not before this.
    pause: Option<Timestamp>,
    /// The shards have changed since the look began: what it finds is not everything.
    stale: bool,
    /// When is looked again for instances that should be in memory, soonest first.
    again: VecDeque<Timestamp>,
}

#[derive(Clone, Copy)]
enum Looking {
    Crashed,
    Parked { until: Timestamp },
}

impl Waker {
    /// Everything is looked at again.
    pub fn gained(&mut self) {
        self.crashed = Some(None);
        self.known = None;
        self.stale = true;
    }

    /// A write has failed, and nobody knows whether it will be there after all: a server may carry it out when the
    /// connection is gone. What appears later is looked for a few times.
    pub fn unsure(&mut self, now: Timestamp) {
        self.again = DOUBTS.iter().map(|pause| now + *pause).collect();
    }

    pub fn loaded(&mut self, instance: InstanceId) {
        self.loading.remove(&instance);
    }

    /// When the store is asked next.
    pub fn next_look(&self, shards: &BTreeMap<u32, FencingToken>) -> Option<Timestamp> {
        if shards.is_empty() || self.looking.is_some() || self.queue.len() >= PAGE {
            return None;
        }
        let next = if self.crashed.is_some() { Timestamp::EPOCH } else { self.known_until() - MARGIN };
        let next = self.again.front().map_or(next, |again| next.min(*again));
        Some(self.pause.map_or(next, |pause| pause.max(next)))
    }

    /// Whether a parked instance with this wake-up time is looked for by nobody any more.
    fn is_known(&self, wake: Timestamp) -> bool {
        let looked = match self.looking {
            Some(Looking::Parked { until }) => until,
            _ => Timestamp::EPOCH,
        };
        wake <= self.known_until().max(looked)
    }

    fn known_until(&self) -> Timestamp {
        self.known.map_or(Timestamp::EPOCH, |(wake, _)| wake)
    }
}

impl Worker {
    /// Looks at everything that is due.
    pub(super) fn timers_due(&mut self) {
        let due: Vec<_> = std::iter::from_fn(|| self.timers.pop(self.now)).take(BURST).collect();
        for entry in due {
            if self.is_leaving(entry.instance) {
                continue;
            }
            let owned = self.owns(entry.instance);
            match self.slots.get_mut(&entry.instance) {
                Some(Slot::Live(live)) => {
                    if live.armed == Some(entry.at) {
                        live.armed = None;
                    }
                    if live.state.next_due().is_some_and(|due| due <= self.now) {
                        self.fire(entry.instance);
                    } else {
                        Self::changed(&mut self.out, &mut self.timers, live);
                    }
                }
                None if entry.parked && owned => self.waker.queue.push_back(entry.instance),
                _ => {}
            }
        }
    }

    fn fire(&mut self, instance: InstanceId) {
        let Some(Slot::Live(live)) = self.slots.get_mut(&instance) else { return };
        let before = live.state.seq();
        live.armed = Some(Timestamp::EPOCH);
        self.decide_alone(instance, Input::TimersDue);
        let Some(Slot::Live(live)) = self.slots.get_mut(&instance) else { return };
        live.armed = None;
        if live.state.seq() == before && live.state.next_due().is_some_and(|due| due <= self.now) {
            tracing::error!(%instance, "a timer is due, and nothing came of it; please report it");
            live.armed = Some(self.now + RETRY);
            self.timers.arm(self.now + RETRY, instance);
        } else {
            Self::changed(&mut self.out, &mut self.timers, live);
        }
    }

    /// Asks the store for what is due, and loads it, a few at a time.
    pub(super) fn look_for_due(&mut self) {
        while self.waker.loading.len() < self.shared.config.loads {
            let Some(instance) = self.waker.queue.pop_front() else { break };
            if self.owns(instance) && !self.is_leaving(instance) && !self.slots.contains_key(&instance) {
                self.waker.loading.insert(instance);
                self.load(instance, None);
            }
        }
        if self.waker.next_look(&self.shards).is_none_or(|next| next > self.now) {
            return;
        }
        if self.waker.again.front().is_some_and(|again| *again <= self.now) {
            self.waker.again.pop_front();
            self.waker.crashed = self.waker.crashed.or(Some(None));
        }
        let (looking, after, until) = match self.waker.crashed {
            Some(after) => (Looking::Crashed, after, Timestamp::EPOCH),
            None => {
                let after = self.waker.known.unwrap_or((Timestamp::from_millis(1), nobody()));
                (Looking::Parked { until: self.now + HORIZON }, Some(after), self.now + HORIZON)
            }
        };
        self.waker.looking = Some(looking);
        self.waker.stale = false;
        let shards = self.shards_to_serve();
        let (shared, worker) = (Arc::clone(&self.shared), self.index);
        self.shared.spawn(async move {
            let rows = shared.store.due_after(&shards, after, until, PAGE).await;
            shared.mailboxes.send(worker, Message::Due(rows));
        });
    }

    /// Takes in what the store said is due.
    pub(super) fn due_rows(&mut self, rows: crate::base::Result<Vec<Cursor>>) {
        let Some(looking) = self.waker.looking.take() else { return };
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(%error, "what is due could not be read");
                self.waker.pause = Some(self.now + RETRY);
                return;
            }
        };
        self.waker.pause = None;
        if self.waker.stale {
            return;
        }
        let last = rows.last().copied().filter(|_| rows.len() >= PAGE);
        match looking {
            Looking::Crashed => {
                self.waker.crashed = last.map(Some);
                let absent = rows.into_iter().map(|(_, id)| id).filter(|id| !self.slots.contains_key(id));
                let absent: Vec<InstanceId> = absent.collect();
                self.waker.queue.extend(absent);
            }
            Looking::Parked { until } => {
                self.waker.known = Some(last.unwrap_or((until, nobody())));
                for (wake, instance) in rows {
                    if !self.slots.contains_key(&instance) {
                        self.timers.wake(wake, instance);
                    }
                }
            }
        }
    }

    /// An instance left memory. It is loaded again at its time.
    pub(super) fn forget(&mut self, instance: InstanceId) {
        let Some(Slot::Live(live)) = self.slots.remove(&instance) else { return };
        if let Some(wake) = live.state.next_due().filter(|wake| self.waker.is_known(*wake)) {
            self.timers.wake(wake, instance);
        }
    }
}

/// An id that no instance has: a cursor with it stands for its time alone.
const fn nobody() -> InstanceId {
    InstanceId::new(uuid::Uuid::nil())
}
