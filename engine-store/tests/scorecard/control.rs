//! Cancelling, suspending, taking up again; the same instance twice.

use flowwright::base::ErrorKind;
use flowwright::engine::{AbortOptions, IfExists};
use flowwright::protocol::{ActivityError, InstanceStatus};
use flowwright::store::{InstanceFilter, Page, TaskFilter};
use serde_json::{Value, json};

use crate::support::{SUM, builder, end, pair, places};
use crate::world::{World, count, ops, pass, reaches, run, story};

const CHILD: &str = "flow: child\nsteps: [{id: c, type: signal, name: never}]";

/// A step that is undone, and behind it one that blocks.
fn blocked_by(step: &str) -> String {
    format!(
        "flow: f\nsteps:\n  - {{id: a, type: activity, handler: work, with: 1, compensate: {{handler: undo, with: '${{ output }}'}}}}\n  - {{id: b, needs: a, {step}}}\n  - {{id: n, type: activity, handler: work, needs: b}}\n"
    )
}

async fn child_of(
    engine: &flowwright::engine::Engine,
    parent: flowwright::base::InstanceId,
) -> flowwright::base::InstanceId {
    let filter = InstanceFilter { parent: Some(parent), ..InstanceFilter::default() };
    engine.list(&filter, &Page::default()).await.unwrap()[0].instance
}

