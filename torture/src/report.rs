//! What came of it: one line of JSON.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;

use crate::Result;

/// How many losses are told one by one.
const TOLD: usize = 20;

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// The store.
    pub store: &'static str,
    /// How long all of it took, in seconds.
    pub seconds: u64,
    /// How often each kind of trouble was made.
    pub troubles: BTreeMap<&'static str, u64>,
    /// Trouble that cannot be made here.
    pub missing: Vec<&'static str>,
    /// How many processes came up.
    pub processes: u64,
    /// How many instances there are.
    pub instances: u64,
    /// How many starts were acknowledged.
    pub acknowledged: u64,
    /// How many results of steps are recorded.
    pub steps: u64,
    /// How many events there are.
    pub events: u64,
    /// How often a handler did its work, and its process ended before that was durable.
    pub repeated: u64,
    /// Calls that were refused or failed, by call and code.
    pub refused: BTreeMap<String, u64>,
    /// How long it took to end everything, in milliseconds.
    pub drained_ms: u64,
    /// Processes that did not stop in good order at the end.
    pub unclean_exits: u64,
    /// Processes that ended by themselves while there was trouble.
    pub gave_up: u64,
    /// What is lost, counted twice, or wrong.
    pub losses: u64,
    /// The first of these.
    pub told: Vec<String>,
    #[serde(skip)]
    began: Instant,
}

impl Report {
    /// Nothing has happened yet.
    pub fn new(seed: u64, store: &'static str, missing: Vec<&'static str>) -> Self {
        Self {
            seed,
            store,
            seconds: 0,
            troubles: BTreeMap::new(),
            missing,
            processes: 0,
            instances: 0,
            acknowledged: 0,
            steps: 0,
            events: 0,
            repeated: 0,
            refused: BTreeMap::new(),
            drained_ms: 0,
            unclean_exits: 0,
            gave_up: 0,
            losses: 0,
            told: Vec::new(),
            began: Instant::now(),
        }
    }

    /// Something is not as it must be.
    pub fn loss(&mut self, what: impl Into<String>) {
        self.losses += 1;
        if self.told.len() < TOLD {
            self.told.push(what.into());
        }
    }

    /// It is over.
    pub fn finish(&mut self) {
        self.seconds = self.began.elapsed().as_secs();
    }

    /// Whether all is well.
    pub const fn is_clean(&self) -> bool {
        self.losses == 0 && self.unclean_exits == 0
    }

    /// Prints the line.
    ///
    /// # Errors
    /// Where it is no JSON.
    pub fn print(&self) -> Result<()> {
        for loss in &self.told {
            eprintln!("torture: {loss}");
        }
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}
