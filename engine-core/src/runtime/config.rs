//! The runtime's bounds and pauses, with the values that suit most programs.

use crate::base::{Error, ErrorKind, Result, Span};

/// The runtime's bounds and pauses. `Config::default()` suits most programs.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How many shards the database has (default 16). Fixed when the database is created.
    pub shards: u32,
    /// How many shards this engine would like to own (default: its share, when all engines have alike; what it has
    /// beyond that it hands over as others come).
    pub want_shards: Option<u32>,
    /// How many tasks decide on instances side by side (default: one per core, at most 8).
    pub workers: usize,
    /// For how long a shard is leased (default 3 s). It is renewed each third of that. A dead engine's shards are taken
    /// over after this, and a third at the most.
    pub lease: Span,
    /// How many results of handlers may wait to become durable (default 512). After a crash at most these run again.
    pub window: usize,
    /// How many handlers run side by side (default 4,096).
    pub handlers: usize,
    /// How many commits the store is given at once (default 2,048).
    pub batch: usize,
    /// How long an instance with nothing running stays in memory (default 10 s).
    pub park_after: Span,
    /// How many instances stay in memory before idle ones are parked early (default 100,000).
    pub resident: usize,
    /// After how many events a snapshot is written (default 256); large states wait longer.
    pub snapshot_after: u64,
    /// How many instances are loaded side by side (default 32).
    pub loads: usize,
    /// How many calls may wait to be decided before further ones are refused as `overloaded` (default 100,000).
    pub calls: usize,
    /// The safety net: how often the store is asked for work of which no word came (default 1 s).
    pub poll: Span,
    /// How long a call waits for the process that owns the instance (default 30 s).
    pub remote_timeout: Span,
    /// How large an input, a signal's payload, or what a handler returns may be, in bytes of JSON (default 2 MiB).
    pub payload: usize,
    /// How long a handler may go on after it was told to stop (default 30 s).
    pub cancel_grace: Span,
}

impl Default for Config {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            shards: 16,
            want_shards: None,
            workers: cores.clamp(1, 8),
            lease: Span::from_secs(3),
            window: 512,
            handlers: 4_096,
            batch: 2_048,
            park_after: Span::from_secs(10),
            resident: 100_000,
            snapshot_after: 256,
            loads: 32,
            calls: 100_000,
            poll: Span::from_secs(1),
            remote_timeout: Span::from_secs(30),
            payload: 2 * 1024 * 1024,
            cancel_grace: Span::from_secs(30),
        }
    }
}

impl Config {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// `InvalidArgument` naming the field.
    pub(crate) fn check(&self) -> Result<()> {
        let positive = [
            ("shards", self.shards as usize),
            ("workers", self.workers),
            ("window", self.window),
            ("handlers", self.handlers),
            ("batch", self.batch),
            ("resident", self.resident),
            ("loads", self.loads),
            ("calls", self.calls),
            ("payload", self.payload),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(invalid(name, "must be at least 1"));
        }
        if self.lease < Span::from_millis(100) {
            return Err(invalid("lease", "must be at least 100ms, so that it can be renewed in time"));
        }
        if self.poll == Span::ZERO {
            return Err(invalid("poll", "must be more than 0s"));
        }
        Ok(())
    }
}

fn invalid(field: &'static str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("the engine's `{field}` {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_zero_are_refused_by_name() {
        assert!(Config::default().check().is_ok());
        let error = Config { window: 0, ..Config::default() }.check().unwrap_err();
        assert!(error.message().contains("`window`"), "{error}");
    }
}
