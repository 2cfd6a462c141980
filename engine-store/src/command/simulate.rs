//! `flowwright simulate`.

use std::fmt::Write as _;

use flowwright::protocol::InstanceStatus;
use flowwright::simulate::{Report, Simulation};

use super::answer::{Answer, Exit, Result};
use super::args::SimulateArgs;
use super::play::Play;
use super::table::{Table, cut, short};
use super::timeline;

/// Plays a flow and reports.
pub fn run(args: &SimulateArgs, json: bool) -> Result<Answer> {
    let play = match Play::read(&args.play, json)? {
        Ok(play) => play,
        Err(answer) => return Ok(answer),
    };
    let mut simulation = Simulation::new(play.graph).script(play.script);
    simulation = play.flows.into_values().fold(simulation, Simulation::flow);
    simulation = play.input.into_iter().fold(simulation, Simulation::input);
    simulation = play.key.into_iter().fold(simulation, Simulation::key);
    simulation =
        args.workers.into_iter().fold(simulation, |simulation, workers| simulation.workers(workers as usize));
    let report = simulation.run()?;
    let exit = exit_of(report.status);
    Ok(if json { Answer::json(&report, exit) } else { Answer::text(text(&report), exit) })
}

/// An instance that failed or was aborted is not well; one that waits may be.
pub fn exit_of(status: InstanceStatus) -> Exit {
    match status {
        InstanceStatus::Failed | InstanceStatus::Aborted => Exit::NotOk,
        _ => Exit::Ok,
    }
}

fn text(report: &Report) -> String {
    let mut text = format!("{} after {}\n", report.status.name(), report.duration);
    if let Some(error) = &report.error {
        let _ = writeln!(text, "error: {} {}: {}", error.step, error.code, error.message);
    }
    if !report.output.is_null() {
        let _ = writeln!(text, "output: {}", *report.output);
    }
    for refusal in &report.refused {
        let _ = writeln!(text, "refused: {refusal}");
    }
    let _ = write!(text, "\n{}", steps(report));
    let _ = write!(text, "\n{}", timeline::text(&report.events, 0));
    if let Some(waiting) = &report.waiting {
        let _ = write!(text, "\n{waiting}");
    }
    text
}

/// A row for each step.
fn steps(report: &Report) -> String {
    let mut table = Table::new(["STEP", "STATUS", "PASS", "TRIES", "START", "END", "RESULT"]);
    for (path, step) in &report.steps {
        let time = |ms: Option<i64>| ms.map_or(String::new(), timeline::offset);
        let result = match &step.error {
            Some(error) => cut(&format!("{}: {}", error.code, error.message), 60),
            None => short(&step.output, 60),
        };
        table.row([
            path.clone(),
            step.status.name().to_owned(),
            step.iteration.to_string(),
            step.attempts.to_string(),
            time(step.started_ms),
            time(step.ended_ms),
            result,
        ]);
    }
    table.text()
}
