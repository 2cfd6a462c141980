//! Compensation: what was completed is undone, newest first, when a later step fails for good.

use flowwright::engine::{ActivityContext, Engine};
use flowwright::protocol::ActivityError;
use serde_json::json;

async fn charge(context: ActivityContext, price: u32) -> Result<String, ActivityError> {
    if context.attempt() == 1 {
        println!("charge {price}, attempt 1: the bank is busy");
        return Err(ActivityError::retryable("busy", "try again"));
    }
    println!("charge {price}, attempt {}", context.attempt());
    Ok(format!("charge-{price}"))
}

async fn ship(_: ActivityContext, item: String) -> Result<String, ActivityError> {
    if item == "piano" {
        println!("ship {item}: too heavy");
        return Err(ActivityError::fatal("too_heavy", "nobody can carry it"));
    }
    println!("ship {item}");
    Ok(format!("parcel-{item}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let undo = |what: &'static str| {
        move |_, of: String| async move {
            println!("{what} {of}");
            Ok::<_, ActivityError>(())
        }
    };
    let engine = Engine::builder(flowwright_store::open("memory:")?)
        .activity("reserve", |_, item: String| async move {
            println!("reserve {item}");
            Ok::<_, ActivityError>(format!("shelf-{item}"))
        })
        .activity("charge", charge)
        .activity("ship", ship)
        .activity("refund", undo("refund"))
        .activity("unreserve", undo("unreserve"))
        .open()
        .await?;
    engine.deploy(include_str!("definition.yaml")).await?;
    for (item, price) in [("lamp", 30), ("piano", 900)] {
        let outcome = engine.start("order", json!({"item": item, "price": price})).await?.wait().await?;
        let word = outcome.error.map_or_else(
            || outcome.output.as_str().unwrap_or_default().to_owned(),
            |error| error.code.to_string(),
        );
        println!("{}: {word}", outcome.status.name());
    }
    Ok(())
}
