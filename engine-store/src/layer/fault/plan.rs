//! What goes wrong, how often, and when: drawn from a seed.

use flowwright::base::{InstanceId, Seed, Span};
use flowwright::store::Uuid;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails, and nothing was written.
    Before,
    /// It fails, and everything was written: the caller cannot know.
    After,
    /// It is written, and answered this many turns of the scheduler later: answers to later calls overtake it.
    Late(u32),
    /// It waits for this long before it is carried out.
    Slow(Span),
    /// The process stops before the call: nothing was written, and every call fails from now on.
    CrashBefore,
    /// The process stops after the call: it was written, nobody hears of it, and every call fails from now on.
    CrashAfter,
}

/// How often calls go wrong, as shares of 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FaultRates {
    /// The share of [`Fault::Before`].
    pub before: f64,
    /// The share of [`Fault::After`].
    pub after: f64,
    /// The share of [`Fault::Late`], by up to eight turns.
    pub late: f64,
}

/// How often the word goes wrong that another process has written
/// ([`Store::changed`](flowwright::store::Store::changed)), as shares of 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WakeRates {
    /// The share of changes that nobody hears of: the wait goes on until the next one.
    pub lost: f64,
    /// The share of changes that are told of twice: the next wait is over at once.
    pub doubled: f64,
}

/// Which faults are drawn. The same plan draws the same faults for the same sequence of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FaultPlan {
    /// Another seed, other faults.
    pub seed: u64,
    /// For calls that write.
    pub writes: FaultRates,
    /// For calls that read.
    pub reads: FaultRates,
    /// For waits for a change.
    pub wakes: WakeRates,
}

/// What goes wrong with one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    Lost,
    Doubled,
}

impl FaultPlan {
    /// What becomes of a call, by its number.
    pub(super) fn call(&self, writes: bool, number: u32) -> Option<Fault> {
        let rates = if writes { self.writes } else { self.reads };
        let share = self.share(number, 0);
        if share < rates.before {
            Some(Fault::Before)
        } else if share < rates.before + rates.after {
            Some(Fault::After)
        } else if share < rates.before + rates.after + rates.late {
            Some(Fault::Late(1 + (self.share(number, 1) * 8.0) as u32))
        } else {
            None
        }
    }

    /// What becomes of a change, by its number.
    pub(super) fn wake(&self, number: u32) -> Option<Wake> {
        let share = self.share(number, 2);
        if share < self.wakes.lost {
            Some(Wake::Lost)
        } else if share < self.wakes.lost + self.wakes.doubled {
            Some(Wake::Doubled)
        } else {
            None
        }
    }

    fn share(&self, number: u32, draw: u32) -> f64 {
        Seed::of(InstanceId::new(Uuid::from_u128(u128::from(self.seed)))).jitter(number, draw)
    }
}
