//! Signals: an instance waits for what comes from outside, found by a correlation key; an explanation while it waits.

use flowwright::engine::Engine;
use flowwright::protocol::ActivityError;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder(flowwright_store::open("memory:")?)
        .activity(
            "thanks",
            |_, paid: Value| async move { Ok::<_, ActivityError>(format!("thanks for {paid}")) },
        )
        .open()
        .await?;
    engine.deploy(include_str!("definition.yaml")).await?;
    let invoice = json!({"number": "R-7", "due": 100});
    let one = engine.start("invoice", invoice.clone()).await?;
    let two = engine.start("invoice", invoice).await?;

    let waiting = engine.explain(one.id).await?.waiting;
    println!("waits for: {}", waiting.iter().map(|step| step.step.as_str()).collect::<Vec<_>>().join(", "));

    // The bank says it twice; what has the same id counts once.
    for _ in 0..2 {
        engine.signal(one.id, "payment", json!({"amount": 60})).correlation("R-7").id("bank-1").await?;
        engine.signal(two.id, "payment", json!({"amount": 60})).correlation("R-7").id("bank-1").await?;
    }
    let reached = engine.message("payment", "R-7", json!({"amount": 40})).await?;
    println!("{} instances hear of R-7", reached.len());
    for instance in [one, two] {
        let output = instance.wait().await?.output;
        println!("paid {}: {}", output["paid"], output["note"].as_str().unwrap_or_default());
    }
    Ok(())
}
