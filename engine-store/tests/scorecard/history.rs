//! Histories: how they grow, are written and are read.

use std::collections::BTreeMap;

use flowwright::base::{InstanceId, Span};
use flowwright::engine::{Config, Engine};
use flowwright::store::{
    Commit, CommitOutcome, FencingToken, HistoryRow, LeaseRequest, OwnerId, Rejection, SummaryRow, Uuid,
};
use serde_json::json;

use crate::support::{SUM, builder, completes, pair, places};
use crate::world::{World, pass, reaches};

/// How large an instance is that has gone round so often: its snapshot in bytes, and the events behind it.
async fn size_after(passes: u64) -> (usize, u64) {
    let mut world = World::new();
    let config =
        Config { workers: 1, snapshot_after: 200, park_after: Span::from_secs(5), ..Config::default() };
    let engine = world
        .open_with(|builder| builder.config(config).activity("add", |_, n: u64| async move { Ok(n + 1) }))
        .await
        .engine;
    let flow = format!(
        "flow: f\nvars: {{n: 0}}\nsteps:\n  - {{id: l, type: loop, while: vars.n < {passes}, max_iterations: 1000000, steps: [{{id: a, type: activity, handler: add, with: '${{ vars.n }}', set: {{n: output}}}}]}}\n  - {{id: s, type: signal, name: go, needs: l}}\n"
    );
    engine.deploy(flow).await.unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    reaches(&engine, id, "s", "active").await;
    assert_eq!(engine.get(id).await.unwrap().vars["n"].as_u64(), Some(passes));
    pass(20_000).await;
    let loaded = world.store().load(id).await.unwrap().unwrap();
    let behind = loaded.tail.iter().map(|row| row.last_seq - row.first_seq + 1).sum();
    assert!(loaded.summary.seq > 4 * passes, "{} events", loaded.summary.seq);
    (loaded.snapshot.unwrap().state.len(), behind)
}

#[tokio::test(start_paused = true)]
async fn his02_what_is_read_to_go_on_does_not_grow_with_the_passes_of_a_loop() {
    let (short, long) = (size_after(300).await, size_after(6_000).await);
    assert!(long.0 < short.0 + 100, "the state grows: {short:?}, {long:?}");
    assert!(short.1 < 1_000 && long.1 < 1_000, "the tail grows: {short:?}, {long:?}");
}

#[tokio::test]
async fn his03_an_append_counts_once_and_needs_its_epoch_and_its_place() {
    for place in places() {
        let id = InstanceId::new(Uuid::from_u128(1));
        let claim = |owner: u128| LeaseRequest {
            owner: OwnerId(Uuid::from_u128(owner)),
            shards: 1,
            want: 1,
            length: Span::from_secs(60),
        };
        let old = place.store.claim(&claim(1)).await.unwrap()[0].fence;
        let append = |seq: u64, fence: FencingToken| Commit {
            instance: Some(id),
            expected_seq: seq - 1,
            fence: Some(fence),
            history: Some(HistoryRow {
                first_seq: seq,
                last_seq: seq,
                events: seq.to_string().into_bytes(),
                ..HistoryRow::default()
            }),
            summary: Some(SummaryRow { flow: "f".into(), version: 1, ..SummaryRow::default() }),
            ..Commit::default()
        };
        let send = async |seq, fence| place.store.commit(vec![append(seq, fence)]).await.unwrap().remove(0);
        let accepted = |outcome: &CommitOutcome| matches!(outcome, CommitOutcome::Accepted { .. });
        for seq in 1..=3 {
            assert!(accepted(&send(seq, old).await));
        }
        // Sent again, with a gap, and by one whose time is over.
        for seq in [1, 3, 5, 9] {
            let outcome = send(seq, old).await;
            assert_eq!(outcome, CommitOutcome::Rejected(Rejection::SequenceMismatch { actual: 3 }), "{seq}");
        }
        place.expire();
        let new = place.other.claim(&claim(2)).await.unwrap()[0].fence;
        assert!(new > old);
        assert_eq!(send(4, old).await, CommitOutcome::Rejected(Rejection::Fenced));
        assert!(accepted(&send(4, new).await));
        let rows = place.store.history(id, 0, 100).await.unwrap();
        let kept: Vec<_> = rows.iter().map(|row| (row.first_seq, row.events.clone())).collect();
        assert_eq!(kept, [1_u64, 2, 3, 4].map(|seq| (seq, seq.to_string().into_bytes())));
    }
}

/// Reads what there is from a position on, in bites, each by a reader of its own.
async fn read_on(engine: &Engine, position: &mut u64, seen: &mut BTreeMap<InstanceId, u64>) -> usize {
    let mut ended = 0;
    loop {
        let (mut events, mut bite) = (engine.events(*position), 0);
        while bite < 7
            && let Some(event) = events.try_next().await.unwrap()
        {
            let last = seen.entry(event.instance).or_default();
            // A row is read as a whole: who stops within one reads its beginning again.
            if event.seq > *last {
                assert_eq!(event.seq, *last + 1, "a gap in {}", event.instance);
                *last = event.seq;
                ended += usize::from(event.event.name() == "instance_ended");
            }
            bite += 1;
        }
        *position = events.position();
        if bite == 0 {
            return ended;
        }
    }
}

#[tokio::test]
async fn his04_a_reader_goes_on_from_where_it_was_while_others_write() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(SUM).await.unwrap();
        let runs: Vec<_> = (0..60)
            .map(|n| {
                let engine = engine.clone();
                tokio::spawn(async move { completes(&engine, "sum", pair(n, 0)).await })
            })
            .collect();
        let (mut position, mut seen, mut ended) = (0, BTreeMap::new(), 0);
        while ended < 60 {
            ended += read_on(&engine, &mut position, &mut seen).await;
            tokio::task::yield_now().await;
        }
        for run in runs {
            run.await.unwrap();
        }
        assert_eq!((ended, read_on(&engine, &mut position, &mut seen).await), (60, 0));
        assert_eq!(seen.len(), 60);
        for (id, last) in seen {
            assert_eq!(engine.history(id).await.unwrap().len() as u64, last);
        }
    }
}
