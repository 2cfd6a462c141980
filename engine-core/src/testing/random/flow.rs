//! Random definitions: every step type, edge kind and join, nested scopes, loops.

use serde_json::{Value, json};

use super::Lot;
use crate::definition::Definition;

/// How deep scopes are nested at most.
const DEPTH: usize = 2;

/// A random definition. Most are valid; some have an unreachable step or a join that can never be met, and are refused
/// when they are compiled.
///
/// # Errors
/// What is wrong with the document, if the generator made one that is none.
pub fn random_flow(seed: u64) -> Result<Definition, Vec<crate::definition::Diagnostic>> {
    let mut lot = Lot::new(seed);
    let mut document = scope(&mut lot, 0);
    document["flow"] = json!("random");
    document["vars"] = json!({"n": 0, "ok": true});
    document["pools"] = json!({"desk": 1 + lot.below(2)});
    if lot.chance(15) {
        document["timeout"] = json!("90m");
    }
    Definition::from_json(&document)
}

/// The steps, edges and failure policy of a scope.
fn scope(lot: &mut Lot, depth: usize) -> Value {
    let count = 1 + lot.below(if depth == 0 { 8 } else { 4 });
    let mut steps: Vec<Value> = (0..count).map(|number| step(lot, number, depth)).collect();
    let mut edges = Vec::new();
    for to in 1..count {
        // Most steps hang on an earlier one; some start with the scope.
        let sources = if lot.chance(85) { 1 + lot.below(3) } else { 0 };
        let mut from: Vec<usize> = (0..sources).map(|_| lot.below(to)).collect();
        from.sort_unstable();
        from.dedup();
        edges.extend(from.into_iter().map(|from| edge(lot, &steps, from, to)));
    }
    if count > 2 && lot.chance(30) {
        edges.extend(loop_back(lot, &steps));
    }
    for (number, step) in steps.iter_mut().enumerate() {
        joins(lot, number, &edges, step);
    }
    let policy = *lot.pick(&["fail_fast", "fail_fast", "drain", "compensate"]);
    json!({"steps": steps, "edges": edges, "on_failure": policy})
}

fn step(lot: &mut Lot, number: usize, depth: usize) -> Value {
    let id = format!("s{number}");
    let mut step = match lot.below(if depth < DEPTH { 15 } else { 11 }) {
        0..=3 => json!({"type": "activity", "handler": "work", "with": {"n": "${ vars.n }"}}),
        4 => json!({"type": "user_task", "role": "clerk", "outcomes": ["yes", "no"], "due": "30m"}),
        5 => json!({"type": "timer", "delay": format!("{}s", lot.below(90))}),
        6 => {
            json!({"type": "signal", "name": *lot.pick(&["ping", "pong"]), "early": *lot.pick(&["keep", "drop"])})
        }
        7 => {
            json!({"type": "decision", "rules": [{"when": "vars.n > 2", "output": "many"}], "default": "few"})
        }
        8 => json!({"type": "assign", "set": {"n": "vars.n + 1"}}),
        9 => json!({"type": "emit", "event": "seen", "data": {"n": "${ vars.n }"}}),
        10 => json!({"type": "call", "flow": "child", "with": {}, "wait": lot.chance(70)}),
        11 => merged(json!({"type": "group"}), scope(lot, depth + 1)),
        12 => {
            let items: Vec<usize> = (0..lot.below(4)).collect();
            let own = json!({
                "type": "for_each", "items": format!("{items:?}"), "concurrency": 1 + lot.below(3),
                "tolerate": {"failures": lot.below(2)},
            });
            merged(own, scope(lot, depth + 1))
        }
        13 => {
            let own = json!({"type": "loop", "until": format!("iteration >= {}", lot.below(3)), "max_iterations": 4});
            merged(own, scope(lot, depth + 1))
        }
        _ => json!({"type": "activity", "handler": "once", "idempotent": false, "check": "was_it_done"}),
    };
    step["id"] = json!(id);
    let kind = step["type"].as_str().unwrap_or_default().to_owned();
    if kind == "activity" {
        activity_policies(lot, &mut step);
    }
    if lot.chance(10) && !matches!(kind.as_str(), "decision" | "assign" | "emit") {
        step["timeout"] = json!("20m");
    }
    if lot.chance(10) {
        step["sla"] = json!({"target": "10m", "warn": "5m"});
    }
    if number > 3 && lot.chance(6) && depth == 0 {
        return json!({"id": id, "type": "end", "status": *lot.pick(&["completed", "failed"]), "compensate": lot.chance(50)});
    }
    step
}

