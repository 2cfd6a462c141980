//! The arguments.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Several processes on one store, killed, stopped and starved, and an audit of what is left.
#[derive(Debug, Parser)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tortures, audits, and prints a line of JSON; the exit code is 1 where anything was lost
    Run(TortureArgs),
    /// One of the processes that are tortured
    #[command(hide = true)]
    Child(ChildArgs),
}

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct TortureArgs {
    /// Which store
    #[arg(long, value_enum, default_value = "sqlite")]
    pub store: StoreKind,
    /// For how long there is trouble
    #[arg(long, default_value = "3")]
    pub minutes: f64,
    /// The seed from which all trouble is drawn (default: another one each time; it is printed)
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many processes
    #[arg(long, default_value = "3")]
    pub processes: usize,
    /// Keeps the records and logs also when all is well
    #[arg(long)]
    pub keep: bool,
}

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// A SQLite file that the processes share.
    Sqlite,
    /// A PostgreSQL server of its own.
    Postgres,
}

impl StoreKind {
    /// As on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Arguments of `child`.
#[derive(Debug, clap::Args)]
pub struct ChildArgs {
    /// The store
    #[arg(long)]
    pub url: String,
    /// Where it writes down what happens
    #[arg(long)]
    pub records: PathBuf,
    /// Its name, unlike that of any other process before or beside it
    #[arg(long)]
    pub name: String,
    /// Its number among those side by side
    #[arg(long)]
    pub number: u64,
}
