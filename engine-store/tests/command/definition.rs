//! `validate`, `graph` and `schema`.

use serde_json::json;

use crate::support::Place;

const GOOD: &str = "flow: hello\nsteps:\n  - {id: greet, type: activity, handler: greet}\n";
const BAD: &str = "flow: hello\nsteps:\n  - {id: greet, type: activity, handler: greet, next: gret}\n";

#[test]
fn a_valid_definition_is_ok() {
    let place = Place::with("good.yaml", GOOD);
    let done = place.run(&["validate", "good.yaml"]).code(0);
    assert_eq!(done.out, "good.yaml: ok, 1 step\n");
    let done = place.run(&["validate", "good.yaml", "--json"]).code(0);
    assert_eq!(done.json(), json!({"ok": true, "diagnostics": []}));
}

#[test]
fn a_mistake_is_shown_with_its_line_and_the_mend() {
    let place = Place::with("bad.yaml", BAD);
    let done = place.run(&["validate", "bad.yaml"]).code(1);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[0].starts_with("bad.yaml:3:55: error[unknown_step]: "), "{done:#?}");
    let expected = [
        "  |",
        "3 |   - {id: greet, type: activity, handler: greet, next: gret}",
        "  |                                                       ^",
        "  help: did you mean `greet`?",
        "bad.yaml: 1 error",
    ];
    assert_eq!(lines[1..], expected);
}

#[test]
fn programs_get_every_field_of_a_finding() {
    let place = Place::with("bad.yaml", BAD);
    let answer = place.run(&["validate", "--json", "bad.yaml"]).code(1).json();
    assert_eq!(answer["ok"], false);
    let found = &answer["diagnostics"][0];
    let fields: Vec<&str> = found.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["code", "column", "help", "line", "message", "path", "severity"]);
    assert_eq!(
        (
            &found["severity"],
            &found["code"],
            &found["line"],
            &found["column"],
            &found["path"],
            &found["help"]
        ),
        (
            &json!("error"),
            &json!("unknown_step"),
            &json!(3),
            &json!(55),
            &json!("steps[0].next[0]"),
            &json!("did you mean `greet`?")
        )
    );
}

#[test]
fn several_files_are_told_apart() {
    let place = Place::with("bad.yaml", BAD);
    place.write("good.yaml", GOOD);
    let answer = place.run(&["validate", "--json", "good.yaml", "bad.yaml"]).code(1).json();
    assert_eq!(answer[0], json!({"file": "good.yaml", "ok": true, "diagnostics": []}));
    assert_eq!((&answer[1]["file"], &answer[1]["ok"]), (&json!("bad.yaml"), &json!(false)));
    let done = place.run(&["validate", "good.yaml", "bad.yaml"]).code(1);
    assert!(done.out.starts_with("good.yaml: ok, 1 step\nbad.yaml:3:55: "), "{done:#?}");
}

#[test]
fn a_dash_is_standard_input_and_json_is_a_definition_too() {
    let place = Place::new();
    let text = json!({"flow": "hello", "steps": [{"id": "a", "type": "timer", "delay": "1s"}]}).to_string();
    assert_eq!(place.pipe(&["validate", "-"], &text).code(0).out, "<stdin>: ok, 1 step\n");
    let done = place.pipe(&["validate", "-"], "flow: [").code(1);
    assert!(done.out.starts_with("<stdin>:1:"), "{done:#?}");
}

#[test]
fn a_file_that_is_not_there_is_not_found_and_its_neighbour_is_named() {
    let place = Place::with("hello.yaml", GOOD);
    let done =
        place.run(&["validate", "helo.yaml"]).code(3).says("error[not_found]: there is no file helo.yaml");
    assert_eq!(done.says("help: did you mean hello.yaml?").out, "");
    let answer = place.run(&["validate", "helo.yaml", "--json"]).code(3).json();
    assert_eq!(
        answer["error"],
        json!({"code": "not_found", "message": "there is no file helo.yaml", "help": "did you mean hello.yaml?"})
    );
    place
        .run(&["validate", "no/such/folder/a.yaml"])
        .code(3)
        .says("there is no folder no/such/folder either");
    place.run(&["validate", "."]).code(2).says("cannot be read");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let place = Place::new();
    std::fs::write(place.path().join("a.yaml"), b"flow: \xff\xfe").unwrap();
    place.run(&["validate", "a.yaml"]).code(2).says("no text in UTF-8: byte 6 is wrong");
}

#[test]
fn a_flow_is_drawn_in_three_languages() {
    let place = Place::with(
        "a.yaml",
        "flow: f\nsteps:\n  - {id: a, type: timer, delay: 1s, next: b}\n  - {id: b, type: timer, delay: 1s}\n",
    );
    let mermaid = place.run(&["graph", "a.yaml"]).code(0).out;
    assert!(mermaid.starts_with("flowchart"), "{mermaid}");
    assert_eq!(place.run(&["graph", "a.yaml", "--format", "mermaid"]).out, mermaid);
    assert!(place.run(&["graph", "a.yaml", "--format", "dot"]).code(0).out.starts_with("digraph"));
    let drawn = place.run(&["graph", "a.yaml", "--format", "json"]).code(0).json();
    assert_eq!(drawn["steps"].as_array().map(Vec::len), Some(2));
    assert_eq!((&drawn["edges"][0]["from"], &drawn["edges"][0]["to"]), (&json!(0), &json!(1)));
    assert_eq!(place.run(&["graph", "a.yaml", "--json"]).json(), drawn);
}

#[test]
fn an_invalid_flow_is_not_drawn() {
    let place = Place::with("bad.yaml", BAD);
    let done = place.run(&["graph", "bad.yaml"]).code(1).says("bad.yaml:3:55: error[unknown_step]");
    assert_eq!(done.out, "");
    assert_eq!(place.run(&["graph", "bad.yaml", "--json"]).code(1).json()["ok"], false);
}

#[test]
fn the_schema_is_the_librarys() {
    let schema = Place::new().run(&["schema"]).code(0).json();
    assert_eq!(schema, flowwright::definition::json_schema());
}

#[test]
fn wrong_calls_are_told_apart_from_bad_news() {
    let place = Place::new();
    place.run(&["valdate", "a"]).code(2).says("validate");
    place.run(&["validate"]).code(2).says("<FILE>");
    place.run(&[]).code(2);
    let help = place.run(&["--help"]).code(0).out;
    assert!(help.contains("Exit codes:") && help.contains("\n  4  "), "{help}");
    place.run(&["--version"]).code(0);
}