fn activity_policies(lot: &mut Lot, step: &mut Value) {
    if lot.chance(40) {
        step["retry"] = json!({"attempts": 1 + lot.below(3), "initial": "5s", "jitter": 0.5});
    }
    if lot.chance(25) {
        step["resources"] = json!({"desk": 1});
    }
    if lot.chance(30) {
        step["compensate"] =
            json!({"handler": "undo", "with": {"done": "${ output }"}, "retry": {"attempts": 2}});
    }
    if lot.chance(20) {
        step["set"] = json!({"n": "vars.n + 1"});
    }
    if lot.chance(10) {
        step["deadline"] = json!("40m");
    }
}

fn merged(mut own: Value, scope: Value) -> Value {
    if let (Some(own), Value::Object(scope)) = (own.as_object_mut(), scope) {
        own.extend(scope);
    }
    own
}

fn edge(lot: &mut Lot, steps: &[Value], from: usize, to: usize) -> Value {
    let mut edge = json!({"from": format!("s{from}"), "to": format!("s{to}")});
    let sla = !steps[from]["sla"].is_null() || !steps[from]["due"].is_null();
    match lot.below(12) {
        0 | 1 => edge["on"] = json!("failure"),
        2 => edge["on"] = json!("any"),
        3 if sla => edge["on"] = json!("escalation"),
        4 => {
            edge["on"] = json!("signal");
            edge["signal"] = json!("ping");
            edge["interrupt"] = json!(lot.chance(50));
        }
        5 => edge["when"] = json!(format!("vars.n > {}", lot.below(3))),
        6 => edge["when"] = json!("vars.ok"),
        7 => edge["else"] = json!(true),
        _ => {}
    }
    edge
}

/// An edge from a later step to an earlier one, marked, so that it is clear which step is the head.
fn loop_back(lot: &mut Lot, steps: &[Value]) -> Option<Value> {
    let to = lot.below(steps.len() - 1);
    let from = to + 1 + lot.below(steps.len() - to - 1);
    let condition = json!(format!("steps.s{from}.iteration < {}", 1 + lot.below(2)));
    Some(json!({
        "from": format!("s{from}"), "to": format!("s{to}"), "when": condition, "back": true, "max_iterations": 3,
    }))
}

fn joins(lot: &mut Lot, number: usize, edges: &[Value], step: &mut Value) {
    let id = format!("s{number}");
    let incoming = edges.iter().filter(|edge| edge["to"] == json!(id) && edge["back"].is_null()).count();
    let outgoing = edges.iter().filter(|edge| edge["from"] == json!(id)).count();
    if incoming > 1 {
        match lot.below(6) {
            0 => step["join"] = json!("any"),
            1 => step["join"] = json!(2),
            2 => step["join"] = json!("every"),
            3 => step["join"] = json!("each"),
            _ => {}
        }
        if lot.chance(30) && matches!(step["join"].as_str(), Some("any")) {
            step["losers"] = json!("cancel");
        }
    }
    if outgoing > 1 && step["type"] != json!("end") {
        step["choose"] = json!(*lot.pick(&["all", "all", "first", "race"]));
    }
    if number > 1 && lot.chance(8) && step["type"] != json!("end") {
        step["cancels"] = json!([format!("s{}", lot.below(number))]);
    }
}
