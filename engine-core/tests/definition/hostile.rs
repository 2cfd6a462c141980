//! Documents that are meant to do harm: each is answered, quickly and on a small stack.

use std::fmt::Write;
use std::thread;

use flowwright::definition::{Document, DocumentLimits, code};

/// What a service may give a thread at the least.
const STACK: usize = 512 << 10;

/// What is said first about a document that is read on a small stack.
fn said(text: String) -> Vec<(&'static str, String)> {
    said_within(text, DocumentLimits::default())
}

fn said_within(text: String, limits: DocumentLimits) -> Vec<(&'static str, String)> {
    let read = move || {
        let document = Document::parse_with(&text, &limits);
        document.diagnostics.into_iter().map(|d| (d.code, d.message)).collect()
    };
    thread::Builder::new().stack_size(STACK).spawn(read).unwrap().join().unwrap()
}

fn codes(text: String) -> Vec<&'static str> {
    said(text).into_iter().map(|(code, _)| code).collect()
}

fn flow(vars: &str) -> String {
    format!("flow: a\nvars:\n{vars}\nsteps: [{{id: a, type: assign}}]\n")
}

#[test]
fn endless_nesting_is_refused() {
    for unit in ["[", "{\"a\":", "- ", "? ", "{a: ", "[{", "a: [", "!!x [", "&a ["] {
        let found = codes(unit.repeat(100_000));
        assert!(
            matches!(found[0], code::TOO_DEEP | code::INVALID_KEY | code::SYNTAX | code::TAG),
            "{unit}: {:?}",
            found.first()
        );
    }
    assert_eq!(codes("[".repeat(100_000)), [code::TOO_DEEP]);
    assert_eq!(codes("{\"a\":".repeat(100_000)), [code::TOO_DEEP]);
    let block: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(codes(block), [code::TOO_DEEP]);
}

#[test]
fn the_deepest_nesting_allowed_fits_a_small_stack() {
    let mut step = "{id: a, type: assign}".to_owned();
    let data = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    let rule = format!("{}{{field: vars.a, operator: exists}}{}", "{not: ".repeat(31), "}".repeat(31));
    for kind in ["group", "loop", "for_each"].iter().cycle().take(16) {
        let own = match *kind {
            "loop" => format!(", while: {rule}"),
            "for_each" => ", items: vars.a".to_owned(),
            _ => String::new(),
        };
        step = format!("{{id: s, type: {kind}{own}, output: {data}, steps: [{step}]}}");
    }
    let text = format!("flow: a\nsteps: [{step}]\n");
    assert_eq!(said(text.clone()), []);
    let deep = move || {
        let definition = Document::parse(&text).definition.unwrap();
        let json = definition.to_json();
        assert_eq!(flowwright::definition::Definition::from_json(&json).unwrap(), definition);
    };
    thread::Builder::new().stack_size(4 * STACK).spawn(deep).unwrap().join().unwrap();
}

#[test]
fn json_values_nested_without_end_are_refused() {
    let deep = || {
        let mut value = serde_json::json!({"flow": "a", "steps": [{"id": "a", "type": "assign"}]});
        value["vars"] = serde_json::json!({"x": (0..2_000).fold(serde_json::json!(1), |inner, _| serde_json::Value::Array(vec![inner]))});
        let found = flowwright::definition::Definition::from_json(&value).unwrap_err();
        assert_eq!(found.iter().map(|d| d.code).collect::<Vec<_>>(), [code::TOO_DEEP]);
        let mut step = serde_json::json!({"id": "a", "type": "assign"});
        for _ in 0..2_000 {
            step = serde_json::json!({"id": "a", "type": "group", "steps": [step]});
        }
        let found =
            flowwright::definition::Definition::from_json(&serde_json::json!({"flow": "a", "steps": [step]}));
        assert_eq!(found.unwrap_err().iter().map(|d| d.code).collect::<Vec<_>>(), [code::TOO_DEEP]);
    };
    // The values themselves need a larger stack to be dropped.
    thread::Builder::new().stack_size(16 << 20).spawn(deep).unwrap().join().unwrap();
}

