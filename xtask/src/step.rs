//! One step of the gate: a command or a function, timed, with its verdict.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::count::Count;
use crate::tool;

/// A step.
pub struct Step {
    /// What it is called.
    pub name: &'static str,
    work: Work,
}

enum Work {
    Check(Command),
    Tests(Command),
    Call(fn() -> bool),
    Need(fn() -> Result<String, String>),
    Skip(&'static str),
}

/// What became of a step.
#[derive(Debug)]
pub struct Outcome {
    /// The step.
    pub name: &'static str,
    /// Whether all is well. A step that was skipped counts as well.
    pub passed: bool,
    /// Why it did not run.
    pub skipped: Option<String>,
    /// The tests that it ran, if it is a test runner.
    pub tests: Count,
    /// How long it took.
    pub took: Duration,
}

impl Step {
    /// A command that succeeds or fails.
    pub fn check(name: &'static str, command: Command) -> Self {
        Self { name, work: Work::Check(command) }
    }

    /// A command that runs tests as `cargo test` does.
    pub fn tests(name: &'static str, command: Command) -> Self {
        Self { name, work: Work::Tests(command) }
    }

    /// A function that says whether all is well.
    pub fn call(name: &'static str, function: fn() -> bool) -> Self {
        Self { name, work: Work::Call(function) }
    }

    /// Something that later steps use, and do without where it is not there: the function says what was found, or why
    /// nothing was. Where changes are judged (`CI` is set) it has to be there.
    pub fn need(name: &'static str, function: fn() -> Result<String, String>) -> Self {
        Self { name, work: Work::Need(function) }
    }

    /// A step that cannot run here, and why.
    pub fn skip(name: &'static str, reason: &'static str) -> Self {
        Self { name, work: Work::Skip(reason) }
    }

    /// Runs the step, with headings and what it prints.
    pub fn run(self) -> Outcome {
        let Self { name, work } = self;
        let began = Instant::now();
        let mut outcome =
            Outcome { name, passed: true, skipped: None, tests: Count::default(), took: Duration::ZERO };
        match work {
            Work::Skip(reason) => {
                println!("\n==> {name}: skipped, {reason}");
                outcome.skipped = Some(reason.to_owned());
            }
            Work::Check(mut command) => {
                println!("\n==> {name}: {}", shown(&command));
                outcome.passed = succeeds(&mut command);
            }
            Work::Tests(mut command) => {
                println!("\n==> {name}: {}", shown(&command));
                outcome.passed = tested(&mut command, &mut outcome.tests);
            }
            Work::Need(function) => match function() {
                Ok(found) => println!("\n==> {name}: {found}"),
                Err(reason) => {
                    println!("\n==> {name}: MISSING, what needs it is not tested: {reason}");
                    outcome.passed = std::env::var_os("CI").is_none();
                    outcome.skipped = Some(reason);
                }
            },
            Work::Call(function) => {
                println!("\n==> {name}");
                outcome.passed = function();
            }
        }
        outcome.took = began.elapsed();
        outcome
    }
}

/// Runs a command with our own input and output, and says whether it succeeded.
pub fn succeeds(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => unstartable(command, &error),
    }
}

/// Runs tests, counts them, and shows what they print except for the lines of those that passed.
fn tested(command: &mut Command, count: &mut Count) -> bool {
    command.envs(tool::postgres_url().map(|url| ("FLOWWRIGHT_POSTGRES", url)));
    let mut child = match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return unstartable(command, &error),
    };
    let lines = child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).split(b'\n'));
    for line in lines.map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        *count += Count::of_line(&line).unwrap_or_default();
        let dull = line.is_empty() || (line.starts_with("test ") && line.ends_with(" ... ok"));
        if !dull {
            println!("{line}");
        }
    }
    let passed = child.wait().is_ok_and(|status| status.success());
    if !passed && count.failed == 0 {
        // It did not compile, or died: that counts as a failure, so that the sum never looks well.
        count.failed = 1;
    }
    passed
}

fn unstartable(command: &Command, error: &std::io::Error) -> bool {
    eprintln!("error: `{}` cannot be started: {error}", shown(command));
    false
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let words = program.file_name().into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn tests_are_counted_over_all_binaries() {
        let script = "echo 'test a ... ok'; echo 'test result: ok. 2 passed; 0 failed; 0 ignored';
            echo 'test result: FAILED. 3 passed; 4 failed; 0 ignored'; exit 1";
        let outcome = Step::tests("some", shell(script)).run();
        assert!(!outcome.passed);
        assert_eq!(outcome.tests, Count { passed: 5, failed: 4 });
    }

    #[test]
    fn a_runner_that_dies_counts_as_a_failure() {
        let outcome =
            Step::tests("some", shell("echo 'test result: ok. 2 passed; 0 failed'; exit 101")).run();
        assert_eq!((outcome.passed, outcome.tests), (false, Count { passed: 2, failed: 1 }));
    }

    #[test]
    fn what_is_needed_and_missing_is_said() {
        let outcome = Step::need("server", || Err("there is none".to_owned())).run();
        assert_eq!(outcome.skipped.as_deref(), Some("there is none"));
        assert_eq!(outcome.passed, std::env::var_os("CI").is_none());
        let found = Step::need("server", || Ok("here".to_owned())).run();
        assert_eq!((found.passed, found.skipped), (true, None));
    }

    #[test]
    fn what_cannot_be_started_has_failed() {
        assert!(!succeeds(&mut Command::new("no-such-program-at-all")));
        assert!(!Step::tests("some", Command::new("no-such-program-at-all")).run().passed);
    }

    #[test]
    fn a_command_is_shown_as_it_is_typed() {
        assert_eq!(shown(&shell("true")), "sh -c true");
    }
}
