//! What was acknowledged outlives a crash, and nothing half is left: torn writes to the log, torn checkpoints, and a
//! process that is killed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use flowwright::base::{InstanceId, TaskId, Timestamp};
use flowwright::protocol::CandidateSet;
use flowwright::store::{
    Commit, CommitOutcome, Delivery, HistoryRow, InstanceFilter, Page, SnapshotRow, Store, SummaryRow,
    TaskRow, TaskWrite, Uuid,
};
use flowwright_store::{SqliteOptions, SqliteStore};

/// Draws numbers: the same seed, the same numbers.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as usize % bound.max(1)
    }
}

fn id(n: u64) -> InstanceId {
    InstanceId::new(Uuid::from_u128(u128::from(n + 1) << 64))
}

/// The `seq`th commit of an instance: it writes into every table that must agree with the others.
fn commit(instance: InstanceId, seq: u64) -> Commit {
    let text =
        format!("[{{\"instance\":\"{instance}\",\"seq\":{seq}}}]{}", " ".repeat(seq as usize % 97 * 11));
    let row = SummaryRow {
        flow: "flow".to_owned(),
        version: seq as u32,
        wake: Some(Timestamp::from_millis(seq.cast_signed())),
        labels: [("seq".to_owned(), seq.to_string())].into(),
        ..SummaryRow::default()
    };
    let task = TaskRow {
        id: TaskId { instance, activation: seq as u32 },
        flow: "flow".to_owned(),
        step: "step".to_owned(),
        assignee: Some("ann".to_owned()),
        candidates: CandidateSet::default(),
        excluded: Vec::new(),
        priority: Default::default(),
        created: Timestamp::EPOCH,
        due: None,
        view: Vec::new(),
    };
    Commit {
        instance: Some(instance),
        expected_seq: seq - 1,
        history: Some(HistoryRow {
            first_seq: seq,
            last_seq: seq,
            events: text.clone().into_bytes(),
            ..HistoryRow::default()
        }),
        snapshot: Some(SnapshotRow { seq, state: text.into_bytes() }),
        summary: Some(row),
        tasks: vec![TaskWrite::Put(Box::new(task))],
        outbox: vec![Delivery { instance, shard: 0, dedup: Some(seq.to_string()), input: Vec::new() }],
        ..Commit::default()
    }
}

/// Checks that every commit is there as a whole or not at all. The answer is the last one of each instance.
async fn assert_whole(store: &dyn Store) -> BTreeMap<InstanceId, u64> {
    let instances =
        store.instances(&InstanceFilter::default(), &Page { limit: 1_000, after: None }).await.unwrap();
    let tasks = store.tasks(&Default::default(), &Page { limit: 1 << 20, after: None }).await.unwrap();
    let inbox = store.inbox(&[0], 0, 1 << 20).await.unwrap();
    let mut last = BTreeMap::new();
    for summary in instances {
        let (instance, seq) = (summary.instance, summary.seq);
        let rows = store.history(instance, 0, 1 << 20).await.unwrap();
        let written: Vec<_> = (1..=seq).map(|seq| commit(instance, seq)).collect();
        assert_eq!(rows.len(), written.len(), "{instance}: the history has a gap");
        for (row, commit) in rows.iter().zip(&written) {
            let events = commit.history.as_ref().map(|history| &history.events);
            assert_eq!((row.last_seq, Some(&row.events)), (commit.expected_seq + 1, events));
        }
        let newest = written.last().unwrap();
        assert_eq!(Some(&summary.row), newest.summary.as_ref());
        assert_eq!(store.load(instance).await.unwrap().unwrap().snapshot, newest.snapshot);
        assert_eq!(tasks.iter().filter(|task| task.id.instance == instance).count() as u64, seq);
        assert_eq!(inbox.iter().filter(|item| item.instance == instance).count() as u64, seq);
        last.insert(instance, seq);
    }
    last
}

