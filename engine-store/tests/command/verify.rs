//! `flowwright verify`.

use serde_json::json;

use crate::support::Place;

const FLOW: &str = "flow: order\nsteps: [{id: charge, type: activity, handler: charge}]";

#[test]
fn a_sound_database_is_said_to_be_sound_and_a_changed_event_is_named() {
    let place = Place::with("order.yaml", FLOW);
    let run = ["run", "order.yaml", "--db", "a.db", "--json", "--script"];
    let script = r#"{"steps": {"charge": [{"output": 4711}]}}"#;
    let id = place.run(&[&run[..], &[script]].concat()).code(0).json()["instance"].clone();
    let id = id.as_str().unwrap();

    let answer = place.run(&["verify", "--db", "a.db", "--json"]).code(0).json();
    assert_eq!((&answer["ok"], &answer["audit"]["instances"]), (&json!(true), &json!(1)));
    let text = place.run(&["verify", id, "--db", "a.db"]).code(0).out;
    assert!(text.starts_with("1 instances, ") && text.ends_with(": sound\n"), "{text}");
    place.run(&["verify", "--db", "b.db"]).code(3);
    place.run(&["verify", "018f0000-0000-7000-8000-000000000000", "--db", "a.db"]).code(3);

    let connection = rusqlite::Connection::open(place.path().join("a.db")).unwrap();
    connection.execute("UPDATE history SET events = replace(events, '4711', '4712')", []).unwrap();
    let answer = place.run(&["verify", "--db", "a.db", "--json"]).code(1).json();
    let findings = answer["audit"]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{answer:#}");
    assert_eq!((&findings[0]["code"], &findings[0]["instance"]), (&json!("history_chain"), &json!(id)));
    let text = place.run(&["verify", id, "--db", "a.db"]).code(1).out;
    assert!(text.contains("history_chain") && text.contains("help: restore"), "{text}");
}
