//! Producers that each wait until their row is durable before they send the next, and the group that waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::{LENGTH, MOST_BYTES};
use crate::Result;
use crate::measure::Latencies;
use crate::report::Reference;

/// A row, and whoever waits until it is durable.
pub type Ask = oneshot::Sender<()>;

/// What a writer reads from, and how it knows that it is enough.
pub struct Group {
    pub waiting: mpsc::UnboundedReceiver<Ask>,
    over: Arc<AtomicBool>,
    begun: Instant,
    bytes: usize,
}

impl Group {
    /// So many rows of so many bytes are durable: tells who waited for them.
    pub fn written(&mut self, group: &mut Vec<Ask>, row: usize) {
        self.bytes += group.len() * row;
        if self.begun.elapsed() > LENGTH || self.bytes as u64 > MOST_BYTES {
            self.over.store(true, Ordering::Relaxed);
        }
        for ask in group.drain(..) {
            // A producer that is gone needs no answer.
            let _gone = ask.send(());
        }
    }
}

/// Runs so many producers against a writer, and gives their rows in a second.
pub async fn rows_per_s<W>(producers: u64, start: impl FnOnce(Group) -> W) -> Result<f64>
where
    W: Future<Output = Result<()>>,
{
    let (asks, waiting) = mpsc::unbounded_channel();
    let over = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let writer = start(Group { waiting, over: Arc::clone(&over), begun, bytes: 0 });
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..producers {
        running.spawn(produce(asks.clone(), Arc::clone(&over)));
    }
    drop(asks);
    let count = async {
        let mut rows = 0;
        while let Some(produced) = running.join_next().await {
            rows += produced?;
        }
        Ok::<_, crate::Trouble>(rows as f64 / begun.elapsed().as_secs_f64())
    };
    let (written, rate) = tokio::join!(writer, count);
    written.and(rate)
}

async fn produce(asks: mpsc::UnboundedSender<Ask>, over: Arc<AtomicBool>) -> u64 {
    let mut rows = 0;
    while !over.load(Ordering::Relaxed) {
        let (ask, durable) = oneshot::channel();
        if asks.send(ask).is_err() || durable.await.is_err() {
            break;
        }
        rows += 1;
    }
    rows
}

/// Commits of one row each, as many as there is time for.
#[derive(Default)]
pub struct Singles {
    latencies: Vec<Duration>,
    spent: Duration,
}

impl Singles {
    /// Whether there is time for another, with rows of so many bytes.
    pub fn go_on(&self, row: usize) -> bool {
        self.spent < LENGTH && (self.latencies.len() * row) as u64 <= MOST_BYTES
    }

    /// One is durable that began then.
    pub fn done(&mut self, begun: Instant) {
        let latency = begun.elapsed();
        self.latencies.push(latency);
        self.spent += latency;
    }

    pub fn reference(self) -> Reference {
        let single_commits_per_s = self.latencies.len() as f64 / self.spent.as_secs_f64();
        let latencies: Latencies = self.latencies.into_iter().collect();
        let single_commit_p50_ms = latencies.percentile(0.5).unwrap_or_default();
        Reference { single_commits_per_s, single_commit_p50_ms, ..Reference::default() }
    }
}
