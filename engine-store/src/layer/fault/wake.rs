//! Words of changes that are lost, or come twice.

use super::FaultStore;
use super::plan::Wake;

impl FaultStore {
    /// Waits for a change of which word comes. Dropping the wait loses none.
    pub(super) async fn word(&self) {
        if std::mem::take(&mut self.state.lock().again) {
            return;
        }
        loop {
            self.inner.changed().await;
            let mut state = self.state.lock();
            state.wakes = state.wakes.wrapping_add(1);
            match self.plan.wake(state.wakes) {
                None => return,
                Some(Wake::Lost) => {}
                Some(Wake::Doubled) => {
                    state.again = true;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use flowwright::base::InstanceId;
    use flowwright::store::{Delivery, Store, Uuid};

    use crate::{FaultPlan, FaultStore, MemoryStore, WakeRates};

    /// A store that another process writes to, and how it is told of that.
    struct Bed {
        other: MemoryStore,
        faults: FaultStore,
    }

    impl Bed {
        fn new(wakes: WakeRates) -> Self {
            let other = MemoryStore::new();
            let plan = FaultPlan { seed: 7, wakes, ..FaultPlan::default() };
            Self { faults: FaultStore::new(Arc::new(other.reopen()), plan), other }
        }

        async fn change(&self) {
            let instance = InstanceId::new(Uuid::from_u128(1));
            let item = Delivery { instance, shard: 0, dedup: None, input: Vec::new() };
            self.other.deliver(vec![item]).await.unwrap();
        }

        async fn hears(&self) -> bool {
            tokio::time::timeout(Duration::from_secs(1), self.faults.changed()).await.is_ok()
        }

        /// How often word came of so many changes, one after the other.
        async fn words_of(&self, changes: usize) -> usize {
            let mut words = 0;
            for _ in 0..changes {
                self.change().await;
                while self.hears().await {
                    words += 1;
                }
            }
            words
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_rates_word_comes_once() {
        assert_eq!(Bed::new(WakeRates::default()).words_of(10).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_word_does_not_come_and_a_doubled_one_comes_twice() {
        assert_eq!(Bed::new(WakeRates { lost: 1.0, doubled: 0.0 }).words_of(10).await, 0);
        assert_eq!(Bed::new(WakeRates { lost: 0.0, doubled: 1.0 }).words_of(10).await, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_lost_word_the_wait_goes_on_to_the_next_change() {
        let rates = WakeRates { lost: 0.5, doubled: 0.0 };
        let bed = Bed::new(rates);
        let (mut words, mut changes) = (0, 0);
        while words < 10 {
            let mut wait = std::pin::pin!(bed.faults.changed());
            loop {
                bed.change().await;
                changes += 1;
                if tokio::time::timeout(Duration::from_secs(1), &mut wait).await.is_ok() {
                    break;
                }
            }
            words += 1;
        }
        assert!((12..40).contains(&changes), "{changes} changes for {words} words");
        assert_eq!(Bed::new(rates).words_of(changes).await, words, "the same plan loses the same words");
    }
}
