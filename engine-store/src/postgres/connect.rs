//! Connections: where to, and how each is used.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime};
use flowwright::base::{Error, ErrorKind, Result};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PostgresOptions;
use super::error::Trouble;
use super::link::Link;
use super::url::{Parts, host_and_port};

/// How long is waited for a connection, new or free.
const PATIENCE: Duration = Duration::from_secs(10);

/// Names are bounded, since that of the channel for notices is made of it.
const LONGEST_SCHEMA: usize = 48;

/// Where a database is and how it is used.
#[derive(Clone)]
pub(super) struct Target {
    pub config: Config,
    pub tls: MakeRustlsConnect,
    pub options: PostgresOptions,
}

impl Target {
    /// Reads a URL. What it says is stronger than the options.
    pub fn new(url: &str, options: PostgresOptions) -> Result<Self> {
        let Parts { url, encryption, options } = Parts::of(url, options)?;
        let mut config: Config = url.parse().map_err(|error| {
            Error::new(
                ErrorKind::InvalidArgument,
                "the URL of the database cannot be read: write `postgres://USER:PASSWORD@HOST/DATABASE`",
            )
            .caused_by(error)
        })?;
        check_schema(&options.schema)?;
        let (mode, tls) = encryption.connector()?;
        config.ssl_mode(if is_local(&config) { SslMode::Disable } else { mode });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("flowwright");
        }
        if let Some(password) = std::env::var("PGPASSWORD").ok().filter(|_| config.get_password().is_none()) {
            config.password(password);
        }
        // The default of two hours is too long to learn that a connection leads nowhere.
        config.keepalives_idle(Duration::from_secs(30));
        let target = Self { config, tls, options };
        target.direct()?;
        Ok(target)
    }

    /// Connections for statements; none is opened yet.
    pub fn pool(&self) -> Result<Connections> {
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(self.config.clone(), self.tls.clone(), how);
        let mut pool = Pool::builder(manager)
            .max_size(self.options.connections.max(2))
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE));
        let set_up: Arc<str> = self.set_up().into();
        let each = self.options.pooled.then(|| Arc::clone(&set_up));
        if !self.options.pooled {
            pool =
                pool.post_create(Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
                    let set_up = Arc::clone(&set_up);
                    Box::pin(async move { client.batch_execute(&set_up).await.map_err(HookError::Backend) })
                }));
        }
        let pool = pool
            .build()
            .map_err(|error| Error::new(ErrorKind::Internal, "no pool can be made").caused_by(error))?;
        Ok(Connections { pool, each })
    }

    /// What is said once in each session, or in each transaction where a pooler makes the session of it. A process that
    /// stops in the middle of a transaction must not keep others from writing, so the server ends its session. A server
    /// that waits for others of its kind at a commit is left to do so.
    fn set_up(&self) -> String {
        let durable = if self.options.relaxed {
            "'off'"
        } else {
            "coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on')"
        };
        let local = self.options.pooled;
        let set = |name: &str, value: &str| format!("set_config('{name}', {value}, {local})");
        let path = format!("{}, pg_temp", quoted(&self.options.schema)).replace('\'', "''");
        let settings = [
            set("search_path", &format!("'{path}'")),
            set("synchronous_commit", durable),
            set("lock_timeout", "'10s'"),
            set("statement_timeout", "'60s'"),
            set("idle_in_transaction_session_timeout", "'5s'"),
            set("jit", "'off'"),
        ];
        format!("SELECT {}", settings.join(", "))
    }

    /// Where the server itself is, for the connection that listens: that of the pooler is of no use there. None where
    /// it is not known.
    pub fn direct(&self) -> Result<Option<Config>> {
        let Some(direct) = &self.options.direct else {
            return Ok((!self.options.pooled).then(|| self.config.clone()));
        };
        let (host, port) = host_and_port(direct)?;
        let old = &self.config;
        let mut config = Config::new();
        config.host(host).port(port.or(old.get_ports().first().copied()).unwrap_or(5432));
        config.ssl_mode(if is_local(&config) { SslMode::Disable } else { old.get_ssl_mode() });
        config.ssl_negotiation(old.get_ssl_negotiation()).keepalives_idle(old.get_keepalives_idle());
        old.get_user().map(|user| config.user(user));
        old.get_password().map(|password| config.password(password));
        old.get_dbname().map(|database| config.dbname(database));
        old.get_application_name().map(|name| config.application_name(name));
        old.get_connect_timeout().map(|timeout| config.connect_timeout(*timeout));
        Ok(Some(config))
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

/// Whether a server is reached through sockets of this machine, which are never encrypted.
fn is_local(config: &Config) -> bool {
    let is_socket = |host: &Host| match host {
        Host::Tcp(_) => false,
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    !config.get_hosts().is_empty() && config.get_hosts().iter().all(is_socket)
}

/// The connections of a store.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool,
    /// What each transaction begins with, where a pooler makes its session.
    each: Option<Arc<str>>,
}

impl Connections {
    /// A connection that nobody else uses.
    pub async fn get(&self) -> std::result::Result<Link, Trouble> {
        Ok(Link::new(self.pool.get().await?, self.each.clone()))
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

/// A name as SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
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
    fn behind_a_pooler_only_a_direct_way_is_listened_on() {
        let direct = |url| Target::new(url, PostgresOptions::default()).unwrap().direct().unwrap();
        assert_eq!(direct("postgres://u:p@h/d").unwrap().get_hosts(), [Host::Tcp("h".to_owned())]);
        assert!(direct("postgres://u:p@h/d?pooler=transaction").is_none());
        let config = direct("postgres://u:p@h/d?pooler=transaction&direct=db:5433&sslmode=require").unwrap();
        assert_eq!(
            (config.get_hosts(), config.get_ports()),
            (&[Host::Tcp("db".to_owned())][..], &[5433][..])
        );
        assert_eq!((config.get_user(), config.get_dbname()), (Some("u"), Some("d")));
        assert_eq!((config.get_password(), config.get_ssl_mode()), (Some(&b"p"[..]), SslMode::Require));
    }

    #[test]
    fn what_is_said_once_in_a_session_is_said_in_each_transaction_of_a_pooler() {
        let set_up = |url| Target::new(url, PostgresOptions::default()).unwrap().set_up();
        assert!(
            set_up("postgres://h/d?schema=a'b")
                .contains("set_config('search_path', '\"a''b\", pg_temp', false)")
        );
        assert!(
            set_up("postgres://h/d?pooler=transaction").contains("set_config('lock_timeout', '10s', true)")
        );
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
