//! The order of what happened, on both sides: states entered, and items begun and ended.

use std::collections::{BTreeMap, BTreeSet};

use flowwright::graph::{Graph, Kind};
use flowwright::protocol::{At, Event};
use flowwright::simulate::Report;
use serde_json::Value;

use crate::translate::HELPER;

/// What happened, in order: `enter NAME`, `begin 2`, `succeed 2`, `fail 2`.
pub fn ours(graph: &Graph, report: &Report) -> Vec<String> {
    let (mut active, mut items, mut trace) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
    let name = |at: &At| graph.steps()[at.step as usize].id.to_string();
    let mut again = BTreeSet::new();
    for recorded in &report.history {
        match &recorded.event {
            Event::StepActivated { at, .. } => {
                active.insert(*at);
                // A scope that is tried again by an edge to itself is not entered again.
                if !tries_again(graph, at.step) || again.insert(*at) {
                    trace.push(format!("enter {}", name(at)));
                }
            }
            // What takes no time is never active.
            Event::StepCompleted { at, .. } | Event::StepFailed { at, .. } if !active.remove(at) => {
                trace.push(format!("enter {}", name(at)));
            }
            Event::FrameOpened { frame, owner, index, .. } if is_each(graph, owner.step) => {
                items.insert(*frame, *index);
                trace.push(format!("begin {index}"));
            }
            Event::FrameCompleted { frame, .. } => {
                trace.extend(items.get(frame).map(|item| format!("succeed {item}")))
            }
            Event::FrameFailed { frame, .. } => {
                trace.extend(items.get(frame).map(|item| format!("fail {item}")))
            }
            _ => {}
        }
    }
    trace.retain(|one| !one.starts_with(&format!("enter {HELPER}")));
    trace
}

fn is_each(graph: &Graph, step: u32) -> bool {
    matches!(graph.steps()[step as usize].kind, Kind::ForEach { .. })
}

fn tries_again(graph: &Graph, step: u32) -> bool {
    let outgoing = graph.steps()[step as usize].outgoing.clone();
    outgoing.into_iter().any(|edge| graph.edges()[edge as usize].to == step)
}

/// The same from a recorded history.
pub fn theirs(case: &Value) -> Vec<String> {
    let events = case["events"].as_array().into_iter().flatten();
    let line = |event: &Value| {
        let kind = event["type"].as_str()?;
        let word = match kind {
            "MapIterationStarted" => "begin",
            "MapIterationSucceeded" => "succeed",
            "MapIterationFailed" => "fail",
            _ if kind.ends_with("StateEntered") => return Some(format!("enter {}", event["name"].as_str()?)),
            _ => return None,
        };
        Some(format!("{word} {}", event["index"]))
    };
    events.filter_map(line).collect()
}
