//! Arguments of the commands that work on a database.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use flowwright::base::{InstanceId, Span, Timestamp};
use flowwright::protocol::{InstanceStatus, Operator};

use super::PlayArgs;

/// Which database.
#[derive(Debug, Args)]
pub struct DatabaseArgs {
    /// The database: an SQLite file, or postgres://USER@HOST/DATABASE (the password from PGPASSWORD)
    #[arg(long, value_name = "PATH|URL")]
    pub db: Database,
}

/// A database as it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// The path of an SQLite file.
    File(PathBuf),
    /// The URL of a PostgreSQL database.
    Server(String),
}

impl From<&str> for Database {
    fn from(text: &str) -> Self {
        match text.split_once(':') {
            Some(("postgres" | "postgresql", _)) => Self::Server(text.to_owned()),
            Some(("sqlite", path)) => Self::File(path.into()),
            _ => Self::File(text.into()),
        }
    }
}

/// Without a password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match self {
            Self::File(path) => return path.display().fmt(f),
            Self::Server(url) => url,
        };
        let Some((scheme, rest)) = url.split_once("://") else { return f.write_str(url) };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let user = user.split(':').next().unwrap_or_default();
                write!(f, "{scheme}://{user}@{host}{path}")
            }
            None => f.write_str(url),
        }
    }
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The flow and its surroundings.
    #[command(flatten)]
    pub play: PlayArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Starts another instance, even if one of the flow is under way
    #[arg(long, conflicts_with = "key")]
    pub new: bool,
    /// Plays the script so many times as fast
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = factor)]
    pub speed: f64,
    /// Shortens every pause of the script to this
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    pub longest: Span,
    /// Stops after so long; the instance goes on when it is run again (default: when it has ended)
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<Span>,
    /// Does not tell on standard error what happens
    #[arg(long)]
    pub quiet: bool,
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor > 0.0 && factor.is_finite() => Ok(factor),
        _ => Err("write a number above 0, as in 10 or 0.5".into()),
    }
}

/// Arguments of `instances`.
#[derive(Debug, Args)]
pub struct InstancesArgs {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Those of this flow
    #[arg(long)]
    pub flow: Option<String>,
    /// Those with this status; may be given more than once
    #[arg(long, value_parser = status)]
    pub status: Vec<InstanceStatus>,
    /// Those with this label; may be given more than once
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = pair)]
    pub labels: Vec<(String, String)>,
    /// Those called by this instance
    #[arg(long, value_name = "INSTANCE")]
    pub parent: Option<InstanceId>,
    /// The one with this key; needs --flow
    #[arg(long, requires = "flow")]
    pub key: Option<String>,
    /// Those started at this time or later, as in 2026-03-01T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// Those started before this time
    #[arg(long, value_name = "TIME")]
    pub before: Option<Timestamp>,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Begins behind this instance: the next page
    #[arg(long, value_name = "INSTANCE")]
    pub after: Option<InstanceId>,
}

/// One instance.
#[derive(Debug, Args)]
pub struct InstanceArgs {
    /// The instance
    pub instance: InstanceId,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The instance.
    #[command(flatten)]
    pub target: InstanceArgs,
    /// Begins behind this event
    #[arg(long, value_name = "SEQ", default_value = "0")]
    pub after: u64,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Who acts, and why.
#[derive(Debug, Args)]
pub struct OperatorArgs {
    /// Who does it; it is recorded (default: your login)
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Why; it is recorded
    #[arg(long, default_value = "")]
    pub reason: String,
}

impl OperatorArgs {
    /// Who acts.
    pub fn operator(&self) -> Operator {
        Operator::new(login(self.by.as_deref()), self.reason.clone())
    }
}

/// A given name, or the login.
pub fn login(given: Option<&str>) -> String {
    let login = || ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    given.map(str::to_owned).or_else(login).unwrap_or_else(|| "flowwright".into())
}

/// Arguments of `suspend` and `resume`.
#[derive(Debug, Args)]
pub struct SuspendArgs {
    /// The instance.
    #[command(flatten)]
    pub target: InstanceArgs,
    /// Who.
    #[command(flatten)]
    pub operator: OperatorArgs,
}

/// Arguments of `abort`.
#[derive(Debug, Args)]
pub struct AbortArgs {
    /// The instance.
    #[command(flatten)]
    pub target: InstanceArgs,
    /// Who.
    #[command(flatten)]
    pub operator: OperatorArgs,
    /// Undoes what was completed first
    #[arg(long)]
    pub compensate: bool,
    /// Breaks off a compensation that is under way
    #[arg(long)]
    pub force: bool,
}

/// A step of an instance.
#[derive(Debug, Args)]
pub struct StepArgs {
    /// The instance
    pub instance: InstanceId,
    /// The step's path, as in `each[2]/pay`
    pub step: String,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Who.
    #[command(flatten)]
    pub operator: OperatorArgs,
}

/// Arguments of `retry`.
#[derive(Debug, Args)]
pub struct RetryArgs {
    /// The step.
    #[command(flatten)]
    pub target: StepArgs,
    /// Has the work done anew, with another idempotency key
    #[arg(long)]
    pub anew: bool,
}

/// Arguments of `complete`.
#[derive(Debug, Args)]
pub struct CompleteArgs {
    /// The step.
    #[command(flatten)]
    pub target: StepArgs,
    /// Its output: JSON, or @FILE (default null)
    #[arg(long, value_name = "JSON|@FILE")]
    pub output: Option<String>,
}

/// Arguments of `signal`.
#[derive(Debug, Args)]
pub struct SignalArgs {
    /// The instance
    pub instance: InstanceId,
    /// The signal's name
    pub name: String,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Its data: JSON, or @FILE (default null)
    #[arg(long, value_name = "JSON|@FILE")]
    pub payload: Option<String>,
    /// Your id for it: a second signal with the same id changes nothing
    #[arg(long)]
    pub id: Option<String>,
    /// The correlation key, for steps that ask for one
    #[arg(long, value_name = "KEY")]
    pub correlation: Option<String>,
    /// How long it is kept when nobody waits for it yet
    #[arg(long, value_name = "DURATION")]
    pub ttl: Option<Span>,
}

fn status(text: &str) -> Result<InstanceStatus, String> {
    let found = InstanceStatus::ALL.into_iter().find(|status| status.name() == text);
    found.ok_or_else(|| format!("it is one of {}", InstanceStatus::ALL.map(InstanceStatus::name).join(", ")))
}

/// `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_path_or_a_url() {
        assert_eq!(Database::from("data/app.db"), Database::File("data/app.db".into()));
        assert_eq!(Database::from("sqlite:app.db"), Database::File("app.db".into()));
        assert_eq!(Database::from("C:\\app.db"), Database::File("C:\\app.db".into()));
        for url in ["postgres://h/d", "postgresql://h/d"] {
            assert_eq!(Database::from(url), Database::Server(url.to_owned()));
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for (url, shown) in [
            ("postgres://u:p@ss@h:5/d?schema=x", "postgres://u@h:5/d?schema=x"),
            ("postgres://u@h/d", "postgres://u@h/d"),
            ("postgres://h/d?application_name=a@b", "postgres://h/d?application_name=a@b"),
        ] {
            assert_eq!(Database::from(url).to_string(), shown);
        }
    }
}
