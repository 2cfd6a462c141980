//! Instances by what is known of them.

use std::sync::Arc;

use super::Bed;
use super::make::*;
use crate::base::{ErrorKind, InstanceId};
use crate::protocol::InstanceStatus;
use crate::store::{Commit, InstanceFilter, Store, SummaryRow};

/// Twelve instances that differ in everything that can be asked for.
async fn fill(store: &Arc<dyn Store>) {
    for n in 1..=12u64 {
        let label = |name: &str, value: u64| (name.to_owned(), value.to_string());
        let row = SummaryRow {
            status: InstanceStatus::ALL[n as usize % 6],
            labels: [label("third", n % 3), label("half", n % 2)].into(),
            parent: (n % 4 == 0).then(|| id(n / 4)),
            started: at(1_000 * i64::try_from(n).unwrap()),
            ..row(if n <= 5 { "early" } else { "late" })
        };
        accept(store, start_as(id(n), row)).await;
    }
}

async fn found(store: &Arc<dyn Store>, filter: &InstanceFilter) -> Vec<InstanceId> {
    let page = store.instances(filter, &page(100, None)).await.unwrap();
    page.into_iter().map(|summary| summary.instance).collect()
}

fn ids<const N: usize>(ids: [u64; N]) -> Vec<InstanceId> {
    ids.map(id).to_vec()
}

pub(super) async fn instances_come_newest_first(bed: Bed) {
    let store = bed.open().await;
    for n in [5, 1, 9, 3] {
        accept(&store, start(id(n))).await;
    }
    assert_eq!(found(&store, &InstanceFilter::default()).await, ids([3, 9, 1, 5]));
    accept(&store, step(id(5), 1)).await;
    let page = store.instances(&InstanceFilter::default(), &page(10, None)).await.unwrap();
    assert_eq!(page.iter().map(|summary| summary.seq).collect::<Vec<_>>(), [1, 1, 1, 2]);
    assert_eq!(page[0].row, row("flow"));
}

pub(super) async fn each_filter_narrows(bed: Bed) {
    let store = bed.open().await;
    fill(&store).await;
    let any = InstanceFilter::default;
    let flow = |flow: &str| InstanceFilter { flow: Some(flow.to_owned()), ..any() };
    assert_eq!(found(&store, &any()).await, (1..=12).rev().map(id).collect::<Vec<_>>());
    assert_eq!(found(&store, &flow("early")).await, ids([5, 4, 3, 2, 1]));
    assert_eq!(found(&store, &flow("ear")).await, []);
    for (n, status) in (0..).zip(InstanceStatus::ALL) {
        let expected: Vec<_> = (1..=12).rev().filter(|other| other % 6 == n).map(id).collect();
        assert_eq!(
            found(&store, &InstanceFilter { status: vec![status], ..any() }).await,
            expected,
            "{status:?}"
        );
    }
    let two = vec![InstanceStatus::ALL[1], InstanceStatus::Completed];
    assert_eq!(found(&store, &InstanceFilter { status: two, ..any() }).await, ids([9, 7, 3, 1]));
    let third = [("third".to_owned(), "2".to_owned())].into();
    assert_eq!(found(&store, &InstanceFilter { labels: third, ..any() }).await, ids([11, 8, 5, 2]));
    let none = [("half".to_owned(), "2".to_owned())].into();
    assert_eq!(found(&store, &InstanceFilter { labels: none, ..any() }).await, []);
    assert_eq!(found(&store, &InstanceFilter { parent: Some(id(2)), ..any() }).await, ids([8]));
    assert_eq!(
        found(&store, &InstanceFilter { started_from: Some(at(11_000)), ..any() }).await,
        ids([12, 11])
    );
    assert_eq!(found(&store, &InstanceFilter { started_before: Some(at(2_000)), ..any() }).await, ids([1]));
}

