//! Fan-out: many rows side by side with a bound, retries of one, a failure that does not stop the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use flowwright::engine::{ActivityContext, Engine};
use flowwright::protocol::ActivityError;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Row {
    row: i64,
    index: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let attempts = Arc::new(Mutex::new(BTreeMap::new()));
    let seen = Arc::clone(&attempts);
    let load = move |context: ActivityContext, Row { row, index }: Row| {
        seen.lock().unwrap_or_else(PoisonError::into_inner).insert(index, context.attempt());
        async move {
            match (row, context.attempt()) {
                (..0, _) => Err(ActivityError::fatal("negative", "a row below zero")),
                (30, 1) => Err(ActivityError::retryable("locked", "somebody else writes")),
                _ => Ok(format!("row-{row}")),
            }
        }
    };
    let engine = Engine::builder(flowwright_store::open("memory:")?).activity("load", load).open().await?;
    engine.deploy(include_str!("definition.yaml")).await?;
    let instance = engine.start("import", json!({"rows": [10, -1, 30, 40]})).await?;
    let output = instance.wait().await?.output;
    let rows = output["rows"].as_array().cloned().unwrap_or_default();
    println!("{} rows", rows.len());
    for (index, row) in rows.iter().enumerate() {
        println!("{index}: {}", row.as_str().unwrap_or_default());
    }
    println!("total {}", output["total"]);
    let attempts = attempts.lock().unwrap_or_else(PoisonError::into_inner);
    let counts: Vec<String> = attempts.values().map(u32::to_string).collect();
    println!("attempts: {}", counts.join(" "));
    Ok(())
}
