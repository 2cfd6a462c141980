//! Definitions in their tables.

use std::collections::BTreeMap;

use flowwright::store::{DefinitionRecord, DefinitionSummary};
use rusqlite::{Connection, Row, params};

use super::error::Trouble;
use super::row;
use super::session::Session;
use crate::sql::statement as sql;

pub(super) fn put(session: &mut Session<'_>, record: &DefinitionRecord) -> Result<u32, Trouble> {
    let same = params![record.flow, record.digest];
    if let Some(version) =
        row::first(&mut *session.prepared(sql::VERSION_OF_DIGEST)?, same, |row| Ok(row.get(0)?))?
    {
        return Ok(version);
    }
    let newest: Option<u32> =
        session.prepared(sql::NEWEST_VERSION)?.query_row([&record.flow], |row| row.get(0))?;
    let version = newest.unwrap_or(0) + 1;
    session.prepared(sql::INSERT_DEFINITION)?.execute(params![
        record.flow,
        version,
        record.digest,
        record.deployed.millis(),
        record.document
    ])?;
    Ok(version)
}

pub(super) fn set_label(
    session: &mut Session<'_>,
    flow: &str,
    version: u32,
    label: &str,
) -> Result<(), Trouble> {
    if get(session.conn, flow, Some(version))?.is_none() {
        return Err(crate::unknown_version(flow, version).into());
    }
    session.prepared(sql::SET_LABEL)?.execute(params![flow, label, version])?;
    Ok(())
}

pub(super) fn get(
    conn: &Connection,
    flow: &str,
    version: Option<u32>,
) -> Result<Option<DefinitionRecord>, Trouble> {
    match version {
        Some(version) => {
            row::first(&mut *conn.prepare_cached(sql::DEFINITION)?, params![flow, version], record)
        }
        None => row::first(&mut *conn.prepare_cached(sql::NEWEST_DEFINITION)?, params![flow], record),
    }
}

fn record(row: &Row<'_>) -> Result<DefinitionRecord, Trouble> {
    Ok(DefinitionRecord {
        flow: row.get(0)?,
        version: row.get(1)?,
        digest: row.get(2)?,
        deployed: row::time(row, 3)?,
        document: row.get(4)?,
    })
}

pub(super) fn labelled(conn: &Connection, flow: &str, label: &str) -> Result<Option<u32>, Trouble> {
    row::first(&mut *conn.prepare_cached(sql::LABELLED)?, params![flow, label], |row| Ok(row.get(0)?))
}

pub(super) fn list(conn: &Connection) -> Result<Vec<DefinitionSummary>, Trouble> {
    let mut labels = BTreeMap::<(String, u32), Vec<String>>::new();
    for (version, label) in row::all(&mut *conn.prepare_cached(sql::LABELS)?, [], |row| {
        Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
    })? {
        labels.entry(version).or_default().push(label);
    }
    row::all(&mut *conn.prepare_cached(sql::DEFINITIONS)?, [], |row| {
        let (flow, version) = (row.get(0)?, row.get(1)?);
        let deployed = row::time(row, 2)?;
        let labels = labels.remove(&(String::clone(&flow), version)).unwrap_or_default();
        Ok(DefinitionSummary { flow, version, deployed, labels })
    })
}
