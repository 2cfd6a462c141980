//! The workloads: `cargo bench -p flowwright-benches --bench workloads -- --help`.

use std::process::ExitCode;

use clap::Parser;
use flowwright_benches::args::Args;
use flowwright_benches::report::HEAD;
use flowwright_benches::{Result, run, workload};

/// Events and snapshots are allocated on one thread and freed on another, which the C library's allocator does under a lock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match work(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the bench stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn work(args: &Args) -> Result<()> {
    let plans = args.plans();
    if let (Some(plan), true) = (plans.first(), args.here || args.fill.is_some()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return match &args.fill {
            Some(folder) => runtime.block_on(workload::part(plan, folder)),
            None => {
                println!("{}", serde_json::to_string(&runtime.block_on(run::here(plan))?)?);
                Ok(())
            }
        };
    }
    if args.workload.is_none() && args.n.is_some() {
        return Err("`--n` needs `--workload`: the table has sizes of its own".into());
    }
    for (number, plan) in plans.iter().enumerate() {
        let report = run::apart(plan)?;
        if args.json {
            println!("{}", serde_json::to_string(&report)?);
            continue;
        }
        if number == 0 {
            println!("{HEAD}");
        }
        println!("{}", report.line());
    }
    Ok(())
}
