//! What a stretch of work took: time, processor, disk, memory, transactions.

use std::time::{Duration, Instant};

use crate::Result;
use crate::counting::Counts;
use crate::store::Site;

/// How many ticks of the processor clock the kernel counts in a second.
const TICKS: f64 = 100.0;

/// What was spent between two moments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Time.
    pub wall: Duration,
    /// Processor time of all threads, in seconds.
    pub cpu_s: f64,
    /// Bytes that the process gave the file system to write.
    pub bytes_written: u64,
    /// What was asked of the store.
    pub counts: Counts,
    /// How often SQLite began its log anew.
    pub log_restarts: u64,
}

/// Measures from a moment on.
pub struct Meter<'a> {
    site: &'a Site,
    begun: Instant,
    cpu_s: f64,
    bytes: u64,
    counts: Counts,
    log: u64,
}

impl<'a> Meter<'a> {
    /// Begins.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn start(site: &'a Site) -> Result<Self> {
        let (cpu_s, bytes) = (cpu_s()?, bytes_written()?);
        Ok(Self { site, begun: Instant::now(), cpu_s, bytes, counts: site.counts(), log: site.log_number() })
    }

    /// When it began.
    pub const fn begun(&self) -> Instant {
        self.begun
    }

    /// What was spent until now.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn stop(&self) -> Result<Spent> {
        Ok(Spent {
            wall: self.begun.elapsed(),
            cpu_s: cpu_s()? - self.cpu_s,
            bytes_written: bytes_written()?.saturating_sub(self.bytes),
            counts: self.site.counts().since(self.counts),
            log_restarts: self.site.log_number().saturating_sub(self.log),
        })
    }
}

/// Latencies, for percentiles.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// The latency below which this share of them lies, in milliseconds. None if there are none.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let place = (self.0.len() as f64 * share).ceil() as usize;
        let latency = self.0.get(place.saturating_sub(1))?;
        Some(latency.as_secs_f64() * 1_000.0)
    }
}

impl FromIterator<Duration> for Latencies {
    fn from_iter<I: IntoIterator<Item = Duration>>(latencies: I) -> Self {
        let mut sorted: Vec<Duration> = latencies.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }
}

/// Processor time of this process so far, in seconds.
///
/// # Errors
/// Where the system does not tell.
pub fn cpu_s() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // The name, in brackets, may hold blanks. Behind it, user time is the 12th field and system time the 13th.
    let (_, fields) = text.rsplit_once(')').ok_or("the process's times have another form")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Ok(ticks.sum::<std::result::Result<u64, _>>()? as f64 / TICKS)
}

/// What this process gave the file system to write so far.
///
/// # Errors
/// Where the system does not tell.
pub fn bytes_written() -> Result<u64> {
    field("/proc/self/io", "write_bytes:")
}

/// The most memory that this process has ever had, in bytes.
///
/// # Errors
/// Where the system does not tell.
pub fn peak_rss() -> Result<u64> {
    Ok(field("/proc/self/status", "VmHWM:")? * 1024)
}

/// The memory that this process has now, in bytes: all of it, and what is not mapped from files.
///
/// # Errors
/// Where the system does not tell.
pub fn rss() -> Result<(u64, u64)> {
    Ok((field("/proc/self/status", "VmRSS:")? * 1024, field("/proc/self/status", "RssAnon:")? * 1024))
}

fn field(file: &str, name: &str) -> Result<u64> {
    let text = std::fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or_else(|| format!("{file} has no `{name}`"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let latencies: Latencies = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(
            [0.5, 0.95, 0.99, 1.0].map(|share| latencies.percentile(share)),
            [100.0, 190.0, 198.0, 200.0].map(Some)
        );
        assert_eq!(Latencies::default().percentile(0.5), None);
    }
}
