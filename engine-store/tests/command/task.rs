//! `tasks`.

use serde_json::{Value, json};

use crate::support::{Done, Place};

const FLOW: &str = "\
flow: loan
steps:
  - id: review
    type: user_task
    title: Review the loan
    role: underwriter
    priority: high
    outcomes: [approved, declined]
    data: {amount: 10}
    form: {type: object, required: [note], properties: {note: {type: string}}}
";

/// A database with an open task.
fn open() -> (Place, String) {
    let place = Place::with("loan.yaml", FLOW);
    place.run(&["run", "loan.yaml", "--db", "a.db", "--wait", "1ms"]).code(6);
    let tasks = list(&place, &[]);
    let id = tasks[0]["id"].as_str().unwrap().to_owned();
    (place, id)
}

fn list(place: &Place, more: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["tasks", "list", "--db", "a.db", "--json"];
    arguments.extend(more);
    place.run(&arguments).code(0).json()["tasks"].as_array().unwrap().clone()
}

fn on(place: &Place, command: &str, task: &str, more: &[&str]) -> Done {
    let mut arguments = vec!["tasks", command, task, "--db", "a.db"];
    arguments.extend(more);
    place.run(&arguments)
}

#[test]
fn an_unscripted_task_waits_for_a_person() {
    let place = Place::with("loan.yaml", FLOW);
    let done = place.run(&["run", "loan.yaml", "--db", "a.db", "--wait", "2s"]).code(6);
    done.says("`review` waits for a person: flowwright tasks complete ").says(" --db a.db --by NAME");
}

#[test]
fn a_task_is_claimed_put_back_and_done() {
    let (place, task) = open();
    let ann = ["--by", "ann", "--role", "underwriter"];
    on(&place, "claim", &task, &["--by", "eve"]).code(4).says("error[forbidden]").says("--role ROLE");
    on(&place, "claim", &task, &ann).code(0);
    let bob = ["--by", "bob", "--role", "underwriter"];
    on(&place, "claim", &task, &bob).code(4).says("error[conflict]");
    assert_eq!(list(&place, &["--assignee", "ann"]).len(), 1);
    assert_eq!(list(&place, &["--unassigned"]).len(), 0);
    on(&place, "release", &task, &ann).code(0);
    on(&place, "claim", &task, &bob).code(0);
    on(&place, "reassign", &task, &["--by", "bob", "--role", "underwriter", "--to", "ann"]).code(0);
    assert_eq!(list(&place, &["--user", "ann"])[0]["assignee"], "ann");

    let mut complete = ann.to_vec();
    complete.extend(["--outcome", "approved", "--data", "{}"]);
    on(&place, "complete", &task, &complete).code(4).says("error[invalid_input]");
    complete[7] = "{\"note\": \"fine\"}";
    complete.push("--json");
    let answer = on(&place, "complete", &task, &complete).code(0).json();
    assert_eq!(answer["status"], "completed");
    let view = place.run(&["show", answer["instance"].as_str().unwrap(), "--db", "a.db", "--json"]).json();
    assert_eq!(view["output"], json!({"outcome": "approved", "data": {"note": "fine"}, "by": "ann"}));
    on(&place, "show", &task, &[]).code(3).says("there is no open task");
}

#[test]
fn a_task_is_shown_with_its_form_and_found_by_who_may_take_it() {
    let (place, task) = open();
    let shown = on(&place, "show", &task, &[]).code(0).out;
    assert!(shown.contains("Review the loan") && shown.contains("outcomes: approved, declined"), "{shown}");
    assert_eq!(on(&place, "show", &task, &["--json"]).code(0).json()["form"]["required"], json!(["note"]));
    assert_eq!(list(&place, &["--role", "underwriter"]).len(), 1);
    assert_eq!(list(&place, &["--role", "clerk"]).len(), 0);
    assert_eq!(list(&place, &["--priority", "low"]).len(), 0);
    assert!(place.run(&["tasks", "list", "--db", "a.db"]).out.contains("role underwriter"));
    assert!(place.run(&["tasks", "--db", "a.db"]).out.contains("role underwriter"));
    on(
        &place,
        "escalate",
        &task,
        &["--by", "ann", "--role", "underwriter", "--to", "chief", "--reason", "large"],
    )
    .code(0);
    assert_eq!(list(&place, &["--role", "chief"]).len(), 1);
    on(&place, "claim", "17", &[]).code(2).says("is not a task id");
}

#[test]
fn tasks_come_in_pages() {
    let place = Place::with("loan.yaml", FLOW);
    for key in ["1", "2", "3"] {
        place.run(&["run", "loan.yaml", "--db", "a.db", "--key", key, "--wait", "1ms"]).code(6);
    }
    let mut seen = Vec::new();
    let mut after = None::<String>;
    loop {
        let mut arguments = vec!["tasks", "list", "--db", "a.db", "--limit", "2", "--sort", "age", "--json"];
        if let Some(after) = &after {
            arguments.extend(["--after", after]);
        }
        let page = place.run(&arguments).code(0).json();
        seen.extend(
            page["tasks"].as_array().unwrap().iter().map(|task| task["key"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, ["1", "2", "3"]);
}
