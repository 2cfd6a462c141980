//! Definitions in their tables.

use std::collections::BTreeMap;

use flowwright::store::{DefinitionRecord, DefinitionSummary};
use tokio_postgres::Row;

use super::core::Core;
use super::error::Trouble;
use super::flight::{Flight, ask};
use super::link::Link;
use super::param::params;
use super::row;
use crate::sql::statement as sql;

/// How many others may take the next version in the meantime.
const MOST_CLASHES: u32 = 20;

pub(super) async fn put(core: &Core, record: &DefinitionRecord) -> Result<u32, Trouble> {
    let link = core.client().await?;
    let mut clashes = 0;
    loop {
        match try_put(&link, record).await {
            Err(trouble) if trouble.is_clash() && clashes < MOST_CLASHES => clashes += 1,
            answer => return answer,
        }
    }
}

/// A version or a digest that another process has just added is a clash.
async fn try_put(link: &Link, record: &DefinitionRecord) -> Result<u32, Trouble> {
    let mut flight = Flight::default();
    let same = flight.add(sql::VERSION_OF_DIGEST, params![record.flow.as_str(), record.digest.as_str()]);
    let newest = flight.add(sql::NEWEST_VERSION, params![record.flow.as_str()]);
    let answers = flight.send(link).await?;
    if let Some(version) = row::first(&answers[same], |row| row::small(row, 0))? {
        return Ok(version);
    }
    let newest = row::first(&answers[newest], |row| Ok(row.try_get::<_, Option<i64>>(0)?))?.flatten();
    let version = newest.unwrap_or(0) + 1;
    let values = params![
        record.flow.as_str(),
        version,
        record.digest.as_str(),
        record.deployed.millis(),
        record.document.as_str()
    ];
    ask(link, sql::INSERT_DEFINITION, values).await?;
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}

pub(super) async fn set_label(core: &Core, flow: &str, version: u32, label: &str) -> Result<(), Trouble> {
    let link = core.client().await?;
    // Versions are never removed, so what is there stays.
    if read(&link, flow, Some(version)).await?.is_none() {
        return Err(crate::unknown_version(flow, version).into());
    }
    ask(&link, sql::SET_LABEL, params![flow, label, i64::from(version)]).await?;
    Ok(())
}

pub(super) async fn get(
    core: &Core,
    flow: &str,
    version: Option<u32>,
) -> Result<Option<DefinitionRecord>, Trouble> {
    read(&core.client().await?, flow, version).await
}

async fn read(link: &Link, flow: &str, version: Option<u32>) -> Result<Option<DefinitionRecord>, Trouble> {
    let rows = match version {
        Some(version) => ask(link, sql::DEFINITION, params![flow, i64::from(version)]).await?,
        None => ask(link, sql::NEWEST_DEFINITION, params![flow]).await?,
    };
    row::first(&rows, record)
}

fn record(row: &Row) -> Result<DefinitionRecord, Trouble> {
    Ok(DefinitionRecord {
        flow: row.try_get(0)?,
        version: row::small(row, 1)?,
        digest: row.try_get(2)?,
        deployed: row::time(row, 3)?,
        document: row.try_get(4)?,
    })
}

pub(super) async fn labelled(core: &Core, flow: &str, label: &str) -> Result<Option<u32>, Trouble> {
    let rows = ask(&core.client().await?, sql::LABELLED, params![flow, label]).await?;
    row::first(&rows, |row| row::small(row, 0))
}

pub(super) async fn list(core: &Core) -> Result<Vec<DefinitionSummary>, Trouble> {
    let link = core.client().await?;
    let mut flight = Flight::default();
    let (labels, definitions) =
        (flight.add(sql::LABELS, Vec::new()), flight.add(sql::DEFINITIONS, Vec::new()));
    let answers = flight.send(&link).await?;
    let mut known = BTreeMap::<(String, u32), Vec<String>>::new();
    for row in &answers[labels] {
        known.entry((row.try_get(0)?, row::small(row, 1)?)).or_default().push(row.try_get(2)?);
    }
    let mut definitions = row::all(&answers[definitions], |row| {
        let (flow, version, deployed) = (row.try_get(0)?, row::small(row, 1)?, row::time(row, 2)?);
        Ok(DefinitionSummary { flow, version, deployed, labels: Vec::new() })
    })?;
    for definition in &mut definitions {
        let key = (definition.flow.clone(), definition.version);
        definition.labels = known.remove(&key).unwrap_or_default();
    }
    Ok(definitions)
}
