//! SQLite against the model: the same random calls to a store on a file and to one in memory get the same answers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use flowwright::base::{InstanceId, Span, TaskId, Timestamp};
use flowwright::definition::TaskPriority;
use flowwright::protocol::{Actor, CandidateSet, InstanceStatus};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, Delivery, FencingToken, HistoryRow, InstanceFilter,
    LeaseRequest, OwnerId, Page, SnapshotRow, Store, SubscriptionRow, SummaryRow, TaskFilter, TaskRow,
    TaskSort, TaskWrite, Uuid,
};
use flowwright_store::{Clock, MemoryStore, SqliteOptions, SqliteStore};

/// Draws numbers: the same seed, the same numbers.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn often(&mut self) -> bool {
        self.below(4) > 0
    }

    fn seldom(&mut self) -> bool {
        self.below(4) == 0
    }

    fn time(&mut self) -> Timestamp {
        Timestamp::from_millis(self.below(6).cast_signed() * 10)
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }

    fn some_of(&mut self, words: &[&str]) -> Vec<String> {
        words.iter().filter(|_| self.below(3) == 0).map(|word| (*word).to_owned()).collect()
    }

    fn instance(&mut self) -> InstanceId {
        InstanceId::new(Uuid::from_u128(u128::from(self.below(10) + 1) << 70))
    }

    fn owner(&mut self) -> OwnerId {
        OwnerId(Uuid::from_u128(u128::from(self.below(3) + 1)))
    }

    fn status(&mut self) -> InstanceStatus {
        InstanceStatus::ALL[self.below(6) as usize]
    }

    fn priority(&mut self) -> TaskPriority {
        [TaskPriority::Low, TaskPriority::Normal, TaskPriority::High, TaskPriority::Urgent]
            [self.below(4) as usize]
    }
}

const FLOWS: [&str; 3] = ["order", "claim", "größe"];
const PEOPLE: [&str; 3] = ["ann", "bob", "cid"];
const ROLES: [&str; 2] = ["clerk", "boss"];
const SHARDS: u32 = 4;
const ALL: [u32; 4] = [0, 1, 2, 3];

fn summary(lot: &mut Lot) -> SummaryRow {
    let labels =
        lot.some_of(&["a", "b", "c"]).into_iter().map(|name| (name, lot.below(2).to_string())).collect();
    SummaryRow {
        flow: lot.one_of(&FLOWS).to_owned(),
        version: lot.below(3) as u32,
        key: lot.seldom().then(|| lot.one_of(&["k", "l", "m"]).to_owned()),
        status: lot.status(),
        wake: lot.often().then(|| lot.time()),
        labels,
        parent: lot.seldom().then(|| lot.instance()),
        started: lot.time(),
        ended: lot.seldom().then(|| lot.time()),
        error_code: lot.seldom().then(|| "late".to_owned()),
        result: lot.seldom().then(|| "{}".to_owned()),
    }
}

fn task(lot: &mut Lot, instance: InstanceId) -> TaskWrite {
    let id = TaskId { instance, activation: lot.below(4) as u32 };
    if lot.seldom() {
        return TaskWrite::Remove(id);
    }
    TaskWrite::Put(Box::new(TaskRow {
        id,
        flow: lot.one_of(&FLOWS).to_owned(),
        step: "step".to_owned(),
        assignee: lot.seldom().then(|| lot.one_of(&PEOPLE).to_owned()),
        candidates: CandidateSet {
            roles: lot.some_of(&ROLES),
            groups: lot.some_of(&ROLES),
            users: lot.some_of(&PEOPLE),
        },
        excluded: lot.some_of(&PEOPLE),
        priority: lot.priority(),
        created: lot.time(),
        due: lot.often().then(|| lot.time()),
        view: vec![lot.below(256) as u8],
    }))
}

fn delivery(lot: &mut Lot) -> Delivery {
    let instance = lot.instance();
    let dedup = lot.often().then(|| lot.below(3).to_string());
    Delivery {
        instance,
        shard: instance.shard(SHARDS),
        dedup,
        input: lot.below(1_000).to_string().into_bytes(),
    }
}

