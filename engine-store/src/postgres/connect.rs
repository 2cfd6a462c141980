//! Connections: where to, and how each is used.

use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime};
use flowwright::base::{Error, ErrorKind, Result};
use tokio_postgres::{Config, NoTls};

use super::PostgresOptions;

/// How long is waited for a connection, new or free.
const PATIENCE: Duration = Duration::from_secs(10);

/// Names are bounded, since that of the channel for notices is made of it.
const LONGEST_SCHEMA: usize = 48;

/// Where a database is and how it is used.
#[derive(Clone)]
pub(super) struct Target {
    pub config: Config,
    pub options: PostgresOptions,
}

impl Target {
    /// Reads a URL. What it says of the schema is stronger than the options.
    pub fn new(url: &str, mut options: PostgresOptions) -> Result<Self> {
        let (url, schema) = split_schema(url);
        let mut config: Config = url.parse().map_err(|error| {
            Error::new(
                ErrorKind::InvalidArgument,
                "the URL of the database cannot be read: write `postgres://USER:PASSWORD@HOST/DATABASE`",
            )
            .caused_by(error)
        })?;
        options.schema = schema.unwrap_or(options.schema);
        check_schema(&options.schema)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("flowwright");
        }
        // The default of two hours is too long to learn that a connection leads nowhere.
        config.keepalives_idle(Duration::from_secs(30));
        Ok(Self { config, options })
    }

    /// Connections for statements; none is opened yet.
    pub fn pool(&self) -> Result<Pool> {
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let set_up = self.set_up();
        let hook = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let set_up = set_up.clone();
            Box::pin(async move { client.batch_execute(&set_up).await.map_err(HookError::Backend) })
        });
        Pool::builder(Manager::from_config(self.config.clone(), NoTls, how))
            .max_size(self.options.connections.max(2))
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .post_create(hook)
            .build()
            .map_err(|error| Error::new(ErrorKind::Internal, "no pool can be made").caused_by(error))
    }

    /// What is said once on each connection. A process that stops in the middle of a transaction must not keep others
    /// from writing, so the server ends its session. A server that waits for others of its kind at a commit is left
    /// to do so.
    fn set_up(&self) -> String {
        let durable = if self.options.relaxed {
            "SET synchronous_commit = off"
        } else {
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        };
        format!(
            "SET search_path = {}, pg_temp; {durable}; SET lock_timeout = '10s'; SET statement_timeout = '60s';
             SET idle_in_transaction_session_timeout = '5s'; SET jit = off",
            quoted(&self.options.schema)
        )
    }

    /// The channel for notices.
    pub fn channel(&self) -> String {
        format!("flowwright:{}", self.options.schema)
    }

    /// For error messages: what of the URL is no secret.
    pub fn place(&self) -> String {
        let hosts: Vec<_> = self.config.get_hosts().iter().map(|host| format!("{host:?}")).collect();
        format!("{} at {}", self.config.get_dbname().unwrap_or("(default)"), hosts.join(", "))
    }
}

/// A name as SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Takes `schema=NAME` out of the parameters of a URL.
fn split_schema(url: &str) -> (String, Option<String>) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let (ours, others): (Vec<_>, Vec<_>) = query.split('&').partition(|part| part.starts_with("schema="));
    let schema = ours.last().and_then(|part| part.strip_prefix("schema=")).map(str::to_owned);
    let rest = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    (format!("{base}{rest}"), schema)
}

fn check_schema(name: &str) -> Result<()> {
    let fits = !name.is_empty() && name.len() <= LONGEST_SCHEMA && !name.contains('\0');
    if fits && !name.starts_with("pg_") {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        format!(
            "`{name}` cannot be the name of a schema: take 1 to {LONGEST_SCHEMA} bytes that do not begin with `pg_`"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_can_stand_in_the_url() {
        let target = |url| Target::new(url, PostgresOptions::default()).unwrap();
        assert_eq!(target("postgres://u@h/d").options.schema, "flowwright");
        let named = target("postgres://u@h/d?connect_timeout=3&schema=jobs");
        assert_eq!(named.options.schema, "jobs");
        assert_eq!(named.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
        assert_eq!(target("postgres://u@h/d?schema=jobs").config.get_dbname(), Some("d"));
    }

    #[test]
    fn a_wrong_url_or_schema_is_refused() {
        for url in ["postgres://h:port/d", "postgres://h/d?schema=", "postgres://h/d?schema=pg_x"] {
            let error = Target::new(url, PostgresOptions::default()).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{url}");
        }
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
