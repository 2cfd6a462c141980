//! Conditions and scatter of the Common Workflow Language, restated as flows: who runs, and what becomes of the data.
//!
//! | CWL | flow |
//! | --- | --- |
//! | a tool (`echo` of a text) | `decision` with one rule that gives the text |
//! | `when` of a step | condition of the edge that leads to it |
//! | `scatter` | `for_each`; over several lists at once (`dotproduct`) by `index`, over their product one in the other |
//! | `pickValue` | `decision` that has no rule where there is no such value |
//! | `linkMerge: merge_flattened` | `flatten()` |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::sync::Arc;

use flowwright::graph::{self, Graph};
use flowwright::protocol::InstanceStatus;
use flowwright::simulate::Simulation;
use serde_json::{Map, Value, json};

const TESTS: &str = include_str!("data/cwl_workflow_semantics.json");

/// A test that cannot be restated: the declared type of an output contradicts `pickValue`, and a flow declares no type
/// of its output.
const NOT_RESTATED: &str = "all_non_null_multi_with_non_array_output_nojs";

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// One value or several.
fn list(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::String(one) => vec![one],
        _ => Vec::new(),
    }
}

/// The inputs as a schema, with their defaults.
fn schema(inputs: &Value) -> Value {
    let of = |declared: &Value| {
        let word = declared.get("type").map_or(text(declared), text);
        let kind = match word {
            "int" => "integer",
            _ if word.ends_with("[]") => "array",
            word => word,
        };
        let mut schema = json!({"type": kind});
        if let Some(default) = declared.get("default") {
            schema["default"] = default.clone();
        }
        schema
    };
    let properties: Map<String, Value> =
        inputs.as_object().unwrap().iter().map(|(name, declared)| (name.clone(), of(declared))).collect();
    json!({"type": "object", "properties": properties})
}

/// A step under translation.
struct Step<'a> {
    id: &'a str,
    step: &'a Value,
    tool: &'a Value,
}

impl Step<'_> {
    /// CEL for a port of the step: a scattered one is a variable of the item.
    fn port(&self, name: &str) -> String {
        match &self.step["in"][name] {
            _ if list(&self.step["scatter"]).contains(&name) => format!("vars.{name}"),
            Value::String(source) => format!("input.{source}"),
            port => port["default"].to_string(),
        }
    }

    /// `foo $(inputs.in1)` as data.
    fn echo(&self) -> String {
        let parts = text(&self.tool["outputs"]["out1"]["outputBinding"]["outputEval"]).split("$(inputs.");
        let mut parts = parts.map(|part| part.split_once(')').unwrap_or(("", part)));
        let first = parts.next().map_or("", |(_, text)| text).to_owned();
        parts.fold(first, |out, (port, rest)| format!("{out}${{ {} }}{rest}", self.port(port)))
    }

    /// The step that does the work, and the condition under which it is done.
    fn work(&self, id: &str) -> (Value, Value) {
        let mut edge = json!({"to": id});
        if let Some(port) =
            text(&self.step["when"]).strip_prefix("$(inputs.").and_then(|when| when.strip_suffix(')'))
        {
            edge["when"] = self.port(port).into();
        }
        (json!({"id": id, "type": "decision", "rules": [{"output": self.echo()}]}), edge)
    }

    /// The step, and the edge that leads to it.
    fn translate(&self) -> (Value, Value) {
        let ports = list(&self.step["scatter"]);
        if ports.is_empty() {
            return self.work(self.id);
        }
        let together = self.step["scatterMethod"] != "nested_crossproduct";
        let (tool, edge) = self.work("work");
        let mut inner = (vec![tool], edge, "${ steps.work.output }");
        let rounds: Vec<&[&str]> = if together { vec![&ports] } else { ports.chunks(1).collect() };
        for (depth, ports) in rounds.iter().enumerate().rev() {
            let id = if depth == 0 { self.id } else { "each" };
            let each = self.each(id, ports, inner);
            inner = (vec![each], json!({"to": id}), "${ steps.each.output }");
        }
        let [each] = <[Value; 1]>::try_from(inner.0).unwrap();
        (each, inner.1)
    }

    /// A scope for each item of the first port; items of the others go with it.
    fn each(&self, id: &str, ports: &[&str], (steps, edge, output): (Vec<Value>, Value, &str)) -> Value {
        let source = |port: &str| format!("input.{}", text(&self.step["in"][port]));
        let set: Map<String, Value> = ports
            .iter()
            .map(|port| ((*port).to_owned(), json!(format!("{}[index]", source(port)))))
            .collect();
        let mut inner = vec![json!({"id": "begin", "type": "assign", "set": set, "next": [edge]})];
        inner.extend(steps);
        json!({"id": id, "type": "for_each", "items": source(ports[0]), "steps": inner, "output": output})
    }
}

