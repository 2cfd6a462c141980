//! One instance: n items side by side, and a join (w3).

use serde_json::{Value, json};

use super::{Done, builder, close, completed};
use crate::Result;
use crate::args::Plan;
use crate::measure::Meter;
use crate::store::Site;

/// Runs it. There is no latency to tell of: the time is that of the whole.
pub async fn run(site: &Site, plan: &Plan) -> Result<Done> {
    let with = if plan.payload == 0 { "${ item }" } else { "{n: '${ item }', pad: '${ input.pad }'}" };
    let with = if plan.payload == 0 { format!("'{with}'") } else { with.to_owned() };
    let flow = format!(
        "flow: fan\nsteps:\n  - id: each\n    type: for_each\n    items: input.items\n    steps: [{{id: add, type: activity, handler: add, with: {with}}}]\n"
    );
    let items: Vec<u64> = (0..plan.n).collect();
    let input = json!({"items": items, "pad": "x".repeat(plan.payload)});
    let engine = builder(site).open().await?;
    engine.deploy(flow).await?;
    let meter = Meter::start(site)?;
    let outcome = engine.start("fan", input).await?.wait().await?;
    let spent = meter.stop()?;
    completed(&outcome)?;
    let outputs = outcome.output.as_array().map_or(0, Vec::len) as u64;
    if outputs != plan.n {
        return Err(format!("{outputs} items have an output, not {}", plan.n).into());
    }
    if plan.payload == 0 && outcome.output.as_array().and_then(|all| all.last()) != Some(&Value::from(plan.n))
    {
        return Err("the last item's output is another number".into());
    }
    close(&engine).await?;
    Ok(Done { instances: 1, steps: plan.n, spent, producers: plan.n, ..Done::default() })
}
