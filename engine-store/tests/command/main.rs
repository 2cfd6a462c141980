//! The command `flowwright`, as people and programs use it: the real binary, its output and its exit codes.
#![cfg(feature = "cli")]

mod definition;
mod operate;
mod run;
mod simulate;
mod support;
mod task;
