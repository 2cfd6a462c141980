//! Human work, as pure policy: who may do what, and what working time is.

mod calendar;
mod policy;

pub use calendar::after_working_time;
pub use policy::{ADMIN_ROLE, is_candidate, may_manage};
