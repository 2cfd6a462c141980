//! What is said about mistakes: the whole of it, with places and help.

use std::collections::BTreeSet;

use flowwright::definition::{Document, code};

use crate::golden;

fn said(text: &str) -> String {
    let document = Document::parse(text);
    let lines: Vec<String> = document.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(document.definition.is_none(), document.has_errors(), "{lines:#?}");
    for diagnostic in &document.diagnostics {
        let known = code::ALL.iter().any(|(code, _)| *code == diagnostic.code);
        assert!(known, "{} is not in the list of codes", diagnostic.code);
    }
    lines.join("\n")
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_mend() {
    for file in golden::files(&golden::folder("mistakes")) {
        golden::check(&file, said);
    }
}

/// What needs a text too large for a file of cases; those cases are among the hostile ones.
const ELSEWHERE: [&str; 3] = [code::TOO_LARGE, code::TOO_MANY_STEPS, code::TOO_MANY_DIAGNOSTICS];

#[test]
fn every_code_has_a_case() {
    let mut seen = BTreeSet::from(ELSEWHERE);
    let mut documents = Vec::new();
    for file in golden::files(&golden::folder("mistakes")) {
        documents.extend(golden::read(&file).into_iter().map(|case| Document::parse(&case.text)));
    }
    seen.extend(
        documents.iter().flat_map(|document| &document.diagnostics).map(|diagnostic| diagnostic.code),
    );
    let missing: Vec<_> = code::ALL.iter().filter(|(code, _)| !seen.contains(code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn a_document_says_the_same_in_json_as_in_yaml() {
    let yaml =
        "flow: Loan\nsteps:\n- {id: a, type: activty}\n- {id: a, type: timer, delay: 5x, until: 2026}\n";
    let json = r#"{"flow": "Loan", "steps": [{"id": "a", "type": "activty"},
        {"id": "a", "type": "timer", "delay": "5x", "until": 2026}]}"#;
    let facts = |text: &str| -> Vec<_> {
        Document::parse(text).diagnostics.into_iter().map(|d| (d.code, d.path, d.message)).collect()
    };
    assert_eq!(facts(yaml), facts(json));
    assert_eq!(facts(yaml).len(), 6);
}
