//! What of the table is durable. Plain memory is at once; on a [`FakeDisk`] only what was synced outlives a crash.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flowwright::base::{Error, ErrorKind, Result, Timestamp};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::MemoryStore;
use super::table::Table;
use crate::Clock;

/// A change of the table: run once on what is written, and on a fake disk once more on what is durable.
pub(super) type Op<A, T> = fn(&mut Table, A, Timestamp) -> Result<T>;

/// A change that is still to be run on what is durable.
type Again = Box<dyn FnOnce(&mut Table) + Send>;

/// A count whose followers are woken in the order in which they began to wait, so that a simulation runs the same way
/// each time.
#[derive(Default)]
pub(super) struct Notices {
    count: AtomicU64,
    news: Notify,
}

impl Notices {
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    pub fn add(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.news.notify_waiters();
    }

    /// Resolves when there are others than so many.
    pub async fn other_than(&self, known: u64) {
        loop {
            let news = self.news.notified();
            if self.count() != known {
                return;
            }
            news.await;
        }
    }
}

/// What all handles on the same data share.
pub(super) struct Shared {
    pub clock: Clock,
    /// Counts what other processes may want to know of: deliveries, released leases.
    pub notices: Notices,
    state: Mutex<State>,
    synced: watch::Sender<Synced>,
}

struct State {
    written: Table,
    /// Only on a fake disk.
    disk: Option<Disk>,
}

#[derive(Default)]
struct Disk {
    durable: Table,
    unsynced: Vec<Again>,
    held: bool,
}

#[derive(Clone, Copy, Default)]
struct Synced {
    crashes: u64,
    /// How many changes were ever synced or lost.
    settled: u64,
}

/// The change that a caller waits for, on a fake disk.
#[derive(Clone, Copy)]
pub(super) struct Ticket {
    number: u64,
    held: bool,
}

impl Shared {
    pub fn new(clock: Clock, fake: bool) -> Arc<Self> {
        let state = State { written: Table::default(), disk: fake.then(Disk::default) };
        Arc::new(Self {
            clock,
            notices: Notices::default(),
            state: Mutex::new(state),
            synced: watch::Sender::new(Synced::default()),
        })
    }

    /// Asks what is durable: nobody sees what a crash could still take back.
    pub fn read<T>(&self, question: impl FnOnce(&Table) -> T) -> T {
        let state = self.state.lock();
        question(state.disk.as_ref().map_or(&state.written, |disk| &disk.durable))
    }

    /// Writes. With a ticket, the answer counts only once [`settle`](Self::settle) has returned.
    pub fn write<A: Clone + Send + 'static, T: 'static>(
        &self,
        args: A,
        op: Op<A, T>,
    ) -> Result<(T, Option<Ticket>)> {
        let now = (self.clock)();
        let mut state = self.state.lock();
        let State { written, disk } = &mut *state;
        let Some(disk) = disk else { return Ok((op(written, args, now)?, None)) };
        let again = args.clone();
        let answer = op(written, args, now)?;
        disk.unsynced.push(Box::new(move |durable| {
            let _same_as_before = op(durable, again, now);
        }));
        let number = self.synced.borrow().settled + disk.unsynced.len() as u64;
        Ok((answer, Some(Ticket { number, held: disk.held })))
    }

    /// Waits until the change is durable, unless the machine crashes first.
    pub async fn settle(&self, ticket: Ticket, crashes: u64) -> Result<()> {
        if !ticket.held {
            tokio::task::yield_now().await;
            if self.crashes() == crashes {
                self.sync();
            }
        }
        let mut synced = self.synced.subscribe();
        let reached = synced.wait_for(|now| now.crashes != crashes || now.settled >= ticket.number).await;
        match reached {
            Ok(now) if now.crashes == crashes => Ok(()),
            _ => Err(crashed()),
        }
    }

    pub fn crashes(&self) -> u64 {
        self.synced.borrow().crashes
    }

    /// An error for a handle that was opened before a crash.
    pub fn alive(&self, crashes: u64) -> Result<()> {
        if self.crashes() == crashes { Ok(()) } else { Err(crashed()) }
    }

    fn sync(&self) {
        let mut state = self.state.lock();
        let Some(disk) = &mut state.disk else { return };
        let changes = std::mem::take(&mut disk.unsynced);
        let count = changes.len() as u64;
        changes.into_iter().for_each(|change| change(&mut disk.durable));
        self.synced.send_modify(|synced| synced.settled += count);
    }

    fn crash(&self) {
        let mut state = self.state.lock();
        let State { written, disk: Some(disk) } = &mut *state else { return };
        let lost = std::mem::take(&mut disk.unsynced).len() as u64;
        *written = disk.durable.clone();
        self.synced.send_modify(|synced| {
            synced.settled += lost;
            synced.crashes += 1;
        });
    }

    fn hold(&self, held: bool) {
        if let Some(disk) = &mut self.state.lock().disk {
            disk.held = held;
        }
    }

    fn unsynced(&self) -> usize {
        self.state.lock().disk.as_ref().map_or(0, |disk| disk.unsynced.len())
    }
}

fn crashed() -> Error {
    Error::new(ErrorKind::StoreUnavailable, "the machine crashed: open the store again")
}

/// A disk in memory that keeps apart what is written and what is durable, for simulations: whoever acknowledges before
/// a sync, or acts on what is not durable, is found out by a [`crash`](Self::crash).
///
/// Every write is synced when its caller has waited for one turn of the scheduler, so that writes gather as they do on
/// a real disk. While the disk is [held](Self::hold), nothing is synced, and no write is answered, until
/// [`sync`](Self::sync). Reads see what is durable.
#[derive(Clone)]
pub struct FakeDisk(Arc<Shared>);

impl FakeDisk {
    /// An empty disk. The clock is the one that leases are compared on.
    pub fn new(clock: Clock) -> Self {
        Self(Shared::new(clock, true))
    }

    /// The store on this disk as a process opens it. Several handles are several processes.
    pub fn open(&self) -> MemoryStore {
        MemoryStore::on(self.0.clone())
    }

    /// From now on writes become durable only through [`sync`](Self::sync).
    pub fn hold(&self) {
        self.0.hold(true);
    }

    /// Ends [`hold`](Self::hold), and syncs.
    pub fn release(&self) {
        self.0.hold(false);
        self.0.sync();
    }

    /// Makes everything written durable, and answers those who wait for it.
    pub fn sync(&self) {
        self.0.sync();
    }

    /// Loses everything that is not durable. Calls under way, and later ones on handles that were open, fail with
    /// `StoreUnavailable`.
    pub fn crash(&self) {
        self.0.crash();
    }

    /// How many writes a crash would lose now.
    pub fn unsynced(&self) -> usize {
        self.0.unsynced()
    }
}
