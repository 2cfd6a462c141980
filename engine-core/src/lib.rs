//! Flowwright: an embeddable workflow engine.
//!
//! A *flow* is data: a graph of steps (activities, user tasks, timers, signals, decisions, sub-flows, loops) with CEL
//! conditions, written in YAML or JSON or built in code. The engine runs *instances* of it inside your process, durably: what
//! was acknowledged survives `kill -9`. There is no server and no broker.
//!
//! ```
//! use flowwright::{graph, simulate::{Script, Simulation}};
//!
//! let flow = r#"
//! flow: hello
//! input: {type: object, properties: {name: {type: string, default: world}}}
//! steps:
//!   - {id: greet, type: activity, handler: greeter, with: "${ input.name }"}
//! "#;
//! let graph = graph::load(flow).graph.expect("a flow without mistakes");
//! let report = Simulation::new(graph).script(Script::parse(r#"{"default": {"output": "Hello!"}}"#)?).run()?;
//! assert_eq!(*report.output, "Hello!");
//! # Ok::<(), flowwright::base::Error>(())
//! ```
//!
//! Where to begin:
//!
//! * [`engine`] is what a program calls: open a store, register handlers, deploy, start, wait, tasks, operators.
//! * [`docs::language`] is the language; [`graph::load`] reads a document and says everything that is wrong with it.
//! * [`simulate`] runs a flow under a virtual clock with scripted outcomes; [`graph`] answers questions about its shape.
//! * [`machine`] is the heart: pure functions from an input to events and commands. [`docs::architecture`] has the picture.
//! * [`store`] is the port for those who keep instances somewhere else; `testing::store_suite` proves that they do.
//!
//! Features: `runtime` (on by default) is the tokio driver and the engine; without it the crate is pure and builds for
//! `wasm32-unknown-unknown`. `embed` adds what bindings to other languages wrap. `testing` adds the store suite and random flows. A feature adds API and changes no behaviour.

pub mod base;
pub mod definition;
pub mod docs;
#[cfg(feature = "embed")]
pub mod embed;
#[cfg(feature = "runtime")]
pub mod engine;
pub mod expr;
pub mod graph;
pub mod machine;
pub mod protocol;
#[cfg(feature = "runtime")]
pub mod runtime;
pub mod simulate;
#[cfg(feature = "runtime")]
pub mod store;
pub mod task;
#[cfg(feature = "testing")]
pub mod testing;
