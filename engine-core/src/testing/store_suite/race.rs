//! Many at once: tasks of one process, and several processes.

use super::Bed;
use super::make::*;
use crate::store::{Commit, CommitOutcome, InstanceFilter, Rejection, SummaryRow};

pub(super) async fn commits_from_many_tasks_at_once_are_all_there(bed: Bed) {
    let store = bed.open().await;
    let writers: Vec<_> = (1..=50u64)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                accept(&store, start(id(n))).await;
                for expected in 1..8 {
                    accept(&store, step(id(n), expected)).await;
                    assert_eq!(seq(&store, id(n)).await, expected + 1, "reads see what was acknowledged");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(store.count(&InstanceFilter::default()).await.unwrap(), 50);
    for n in 1..=50 {
        let rows = store.history(id(n), 0, 100).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.first_seq).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    }
}

pub(super) async fn of_many_writers_of_one_instance_one_wins(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    accept(&one, start(id(1))).await;
    for round in 1..=5 {
        let writers: Vec<_> = (0..10)
            .map(|n| {
                let store = if n % 2 == 0 { one.clone() } else { other.clone() };
                tokio::spawn(async move { write(&store, step(id(1), round)).await })
            })
            .collect();
        let mut winners = 0;
        for writer in writers {
            match writer.await.unwrap() {
                CommitOutcome::Accepted { .. } => winners += 1,
                CommitOutcome::Rejected(rejection) => {
                    assert_eq!(rejection, Rejection::SequenceMismatch { actual: round + 1 });
                }
            }
        }
        assert_eq!(winners, 1);
    }
    assert_eq!(seq(&other, id(1)).await, 6);
}

pub(super) async fn two_stores_on_the_same_data_agree(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    accept(&one, start(id(1))).await;
    assert_eq!(seq(&other, id(1)).await, 1);
    for expected in 1..20 {
        let (writer, reader) = if expected % 3 == 0 { (&one, &other) } else { (&other, &one) };
        let position = accept(writer, step(id(1), expected)).await;
        let rows = reader.history(id(1), expected, 10).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [position]);
    }
}

pub(super) async fn of_two_stores_one_gets_the_key(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    let keyed = |n| start_as(id(n), SummaryRow { key: Some("k".to_owned()), ..row("flow") });
    let writers: Vec<_> = (1..=10)
        .map(|n| {
            let store = if n % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move { (n, write(&store, keyed(n)).await) })
        })
        .collect();
    let mut outcomes = Vec::new();
    for writer in writers {
        outcomes.push(writer.await.unwrap());
    }
    let winners: Vec<_> =
        outcomes.iter().filter(|(_, outcome)| accepted(outcome)).map(|(n, _)| id(*n)).collect();
    assert_eq!(winners.len(), 1);
    for (n, outcome) in outcomes.iter().filter(|(_, outcome)| !accepted(outcome)) {
        let taken = CommitOutcome::Rejected(Rejection::KeyExists { instance: winners[0] });
        assert_eq!(*outcome, taken, "instance {n}");
    }
    assert_eq!(one.find_by_key("flow", "k").await.unwrap(), Some(winners[0]));
}

pub(super) async fn a_write_of_one_store_ends_what_the_other_remembers(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    accept(&one, start(id(1))).await;
    accept(&one, step(id(1), 1)).await;
    accept(&other, step(id(1), 2)).await;
    assert_eq!(reject(&one, step(id(1), 2)).await, Rejection::SequenceMismatch { actual: 3 });
    accept(&one, step(id(1), 3)).await;
    assert_eq!(reject(&other, step(id(1), 3)).await, Rejection::SequenceMismatch { actual: 4 });
    // An instance that one has never seen, and the other has just created.
    assert_eq!(reject(&one, step(id(2), 1)).await, Rejection::SequenceMismatch { actual: 0 });
    accept(&other, start(id(2))).await;
    accept(&one, step(id(2), 1)).await;
    // Leases, too.
    let fence = Some(claim(&one, 1, 4).await[id(1).shard(SHARDS) as usize].fence);
    accept(&one, Commit { fence, ..step(id(1), 4) }).await;
    one.release(owner(1), &ALL).await.unwrap();
    claim(&other, 2, 4).await;
    assert_eq!(reject(&one, Commit { fence, ..step(id(1), 5) }).await, Rejection::Fenced);
}
