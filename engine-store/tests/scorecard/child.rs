//! Flows that call flows.

use flowwright::base::InstanceId;
use flowwright::engine::{AbortOptions, Engine};
use flowwright::protocol::{Event, InstanceStatus};
use flowwright::store::{InstanceFilter, Page};
use serde_json::{Value, json};

use crate::support::end;
use crate::world::{World, count, gives, ops, pass, run, story};

async fn children(engine: &Engine, parent: InstanceId) -> Vec<InstanceId> {
    let filter = InstanceFilter { parent: Some(parent), ..InstanceFilter::default() };
    let rows = engine.list(&filter, &Page { limit: 2_000, after: None }).await.unwrap();
    rows.iter().map(|row| row.instance).collect()
}

#[tokio::test(start_paused = true)]
async fn chd01_what_became_of_a_child_reaches_its_parent() {
    let child = "flow: child
timeout: 1h
steps:
  - {id: s, type: signal, name: go, next: [{to: ok, when: output == 'ok'}, {to: bad, else: true}]}
  - {id: ok, type: activity, handler: work, with: 7}
  - {id: bad, type: activity, handler: boom, with: broken}
output: ${ steps.ok.output }
";
    let parent = "flow: parent
steps:
  - {id: c, type: call, flow: child, next: [{to: good}, {to: caught, on: failure}]}
  - {id: good, type: activity, handler: work, with: '${ steps.c.output }'}
  - {id: caught, type: activity, handler: work, with: '${ steps.c.error.details }'}
output: {good: '${ steps.good.output }', caught: '${ steps.caught.output }'}
";
    for (what, status, code) in [
        ("ok", "completed", ""),
        ("bad", "failed", "broken"),
        ("late", "failed", "timeout"),
        ("abort", "aborted", ""),
    ] {
        let engine = World::new().open().await.engine;
        engine.deploy(child).await.unwrap();
        engine.deploy(parent).await.unwrap();
        let id = engine.start("parent", json!({})).await.unwrap().id;
        pass(1_000).await;
        let child = children(&engine, id).await[0];
        match what {
            "late" => pass(3_700_000).await,
            "abort" => engine.abort(child, ops(), AbortOptions::default()).await.unwrap(),
            _ => engine.signal(child, "go", json!(what)).await.unwrap(),
        }
        let outcome = end(&engine, id).await;
        assert_eq!(outcome.status, InstanceStatus::Completed, "{what}: {:?}", outcome.error);
        if what == "ok" {
            assert_eq!(*outcome.output, json!({"good": 7, "caught": null}));
            continue;
        }
        let caught = &outcome.output["caught"];
        assert_eq!((&caught["status"], &caught["instance"]), (&json!(status), &json!(child)), "{what}");
        assert_eq!(caught["error"]["code"].as_str().unwrap_or_default(), code, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn chd02_a_failed_child_is_started_again_and_counted() {
    let child = "flow: child
steps:
  - {id: n, type: assign, set: {x: '1'}, next: [{to: bad, when: input.pass < 2}, {to: good, else: true}]}
  - {id: bad, type: activity, handler: boom, with: broken}
  - {id: good, type: activity, handler: work, with: '${ input.pass }'}
output: ${ steps.good.output }
";
    let parent = |most: u32| {
        format!(
            "flow: parent
steps:
  - {{id: again, type: assign, set: {{x: '1'}}}}
  - {{id: c, type: call, flow: child, with: {{pass: '${{ steps.again.iteration }}'}}, needs: again, next: [{{to: again, on: failure, back: true, max_iterations: {most}}}]}}
output: ['${{ steps.c.iteration }}', '${{ steps.c.output }}']
"
        )
    };
    for (most, children_run, status) in [(5, 3, InstanceStatus::Completed), (1, 2, InstanceStatus::Failed)] {
        let engine = World::new().open().await.engine;
        engine.deploy(child).await.unwrap();
        let (id, outcome) = run(&engine, &parent(most), json!({})).await;
        assert_eq!(outcome.status, status, "{:?}", outcome.error);
        assert_eq!(children(&engine, id).await.len(), children_run);
        if status == InstanceStatus::Completed {
            assert_eq!(*outcome.output, json!([2, 2]));
        }
        assert_eq!(engine.get(id).await.unwrap().steps["c"].iteration, children_run as u32 - 1);
    }
}

#[tokio::test(start_paused = true)]
async fn chd03_fifty_deep_and_a_thousand_wide() {
    let nest = "flow: nest
steps:
  - {id: n, type: assign, set: {x: '1'}, next: [{to: deeper, when: input > 0}, {to: bottom, else: true}]}
  - {id: deeper, type: call, flow: nest, with: '${ input - 1 }'}
  - {id: bottom, type: activity, handler: work, with: 0}
output: '${ input > 0 ? steps.deeper.output + 1 : 0 }'
";
    let mut world = World::new();
    let engine = world.open().await.engine;
    assert_eq!(gives(&engine, nest, json!(50)).await, json!(50));
    assert_eq!(engine.count(&InstanceFilter::default()).await.unwrap(), 51);
    assert_eq!(world.diary.lines(), ["bottom"]);

    engine
        .deploy("flow: leaf\nsteps: [{id: a, type: activity, handler: work, with: '${ input }'}]")
        .await
        .unwrap();
    let wide = "flow: wide\nsteps: [{id: e, type: for_each, items: input, steps: [{id: c, type: call, flow: leaf, with: '${ item }'}]}]";
    let items: Vec<u32> = (0..1_000).collect();
    let (id, outcome) = run(&engine, wide, json!(items)).await;
    assert_eq!(*outcome.output, json!(items));
    assert_eq!(children(&engine, id).await.len(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn chd04_a_detached_child_lives_on() {
    let mut world = World::new();
    let engine = world.open_patient().await.engine;
    engine
        .deploy("flow: child\nsteps: [{id: t, type: timer, delay: 1d}, {id: a, type: activity, handler: work, with: 3, needs: t}]")
        .await
        .unwrap();
    for ends in ["completed", "aborted"] {
        let flow = "flow: parent\nsteps: [{id: c, type: call, flow: child, wait: false}, {id: s, type: signal, name: go, needs: c}]\noutput: ${ steps.c.output.instance }";
        engine.deploy(flow).await.unwrap();
        let id = engine.start("parent", json!({})).await.unwrap().id;
        pass(1_000).await;
        if ends == "aborted" {
            engine.abort(id, ops(), AbortOptions::default()).await.unwrap();
        } else {
            engine.signal(id, "go", Value::Null).await.unwrap();
        }
        assert_eq!(end(&engine, id).await.status.name(), ends);
        let child = children(&engine, id).await[0];
        assert!(engine.outcome(child).await.unwrap().is_none());
        assert_eq!(*end(&engine, child).await.output, json!(3));
        assert_eq!(count(&story(&engine, id).await, "instance_ended"), 1);
    }
    assert_eq!(world.diary.lines(), ["a", "a"]);
}

#[tokio::test(start_paused = true)]
async fn chd05_a_call_says_which_version_it_wants_and_the_log_which_it_got() {
    let engine = World::new().open().await.engine;
    let child = |n: u32| format!("flow: child\nsteps: [{{id: a, type: activity, handler: work, with: {n}}}]");
    for n in 1..=3 {
        assert_eq!(engine.deploy(child(n)).await.unwrap().version, n);
    }
    engine.set_label("child", 2, "stable").await.unwrap();
    for (wanted, version) in [("version: 1", 1), ("label: stable", 2), ("wait: true", 3)] {
        let parent = format!("flow: parent\nsteps: [{{id: c, type: call, flow: child, {wanted}}}]");
        let (id, outcome) = run(&engine, &parent, json!({})).await;
        assert_eq!(*outcome.output, json!(version), "{wanted}");
        let child = children(&engine, id).await[0];
        let first = engine.history(child).await.unwrap().remove(0);
        let Event::InstanceStarted(started) = first.event else { panic!("{first:?}") };
        assert_eq!((started.version, started.parent.unwrap().instance), (version, id));
    }
}
