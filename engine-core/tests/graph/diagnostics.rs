//! Every code of the flow's own, with the place that it names.

use flowwright::definition::Severity;
use flowwright::graph::{Graph, code, load};

use crate::support::{listed, shared};

const HEAD: &str = "flow: wrong\nvars: {x: 1, on: true}\nsteps:\n";

/// Steps, the code, and its path. The steps stand from line 4 on, one a line.
const CASES: &[(&str, &str, &str)] = &[
    (
        "  - {id: a, type: activity, handler: h, next: bb}\n  - {id: b, type: activity, handler: h}\n",
        "unknown_step",
        "steps[0].next[0]",
    ),
    ("  - {id: a, type: activity, handler: h, needs: [{step: q}]}\n", "unknown_step", "steps[0].needs[0]"),
    ("  - {id: a, type: activity, handler: h}\nedges: [{from: a, to: z}]\n", "unknown_step", "edges[0].to"),
    ("  - {id: a, type: activity, handler: h}\nedges: [{from: z, to: a}]\n", "unknown_step", "edges[0].from"),
    ("  - {id: a, type: activity, handler: h, cancels: [z]}\n", "unknown_step", "steps[0].cancels[0]"),
    ("  - {id: a, type: user_task, role: r, not_by: [z]}\n", "unknown_step", "steps[0].not_by[0]"),
    (
        "  - {id: a, type: activity, handler: h, next: b}\n  - {id: g, type: group, steps: [{id: b, type: activity, handler: h}]}\n",
        "unknown_step",
        "steps[0].next[0]",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: b}\n  - {id: b, type: activity, handler: h, needs: a}\n",
        "duplicate_edge",
        "steps[1].needs[0]",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [{to: b, when: vars.x > 1}]}\n  - {id: b, type: activity, handler: h}\nedges: [{from: a, to: b, when: vars.x < 1}]\n",
        "duplicate_edge",
        "edges[0]",
    ),
    (
        "  - {id: a, type: activity, handler: h}\n  - {id: b, type: activity, handler: h, next: c}\n  - {id: c, type: activity, handler: h, next: b}\n",
        "unreachable_step",
        "steps[1]",
    ),
    (
        "  - {id: s, type: activity, handler: h, next: [a, b]}\n  - {id: a, type: activity, handler: h, next: b}\n  - {id: b, type: activity, handler: h, next: a}\n",
        "cycle_entries",
        "steps[1]",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [{to: b, back: true}]}\n  - {id: b, type: activity, handler: h}\n",
        "invalid_back",
        "steps[0].next[0].back",
    ),
    // The first mark leads to a step that is no entry.
    (
        "  - {id: s, type: activity, handler: h, next: [a, b]}\n  - {id: a, type: activity, handler: h, next: b}\n  - {id: b, type: activity, handler: h, next: [{to: c, back: true}]}\n  - {id: c, type: activity, handler: h, next: a}\n",
        "invalid_back",
        "steps[2].next[0].back",
    ),
    // One entry, and the mark is elsewhere.
    (
        "  - {id: s, type: activity, handler: h, next: a}\n  - {id: a, type: activity, handler: h, next: [{to: b, back: true}]}\n  - {id: b, type: activity, handler: h, next: a}\n",
        "invalid_back",
        "steps[1].next[0].back",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [{to: b, max_iterations: 3}]}\n  - {id: b, type: activity, handler: h}\n",
        "invalid_max_iterations",
        "steps[0].next[0].max_iterations",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [{to: b, when: vars.x > 1}, {to: c, else: true}, {to: d, else: true}]}\n  - {id: b, type: activity, handler: h}\n  - {id: c, type: activity, handler: h}\n  - {id: d, type: activity, handler: h}\n",
        "several_else",
        "steps[0].next[2].else",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [{to: b, else: true}]}\n  - {id: b, type: activity, handler: h}\n",
        "else_without_sibling",
        "steps[0].next[0].else",
    ),
    ("  - {id: a, type: activity, handler: h, join: 2}\n", "join_unreachable", "steps[0].join"),
    (
        "  - {id: a, type: activity, handler: h, resources: {desk: 3}}\npools: {desk: 2}\n",
        "pool_too_small",
        "steps[0].resources.desk",
    ),
    ("  - {id: a, type: activity, handler: h, with: {n: '${ 1 + }'}}\n", "expression", "steps[0].with.n"),
    ("  - {id: a, type: activity, handler: h, set: {v: 1 +}}\n", "expression", "steps[0].set.v"),
    ("  - {id: a, type: timer, delay: '${ vars.x + }'}\n", "expression", "steps[0].delay"),
    ("  - {id: a, type: activity, handler: h, with: '${ vars.y }'}\n", "unknown_name", "steps[0].with"),
    (
        "  - {id: a, type: activity, handler: h, next: [{to: b, when: 1 > 2}]}\n  - {id: b, type: activity, handler: h}\n",
        "edge_never_taken",
        "steps[0].next[0].when",
    ),
    (
        "  - {id: a, type: activity, handler: h, choose: first, next: [b, {to: c, when: vars.x > 1}]}\n  - {id: b, type: activity, handler: h}\n  - {id: c, type: activity, handler: h}\n",
        "edge_never_taken",
        "steps[0].next[1]",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [b, {to: c, else: true}]}\n  - {id: b, type: activity, handler: h}\n  - {id: c, type: activity, handler: h}\n",
        "edge_never_taken",
        "steps[0].next[1]",
    ),
    (
        "  - {id: a, type: timer, delay: 3s, next: [{to: b, on: failure}, c]}\n  - {id: b, type: activity, handler: h}\n  - {id: c, type: activity, handler: h}\n",
        "edge_never_taken",
        "steps[0].next[0]",
    ),
    (
        "  - {id: a, type: user_task, role: r, next: [{to: b, on: escalation}]}\n  - {id: b, type: activity, handler: h}\n",
        "edge_never_taken",
        "steps[0].next[0]",
    ),
    (
        "  - {id: a, type: end, next: b}\n  - {id: b, type: activity, handler: h}\n",
        "edge_never_taken",
        "steps[0].next[0]",
    ),
    (
        "  - {id: a, type: assign, set: {v: 1 + 1}, next: [{to: b, on: signal, signal: s}]}\n  - {id: b, type: activity, handler: h}\n",
        "edge_never_taken",
        "steps[0].next[0]",
    ),
    (
        "  - {id: a, type: activity, handler: h, with: '${ steps.b.output }'}\n  - {id: b, type: activity, handler: h}\n",
        "step_not_before",
        "steps[0].with",
    ),
    (
        "  - {id: a, type: activity, handler: h, with: '${ steps.a.output }'}\n",
        "step_not_before",
        "steps[0].with",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [b, c]}\n  - {id: b, type: activity, handler: h, next: c}\n  - {id: c, type: activity, handler: h}\n",
        "redundant_edge",
        "steps[0].next[1]",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [{to: b, when: vars.x}]}\n  - {id: b, type: activity, handler: h}\n",
        "condition_not_bool",
        "steps[0].next[0].when",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: [{to: b, when: vars.x == 'one'}]}\n  - {id: b, type: activity, handler: h}\n",
        "type_mismatch",
        "steps[0].next[0].when",
    ),
    (
        "  - {id: a, type: activity, handler: h, next: b}\n  - {id: b, type: user_task, role: r, not_by: [a]}\n",
        "not_by_without_person",
        "steps[1].not_by[0]",
    ),
];

