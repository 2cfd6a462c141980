//! A history for people: a line for each event.

use flowwright::base::Span;
use serde_json::Value;

use super::table::{Table, cut};

/// So many letters of an event's details are shown.
const DETAILS: usize = 100;

/// Fields that have a column of their own, and what only programs read.
const UNTOLD: [&str; 8] = ["seq", "at_ms", "type", "step", "scope", "activation", "timers", "doing"];

/// Fields that are points in time.
const TIMES: [&str; 5] = ["due", "deadline", "expires", "retry_at", "until"];

/// Events as JSON (`{seq, at_ms, type, step, …}`), with their times since `start`, in milliseconds.
pub fn text(events: &[Value], start: i64) -> String {
    let mut table = Table::new(["SEQ", "TIME", "EVENT", "STEP", ""]);
    for event in events {
        let at = event["at_ms"].as_i64().unwrap_or_default();
        table.row([
            event["seq"].to_string(),
            offset(at - start),
            kind(event),
            word(event.get("step").unwrap_or(&event["scope"])),
            details(event, start),
        ]);
    }
    table.text()
}

/// One event as it happens, in columns of a fixed width.
pub fn line(event: &Value, start: i64) -> String {
    let at = event["at_ms"].as_i64().unwrap_or_default();
    let step = word(event.get("step").unwrap_or(&event["scope"]));
    let text =
        format!("{:>10}  {:<20}  {step:<24}  {}", offset(at - start), kind(event), details(event, start));
    text.trim_end().to_owned()
}

/// A length of time since the start.
pub fn offset(millis: i64) -> String {
    Span::from_millis(u64::try_from(millis).unwrap_or(0)).to_string()
}

fn kind(event: &Value) -> String {
    word(&event["type"]).replace('_', " ")
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The other fields, those that say nothing left out.
fn details(event: &Value, start: i64) -> String {
    let Some(fields) = event.as_object() else { return String::new() };
    let told =
        fields.iter().filter(|(name, value)| !UNTOLD.contains(&name.as_str()) && says_something(value));
    let words = told.map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        Value::Array(edges) if name == "taken" => {
            format!("to {}", edges.iter().map(|edge| word(&edge["to"])).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) if name == "error" => {
            format!("{}: {}", word(&fields["code"]), word(&fields["message"]))
        }
        Value::Object(fields) if name == "by" => format!("by {}", word(&fields["id"])),
        Value::Object(fields) if name == "edge" => {
            format!("{} to {}", word(&fields["from"]), word(&fields["to"]))
        }
        other => match other.as_i64().filter(|_| TIMES.contains(&name.as_str())) {
            Some(at) => format!("{name} {}", offset(at - start)),
            None => format!("{name}={other}"),
        },
    });
    cut(&words.collect::<Vec<_>>().join(" "), DETAILS)
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_a_line() {
        let event = json!({"seq": 7, "at_ms": 3_500, "type": "step_completed", "step": "a/b",
            "output": {"x": 1}, "taken": [{"from": "b", "to": "c"}], "set": {}, "undo": null, "due": 61_000});
        let drawn = text(&[event], 1_000);
        assert_eq!(
            drawn.lines().nth(1),
            Some(r#"7    2s500ms  step completed  a/b   due 1m output={"x":1} to c"#)
        );
    }
}
