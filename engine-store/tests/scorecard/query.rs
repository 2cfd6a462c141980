//! Reading an instance, and changes that are checked before they are taken.

use flowwright::base::{ErrorKind, InstanceId};
use flowwright::engine::Engine;
use flowwright::protocol::{Actor, InstanceStatus, TaskView};
use flowwright::store::{InstanceFilter, Page, TaskFilter};
use flowwright_store::Fault;
use serde_json::{Value, json};

use crate::support::{Place, builder, end, places, until_step};
use crate::world::{World, count, pass, reaches, story};

const APPROVE: &str = "
flow: approve
labels: {area: loans}
vars: {stage: new}
steps:
  - {id: a, type: activity, handler: echo, with: 1, set: {stage: '\"checked\"'}}
  - id: t
    type: user_task
    role: clerk
    needs: a
    outcomes: [accept, decline]
    form: {type: object, required: [rate], properties: {rate: {type: number, minimum: 0}}}
  - {id: s, type: signal, name: go, needs: t}
output: ${ steps.t.output }
";

fn ada() -> Actor {
    Actor::new("ada").role("clerk")
}

async fn task_of(engine: &Engine, id: InstanceId) -> TaskView {
    let filter = TaskFilter { instance: Some(id), ..TaskFilter::default() };
    engine.tasks(&filter, &Page::default()).await.unwrap().remove(0)
}

/// An engine, and an instance that waits for an approval.
async fn waiting(place: &Place) -> (Engine, InstanceId) {
    let engine = builder(&place.store).open().await.unwrap();
    engine.deploy(APPROVE).await.unwrap();
    let id = engine.start("approve", json!({})).await.unwrap().id;
    until_step(&engine, id, "t", "active").await;
    (engine, id)
}

#[tokio::test]
async fn qry01_a_thousand_reads_change_nothing() {
    for place in places() {
        let (engine, id) = waiting(&place).await;
        let history = engine.history(id).await.unwrap();
        let position = place.store.feed(0, 1_000).await.unwrap().len();
        for _ in 0..200 {
            assert_eq!(engine.get(id).await.unwrap().vars["stage"].as_str(), Some("checked"));
            assert_eq!(engine.summary(id).await.unwrap().seq, history.len() as u64);
            assert_eq!(engine.explain(id).await.unwrap().waiting.len(), 1);
            assert_eq!(engine.history(id).await.unwrap(), history);
            assert_eq!(engine.list(&InstanceFilter::default(), &Page::default()).await.unwrap().len(), 1);
        }
        assert_eq!(place.store.feed(0, 1_000).await.unwrap().len(), position);
    }
}

#[tokio::test]
async fn qry02_a_question_about_nothing_is_refused_and_harms_nobody() {
    for place in places() {
        let (engine, id) = waiting(&place).await;
        let history = engine.history(id).await.unwrap();
        let unknown: InstanceId = "018f0000-0000-7000-8000-000000000000".parse().unwrap();
        let task = flowwright::base::TaskId { instance: unknown, activation: 1 };
        let kinds = [
            engine.get(unknown).await.unwrap_err().kind(),
            engine.history(unknown).await.unwrap_err().kind(),
            engine.explain(unknown).await.unwrap_err().kind(),
            engine.outcome(unknown).await.unwrap_err().kind(),
            engine.task(task).await.unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::NotFound; 5]);
        let nowhere = Page { limit: 10, after: Some("nowhere".into()) };
        let bad = engine.list(&InstanceFilter::default(), &nowhere).await.unwrap_err();
        assert_eq!(bad.kind(), ErrorKind::InvalidArgument);
        assert_eq!(engine.find("approve", "no such key").await.unwrap(), None);
        assert_eq!(engine.history(id).await.unwrap(), history);
        assert_eq!(engine.summary(id).await.unwrap().row.status, InstanceStatus::Running);
    }
}

#[tokio::test]
async fn upd01_a_change_is_checked_before_it_is_recorded_and_the_same_request_counts_once() {
    for place in places() {
        let (engine, id) = waiting(&place).await;
        let before = engine.history(id).await.unwrap();
        let task = task_of(&engine, id).await.id;
        for (outcome, data) in
            [("accept", json!({"rate": -1})), ("accept", json!({})), ("perhaps", json!({"rate": 1}))]
        {
            let error = engine.complete(task, ada(), outcome, data).request("r").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
        assert_eq!(engine.history(id).await.unwrap(), before, "a refusal leaves no trace");
        for rate in [3, 4] {
            engine.complete(task, ada(), "accept", json!({"rate": rate})).request("r").await.unwrap();
        }
        let now = story(&engine, id).await;
        assert_eq!((count(&now, "task_done t"), count(&now, "step_completed t")), (1, 1));
        assert_eq!(engine.get(id).await.unwrap().steps["t"].output["data"]["rate"], 3);
    }
}

#[tokio::test(start_paused = true)]
async fn upd02_a_change_outlives_a_crash_in_its_midst_and_is_made_once() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        let mut world = World::new();
        let first = world.open().await;
        first.engine.deploy(APPROVE.replace("handler: echo", "handler: work")).await.unwrap();
        let id = first.engine.start("approve", json!({})).await.unwrap().id;
        reaches(&first.engine, id, "t", "active").await;
        let task = task_of(&first.engine, id).await.id;
        // Between two renewals of the lease, so that the fault meets the change.
        pass(300).await;
        first.faults.script(Some(fault));
        let sent = |engine: &Engine, rate: u32| {
            engine.complete(task, ada(), "accept", json!({"rate": rate})).request("r")
        };
        assert!(sent(&first.engine, 3).await.is_err());
        world.crash(first);

        let engine = world.open().await.engine;
        sent(&engine, 3).await.unwrap();
        sent(&engine, 4).await.unwrap();
        engine.signal(id, "go", Value::Null).await.unwrap();
        assert_eq!(
            *end(&engine, id).await.output,
            json!({"outcome": "accept", "data": {"rate": 3}, "by": "ada"})
        );
        assert_eq!(count(&story(&engine, id).await, "task_done t"), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn qry03_instances_are_found_by_their_labels_and_tell_their_stage_after_a_restart() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(APPROVE).await.unwrap();
        for n in 0..6 {
            let start = engine.start("approve", json!({})).label("region", ["north", "south"][n % 2]);
            let id = start.label("desk", (n % 3).to_string()).await.unwrap().id;
            until_step(&engine, id, "t", "active").await;
        }
        engine.shutdown(std::time::Duration::from_secs(5)).await.unwrap();

        let engine = builder(&place.store).open().await.unwrap();
        let with = |labels: &[(&str, &str)]| InstanceFilter {
            labels: labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            ..InstanceFilter::default()
        };
        let found = engine.list(&with(&[("region", "south")]), &Page::default()).await.unwrap();
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|row| row.row.labels["region"] == "south"));
        let one = engine.list(&with(&[("region", "south"), ("desk", "2")]), &Page::default()).await.unwrap();
        assert_eq!(one.len(), 1);
        assert_eq!(engine.count(&with(&[("region", "west")])).await.unwrap(), 0);
        // What it has come to is in its variables.
        assert_eq!(engine.get(one[0].instance).await.unwrap().vars["stage"].as_str(), Some("checked"));
    }
}
