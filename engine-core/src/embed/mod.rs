//! What a binding to another language wraps: one engine with its own runtime, asked by requests and answered in batches.
//!
//! A binding only converts. It [opens](Host::open) a [`Host`], hands it [`Request`]s with numbers of its own choosing, and
//! whenever it is woken it [drains](Host::drain) what there is: answers, work for the handlers of its language, and word of
//! work that is not wanted any more. One wake-up of the language's event loop brings many of them, so that what a call
//! costs does not depend on how long the loop takes to wake.
//!
//! ```
//! use std::sync::{Arc, mpsc};
//!
//! use flowwright::embed::{Delivery, Host, Options};
//! use serde_json::json;
//!
//! let (wake, woken) = mpsc::channel();
//! let host = Host::open(
//!     || Ok(Arc::new(flowwright_store::MemoryStore::new())),
//!     Options::default(),
//!     move || { let _gone = wake.send(()); },
//! )?;
//! host.register("greet");
//! host.send(r#"[
//!     {"call": [1, {"deploy": {"source": "flow: hi\nsteps: [{id: a, type: activity, handler: greet, with: '${ input }'}]"}}]}
//! ]"#)?;
//! let mut answers = Vec::new();
//! while answers.len() < 3 {
//!     woken.recv()?;
//!     for delivery in host.drain(100) {
//!         match delivery {
//!             Delivery::Answer(1, _) => host.send(r#"[{"call": [2, {"start": {"flow": "hi", "input": {"n": 1}}}]}]"#)?,
//!             Delivery::Answer(2, Ok(started)) => {
//!                 host.send(&json!([{"call": [3, {"wait": {"instance": started["id"]}}]}]).to_string())?;
//!             }
//!             Delivery::Job(job) => host.done(job.id, json!("Hello!").into()),
//!             _ => {}
//!         }
//!         answers.push(());
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A caller that goes away ([`Host::forget`]) ends its wait, never the instance.

mod answer;
mod callback;
mod calls;
mod contract;
mod error;
mod host;
mod inspect;
mod message;
mod offline;
mod operate;
mod options;
mod outbox;
mod request;
mod stream;
mod told;

pub use contract::contract;
pub use error::Problem;
pub use host::Host;
pub use message::{Delivery, Job};
pub use offline::{Picture, Simulate, draw, schema, simulate, validate};
pub use options::{Members, Options};
pub use request::{Act, InstancesQuery, Request, Start, TaskAct, TasksQuery};
