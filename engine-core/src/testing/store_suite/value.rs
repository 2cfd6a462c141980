//! Values: what goes in comes out.

use super::Bed;
use super::make::*;
use crate::base::ErrorKind;
use crate::protocol::InstanceStatus;
use crate::store::{Commit, Delivery, HistoryRow, SnapshotRow, SubscriptionRow, SummaryRow, TaskWrite};

async fn there_and_back(bed: &Bed, n: u64, bytes: Vec<u8>) {
    let store = bed.open().await;
    let commit = Commit {
        history: Some(HistoryRow { events: bytes.clone(), ..events(1, 1) }),
        snapshot: Some(SnapshotRow { seq: 0, state: bytes.clone() }),
        tasks: vec![TaskWrite::Put(Box::new(crate::store::TaskRow {
            view: bytes.clone(),
            ..task(id(n), 1)
        }))],
        outbox: vec![Delivery { input: bytes.clone(), ..item(id(n), "") }],
        ..start(id(n))
    };
    accept(&store, commit).await;
    let loaded = store.load(id(n)).await.unwrap().unwrap();
    assert!(loaded.tail[0].events == bytes, "events of {} bytes", bytes.len());
    assert!(loaded.snapshot.unwrap().state == bytes, "state of {} bytes", bytes.len());
    assert!(
        store.task(task_id(id(n), 1)).await.unwrap().unwrap().view == bytes,
        "view of {} bytes",
        bytes.len()
    );
    let inbox = items(&store).await;
    assert!(inbox.last().unwrap().input == bytes, "input of {} bytes", bytes.len());
}

pub(super) async fn bytes_come_back_as_they_were(bed: Bed) {
    let all: Vec<u8> = (0..=255).collect();
    let samples: [&[u8]; 6] = [b"", b"\0", b"[1,2]", b"\xff\xfe not text", &all, "größe 🦀 \u{0}".as_bytes()];
    for (n, bytes) in (1..).zip(samples) {
        there_and_back(&bed, n, bytes.to_vec()).await;
    }
}

pub(super) async fn large_values_come_back(bed: Bed) {
    there_and_back(&bed, 1, vec![b'x'; 3 << 20]).await;
    let mixed = (0..5u32 << 18).flat_map(u32::to_le_bytes).collect();
    there_and_back(&bed, 2, mixed).await;
}

/// Words that a careless statement, collation or encoding would bend.
const WORDS: [&str; 10] = [
    "",
    " ",
    "it's; DROP TABLE instances; --",
    "\"quoted\" %_*?[]",
    "Große Straße",
    "日本語",
    "🦀👩‍👩‍👧",
    "e\u{301} is not \u{e9}",
    "line\nbreak\ttab",
    "a very long word that goes on and on and on and on and on and on and on and on and on and on and on and on",
];

pub(super) async fn words_come_back_as_they_were(bed: Bed) {
    let store = bed.open().await;
    for (n, word) in (1..).zip(WORDS) {
        let named = SummaryRow {
            key: Some(word.to_owned()),
            labels: [(word.to_owned(), word.to_owned())].into(),
            error_code: Some(word.to_owned()),
            result: Some(format!("{word:?}")),
            ..row(word)
        };
        let subscription =
            SubscriptionRow { activation: 1, name: word.to_owned(), correlation: word.to_owned() };
        let open = crate::store::TaskRow {
            assignee: Some(word.to_owned()),
            excluded: vec![word.to_owned()],
            step: word.to_owned(),
            ..task(id(n), 1)
        };
        let commit = Commit {
            subscriptions: vec![(subscription, true)],
            tasks: vec![TaskWrite::Put(Box::new(open.clone()))],
            ..start_as(id(n), named.clone())
        };
        accept(&store, commit).await;
        assert_eq!(store.summary(id(n)).await.unwrap().unwrap().row, named);
        assert_eq!(store.find_by_key(word, word).await.unwrap(), Some(id(n)), "{word:?}");
        assert_eq!(store.subscribers(word, word).await.unwrap(), [id(n)], "{word:?}");
        assert_eq!(store.task(task_id(id(n), 1)).await.unwrap(), Some(open));
        assert_eq!(store.task_load(&[word.to_owned()]).await.unwrap(), [(word.to_owned(), 1)]);
    }
}

pub(super) async fn a_word_with_nul_is_refused(bed: Bed) {
    let store = bed.open().await;
    let nul = || "a\0b".to_owned();
    let labels = [("a".to_owned(), nul())].into();
    for row in [
        SummaryRow { key: Some(nul()), ..row("flow") },
        SummaryRow { flow: nul(), ..row("flow") },
        SummaryRow { labels, ..row("flow") },
    ] {
        let error = store.commit(vec![start_as(id(1), row)]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains("U+0000"), "{error}");
    }
    assert!(store.deliver(vec![item_once(id(1), &nul(), "x")]).await.is_err());
    assert_eq!(store.count(&Default::default()).await.unwrap(), 0);
}

pub(super) async fn every_status_comes_back(bed: Bed) {
    let store = bed.open().await;
    for (n, status) in (1..).zip(InstanceStatus::ALL) {
        accept(&store, start_as(id(n), SummaryRow { status, ..row("flow") })).await;
        assert_eq!(store.summary(id(n)).await.unwrap().unwrap().row.status, status);
    }
}
