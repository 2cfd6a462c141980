//! Which names can be read where.

use flowwright::graph::load;

use crate::support::listed;

/// A flow with one expression in it, `@`.
const PLACES: &[(&str, &str)] = &[
    ("vars", "vars: {v: '${ @ }'}\nsteps: [{id: a, type: assign, set: {w: 1 + 1}}]"),
    ("timeout", "vars: {v: 1}\ntimeout: '${ @ }'\nsteps: [{id: a, type: assign, set: {w: 1 + 1}}]"),
    ("output", "vars: {v: 1}\noutput: '${ @ }'\nsteps: [{id: a, type: assign, set: {w: 1 + 1}}]"),
    (
        "with",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h}, {id: b, needs: a, type: activity, handler: h, with: '${ @ }'}]",
    ),
    ("set", "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h, set: {w: '@'}}]"),
    (
        "compensate",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h, compensate: {handler: u, with: '${ @ }'}}]",
    ),
    (
        "success",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h, next: [{to: b, when: '@ != null'}]}, {id: b, type: activity, handler: h}]",
    ),
    (
        "failure",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h, next: [{to: b, on: failure, when: '@ != null'}]}, {id: b, type: activity, handler: h}]",
    ),
    (
        "any",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h, next: [{to: b, on: any, when: '@ != null'}]}, {id: b, type: activity, handler: h}]",
    ),
    (
        "signal",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h, next: [{to: b, on: signal, signal: s, when: '@ != null'}]}, {id: b, type: activity, handler: h}]",
    ),
    (
        "filter",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h}, {id: b, needs: a, type: signal, name: s, filter: '@ != null'}]",
    ),
    (
        "item",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h}, {id: b, needs: a, type: for_each, items: '[1]', steps: [{id: i, type: activity, handler: h, with: '${ @ }'}]}]",
    ),
    (
        "items",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h}, {id: b, needs: a, type: for_each, items: '[@]', steps: [{id: i, type: activity, handler: h}]}]",
    ),
    (
        "each_until",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h}, {id: b, needs: a, type: for_each, items: '[1]', until: '@ != null', steps: [{id: i, type: activity, handler: h}]}]",
    ),
    (
        "pass",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h}, {id: b, needs: a, type: loop, while: vars.v == 1, steps: [{id: i, type: activity, handler: h, with: '${ @ }'}]}]",
    ),
    (
        "while",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h}, {id: b, needs: a, type: loop, while: '@ != null', steps: [{id: i, type: activity, handler: h}]}]",
    ),
    (
        "loop_until",
        "vars: {v: 1}\nsteps: [{id: a, type: activity, handler: h}, {id: b, needs: a, type: loop, until: '@ != null', steps: [{id: i, type: activity, handler: h}]}]",
    ),
];

/// A name, and the places where it is.
const NAMES: &[(&str, &[&str])] = &[
    (
        "vars.v",
        &[
            "timeout",
            "output",
            "with",
            "set",
            "compensate",
            "success",
            "failure",
            "any",
            "signal",
            "filter",
            "item",
            "items",
            "each_until",
            "pass",
            "while",
            "loop_until",
        ],
    ),
    (
        "steps.a.output",
        &[
            "output",
            "with",
            "set",
            "compensate",
            "success",
            "failure",
            "any",
            "signal",
            "filter",
            "item",
            "items",
            "each_until",
            "pass",
            "while",
            "loop_until",
        ],
    ),
    ("steps.i.status", &["item", "pass", "loop_until"]),
    ("output", &["set", "compensate", "success", "any", "while", "loop_until"]),
    ("error.code", &["failure", "any"]),
    ("event", &["signal", "filter"]),
    ("item", &["item"]),
    ("index", &["item"]),
    ("iteration", &["pass", "while", "loop_until"]),
    ("completed", &["each_until"]),
    ("outputs", &["each_until"]),
];

#[test]
fn names_are_there_where_the_language_says() {
    for (place, flow) in PLACES {
        for (name, there) in NAMES {
            let text = format!("flow: f\n{}\n", flow.replace('@', name));
            let loaded = load(&text);
            let unknown = loaded.diagnostics.iter().any(|one| one.code == "unknown_name");
            assert_eq!(
                !unknown,
                there.contains(place),
                "{name} in {place}\n{text}{}",
                listed(&loaded.diagnostics)
            );
            let errors: Vec<_> = loaded.errors().filter(|one| one.code != "unknown_name").collect();
            assert!(errors.is_empty(), "{name} in {place}: {errors:?}");
        }
        for always in ["input.x", "instance.id", "instance.labels.team", "now"] {
            let text = format!("flow: f\n{}\n", flow.replace('@', always));
            assert!(load(&text).graph.is_some(), "{always} in {place}: {}", listed(&load(&text).diagnostics));
        }
        for never in ["nothing", "steps.q.status", "vars.nothing", "instance.nothing", "steps.a.outputs"] {
            let text = format!("flow: f\n{}\n", flow.replace('@', never));
            let found = load(&text).diagnostics;
            assert!(
                found.iter().any(|one| one.code == "unknown_name"),
                "{never} in {place}: {}",
                listed(&found)
            );
        }
    }
}

