//! Due times: what has to be loaded, and when.

use std::sync::Arc;

use super::Bed;
use super::make::*;
use crate::base::{InstanceId, Timestamp};
use crate::store::{Commit, Store, SummaryRow};

async fn parked(store: &Arc<dyn Store>, n: u64, wake: Option<i64>) {
    accept(store, start_as(id(n), SummaryRow { wake: wake.map(at), ..row("flow") })).await;
}

async fn due(store: &Arc<dyn Store>, until: i64) -> Vec<InstanceId> {
    store.due(&ALL, at(until), 1_000).await.unwrap().into_iter().map(|(_, id)| id).collect()
}

pub(super) async fn what_is_due_comes_earliest_first(bed: Bed) {
    let store = bed.open().await;
    for (n, wake) in [(1, Some(50)), (2, Some(10)), (3, None), (4, Some(30)), (5, Some(10)), (6, Some(-5))] {
        parked(&store, n, wake).await;
    }
    let all = [(at(-5), id(6)), (at(10), id(2)), (at(10), id(5)), (at(30), id(4)), (at(50), id(1))];
    assert_eq!(store.due(&ALL, at(50), 10).await.unwrap(), all);
    assert_eq!(store.due(&ALL, at(49), 10).await.unwrap(), all[..4]);
    assert_eq!(store.due(&ALL, at(50), 2).await.unwrap(), all[..2]);
    assert_eq!(store.due(&ALL, at(-6), 10).await.unwrap(), []);
    assert_eq!(store.due(&[], at(50), 10).await.unwrap(), []);
}

pub(super) async fn only_the_shards_asked_for_are_looked_at(bed: Bed) {
    let store = bed.open().await;
    for n in 1..=12 {
        parked(&store, n, Some(100 - i64::try_from(n).unwrap())).await;
    }
    for shard in ALL {
        let expected: Vec<_> = (1..=12).rev().map(id).filter(|id| id.shard(SHARDS) == shard).collect();
        let found = store.due(&[shard, shard], at(100), 100).await.unwrap();
        assert_eq!(found.iter().map(|(_, id)| *id).collect::<Vec<_>>(), expected, "shard {shard}");
        assert_eq!(store.next_wake(&[shard]).await.unwrap(), found.first().map(|(wake, _)| *wake));
    }
}

pub(super) async fn what_is_due_comes_in_pages(bed: Bed) {
    let store = bed.open().await;
    for n in 1..=23 {
        parked(&store, n, Some([0, 0, 5, 9][n as usize % 4])).await;
    }
    let all = store.due(&ALL, at(9), 100).await.unwrap();
    assert_eq!(all.len(), 23);
    for limit in [1, 4, 22] {
        let (mut seen, mut after): (Vec<(Timestamp, InstanceId)>, _) = (Vec::new(), None);
        loop {
            let page = store.due_after(&ALL, after, at(9), limit).await.unwrap();
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            after = Some(*last);
            seen.extend(page);
        }
        assert_eq!(seen, all, "pages of {limit}");
    }
    let behind = store.due_after(&ALL, Some((at(5), id(99))), at(9), 100).await.unwrap();
    assert!(behind.iter().all(|(wake, _)| *wake >= at(5)), "an unknown instance stands for its time");
}

pub(super) async fn instances_in_memory_are_found_first(bed: Bed) {
    let store = bed.open().await;
    parked(&store, 1, Some(10)).await;
    parked(&store, 2, Some(0)).await;
    parked(&store, 3, Some(0)).await;
    store.close().await.unwrap();
    let store = bed.open().await;
    assert_eq!(due(&store, 10).await, [id(2), id(3), id(1)]);
    assert_eq!(store.next_wake(&ALL).await.unwrap(), Some(Timestamp::EPOCH));
    assert_eq!(store.next_wake_after(&ALL, Timestamp::EPOCH).await.unwrap(), Some(at(10)));
}

pub(super) async fn another_time_replaces_the_first(bed: Bed) {
    let store = bed.open().await;
    parked(&store, 1, Some(0)).await;
    parked(&store, 2, Some(20)).await;
    let row = |wake| Some(SummaryRow { wake, ..row("flow") });
    accept(&store, Commit { summary: row(Some(at(30))), ..touch(id(1), 1) }).await;
    assert_eq!(due(&store, 30).await, [id(2), id(1)]);
    accept(&store, Commit { summary: row(None), ..step(id(2), 1) }).await;
    assert_eq!(due(&store, 30).await, [id(1)]);
    assert_eq!(store.next_wake(&ALL).await.unwrap(), Some(at(30)));
}

pub(super) async fn the_next_time_is_known(bed: Bed) {
    let store = bed.open().await;
    assert_eq!(store.next_wake(&ALL).await.unwrap(), None);
    parked(&store, 1, None).await;
    assert_eq!(store.next_wake(&ALL).await.unwrap(), None);
    for (n, wake, next) in [(2, 70, 70), (3, 80, 70), (4, 60, 60)] {
        parked(&store, n, Some(wake)).await;
        assert_eq!(store.next_wake(&ALL).await.unwrap(), Some(at(next)));
    }
    assert_eq!(store.next_wake(&[]).await.unwrap(), None);
}

pub(super) async fn the_next_time_behind_another_is_known(bed: Bed) {
    let store = bed.open().await;
    for (n, wake) in [(1, 10), (2, 10), (3, 20), (4, 30)] {
        parked(&store, n, Some(wake)).await;
    }
    for (after, next) in [(9, Some(10)), (10, Some(20)), (25, Some(30)), (30, None)] {
        assert_eq!(store.next_wake_after(&ALL, at(after)).await.unwrap(), next.map(at), "after {after}");
    }
}
