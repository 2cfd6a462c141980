//! What the command line asks for.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Runs workloads on the real engine and a real store, and prints what they took.
///
/// Without `--workload`: all of them, at two sizes where the size matters.
#[derive(Clone, Debug, Parser)]
#[command(name = "workloads")]
pub struct Args {
    /// Which workload; without it, a table of all
    #[arg(long, value_enum)]
    pub workload: Option<Workload>,
    /// Which store (default: sqlite; in the table: all)
    #[arg(long, value_enum)]
    pub store: Option<StoreKind>,
    /// How many instances, items or steps (default: by workload)
    #[arg(long)]
    pub n: Option<u64>,
    /// So many bytes travel through every step besides the number; 0: the number alone
    #[arg(long, default_value_t = 0)]
    pub payload: usize,
    /// How often it is run; the median is reported (default: 3, of long workloads 1)
    #[arg(long)]
    pub runs: Option<usize>,
    /// For how long a workload that could go on for ever is measured
    #[arg(long, default_value_t = 60)]
    pub seconds: u64,
    /// How long the appraisers of w6 take, in milliseconds; 0: the engine has as much to do as it can
    #[arg(long, default_value_t = 0)]
    pub think: u64,
    /// How many processes w8 has
    #[arg(long, default_value_t = 2)]
    pub processes: u64,
    /// The last line is one JSON object
    #[arg(long)]
    pub json: bool,
    /// An empty PostgreSQL database, in place of a server of its own
    #[arg(long)]
    pub url: Option<String>,
    /// Where the scratch folder is made, which decides about the disk (default: the system's temporary folder)
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// This process is the one that does the work
    #[arg(long, hide = true)]
    pub here: bool,
    /// This process is one of several that work on the database in that folder
    #[arg(long, hide = true)]
    pub fill: Option<PathBuf>,
    /// `cargo bench` gives this to every bench
    #[arg(long, hide = true)]
    pub bench: bool,
}

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// The bare machine: no store, no runtime, one thread; n steps in a chain
    Machine,
    /// n instances of three steps, started at once
    W1,
    /// n instances of three steps, one after the other
    W2,
    /// One instance: n items side by side, and a join
    W3,
    /// One instance: a chain of n steps
    W4,
    /// n instances wait for a signal, leave memory, and are released
    W5,
    /// Mortgages: n instances under way at any time, for a while
    W6,
    /// A process with n open instances is killed, and another one goes on
    W7,
    /// n instances of three steps, started at once by several processes on one database
    W8,
    /// n times: a process is killed, and another one goes on with its instances
    W9,
}

/// Where instances are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// Nothing outlives the process
    Memory,
    /// A file of its own in the scratch folder
    Sqlite,
    /// A server of its own, or the database that `--url` names
    Postgres,
}

impl Workload {
    /// As it is written on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::W1 => "w1",
            Self::W2 => "w2",
            Self::W3 => "w3",
            Self::W4 => "w4",
            Self::W5 => "w5",
            Self::W6 => "w6",
            Self::W7 => "w7",
            Self::W8 => "w8",
            Self::W9 => "w9",
        }
    }

    /// The size where none is given.
    pub const fn usual(self) -> u64 {
        match self {
            Self::Machine | Self::W2 | Self::W4 => 1_000,
            Self::W1 | Self::W3 | Self::W5 | Self::W6 | Self::W8 => 10_000,
            Self::W7 => 100_000,
            Self::W9 => 20,
        }
    }

    /// How often it is run where nothing is said.
    pub const fn runs(self, n: u64) -> usize {
        match self {
            Self::W6 | Self::W7 | Self::W9 => 1,
            Self::W5 if n > 10_000 => 1,
            _ => 3,
        }
    }
}

impl StoreKind {
    /// As it is written on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// One thing to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What.
    pub workload: Workload,
    /// Where.
    pub store: StoreKind,
    /// How many.
    pub n: u64,
    /// Bytes besides the number.
    pub payload: usize,
    /// How often.
    pub runs: usize,
    /// For how long.
    pub seconds: u64,
    /// How long people outside take, in milliseconds.
    pub think: u64,
    /// How many processes work side by side.
    pub processes: u64,
    /// Of PostgreSQL.
    pub url: Option<String>,
    /// Of the scratch folder.
    pub dir: Option<PathBuf>,
}

impl Args {
    /// A plan for one workload with what else the command line says.
    pub fn plan(&self, workload: Workload, store: StoreKind, n: Option<u64>, payload: usize) -> Plan {
        let n = n.unwrap_or(workload.usual()).max(1);
        let runs = self.runs.unwrap_or(workload.runs(n)).max(1);
        let (url, dir) = (self.url.clone(), self.dir.clone());
        let (seconds, think, processes) = (self.seconds, self.think, self.processes.max(1));
        Plan { workload, store, n, payload, runs, seconds, think, processes, url, dir }
    }

    /// All that is asked for.
    pub fn plans(&self) -> Vec<Plan> {
        match self.workload {
            Some(workload) => {
                let store = self.store.unwrap_or(StoreKind::Sqlite);
                vec![self.plan(workload, store, self.n, self.payload)]
            }
            None => self.table(),
        }
    }

    /// Every workload; whatever should be linear at two sizes.
    fn table(&self) -> Vec<Plan> {
        let mut plans: Vec<Plan> =
            [3, 1_000, 10_000].map(|n| self.plan(Workload::Machine, StoreKind::Memory, Some(n), 0)).into();
        let stores = match self.store {
            Some(store) => vec![store],
            None => vec![StoreKind::Memory, StoreKind::Sqlite, StoreKind::Postgres],
        };
        for (workload, n, payload) in TABLE {
            plans.extend(stores.iter().map(|store| self.plan(*workload, *store, Some(*n), *payload)));
        }
        let busy: Vec<Plan> = plans.iter().filter(|plan| plan.workload == Workload::W6).cloned().collect();
        plans.extend(busy.into_iter().map(|plan| Plan { think: THINK, ..plan }));
        plans
    }
}

/// How long the appraisers take in the second line of w6: the engine is not the bottleneck then.
const THINK: u64 = 5_000;

/// Workload, size, bytes.
const TABLE: &[(Workload, u64, usize)] = &[
    (Workload::W1, 10_000, 0),
    (Workload::W1, 100_000, 0),
    (Workload::W1, 10_000, 1_000),
    (Workload::W1, 1_000, 100_000),
    (Workload::W2, 1_000, 0),
    (Workload::W2, 5_000, 0),
    (Workload::W2, 1_000, 1_000),
    (Workload::W2, 200, 100_000),
    (Workload::W3, 1_000, 0),
    (Workload::W3, 10_000, 0),
    (Workload::W3, 100_000, 0),
    (Workload::W3, 1_000, 1_000),
    (Workload::W4, 1_000, 0),
    (Workload::W4, 10_000, 0),
    (Workload::W4, 1_000, 1_000),
    (Workload::W5, 10_000, 0),
    (Workload::W5, 100_000, 0),
    (Workload::W6, 10_000, 0),
    (Workload::W7, 10_000, 0),
    (Workload::W7, 100_000, 0),
];
