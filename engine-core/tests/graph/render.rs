//! Drawings.

use flowwright::graph::render::{dot, drawing, mermaid};

use crate::support::{graph, shared};

const FLOW: &str = r##"
flow: drawn
vars: {n: 1}
steps:
  - {id: a, type: user_task, role: r, title: "Ask \"who\" & <why>", choose: first, next: [{to: b, when: 'vars.n > 1 && output.outcome == "x|y"'}, {to: g, else: true}, {to: f, on: failure}]}
  - {id: b, type: timer, delay: 1s, next: [{to: a, max_iterations: 3}]}
  - id: g
    type: group
    title: Inside
    steps:
      - {id: x, type: decision, rules: [{output: 1}], next: y}
      - {id: y, type: end, join: any}
  - {id: f, type: call, flow: other}
  - {id: e, type: group, needs: f, steps: [{id: z, type: assign, set: {n: 1 + 1}}]}
"##;

#[test]
fn mermaid_shows_shapes_scopes_and_styles() {
    let expected = r#"flowchart TD
  s0[/"Ask #34;who#34; #38; #60;why#62;<br/>choose: first"/]
  s1(("b"))
  subgraph s2["Inside"]
    direction TB
    s5{"x"}
    s6((("y<br/>join: any")))
  end
  s3[["f"]]
  subgraph s4["e"]
    direction TB
    s7["z"]
  end
  s0 -->|"vars.n #62; 1 #38;#38; output.outcome == #34;x#124;y#34;"| s1
  s0 -->|"else"| s2
  s0 -.->|"failure"| s3
  s1 ==>|"at most 3"| s0
  s3 --> s4
  s5 --> s6
  linkStyle 2 stroke:#c0392b
  linkStyle 3 stroke:#2c6fbb
"#;
    assert_eq!(mermaid(&graph(FLOW)), expected);
}

#[test]
fn dot_shows_clusters_and_styles() {
    let expected = r##"digraph "drawn" {
  compound=true; rankdir=TB; node [fontname="sans-serif"]; edge [fontname="sans-serif"];
  s0 [label="Ask \"who\" & <why>\nchoose: first", shape=parallelogram];
  s1 [label="b", shape=circle];
  subgraph cluster_s2 { label="Inside"; style=rounded;
    s2 [shape=point, style=invis];
    s5 [label="x", shape=diamond];
    s6 [label="y\njoin: any", shape=doublecircle];
  }
  s3 [label="f", shape=box, peripheries=2];
  subgraph cluster_s4 { label="e"; style=rounded;
    s4 [shape=point, style=invis];
    s7 [label="z", shape=note];
  }
  s0 -> s1 [label="vars.n > 1 && output.outcome == \"x|y\""];
  s0 -> s2 [label="else", lhead=cluster_s2];
  s0 -> s3 [label="failure", style=dashed, color="#c0392b"];
  s1 -> s0 [label="at most 3", style=bold, color="#2c6fbb", constraint=false];
  s3 -> s4 [lhead=cluster_s4];
  s5 -> s6;
}
"##;
    assert_eq!(dot(&graph(FLOW)), expected);
}

#[test]
fn json_has_levels_and_regions() {
    let drawn = serde_json::to_value(drawing(&graph(FLOW))).unwrap();
    assert_eq!(drawn["flow"], "drawn");
    assert_eq!(
        drawn["steps"][1],
        serde_json::json!({
            "id": "b", "path": "b", "title": "b", "type": "timer", "scope": 0, "region": 0, "level": 1,
            "join": "all", "choose": "all", "source": "steps[1]",
        })
    );
    assert_eq!(
        drawn["edges"][3],
        serde_json::json!({
            "from": 1, "to": 0, "on": "success", "back": 0, "max_iterations": 3, "label": "at most 3",
            "source": "steps[1].next[0]",
        })
    );
    assert_eq!(drawn["scopes"][0]["levels"], serde_json::json!([[0], [1, 2, 3], [4]]));
    assert_eq!(
        drawn["scopes"][1],
        serde_json::json!({"owner": 2, "steps": [5, 6], "starts": [5], "sinks": [6], "levels": [[5], [6]]})
    );
    assert_eq!(drawn["regions"], serde_json::json!([{"scope": 0, "head": 0, "steps": [0, 1]}]));
}

#[test]
fn the_example_of_the_language_is_drawn() {
    let Some(text) = shared("design/examples/purchase-fha.yaml") else { return };
    let graph = graph(&text);
    let (mermaid, dot) = (mermaid(&graph), dot(&graph));
    for node in graph.steps() {
        assert!(dot.contains(&format!("label=\"{}", node.title)), "{}", node.title);
    }
    assert_eq!(mermaid.matches("subgraph").count(), mermaid.matches("\n  end").count());
    let arrows = mermaid.lines().filter(|line| line.contains("->") || line.contains("==>")).count();
    assert_eq!(arrows, graph.edges().len());
}