#[tokio::test(start_paused = true)]
async fn ctl01_whatever_blocks_is_cancelled_and_cleaned_up_after() {
    for step in [
        "type: activity, handler: hang",
        "type: timer, delay: 30d",
        "type: signal, name: never",
        "type: signal, name: never, correlate: '\"k\"'",
        "type: user_task, role: clerk",
        "type: call, flow: child",
        "type: group, steps: [{id: x, type: signal, name: never}, {id: y, type: assign, set: {v: '1'}}, {id: j, type: assign, set: {v: '2'}, needs: [x, y], join: every}]",
        "type: for_each, items: '[1, 2]', steps: [{id: x, type: timer, delay: 30d}]",
    ] {
        let mut world = World::new();
        let engine = world.open().await.engine;
        engine.deploy(CHILD).await.unwrap();
        engine.deploy(blocked_by(step)).await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        reaches(&engine, id, "b", "active").await;
        pass(1_000).await;
        engine.abort(id, ops(), AbortOptions { compensate: true, force: false }).await.unwrap();
        assert_eq!(end(&engine, id).await.status, InstanceStatus::Aborted, "{step}");
        pass(1_000).await;
        let mut expected = vec!["a", "undo 1"];
        if step.contains("hang") {
            expected.extend(["b", "told b"]);
        }
        let mut did = world.diary.lines();
        did.sort();
        expected.sort_unstable();
        assert_eq!(did, expected, "{step}");
        let story = story(&engine, id).await;
        assert_eq!(
            (count(&story, "step_cancelled b"), count(&story, "step_compensated")),
            (1, 1),
            "{story:?}"
        );
        assert!(engine.tasks(&TaskFilter::default(), &Page::default()).await.unwrap().is_empty());
        assert!(world.store().subscribers("never", "k").await.unwrap().is_empty());
        assert_eq!(engine.summary(id).await.unwrap().row.wake, None);
        if step.contains("call") {
            assert_eq!(end(&engine, child_of(&engine, id).await).await.status, InstanceStatus::Aborted);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ctl02_a_cancelled_call_goes_on_at_once_and_its_child_is_told_or_left_alone() {
    for (mode, child_ends) in [("cancel", true), ("abandon", false)] {
        let mut world = World::new();
        let engine = world.open().await.engine;
        engine.deploy(CHILD).await.unwrap();
        engine
            .deploy(format!(
                "flow: f\nsteps:\n  - {{id: c, type: call, flow: child, on_cancel: {mode}, next: [{{to: n, on: signal, signal: stop}}]}}\n  - {{id: n, type: activity, handler: work, with: next}}"
            ))
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        pass(1_000).await;
        let child = child_of(&engine, id).await;
        engine.signal(id, "stop", Value::Null).await.unwrap();
        assert_eq!(end(&engine, id).await.status, InstanceStatus::Completed);
        assert_eq!(world.diary.lines(), ["n"]);
        pass(60_000).await;
        let status = engine.summary(child).await.unwrap().row.status;
        let expected = if child_ends { InstanceStatus::Aborted } else { InstanceStatus::Running };
        assert_eq!(status, expected, "{mode}");
    }
}

#[tokio::test(start_paused = true)]
async fn ctl03_a_termination_cleans_nothing_up_and_ends_at_once() {
    let mut world = World::new();
    let engine = world.open().await.engine;
    engine.deploy(CHILD).await.unwrap();
    let flow = "flow: f
steps:
  - {id: a, type: activity, handler: work, with: 1, compensate: {handler: hang}}
  - {id: h, type: activity, handler: hang, needs: a}
  - {id: c, type: call, flow: child, needs: a}
  - {id: d, type: call, flow: child, on_cancel: abandon, needs: a}
";
    engine.deploy(flow).await.unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    pass(1_000).await;
    let before = world.now();
    engine.abort(id, ops(), AbortOptions::default()).await.unwrap();
    assert_eq!(engine.outcome(id).await.unwrap().unwrap().status, InstanceStatus::Aborted);
    assert!(world.now().since(before).millis() < 10, "not at once");
    pass(1_000).await;
    assert_eq!(world.diary.lines(), ["a", "h", "told h"]);
    let filter = InstanceFilter { parent: Some(id), ..InstanceFilter::default() };
    let mut children: Vec<_> = engine.list(&filter, &Page::default()).await.unwrap();
    children.sort_by_key(|row| row.row.status.name());
    let statuses: Vec<_> = children.iter().map(|row| row.row.status).collect();
    assert_eq!(statuses, [InstanceStatus::Aborted, InstanceStatus::Running]);

    // A clean-up that hangs is broken off by force, and by nothing less.
    let id = engine.start("f", json!({})).await.unwrap().id;
    pass(1_000).await;
    let abort = |force| engine.abort(id, ops(), AbortOptions { compensate: true, force });
    abort(false).await.unwrap();
    assert_eq!(abort(false).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert!(engine.outcome(id).await.unwrap().is_none());
    abort(true).await.unwrap();
    assert_eq!(engine.outcome(id).await.unwrap().unwrap().status, InstanceStatus::Aborted);
}

#[tokio::test(start_paused = true)]
async fn ctl04_a_suspended_instance_starts_nothing_keeps_signals_and_goes_on_in_order() {
    let flow = "
flow: f
vars: {got: []}
steps:
  - {id: a, type: activity, handler: slow}
  - {id: b, type: activity, handler: work, needs: a}
  - {id: l, type: loop, until: iteration >= 4, needs: b, steps: [{id: s, type: signal, name: go, set: {got: 'vars.got + [output]'}}]}
  - {id: z, type: signal, name: end, needs: l}
output: ${ vars.got }
";
    let mut world = World::new();
    let engine = world.open().await.engine;
    engine.deploy(flow).await.unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    pass(500).await;
    engine.suspend(id, ops()).await.unwrap();
    engine.suspend(id, ops()).await.unwrap();
    for n in 1..=5 {
        engine.signal(id, "go", json!(n)).id(n.to_string()).await.unwrap();
        engine.signal(id, "go", json!(n)).id(n.to_string()).await.unwrap();
    }
    pass(60_000).await;
    assert_eq!(world.diary.lines(), ["a"], "something started");
    let held = story(&engine, id).await;
    assert_eq!(held[..3], ["instance_started", "step_activated a", "suspended"]);
    assert_eq!((held.len(), count(&held, "input_deferred")), (9, 6), "five signals and a result: {held:?}");
    engine.resume(id, ops()).await.unwrap();
    engine.resume(id, ops()).await.unwrap();
    engine.signal(id, "end", Value::Null).await.unwrap();
    assert_eq!(*end(&engine, id).await.output, json!([1, 2, 3, 4, 5]));
    assert_eq!(count(&story(&engine, id).await, "resumed"), 1);
    assert_eq!(world.diary.lines(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn ctl05_a_failed_instance_is_taken_up_at_the_step_that_failed() {
    let mut world = World::new();
    let diary = world.diary.clone();
    let engine = world
        .open_with(|builder| {
            builder.activity("second", move |_, _: Value| {
                diary.note("b");
                let first = diary.counts()["b"] == 1;
                async move { if first { Err(ActivityError::fatal("down", "not now")) } else { Ok(5) } }
            })
        })
        .await
        .engine;
    let flow = "flow: f\nsteps: [{id: a, type: activity, handler: work}, {id: b, type: activity, handler: second, needs: a}, {id: c, type: activity, handler: work, with: '${ steps.b.output }', needs: b}]";
    let (id, outcome) = run(&engine, flow, json!({})).await;
    assert_eq!(outcome.error.unwrap().code, "down");
    assert_eq!(engine.retry(id, "a", ops(), false).await.unwrap_err().kind(), ErrorKind::StepState);
    engine.retry(id, "b", ops(), false).await.unwrap();
    assert_eq!(*end(&engine, id).await.output, json!(5));
    assert_eq!(world.diary.lines(), ["a", "b", "b", "c"]);
}

#[tokio::test]
async fn ctl08_of_fifty_starts_with_one_key_one_wins() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        for (key, policy) in [("refuse", IfExists::Refuse), ("return", IfExists::Return)] {
            let starts: Vec<_> = (0..50)
                .map(|n| {
                    let engine = engine.clone();
                    tokio::spawn(async move { engine.start("sum", pair(n, 0)).key(key, policy).await })
                })
                .collect();
            let (mut new, mut known, mut refused) = (Vec::new(), Vec::new(), 0);
            for start in starts {
                match start.await.unwrap() {
                    Ok(instance) if instance.existing => known.push(instance.id),
                    Ok(instance) => new.push(instance.id),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
                        refused += 1;
                    }
                }
            }
            assert_eq!(new.len(), 1, "{key}");
            let expected = if policy == IfExists::Refuse { (0, 49) } else { (49, 0) };
            assert_eq!((known.len(), refused), expected);
            assert!(known.iter().all(|id| *id == new[0]));
            assert_eq!(engine.find("sum", key).await.unwrap(), Some(new[0]));
        }
        assert_eq!(engine.count(&InstanceFilter::default()).await.unwrap(), 2);
    }
}