/// Codes that are errors whatever else is said.
const WARNINGS: &[&str] = &[
    "else_without_sibling",
    "edge_never_taken",
    "step_not_before",
    "redundant_edge",
    "condition_not_bool",
    "type_mismatch",
    "not_by_without_person",
];

#[test]
fn every_mistake_is_named_with_its_place_and_nothing_else_is() {
    for (steps, code, path) in CASES {
        let text = format!("{HEAD}{steps}");
        let loaded = load(&text);
        let list = listed(&loaded.diagnostics);
        let of_code = loaded.diagnostics.iter().find(|one| one.code == *code);
        let found = of_code.unwrap_or_else(|| panic!("no {code} in\n{text}{list}"));
        assert_eq!(found.path, *path, "{text}{list}");
        assert!(found.line >= 4 && found.column > 1, "{text}{list}");
        assert!(
            found.help.is_some()
                || *code == "expression"
                || *code == "unknown_name"
                || found.message.contains("no step")
                || *code == "not_by_without_person",
            "{list}"
        );
        let warning = WARNINGS.contains(code);
        assert_eq!(found.severity == Severity::Warning, warning, "{list}");
        assert_eq!(loaded.graph.is_some(), warning, "{text}{list}");
        assert!(loaded.diagnostics.iter().all(|one| one.code == *code), "{text}{list}");
    }
}

#[test]
fn every_code_has_a_case() {
    // Made by definitions that are built, or by very large ones.
    let elsewhere = ["duplicate_id", "too_complex", "invalid_signal_edge", "invalid_schema", "invalid_else"];
    for (code, _) in code::ALL {
        let covered = elsewhere.contains(code) || CASES.iter().any(|(_, one, _)| one == code);
        assert!(covered, "{code}");
    }
}

