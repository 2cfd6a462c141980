//! `flowwright show`, `history` and `explain`.

use std::fmt::Write as _;

use flowwright::base::{Payload, Timestamp};
use flowwright::engine::InstanceView;
use serde_json::{Value, json};

use super::answer::{Answer, Exit, Result};
use super::args::{HistoryArgs, InstanceArgs};
use super::database::{Purpose, with_engine};
use super::table::{Table, cut, short};
use super::timeline;

/// Shows an instance.
pub fn show(args: &InstanceArgs, json: bool) -> Result<Answer> {
    let view =
        with_engine(&args.database, Purpose::Look, async |engine| Ok(engine.get(args.instance).await?))?;
    Ok(if json { Answer::json(&view, Exit::Ok) } else { Answer::text(text(&view), Exit::Ok) })
}

/// Shows what has happened.
pub fn history(args: &HistoryArgs, json: bool) -> Result<Answer> {
    let target = &args.target;
    let entries = with_engine(&target.database, Purpose::Look, async |engine| {
        Ok(engine.history(target.instance).await?)
    })?;
    let start = entries.first().map_or(0, |entry| entry.at.millis());
    let wanted = entries.into_iter().filter(|entry| entry.seq > args.after);
    let events: Vec<Value> = wanted.take(args.limit.unwrap_or(usize::MAX)).map(|entry| entry.json).collect();
    if json {
        return Ok(Answer::json(&json!({"instance": target.instance, "events": events}), Exit::Ok));
    }
    let began = Timestamp::from_millis(start);
    Ok(Answer::text(format!("started {began}\n\n{}", timeline::text(&events, start)), Exit::Ok))
}

/// Says why an instance is where it is.
pub fn explain(args: &InstanceArgs, json: bool) -> Result<Answer> {
    let found =
        with_engine(&args.database, Purpose::Look, async |engine| Ok(engine.explain(args.instance).await?))?;
    Ok(if json { Answer::json(&found, Exit::Ok) } else { Answer::text(found.to_string(), Exit::Ok) })
}

fn text(view: &InstanceView) -> String {
    let mut text = format!("instance {}\n", view.id);
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {name:<8} {value}");
        }
    };
    line("flow", format!("{}, version {}", view.flow, view.version));
    line("status", view.status.name().to_owned());
    line("key", view.key.clone().unwrap_or_default());
    line("parent", view.parent.as_ref().map(|parent| parent.instance.to_string()).unwrap_or_default());
    line(
        "labels",
        view.labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "),
    );
    line("started", view.started.to_string());
    line("ended", view.ended.as_ref().map(Timestamp::to_string).unwrap_or_default());
    line("input", whole(&view.input));
    for (name, value) in &view.vars {
        line("variable", format!("{name} = {}", **value));
    }
    line("output", whole(&view.output));
    line(
        "error",
        view.error
            .as_ref()
            .map(|error| format!("{} {}: {}", error.step, error.code, error.message))
            .unwrap_or_default(),
    );
    text + "\n" + &steps(view)
}

fn whole(value: &Payload) -> String {
    short(value, usize::MAX)
}

fn steps(view: &InstanceView) -> String {
    let mut table = Table::new(["STEP", "STATUS", "PASS", "TRIES", "START", "END", "RESULT"]);
    for (path, step) in &view.steps {
        let time = |at: Option<Timestamp>| {
            at.map_or(String::new(), |at| timeline::offset(at.millis() - view.started.millis()))
        };
        let result = match &step.error {
            Some(error) => cut(&format!("{}: {}", error.code, error.message), 60),
            None => short(&step.output, 60),
        };
        let mut status = step.status.name().to_owned();
        if step.compensated {
            status.push_str(", undone");
        }
        table.row([
            path.clone(),
            status,
            step.iteration.to_string(),
            step.attempts.to_string(),
            time(step.started),
            time(step.ended),
            result,
        ]);
    }
    table.text()
}
