//! User tasks: inboxes, and what people do with a task.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use super::Engine;
use crate::base::{Error, ErrorKind, Payload, Result, TaskId};
use crate::protocol::{Actor, Input, TaskAction, TaskInput, TaskView, wire};
use crate::store::{Page, TaskFilter, TaskRow};

/// What somebody does with a task; it happens when it is awaited.
#[must_use = "nothing happens until it is awaited"]
pub struct TaskCall {
    engine: Engine,
    task: TaskId,
    input: TaskInput,
}

impl TaskCall {
    /// The caller's id for the request: the same request again is answered as the first time.
    pub fn request(mut self, id: impl Into<String>) -> Self {
        self.input.request = Some(id.into());
        self
    }
}

impl IntoFuture for TaskCall {
    type Output = Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { engine, task, input } = self;
        Box::pin(async move {
            if let TaskAction::Complete { data, .. } = &input.action {
                engine.check("the task's result", data)?;
            }
            engine.ask(task.instance, Input::Task(Box::new(input))).await
        })
    }
}

impl Engine {
    /// A page of the open tasks that somebody has or may take, most urgent first. `filter` narrows it down; its
    /// `visible_to` is the actor's. The next page begins behind the last task: [`TaskCursor`](crate::store::TaskCursor).
    ///
    /// # Errors
    /// `InvalidArgument` for a page that does not exist.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use flowwright::{engine::Engine, protocol::Actor, store::{Page, TaskFilter}};
    /// # use serde_json::json;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let engine = Engine::builder(Arc::new(flowwright_store::MemoryStore::new())).open().await?;
    /// # engine.deploy("flow: loan\nsteps: [{id: approve, type: user_task, role: underwriter, outcomes: [yes, no]}]").await?;
    /// let instance = engine.start("loan", json!({})).await?;
    /// let ada = Actor::new("ada").role("underwriter");
    /// let tasks = engine.inbox(&ada, TaskFilter::default(), &Page::default()).await?;
    /// engine.complete(tasks[0].id, ada, "yes", json!(null)).await?;
    /// assert_eq!(instance.wait().await?.output["by"], "ada");
    /// # Ok::<(), flowwright::base::Error>(()) })?; Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn inbox(&self, actor: &Actor, filter: TaskFilter, page: &Page) -> Result<Vec<TaskView>> {
        let filter = TaskFilter { visible_to: Some(actor.clone()), ..filter };
        self.tasks(&filter, page).await
    }

    /// A page of open tasks, whoever may take them: for those who oversee.
    ///
    /// # Errors
    /// As [`inbox`](Self::inbox).
    pub async fn tasks(&self, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskView>> {
        let rows = self.shared.store.tasks(filter, page).await?;
        rows.iter().map(view).collect()
    }

    /// An open task.
    ///
    /// # Errors
    /// `NotFound` if there is no such task, or it is done.
    pub async fn task(&self, task: TaskId) -> Result<TaskView> {
        let row = self.shared.store.task(task).await?;
        let missing = || Error::new(ErrorKind::NotFound, format!("there is no open task {task}"));
        view(&row.ok_or_else(missing)?)
    }

    /// Takes a task.
    ///
    /// # Errors
    /// Of this and the other calls on tasks, when awaited: `NotFound`; `Conflict` where somebody else was first;
    /// `Forbidden`; `InvalidInput` for a result that the form does not allow; `InstanceSuspended`.
    pub fn claim(&self, task: TaskId, actor: Actor) -> TaskCall {
        self.act(task, actor, TaskAction::Claim)
    }

    /// Puts a task back.
    pub fn release(&self, task: TaskId, actor: Actor) -> TaskCall {
        self.act(task, actor, TaskAction::Release)
    }

    /// Does a task. An empty outcome is none.
    pub fn complete(&self, task: TaskId, actor: Actor, outcome: &str, data: impl Into<Payload>) -> TaskCall {
        let outcome = (!outcome.is_empty()).then(|| outcome.to_owned());
        self.act(task, actor, TaskAction::Complete { outcome, data: data.into() })
    }

    /// Gives a task to somebody else.
    pub fn reassign(&self, task: TaskId, actor: Actor, to: impl Into<String>) -> TaskCall {
        self.act(task, actor, TaskAction::Reassign { to: to.into() })
    }

    /// Brings a task before another role.
    pub fn escalate(
        &self,
        task: TaskId,
        actor: Actor,
        to: impl Into<String>,
        reason: impl Into<String>,
    ) -> TaskCall {
        self.act(task, actor, TaskAction::Escalate { to: to.into(), reason: reason.into() })
    }

    fn act(&self, task: TaskId, actor: Actor, action: TaskAction) -> TaskCall {
        let input = TaskInput { activation: task.activation, request: None, actor, action };
        TaskCall { engine: self.clone(), task, input }
    }
}

fn view(row: &TaskRow) -> Result<TaskView> {
    wire::read("task", row.id.instance, u64::from(row.id.activation), &row.view)
}