/// Both files of a database, as a crash may leave them.
#[derive(Clone, PartialEq)]
struct Disk {
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Disk {
    fn read(path: &Path) -> Self {
        Self { file: std::fs::read(path).unwrap(), log: std::fs::read(log_of(path)).unwrap_or_default() }
    }

    /// Opens a copy in a folder of its own, and checks it.
    async fn assert_holds(
        &self,
        acknowledged: &BTreeMap<InstanceId, u64>,
        written: &BTreeMap<InstanceId, u64>,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        std::fs::write(&path, &self.file).unwrap();
        std::fs::write(log_of(&path), &self.log).unwrap();
        let store = SqliteStore::open_with(&path, options()).unwrap();
        let found = assert_whole(&store).await;
        for (instance, seq) in acknowledged {
            assert!(
                found.get(instance) >= Some(seq),
                "{instance}: {seq} was acknowledged, {found:?} is there"
            );
        }
        for (instance, seq) in &found {
            assert!(Some(seq) <= written.get(instance), "{instance}: nobody wrote {seq}");
        }
        // It can be written on.
        let next = found.get(&id(0)).copied().unwrap_or(0) + 1;
        let outcomes = store.commit(vec![commit(id(0), next)]).await.unwrap();
        assert!(matches!(outcomes[0], CommitOutcome::Accepted { .. }));
    }
}

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

/// Few pages until a checkpoint, so that the log is begun anew again and again.
fn options() -> SqliteOptions {
    SqliteOptions { readers: 1, checkpoint_pages: 120, ..SqliteOptions::default() }
}

/// Writes the bytes of `after` over those of `before` as a disk may do it when the power fails: any of the sectors,
/// and the last one in part.
fn torn(before: &[u8], after: &[u8], lot: &mut Lot) -> Vec<u8> {
    const SECTOR: usize = 512;
    let mut bytes = before.to_vec();
    let keep_order = lot.below(2) == 0;
    let cut = lot.below(after.len() + 1);
    for (start, sector) in (0..).step_by(SECTOR).zip(after.chunks(SECTOR)) {
        let arrives = if keep_order { start < cut } else { lot.below(2) == 0 };
        let same = before.get(start..start + sector.len()) == Some(sector);
        if !arrives || same {
            continue;
        }
        let length = if lot.below(8) == 0 { lot.below(sector.len()) } else { sector.len() };
        if bytes.len() < start + length {
            bytes.resize(start + length, lot.below(256) as u8);
        }
        bytes[start..start + length].copy_from_slice(&sector[..length]);
    }
    bytes
}

#[tokio::test]
async fn torn_writes_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open_with(&path, options()).unwrap();
    let (mut lot, mut acknowledged) = (Lot(42), BTreeMap::new());
    let mut before = Disk::read(&path);
    let (mut torn_logs, mut torn_files) = (0, 0);
    for round in 0..60 {
        // One transaction of one to six commits; between the calls nothing is written.
        let mut written = acknowledged.clone();
        let batch: Vec<_> = (0..1 + lot.below(6))
            .map(|_| {
                let instance = id(lot.below(5) as u64);
                let seq = written.entry(instance).and_modify(|seq| *seq += 1).or_insert(1);
                commit(instance, *seq)
            })
            .collect();
        let outcomes = store.commit(batch).await.unwrap();
        assert!(outcomes.iter().all(|outcome| matches!(outcome, CommitOutcome::Accepted { .. })));
        let after = Disk::read(&path);
        if after.file == before.file {
            // The power failed while the log was written: what was acknowledged before is there.
            let log = torn(&before.log, &after.log, &mut lot);
            Disk { log, ..before.clone() }.assert_holds(&acknowledged, &written).await;
            torn_logs += 1;
        } else {
            // It failed while the log was moved into the file: the log is whole, and so is the commit.
            let file = torn(&before.file, &after.file, &mut lot);
            Disk { file, ..after.clone() }.assert_holds(&written, &written).await;
            torn_files += 1;
        }
        if round % 10 == 0 {
            after.assert_holds(&written, &written).await;
        }
        (before, acknowledged) = (after, written);
    }
    assert!(torn_logs > 20 && torn_files > 2, "{torn_logs} logs and {torn_files} files were torn");
}

