//! Simulation: the same machine under a virtual clock, with scripted outcomes.
//!
//! No handler runs, no task is created, nothing waits: the dry run before a flow is published, and the harness of the
//! project's own pattern tests.
//!
//! ```
//! use flowwright::{base::Span, graph, simulate::{Script, Simulation}};
//!
//! let flow = "flow: pay\nsteps: [{id: charge, type: activity, handler: card.charge, retry: {attempts: 3}}]";
//! let graph = graph::load(flow).graph.expect("a valid flow");
//! let script = Script::parse(r#"{"steps": {"charge": [
//!     {"after": "2s", "error": {"code": "busy", "message": "try again"}},
//!     {"after": "1s", "output": {"receipt": 7}}
//! ]}}"#)?;
//! let report = Simulation::new(graph).script(script).run()?;
//! assert_eq!(report.status.name(), "completed");
//! assert_eq!(report.duration, Span::from_secs(4));        // 2s, a pause of 1s, 1s
//! assert_eq!(report.steps["charge"].attempts, 2);
//! # Ok::<(), flowwright::base::Error>(())
//! ```

mod actors;
mod report;
mod script;
mod workers;
mod world;

pub use report::{Report, StepReport};
pub use script::{Entry, Script, ScriptedError, ScriptedInput, ScriptedSignal};
pub use world::Simulation;
