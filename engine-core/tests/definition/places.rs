//! Where things stand in a text.

use flowwright::definition::{Diagnostic, Document, SourceMap};

const TEXT: &str = r#"# A comment
flow: places
vars:
  "two words": {a.b: [1, 2]}
  again: &again {x: {y: 1}}
  same: *again
steps:
  - id: first
    type: activity
    handler: h
    with:
      plain: é ${ vars.a } and more
      folded: one
        ${ two } three
      single: 'it''s ${ a }'
      double: "tab\t\u00e9 ${ a }"
      block: |
        line one
          ${ a }
    next: [second, {to: third, when: vars.a > 1}]
  - {id: second, type: assign, needs: first}
"#;

#[test]
fn every_path_leads_to_its_value_or_to_what_is_around_it() {
    let source = Document::parse(TEXT).source;
    for (path, place) in [
        ("", (2, 1)),
        ("flow", (2, 7)),
        ("vars[\"two words\"]", (4, 16)),
        ("vars[\"two words\"][\"a.b\"][1]", (4, 26)),
        ("vars.again.x.y", (5, 25)),
        ("vars.same", (6, 9)),
        ("vars.same.x.y", (5, 25)),
        ("steps[0]", (8, 5)),
        ("steps[0].handler", (10, 14)),
        ("steps[0].next[0]", (20, 12)),
        ("steps[0].next[1].when", (20, 38)),
        ("steps[0].next[1].else", (20, 20)),
        ("steps[0].next[7].when", (20, 11)),
        ("steps[1].needs", (21, 39)),
        ("steps[1].needs[0].when", (21, 39)),
        ("steps[9]", (8, 3)),
        ("nothing.at[3].all", (2, 1)),
        ("steps[0]..x", (8, 5)),
    ] {
        assert_eq!(source.locate(path), Some(place), "{path}");
    }
    assert_eq!(SourceMap::default().locate("flow"), None);
}

/// The first line of the text from a place on.
fn at(place: (u32, u32)) -> &'static str {
    let line = TEXT.lines().nth(place.0 as usize - 1).unwrap();
    let start = line.char_indices().nth(place.1 as usize - 1).map_or(line.len(), |(at, _)| at);
    &line[start..]
}

#[test]
fn characters_inside_texts_are_found_however_the_text_is_written() {
    let source = Document::parse(TEXT).source;
    for (path, found) in [
        ("steps[0].with.plain", "${ vars.a } and more"),
        ("steps[0].with.folded", "${ two } three"),
        ("steps[0].with.single", "${ a }'"),
        ("steps[0].with.double", "${ a }\""),
        ("steps[0].with.block", "${ a }"),
    ] {
        let text = source.text_at(path).unwrap();
        let offset = text.chars().take_while(|c| *c != '$').count();
        assert_eq!(at(source.locate_in(path, offset).unwrap()), found, "{path}");
    }
    assert_eq!(at(source.locate_in("steps[0].next[1].when", 5).unwrap()), "a > 1}]");
    // What is no text, or not there, has no inside.
    assert_eq!(source.locate_in("steps[0].with", 5), source.locate("steps[0].with"));
    assert_eq!(source.locate_in("steps[0].with.none", 5), source.locate("steps[0].with"));
    assert_eq!(source.text_at("steps[0].with"), None);
    assert_eq!(source.text_at("steps[0].with.none"), None);
}

#[test]
fn json_has_places_too() {
    let source = Document::parse("{\n \"flow\": \"a\\u00e9\\ud83d\\ude00 ${ b }\"}").source;
    assert_eq!(source.text_at("flow"), Some("aé😀 ${ b }"));
    assert_eq!(source.locate_in("flow", 4), Some((2, 31)));
}

#[test]
fn a_diagnostic_is_placed_by_its_path() {
    let source = Document::parse(TEXT).source;
    let mut diagnostic = Diagnostic::error("expression", "steps[0].next[1].when", "no such name");
    source.place(&mut diagnostic, None);
    assert_eq!((diagnostic.line, diagnostic.column), (20, 38));
    source.place(&mut diagnostic, Some(7));
    assert_eq!((diagnostic.line, diagnostic.column), (20, 45));
}