#[tokio::test]
async fn a_log_cut_at_any_place_loses_only_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let options = SqliteOptions { checkpoint_pages: 100_000, ..options() };
    let store = SqliteStore::open_with(&path, options).unwrap();
    // How long the log was when each commit was acknowledged.
    let mut lengths = Vec::new();
    for seq in 1..=20 {
        store.commit(vec![commit(id(0), seq)]).await.unwrap();
        lengths.push(Disk::read(&path).log.len());
    }
    let whole = Disk::read(&path);
    let written = BTreeMap::from([(id(0), 20)]);
    let mut lot = Lot(7);
    let edges = lengths.iter().flat_map(|length| [length - 1, *length, length + 1]);
    let cuts: Vec<_> = edges.chain((0..20).map(|_| lot.below(whole.log.len()))).collect();
    for cut in cuts {
        let durable = lengths.iter().filter(|length| **length <= cut).count() as u64;
        let acknowledged = if durable == 0 { BTreeMap::new() } else { BTreeMap::from([(id(0), durable)]) };
        let mut log = whole.log.clone();
        log.truncate(cut);
        if lot.below(2) == 0 {
            log.extend((0..lot.below(9_000)).map(|_| lot.below(256) as u8));
        }
        Disk { log, ..whole.clone() }.assert_holds(&acknowledged, &written).await;
    }
}

const CHILD: &str = "FLOWWRIGHT_TEST_CRASH_FILE";

/// Not a test of its own: what the test below starts, and kills.
#[tokio::test]
async fn child_that_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open_with(path, options()).unwrap());
    let writers: Vec<_> = (0..6)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut seq = store.summary(id(n)).await.unwrap().map_or(0, |summary| summary.seq);
                loop {
                    seq += 1;
                    let outcomes = store.commit(vec![commit(id(n), seq)]).await.unwrap();
                    assert!(matches!(outcomes[0], CommitOutcome::Accepted { .. }));
                    let mut out = std::io::stdout().lock();
                    if writeln!(out, "\nack {n} {seq}").and_then(|()| out.flush()).is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

fn read_ack(line: &str, acknowledged: &mut BTreeMap<InstanceId, u64>) -> bool {
    let mut words = line.split(' ');
    let numbers = (words.next() == Some("ack")).then(|| (words.next(), words.next()));
    // The last line may be cut off in the middle of a number.
    let Some((Some(n), Some(seq))) = numbers else { return false };
    let (Ok(n), Ok(seq)) = (n.parse(), seq.parse::<u64>()) else { return false };
    let known = acknowledged.entry(id(n)).or_insert(0);
    *known = seq.max(*known);
    true
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let (mut lot, mut acknowledged) = (Lot(11), BTreeMap::new());
    for round in 0..24 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_is_killed", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let (mut seen, enough) = (0, lot.below(60));
        while seen < enough
            && let Some(line) = lines.next()
        {
            seen += usize::from(read_ack(&line, &mut acknowledged));
        }
        assert_eq!(seen, enough, "the child ended by itself");
        child.kill().unwrap();
        // What it said before it was killed counts too. A cut line ends the stream without a line break.
        let mut rest: Vec<_> = lines.collect();
        rest.pop();
        for line in &rest {
            read_ack(line, &mut acknowledged);
        }
        child.wait().unwrap();

        if !path.exists() {
            continue;
        }
        let store = SqliteStore::open_with(&path, options()).unwrap();
        let found = assert_whole(&store).await;
        for (instance, seq) in &acknowledged {
            assert!(found.get(instance) >= Some(seq), "round {round}: {instance} {seq} is lost: {found:?}");
        }
        store.close().await.unwrap();
    }
    assert!(acknowledged.values().sum::<u64>() > 100, "{acknowledged:?}");
}
