//! Keys: one instance of a flow for each.

use super::Bed;
use super::make::*;
use crate::store::{Commit, CommitOutcome, Rejection, SummaryRow};

fn keyed(n: u64, flow: &str, key: &str) -> Commit {
    start_as(id(n), SummaryRow { key: Some(key.to_owned()), ..row(flow) })
}

pub(super) async fn a_key_is_taken_once_per_flow(bed: Bed) {
    let store = bed.open().await;
    accept(&store, keyed(1, "flow", "k")).await;
    assert_eq!(reject(&store, keyed(2, "flow", "k")).await, Rejection::KeyExists { instance: id(1) });
    accept(&store, keyed(2, "flow", "K")).await;
    assert_eq!(store.find_by_key("flow", "k").await.unwrap(), Some(id(1)));
    assert_eq!(store.find_by_key("flow", "K").await.unwrap(), Some(id(2)));
}

pub(super) async fn of_two_in_one_batch_the_first_gets_the_key(bed: Bed) {
    let store = bed.open().await;
    let batch = vec![keyed(2, "flow", "k"), keyed(1, "flow", "k"), step(id(1), 1), step(id(2), 1)];
    let outcomes = store.commit(batch).await.unwrap();
    let taken = CommitOutcome::Rejected(Rejection::KeyExists { instance: id(2) });
    assert!(accepted(&outcomes[0]) && accepted(&outcomes[3]), "{outcomes:?}");
    assert_eq!((&outcomes[1], &outcomes[2]), (&taken, &taken));
}

pub(super) async fn flows_have_keys_of_their_own(bed: Bed) {
    let store = bed.open().await;
    accept(&store, keyed(1, "flow", "k")).await;
    accept(&store, keyed(2, "other", "k")).await;
    accept(&store, start(id(3))).await;
    accept(&store, start(id(4))).await;
    assert_eq!(store.find_by_key("flow", "k").await.unwrap(), Some(id(1)));
    assert_eq!(store.find_by_key("other", "k").await.unwrap(), Some(id(2)));
    assert_eq!(store.find_by_key("third", "k").await.unwrap(), None);
    assert_eq!(store.find_by_key("flow", "").await.unwrap(), None);
}

pub(super) async fn an_instance_keeps_its_key(bed: Bed) {
    let store = bed.open().await;
    accept(&store, keyed(1, "flow", "k")).await;
    let ended = Commit { summary: keyed(1, "flow", "k").summary, ..step(id(1), 1) };
    accept(&store, ended).await;
    assert_eq!(reject(&store, keyed(2, "flow", "k")).await, Rejection::KeyExists { instance: id(1) });
}

pub(super) async fn a_key_cannot_be_taken_over(bed: Bed) {
    let store = bed.open().await;
    accept(&store, keyed(1, "flow", "k")).await;
    accept(&store, start(id(2))).await;
    let taking = Commit { summary: keyed(2, "flow", "k").summary, ..step(id(2), 1) };
    assert_eq!(reject(&store, taking).await, Rejection::KeyExists { instance: id(1) });
    assert_eq!(seq(&store, id(2)).await, 1);
}

pub(super) async fn a_rejected_key_leaves_nothing(bed: Bed) {
    let store = bed.open().await;
    accept(&store, keyed(1, "flow", "k")).await;
    let twice = Commit { outbox: vec![item(id(3), "hello")], ..keyed(2, "flow", "k") };
    reject(&store, twice).await;
    assert!(store.summary(id(2)).await.unwrap().is_none());
    assert_eq!(items(&store).await, []);
    assert_eq!(store.count(&Default::default()).await.unwrap(), 1);
    accept(&store, keyed(2, "flow", "l")).await;
}
