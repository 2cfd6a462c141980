//! The engine on real stores.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

mod basic;
mod child;
mod elsewhere;
mod event;
mod fault;
mod handler;
mod operate;
mod overload;
mod park;
mod restart;
mod retry;
mod several;
mod shutdown;
mod signal;
mod support;
mod task;
mod verify;
