//! Opening, closing, and news of other processes.

use std::sync::Arc;
use std::time::Duration;

use super::Bed;
use super::make::*;
use crate::base::{ErrorKind, Result, Span};
use crate::store::{Commit, InstanceFilter, Store, TaskFilter};

fn assert_closed<T: std::fmt::Debug>(call: &str, answer: Result<T>) {
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::ShuttingDown, "{call}");
}

pub(super) async fn a_closed_store_answers_nothing(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    store.close().await.unwrap();
    assert_closed("commit", store.commit(vec![step(id(1), 1)]).await);
    assert_closed("load", store.load(id(1)).await);
    assert_closed("summary", store.summary(id(1)).await);
    assert_closed("history", store.history(id(1), 0, 1).await);
    assert_closed("feed", store.feed(0, 1).await);
    assert_closed("newest", store.newest().await);
    assert_closed("due", store.due(&ALL, at(0), 1).await);
    assert_closed("deliver", store.deliver(vec![item(id(1), "x")]).await);
    assert_closed("inbox", store.inbox(&ALL, 0, 1).await);
    assert_closed("instances", store.instances(&InstanceFilter::default(), &page(1, None)).await);
    assert_closed("tasks", store.tasks(&TaskFilter::default(), &page(1, None)).await);
    assert_closed("definitions", store.definitions().await);
    assert_closed("claim", store.claim(&request(owner(1), 1)).await);
    assert_closed("now", store.now().await);
}

pub(super) async fn closing_twice_is_closing_once(bed: Bed) {
    let store = bed.open().await;
    store.close().await.unwrap();
    store.close().await.unwrap();
}

pub(super) async fn closing_writes_what_is_under_way(bed: Bed) {
    let store = bed.open().await;
    let writers: Vec<_> = (1..=30u64)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { (n, store.commit(vec![start(id(n))]).await) })
        })
        .collect();
    tokio::task::yield_now().await;
    store.close().await.unwrap();
    let store = bed.open().await;
    for writer in writers {
        match writer.await.unwrap() {
            (n, Ok(_)) => assert_eq!(seq(&store, id(n)).await, 1),
            (n, Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::ShuttingDown);
                assert_eq!(seq(&store, id(n)).await, 0, "what was refused is not there");
            }
        }
    }
}

pub(super) async fn data_is_there_after_closing(bed: Bed) {
    let store = bed.open().await;
    accept(&store, Commit { outbox: vec![item(id(2), "hello")], ..start(id(1)) }).await;
    store.close().await.unwrap();
    drop(store);
    let store = bed.open().await;
    assert_eq!(seq(&store, id(1)).await, 1);
    assert_eq!(inputs(&store).await, ["hello"]);
    accept(&store, step(id(1), 1)).await;
}

/// Whether `changed` resolves. A store without a channel for news never does: the wait is bounded.
async fn is_told(store: &Arc<dyn Store>) -> bool {
    tokio::time::timeout(Duration::from_secs(5), store.changed()).await.is_ok()
}

pub(super) async fn a_delivery_of_another_store_is_noticed(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    let waiting = tokio::spawn(async move { is_told(&one).await });
    tokio::task::yield_now().await;
    other.deliver(vec![item(id(1), "hello")]).await.unwrap();
    assert!(waiting.await.unwrap());
}

pub(super) async fn a_released_lease_of_another_store_is_noticed(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    claim(&other, 2, 4).await;
    let waiting = tokio::spawn(async move { is_told(&one).await });
    tokio::task::yield_now().await;
    other.release(owner(2), &[1]).await.unwrap();
    assert!(waiting.await.unwrap());
}

pub(super) async fn a_notice_is_not_lost_between_two_waits(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    for _ in 0..3 {
        one.deliver(vec![item(id(1), "own")]).await.unwrap();
        accept(&other, Commit { outbox: vec![item(id(1), "hello")], ..start(id(seq_of(&other).await + 1)) })
            .await;
        one.deliver(vec![item(id(1), "own")]).await.unwrap();
        assert!(is_told(&one).await);
    }
}

async fn seq_of(store: &Arc<dyn Store>) -> u64 {
    store.count(&InstanceFilter::default()).await.unwrap()
}

pub(super) async fn the_clock_moves(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    let before = one.now().await.unwrap();
    if bed.advance(Span::from_secs(60)) {
        assert_eq!(one.now().await.unwrap().since(before), Span::from_secs(60));
        assert_eq!(other.now().await.unwrap(), one.now().await.unwrap());
    } else {
        assert!(one.now().await.unwrap() >= before);
    }
}
