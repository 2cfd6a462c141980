//! Letting instances go that nothing happens to: what waits costs disk, not memory.

use super::slot::Slot;
use super::worker::Worker;
use crate::base::{Span, Timestamp};

/// How many instances one batch looks at.
const LOOK: usize = 256;
/// When memory is short: the shortest time that an instance stays.
const SHORT: Span = Span::from_millis(250);

impl Worker {
    /// When the next instance may have been idle for long enough.
    pub(super) fn next_park(&self) -> Option<Timestamp> {
        self.residents.front().map(|(since, _)| *since + self.patience())
    }

    /// For how long an instance may be idle.
    fn patience(&self) -> Span {
        let most = self.shared.config.resident / self.shared.mailboxes.len();
        let after = self.shared.config.park_after;
        if self.slots.len() > most { SHORT.min(after) } else { after }
    }

    /// Parks what has been idle for long enough.
    pub(super) fn park_idle(&mut self) {
        let patience = self.patience();
        for _ in 0..LOOK {
            let Some((since, instance)) = self.residents.front().copied() else { break };
            if since + patience > self.now {
                break;
            }
            self.residents.pop_front();
            let again = match self.slots.get_mut(&instance) {
                None => None,
                Some(Slot::Broken(_, until)) if *until <= self.now => {
                    self.slots.remove(&instance);
                    None
                }
                Some(Slot::Broken(..) | Slot::Loading(_)) => Some(self.now),
                Some(Slot::Live(live)) if live.touched + patience > self.now => Some(live.touched),
                Some(Slot::Live(live)) if !live.is_settled() || live.is_busy() => Some(self.now),
                Some(Slot::Live(live)) => {
                    if live.park(self.now) {
                        Self::changed(&mut self.out, &mut self.timers, live);
                        Some(self.now)
                    } else {
                        self.forget(instance);
                        None
                    }
                }
            };
            if let Some(since) = again {
                self.residents.push_back((since, instance));
            }
        }
        self.compact();
    }

    /// Forgets timer entries that do not count any more, when there are many.
    fn compact(&mut self) {
        if self.timers.len() < 2 * self.timers_kept + 8_192 {
            return;
        }
        let slots = &self.slots;
        self.timers.retain(|entry| {
            let armed = match slots.get(&entry.instance) {
                Some(Slot::Live(live)) => live.armed == Some(entry.at),
                _ => false,
            };
            armed || entry.parked
        });
        self.timers_kept = self.timers.len();
    }
}
