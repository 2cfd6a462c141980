//! Values for the cases, and the steps that they are made of.

use std::sync::Arc;

use super::Bed;
use crate::base::{InstanceId, Span, TaskId, Timestamp};
use crate::definition::TaskPriority;
use crate::protocol::{CandidateSet, InstanceStatus};
use crate::store::{
    Commit, CommitOutcome, Delivery, FencingToken, HistoryRow, InboxItem, Lease, LeaseRequest, OwnerId, Page,
    Rejection, Store, SummaryRow, TaskRow, TaskWrite, Uuid,
};

/// How many shards the cases use.
pub(super) const SHARDS: u32 = 4;

/// All of them.
pub(super) const ALL: [u32; 4] = [0, 1, 2, 3];

/// The `n`th instance: ids ascend with `n`.
pub(super) fn id(n: u64) -> InstanceId {
    InstanceId::new(Uuid::from_u128((u128::from(n) << 64) | 0x7000_8000_0000_0000_0000))
}

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(super) fn row(flow: &str) -> SummaryRow {
    SummaryRow {
        flow: flow.to_owned(),
        version: 1,
        status: InstanceStatus::Running,
        started: at(1_000),
        ..SummaryRow::default()
    }
}

/// Events `first..=last`, encoded.
pub(super) fn events(first: u64, last: u64) -> HistoryRow {
    let text: Vec<_> = (first..=last).map(|seq| format!("{{\"seq\":{seq}}}")).collect();
    HistoryRow {
        first_seq: first,
        last_seq: last,
        at: at(1_000 + i64::try_from(last).unwrap()),
        events: format!("[{}]", text.join(",")).into_bytes(),
        ..HistoryRow::default()
    }
}

/// A commit that creates an instance, with one event.
pub(super) fn start(instance: InstanceId) -> Commit {
    start_as(instance, row("flow"))
}

pub(super) fn start_as(instance: InstanceId, row: SummaryRow) -> Commit {
    Commit { summary: Some(row), ..step(instance, 0) }
}

/// A commit of one event behind `expected_seq`.
pub(super) fn step(instance: InstanceId, expected_seq: u64) -> Commit {
    Commit { history: Some(events(expected_seq + 1, expected_seq + 1)), ..touch(instance, expected_seq) }
}

/// A commit of nothing.
pub(super) fn touch(instance: InstanceId, expected_seq: u64) -> Commit {
    Commit { instance: Some(instance), shard: instance.shard(SHARDS), expected_seq, ..Commit::default() }
}

/// Writes one commit.
pub(super) async fn write(store: &Arc<dyn Store>, commit: Commit) -> CommitOutcome {
    let outcomes = store.commit(vec![commit]).await.unwrap();
    assert_eq!(outcomes.len(), 1, "one outcome for each commit");
    outcomes[0].clone()
}

/// Writes one commit that has to be accepted. The answer is its position.
pub(super) async fn accept(store: &Arc<dyn Store>, commit: Commit) -> u64 {
    match write(store, commit).await {
        CommitOutcome::Accepted { position } => position,
        CommitOutcome::Rejected(rejection) => unreachable!("rejected: {rejection:?}"),
    }
}

/// Writes one commit that has to be rejected.
pub(super) async fn reject(store: &Arc<dyn Store>, commit: Commit) -> Rejection {
    match write(store, commit).await {
        CommitOutcome::Rejected(rejection) => rejection,
        CommitOutcome::Accepted { .. } => unreachable!("accepted"),
    }
}

pub(super) fn accepted(outcome: &CommitOutcome) -> bool {
    matches!(outcome, CommitOutcome::Accepted { .. })
}

/// The sequence number of an instance; 0 if it is unknown.
pub(super) async fn seq(store: &Arc<dyn Store>, instance: InstanceId) -> u64 {
    store.summary(instance).await.unwrap().map_or(0, |summary| summary.seq)
}

pub(super) fn item(instance: InstanceId, input: &str) -> Delivery {
    Delivery { instance, shard: instance.shard(SHARDS), dedup: None, input: input.as_bytes().to_vec() }
}

pub(super) fn item_once(instance: InstanceId, dedup: &str, input: &str) -> Delivery {
    Delivery { dedup: Some(dedup.to_owned()), ..item(instance, input) }
}

/// All that is in the inboxes.
pub(super) async fn items(store: &Arc<dyn Store>) -> Vec<InboxItem> {
    store.inbox(&ALL, 0, 1_000).await.unwrap()
}

/// The inputs in the inboxes, as text.
pub(super) async fn inputs(store: &Arc<dyn Store>) -> Vec<String> {
    items(store).await.into_iter().map(|item| String::from_utf8(item.input).unwrap()).collect()
}

pub(super) fn task_id(instance: InstanceId, activation: u32) -> TaskId {
    TaskId { instance, activation }
}

/// A task that nobody has and nobody may take.
pub(super) fn task(instance: InstanceId, activation: u32) -> TaskRow {
    TaskRow {
        id: task_id(instance, activation),
        flow: "flow".to_owned(),
        step: "approve".to_owned(),
        assignee: None,
        candidates: CandidateSet::default(),
        excluded: Vec::new(),
        priority: TaskPriority::Normal,
        created: at(1_000),
        due: None,
        view: b"{}".to_vec(),
    }
}

pub(super) fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

/// Writes tasks of the instance `id(1)`, which is created if need be.
pub(super) async fn put_tasks(store: &Arc<dyn Store>, tasks: impl IntoIterator<Item = TaskRow>) {
    let instance = id(1);
    if seq(store, instance).await == 0 {
        accept(store, start(instance)).await;
    }
    let tasks = tasks.into_iter().map(|task| TaskWrite::Put(Box::new(task))).collect();
    let expected_seq = seq(store, instance).await;
    accept(store, Commit { tasks, ..touch(instance, expected_seq) }).await;
}

pub(super) fn owner(n: u128) -> OwnerId {
    OwnerId(Uuid::from_u128(n))
}

/// The length of a lease in the cases.
pub(super) const LEASE: Span = Span::from_millis(10_000);

pub(super) fn request(owner: OwnerId, want: u32) -> LeaseRequest {
    LeaseRequest { owner, shards: SHARDS, want, length: LEASE }
}

pub(super) async fn claim(store: &Arc<dyn Store>, who: u128, want: u32) -> Vec<Lease> {
    store.claim(&request(owner(who), want)).await.unwrap()
}

pub(super) fn shards(leases: &[Lease]) -> Vec<u32> {
    leases.iter().map(|lease| lease.shard).collect()
}

pub(super) fn fences(leases: &[Lease]) -> Vec<FencingToken> {
    leases.iter().map(|lease| lease.fence).collect()
}

pub(super) fn page(limit: usize, after: Option<String>) -> Page {
    Page { limit, after }
}

/// Lets a lease run out. False where the clock cannot be moved.
pub(super) fn outlast(bed: &Bed) -> bool {
    let moved = bed.advance(Span::from_millis(LEASE.millis() + 1));
    if !moved {
        eprintln!("skipped: this fixture cannot move the store's clock");
    }
    moved
}
