//! Signals: early, filtered, correlated, on edges.

use super::*;

#[test]
fn an_early_signal_is_kept_and_used_in_order() {
    let flow = "
flow: f
steps:
  - {id: a, type: activity, handler: h, next: one}
  - {id: one, type: signal, name: t, next: two}
  - {id: two, type: signal, name: t}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.give(Drive::signal("t", json!(1))).gives(&["signal_kept t"]);
    drive.give(Drive::signal("t", json!(2))).gives(&["signal_kept t"]);
    drive.done("a", json!(null)).gives(&[
        "step_completed a null -> [one]",
        "step_activated one",
        "signal_delivered one t",
        "step_completed one 1 -> [two]",
        "step_activated two",
        "signal_delivered two t",
        "step_completed two 2 -> []",
        "instance_ended completed 2",
    ]);
}

#[test]
fn a_step_that_drops_early_signals_does_not_see_them() {
    let flow = "{flow: f, steps: [{id: a, type: activity, handler: h, next: b}, {id: b, type: signal, name: t, early: drop}]}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.give(Drive::signal("t", json!(1)));
    drive.done("a", json!(null)).gives(&["step_completed a null -> [b]", "step_activated b"]);
    drive.give(Drive::signal("t", json!(2))).gives(&[
        "signal_delivered b t",
        "step_completed b 2 -> []",
        "instance_ended completed 2",
    ]);
}

#[test]
fn the_same_id_again_changes_nothing() {
    let mut drive = Drive::start("{flow: f, steps: [{id: a, type: activity, handler: h}]}", Value::Null);
    let Input::Signal(signal) = Drive::signal("t", json!(1)) else { panic!("a signal") };
    let named = crate::protocol::Signal { id: Some("one".into()), ..signal };
    drive.give(Input::Signal(named.clone())).gives(&["signal_kept t"]);
    drive.give(Input::Signal(named)).gives(&[]);
}

#[test]
fn filter_and_key_choose_the_signal() {
    let flow = "
flow: f
vars: {k: blue}
steps: [{id: s, type: signal, name: t, correlate: vars.k, filter: event.n > 3}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.gives(&["instance_started", "step_activated s", "subscribe t blue"]);
    let send = |key: &str, n: i64| {
        let Input::Signal(signal) = Drive::signal("t", json!({"n": n})) else { panic!("a signal") };
        Input::Signal(crate::protocol::Signal { correlation: Some(key.into()), ..signal })
    };
    drive.give(send("red", 9)).gives(&["signal_kept t"]);
    drive.give(send("blue", 2)).gives(&["signal_kept t"]);
    drive.give(send("blue", 5)).gives(&[
        "signal_delivered s t",
        r#"step_completed s {"n":5} -> []"#,
        r#"instance_ended completed {"n":5}"#,
        "unsubscribe t blue",
    ]);
}

#[test]
fn a_signal_edge_interrupts_its_step_or_lets_it_go_on() {
    let flow = |interrupt: bool| {
        format!(
            "
flow: f
steps:
  - {{id: a, type: activity, handler: h, next: [after, {{to: b, on: signal, signal: stop, interrupt: {interrupt}}}]}}
  - {{id: after, type: assign}}
  - {{id: b, type: assign}}"
        )
    };
    let mut drive = Drive::start(&flow(true), Value::Null);
    drive.give(Drive::signal("stop", json!(null))).gives(&[
        "signal_delivered a stop",
        "edge_taken b",
        "step_cancelled a interrupted",
        "step_skipped after",
        "step_completed b null -> []",
        r#"instance_ended completed {"after":null,"b":null}"#,
        "stop a #1",
    ]);
    let mut drive = Drive::start(&flow(false), Value::Null);
    drive.give(Drive::signal("stop", json!(null))).gives(&[
        "signal_delivered a stop",
        "edge_taken b",
        "step_completed b null -> []",
    ]);
    drive.give(Drive::signal("stop", json!(null))).gives(&["signal_kept stop"]);
}

#[test]
fn a_signal_adds_an_item_while_the_step_is_active() {
    let flow = "
flow: f
steps: [{id: e, type: for_each, items: '[1]', append: more, steps: [{id: a, type: activity, handler: h, with: '${ item }'}]}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.give(Drive::signal("more", json!(2))).gives(&[
        "item_added e 2",
        "frame_opened e[1]",
        "step_activated e[1]/a",
        "run e[1]/a h 2",
    ]);
}

#[test]
fn what_nobody_took_is_dropped_after_its_time() {
    let mut drive = Drive::start("{flow: f, steps: [{id: a, type: activity, handler: h}]}", Value::Null);
    let Input::Signal(signal) = Drive::signal("t", json!(1)) else { panic!("a signal") };
    drive.give(Input::Signal(crate::protocol::Signal { ttl: Some(Span::from_secs(5)), ..signal }));
    drive.after(5).timers().gives(&["signal_expired"]);
    assert_eq!(drive.state.kept_signals().count(), 0);
}
