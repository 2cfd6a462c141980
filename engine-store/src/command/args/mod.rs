//! The arguments of the command.

mod database;
mod task;

pub use database::{
    AbortArgs, CompleteArgs, Database, DatabaseArgs, HistoryArgs, InstanceArgs, InstancesArgs, RetryArgs,
    RunArgs, SignalArgs, StepArgs, SuspendArgs,
};
pub use task::{ActArgs, ListArgs, OneArgs, TaskCommand, TasksArgs};

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use super::answer::EXIT_CODES;

/// Checks, draws, simulates, runs and looks after flows.
#[derive(Debug, Parser)]
#[command(name = "flowwright", version, after_help = EXIT_CODES)]
pub struct Args {
    /// Answers with one JSON value on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says what is wrong with definitions, where, and how to mend it
    #[command(after_help = EXIT_CODES)]
    Validate(ValidateArgs),
    /// Draws a flow
    #[command(after_help = EXIT_CODES)]
    Graph(GraphArgs),
    /// Plays a flow under a virtual clock, with scripted outcomes
    #[command(after_help = EXIT_CODES)]
    Simulate(SimulateArgs),
    /// Runs a flow durably in a database, with scripted handlers and people; again: goes on where it was
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Lists instances, the newest first
    #[command(after_help = EXIT_CODES)]
    Instances(InstancesArgs),
    /// Shows an instance: status, variables, every step
    #[command(after_help = EXIT_CODES)]
    Show(InstanceArgs),
    /// Shows all that has happened to an instance
    #[command(after_help = EXIT_CODES)]
    History(HistoryArgs),
    /// Says why an instance is where it is
    #[command(after_help = EXIT_CODES)]
    Explain(InstanceArgs),
    /// Holds an instance: it starts nothing until it is resumed
    #[command(after_help = EXIT_CODES)]
    Suspend(SuspendArgs),
    /// Lets a suspended instance go on
    #[command(after_help = EXIT_CODES)]
    Resume(SuspendArgs),
    /// Ends an instance: what is active is cancelled
    #[command(after_help = EXIT_CODES)]
    Abort(AbortArgs),
    /// Does a failed step again
    #[command(after_help = EXIT_CODES)]
    Retry(RetryArgs),
    /// Passes over a failed step, as if it had completed with null
    #[command(after_help = EXIT_CODES)]
    Skip(StepArgs),
    /// Gives a failed step its output
    #[command(after_help = EXIT_CODES)]
    Complete(CompleteArgs),
    /// Sends a signal to an instance
    #[command(after_help = EXIT_CODES)]
    Signal(SignalArgs),
    /// User tasks: who may do what, and doing it
    #[command(after_help = EXIT_CODES)]
    Tasks(Box<TasksArgs>),
    /// Prints the JSON Schema of definitions, for editors
    Schema,
}

/// Arguments of `validate`.
#[derive(Debug, clap::Args)]
pub struct ValidateArgs {
    /// Definitions, YAML or JSON; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Arguments of `graph`.
#[derive(Debug, clap::Args)]
pub struct GraphArgs {
    /// The definition, YAML or JSON; `-` reads standard input
    pub file: PathBuf,
    /// The language of the drawing (default mermaid; json with --json)
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// Languages of drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Mermaid, for Markdown
    Mermaid,
    /// DOT, for Graphviz
    Dot,
    /// Steps, edges, scopes and cycles as data
    Json,
}

/// What a flow is played with.
#[derive(Debug, clap::Args)]
pub struct PlayArgs {
    /// The definition, YAML or JSON; `-` reads standard input
    pub file: PathBuf,
    /// The input: JSON, or @FILE with JSON in it
    #[arg(long, value_name = "JSON|@FILE")]
    pub input: Option<String>,
    /// Outcomes of steps and signals: {"steps": {"STEP": [{"after": "2s", "output": …}]}, "signals": […]}, or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    pub script: Option<String>,
    /// Another flow, for `call` steps; may be given more than once
    #[arg(long = "flow", value_name = "FILE")]
    pub flows: Vec<PathBuf>,
    /// The instance's key, unique in the flow
    #[arg(long)]
    pub key: Option<String>,
}

/// Arguments of `simulate`.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    /// The flow and its surroundings.
    #[command(flatten)]
    pub play: PlayArgs,
    /// So many workers run the activities, first in first out (default: one for each)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub workers: Option<u32>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_make_sense() {
        super::Args::command().debug_assert();
    }
}