#[test]
fn the_example_of_the_language_has_no_findings() {
    let Some(text) = shared("design/examples/purchase-fha.yaml") else { return };
    let loaded = load(&text);
    assert!(loaded.diagnostics.is_empty(), "{}", listed(&loaded.diagnostics));
    let graph = loaded.graph.unwrap();
    assert_eq!(graph.regions().len(), 1);
}

#[test]
fn all_mistakes_are_told_at_once_and_in_the_order_of_the_text() {
    let text = "
flow: many
steps:
  - {id: a, type: activity, handler: h, next: [{to: b, when: vars.nothing}, c, zz]}
  - {id: b, type: activity, handler: h, with: {x: '${ 1 + }'}, set: {y: steps.q.output}}
  - {id: c, type: activity, handler: h, join: 3, resources: {p: 2}}
pools: {p: 1}
edges: [{from: a, to: b}]
";
    let codes: Vec<(&str, u32)> = load(text).diagnostics.iter().map(|one| (one.code, one.line)).collect();
    assert_eq!(
        codes,
        [
            ("unknown_name", 4),
            ("unknown_step", 4),
            ("expression", 5),
            ("unknown_name", 5),
            ("pool_too_small", 6),
            ("duplicate_edge", 8)
        ]
    );
}

#[test]
fn places_are_exact_to_the_character() {
    let text =
        "flow: f\nsteps:\n  - {id: a, type: activity, handler: h, with: {x: 'äöü ${ vars.nothing }'}}\n";
    let loaded = load(text);
    let found = &loaded.diagnostics[0];
    let column = text.lines().nth(2).unwrap().chars().collect::<Vec<_>>();
    let word: String = column[found.column as usize - 1..].iter().take(12).collect();
    assert_eq!((found.line, word.as_str()), (3, "vars.nothing"), "{found}");
}

#[test]
fn names_that_are_nearly_right_are_suggested() {
    for (steps, help) in [
        (
            "  - {id: credit, type: activity, handler: h}\n  - {id: b, type: activity, handler: h, needs: credt}\n",
            "did you mean `credit`?",
        ),
        ("  - {id: a, type: activity, handler: h, with: '${ vars.xx }'}\n", "did you mean `x`?"),
        ("  - {id: a, type: activity, handler: h, with: '${ x }'}\n", "write `vars.x`"),
        (
            "  - {id: a, type: activity, handler: h}\n  - {id: b, needs: a, type: activity, handler: h, with: '${ a.output }'}\n",
            "write `steps.a.output`",
        ),
        ("  - {id: a, type: activity, handler: h, with: '${ imput.x }'}\n", "did you mean `input`?"),
    ] {
        let loaded = load(&format!("{HEAD}{steps}"));
        assert_eq!(loaded.diagnostics[0].help.as_deref(), Some(help), "{}", listed(&loaded.diagnostics));
    }
}

#[test]
fn definitions_that_are_built_are_checked_as_well() {
    use flowwright::definition::{Activity, Definition, Next, Outcome, StepKind};
    let text =
        "flow: f\nsteps:\n  - {id: a, type: activity, handler: h}\n  - {id: b, type: activity, handler: h}\n";
    let read: Definition = (*load(text).definition.unwrap()).clone();
    let mut twice = read.clone();
    twice.steps[1].id = "a".to_owned();
    let found = Graph::check(&twice);
    assert_eq!((found[0].code, found[0].path.as_str()), ("duplicate_id", "steps[1].id"));
    let mut signal = read.clone();
    signal.steps[0].next.push(Next { to: "b".to_owned(), on: Outcome::Signal, ..Next::default() });
    let found = Graph::check(&signal);
    assert_eq!((found[0].code, found[0].path.as_str()), ("invalid_signal_edge", "steps[0].next[0].on"));
    let mut otherwise = read.clone();
    otherwise.steps[0].next.push(Next {
        to: "b".to_owned(),
        on: Outcome::Any,
        otherwise: true,
        ..Next::default()
    });
    let found = Graph::check(&otherwise);
    assert_eq!((found[0].code, found[0].path.as_str()), ("invalid_else", "steps[0].next[0].else"));
    otherwise.steps[0].next[0].on = Outcome::Success;
    otherwise.steps[0].next[0].when = Some(flowwright::definition::Condition::Cel("1 < 2".to_owned()));
    assert_eq!(Graph::check(&otherwise)[0].code, "invalid_else");
    let mut schema = read.clone();
    schema.input = Some(serde_json::json!({"type": "nonsense"}));
    assert_eq!(Graph::check(&schema)[0].code, "invalid_schema");
    let mut wrong = read;
    let StepKind::Activity(Activity { with, .. }) = &mut wrong.steps[0].kind else { panic!("no activity") };
    *with = Some(serde_json::json!("${ 1 + }"));
    let found = Graph::compile(wrong.into()).unwrap_err();
    assert_eq!((found[0].code, found[0].line), ("expression", 0));
    assert!(found[0].message.contains("(at character "), "{}", found[0]);
}

