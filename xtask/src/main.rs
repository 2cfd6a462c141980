//! `cargo xtask`: the project's chores.

use std::process::ExitCode;

use xtask::{cargo, gate, step, tidy};

const HELP: &str = "\
cargo xtask COMMAND

  test            all that a change has to pass: formatting, lints, tests, docs, tidiness. Changes nothing.
                  Runs every step even after one has failed, lists what failed, and ends with the tests' count
  test --quick    the same without Python, Node and the builds for other targets and feature sets
  fmt [--check]   formats the code, or says where it is not formatted
  lint            clippy over everything, warnings are errors
  tidy            module edges, banned calls, module docs, long files, stray paths
  torture [--store sqlite|postgres] [--minutes N] [--seed S]
                  processes that are killed, stopped and starved, and an audit: a line of JSON, exit code 1 at any loss
  doc [--open]    the documentation, warnings are errors
  schema          prints the language's JSON Schema

Exit code: 0 all is well, 1 something is not, 2 the command is not known.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let passed = match words.as_slice() {
        ["test"] => gate::run(gate::steps(false)),
        ["test", "--quick"] => gate::run(gate::steps(true)),
        ["fmt"] => step::succeeds(&mut cargo::format(false)),
        ["fmt", "--check"] => step::succeeds(&mut cargo::format(true)),
        ["lint"] => step::succeeds(&mut cargo::lint()),
        ["tidy"] => tidy::report(),
        ["torture", words @ ..] => step::succeeds(&mut cargo::torture(words)),
        ["doc"] => step::succeeds(&mut cargo::document(false)),
        ["doc", "--open"] => step::succeeds(&mut cargo::document(true)),
        ["schema"] => step::succeeds(&mut cargo::schema()),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            true
        }
        _ => {
            eprintln!("error: `cargo xtask {}` is no command\n\n{HELP}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