/// A commit that fits what is known, most of the time.
fn commit(lot: &mut Lot, seqs: &BTreeMap<InstanceId, u64>) -> Commit {
    let instance = lot.instance();
    let known = seqs.get(&instance).copied().unwrap_or(0);
    let expected_seq = if lot.below(6) == 0 { lot.below(4) } else { known };
    let length = 1 + lot.below(3);
    let history = (expected_seq == 0 || lot.often()).then(|| HistoryRow {
        first_seq: expected_seq + 1,
        last_seq: expected_seq + length,
        at: lot.time(),
        events: vec![lot.below(256) as u8; length as usize],
        ..HistoryRow::default()
    });
    let subscription = SubscriptionRow {
        activation: lot.below(2) as u32,
        name: lot.one_of(&["paid", "sent"]).to_owned(),
        correlation: lot.below(2).to_string(),
    };
    Commit {
        instance: Some(instance),
        shard: instance.shard(SHARDS),
        expected_seq,
        fence: lot.seldom().then(|| FencingToken(lot.below(6))),
        snapshot: lot.seldom().then(|| SnapshotRow { seq: expected_seq, state: vec![lot.below(256) as u8] }),
        history,
        summary: (expected_seq == 0 || lot.seldom()).then(|| summary(lot)),
        tasks: (0..lot.below(3)).map(|_| task(lot, instance)).collect(),
        subscriptions: (0..lot.below(2)).map(|_| (subscription.clone(), lot.often())).collect(),
        outbox: (0..lot.below(2)).map(|_| delivery(lot)).collect(),
        consumed: Vec::new(),
    }
}

fn instance_filter(lot: &mut Lot) -> InstanceFilter {
    InstanceFilter {
        flow: lot.seldom().then(|| lot.one_of(&FLOWS).to_owned()),
        status: (0..lot.below(3)).map(|_| lot.status()).collect(),
        labels: lot.some_of(&["a"]).into_iter().map(|name| (name, "1".to_owned())).collect(),
        parent: lot.seldom().then(|| lot.instance()),
        started_from: lot.seldom().then(|| lot.time()),
        started_before: lot.seldom().then(|| lot.time()),
    }
}

fn task_filter(lot: &mut Lot) -> TaskFilter {
    let actor =
        Actor { id: lot.one_of(&PEOPLE).to_owned(), roles: lot.some_of(&ROLES), groups: lot.some_of(&ROLES) };
    TaskFilter {
        visible_to: lot.often().then_some(actor),
        assignee: lot.seldom().then(|| lot.one_of(&PEOPLE).to_owned()),
        unassigned: lot.seldom(),
        flow: lot.seldom().then(|| lot.one_of(&FLOWS).to_owned()),
        instance: lot.seldom().then(|| lot.instance()),
        priority: lot.seldom().then(|| lot.priority()),
        due_before: lot.seldom().then(|| lot.time()),
        sort: if lot.seldom() { TaskSort::Age } else { TaskSort::Urgency },
    }
}

/// The model and the store, each with two handles that take turns.
struct Pair {
    model: [Arc<dyn Store>; 2],
    store: [Arc<dyn Store>; 2],
    clock: Arc<AtomicI64>,
    seqs: BTreeMap<InstanceId, u64>,
    _folder: tempfile::TempDir,
}

