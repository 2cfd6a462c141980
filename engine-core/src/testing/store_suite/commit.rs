//! Commits: atomic, in order, each accepted or rejected on its own.

use super::Bed;
use super::make::*;
use crate::base::ErrorKind;
use crate::protocol::InstanceStatus;
use crate::store::{
    Commit, CommitOutcome, HistoryRow, Rejection, SnapshotRow, SubscriptionRow, SummaryRow, TaskWrite,
};

fn subscription(name: &str) -> SubscriptionRow {
    SubscriptionRow { activation: 1, name: name.to_owned(), correlation: "42".to_owned() }
}

/// A commit that writes all there is to write.
fn full(n: u64) -> Commit {
    Commit {
        history: Some(events(1, 3)),
        snapshot: Some(SnapshotRow { seq: 2, state: b"state".to_vec() }),
        tasks: vec![TaskWrite::Put(Box::new(task(id(n), 1)))],
        subscriptions: vec![(subscription("paid"), true)],
        outbox: vec![item(id(n + 1), "hello")],
        ..start_as(id(n), SummaryRow { key: Some(format!("key {n}")), wake: Some(at(5)), ..row("flow") })
    }
}

async fn assert_full(store: &std::sync::Arc<dyn crate::store::Store>, n: u64) {
    let loaded = store.load(id(n)).await.unwrap().unwrap();
    assert_eq!(loaded.summary.instance, id(n));
    assert_eq!(loaded.summary.seq, 3);
    assert_eq!(Some(&loaded.summary.row), full(n).summary.as_ref());
    assert_eq!(loaded.snapshot, full(n).snapshot);
    let row = HistoryRow { instance: Some(id(n)), position: loaded.tail[0].position, ..events(1, 3) };
    assert_eq!(loaded.tail, [row], "the row that holds what follows the snapshot");
    assert_eq!(store.find_by_key("flow", &format!("key {n}")).await.unwrap(), Some(id(n)));
    assert_eq!(store.task(task_id(id(n), 1)).await.unwrap(), Some(task(id(n), 1)));
    assert_eq!(store.subscribers("paid", "42").await.unwrap(), [id(n)]);
    assert_eq!(inputs(store).await, ["hello"]);
    assert_eq!(store.due(&ALL, at(5), 10).await.unwrap(), [(at(5), id(n))]);
}

pub(super) async fn a_commit_is_seen_as_a_whole(bed: Bed) {
    let store = bed.open().await;
    assert!(accept(&store, full(1)).await > 0);
    assert_full(&store, 1).await;
}

pub(super) async fn what_was_acknowledged_is_there_after_opening_again(bed: Bed) {
    accept(&bed.open().await, full(1)).await;
    assert_full(&bed.open().await, 1).await;
}

pub(super) async fn each_commit_of_a_batch_is_judged_on_its_own(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(2))).await;
    let batch = vec![start(id(1)), step(id(2), 7), step(id(9), 1), step(id(2), 7), start(id(3))];
    let outcomes = store.commit(batch).await.unwrap();
    let verdicts: Vec<_> = outcomes.iter().map(accepted).collect();
    assert_eq!(verdicts, [true, false, false, false, true]);
    assert_eq!((seq(&store, id(1)).await, seq(&store, id(2)).await, seq(&store, id(3)).await), (1, 1, 1));
}

pub(super) async fn an_empty_batch_is_fine(bed: Bed) {
    assert_eq!(bed.open().await.commit(Vec::new()).await.unwrap(), []);
}

