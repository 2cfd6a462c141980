//! From start to end.

use flowwright::base::ErrorKind;
use flowwright::engine::IfExists;
use flowwright::protocol::{InstanceStatus, StepStatus};
use flowwright::store::{InstanceFilter, Page};
use serde_json::json;

use crate::support::{SUM, builder, completes, end, pair, places};

#[tokio::test]
async fn a_flow_runs_to_its_end() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        let instance = engine.start("sum", pair(1, 2)).label("team", "a").await.unwrap();
        let outcome = end(&engine, instance.id).await;
        assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &json!(103)));

        let view = engine.get(instance.id).await.unwrap();
        assert_eq!((view.status, view.version, &*view.output), (InstanceStatus::Completed, 1, &json!(103)));
        assert_eq!(view.steps["first"].status, StepStatus::Completed);
        assert_eq!(*view.steps["first"].output, json!(3));
        assert_eq!(view.steps["second"].attempts, 1);
        let names: Vec<_> = engine.history(instance.id).await.unwrap();
        let names: Vec<_> = names.iter().map(|entry| (entry.event.name(), entry.step.as_deref())).collect();
        assert_eq!(
            names,
            [
                ("instance_started", None),
                ("step_activated", Some("first")),
                ("step_completed", Some("first")),
                ("step_activated", Some("second")),
                ("step_completed", Some("second")),
                ("instance_ended", None),
            ]
        );
        let filter =
            InstanceFilter { labels: [("team".into(), "a".into())].into(), ..InstanceFilter::default() };
        assert_eq!(engine.list(&filter, &Page::default()).await.unwrap()[0].instance, instance.id);
        engine.shutdown(std::time::Duration::from_secs(5)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_instances_run_side_by_side() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        let runs: Vec<_> = (0..2_000)
            .map(|n| {
                let engine = engine.clone();
                tokio::spawn(async move { completes(&engine, "sum", pair(n, n)).await })
            })
            .collect();
        for (n, run) in runs.into_iter().enumerate() {
            assert_eq!(run.await.unwrap(), json!(2 * n + 100));
        }
        let done = InstanceFilter { status: vec![InstanceStatus::Completed], ..InstanceFilter::default() };
        assert_eq!(engine.count(&done).await.unwrap(), 2_000);
    }
}

#[tokio::test]
async fn a_key_is_taken_once() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        let first = engine.start("sum", pair(1, 2)).key("k", IfExists::Refuse).await.unwrap();
        let second = engine.start("sum", pair(3, 4)).key("k", IfExists::Return).await.unwrap();
        assert_eq!((first.existing, second.existing, second.id), (false, true, first.id));
        let third = engine.start("sum", pair(3, 4)).key("k", IfExists::Refuse).await.unwrap_err();
        assert_eq!(third.kind(), ErrorKind::AlreadyExists);
        assert_eq!(engine.find("sum", "k").await.unwrap(), Some(first.id));

        let again = engine.start("sum", pair(5, 6)).id(first.id).await.unwrap();
        assert!(again.existing);
        assert_eq!(*end(&engine, first.id).await.output, json!(103));
    }
}

#[tokio::test]
async fn what_cannot_start_is_refused() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        assert_eq!(engine.start("nothing", json!({})).await.unwrap_err().kind(), ErrorKind::NotFound);
        engine.deploy("flow: strict\ninput: {type: object, required: [n]}\nsteps: [{id: a, type: assign, set: {x: '1'}}]").await.unwrap();
        assert_eq!(engine.start("strict", json!({})).await.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(engine.count(&InstanceFilter::default()).await.unwrap(), 0);
        let unknown = "018f0000-0000-7000-8000-000000000000".parse().unwrap();
        assert_eq!(engine.wait(unknown).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(engine.signal(unknown, "s", json!(1)).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}
