//! `flowwright verify`.

use std::fmt::Write as _;

use flowwright::engine::Verification;
use serde_json::json;

use super::answer::{Answer, Exit, Result};
use super::args::VerifyArgs;
use super::database::{Purpose, with_engine};

/// Audits a database, or one instance of it.
pub fn run(args: &VerifyArgs, json: bool) -> Result<Answer> {
    let audit = with_engine(&args.database, Purpose::Look, async |engine| {
        Ok(match args.instance {
            Some(instance) => engine.verify(instance).await?,
            None => engine.verify_all().await?,
        })
    })?;
    let exit = if audit.is_sound() { Exit::Ok } else { Exit::NotOk };
    if json {
        return Ok(Answer::json(&json!({"ok": audit.is_sound(), "audit": audit}), exit));
    }
    Ok(Answer::text(text(&audit), exit))
}

fn text(audit: &Verification) -> String {
    let mut text = String::new();
    for finding in &audit.findings {
        let _ = writeln!(text, "{finding}\n  help: {}", finding.kind.mend());
    }
    let Verification { instances, rows, events, snapshots, tasks, moving, findings } = audit;
    let _ = writeln!(
        text,
        "{instances} instances, {events} events in {rows} rows, {snapshots} snapshots, {tasks} open tasks: {}",
        if findings.is_empty() { "sound".to_owned() } else { format!("{} findings", findings.len()) }
    );
    if *moving > 0 {
        let _ = writeln!(text, "{moving} instances changed all the while: only their history was looked at");
    }
    text
}
