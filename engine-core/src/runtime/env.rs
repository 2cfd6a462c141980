//! The one door to the wall clock and to new ids. Everything else in the runtime asks here, so that a test or a
//! simulation can put its own behind it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use uuid::Uuid;

use crate::base::{Span, Timestamp};

/// Where the runtime gets the time and new ids from. Pauses are always tokio's own, which a test can stop
/// (`tokio::time::pause`); see [`VirtualEnvironment`].
pub trait Environment: Send + Sync + 'static {
    /// The time. Never goes back.
    fn now(&self) -> Timestamp;

    /// A new id, version 7: ids ascend in the order in which they are drawn.
    fn new_id(&self) -> Uuid;
}

/// The clock and the ids of the machine that the program runs on.
#[derive(Debug, Default)]
pub struct SystemEnvironment {
    latest: AtomicI64,
}

impl Environment for SystemEnvironment {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.latest.fetch_max(millis, Ordering::Relaxed).max(millis))
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Time that follows tokio's clock from a given start, and ids that are counted: a test with a paused clock runs
/// through hours at once, and the same run gives the same ids.
#[derive(Debug)]
pub struct VirtualEnvironment {
    start: Timestamp,
    origin: Instant,
    drawn: AtomicU64,
    seed: u64,
}

impl VirtualEnvironment {
    /// A clock that shows `start` now. Two environments with different seeds (below 4,096) never give the same id.
    pub fn new(start: Timestamp, seed: u64) -> Self {
        Self { start, origin: Instant::now(), drawn: AtomicU64::new(0), seed }
    }
}

impl Environment for VirtualEnvironment {
    fn now(&self) -> Timestamp {
        self.start + Span::from(self.origin.elapsed())
    }

    fn new_id(&self) -> Uuid {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(self.now().millis()).unwrap_or(0);
        let mut bytes = [0u8; 10];
        bytes[..2].copy_from_slice(&self.seed.to_be_bytes()[6..]);
        bytes[2..].copy_from_slice(&number.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

/// How long to sleep so that something due at `due` is not late. Bounded, so that a clock that is set is noticed.
pub(crate) fn pause_until(due: Option<Timestamp>, now: Timestamp) -> Duration {
    const LONGEST: Duration = Duration::from_secs(60);
    due.map_or(LONGEST, |due| due.since(now).to_std().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_never_goes_back() {
        let clock = SystemEnvironment::default();
        let first = clock.now();
        clock.latest.store(first.millis() + 60_000, Ordering::Relaxed);
        assert_eq!(clock.now().millis(), first.millis() + 60_000);
    }

    #[tokio::test(start_paused = true)]
    async fn virtual_time_follows_tokio_and_ids_ascend() {
        let clock = VirtualEnvironment::new(Timestamp::from_millis(1_000), 7);
        let (first, second) = (clock.new_id(), clock.new_id());
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        assert_eq!(clock.now(), Timestamp::from_millis(3_601_000));
        assert!(first < second && second < clock.new_id());
    }
}
