//! `flowwright`: flows checked, drawn, simulated and run from the command line.

#[path = "../command/mod.rs"]
mod command;

/// Several threads allocate what others free, which the C library's allocator does under a lock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    command::main()
}
