//! Real workflow graphs (Argo, Kestra) as flows: loaded, or refused for the reason that is stated here.

use std::collections::{BTreeMap, BTreeSet};

use flowwright::graph::analysis::View;
use flowwright::graph::load;
use serde_json::{Value, json};

use crate::support::{listed, shared_json};

/// The graphs that are refused when their nodes become steps side by side, and why: the codes of the errors. The other
/// two that their source declares invalid (`invalid-parallel`: empty blocks; `workingdirectory-invalid`: a block of a
/// type that may not stand there) are wrong by rules of that source's own block types; as graphs they are sound.
const REFUSED: &[(&str, &[&str])] = &[
    // The first two tasks wait for one another, and nothing starts either.
    ("core/src/test/resources/flows/invalids/dag-cyclicdependency.yaml", &["unreachable_step"]),
    // A task depends on one that is not there.
    ("core/src/test/resources/flows/invalids/dag-notexist-task.yaml", &["unknown_step"]),
    // An id twice. (Inside blocks of their own they would not clash: ids are unique by scope.)
    ("core/src/test/resources/flows/invalids/duplicate-parallel.yaml", &["duplicate_id"]),
    ("core/src/test/resources/flows/invalids/duplicate.yaml", &["duplicate_id"]),
];

/// As [`REFUSED`], when nodes with children become groups. The cycle is no mistake then: all tasks of that block have
/// incoming edges, so the first one starts, and the cycle has one entry, which makes it a loop.
const REFUSED_NESTED: &[(&str, &[&str])] = &[
    ("core/src/test/resources/flows/invalids/dag-notexist-task.yaml", &["unknown_step"]),
    ("core/src/test/resources/flows/invalids/duplicate.yaml", &["duplicate_id"]),
];

fn graphs() -> Vec<Value> {
    let files = ["argo", "kestra"].map(|name| shared_json(&format!("data/dags/{name}.json")));
    files.into_iter().flatten().flat_map(|file| file["graphs"].as_array().unwrap().clone()).collect()
}

/// Ids begin with a letter here.
fn id(node: &Value) -> String {
    let id = node.as_str().unwrap();
    if id.starts_with(|c: char| c.is_ascii_alphabetic()) { id.to_owned() } else { format!("n{id}") }
}

fn step(node: &Value) -> Value {
    json!({"id": id(&node["id"]), "type": "activity", "handler": "work"})
}

fn edge(edge: &Value) -> Value {
    json!({"from": id(&edge["from"]), "to": id(&edge["to"])})
}

fn list<'a>(graph: &'a Value, name: &str) -> &'a [Value] {
    graph[name].as_array().map_or(&[], Vec::as_slice)
}

/// All nodes side by side, all edges as they are.
fn flat(graph: &Value) -> Value {
    let steps: Vec<Value> = list(graph, "nodes").iter().map(step).collect();
    let edges: Vec<Value> = list(graph, "edges").iter().map(edge).collect();
    json!({"flow": "dag", "steps": steps, "edges": edges})
}

/// Nodes with children as groups. Edges that only say that a child is inside are left out; each other edge goes to the
/// scope of the node that it leads to.
fn nested(graph: &Value) -> Value {
    let mut children: BTreeMap<Option<&str>, Vec<&Value>> = BTreeMap::new();
    let mut parents: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for node in list(graph, "nodes") {
        children.entry(node["parent"].as_str()).or_default().push(node);
        parents.entry(node["id"].as_str().unwrap()).or_insert(node["parent"].as_str());
    }
    let mut edges: BTreeMap<Option<&str>, Vec<Value>> = BTreeMap::new();
    for one in list(graph, "edges").iter().filter(|one| one["kind"] != "enter") {
        edges.entry(parents[one["to"].as_str().unwrap()]).or_default().push(edge(one));
    }
    fn scope(
        at: Option<&str>,
        children: &BTreeMap<Option<&str>, Vec<&Value>>,
        edges: &BTreeMap<Option<&str>, Vec<Value>>,
    ) -> (Value, Value) {
        let steps: Vec<Value> = children[&at]
            .iter()
            .map(|node| {
                let own = node["id"].as_str();
                if !children.contains_key(&own) || own == at {
                    return step(node);
                }
                let (steps, edges) = scope(own, children, edges);
                json!({"id": id(&node["id"]), "type": "group", "steps": steps, "edges": edges})
            })
            .collect();
        (json!(steps), json!(edges.get(&at).cloned().unwrap_or_default()))
    }
    let (steps, edges) = scope(None, &children, &edges);
    json!({"flow": "dag", "steps": steps, "edges": edges})
}

/// Loads a flow; the codes of its errors.
fn errors(flow: &Value) -> BTreeSet<&'static str> {
    load(&flow.to_string()).errors().map(|one| one.code).collect()
}

fn assert_refused_as_stated(shape: impl Fn(&Value) -> Value, refused: &[(&str, &[&str])]) {
    let mut stated: BTreeMap<&str, BTreeSet<&str>> =
        refused.iter().map(|(name, codes)| (*name, codes.iter().copied().collect())).collect();
    let graphs = graphs();
    for graph in &graphs {
        let name = graph["id"].as_str().unwrap();
        let flow = shape(graph);
        let expected = stated.remove(name).unwrap_or_default();
        assert_eq!(errors(&flow), expected, "{name}\n{}", listed(&load(&flow.to_string()).diagnostics));
    }
    if !graphs.is_empty() {
        assert_eq!(graphs.len(), 290);
        assert!(stated.is_empty(), "not among the graphs: {stated:?}");
    }
}

#[test]
fn real_graphs_are_loaded_or_refused_for_a_stated_reason() {
    assert_refused_as_stated(flat, REFUSED);
}

#[test]
fn real_graphs_are_loaded_as_nested_scopes() {
    assert_refused_as_stated(nested, REFUSED_NESTED);
}

#[test]
fn the_figures_of_real_graphs_are_exact() {
    for graph in graphs() {
        let name = graph["id"].as_str().unwrap();
        if REFUSED.iter().any(|(refused, _)| *refused == name) {
            continue;
        }
        let loaded = load(&flat(&graph).to_string());
        let compiled = loaded.graph.unwrap();
        let view = View::of_scope(&compiled, &compiled.scopes()[0]);
        let dag = view.dag().unwrap();
        let figures = json!({
            "nodes": view.len(),
            "edges": view.edges().len(),
            "acyclic": compiled.regions().is_empty(),
            "roots": view.roots().len(),
            "leaves": view.leaves().len(),
            "weak_components": view.weak_components(),
            "max_in": view.max_in_degree(),
            "max_out": view.max_out_degree(),
            "depth": dag.levels().widths.len(),
            "level_width": dag.widest_level(),
            "transitive_reduction_edges": dag.transitive_reduction().unwrap().len(),
        });
        for (figure, value) in figures.as_object().unwrap() {
            assert_eq!(*value, graph["stats"][figure], "{figure} of {name}");
        }
        // What is called redundant is what the reduction leaves out: all edges are plain here.
        let redundant = loaded.diagnostics.iter().filter(|one| one.code == "redundant_edge").count();
        assert_eq!(redundant, view.edges().len() - dag.transitive_reduction().unwrap().len(), "{name}");
    }
}
