//! Stopping in good order.

use std::time::Duration;

use flowwright::base::ErrorKind;
use flowwright::protocol::InstanceStatus;
use serde_json::{Value, json};

use crate::support::{Counter, builder, end, names, places, until};

const TWO: &str = "flow: f\nsteps: [{id: a, type: activity, handler: own}, {id: b, type: activity, handler: echo, with: 2, needs: a}]";

#[tokio::test]
async fn what_runs_may_finish_and_the_next_engine_goes_on_at_once() {
    for place in places() {
        let runs = Counter::default();
        let counted = runs.clone();
        let engine = builder(&place.store)
            .activity("own", move |_, _: Value| {
                counted.add();
                async {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    Ok(1)
                }
            })
            .open()
            .await
            .unwrap();
        engine.deploy(TWO).await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until("it runs", || async { runs.get() == 1 }).await;
        engine.shutdown(Duration::from_secs(30)).await.unwrap();
        assert_eq!(engine.start("f", json!({})).await.unwrap_err().kind(), ErrorKind::ShuttingDown);

        let engine = builder(&place.store).open().await.unwrap();
        assert_eq!(engine.shards().len(), 16);
        let outcome = end(&engine, id).await;
        assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &json!(2)));
        assert!(engine.get(id).await.unwrap().steps["a"].attempts == 1, "{:?}", names(&engine, id).await);
        assert_eq!(runs.get(), 1);
    }
}

#[tokio::test]
async fn what_does_not_finish_is_told_and_runs_elsewhere() {
    for place in places() {
        let (runs, told) = (Counter::default(), Counter::default());
        let open = || {
            let (runs, told) = (runs.clone(), told.clone());
            builder(&place.store)
                .activity("own", move |context, _: Value| {
                    let (runs, told) = (runs.clone(), told.clone());
                    async move {
                        if runs.add() == 1 {
                            context.cancelled().await;
                            told.add();
                            std::future::pending::<()>().await;
                        }
                        Ok(1)
                    }
                })
                .open()
        };
        let engine = open().await.unwrap();
        engine.deploy(TWO).await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until("it runs", || async { runs.get() == 1 }).await;
        engine.shutdown(Duration::from_millis(20)).await.unwrap();
        assert_eq!(told.get(), 1);
        let engine = open().await.unwrap();
        assert_eq!(*end(&engine, id).await.output, json!(2));
        assert_eq!(runs.get(), 2);
    }
}
