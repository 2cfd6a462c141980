//! Leases: one owner at a time, and proof of it.

use std::collections::BTreeMap;

use super::Bed;
use super::make::*;
use crate::base::{ErrorKind, Span};
use crate::store::{Commit, CommitOutcome, FencingToken, LeaseRequest, Rejection};

pub(super) async fn an_owner_gets_as_many_shards_as_it_wants(bed: Bed) {
    let store = bed.open().await;
    let leases = claim(&store, 1, 3).await;
    assert_eq!(shards(&leases), [0, 1, 2]);
    let now = store.now().await.unwrap();
    assert!(leases.iter().all(|lease| lease.expires <= now + LEASE && lease.expires > now));
    assert!(leases.iter().all(|lease| lease.fence > FencingToken(0)));
    assert_eq!(claim(&store, 1, 100).await.len(), 4);
    assert_eq!(claim(&store, 2, 0).await, []);
}

pub(super) async fn a_shard_has_one_owner(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    assert_eq!(shards(&claim(&one, 1, 3).await), [0, 1, 2]);
    assert_eq!(shards(&claim(&other, 2, 4).await), [3]);
    assert_eq!(shards(&claim(&one, 1, 4).await), [0, 1, 2]);
}

pub(super) async fn an_expired_shard_is_taken_with_a_larger_token(bed: Bed) {
    let store = bed.open().await;
    let first = claim(&store, 1, 4).await;
    if !outlast(&bed) {
        return;
    }
    let second = claim(&store, 2, 4).await;
    assert_eq!(shards(&second), ALL);
    assert!(fences(&first).iter().zip(fences(&second)).all(|(old, new)| *old < new));
}

pub(super) async fn claiming_keeps_what_the_owner_has(bed: Bed) {
    let store = bed.open().await;
    let first = claim(&store, 1, 3).await;
    bed.advance(Span::from_millis(10));
    let again = claim(&store, 1, 1).await;
    assert_eq!(
        (shards(&again), fences(&again)),
        (shards(&first), fences(&first)),
        "wanting less gives nothing back"
    );
    assert!(again[0].expires >= first[0].expires);
    assert_eq!(fences(&claim(&store, 1, 4).await)[..3], fences(&first));
}

pub(super) async fn renewing_makes_a_lease_last(bed: Bed) {
    let store = bed.open().await;
    let first = claim(&store, 1, 4).await;
    for _ in 0..3 {
        if !bed.advance(Span::from_millis(8_000)) {
            return;
        }
        let renewed = store.renew(&request(owner(1), 4)).await.unwrap();
        assert_eq!(fences(&renewed), fences(&first));
        assert_eq!(renewed[0].expires, store.now().await.unwrap() + LEASE);
    }
    assert_eq!(claim(&store, 2, 4).await, []);
}

pub(super) async fn an_expired_lease_that_nobody_took_is_renewed(bed: Bed) {
    let store = bed.open().await;
    let first = claim(&store, 1, 2).await;
    outlast(&bed);
    let renewed = store.renew(&request(owner(1), 0)).await.unwrap();
    assert_eq!((shards(&renewed), fences(&renewed)), (shards(&first), fences(&first)));
    assert_eq!(shards(&claim(&store, 2, 4).await), [2, 3]);
}

pub(super) async fn a_lost_lease_is_not_renewed(bed: Bed) {
    let store = bed.open().await;
    claim(&store, 1, 4).await;
    if !outlast(&bed) {
        return;
    }
    assert_eq!(shards(&claim(&store, 2, 1).await), [0]);
    assert_eq!(shards(&store.renew(&request(owner(1), 4)).await.unwrap()), [1, 2, 3]);
    assert_eq!(shards(&store.renew(&request(owner(2), 4)).await.unwrap()), [0]);
    assert_eq!(store.renew(&request(owner(3), 4)).await.unwrap(), [], "renewing takes nothing");
}

pub(super) async fn a_released_shard_is_free(bed: Bed) {
    let store = bed.open().await;
    let first = claim(&store, 1, 4).await;
    store.release(owner(1), &[1, 3]).await.unwrap();
    let second = claim(&store, 2, 4).await;
    assert_eq!(shards(&second), [1, 3]);
    assert!(second[0].fence > first[1].fence && second[1].fence > first[3].fence);
    assert_eq!(shards(&store.renew(&request(owner(1), 4)).await.unwrap()), [0, 2]);
}

pub(super) async fn only_the_owner_can_release(bed: Bed) {
    let store = bed.open().await;
    store.release(owner(1), &[0]).await.unwrap();
    claim(&store, 1, 4).await;
    store.release(owner(2), &ALL).await.unwrap();
    store.release(owner(1), &[99]).await.unwrap();
    assert_eq!(claim(&store, 2, 4).await, []);
}

