//! Any text is answered: with a definition that survives being written, or with diagnostics that stand in the text.
#![no_main]

use flowwright::definition::{Definition, Document};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let document = Document::parse(text);
    assert_eq!(document.definition.is_none(), document.has_errors());
    let lines = text.replace("\r\n", "\n").replace('\r', "\n").matches('\n').count() as u32 + 1;
    for diagnostic in &document.diagnostics {
        assert!(diagnostic.line <= lines, "{diagnostic} is beyond line {lines}");
        let _ = document.source.locate(&diagnostic.path);
        let _ = document.source.locate_in(&diagnostic.path, 3);
        let _ = document.source.text_at(&diagnostic.path);
    }
    if let Some(definition) = document.definition {
        for step in &definition.steps {
            if let flowwright::definition::StepKind::Decision(decision) = &step.kind {
                decision.rules.iter().flat_map(|rule| &rule.when).for_each(|when| drop(when.to_cel()));
            }
        }
        let json = definition.to_json();
        assert_eq!(Definition::from_json(&json).as_ref(), Ok(&definition));
        assert_eq!(Document::parse(&json.to_string()).definition.as_ref(), Some(&definition));
    }
});