pub(super) async fn filters_hold_together(bed: Bed) {
    let store = bed.open().await;
    fill(&store).await;
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let filter = InstanceFilter {
        flow: Some("late".to_owned()),
        status: vec![InstanceStatus::Pending, InstanceStatus::Suspended],
        labels: [label("half", "0"), label("third", "0")].into(),
        parent: Some(id(3)),
        started_from: Some(at(12_000)),
        started_before: Some(at(12_001)),
    };
    assert_eq!(found(&store, &filter).await, ids([12]));
    for narrower in [
        InstanceFilter { flow: Some("early".to_owned()), ..filter.clone() },
        InstanceFilter { status: vec![InstanceStatus::Completed], ..filter.clone() },
        InstanceFilter { labels: [label("half", "0"), label("third", "1")].into(), ..filter.clone() },
        InstanceFilter { parent: Some(id(1)), ..filter.clone() },
        InstanceFilter { started_before: Some(at(12_000)), ..filter.clone() },
    ] {
        assert_eq!(found(&store, &narrower).await, [], "{narrower:?}");
        assert_eq!(store.count(&narrower).await.unwrap(), 0);
    }
    assert_eq!(store.count(&filter).await.unwrap(), 1);
}

pub(super) async fn labels_that_change_are_found_by_what_they_are(bed: Bed) {
    let store = bed.open().await;
    let labelled = |labels: &[(&str, &str)]| {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        SummaryRow { labels, ..row("flow") }
    };
    let by = |name: &str, value: &str| InstanceFilter {
        labels: [(name.to_owned(), value.to_owned())].into(),
        ..InstanceFilter::default()
    };
    accept(&store, start_as(id(1), labelled(&[("a", "1"), ("b", "2")]))).await;
    let summary = Some(labelled(&[("b", "2"), ("a", "3"), ("c", "4")]));
    accept(&store, Commit { summary, ..touch(id(1), 1) }).await;
    for (name, value, expected) in [("a", "1", 0), ("a", "3", 1), ("b", "2", 1), ("c", "4", 1)] {
        assert_eq!(found(&store, &by(name, value)).await.len(), expected, "{name}={value}");
    }
    accept(&store, Commit { summary: Some(labelled(&[])), ..touch(id(1), 1) }).await;
    assert_eq!(found(&store, &by("b", "2")).await, []);
}

pub(super) async fn pages_of_instances_miss_and_repeat_nothing(bed: Bed) {
    let store = bed.open().await;
    fill(&store).await;
    let late = InstanceFilter { flow: Some("late".to_owned()), ..InstanceFilter::default() };
    for filter in [InstanceFilter::default(), late] {
        let all = found(&store, &filter).await;
        for limit in [1, 3, 5] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let part = store.instances(&filter, &page(limit, after)).await.unwrap();
                let Some(last) = part.last() else { break };
                after = Some(last.instance.to_string());
                seen.extend(part.iter().map(|summary| summary.instance));
            }
            assert_eq!(seen, all, "pages of {limit}");
        }
    }
    // What is new comes before the first page, and moves no other.
    let first = store.instances(&InstanceFilter::default(), &page(5, None)).await.unwrap();
    accept(&store, start(id(50))).await;
    let after = Some(first[4].instance.to_string());
    let second = store.instances(&InstanceFilter::default(), &page(5, after)).await.unwrap();
    assert_eq!(second[0].instance, id(7));
}

pub(super) async fn an_unknown_place_is_refused(bed: Bed) {
    let store = bed.open().await;
    for place in ["nonsense", &id(1).to_string()] {
        let answer = store.instances(&InstanceFilter::default(), &page(5, Some(place.to_owned()))).await;
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}

pub(super) async fn what_matches_is_counted(bed: Bed) {
    let store = bed.open().await;
    assert_eq!(store.count(&InstanceFilter::default()).await.unwrap(), 0);
    fill(&store).await;
    assert_eq!(store.count(&InstanceFilter::default()).await.unwrap(), 12);
    let running = InstanceFilter { status: vec![InstanceStatus::Running], ..InstanceFilter::default() };
    assert_eq!(store.count(&running).await.unwrap(), 2);
    let completed = InstanceFilter { status: vec![InstanceStatus::Completed], ..InstanceFilter::default() };
    assert_eq!(store.count(&completed).await.unwrap(), 2);
}

pub(super) async fn what_is_unknown_is_none(bed: Bed) {
    let store = bed.open().await;
    assert!(store.load(id(1)).await.unwrap().is_none());
    assert!(store.summary(id(1)).await.unwrap().is_none());
    assert!(store.task(task_id(id(1), 1)).await.unwrap().is_none());
    assert_eq!(store.history(id(1), 0, 10).await.unwrap(), []);
    assert_eq!(store.feed(0, 10).await.unwrap(), []);
    assert_eq!(store.newest().await.unwrap(), 0);
    assert_eq!(items(&store).await, []);
}