#[test]
fn a_loop_of_signals_and_plain_flows_have_no_findings() {
    for steps in [
        // A condition over an outcome, a loop back to a person, a race, a failure edge, an escalation.
        "  - {id: a, type: user_task, role: r, due: 1h, outcomes: [yes, no], next: [{to: b, when: output.outcome == 'yes'}, {to: c, else: true}, {to: d, on: escalation}]}
  - {id: b, type: activity, handler: h, next: [{to: e, on: failure, when: error.code == 'x'}]}
  - {id: c, type: activity, handler: h, next: [{to: a, max_iterations: 2}]}
  - {id: d, type: activity, handler: h}
  - {id: e, type: activity, handler: h}\n",
        // Outputs of earlier passes, of own steps and of scopes.
        "  - {id: a, type: activity, handler: h, with: '${ steps.b.output }', set: {v: output.x}, next: b}
  - {id: b, type: activity, handler: h, next: [{to: a, when: steps.b.output.again}, {to: g, else: true}]}
  - {id: g, type: for_each, items: steps.a.output, output: '${ steps.i.output + item + index }', steps: [{id: i, type: activity, handler: h, with: '${ steps.a.output + item }'}]}\n",
        // An edge beside a way that may fail or be skipped is not implied.
        "  - {id: a, type: activity, handler: h, next: [b, c, f]}
  - {id: b, type: activity, handler: h, next: [c, {to: f, on: failure}]}
  - {id: c, type: activity, handler: h}
  - {id: f, type: activity, handler: h}\n",
        "  - {id: a, type: activity, handler: h, next: [b, c]}
  - {id: b, type: activity, handler: h, next: [{to: c, when: vars.on}]}
  - {id: c, type: activity, handler: h}\n",
        // Names of CEL's own, and those that an expression brings along.
        "  - {id: a, type: activity, handler: h, next: [{to: b, when: 'input.list.exists(e, e.n > vars.x) && type(vars.x) == int && size(input.list) > 0'}]}
  - {id: b, type: activity, handler: h, with: '${ has(input.a) ? [1, 2].map(n, n * 2) : [] }'}\n",
        // What is asked for with `has` may be missing.
        "  - {id: a, type: activity, handler: h, next: [{to: b, when: 'has(vars.p) && vars.p.q > 1'}]}
  - {id: b, type: activity, handler: h}\n",
        // Conditions as data, over what need not be there.
        "  - {id: a, type: activity, handler: h, next: [{to: b, when: {all: [{field: vars.x, operator: gte, value: 2}, {not: {field: vars.y, operator: exists}}]}}]}
  - {id: b, type: activity, handler: h}\n",
    ] {
        let loaded = load(&format!("{HEAD}{steps}"));
        assert!(loaded.diagnostics.is_empty(), "{steps}\n{}", listed(&loaded.diagnostics));
    }
}

#[test]
fn what_is_wrong_with_a_default_is_told_once() {
    let text = "flow: f\ndefaults: {activity: {timeout: '${ vars.nothing }'}}\nsteps:\n  - {id: a, type: activity, handler: h, next: b}\n  - {id: b, type: activity, handler: h}\n";
    let found = load(text).diagnostics;
    assert_eq!(found.len(), 1, "{}", listed(&found));
    assert_eq!(
        (found[0].path.as_str(), found[0].line, found[0].column),
        ("defaults.activity.timeout", 2, 36)
    );
    // Two mistakes in one rule are two findings.
    let text = "flow: f\nsteps:\n  - {id: a, type: activity, handler: h, next: [{to: b, when: {all: [{field: vars.p, operator: exists}, {field: nope.q, operator: eq, value: 1}, {field: steps.z.status, operator: eq, value: 1}]}}]}\n  - {id: b, type: activity, handler: h}\n";
    let found = load(text).diagnostics;
    assert_eq!(found.iter().filter(|one| one.code == "unknown_name").count(), 2, "{}", listed(&found));
}