pub(super) async fn tokens_grow_with_every_change_of_owner(bed: Bed) {
    let store = bed.open().await;
    let mut newest = FencingToken(0);
    for who in [1, 2, 1, 3, 2] {
        let lease = claim(&store, who, 1).await[0];
        assert!(lease.shard == 0 && lease.fence > newest);
        newest = lease.fence;
        store.release(owner(who), &[0]).await.unwrap();
    }
}

pub(super) async fn the_number_of_shards_is_fixed(bed: Bed) {
    let store = bed.open().await;
    claim(&store, 1, 1).await;
    for shards in [0, 3, 5, 1_000_000] {
        let other = LeaseRequest { shards, ..request(owner(1), 1) };
        for answer in [store.claim(&other).await, bed.open().await.renew(&other).await] {
            assert_eq!(answer.unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }
    assert_eq!(claim(&store, 1, 4).await.len(), 4);
}

pub(super) async fn a_late_owner_is_fenced(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    let first = claim(&one, 1, 4).await;
    let shard = id(1).shard(SHARDS);
    let fence = |leases: &[crate::store::Lease]| Some(leases[shard as usize].fence);
    accept(&one, Commit { fence: fence(&first), ..start(id(1)) }).await;
    one.release(owner(1), &ALL).await.unwrap();
    // Nobody has taken the shard yet: the token is still the newest.
    accept(&one, Commit { fence: fence(&first), ..step(id(1), 1) }).await;
    let second = claim(&other, 2, 4).await;
    accept(&other, Commit { fence: fence(&second), ..step(id(1), 2) }).await;
    for late in
        [Commit { fence: fence(&first), ..step(id(1), 3) }, Commit { fence: fence(&first), ..step(id(1), 2) }]
    {
        let outcomes =
            one.commit(vec![late, Commit { fence: fence(&second), ..step(id(1), 3) }]).await.unwrap();
        let fenced = CommitOutcome::Rejected(Rejection::Fenced);
        assert_eq!(outcomes, [fenced.clone(), fenced]);
    }
    assert_eq!(seq(&one, id(1)).await, 3);
}

pub(super) async fn a_fence_counts_for_its_shard_only(bed: Bed) {
    let store = bed.open().await;
    for who in [1, 2, 3] {
        claim(&store, who, 1).await;
        store.release(owner(who), &[0]).await.unwrap();
    }
    for n in 1..20 {
        let outcome = write(&store, Commit { fence: Some(FencingToken(1)), ..start(id(n)) }).await;
        assert_eq!(accepted(&outcome), id(n).shard(SHARDS) != 0, "{outcome:?}");
    }
}

pub(super) async fn without_a_fence_leases_are_not_looked_at(bed: Bed) {
    let store = bed.open().await;
    claim(&store, 1, 4).await;
    accept(&store, Commit { fence: None, ..start(id(1)) }).await;
}

pub(super) async fn shards_are_shared_out_anew(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    claim(&one, 1, 4).await;
    assert_eq!(claim(&other, 2, 2).await, []);
    assert_eq!(one.owners().await.unwrap(), [(owner(1), 4), (owner(2), 0)]);
    one.release(owner(1), &[2, 3]).await.unwrap();
    assert_eq!(shards(&claim(&other, 2, 2).await), [2, 3]);
    assert_eq!(shards(&claim(&one, 1, 2).await), [0, 1]);
    assert_eq!(other.owners().await.unwrap(), [(owner(1), 2), (owner(2), 2)]);
}

pub(super) async fn owners_that_are_gone_are_forgotten(bed: Bed) {
    let store = bed.open().await;
    claim(&store, 1, 2).await;
    claim(&store, 2, 1).await;
    store.release(owner(2), &[2]).await.unwrap();
    assert_eq!(store.owners().await.unwrap(), [(owner(1), 2)], "who gave everything back is gone");
    if !outlast(&bed) {
        return;
    }
    assert_eq!(store.owners().await.unwrap(), []);
    claim(&store, 3, 1).await;
    assert_eq!(store.owners().await.unwrap(), [(owner(3), 1)]);
}

pub(super) async fn leases_outlive_their_store(bed: Bed) {
    let store = bed.open().await;
    let first = claim(&store, 1, 2).await;
    store.close().await.unwrap();
    let store = bed.open().await;
    assert_eq!(shards(&claim(&store, 2, 4).await), [2, 3]);
    assert_eq!(store.renew(&request(owner(1), 4)).await.unwrap().len(), 2);
    assert_eq!(fences(&claim(&store, 1, 4).await), fences(&first));
}

pub(super) async fn of_many_claims_at_once_each_shard_goes_to_one(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    let claims: Vec<_> = (1..=10u128)
        .map(|who| {
            let store = if who % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move { (who, claim(&store, who, 1).await) })
        })
        .collect();
    let mut owners = BTreeMap::new();
    for claim in claims {
        let (who, leases) = claim.await.unwrap();
        for lease in leases {
            assert_eq!(owners.insert(lease.shard, who), None, "shard {} went to two", lease.shard);
        }
    }
    assert_eq!(owners.keys().copied().collect::<Vec<_>>(), ALL);
}
