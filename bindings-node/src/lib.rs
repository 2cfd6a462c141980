//! The Node binding: a thin bridge over `flowwright::embed`. Values cross as JSON text; names and types are the
//! TypeScript layer's.

#![cfg_attr(test, allow(dead_code, reason = "a build for tests registers nothing with Node"))]

mod engine;
mod error;
mod offline;
mod wake;

/// Values go from one of the engine's threads to another, where the allocators of most systems are slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
