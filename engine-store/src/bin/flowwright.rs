//! `flowwright`: flows checked, drawn, simulated and run from the command line.

#[path = "../command/mod.rs"]
mod command;

fn main() -> std::process::ExitCode {
    command::main()
}
