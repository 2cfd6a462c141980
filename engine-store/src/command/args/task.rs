//! Arguments of `tasks`.

use clap::{Args, Subcommand, ValueEnum};
use flowwright::base::{InstanceId, TaskId, Timestamp};
use flowwright::definition::TaskPriority;
use flowwright::protocol::Actor;
use flowwright::store::TaskSort;

use super::database::{Database, DatabaseArgs, login};

/// Arguments of `tasks`; without a subcommand they are those of `tasks list`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true
)]
pub struct TasksArgs {
    #[command(subcommand)]
    command: Option<TaskCommand>,
    #[command(flatten)]
    list: Option<ListArgs>,
}

impl TasksArgs {
    /// What is done; none where nothing at all was said.
    pub fn command(self) -> Option<TaskCommand> {
        self.command.or(self.list.map(TaskCommand::List))
    }
}

/// What is done with tasks.
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// Lists open tasks, the most urgent first
    List(ListArgs),
    /// Shows an open task with its data and form
    Show(OneArgs),
    /// Takes a task
    Claim(ActArgs),
    /// Puts a task back
    Release(ActArgs),
    /// Does a task
    Complete(CompleteTaskArgs),
    /// Gives a task to somebody else
    Reassign(GiveArgs),
    /// Brings a task before another role
    Escalate(GiveArgs),
}

/// Arguments of `tasks list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    // Not flattened: `tasks` alone tells by the arguments of this very group that a list is wanted.
    /// The database: an SQLite file, or postgres://USER@HOST/DATABASE (the password from PGPASSWORD)
    #[arg(long, value_name = "PATH|URL")]
    db: Database,
    /// Those that this person has or may take, with the roles and groups given
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A role of the person
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// A group of the person
    #[arg(long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Those that this person has
    #[arg(long, value_name = "NAME", conflicts_with = "unassigned")]
    pub assignee: Option<String>,
    /// Those that nobody has
    #[arg(long)]
    pub unassigned: bool,
    /// Those of this flow
    #[arg(long)]
    pub flow: Option<String>,
    /// Those of this instance
    #[arg(long)]
    pub instance: Option<InstanceId>,
    /// Those with this priority
    #[arg(long)]
    pub priority: Option<Priority>,
    /// Those due at this time or earlier, as in 2026-03-01T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub due_before: Option<Timestamp>,
    /// The order
    #[arg(long, default_value = "urgency")]
    pub sort: Sort,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// The next page: what the page before gave as `next`
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
}

impl ListArgs {
    /// The database.
    pub fn database(&self) -> DatabaseArgs {
        DatabaseArgs { db: self.db.clone() }
    }
}

/// One task.
#[derive(Debug, Args)]
pub struct OneArgs {
    /// The task
    pub task: TaskId,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Who does something with a task.
#[derive(Debug, Args)]
pub struct PersonArgs {
    /// Who does it; it is recorded (default: your login)
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// A role of theirs; may be given more than once
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// A group of theirs; may be given more than once
    #[arg(long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Your id for the request: the same request again is answered as the first time
    #[arg(long, value_name = "ID")]
    pub request: Option<String>,
}

impl PersonArgs {
    /// Who acts.
    pub fn actor(&self) -> Actor {
        Actor { id: login(self.by.as_deref()), roles: self.roles.clone(), groups: self.groups.clone() }
    }
}

/// Somebody does something with a task.
#[derive(Debug, Args)]
pub struct ActArgs {
    /// The task.
    #[command(flatten)]
    pub target: OneArgs,
    /// Who.
    #[command(flatten)]
    pub person: PersonArgs,
}

/// Arguments of `tasks complete`.
#[derive(Debug, Args)]
pub struct CompleteTaskArgs {
    /// The task and who.
    #[command(flatten)]
    pub act: ActArgs,
    /// One of the task's outcomes
    #[arg(long)]
    pub outcome: Option<String>,
    /// What the form asks for: JSON, or @FILE (default null)
    #[arg(long, value_name = "JSON|@FILE")]
    pub data: Option<String>,
}

/// Arguments of `tasks reassign` and `tasks escalate`.
#[derive(Debug, Args)]
pub struct GiveArgs {
    /// The task and who.
    #[command(flatten)]
    pub act: ActArgs,
    /// To whom: a person, or a role to escalate to
    #[arg(long)]
    pub to: String,
    /// Why, for an escalation
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// The priorities of tasks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Priority {
    /// Can wait.
    Low,
    /// As usual.
    Normal,
    /// Soon.
    High,
    /// Now.
    Urgent,
}

impl From<Priority> for TaskPriority {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Low => Self::Low,
            Priority::Normal => Self::Normal,
            Priority::High => Self::High,
            Priority::Urgent => Self::Urgent,
        }
    }
}

/// The orders of tasks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Sort {
    /// Most urgent first, then earliest due, then oldest
    Urgency,
    /// Oldest first
    Age,
}

impl From<Sort> for TaskSort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Urgency => Self::Urgency,
            Sort::Age => Self::Age,
        }
    }
}
