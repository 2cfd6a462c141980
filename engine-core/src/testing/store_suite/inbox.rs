//! Inboxes: what is delivered stays until it is taken up, and arrives once.

use super::Bed;
use super::make::*;
use crate::base::InstanceId;
use crate::store::Commit;

/// An instance in each shard.
fn of_shard(shard: u32) -> InstanceId {
    (1..).map(id).find(|id| id.shard(SHARDS) == shard).unwrap()
}

pub(super) async fn items_come_in_order_of_arrival(bed: Bed) {
    let store = bed.open().await;
    store.deliver(vec![item(id(9), "a"), item(id(1), "b")]).await.unwrap();
    store.deliver(vec![item(id(5), "c")]).await.unwrap();
    store.deliver(Vec::new()).await.unwrap();
    let items = items(&bed.open().await).await;
    assert_eq!(items.iter().map(|item| item.instance).collect::<Vec<_>>(), [id(9), id(1), id(5)]);
    assert!(items.is_sorted_by(|one, other| one.id < other.id));
    assert_eq!(inputs(&store).await, ["a", "b", "c"]);
}

pub(super) async fn only_the_items_of_the_shards_are_seen(bed: Bed) {
    let store = bed.open().await;
    store.deliver(ALL.map(|shard| item(of_shard(shard), &shard.to_string())).to_vec()).await.unwrap();
    for shard in ALL {
        let items = store.inbox(&[shard], 0, 10).await.unwrap();
        assert_eq!(items.iter().map(|item| item.instance).collect::<Vec<_>>(), [of_shard(shard)]);
    }
    assert_eq!(store.inbox(&[1, 3], 0, 10).await.unwrap().len(), 2);
    assert_eq!(store.inbox(&[3, 1], 0, 1).await.unwrap()[0].instance, of_shard(1));
    assert_eq!(store.inbox(&[], 0, 10).await.unwrap(), []);
}

pub(super) async fn pages_go_on_behind_the_last_item(bed: Bed) {
    let store = bed.open().await;
    store.deliver((0..7).map(|n| item(id(n), &n.to_string())).collect()).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = store.inbox(&ALL, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 3);
        after = last.id;
        seen.extend(page.into_iter().map(|item| item.instance));
    }
    assert_eq!(seen, (0..7).map(id).collect::<Vec<_>>());
}

pub(super) async fn an_item_stays_until_it_is_consumed(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    store.deliver(vec![item(id(1), "a"), item(id(1), "b"), item(id(1), "c")]).await.unwrap();
    let ids: Vec<_> = items(&store).await.iter().map(|item| item.id).collect();
    accept(&store, Commit { consumed: vec![ids[0], ids[2]], ..step(id(1), 1) }).await;
    assert_eq!(inputs(&store).await, ["b"]);
    // What is gone can be named again.
    accept(&store, Commit { consumed: ids, ..step(id(1), 2) }).await;
    assert_eq!(inputs(&store).await, [""; 0]);
}

pub(super) async fn a_rejected_commit_consumes_nothing(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    store.deliver(vec![item(id(1), "a")]).await.unwrap();
    let consumed = items(&store).await.iter().map(|item| item.id).collect();
    reject(&store, Commit { consumed, ..step(id(1), 5) }).await;
    assert_eq!(inputs(&store).await, ["a"]);
}

pub(super) async fn a_repeated_delivery_is_dropped_while_the_first_is_there(bed: Bed) {
    let store = bed.open().await;
    store.deliver(vec![item_once(id(1), "x", "a"), item_once(id(1), "x", "b")]).await.unwrap();
    store.deliver(vec![item_once(id(1), "x", "c"), item_once(id(1), "y", "d")]).await.unwrap();
    bed.open().await.deliver(vec![item_once(id(1), "x", "e"), item_once(id(2), "x", "f")]).await.unwrap();
    store.deliver(vec![item(id(1), "g"), item(id(1), "g")]).await.unwrap();
    assert_eq!(inputs(&store).await, ["a", "d", "f", "g", "g"]);
}

pub(super) async fn a_delivery_may_be_repeated_once_the_first_was_taken_up(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    store.deliver(vec![item_once(id(1), "x", "a")]).await.unwrap();
    let consumed = items(&store).await.iter().map(|item| item.id).collect();
    accept(&store, Commit { consumed, ..step(id(1), 1) }).await;
    store.deliver(vec![item_once(id(1), "x", "b")]).await.unwrap();
    let again: Vec<_> = items(&store).await.iter().map(|item| item.id).collect();
    store.discard(&again).await.unwrap();
    store.deliver(vec![item_once(id(1), "x", "c")]).await.unwrap();
    assert_eq!(inputs(&store).await, ["c"]);
}

pub(super) async fn discarded_items_are_gone(bed: Bed) {
    let store = bed.open().await;
    store.deliver(vec![item(id(1), "a"), item(id(2), "b")]).await.unwrap();
    let first = items(&store).await[0].id;
    store.discard(&[first, 999_999]).await.unwrap();
    store.discard(&[]).await.unwrap();
    assert_eq!(inputs(&store).await, ["b"]);
}

pub(super) async fn ids_are_never_used_again(bed: Bed) {
    let store = bed.open().await;
    store.deliver(vec![item(id(1), "a"), item(id(1), "b")]).await.unwrap();
    let seen: Vec<_> = items(&store).await.iter().map(|item| item.id).collect();
    store.discard(&seen).await.unwrap();
    store.close().await.unwrap();
    let store = bed.open().await;
    store.deliver(vec![item(id(1), "c")]).await.unwrap();
    assert!(items(&store).await[0].id > seen[1]);
    assert_eq!(store.inbox(&ALL, seen[1], 10).await.unwrap().len(), 1);
}

pub(super) async fn the_outbox_arrives_with_its_commit(bed: Bed) {
    let store = bed.open().await;
    let outbox = vec![item(id(2), "a"), item_once(id(3), "x", "b"), item_once(id(3), "x", "c")];
    accept(&store, Commit { outbox, ..start(id(1)) }).await;
    store.deliver(vec![item_once(id(3), "x", "d")]).await.unwrap();
    assert_eq!(inputs(&store).await, ["a", "b"]);
}

pub(super) async fn the_outbox_of_a_rejected_commit_does_not_arrive(bed: Bed) {
    let store = bed.open().await;
    let batch = vec![
        Commit { outbox: vec![item(id(5), "no")], ..step(id(1), 4) },
        Commit { outbox: vec![item(id(5), "yes")], ..start(id(2)) },
    ];
    store.commit(batch).await.unwrap();
    assert_eq!(inputs(&store).await, ["yes"]);
}

pub(super) async fn what_is_consumed_makes_room_for_what_is_delivered(bed: Bed) {
    let store = bed.open().await;
    accept(&store, start(id(1))).await;
    store.deliver(vec![item_once(id(1), "x", "old")]).await.unwrap();
    let consumed = items(&store).await.iter().map(|item| item.id).collect();
    let outbox = vec![item_once(id(1), "x", "new")];
    accept(&store, Commit { consumed, outbox, ..step(id(1), 1) }).await;
    assert_eq!(inputs(&store).await, ["new"]);
}
