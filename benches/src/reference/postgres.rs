//! PostgreSQL with its plain driver: statements prepared, rows of a group in one `unnest`.

use std::sync::Arc;
use std::time::Instant;

use tokio_postgres::{Client, NoTls};

use super::producers::{Group, Singles, rows_per_s};
use crate::Result;
use crate::report::Reference;

pub(super) async fn measure(url: &str, row: &Arc<[u8]>, producers: u64) -> Result<(Reference, f64)> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS reference \
             (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, instance bigint NOT NULL, events bytea NOT NULL)",
        )
        .await?;
    let single = single(&client, row).await?;
    Ok((single, rows_per_s(producers, |group| write(&client, group, row)).await?))
}

async fn single(client: &Client, row: &[u8]) -> Result<Reference> {
    let insert = client.prepare("INSERT INTO reference (instance, events) VALUES ($1, $2)").await?;
    let mut singles = Singles::default();
    while singles.go_on(row.len()) {
        let begun = Instant::now();
        client.execute(&insert, &[&1_i64, &row]).await?;
        singles.done(begun);
    }
    Ok(singles.reference())
}

/// One connection writes all rows that wait in one statement.
async fn write(client: &Client, mut group: Group, row: &[u8]) -> Result<()> {
    let insert = client
        .prepare("INSERT INTO reference (instance, events) SELECT * FROM unnest($1::bigint[], $2::bytea[])")
        .await?;
    let mut asks = Vec::new();
    while group.waiting.recv_many(&mut asks, 10_000).await > 0 {
        let instances: Vec<i64> = (0..asks.len() as i64).collect();
        client.execute(&insert, &[&instances, &vec![row; asks.len()]]).await?;
        group.written(&mut asks, row.len());
    }
    Ok(())
}
