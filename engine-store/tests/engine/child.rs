//! Flows that call flows.

use flowwright::protocol::InstanceStatus;
use flowwright::store::{InstanceFilter, Page};
use serde_json::json;

use crate::support::{SUM, builder, completes, end, places, sound, until_step};

const CALLER: &str = "
flow: caller
steps:
  - {id: sum, type: call, flow: sum, with: {a: '${ input.n }', b: 1}}
  - {id: next, type: activity, handler: add, with: ['${ steps.sum.output }', 1000], needs: sum}
";

#[tokio::test]
async fn a_call_gives_what_its_child_gives() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        engine.deploy(CALLER).await.unwrap();
        let id = engine.start("caller", json!({"n": 5})).await.unwrap().id;
        assert_eq!(*end(&engine, id).await.output, json!(1106));
        let children = InstanceFilter { parent: Some(id), ..InstanceFilter::default() };
        let children = engine.list(&children, &Page::default()).await.unwrap();
        assert_eq!((children.len(), children[0].row.status), (1, InstanceStatus::Completed));
        sound(&engine).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_children_come_back() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        engine
            .deploy(
                "
flow: fan
steps:
  - {id: each, type: for_each, items: input.items, steps: [{id: call, type: call, flow: sum, with: {a: '${ item }', b: 0}}]}
",
            )
            .await
            .unwrap();
        let items: Vec<i64> = (0..300).collect();
        let sums: Vec<i64> = items.iter().map(|n| n + 100).collect();
        assert_eq!(completes(&engine, "fan", json!({"items": items})).await, json!(sums));
        sound(&engine).await;
        assert!(place.store.inbox(&(0..16).collect::<Vec<_>>(), 0, 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_call_fails_with_its_child_and_with_a_flow_that_is_not_there() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy("flow: bad\nsteps: [{id: x, type: activity, handler: fail}]").await.unwrap();
        engine.deploy("flow: a\nsteps: [{id: c, type: call, flow: bad}]").await.unwrap();
        engine.deploy("flow: b\nsteps: [{id: c, type: call, flow: nowhere}]").await.unwrap();
        for (flow, hint) in [("a", "broken"), ("b", "nowhere")] {
            let id = engine.start(flow, json!({})).await.unwrap().id;
            let error = end(&engine, id).await.error.unwrap();
            assert_eq!(error.code, "child_failed");
            assert!(error.message.contains(hint), "{}", error.message);
        }
    }
}

#[tokio::test]
async fn children_are_aborted_with_their_caller() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy("flow: waits\nsteps: [{id: s, type: signal, name: never}]").await.unwrap();
        engine.deploy("flow: caller\nsteps: [{id: c, type: call, flow: waits}]").await.unwrap();
        let id = engine.start("caller", json!({})).await.unwrap().id;
        until_step(&engine, id, "c", "active").await;
        let operator = flowwright::protocol::Operator::new("ops", "not wanted");
        engine.abort(id, operator, flowwright::engine::AbortOptions::default()).await.unwrap();
        assert_eq!(end(&engine, id).await.status, InstanceStatus::Aborted);
        let filter = InstanceFilter { parent: Some(id), ..InstanceFilter::default() };
        crate::support::until("there is a child", || async { engine.count(&filter).await.unwrap() == 1 })
            .await;
        let child = engine.list(&filter, &Page::default()).await.unwrap()[0].instance;
        assert_eq!(end(&engine, child).await.status, InstanceStatus::Aborted);
    }
}
