//! Words that everything else uses: ids, time, payloads, errors. No logic of the engine, no clock.

mod error;
mod id;
mod payload;
mod schema;
mod seed;
mod time;

pub use error::{Error, ErrorKind, Result};
pub use id::{InstanceId, TaskId};
pub use payload::Payload;
pub(crate) use schema::same_schema;
pub use seed::Seed;
pub use time::{Span, Timestamp};
