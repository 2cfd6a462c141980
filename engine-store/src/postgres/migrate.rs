//! Bringing a schema to the newest version.

use flowwright::base::{Error, ErrorKind};

use super::PostgresOptions;
use super::connect::quoted;
use super::error::Trouble;
use super::flight::{Flight, ask};
use super::link::{Link, Session};
use super::param::params;
use super::schema::views;
use crate::sql::migrate::{APPLICATION_ID, COMPATIBLE, Found, Step, plan};

/// Takes the missing steps, all or none. Of processes that open a database together, one does it and the others wait.
pub(super) async fn migrate(
    link: Link,
    options: &PostgresOptions,
    steps: &'static [Step],
) -> Result<(), Trouble> {
    let schema = &options.schema;
    let found = found(&link, schema).await?;
    if plan(found, steps)?.is_empty() {
        return Ok(());
    }
    if found.empty && !options.create {
        return Err(
            Error::new(ErrorKind::NotFound, format!("there is no schema `{schema}` of Flowwright")).into()
        );
    }
    let session = Session::new(link);
    match take_steps(session.link()?, schema, steps).await {
        Ok(()) => {
            drop(session.ended());
            Ok(())
        }
        Err(trouble) => {
            drop(session.roll_back().await);
            Err(trouble)
        }
    }
}

async fn take_steps(link: &Link, schema: &str, steps: &'static [Step]) -> Result<(), Trouble> {
    // Another process may take its time for these steps.
    let mut flight = Flight::begin("BEGIN ISOLATION LEVEL READ COMMITTED");
    flight.add("SET LOCAL lock_timeout = 0", Vec::new());
    flight.add("SET LOCAL statement_timeout = 0", Vec::new());
    flight.send(link).await?;
    ask(link, "SELECT pg_advisory_xact_lock($1, hashtext($2))", params![APPLICATION_ID, schema.to_owned()])
        .await?;
    let missing = plan(found(link, schema).await?, steps)?;
    if !missing.is_empty() {
        check_encoding(link).await?;
        if ask(link, "SELECT 1 FROM pg_namespace WHERE nspname = $1", params![schema.to_owned()])
            .await?
            .is_empty()
        {
            link.run(&format!("CREATE SCHEMA {}", quoted(schema))).await?;
        }
        for step in missing {
            link.run(step.sql).await?;
            put(link, "version", i64::from(step.version)).await?;
        }
        link.run(&views()).await?;
        put(link, "application", i64::from(APPLICATION_ID)).await?;
        put(link, "compatible", i64::from(COMPATIBLE)).await?;
    }
    link.run("COMMIT").await?;
    Ok(())
}

/// Numbers in `meta` only grow.
async fn put(link: &Link, name: &str, value: i64) -> Result<(), Trouble> {
    let statement = "INSERT INTO meta (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = greatest(meta.value, excluded.value)";
    ask(link, statement, params![name.to_owned(), value]).await?;
    Ok(())
}

async fn found(link: &Link, schema: &str) -> Result<Found, Trouble> {
    let tables = "SELECT c.relname FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
         WHERE s.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";
    let names: Vec<String> = ask(link, tables, params![schema.to_owned()])
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    let mut found = Found { empty: names.is_empty(), ..Found::default() };
    if !names.iter().any(|name| name == "meta") {
        return Ok(found);
    }
    // Another program's table of this name has other columns.
    let columns = "SELECT count(*) FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = 'meta' AND column_name IN ('name', 'value')";
    let known: i64 = match ask(link, columns, params![schema.to_owned()]).await?.first() {
        Some(row) => row.try_get(0)?,
        None => 0,
    };
    if known < 2 {
        return Ok(found);
    }
    let select = format!("SELECT name::text, value::bigint FROM {}.meta", quoted(schema));
    for row in ask(link, &select, Vec::new()).await? {
        let value = i32::try_from(row.try_get::<_, i64>(1)?).unwrap_or(i32::MAX);
        match row.try_get(0)? {
            "application" => found.application_id = value,
            "version" => found.version = value,
            "compatible" => found.compatible = value,
            _ => {}
        }
    }
    Ok(found)
}

async fn check_encoding(link: &Link) -> Result<(), Trouble> {
    let rows = ask(link, "SELECT current_setting('server_encoding')", Vec::new()).await?;
    let encoding: String = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    if encoding == "UTF8" {
        return Ok(());
    }
    let message = format!("the database has the encoding {encoding}: create one with ENCODING 'UTF8'");
    Err(Error::new(ErrorKind::InvalidArgument, message).into())
}
