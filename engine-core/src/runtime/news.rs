//! Word that something has become durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Tells followers that something has become durable: in the order in which they began to wait, so that a simulation runs
/// the same way each time.
#[derive(Default)]
pub(crate) struct News {
    count: AtomicU64,
    wake: Notify,
}

impl News {
    /// Tells everybody.
    pub fn tell(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.wake.notify_waiters();
    }

    /// One who has heard of all there was so far.
    pub fn follow(self: &Arc<Self>) -> Follower {
        let mut follower = Follower { news: Arc::clone(self), heard: 0 };
        follower.mark_heard();
        follower
    }
}

/// One who is told.
pub(crate) struct Follower {
    news: Arc<News>,
    /// How much was heard of.
    heard: u64,
}

impl Follower {
    /// All there was so far is known.
    pub fn mark_heard(&mut self) {
        self.heard = self.news.count.load(Ordering::Acquire);
    }

    /// Waits until there is something new. Dropping the wait loses nothing.
    pub async fn changed(&mut self) {
        loop {
            let told = self.news.wake.notified();
            let count = self.news.count.load(Ordering::Acquire);
            if count != self.heard {
                self.heard = count;
                return;
            }
            told.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;

    #[tokio::test]
    async fn followers_are_told_in_order_and_once() {
        let (news, heard) = (Arc::new(News::default()), Arc::new(Mutex::new(Vec::new())));
        news.tell();
        let followers: Vec<_> = (0..50)
            .map(|number| {
                let (mut follower, heard) = (news.follow(), Arc::clone(&heard));
                tokio::spawn(async move {
                    follower.changed().await;
                    heard.lock().push(number);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(heard.lock().is_empty(), "what was told before is known");
        news.tell();
        for follower in followers {
            follower.await.unwrap();
        }
        assert_eq!(*heard.lock(), (0..50).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn what_is_told_before_the_wait_is_heard() {
        let news = Arc::new(News::default());
        let mut follower = news.follow();
        news.tell();
        follower.changed().await;
        news.tell();
        follower.mark_heard();
        let wait = tokio::time::timeout(std::time::Duration::from_millis(1), follower.changed());
        assert!(wait.await.is_err());
    }
}
