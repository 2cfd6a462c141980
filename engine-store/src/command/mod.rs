//! The command `flowwright`.
//!
//! A subcommand takes its arguments and gives an [`Answer`]: the text for standard output and the exit code. Only
//! [`main`] prints and exits, and only `run` speaks (on standard error) while it works.

mod answer;
mod args;
mod database;
mod diagnostics;
mod document;
mod graph;
mod instances;
mod names;
mod operate;
mod play;
mod run;
mod schema;
mod show;
mod simulate;
mod snippet;
mod table;
mod tasks;
mod timeline;
mod validate;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use answer::{Answer, Failure, Result};
use args::{Args, Command};
use clap::Parser;
use flowwright::base::ErrorKind;

/// Runs the command with the process's arguments.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let json = args.json;
    let answer = perform(args).unwrap_or_else(|failure| report(&failure, json));
    print(&answer.text);
    answer.exit.into()
}

fn perform(args: Args) -> Result<Answer> {
    let json = args.json;
    match args.command {
        Command::Validate(args) => validate::run(&args, json),
        Command::Graph(args) => graph::run(&args, json),
        Command::Simulate(args) => simulate::run(&args, json),
        Command::Run(args) => run::run(&args, json),
        Command::Instances(args) => instances::run(&args, json),
        Command::Show(args) => show::show(&args, json),
        Command::History(args) => show::history(&args, json),
        Command::Explain(args) => show::explain(&args, json),
        Command::Suspend(args) => operate::suspend(&args, json),
        Command::Resume(args) => operate::resume(&args, json),
        Command::Abort(args) => operate::abort(&args, json),
        Command::Retry(args) => operate::retry(&args, json),
        Command::Skip(args) => operate::skip(&args, json),
        Command::Complete(args) => operate::complete(&args, json),
        Command::Signal(args) => operate::signal(&args, json),
        Command::Tasks(args) => match args.command() {
            Some(command) => tasks::run(&command, json),
            None => Err(Failure::new(ErrorKind::InvalidArgument, "say `tasks --db PATH`, or what to do")),
        },
        Command::Verify(args) => verify::run(&args, json),
        Command::Schema => Ok(schema::run()),
    }
}

/// What went wrong: for people on standard error, for machines as the answer.
fn report(failure: &Failure, json: bool) -> Answer {
    if json {
        return Answer::json(failure, failure.exit);
    }
    eprint!("{failure}");
    Answer::text("", failure.exit)
}

/// Prints the answer. Whoever reads it may stop reading: that is no error.
fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
