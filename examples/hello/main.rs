//! The quick start: a flow, a handler, a file. Run it twice: the second run finds the instance of the first.

use flowwright::engine::{Engine, IfExists};
use flowwright::protocol::ActivityError;
use serde_json::json;

const FLOW: &str = "
flow: hello
steps:
  - {id: greet, type: activity, handler: greet, with: '${ input.name }', next: rest}
  - {id: rest, type: timer, delay: 100ms}
output: ${ steps.greet.output }
";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder(flowwright_store::open("sqlite:hello.db")?)
        .activity("greet", |_, name: String| async move { Ok::<_, ActivityError>(format!("Hello, {name}!")) })
        .open()
        .await?;
    engine.deploy(FLOW).await?;

    let instance = engine.start("hello", json!({"name": "Ada"})).key("first", IfExists::Return).await?;
    let outcome = instance.wait().await?;
    println!("{} ({}): {}", instance.id, outcome.status.name(), outcome.output.as_str().unwrap_or("nothing"));
    Ok(())
}