#[test]
fn aliases_cannot_unfold_to_more_than_is_allowed() {
    let mut bomb = "  a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        writeln!(bomb, "  a{level}: &a{level} [{}]", [alias.as_str(); 10].join(", ")).unwrap();
    }
    assert_eq!(codes(flow(&bomb)), [code::TOO_LARGE]);

    let mut deep = "  a0: &a0 [1]\n".to_owned();
    for level in 1..200 {
        writeln!(deep, "  a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    let found = codes(flow(&deep));
    assert!(!found.is_empty() && found.iter().all(|code| *code == code::TOO_DEEP), "{found:?}");

    assert_eq!(codes(flow("  a: &a {b: &b [*a, *b]}\n")), [code::INVALID_ALIAS; 2]);
}

#[test]
fn keys_without_end_are_read_and_twins_among_them_are_found() {
    let mut keys = String::new();
    for key in 0..100_000 {
        writeln!(keys, "  k{key}: 1").unwrap();
    }
    assert_eq!(codes(flow(&keys)), [] as [&str; 0]);
    keys.push_str("  k7: 2\n");
    assert_eq!(codes(flow(&keys)), [code::DUPLICATE_KEY]);
    let json: String = (0..100_000).map(|key| format!("\"k{key}\": 1,")).collect();
    let found = said(format!("{{{json} \"flow\": \"a\"}}"));
    assert_eq!(found.len(), 10_001, "ten thousand findings are listed, the rest is counted");
    assert_eq!(found[0].0, code::MISSING_FIELD);
    assert_eq!(found[10_000], (code::TOO_MANY_DIAGNOSTICS, "findings that are not listed: 90001".to_owned()));
}

#[test]
fn the_same_key_again_and_again() {
    let found = codes(flow(&"  k: 1\n".repeat(100_000)));
    assert_eq!(found.len(), 10_001);
    assert!(found[..10_000].iter().all(|code| *code == code::DUPLICATE_KEY));
}

#[test]
fn mistakes_on_one_endless_line_are_placed_in_linear_time() {
    let step = r#"{"id": "ä", "type": "assign", "x": 1},"#;
    let text = format!(r#"{{"flow": "a", "steps": [{}1]}}"#, step.repeat(20_000));
    let document = Document::parse(&text);
    let listed = &document.diagnostics[..10_000];
    let characters = step.chars().count() as u32;
    for (at, diagnostic) in listed.iter().enumerate() {
        let column = 25 + characters * (at as u32 + 1) + 7;
        assert_eq!((diagnostic.code, diagnostic.line, diagnostic.column), (code::DUPLICATE_ID, 1, column));
    }
}

#[test]
fn junk_is_answered() {
    for unit in [
        "a",
        "a ",
        "a\n",
        "\"",
        "'",
        "\"a\n",
        " ",
        "\n",
        "# x\n",
        "#",
        ":",
        ": ",
        "!",
        "&a ",
        "*a ",
        "- *a\n",
        "-",
        "%",
        "%A b\n",
        "---\n",
        "? a\n",
        "[]",
        "{}",
        "|",
        ">\n",
        "\t",
        "\0",
        "\r",
        "\r\n",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "`",
        "@",
        ",",
        "]",
        "}",
        "{",
        "\\",
        "💥",
        "<<: ",
        "\u{7f}",
        "a: 1\n",
        "a:\n",
        "0",
        "0x",
        "- &a a\n",
        "'a' ",
        "{\"a\" ",
        "{\"\\ud800",
        "[1,",
        "{\"a\":1,",
        "{a,",
        "a: |\n x\n",
        "- - a\n",
    ] {
        let repeated = unit.repeat((1 << 18) / unit.len());
        assert!(!codes(repeated).is_empty(), "{unit:?} is no definition");
    }
}

#[test]
fn texts_and_documents_of_more_than_the_limits_are_refused() {
    assert_eq!(codes("a".repeat((32 << 20) + 1)), [code::TOO_LARGE]);
    assert_eq!(codes(format!("flow: {}\n", "a".repeat((1 << 20) + 1))), [code::TOO_LARGE]);
    assert_eq!(codes(format!("{{\"{}\": 1}}", "a".repeat((1 << 20) + 1))), [code::TOO_LARGE]);
    let step = |at: usize| format!("- {{id: s{at}, type: assign}}\n");
    let steps = |count: usize| format!("flow: a\nsteps:\n{}", (0..count).map(step).collect::<String>());
    let limits = DocumentLimits { steps: 3, nodes: 20, ..DocumentLimits::default() };
    let first = |text: String| said_within(text, limits).first().map(|found| found.0);
    assert_eq!(first(steps(3)), None);
    assert_eq!(first(steps(4)), Some(code::TOO_MANY_STEPS));
    assert_eq!(first(steps(20)), Some(code::TOO_LARGE));
    let limits = DocumentLimits { diagnostics: 2, ..DocumentLimits::default() };
    let found = said_within("a: 1\nb: 1\nflow: a\n".to_owned(), limits);
    assert_eq!(found[2], (code::TOO_MANY_DIAGNOSTICS, "findings that are not listed: 1".to_owned()));
}

#[test]
fn a_hundred_thousand_steps_are_read_and_found_again() {
    let mut text = "flow: a\nsteps:\n".to_owned();
    for at in 0..100_000 {
        writeln!(text, "  - {{id: s{at}, type: activity, handler: h, with: {{a: [1, \"${{ vars.x }}\"]}}}}")
            .unwrap();
    }
    let document = Document::parse(&text);
    assert_eq!(document.diagnostics, []);
    assert_eq!(document.definition.unwrap().steps.len(), 100_000);
    let column = text.lines().last().unwrap().find("\"${").unwrap() as u32 + 1;
    assert_eq!(document.source.locate("steps[99999].with.a[1]"), Some((100_002, column)));
}

#[test]
fn marks_and_line_ends_of_other_systems_change_nothing() {
    let plain = "flow: a\nsteps:\n  - {id: a, type: assign}\n  - {id: é, type: assign}\n";
    let said = |text: &str| -> Vec<_> {
        Document::parse(text).diagnostics.iter().map(ToString::to_string).collect()
    };
    let expected = said(plain);
    assert_eq!(expected.len(), 1);
    assert_eq!(said(&plain.replace('\n', "\r\n")), expected);
    let document = Document::parse(&format!("\u{feff}{plain}"));
    assert_eq!((document.diagnostics[0].line, document.diagnostics[0].column), (4, 10));
    let json = "\u{feff}{\r\n\t\"flow\": \"a\",\r\n\t\"steps\": [{\"id\": \"a\", \"type\": \"asign\"}]}";
    let document = Document::parse(json);
    assert_eq!(document.diagnostics.len(), 1);
    assert_eq!((document.diagnostics[0].line, document.diagnostics[0].column), (3, 32));
}