/// The step that picks the output.
fn pick(output: &Value, steps: &[&String]) -> Value {
    let value = |source: &&str| match source.split_once('/') {
        Some((step, _)) => format!("steps.{step}.output"),
        None => format!("input.{source}"),
    };
    let sources = list(&output["outputSource"]);
    let values: Vec<String> = sources.iter().map(value).collect();
    let mut all = if values.len() > 1 { format!("[{}]", values.join(", ")) } else { values[0].clone() };
    if output["linkMerge"] == "merge_flattened" {
        all = format!("{all}.flatten()");
    }
    let some = format!("{all}.filter(x, x != null)");
    let rule = match text(&output["pickValue"]) {
        "first_non_null" => {
            json!({"when": format!("{some}.size() > 0"), "output": format!("${{ {some}[0] }}")})
        }
        "the_only_non_null" => {
            json!({"when": format!("{some}.size() == 1"), "output": format!("${{ {some}[0] }}")})
        }
        "all_non_null" => json!({"output": format!("${{ {some} }}")}),
        _ => json!({"output": format!("${{ {all} }}")}),
    };
    let mut needs = vec![json!("begin")];
    needs.extend(steps.iter().map(|step| json!(step)));
    json!({"id": "pick", "type": "decision", "needs": needs, "rules": [rule]})
}

fn flow(test: &Value) -> Arc<Graph> {
    let workflow = &test["workflow"];
    let (mut steps, mut edges) = (Vec::new(), Vec::new());
    let all = workflow["steps"].as_object().unwrap();
    for (id, step) in all {
        let run = text(&step["run"]);
        let (_, tool) =
            test["tools"].as_object().unwrap().iter().find(|(path, _)| path.ends_with(run)).unwrap();
        let (step, edge) = Step { id, step, tool }.translate();
        steps.push(step);
        edges.push(edge);
    }
    steps.insert(0, json!({"id": "begin", "type": "assign", "next": edges}));
    steps.push(pick(&workflow["outputs"]["out1"], &all.keys().collect::<Vec<_>>()));
    let flow = json!({
        "flow": "workflow", "input": schema(&workflow["inputs"]), "steps": steps, "output": {"out1": "${ steps.pick.output }"},
    });
    let loaded = graph::load(&flow.to_string());
    assert!(loaded.errors().next().is_none(), "{flow:#}\n{:#?}", loaded.diagnostics);
    loaded.graph.unwrap()
}

#[test]
fn conditions_and_scatter_give_the_same_output() {
    let tests: Value = serde_json::from_str(TESTS).unwrap();
    let tests = tests["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 22);
    let mut wrong = Vec::new();
    for test in tests.iter().filter(|test| test["id"] != NOT_RESTATED) {
        let report = Simulation::new(flow(test)).input(test["job"].clone()).run().unwrap();
        let fails = test["should_fail"] == true;
        let status = if fails { InstanceStatus::Failed } else { InstanceStatus::Completed };
        if report.status != status || (!fails && *report.output != test["output"]) {
            wrong.push(format!("{}: {:?} {} {:?}", test["id"], report.status, *report.output, report.error));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
