//! Following everything that happens.

use std::time::Duration;

use serde_json::json;

use crate::support::{SUM, builder, completes, end, pair, places};

#[tokio::test]
async fn events_come_in_order_and_can_be_taken_up_again() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        completes(&engine, "sum", pair(1, 2)).await;
        let mut events = engine.events(0);
        let mut seen = Vec::new();
        for _ in 0..6 {
            seen.push(events.next().await.unwrap());
        }
        assert!(events.try_next().await.unwrap().is_none());
        assert_eq!(seen.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert!(seen.windows(2).all(|pair| pair[0].position <= pair[1].position));

        // What comes next wakes whoever waits.
        let waiting = tokio::spawn(async move { (events.next().await.unwrap(), events) });
        let id = engine.start("sum", pair(5, 5)).await.unwrap().id;
        let (next, events) = waiting.await.unwrap();
        assert_eq!((next.instance, next.seq, next.event.name()), (id, 1, "instance_started"));
        end(&engine, id).await;

        // Somebody who stopped in between misses nothing.
        let mut again = engine.events(events.position());
        let mut rest = Vec::new();
        while let Some(event) = again.try_next().await.unwrap() {
            rest.push(event.seq);
        }
        assert_eq!(rest.last(), Some(&6));
        assert!(rest.len() >= 5, "{rest:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_sees_every_event_once() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        let follower = {
            let mut events = engine.events(0);
            tokio::spawn(async move {
                let mut ended = 0;
                let mut last: std::collections::BTreeMap<_, u64> = Default::default();
                while ended < 300 {
                    let event = events.next().await.unwrap();
                    let seq = last.entry(event.instance).or_default();
                    assert_eq!(event.seq, *seq + 1);
                    *seq = event.seq;
                    ended += usize::from(event.event.name() == "instance_ended");
                }
            })
        };
        let runs: Vec<_> = (0..300)
            .map(|n| {
                let engine = engine.clone();
                tokio::spawn(async move { completes(&engine, "sum", pair(n, 0)).await })
            })
            .collect();
        for (n, run) in runs.into_iter().enumerate() {
            assert_eq!(run.await.unwrap(), json!(n + 100));
        }
        tokio::time::timeout(Duration::from_secs(30), follower).await.unwrap().unwrap();
    }
}
