//! What processes write down beside the store. Each line is one write to a file that is opened for appending, so that
//! the lines of several processes never mix, and what was written is there when the process is killed.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use flowwright::base::{InstanceId, TaskId};
use serde::{Deserialize, Serialize};

use crate::Result;

/// The file's name.
pub const FILE: &str = "records.jsonl";

/// One thing that happened.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A start was acknowledged.
    Started {
        /// The flow.
        flow: String,
        /// The caller's key.
        key: String,
        /// The instance.
        instance: InstanceId,
    },
    /// A handler did its work, and is about to give this result.
    Done {
        /// The idempotency key.
        key: String,
        /// The result, unlike any other.
        unique: String,
    },
    /// Somebody was told that the task is done.
    TaskDone {
        /// The instance.
        instance: InstanceId,
        /// The activation of its step.
        activation: u32,
        /// Who did it.
        by: String,
    },
    /// A signal was acknowledged.
    Signalled {
        /// The instance.
        instance: InstanceId,
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// A call was refused, or failed.
    Refused {
        /// The error's code.
        code: String,
        /// Which call.
        call: String,
        /// What it said.
        message: String,
    },
    /// A process is ready.
    Opened {
        /// Its name.
        name: String,
    },
}

impl Record {
    /// A task that was done.
    pub fn task_done(task: TaskId, by: &str) -> Self {
        Self::TaskDone { instance: task.instance, activation: task.activation, by: by.to_owned() }
    }
}

/// Where records are written.
#[derive(Debug)]
pub struct Recorder(File);

impl Recorder {
    /// Opens the file in a folder.
    ///
    /// # Errors
    /// What the disk gives.
    pub fn open(folder: &Path) -> Result<Self> {
        Ok(Self(OpenOptions::new().create(true).append(true).open(folder.join(FILE))?))
    }

    /// Writes a record. A process that cannot do it ends: it would make up losses.
    pub fn write(&self, record: &Record) {
        let line = serde_json::to_string(record).map(|line| line + "\n");
        let written =
            line.map_err(std::io::Error::from).and_then(|line| (&self.0).write_all(line.as_bytes()));
        if let Err(error) = written {
            eprintln!("a record cannot be written: {error}");
            std::process::exit(3);
        }
    }
}
