//! Regions: heads, nesting, back edges, exits, arities.

use crate::support::{edges, graph, ids, sketch, step};

/// A flow, and what is expected of its regions: `head: steps | edges | back edges | exits`, outer ones first, a `<`
/// before those that are inside the one before.
const CASES: &[(&str, &[&str])] = &[
    ("a: b; b: c; c", &[]),
    // A step that leads to itself.
    ("s: a; a: a b; b", &["a: a | a>a | a>a | a>b"]),
    // A plain loop, its exit in the middle.
    ("s: a; a: b; b: a c; c", &["a: a b | a>b b>a | b>a | b>c"]),
    // The start is the only entry, even where an edge leads to every step.
    ("a: b; b: a", &["a: a b | a>b b>a | b>a | "]),
    // Two loops apart.
    ("s: a; a: b; b: a c; c: d; d: c", &["a: a b | a>b b>a | b>a | b>c", "c: c d | c>d d>c | d>c | "]),
    // One inside the other, and an edge that leaves both.
    (
        "s: a; a: b; b: c; c: b d e; d: a; e",
        &["a: a b c d | a>b b>c c>b c>d d>a | d>a | c>e", "< b: b c | b>c c>b | c>b | c>d"],
    ),
    // An edge of the inner loop goes back to the outer head.
    ("s: a; a: b; b: b a c; c", &["a: a b | a>b b>b b>a | b>a | b>c", "< b: b | b>b | b>b | b>a"]),
    // WCP-10: two entries, and the mark makes the first one the head; what is left is a loop of its own.
    (
        "s: a b; a: b; b: c; c: a{back:~true} b e; e",
        &["a: a b c | a>b b>c c>a c>b | c>a | c>e", "< b: b c | b>c c>b | c>b | c>a"],
    ),
    // The same with the other entry as head: `a` is no loop of its own.
    ("s: a b; a: b{back:~true}; b: c; c: a e; e", &["b: a b c | a>b b>c c>a | a>b | c>e"]),
    // Two edges go back to one head.
    ("s: a; a: b c; b: a; c: a d; d", &["a: a b c | a>b a>c b>a c>a | b>a c>a | c>d"]),
    // Loops one inside the other, three deep.
    (
        "s: a; a: b; b: c; c: d; d: c e; e: b f; f: a",
        &[
            "a: a b c d e f | a>b b>c c>d d>c d>e e>b e>f f>a | f>a | ",
            "< b: b c d e | b>c c>d d>c d>e e>b | e>b | e>f",
            "< c: c d | c>d d>c | d>c | d>e",
        ],
    ),
];

#[test]
fn regions_have_the_heads_edges_and_exits_that_are_due() {
    for (flow, expected) in CASES {
        let graph = graph(&sketch(flow));
        let found: Vec<String> = graph
            .regions()
            .iter()
            .enumerate()
            .map(|(number, region)| {
                let back: Vec<u32> = (0..graph.edges().len() as u32)
                    .filter(|&edge| graph.edges()[edge as usize].back == Some(number as u32))
                    .collect();
                format!(
                    "{}{}: {} | {} | {} | {}",
                    if region.parent.is_some() { "< " } else { "" },
                    ids(&graph, &[region.head]),
                    ids(&graph, &region.steps),
                    edges(&graph, &region.edges),
                    edges(&graph, &back),
                    edges(&graph, &region.exits)
                )
            })
            .collect();
        assert_eq!(found, *expected, "{flow}");
        assert_consistent(&graph, flow);
    }
}

/// What holds of every graph.
fn assert_consistent(graph: &flowwright::graph::Graph, flow: &str) {
    for (number, region) in graph.regions().iter().enumerate() {
        let number = number as u32;
        assert!(region.parent.is_none_or(|parent| parent < number), "{flow}");
        assert!(region.steps.is_sorted() && region.edges.is_sorted() && region.exits.is_sorted(), "{flow}");
        for &edge in &region.exits {
            assert_eq!(graph.edges()[edge as usize].leaves, Some(number), "{flow}");
        }
    }
    for (number, node) in graph.steps().iter().enumerate() {
        let number = number as u32;
        let forward =
            graph.incoming(number).iter().filter(|&&edge| graph.edges()[edge as usize].back.is_none());
        assert_eq!(node.arity as usize, forward.count(), "{flow}");
        let again = node.region.map_or(node.arity, |region| graph.arity_in(number, region));
        assert_eq!(node.arity_again, again, "{flow}");
    }
}

#[test]
fn edges_from_an_outer_region_are_spent_for_the_inner_one_only() {
    let graph = graph(&sketch("s: a; a: b; b: c; c: b d; d: a e; e"));
    let (outer, inner) = (0, 1);
    let b = step(&graph, "b");
    assert_eq!(graph.steps()[b as usize].arity, 1);
    assert_eq!(graph.steps()[b as usize].arity_again, 0);
    assert_eq!(graph.arity_in(b, inner), 0);
    assert_eq!(graph.arity_in(b, outer), 1);
    assert_eq!(graph.arity_in(step(&graph, "a"), outer), 0);
}

#[test]
fn regions_of_inner_scopes_are_theirs() {
    let text = "
flow: nested
steps:
  - {id: a, type: activity, handler: h, next: b}
  - {id: b, type: activity, handler: h, next: [{to: a, when: vars.again, max_iterations: 3}, g]}
  - id: g
    type: group
    steps:
      - {id: x, type: activity, handler: h, next: x}
vars: {again: false}
";
    let graph = graph(text);
    let regions: Vec<(u32, String)> =
        graph.regions().iter().map(|region| (region.scope, ids(&graph, &region.steps))).collect();
    assert_eq!(regions, [(0, "a b".to_owned()), (1, "x".to_owned())]);
    assert_eq!(graph.scopes()[0].regions, 0..1);
    assert_eq!(graph.scopes()[1].regions, 1..2);
    assert_eq!(ids(&graph, &graph.scopes()[1].starts), "x");
    let back: Vec<u32> =
        graph.edges().iter().filter(|edge| edge.back.is_some()).map(|edge| edge.max_iterations).collect();
    assert_eq!(back, [3, 1000]);
}