impl Pair {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(1_000));
        let clock: Clock = {
            let now = now.clone();
            Arc::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)))
        };
        let folder = tempfile::tempdir().unwrap();
        let model = MemoryStore::with_clock(clock.clone());
        let open = || -> Arc<dyn Store> {
            let options =
                SqliteOptions { clock: clock.clone(), readers: 1, relaxed: true, ..SqliteOptions::default() };
            Arc::new(SqliteStore::open_with(folder.path().join("app.db"), options).unwrap())
        };
        Self {
            model: [Arc::new(model.reopen()), Arc::new(model)],
            store: [open(), open()],
            clock: now,
            seqs: BTreeMap::new(),
            _folder: folder,
        }
    }

    async fn write(&mut self, lot: &mut Lot) {
        let side = lot.below(2) as usize;
        let (model, store) = (self.model[side].clone(), self.store[side].clone());
        match lot.below(12) {
            0 => {
                let items: Vec<_> = (0..lot.below(3)).map(|_| delivery(lot)).collect();
                model.deliver(items.clone()).await.unwrap();
                store.deliver(items).await.unwrap();
            }
            1 => {
                let which = lot.below(5) as usize;
                for store in [&model, &store] {
                    let inbox = store.inbox(&ALL, 0, 100).await.unwrap();
                    let ids: Vec<_> = inbox.iter().skip(which).step_by(2).map(|item| item.id).collect();
                    store.discard(&ids).await.unwrap();
                }
            }
            2 => {
                let flow = lot.one_of(&FLOWS).to_owned();
                let digest = lot.below(4).to_string();
                let record =
                    DefinitionRecord { flow, digest, deployed: lot.time(), ..DefinitionRecord::default() };
                let version = model.put_definition(&record).await.unwrap();
                assert_eq!(store.put_definition(&record).await.unwrap(), version);
                let (version, label) = (lot.below(3) as u32, lot.one_of(&["live", "blue"]));
                let set = model.set_label(&record.flow, version, label).await;
                assert_eq!(store.set_label(&record.flow, version, label).await.is_ok(), set.is_ok());
            }
            3 => {
                self.clock.fetch_add(lot.below(40).cast_signed(), Ordering::SeqCst);
                let (owner, want, length) = (lot.owner(), lot.below(5) as u32, Span::from_millis(50));
                let request = LeaseRequest { owner, shards: SHARDS, want, length };
                assert_eq!(model.claim(&request).await.unwrap(), store.claim(&request).await.unwrap());
                let request = LeaseRequest { owner: lot.owner(), ..request };
                assert_eq!(model.renew(&request).await.unwrap(), store.renew(&request).await.unwrap());
                let (owner, shard) = (lot.owner(), lot.below(4) as u32);
                model.release(owner, &[shard]).await.unwrap();
                store.release(owner, &[shard]).await.unwrap();
            }
            _ => self.commit(lot, &model, &store).await,
        }
    }

    async fn commit(&mut self, lot: &mut Lot, model: &Arc<dyn Store>, store: &Arc<dyn Store>) {
        let mut batch: Vec<_> = (0..1 + lot.below(4)).map(|_| commit(lot, &self.seqs)).collect();
        let which = lot.below(4) as usize;
        let mut answers = Vec::new();
        for store in [model, store] {
            if let Some(item) = store.inbox(&ALL, 0, 100).await.unwrap().get(which) {
                batch[0].consumed = vec![item.id];
            }
            answers.push(store.commit(batch.clone()).await.unwrap());
        }
        assert_eq!(answers[1], answers[0]);
        for (commit, outcome) in batch.iter().zip(&answers[0]) {
            if let (CommitOutcome::Accepted { .. }, Some(history)) = (outcome, &commit.history) {
                self.seqs.extend(commit.instance.map(|instance| (instance, history.last_seq)));
            }
        }
    }

    /// Everything that can be asked gets the same answer.
    async fn compare(&self, lot: &mut Lot) {
        let (model, store) = (&self.model[0], &self.store[lot.below(2) as usize]);
        macro_rules! same {
            ($call:ident($($argument:expr),*)) => {
                assert_eq!(
                    store.$call($($argument),*).await.unwrap(),
                    model.$call($($argument),*).await.unwrap(),
                    concat!(stringify!($call), " {:?}"),
                    ($(&$argument,)*)
                )
            };
        }
        let (instance, after, limit) = (lot.instance(), lot.below(6), 1 + lot.below(8) as usize);
        same!(summary(instance));
        same!(history(instance, after, limit));
        same!(feed(after, limit));
        let loaded = (store.load(instance).await.unwrap(), model.load(instance).await.unwrap());
        assert_eq!(format!("{:?}", loaded.0), format!("{:?}", loaded.1));
        let shards = [lot.below(4) as u32, lot.below(4) as u32];
        let place = lot.often().then(|| (lot.time(), lot.instance()));
        same!(due_after(&shards, place, lot_time(after), limit));
        same!(next_wake(&shards));
        same!(next_wake_after(&shards, lot_time(after)));
        for name in ["paid", "sent"] {
            same!(subscribers(name, "1"));
        }
        let key = (lot.one_of(&FLOWS), lot.one_of(&["k", "l", "m"]));
        same!(find_by_key(key.0, key.1));
        let filter = instance_filter(lot);
        same!(count(&filter));
        same!(instances(&filter, &Page { limit, after: None }));
        let filter = task_filter(lot);
        let page = Page { limit, after: None };
        same!(tasks(&filter, &page));
        if let Some(last) = model.tasks(&filter, &page).await.unwrap().last() {
            same!(tasks(&filter, &Page { limit, after: Some(last.cursor().to_string()) }));
            same!(task(last.id));
        }
        same!(task_load(&PEOPLE.map(str::to_owned)));
        same!(definitions());
        let version = lot.often().then(|| lot.below(4) as u32);
        same!(definition(key.0, version));
        same!(labelled(key.0, "live"));
        same!(owners());
        let inputs = async |store: &Arc<dyn Store>| {
            let items = store.inbox(&shards, 0, limit).await.unwrap();
            items.into_iter().map(|item| (item.instance, item.input)).collect::<Vec<_>>()
        };
        assert_eq!(inputs(store).await, inputs(model).await);
    }
}

fn lot_time(n: u64) -> Timestamp {
    Timestamp::from_millis(n.cast_signed() * 10)
}

#[tokio::test]
async fn the_same_calls_get_the_same_answers() {
    for seed in 1..=12 {
        eprintln!("seed {seed}");
        let (mut lot, mut pair) = (Lot(seed * 7_919), Pair::new());
        for _ in 0..150 {
            pair.write(&mut lot).await;
            pair.compare(&mut lot).await;
        }
    }
}
