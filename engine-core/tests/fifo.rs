//! Real scientific workflows on few and many workers: the simulation's makespan is that of the reference, to the
//! millisecond. Ready tasks are taken first in, first out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::sync::Arc;

use flowwright::base::Span;
use flowwright::graph::{self, Graph};
use flowwright::simulate::{Entry, Script, Simulation};
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/wfcommons");

/// A flow with one activity for each task, in the order of the file.
fn flow(workflow: &Value) -> Arc<Graph> {
    let id = |task: usize| format!("t{task}");
    let tasks = workflow["tasks"].as_array().unwrap();
    let step =
        |task: usize| json!({"id": id(task), "type": "activity", "handler": "task", "title": tasks[task][0]});
    let edge = |edge: &Value| {
        let end = |end: usize| id(usize::try_from(edge[end].as_u64().unwrap()).unwrap());
        json!({"from": end(0), "to": end(1)})
    };
    let edges: Vec<Value> = workflow["edges"].as_array().unwrap().iter().map(edge).collect();
    let steps: Vec<Value> = (0..tasks.len()).map(step).collect();
    let loaded = graph::load(&json!({"flow": "workflow", "steps": steps, "edges": edges}).to_string());
    assert!(loaded.errors().next().is_none(), "{:?}", loaded.diagnostics);
    loaded.graph.unwrap()
}

/// Every task takes what it took.
fn script(workflow: &Value) -> Script {
    let tasks = workflow["tasks"].as_array().unwrap().iter().enumerate();
    tasks.fold(Script::default(), |script, (number, task)| {
        let took = Span::from_millis(task[2].as_u64().unwrap());
        script.step(format!("t{number}"), [Entry::output(took, Value::Null)])
    })
}

#[test]
fn the_makespan_is_that_of_the_reference() {
    let Ok(reference) = std::fs::read_to_string(format!("{FOLDER}/reference.json")) else {
        eprintln!("skipped: the workflows are not here");
        return;
    };
    let reference: Value = serde_json::from_str(&reference).unwrap();
    let instances = reference["instances"].as_array().unwrap();
    assert_eq!(instances.len(), 13);
    let mut wrong = Vec::new();
    for instance in instances {
        let file = instance["file"].as_str().unwrap().rsplit('/').next().unwrap();
        let text = std::fs::read_to_string(format!("{FOLDER}/{file}")).unwrap();
        let workflow: Value = serde_json::from_str(&text).unwrap();
        let (graph, script) = (flow(&workflow), script(&workflow));
        for (workers, makespan) in instance["fifo_makespan_ms"].as_object().unwrap() {
            let simulation = Simulation::new(graph.clone()).script(script.clone());
            let report = simulation.workers(workers.parse().unwrap()).run().unwrap();
            assert_eq!(report.status.name(), "completed", "{file}");
            let found = report.duration.millis();
            if Some(found) != makespan.as_u64() {
                wrong.push(format!("{file} on {workers} workers: {found}, not {makespan}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
