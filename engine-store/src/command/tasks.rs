//! `flowwright tasks`.

use flowwright::base::{ErrorKind, Timestamp};
use flowwright::engine::{Engine, TaskCall};
use flowwright::protocol::{Actor, TaskView};
use flowwright::store::{Page, TaskCursor, TaskFilter};
use serde_json::{Value, json};

use super::answer::{Answer, Exit, Result};
use super::args::{ActArgs, ListArgs, OneArgs, TaskCommand};
use super::database::{Purpose, with_engine};
use super::operate::{act, value};
use super::table::{Table, cut};

/// Does something with tasks.
pub fn run(command: &TaskCommand, json: bool) -> Result<Answer> {
    match command {
        TaskCommand::List(args) => list(args, json),
        TaskCommand::Show(args) => show(args, json),
        TaskCommand::Claim(args) => call(args, json, |engine, actor| engine.claim(args.target.task, actor)),
        TaskCommand::Release(args) => {
            call(args, json, |engine, actor| engine.release(args.target.task, actor))
        }
        TaskCommand::Complete(args) => {
            let data = value("--data", args.data.as_deref())?;
            let outcome = args.outcome.as_deref().unwrap_or_default();
            call(&args.act, json, |engine, actor| engine.complete(args.act.target.task, actor, outcome, data))
        }
        TaskCommand::Reassign(args) => {
            call(&args.act, json, |engine, actor| engine.reassign(args.act.target.task, actor, &args.to))
        }
        TaskCommand::Escalate(args) => call(&args.act, json, |engine, actor| {
            engine.escalate(args.act.target.task, actor, &args.to, &args.reason)
        }),
    }
}

/// Asks for something to be done with a task.
fn call(args: &ActArgs, json: bool, what: impl FnOnce(&Engine, Actor) -> TaskCall) -> Result<Answer> {
    let result = act(&args.target.database, args.target.task.instance, json, async |engine| {
        let mut call = what(engine, args.person.actor());
        if let Some(request) = &args.person.request {
            call = call.request(request);
        }
        Ok(call.await?)
    });
    result.map_err(|failure| match failure.code == ErrorKind::Forbidden.code() {
        true => failure.help("say who does it: --by NAME, and what they are: --role ROLE, --group GROUP"),
        false => failure,
    })
}

fn list(args: &ListArgs, json: bool) -> Result<Answer> {
    let page = Page { limit: args.limit as usize, after: args.after.clone() };
    let filter = filter(args);
    let found = with_engine(&args.database(), Purpose::Look, async |engine| {
        Ok(engine.tasks(&filter, &page).await?)
    })?;
    let next = page.last_of(&found).map(|last| TaskCursor::from(last).to_string());
    if json {
        return Ok(Answer::json(&json!({"tasks": found, "next": next}), Exit::Ok));
    }
    let more = next.map(|cursor| format!("\nmore: --after {cursor}\n"));
    Ok(Answer::text(text(&found) + &more.unwrap_or_default(), Exit::Ok))
}

fn filter(args: &ListArgs) -> TaskFilter {
    let person = args.user.is_some() || !args.roles.is_empty() || !args.groups.is_empty();
    let visible_to = person.then(|| Actor {
        id: args.user.clone().unwrap_or_default(),
        roles: args.roles.clone(),
        groups: args.groups.clone(),
    });
    TaskFilter {
        visible_to,
        assignee: args.assignee.clone(),
        unassigned: args.unassigned,
        flow: args.flow.clone(),
        instance: args.instance,
        priority: args.priority.map(Into::into),
        due_before: args.due_before,
        sort: args.sort.into(),
    }
}

fn show(args: &OneArgs, json: bool) -> Result<Answer> {
    let task = with_engine(&args.database, Purpose::Look, async |engine| Ok(engine.task(args.task).await?))?;
    if json {
        return Ok(Answer::json(&task, Exit::Ok));
    }
    let mut text = text(std::slice::from_ref(&task));
    for (name, value) in [("data", &task.data), ("form", &task.form)] {
        if !value.is_null() {
            text += &format!("\n{name}: {}\n", pretty(value));
        }
    }
    if !task.outcomes.is_empty() {
        text += &format!("\noutcomes: {}\n", task.outcomes.join(", "));
    }
    Ok(Answer::text(text, Exit::Ok))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn text(tasks: &[TaskView]) -> String {
    if tasks.is_empty() {
        return "no open tasks\n".into();
    }
    let mut table = Table::new(["TASK", "TITLE", "FLOW", "PRIORITY", "DUE", "WHO"]);
    for task in tasks {
        table.row([
            task.id.to_string(),
            cut(&task.title, 40),
            task.flow.to_string(),
            format!("{:?}", task.priority).to_lowercase(),
            task.due.as_ref().map(Timestamp::to_string).unwrap_or_default(),
            who(task),
        ]);
    }
    table.text()
}

/// Who has a task, or who may take it.
fn who(task: &TaskView) -> String {
    if let Some(assignee) = &task.assignee {
        return assignee.clone();
    }
    let candidates = &task.candidates;
    let named =
        |word: &str, names: &[String]| names.iter().map(|name| format!("{word}{name}")).collect::<Vec<_>>();
    let all = [
        named("role ", &candidates.roles),
        named("group ", &candidates.groups),
        named("", &candidates.users),
    ];
    let all = all.concat();
    if all.is_empty() { "anybody".into() } else { cut(&all.join(", "), 60) }
}
