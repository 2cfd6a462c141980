//! Going on after the end of a process, and after the loss of a lease.

use std::time::Duration;

use flowwright::protocol::{InstanceStatus, StepStatus};
use serde_json::{Value, json};

use crate::support::{Counter, builder, end, names, places, sound, until, until_step};

const THREE: &str = "
flow: three
steps:
  - {id: a, type: activity, handler: count, with: a}
  - {id: b, type: activity, handler: stuck, needs: a}
  - {id: c, type: activity, handler: count, with: c, needs: b}
";

#[tokio::test]
async fn what_was_recorded_is_not_done_again() {
    for place in places() {
        let (counts, stuck) = (Counter::default(), Counter::default());
        let open = |blocks: bool| {
            let (counted, seen) = (counts.clone(), stuck.clone());
            builder(&place.store)
                .activity("count", move |_, input: Value| {
                    counted.add();
                    async move { Ok(input) }
                })
                .activity("stuck", move |context, _: Value| {
                    let seen = seen.clone();
                    async move {
                        seen.add();
                        if blocks {
                            std::future::pending::<()>().await;
                        }
                        Ok(context.idempotency_key().to_owned())
                    }
                })
                .open()
        };
        let engine = open(true).await.unwrap();
        engine.deploy(THREE).await.unwrap();
        let id = engine.start("three", json!({})).await.unwrap().id;
        until("b runs", || async { stuck.get() == 1 }).await;
        drop(engine);

        place.expire();
        let engine = open(false).await.unwrap();
        let outcome = end(&engine, id).await;
        assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &json!("c")));
        assert_eq!((counts.get(), stuck.get()), (2, 2));
        let view = engine.get(id).await.unwrap();
        assert_eq!((view.steps["b"].attempts, view.steps["a"].attempts), (2, 1));
        assert!(names(&engine, id).await.contains(&"attempt_lost"));
        sound(&engine).await;
    }
}

#[tokio::test]
async fn an_interrupted_work_that_is_not_idempotent_waits_for_an_operator() {
    for place in places() {
        let runs = Counter::default();
        let open = || {
            let counted = runs.clone();
            builder(&place.store)
                .activity("pay", move |_, _: Value| {
                    counted.add();
                    async move {
                        std::future::pending::<()>().await;
                        Ok(())
                    }
                })
                .open()
        };
        let engine = open().await.unwrap();
        engine
            .deploy("flow: f\nsteps: [{id: pay, type: activity, handler: pay, idempotent: false}]")
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until("it runs", || async { runs.get() == 1 }).await;
        drop(engine);
        place.expire();
        let engine = open().await.unwrap();
        until_step(&engine, id, "pay", "indeterminate").await;
        let operator = flowwright::protocol::Operator::new("ops", "it was paid");
        engine.complete_step(id, "pay", operator, json!("paid")).await.unwrap();
        assert_eq!(*end(&engine, id).await.output, json!("paid"));
        assert_eq!(runs.get(), 1);
    }
}

#[tokio::test]
async fn a_fenced_engine_changes_nothing_and_asks_the_owner() {
    for place in places() {
        let first = builder(&place.store).open().await.unwrap();
        first.deploy("flow: f\nsteps: [{id: s, type: signal, name: go}, {id: t, type: signal, name: go, needs: s}]").await.unwrap();
        let id = first.start("f", json!({})).await.unwrap().id;
        place.expire();
        let second = builder(&place.other).open().await.unwrap();
        assert_eq!(second.shards().len(), 16);

        // The first one does not know yet that it lost the shard.
        first.signal(id, "go", json!(1)).id("one").await.unwrap();
        until_step(&second, id, "s", "completed").await;
        assert!(first.shards().len() < 16);
        first.signal(id, "go", json!(2)).id("two").await.unwrap();
        let outcome = end(&first, id).await;
        assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &json!(2)));
        assert_eq!(second.get(id).await.unwrap().steps["s"].status, StepStatus::Completed);
        sound(&second).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_instances_go_on_while_new_ones_start() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine
            .deploy("flow: f\nsteps: [{id: t, type: timer, delay: 300ms}, {id: e, type: activity, handler: echo, with: 1, needs: t}]")
            .await
            .unwrap();
        let starts: Vec<_> = (0..1_500)
            .map(|_| {
                let engine = engine.clone();
                tokio::spawn(async move { engine.start("f", json!({})).await.unwrap().id })
            })
            .collect();
        let mut ids = Vec::new();
        for start in starts {
            ids.push(start.await.unwrap());
        }
        drop(engine);
        place.expire();
        let engine = builder(&place.store).open().await.unwrap();
        ids.push(engine.start("f", json!({})).await.unwrap().id);
        for id in ids {
            let outcome =
                tokio::time::timeout(Duration::from_secs(60), engine.wait(id)).await.unwrap().unwrap();
            assert_eq!(outcome.status, InstanceStatus::Completed);
        }
        sound(&engine).await;
    }
}
