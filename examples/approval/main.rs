//! People: inboxes by role, four eyes, a form that is checked, an outcome that decides the way.

use flowwright::base::Error;
use flowwright::engine::Engine;
use flowwright::protocol::{ActivityError, Actor, TaskView};
use flowwright::store::{Page, TaskFilter};
use serde_json::{Value, json};

async fn first_task(engine: &Engine, actor: &Actor) -> Result<TaskView, Error> {
    let mut tasks = engine.inbox(actor, TaskFilter::default(), &Page::default()).await?;
    Ok(tasks.remove(0))
}

fn code(result: Result<(), Error>) -> &'static str {
    result.err().map_or("ok", |error| error.code())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder(flowwright_store::open("memory:")?)
        .activity("pay", |_, input: Value| async move {
            println!("pays {} to {}", input["amount"], input["to"].as_str().unwrap_or_default());
            Ok::<_, ActivityError>(Value::Null)
        })
        .open()
        .await?;
    engine.deploy(include_str!("definition.yaml")).await?;
    let instance = engine.start("approval", json!({"by": "ada", "amount": 40})).await?;

    let (ada, max) = (Actor::new("ada").role("manager"), Actor::new("max").role("manager"));
    let task = first_task(&engine, &ada).await?;
    println!("inbox of ada: {}, {}", task.title, task.data["amount"]);
    engine.complete(task.id, ada.clone(), "", json!({})).await?;

    let task = first_task(&engine, &max).await?;
    println!("inbox of max: {}", task.title);
    let good = json!({"reason": "a receipt is there"});
    println!("ada decides: {}", code(engine.complete(task.id, ada, "approved", good.clone()).await));
    let refused = engine.complete(task.id, max.clone(), "approved", json!({})).await;
    println!("max without a reason: {}", code(refused));
    engine.complete(task.id, max, "approved", good).await?;

    let outcome = instance.wait().await?;
    let word = |name: &str| outcome.output[name].as_str().unwrap_or_default();
    println!("{}: {} by {}", outcome.status.name(), word("decision"), word("by"));
    Ok(())
}
