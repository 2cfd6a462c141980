//! `flowwright graph`.

use flowwright::graph::render;

use super::answer::{Answer, Exit, Result};
use super::args::{Format, GraphArgs};
use super::diagnostics::Checked;

/// Draws a flow.
pub fn run(args: &GraphArgs, json: bool) -> Result<Answer> {
    let graph = match Checked::read(&args.file)?.graph(json) {
        Ok(graph) => graph,
        Err(answer) => return Ok(answer),
    };
    let format = args.format.unwrap_or(if json { Format::Json } else { Format::Mermaid });
    Ok(match format {
        Format::Mermaid => Answer::text(render::mermaid(&graph), Exit::Ok),
        Format::Dot => Answer::text(render::dot(&graph), Exit::Ok),
        Format::Json => Answer::json(&render::drawing(&graph), Exit::Ok),
    })
}
