//! Torture: several processes run flows on one store; they are killed and stopped, their disk fills up and cannot be
//! written, their server goes away. Then everything is left to end, and an audit compares what happened with what was
//! acknowledged and recorded.
//!
//! * [`fleet`]: the processes, each of them this program again ([`child`]).
//! * [`place`]: where they keep their instances, and what can be done to that.
//! * [`trouble`]: what is done, drawn from a seed.
//! * [`record`]: what processes write beside the store: what was acknowledged, what handlers did.
//! * [`audit`]: whether anything was lost or counted twice.

mod args;
mod audit;
mod book;
mod child;
mod drain;
mod fleet;
mod flow;
mod lot;
mod place;
mod record;
mod report;
mod trouble;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use args::{Args, Command, TortureArgs};
use clap::Parser;

/// The result of anything here: what goes wrong is told and ends the run.
type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Child(args) => child::run(&args).map(|()| true),
        Command::Run(args) => place::in_own_mounts().unwrap_or_else(|| torture(&args)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was lost.
fn torture(args: &TortureArgs) -> Result<bool> {
    let seed = args.seed.unwrap_or_else(lot::any_seed);
    eprintln!("torture: seed {seed}, store {}, {:.1} minutes", args.store.name(), args.minutes);
    let scratch = tempfile::Builder::new().prefix("flowwright-torture").tempdir()?;
    let records = scratch.path().join("records");
    std::fs::create_dir(&records)?;
    let mut place = place::open(args, scratch.path())?;
    let mut report = report::Report::new(seed, args.store.name(), place.missing());
    let mut fleet = fleet::Fleet::new(args.processes, place.url(), &records)?;
    let until = Instant::now() + Duration::from_secs_f64(args.minutes * 60.0);
    trouble::torment(&mut fleet, &mut *place, seed, until, &mut report)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let store = flowwright_store::open(&place.url())?;
        drain::until_all_end(&mut fleet, &store, &mut report).await?;
        report.unclean_exits = fleet.quit();
        let book = book::Book::read(&records)?;
        audit::audit(&store, &book, &mut report).await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(store.close().await?)
    })?;
    drop(place);
    report.finish();
    report.print()?;
    if args.keep || !report.is_clean() {
        eprintln!("torture: the records are kept in {}", scratch.keep().display());
    }
    Ok(report.is_clean())
}