#[test]
fn what_an_item_sets_is_seen_inside_only() {
    let flow = |outer: &str, inner: &str| {
        format!(
            "flow: f\nsteps:\n  - id: e\n    type: for_each\n    items: '[1]'\n    steps: [{{id: i, type: assign, set: {{own: item}}}}, \
             {{id: g, needs: i, type: group, steps: [{{id: j, type: activity, handler: h, with: '${{ {inner} }}'}}]}}]\n  \
             - {{id: z, needs: e, type: activity, handler: h, with: '${{ {outer} }}', set: {{ours: output}}}}\n"
        )
    };
    assert!(load(&flow("1", "vars.own")).diagnostics.is_empty());
    assert!(load(&flow("vars.ours", "vars.ours")).diagnostics.is_empty());
    let found = load(&flow("vars.own", "1")).diagnostics;
    assert_eq!((found[0].code, found[0].path.as_str()), ("unknown_name", "steps[1].with"));
}

#[test]
fn fields_of_the_input_are_those_of_its_schema() {
    let flow = |schema: &str, read: &str| {
        let text = format!(
            "flow: f\ninput: {schema}\nsteps: [{{id: a, type: activity, handler: h, with: '${{ {read} }}'}}]\n"
        );
        load(&text)
            .diagnostics
            .iter()
            .map(|one| format!("{:?} {}", one.severity, one.code))
            .collect::<Vec<_>>()
    };
    let open = "{type: object, properties: {a: {type: object, properties: {b: {type: string}}, additionalProperties: false}}}";
    let closed = "{type: object, properties: {a: {}}, additionalProperties: false}";
    assert_eq!(flow(open, "input.a.b"), [""; 0]);
    assert_eq!(flow(open, "input.c"), ["Warning unknown_name"]);
    assert_eq!(flow(open, "input.a.c"), ["Error unknown_name"]);
    assert_eq!(flow(closed, "input.c"), ["Error unknown_name"]);
    assert_eq!(flow(closed, "input.a.anything"), [""; 0]);
    assert_eq!(flow(closed, "has(input.c) ? 1 : 2"), [""; 0]);
    for schema in [
        "{type: object}",
        "{allOf: [{properties: {c: {}}}], properties: {a: {}}}",
        "{properties: {a: {}}, patternProperties: {'^c': {}}}",
        "{properties: {a: {}}, additionalProperties: {type: string}}",
    ] {
        assert_eq!(flow(schema, "input.c"), [""; 0], "{schema}");
    }
}

#[test]
fn ids_with_hyphens_and_steps_of_scopes_around_are_read() {
    let text = "
flow: f
steps:
  - {id: my-step, type: activity, handler: h, next: g}
  - id: g
    type: group
    steps: [{id: i, type: activity, handler: h, with: '${ steps[\"my-step\"].output }'}]
    output: '${ steps.i.output }'
output: '${ steps.g.output }'
";
    assert!(load(text).diagnostics.is_empty(), "{}", listed(&load(text).diagnostics));
    let wrong = text.replace("my-step\"]", "my-stap\"]");
    assert_eq!(load(&wrong).diagnostics[0].help.as_deref(), Some("did you mean `my-step`?"));
}

#[test]
fn typos_in_outcomes_and_decisions_are_found() {
    for (steps, code) in [
        (
            "{id: a, type: user_task, role: r, outcomes: [approved, declined], next: [{to: b, when: output.outcome == 'aproved'}]}",
            "type_mismatch",
        ),
        (
            "{id: a, type: decision, rules: [{output: yes}, {output: no}], next: [{to: b, when: output == 'maybe'}]}",
            "type_mismatch",
        ),
        (
            "{id: a, type: user_task, role: r, form: {type: object, properties: {ok: {type: boolean}}}, next: [{to: b, when: output.data.ok > 1}]}",
            "type_mismatch",
        ),
        ("{id: a, type: timer, delay: 1s, next: [{to: b, when: steps.a.status == 'done'}]}", "type_mismatch"),
        ("{id: a, type: timer, delay: 1s, next: [{to: b, when: steps.a.attempt}]}", "condition_not_bool"),
    ] {
        let text = format!("flow: f\nsteps:\n  - {steps}\n  - {{id: b, type: activity, handler: h}}\n");
        let found = load(&text).diagnostics;
        assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [code], "{text}{}", listed(&found));
    }
}
