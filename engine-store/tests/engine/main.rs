//! The engine on real stores.

mod basic;
mod child;
mod event;
mod fault;
mod handler;
mod operate;
mod park;
mod restart;
mod retry;
mod several;
mod shutdown;
mod signal;
mod support;
mod task;
