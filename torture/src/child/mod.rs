//! One of the processes: an engine with handlers, callers that start instances, people who do tasks, a postman who
//! sends signals, and an operator who holds instances and lets them go on. It ends when its input does.

pub mod handler;
mod load;
mod operate;
mod people;
mod post;

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{Error, Span};
use flowwright::engine::{Config, Engine};
use tokio::sync::watch;

use crate::Result;
use crate::args::ChildArgs;
use crate::flow::FLOWS;
use crate::record::{Record, Recorder};

/// What the process is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    /// Start instances.
    Load,
    /// Only end what there is.
    Drain,
    /// Stop in good order.
    Quit,
}

/// What everybody in the process knows.
struct Office {
    engine: Engine,
    recorder: Arc<Recorder>,
    name: String,
    mode: watch::Receiver<Mode>,
}

impl Office {
    fn mode(&self) -> Mode {
        *self.mode.borrow()
    }

    /// Notes that a call failed.
    fn refused(&self, call: &str, error: &Error) {
        refused(&self.recorder, call, error);
    }
}

fn refused(recorder: &Recorder, call: &str, error: &Error) {
    let (code, message) = (error.code().to_owned(), error.to_string());
    recorder.write(&Record::Refused { code, call: call.to_owned(), message });
}

/// Runs the process until it is told to quit.
///
/// # Errors
/// Where the store cannot be opened, or the engine does not stop in good order.
pub fn run(args: &ChildArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(work(args))
}

/// Short leases, and bounds that are reached: other ones in each process.
fn config(number: u64) -> Config {
    let usual = Config { workers: 2, lease: Span::from_secs(1), ..Config::default() };
    match number % 3 {
        0 => Config { park_after: Span::from_millis(200), snapshot_after: 12, ..usual },
        1 => Config { resident: 40, snapshot_after: 30, ..usual },
        _ => Config { window: 8, handlers: 24, batch: 16, loads: 2, calls: 48, ..usual },
    }
}

async fn work(args: &ChildArgs) -> Result<()> {
    let recorder = Arc::new(Recorder::open(&args.records)?);
    let mode = listen();
    let opened = open(args, &recorder).await;
    let (store, engine) = opened.inspect_err(|error| refused(&recorder, "open", error))?;
    recorder.write(&Record::Opened { name: args.name.clone() });
    let office = Arc::new(Office { engine, recorder, name: args.name.clone(), mode: mode.clone() });
    for caller in 0..load::CALLERS {
        tokio::spawn(load::start_on_and_on(Arc::clone(&office), caller));
    }
    tokio::spawn(people::work_on_and_on(Arc::clone(&office)));
    tokio::spawn(operate::hold_on_and_on(Arc::clone(&office)));
    tokio::spawn(post::send_on_and_on(Arc::clone(&office)));
    let mut mode = mode;
    mode.wait_for(|mode| *mode == Mode::Quit).await?;
    office.engine.shutdown(Duration::from_secs(10)).await?;
    store.close().await?;
    Ok(())
}

type Opened = (Arc<dyn flowwright::store::Store>, Engine);

async fn open(args: &ChildArgs, recorder: &Arc<Recorder>) -> Result<Opened, Error> {
    let store = flowwright_store::open(&args.url)?;
    let builder = Engine::builder(Arc::clone(&store)).config(config(args.number));
    let engine = handler::register(builder, recorder, &args.name, args.number).open().await?;
    for flow in FLOWS {
        engine.deploy(flow.definition).await?;
    }
    Ok((store, engine))
}

/// What the parent says, line by line. When it says nothing any more it is gone, and so is this process.
fn listen() -> watch::Receiver<Mode> {
    let (told, mode) = watch::channel(Mode::Load);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let next = if line == "quit" { Mode::Quit } else { Mode::Drain };
            told.send_if_modified(|mode| {
                let changes = next > *mode;
                *mode = next.max(*mode);
                changes
            });
        }
        if *told.borrow() != Mode::Quit {
            std::process::exit(0);
        }
        // The sender lives for as long as anybody may ask.
        std::thread::park();
    });
    mode
}
