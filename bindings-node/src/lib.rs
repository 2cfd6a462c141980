//! The Node binding: a thin bridge over `flowwright::embed`. Values cross as JSON text; names and types are the
//! TypeScript layer's.

mod engine;
mod error;
mod offline;
mod wake;
