//! What operators do.

use flowwright::base::ErrorKind;
use flowwright::engine::AbortOptions;
use flowwright::protocol::{ActivityError, InstanceStatus, Operator};
use serde_json::{Value, json};

use crate::support::{Counter, builder, end, names, places, until_step};

fn ops() -> Operator {
    Operator::new("ops", "test")
}

#[tokio::test]
async fn a_failed_instance_is_taken_up_again() {
    for place in places() {
        let tries = Counter::default();
        let counted = tries.clone();
        let engine = builder(&place.store)
            .activity("second", move |_, _: Value| {
                let tries = counted.clone();
                async move {
                    if tries.add() == 1 {
                        Err(ActivityError::fatal("down", "not now"))
                    } else {
                        Ok(json!("done"))
                    }
                }
            })
            .open()
            .await
            .unwrap();
        engine
            .deploy("flow: f\nsteps: [{id: a, type: activity, handler: second}, {id: b, type: activity, handler: echo, with: 2, needs: a}]")
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        assert_eq!(end(&engine, id).await.error.unwrap().code, "down");
        assert_eq!(engine.retry(id, "b", ops(), false).await.unwrap_err().kind(), ErrorKind::StepState);
        engine.retry(id, "a", ops(), false).await.unwrap();
        assert_eq!(*end(&engine, id).await.output, json!(2));
        assert_eq!(engine.retry(id, "a", ops(), false).await.unwrap_err().kind(), ErrorKind::InstanceClosed);
    }
}

#[tokio::test]
async fn failed_steps_are_skipped_or_completed_by_hand() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine
            .deploy("flow: f\nsteps: [{id: a, type: activity, handler: fail}, {id: b, type: activity, handler: echo, with: '${ steps.a.output }', needs: a}]")
            .await
            .unwrap();
        for by_hand in [true, false] {
            let id = engine.start("f", json!({})).await.unwrap().id;
            end(&engine, id).await;
            if by_hand {
                engine.complete_step(id, "a", ops(), json!(5)).await.unwrap();
            } else {
                engine.skip(id, "a", ops()).await.unwrap();
            }
            assert_eq!(*end(&engine, id).await.output, if by_hand { json!(5) } else { json!(null) });
        }
    }
}

#[tokio::test]
async fn a_suspended_instance_goes_on_from_where_it_was() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy("flow: f\nsteps: [{id: s, type: signal, name: go}]").await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until_step(&engine, id, "s", "active").await;
        engine.suspend(id, ops()).await.unwrap();
        assert_eq!(engine.summary(id).await.unwrap().row.status, InstanceStatus::Suspended);
        engine.signal(id, "go", json!(1)).await.unwrap();
        assert!(names(&engine, id).await.contains(&"input_deferred"));
        engine.resume(id, ops()).await.unwrap();
        assert_eq!(*end(&engine, id).await.output, json!(1));
    }
}

#[tokio::test]
async fn an_aborted_instance_is_compensated_if_asked_for() {
    for place in places() {
        let undone = Counter::default();
        let counted = undone.clone();
        let engine = builder(&place.store)
            .activity("undo", move |_, _: Value| {
                counted.add();
                async { Ok(()) }
            })
            .open()
            .await
            .unwrap();
        engine
            .deploy(
                "flow: f\nsteps:\n  - {id: a, type: activity, handler: echo, with: 1, compensate: {handler: undo}}\n  \
                 - {id: s, type: signal, name: never, needs: a}",
            )
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until_step(&engine, id, "s", "active").await;
        engine.abort(id, ops(), AbortOptions { compensate: true, force: false }).await.unwrap();
        let live = end(&engine, id).await;
        assert_eq!((live.status, live.operator.clone()), (InstanceStatus::Aborted, Some(ops())));
        assert_eq!(engine.outcome(id).await.unwrap(), Some(live), "read back it is the same");
        assert_eq!(undone.get(), 1);
        assert!(engine.get(id).await.unwrap().steps["a"].compensated);
    }
}