pub(super) async fn commits_of_one_instance_apply_in_the_order_given(bed: Bed) {
    let store = bed.open().await;
    let last = Commit {
        summary: Some(SummaryRow { status: InstanceStatus::Completed, ..row("flow") }),
        ..step(id(1), 2)
    };
    let outcomes = store.commit(vec![start(id(1)), step(id(1), 1), last]).await.unwrap();
    assert!(outcomes.iter().all(accepted), "{outcomes:?}");
    let rows = store.history(id(1), 0, 10).await.unwrap();
    let seqs: Vec<_> = rows.iter().map(|row| (row.first_seq, row.last_seq)).collect();
    assert_eq!(seqs, [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(store.summary(id(1)).await.unwrap().unwrap().row.status, InstanceStatus::Completed);
}

pub(super) async fn an_instance_is_created_once(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    accept(&store, step(id(1), 1)).await;
    let other = start_as(id(1), row("another flow"));
    assert_eq!(reject(&store, other.clone()).await, Rejection::SequenceMismatch { actual: 2 });
    let other_store = bed.open().await;
    assert_eq!(reject(&other_store, other).await, Rejection::SequenceMismatch { actual: 2 });
    assert_eq!(store.summary(id(1)).await.unwrap().unwrap().row, row("flow"));
}

pub(super) async fn an_unknown_instance_cannot_be_continued(bed: Bed) {
    let store = bed.open().await;
    assert_eq!(reject(&store, step(id(1), 3)).await, Rejection::SequenceMismatch { actual: 0 });
    assert!(store.summary(id(1)).await.unwrap().is_none());
}

pub(super) async fn another_sequence_number_is_rejected(bed: Bed) {
    let store = bed.open().await;
    accept(&store, Commit { history: Some(events(1, 5)), ..start(id(1)) }).await;
    for expected in [1, 4, 6] {
        assert_eq!(reject(&store, step(id(1), expected)).await, Rejection::SequenceMismatch { actual: 5 });
    }
    accept(&store, step(id(1), 5)).await;
}

pub(super) async fn nothing_of_a_rejected_commit_is_seen(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    let late = Commit {
        summary: Some(SummaryRow { wake: Some(at(1)), key: Some("k".to_owned()), ..row("other") }),
        tasks: vec![TaskWrite::Put(Box::new(task(id(1), 1)))],
        subscriptions: vec![(subscription("paid"), true)],
        outbox: vec![item(id(2), "hello")],
        snapshot: Some(SnapshotRow { seq: 1, state: b"state".to_vec() }),
        ..step(id(1), 3)
    };
    reject(&store, late).await;
    let loaded = store.load(id(1)).await.unwrap().unwrap();
    assert_eq!((loaded.summary.seq, loaded.summary.row, loaded.snapshot), (1, row("flow"), None));
    assert_eq!(store.history(id(1), 0, 10).await.unwrap().len(), 1);
    assert_eq!(store.find_by_key("other", "k").await.unwrap(), None);
    assert_eq!(store.task(task_id(id(1), 1)).await.unwrap(), None);
    assert_eq!(store.subscribers("paid", "42").await.unwrap(), []);
    assert_eq!(items(&store).await, []);
    assert_eq!(store.next_wake(&ALL).await.unwrap(), None);
}

pub(super) async fn later_commits_of_a_rejected_instance_are_rejected_too(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    // The second one would fit by its number.
    let outcomes =
        store.commit(vec![step(id(1), 2), step(id(1), 1), start(id(2)), step(id(1), 2)]).await.unwrap();
    let rejected = CommitOutcome::Rejected(Rejection::SequenceMismatch { actual: 1 });
    assert_eq!((&outcomes[0], &outcomes[1], &outcomes[3]), (&rejected, &rejected, &rejected));
    assert!(accepted(&outcomes[2]));
    assert_eq!(seq(&store, id(1)).await, 1);
}

pub(super) async fn after_a_rejection_the_instance_goes_on_from_where_it_is(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    reject(&store, step(id(1), 2)).await;
    accept(&store, step(id(1), 1)).await;
    accept(&store, step(id(1), 2)).await;
    assert_eq!(seq(&store, id(1)).await, 3);
}

pub(super) async fn a_snapshot_replaces_the_older_one(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    for last in 2..=6 {
        let snapshot =
            (last % 2 == 0).then(|| SnapshotRow { seq: last, state: format!("{last}").into_bytes() });
        accept(&store, Commit { snapshot, ..step(id(1), last - 1) }).await;
    }
    accept(&store, step(id(1), 6)).await;
    let loaded = store.load(id(1)).await.unwrap().unwrap();
    assert_eq!(loaded.snapshot, Some(SnapshotRow { seq: 6, state: b"6".to_vec() }));
    assert_eq!(loaded.tail.iter().map(|row| row.last_seq).collect::<Vec<_>>(), [7]);
    assert_eq!(loaded.summary.seq, 7);
}

pub(super) async fn a_snapshot_without_history_changes_no_sequence_number(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    let snapshot = Some(SnapshotRow { seq: 1, state: b"state".to_vec() });
    assert_eq!(accept(&store, Commit { snapshot: snapshot.clone(), ..touch(id(1), 1) }).await, 0);
    let loaded = store.load(id(1)).await.unwrap().unwrap();
    assert_eq!((loaded.snapshot, loaded.tail, loaded.summary.seq), (snapshot, Vec::new(), 1));
    accept(&store, step(id(1), 1)).await;
}

pub(super) async fn a_row_is_replaced_as_a_whole(bed: Bed) {
    let store = bed.open().await;
    let first = SummaryRow {
        key: Some("k".to_owned()),
        wake: Some(at(7)),
        labels: [("a".to_owned(), "b".to_owned())].into(),
        parent: Some(id(8)),
        ..row("flow")
    };
    accept(&store, start_as(id(1), first)).await;
    let second = SummaryRow {
        version: 2,
        status: InstanceStatus::Failed,
        started: at(2_000),
        ended: Some(at(3_000)),
        error_code: Some("late".to_owned()),
        result: Some("{\"code\":\"late\"}".to_owned()),
        ..row("renamed")
    };
    accept(&store, Commit { summary: Some(second.clone()), ..step(id(1), 1) }).await;
    assert_eq!(store.summary(id(1)).await.unwrap().unwrap().row, second);
    assert_eq!(store.find_by_key("flow", "k").await.unwrap(), None);
    assert_eq!(store.next_wake(&ALL).await.unwrap(), None);
}

pub(super) async fn what_cannot_be_written_is_refused_with_its_whole_batch(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    let gap = Commit { history: Some(events(3, 3)), ..touch(id(1), 1) };
    let backwards = Commit { history: Some(HistoryRow { last_seq: 1, ..events(2, 2) }), ..touch(id(1), 1) };
    let ahead = Commit { snapshot: Some(SnapshotRow { seq: 3, state: Vec::new() }), ..step(id(1), 1) };
    let of_another = Commit { tasks: vec![TaskWrite::Put(Box::new(task(id(2), 1)))], ..step(id(1), 1) };
    let wrong = [Commit::default(), gap, backwards, ahead, of_another, touch(id(3), 0), step(id(3), 0)];
    for commit in wrong {
        let error = store.commit(vec![start(id(2)), commit]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        assert_eq!((seq(&store, id(1)).await, seq(&store, id(2)).await), (1, 0), "{error}");
    }
}

pub(super) async fn many_instances_in_one_batch(bed: Bed) {
    let store = bed.open().await;
    let outcomes = store.commit((1..=3_000).map(|n| start(id(n))).collect()).await.unwrap();
    assert!(outcomes.iter().all(accepted));
    let outcomes = store.commit((1..=3_000).rev().map(|n| step(id(n), 1)).collect()).await.unwrap();
    assert!(outcomes.iter().all(accepted));
    assert_eq!(store.count(&Default::default()).await.unwrap(), 3_000);
    for n in [1, 1_500, 3_000] {
        assert_eq!(seq(&store, id(n)).await, 2);
    }
}
