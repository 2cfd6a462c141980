//! Wrappers around any store.

mod fault;

pub use fault::{Fault, FaultPlan, FaultRates, FaultStore, WakeRates};
