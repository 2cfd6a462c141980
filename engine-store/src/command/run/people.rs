//! Scripted people: they do the tasks that the script names.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{ErrorKind, Result, TaskId};
use flowwright::engine::Engine;
use flowwright::protocol::{Actor, TaskView};
use flowwright::simulate::Entry;
use serde_json::Value;

use super::stage::Stage;

/// Who does a task that the script does not name anybody for.
const NOBODY: &str = "script";

/// The pause between two tries of something that is refused for the moment.
const AGAIN: Duration = Duration::from_millis(500);

/// The people of a session.
pub struct People {
    engine: Engine,
    stage: Arc<Stage>,
    seen: BTreeSet<TaskId>,
}

impl People {
    /// People who play a script.
    pub fn new(engine: &Engine, stage: &Arc<Stage>) -> Self {
        Self { engine: engine.clone(), stage: Arc::clone(stage), seen: BTreeSet::new() }
    }

    /// Shows them a task. Whether one of them does it; if not, it waits for a real person.
    ///
    /// # Errors
    /// What the engine gives.
    pub async fn offer(&mut self, task: &TaskView) -> Result<bool> {
        let part = self.stage.part(task.id.instance).await?;
        let script = &self.stage.script;
        if !part.names(script, &task.step) && script.default.is_none() {
            return Ok(false);
        }
        if self.seen.insert(task.id) {
            let entry = part.next(script, &task.step);
            tokio::spawn(perform(self.engine.clone(), Arc::clone(&self.stage), task.clone(), entry));
        }
        Ok(true)
    }
}

async fn perform(engine: Engine, stage: Arc<Stage>, task: TaskView, entry: Entry) {
    stage.pause(entry.after).await;
    let (outcome, data) = outcome_and_data(&task, &entry.output);
    let id = entry.by.or_else(|| task.assignee.clone()).unwrap_or_else(|| NOBODY.to_owned());
    let actor = Actor { id, roles: task.candidates.roles.clone(), groups: task.candidates.groups.clone() };
    loop {
        match engine
            .complete(task.id, actor.clone(), outcome.as_deref().unwrap_or_default(), data.clone())
            .await
        {
            Ok(()) => return,
            Err(error) if error.kind() == ErrorKind::InstanceSuspended || error.retryable() => {
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => return eprintln!("refused: task {} ({}): {}", task.id, task.step, error.message()),
        }
    }
}

/// `{outcome, data}`, or the data alone; without an outcome the first of the task's.
fn outcome_and_data(task: &TaskView, output: &Value) -> (Option<String>, Value) {
    let first = task.outcomes.first().cloned();
    if let Some(word) = output.as_str().filter(|word| task.outcomes.iter().any(|known| known == word)) {
        return (Some(word.to_owned()), Value::Null);
    }
    match output.as_object() {
        Some(fields) if fields.keys().all(|key| key == "outcome" || key == "data") => {
            let outcome = fields.get("outcome").and_then(Value::as_str).map(str::to_owned);
            (outcome.or(first), fields.get("data").cloned().unwrap_or_default())
        }
        _ => (first, output.clone()),
    }
}
