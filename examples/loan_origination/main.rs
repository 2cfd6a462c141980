//! Runs the loan journey: `cargo run --release -p flowwright-examples --bin loan_origination`.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flowwright::machine::Explanation;
use flowwright_examples::loan_origination::books::Books;
use flowwright_examples::loan_origination::{data, journey, report};

const USAGE: &str = "usage: loan_origination [--store URL] [--first N]

  --store URL   where to keep the run: sqlite:PATH or memory: (default: a new file in the temporary folder);
                a run that was broken off goes on when it is given the same store. The books of the services are
                beside it, in PATH with the ending `books`
  --first N     only the first N applications";

/// What the command line asks for.
struct Arguments {
    store: Option<String>,
    first: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match work(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the journey stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut found = Arguments { store: None, first: usize::MAX };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--store" => found.store = Some(value()?),
            "--first" => found.first = value()?.parse().map_err(|_| "`--first` needs a number".to_owned())?,
            _ => return Err(format!("`{word}` is not known")),
        }
    }
    Ok(found)
}

async fn work(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let mut applications = data::load()?;
    applications.truncate(arguments.first);
    let url = match arguments.store {
        Some(url) => url,
        None => format!("sqlite:{}", new_file()?.display()),
    };
    println!("{} mortgage applications of 1990, kept in {url}", applications.len());
    let books = match url.strip_prefix("sqlite:") {
        Some(path) => Books::open(&Path::new(path).with_extension("books"))?,
        None => Books::in_memory(),
    };
    let run = journey::run(flowwright_store::open(&url)?, books, &applications, bar).await?;
    if run.taken_up > 0 {
        println!("{} of them had been started before and went on", run.taken_up);
    }
    let report = report::gather(&run, &applications).await?;
    println!("\n{}\n{}", report.outcome_text(), report.timing_text(&run));
    let (paid, sum) = run.services.books().payments();
    println!(
        "{paid} loans of {:.1} million dollars were paid out; {} times somebody tried to approve a large loan alone, and was refused",
        sum / 1_000.0,
        run.refusals
    );
    if let Some(waiting) = &report.waiting {
        println!("\none of those that wait:\n{waiting}");
        look_further(&url, waiting);
    }
    run.engine.shutdown(std::time::Duration::from_secs(5)).await?;
    Ok(())
}

/// A file of its own for every run, so that a second run does not find the first.
fn new_file() -> std::io::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("flowwright-loans-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join("loans.db"))
}

/// The lines that show more of what is in the file.
fn look_further(url: &str, waiting: &Explanation) {
    let Some(path) = url.strip_prefix("sqlite:") else { return };
    let instance = waiting.instance;
    println!("look further with the `flowwright` command (`cargo install --path engine-store`):");
    for line in [
        format!("flowwright instances --db {path} --status running"),
        format!("flowwright explain {instance} --db {path}"),
        format!("flowwright history {instance} --db {path}"),
        format!("flowwright tasks list --db {path}"),
    ] {
        println!("  {line}");
    }
}

/// A bar on a terminal; elsewhere nothing.
fn bar(done: usize, of: usize) {
    const WIDTH: usize = 40;
    let mut out = std::io::stderr();
    if out.is_terminal() {
        let full = WIDTH * done / of.max(1);
        let end = if done == of { "\n" } else { "" };
        // A terminal that cannot be written to is no reason to stop.
        let _ = write!(out, "\r  [{}{}] {done}/{of}{end}", "#".repeat(full), ".".repeat(WIDTH - full));
        let _ = out.flush();
    }
}
