//! Opening a file: whose it is, which version it has, how it is used.

use std::path::Path;
use std::thread;
use std::time::Duration;

use flowwright::base::{Error, ErrorKind, Result};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::SqliteOptions;
use super::error::Trouble;
use crate::sql::codec::{int, uint};
use crate::sql::migrate::{APPLICATION_ID, COMPATIBLE, Found, Step, plan};
use crate::sql::schema::{STEPS, views};

/// Opens the connection that writes, and brings the file to the newest version.
pub(super) fn writer(path: &Path, options: &SqliteOptions) -> Result<Connection, Trouble> {
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    plan(glance(&conn)?, STEPS)?;
    if conn.is_readonly("main")? {
        return Err(read_only().into());
    }
    use_log(&conn)?;
    migrate(&mut conn, STEPS)?;
    conn.pragma_update(None, "synchronous", if options.relaxed { "NORMAL" } else { "FULL" })?;
    conn.pragma_update(None, "wal_autocheckpoint", options.checkpoint_pages)?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
    tune(&conn, options, options.cache_bytes)?;
    if let Some(bytes) = options.most_bytes {
        let page = uint(conn.pragma_query_value(None, "page_size", |row| row.get(0))?);
        conn.pragma_update_and_check(None, "max_page_count", int(bytes.div_ceil(page.max(1))), |_| Ok(()))?;
    }
    Ok(conn)
}

/// Opens a connection that reads.
pub(super) fn reader(path: &Path, options: &SqliteOptions) -> Result<Connection, Trouble> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.pragma_update(None, "query_only", true)?;
    tune(&conn, options, 8 << 20)?;
    Ok(conn)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Trouble> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_handler(Some(wait))?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

fn tune(conn: &Connection, options: &SqliteOptions, cache_bytes: u64) -> Result<(), Trouble> {
    conn.pragma_update(None, "cache_size", -int(cache_bytes / 1024))?;
    conn.pragma_update_and_check(None, "mmap_size", int(options.mapped_bytes), |_| Ok(()))?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

/// Waits for another process's transaction: soon at first, since they are short, and for ten seconds or so in all.
fn wait(tries: i32) -> bool {
    let pause = match tries {
        0..20 => Duration::from_micros(100),
        20..200 => Duration::from_micros(500),
        _ => Duration::from_millis(2),
    };
    thread::sleep(pause);
    tries < 5_000
}

/// Switches the file to a write-ahead log. SQLite does not wait for other processes that do the same: we do.
fn use_log(conn: &Connection) -> Result<(), Trouble> {
    for tries in 0.. {
        let mode = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let message = format!("the file cannot have a write-ahead log (it stays in mode `{mode}`)");
                return Err(Error::new(ErrorKind::StoreUnavailable, message).into());
            }
            Err(error) if is_busy(&error) && wait(tries) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}

/// Takes the missing steps, all or none. Of processes that open a file together, one does it and the others wait.
fn migrate(conn: &mut Connection, steps: &'static [Step]) -> Result<(), Trouble> {
    if plan(glance(conn)?, steps)?.is_empty() {
        return Ok(());
    }
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let missing = plan(found(&transaction)?, steps)?;
    for step in missing {
        transaction.execute_batch(step.sql)?;
        transaction.pragma_update(None, "user_version", step.version)?;
    }
    if !missing.is_empty() {
        transaction.execute_batch(&views())?;
        let compatible = "INSERT INTO meta (name, value) VALUES ('compatible', $1)
             ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)";
        transaction.execute(compatible, [COMPATIBLE])?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    transaction.commit()?;
    Ok(())
}

/// What the file says of itself at one moment: another process may be making it.
fn glance(conn: &Connection) -> Result<Found, Trouble> {
    let moment = conn.unchecked_transaction()?;
    let found = found(&moment)?;
    moment.commit()?;
    Ok(found)
}

fn found(conn: &Connection) -> Result<Found, Trouble> {
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i32>(0));
    let mut found = Found {
        application_id: number("PRAGMA application_id")?,
        version: number("PRAGMA user_version")?,
        compatible: i32::MAX,
        empty: number("SELECT count(*) FROM sqlite_master")? == 0,
    };
    if found.application_id == APPLICATION_ID {
        found.compatible = number("SELECT coalesce(max(value), 0) FROM meta WHERE name = 'compatible'")?;
    }
    Ok(found)
}

fn read_only() -> Error {
    Error::new(
        ErrorKind::StoreUnavailable,
        "the file is read-only: give the process the right to write it and its folder",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: &[Step] = &[
        STEPS[0],
        Step { version: 2, sql: "ALTER TABLE instances ADD COLUMN extra TEXT" },
        Step { version: 3, sql: "CREATE TABLE more (n INTEGER PRIMARY KEY)" },
    ];

    const BROKEN: &[Step] = &[STEPS[0], LATER[1], Step { version: 3, sql: "CREATE TABLE instances (n)" }];

    fn version(conn: &Connection) -> i32 {
        found(conn).unwrap().version
    }

    #[test]
    fn later_steps_are_taken_on_an_older_file() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, STEPS).unwrap();
        migrate(&mut conn, LATER).unwrap();
        assert_eq!(version(&conn), 3);
        conn.execute("INSERT INTO more (n) SELECT count(extra) FROM instances", []).unwrap();
        let views = "SELECT count(*) FROM sqlite_master WHERE type = 'view'";
        assert_eq!(conn.query_row(views, [], |row| row.get::<_, i32>(0)).unwrap(), 7);
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, STEPS).unwrap();
        assert!(migrate(&mut conn, BROKEN).is_err());
        assert_eq!(version(&conn), STEPS.len() as i32);
        assert!(conn.prepare("SELECT extra FROM instances").is_err());
    }
}
