//! All records, in order for an audit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flowwright::base::InstanceId;

use crate::Result;
use crate::record::{FILE, Record};

/// What was written down.
#[derive(Debug, Default)]
pub struct Book {
    /// Acknowledged starts: the instances that a flow's key was told to be.
    pub started: BTreeMap<(String, String), BTreeSet<InstanceId>>,
    /// Which idempotency key each result was given for.
    pub results: BTreeMap<String, String>,
    /// How often the work of each idempotency key was done.
    pub done: BTreeMap<String, u64>,
    /// Who was told to have done a task.
    pub tasks: BTreeMap<(InstanceId, u32), BTreeSet<String>>,
    /// Acknowledged signals: name and id.
    pub signals: BTreeMap<InstanceId, BTreeSet<(String, String)>>,
    /// How many calls were refused or failed, by code.
    pub refused: BTreeMap<String, u64>,
    /// How many processes have come up.
    pub opened: u64,
}

impl Book {
    /// Reads the records of a folder.
    ///
    /// # Errors
    /// What the disk gives; a line that is no record.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut book = Self::default();
        for line in std::fs::read_to_string(folder.join(FILE))?.lines() {
            book.add(serde_json::from_str(line).map_err(|error| format!("{error} in the record {line}"))?);
        }
        Ok(book)
    }

    /// Enters a record.
    pub fn add(&mut self, record: Record) {
        match record {
            Record::Started { flow, key, instance } => {
                self.started.entry((flow, key)).or_default().insert(instance);
            }
            Record::Done { key, unique } => {
                *self.done.entry(key.clone()).or_default() += 1;
                self.results.insert(unique, key);
            }
            Record::TaskDone { instance, activation, by } => {
                self.tasks.entry((instance, activation)).or_default().insert(by);
            }
            Record::Signalled { instance, name, id } => {
                self.signals.entry(instance).or_default().insert((name, id));
            }
            Record::Refused { code, call, .. } => {
                *self.refused.entry(format!("{call}: {code}")).or_default() += 1;
            }
            Record::Opened { .. } => self.opened += 1,
        }
    }
}
