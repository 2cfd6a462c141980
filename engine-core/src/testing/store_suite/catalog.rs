//! Definitions: versions and labels.

use std::sync::Arc;

use super::Bed;
use super::make::*;
use crate::base::ErrorKind;
use crate::store::{DefinitionRecord, DefinitionSummary, Store};

fn record(flow: &str, digest: &str) -> DefinitionRecord {
    DefinitionRecord {
        flow: flow.to_owned(),
        version: 77,
        digest: digest.to_owned(),
        document: format!("{{\"flow\":\"{flow}\",\"digest\":\"{digest}\"}}"),
        deployed: at(5),
    }
}

async fn put(store: &Arc<dyn Store>, flow: &str, digest: &str) -> u32 {
    store.put_definition(&record(flow, digest)).await.unwrap()
}

pub(super) async fn versions_count_from_one(bed: Bed) {
    let store = bed.open().await;
    for (version, digest) in (1..).zip(["a", "b", "c"]) {
        assert_eq!(put(&store, "flow", digest).await, version);
    }
}

pub(super) async fn the_same_digest_is_the_same_version(bed: Bed) {
    let store = bed.open().await;
    assert_eq!(put(&store, "flow", "a").await, 1);
    assert_eq!(put(&store, "flow", "b").await, 2);
    assert_eq!(put(&store, "flow", "a").await, 1);
    assert_eq!(put(&bed.open().await, "flow", "b").await, 2);
    assert_eq!(put(&store, "flow", "c").await, 3);
}

pub(super) async fn flows_count_their_own_versions(bed: Bed) {
    let store = bed.open().await;
    put(&store, "one", "a").await;
    put(&store, "one", "b").await;
    assert_eq!(put(&store, "two", "a").await, 1);
    assert_eq!(put(&store, "one-more", "x").await, 1);
}

pub(super) async fn a_definition_is_found_by_version_or_as_the_newest(bed: Bed) {
    let store = bed.open().await;
    put(&store, "flow", "a").await;
    put(&store, "flow", "b").await;
    put(&store, "flow2", "z").await;
    let first = DefinitionRecord { version: 1, ..record("flow", "a") };
    let second = DefinitionRecord { version: 2, ..record("flow", "b") };
    assert_eq!(store.definition("flow", Some(1)).await.unwrap(), Some(first));
    assert_eq!(store.definition("flow", None).await.unwrap(), Some(second.clone()));
    assert_eq!(store.definition("flow", Some(2)).await.unwrap(), Some(second));
    for (flow, version) in [("flow", Some(3)), ("flow", Some(0)), ("flo", None), ("", None)] {
        assert_eq!(store.definition(flow, version).await.unwrap(), None);
    }
}

pub(super) async fn a_label_moves_from_version_to_version(bed: Bed) {
    let store = bed.open().await;
    put(&store, "flow", "a").await;
    put(&store, "flow", "b").await;
    put(&store, "other", "a").await;
    assert_eq!(store.labelled("flow", "live").await.unwrap(), None);
    for version in [2, 1] {
        store.set_label("flow", version, "live").await.unwrap();
        assert_eq!(store.labelled("flow", "live").await.unwrap(), Some(version));
    }
    store.set_label("flow", 1, "blue").await.unwrap();
    assert_eq!(store.labelled("flow", "blue").await.unwrap(), Some(1));
    assert_eq!(store.labelled("other", "live").await.unwrap(), None);
}

pub(super) async fn a_label_needs_its_version(bed: Bed) {
    let store = bed.open().await;
    put(&store, "flow", "a").await;
    for (flow, version) in [("flow", 2), ("other", 1)] {
        let error = store.set_label(flow, version, "live").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    assert_eq!(store.labelled("flow", "live").await.unwrap(), None);
}

pub(super) async fn all_definitions_are_listed(bed: Bed) {
    let store = bed.open().await;
    assert_eq!(store.definitions().await.unwrap(), []);
    for (flow, digest) in [("two", "a"), ("one", "a"), ("one", "b")] {
        put(&store, flow, digest).await;
    }
    store.set_label("one", 2, "live").await.unwrap();
    store.set_label("one", 2, "blue").await.unwrap();
    let summary = |flow: &str, version, labels: &[&str]| DefinitionSummary {
        flow: flow.to_owned(),
        version,
        deployed: at(5),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let all = [summary("one", 1, &[]), summary("one", 2, &["blue", "live"]), summary("two", 1, &[])];
    assert_eq!(store.definitions().await.unwrap(), all);
}

pub(super) async fn definitions_outlive_their_store(bed: Bed) {
    let store = bed.open().await;
    put(&store, "flow", "a").await;
    store.set_label("flow", 1, "live").await.unwrap();
    store.close().await.unwrap();
    let store = bed.open().await;
    assert!(store.definition("flow", None).await.unwrap().is_some());
    assert_eq!(store.labelled("flow", "live").await.unwrap(), Some(1));
}
