//! Short ways to write flows and to read what is said of them.

use std::sync::Arc;

use flowwright::definition::Diagnostic;
use flowwright::graph::{Graph, load};
use serde_json::Value;

/// A file of the data from outside, if it is there.
pub fn shared(path: &str) -> Option<String> {
    let path = format!("{}/../../shared/{path}", env!("CARGO_MANIFEST_DIR"));
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(_) => {
            eprintln!("skipped: {path} is not there");
            None
        }
    }
}

/// The same as JSON.
pub fn shared_json(path: &str) -> Option<Value> {
    shared(path).map(|text| serde_json::from_str(&text).unwrap())
}

/// A flow of activities from lines such as `a: b c` (edges from `a` to `b` and `c`). What stands in brackets after a
/// target is written into the edge: `a: b{back: true}`.
pub fn sketch(lines: &str) -> String {
    let mut out = String::from("flow: sketch\nsteps:\n");
    let mut targets: Vec<(&str, Vec<String>)> = Vec::new();
    for line in lines.split(';').map(str::trim).filter(|line| !line.is_empty()) {
        let (from, to) = line.split_once(':').unwrap_or((line, ""));
        targets.push((from.trim(), to.split_whitespace().map(str::to_owned).collect()));
    }
    for (id, to) in &targets {
        let next: Vec<String> = to
            .iter()
            .map(|target| match target.split_once('{') {
                Some((to, rest)) => format!("{{to: {to}, {}}}", rest.trim_end_matches('}').replace('~', " ")),
                None => target.clone(),
            })
            .collect();
        out.push_str(&format!("  - {{id: {id}, type: activity, handler: h, next: [{}]}}\n", next.join(", ")));
    }
    out
}

/// The graph of a text that is right; warnings are let be.
#[track_caller]
pub fn graph(text: &str) -> Arc<Graph> {
    let loaded = load(text);
    loaded.graph.unwrap_or_else(|| panic!("{text}\n{}", listed(&loaded.diagnostics)))
}

/// Diagnostics as text.
pub fn listed(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The ids of steps by their numbers.
pub fn ids(graph: &Graph, steps: &[u32]) -> String {
    steps.iter().map(|&step| &*graph.steps()[step as usize].id).collect::<Vec<_>>().join(" ")
}

/// Edges as `a>b`, by their numbers.
pub fn edges(graph: &Graph, edges: &[u32]) -> String {
    let id = |step: u32| &*graph.steps()[step as usize].id;
    let words = edges.iter().map(|&edge| {
        let link = &graph.edges()[edge as usize];
        format!("{}>{}", id(link.from), id(link.to))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The number of a step.
#[track_caller]
pub fn step(graph: &Graph, path: &str) -> u32 {
    graph.step_by_path(path).unwrap_or_else(|| panic!("no step {path}"))
}

/// What is said of a text: code, path, line and column.
pub fn said(text: &str) -> Vec<(String, String, u32, u32)> {
    let all = load(text).diagnostics;
    all.into_iter().map(|one| (one.code.to_owned(), one.path, one.line, one.column)).collect()
}
