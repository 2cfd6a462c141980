//! What waits to be fetched by the other language.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::Delivery;

/// Deliveries in order. Whoever puts the first one in wakes the other side, once.
pub(super) struct Outbox {
    waiting: Mutex<VecDeque<Delivery>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Outbox {
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { waiting: Mutex::default(), wake: Box::new(wake) }
    }

    pub fn push(&self, delivery: Delivery) {
        let first = {
            let mut waiting = self.waiting.lock();
            waiting.push_back(delivery);
            waiting.len() == 1
        };
        if first {
            (self.wake)();
        }
    }

    /// Takes up to `most`. Where more is left there is another wake-up, so that the other side's loop can do something
    /// else in between.
    pub fn drain(&self, most: usize) -> Vec<Delivery> {
        let (taken, more) = {
            let mut waiting = self.waiting.lock();
            let count = waiting.len().min(most);
            (waiting.drain(..count).collect(), !waiting.is_empty())
        };
        if more {
            (self.wake)();
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_wake_up_brings_many() {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&wakes);
        let outbox = Outbox::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let woken = || wakes.load(Ordering::SeqCst);
        (0..5).for_each(|job| outbox.push(Delivery::Cancel(job)));
        assert_eq!(woken(), 1);
        assert_eq!(outbox.drain(3).len(), 3);
        assert_eq!(woken(), 2, "two are left");
        assert_eq!(outbox.drain(3).len(), 2);
        assert_eq!((woken(), outbox.drain(3).len()), (2, 0));
        outbox.push(Delivery::Cancel(9));
        assert_eq!(woken(), 3);
    }
}
