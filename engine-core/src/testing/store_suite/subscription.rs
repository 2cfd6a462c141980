//! Subscriptions: who waits for a message.

use std::sync::Arc;

use super::Bed;
use super::make::*;
use crate::base::InstanceId;
use crate::store::{Commit, Store, SubscriptionRow};

fn waits(activation: u32, name: &str, correlation: &str) -> SubscriptionRow {
    SubscriptionRow { activation, name: name.to_owned(), correlation: correlation.to_owned() }
}

async fn change(store: &Arc<dyn Store>, instance: InstanceId, subscriptions: Vec<(SubscriptionRow, bool)>) {
    let expected = seq(store, instance).await;
    let commit = if expected == 0 { start(instance) } else { step(instance, expected) };
    accept(store, Commit { subscriptions, ..commit }).await;
}

async fn found(store: &Arc<dyn Store>, name: &str, correlation: &str) -> Vec<InstanceId> {
    store.subscribers(name, correlation).await.unwrap()
}

pub(super) async fn a_subscriber_is_found_by_name_and_correlation(bed: Bed) {
    let store = bed.open().await;
    change(&store, id(2), vec![(waits(1, "paid", "7"), true)]).await;
    change(&store, id(1), vec![(waits(1, "paid", "7"), true), (waits(2, "sent", "7"), true)]).await;
    change(&store, id(3), vec![(waits(1, "paid", "8"), true)]).await;
    assert_eq!(found(&store, "paid", "7").await, [id(1), id(2)]);
    assert_eq!(found(&bed.open().await, "paid", "8").await, [id(3)]);
    assert_eq!(found(&store, "sent", "7").await, [id(1)]);
}

pub(super) async fn a_subscription_ends(bed: Bed) {
    let store = bed.open().await;
    change(&store, id(1), vec![(waits(1, "paid", "7"), true), (waits(1, "sent", "7"), true)]).await;
    change(&store, id(2), vec![(waits(1, "paid", "7"), true)]).await;
    change(&store, id(1), vec![(waits(1, "paid", "7"), false)]).await;
    assert_eq!(found(&store, "paid", "7").await, [id(2)]);
    assert_eq!(found(&store, "sent", "7").await, [id(1)]);
    // Within one commit the order counts.
    change(&store, id(2), vec![(waits(2, "paid", "7"), true), (waits(2, "paid", "7"), false)]).await;
    change(&store, id(2), vec![(waits(1, "paid", "7"), false), (waits(9, "never", "begun"), false)]).await;
    assert_eq!(found(&store, "paid", "7").await, []);
}

pub(super) async fn an_instance_that_waits_twice_is_found_once(bed: Bed) {
    let store = bed.open().await;
    change(&store, id(1), vec![(waits(1, "paid", "7"), true), (waits(2, "paid", "7"), true)]).await;
    assert_eq!(found(&store, "paid", "7").await, [id(1)]);
    change(&store, id(1), vec![(waits(1, "paid", "7"), false)]).await;
    assert_eq!(found(&store, "paid", "7").await, [id(1)]);
}

pub(super) async fn subscribing_twice_is_subscribing_once(bed: Bed) {
    let store = bed.open().await;
    change(&store, id(1), vec![(waits(1, "paid", "7"), true), (waits(1, "paid", "7"), true)]).await;
    change(&store, id(1), vec![(waits(1, "paid", "7"), true)]).await;
    change(&store, id(1), vec![(waits(1, "paid", "7"), false)]).await;
    assert_eq!(found(&store, "paid", "7").await, []);
}

pub(super) async fn nobody_is_found_under_other_words(bed: Bed) {
    let store = bed.open().await;
    change(&store, id(1), vec![(waits(1, "paid", "7"), true)]).await;
    for (name, correlation) in [("paid", ""), ("Paid", "7"), ("pai", "7"), ("paid", "77"), ("", "")] {
        assert_eq!(found(&store, name, correlation).await, [], "{name:?} {correlation:?}");
    }
}
