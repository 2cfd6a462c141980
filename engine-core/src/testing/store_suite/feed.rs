//! Positions: one order over all histories.

use super::Bed;
use super::make::*;
use crate::store::{Commit, HistoryRow};

pub(super) async fn positions_ascend(bed: Bed) {
    let store = bed.open().await;
    let mut positions = vec![accept(&store, start(id(2))).await];
    let outcomes = store.commit(vec![start(id(1)), step(id(2), 1), step(id(1), 1)]).await.unwrap();
    positions.extend(outcomes.into_iter().map(|outcome| match outcome {
        crate::store::CommitOutcome::Accepted { position } => position,
        crate::store::CommitOutcome::Rejected(_) => 0,
    }));
    store.close().await.unwrap();
    positions.push(accept(&bed.open().await, step(id(1), 2)).await);
    assert!(positions[0] > 0 && positions.is_sorted_by(|one, other| one < other), "{positions:?}");
}

pub(super) async fn the_feed_gives_all_rows_in_order(bed: Bed) {
    let store = bed.open().await;
    for n in 1..=3 {
        accept(&store, start(id(n))).await;
    }
    accept(&store, Commit { history: Some(events(2, 4)), ..touch(id(2), 1) }).await;
    let rows = store.feed(0, 100).await.unwrap();
    assert_eq!(store.newest().await.unwrap(), rows[rows.len() - 1].position);
    let seen: Vec<_> = rows.iter().map(|row| (row.instance.unwrap(), row.first_seq, row.last_seq)).collect();
    assert_eq!(seen, [(id(1), 1, 1), (id(2), 1, 1), (id(3), 1, 1), (id(2), 2, 4)]);
    let last = HistoryRow { instance: Some(id(2)), position: rows[3].position, ..events(2, 4) };
    assert_eq!(rows[3], last);
    assert_eq!(store.feed(rows[1].position, 1).await.unwrap(), rows[2..3]);
    assert_eq!(store.feed(rows[3].position, 10).await.unwrap(), []);
}

pub(super) async fn a_commit_without_history_has_no_position(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    assert_eq!(accept(&store, Commit { summary: Some(row("flow")), ..touch(id(1), 1) }).await, 0);
    assert_eq!(store.feed(0, 10).await.unwrap().len(), 1);
}

pub(super) async fn history_begins_behind_a_sequence_number(bed: Bed) {
    let store = bed.open().await;
    accept(&store, Commit { history: Some(events(1, 3)), ..start(id(1)) }).await;
    accept(&store, start(id(2))).await;
    accept(&store, Commit { history: Some(events(4, 4)), ..touch(id(1), 3) }).await;
    accept(&store, Commit { history: Some(events(5, 9)), ..touch(id(1), 4) }).await;
    for (after, lasts) in [(0, vec![3, 4, 9]), (2, vec![3, 4, 9]), (3, vec![4, 9]), (5, vec![9]), (9, vec![])]
    {
        let rows = store.history(id(1), after, 10).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.last_seq).collect::<Vec<_>>(), lasts, "after {after}");
        assert!(rows.iter().all(|row| row.instance == Some(id(1))));
    }
}

pub(super) async fn history_comes_in_pages(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    store.commit((1..10).map(|seq| step(id(1), seq)).collect()).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = store.history(id(1), after, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.last_seq;
        seen.extend(page.iter().map(|row| row.first_seq));
    }
    assert_eq!(seen, (1..=10).collect::<Vec<_>>());
}

pub(super) async fn no_row_appears_behind_one_that_was_seen(bed: Bed) {
    let store = bed.open().await;
    let other = bed.open().await;
    let writers: Vec<_> = (1..=20u64)
        .map(|n| {
            let store = if n % 2 == 0 { store.clone() } else { other.clone() };
            tokio::spawn(async move {
                accept(&store, start(id(n))).await;
                for seq in 1..10 {
                    accept(&store, step(id(n), seq)).await;
                }
            })
        })
        .collect();
    let (mut seen, mut after) = (0, 0);
    while seen < 200 {
        for row in store.feed(after, 7).await.unwrap() {
            assert!(row.position > after);
            after = row.position;
            seen += 1;
        }
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(store.feed(after, 10).await.unwrap(), [], "everything was seen on the way");
    assert_eq!(store.feed(0, 1_000).await.unwrap().len(), 200);
}
