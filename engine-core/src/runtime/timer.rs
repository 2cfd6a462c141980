//! What is due when, of one worker's instances.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::{InstanceId, Timestamp};

/// Times to look at instances, earliest first. An instance has at most one entry that counts, the one that it knows of
/// itself; others are passed over when their time comes.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Timestamp, InstanceId, bool)>>,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DueEntry {
    pub at: Timestamp,
    pub instance: InstanceId,
    /// Whether the instance was parked: it is loaded if it is not in memory.
    pub parked: bool,
}

impl Timers {
    /// Looks at an instance in memory at a time.
    pub fn arm(&mut self, at: Timestamp, instance: InstanceId) {
        self.heap.push(Reverse((at, instance, false)));
    }

    /// Loads a parked instance at a time.
    pub fn wake(&mut self, at: Timestamp, instance: InstanceId) {
        self.heap.push(Reverse((at, instance, true)));
    }

    /// The earliest time.
    pub fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes the next entry that is due.
    pub fn pop(&mut self, now: Timestamp) -> Option<DueEntry> {
        let Reverse((at, instance, parked)) = *self.heap.peek()?;
        if at > now {
            return None;
        }
        self.heap.pop();
        Some(DueEntry { at, instance, parked })
    }

    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Forgets entries that do not count any more.
    pub fn retain(&mut self, counts: impl Fn(&DueEntry) -> bool) {
        self.heap.retain(|Reverse((at, instance, parked))| {
            counts(&DueEntry { at: *at, instance: *instance, parked: *parked })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_the_order_of_their_times() {
        let id = |n| InstanceId::new(uuid::Uuid::from_u128(n));
        let at = Timestamp::from_millis;
        let mut timers = Timers::default();
        timers.arm(at(30), id(1));
        timers.wake(at(10), id(2));
        timers.arm(at(20), id(3));
        assert_eq!(timers.next(), Some(at(10)));
        assert_eq!(timers.pop(at(9)), None);
        assert_eq!(timers.pop(at(25)), Some(DueEntry { at: at(10), instance: id(2), parked: true }));
        timers.retain(|entry| entry.instance != id(3));
        assert_eq!(timers.pop(at(25)), None);
        assert_eq!(timers.len(), 1);
    }
}
