//! Scripted people.

use serde_json::Value;

use super::script::Entry;
use crate::protocol::{Actor, Input, TaskAction, TaskInput, TaskView};

/// Who does a task that the script does not name anybody for.
const NOBODY: &str = "script";

/// The input by which a scripted person completes a task.
pub(super) fn complete(view: &TaskView, entry: &Entry) -> Input {
    let (outcome, data) = outcome_and_data(view, &entry.output);
    let id = entry.by.clone().or_else(|| view.assignee.clone()).unwrap_or_else(|| NOBODY.to_owned());
    let actor = Actor { id, roles: view.candidates.roles.clone(), groups: view.candidates.groups.clone() };
    Input::Task(Box::new(TaskInput {
        activation: view.id.activation,
        request: None,
        actor,
        action: TaskAction::Complete { outcome, data: data.into() },
    }))
}

/// `{outcome, data}`, or the data alone; without an outcome the first of the task's.
fn outcome_and_data(view: &TaskView, output: &Value) -> (Option<String>, Value) {
    let first = view.outcomes.first().cloned();
    let Some(fields) = output.as_object() else {
        return match output.as_str().filter(|word| view.outcomes.iter().any(|known| known == word)) {
            Some(word) => (Some(word.to_owned()), Value::Null),
            None => (first, output.clone()),
        };
    };
    if !fields.keys().all(|key| key == "outcome" || key == "data") {
        return (first, output.clone());
    }
    let outcome = fields.get("outcome").and_then(Value::as_str).map(str::to_owned);
    (outcome.or(first), fields.get("data").cloned().unwrap_or_default())
}
