//! Walking a history: whole, linked, readable, and what it folds to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::finding::{Finding, FindingKind};
use crate::base::InstanceId;
use crate::graph::Graph;
use crate::machine::{self, State};
use crate::protocol::{Chain, Recorded, wire};
use crate::store::{HistoryRow, SnapshotRow};

/// A walk along an instance's history, row by row.
pub(super) struct Walk<'a> {
    instance: InstanceId,
    /// None: it is not folded.
    graph: Option<Arc<Graph>>,
    snapshot: Option<&'a SnapshotRow>,
    /// None where rows before are missing or cannot be read.
    chain: Option<Chain>,
    next: u64,
    pub state: State,
    pub rows: u64,
    pub findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    pub fn new(instance: InstanceId, graph: Option<Arc<Graph>>, snapshot: Option<&'a SnapshotRow>) -> Self {
        Self {
            instance,
            graph,
            snapshot,
            chain: Some(Chain::new(instance)),
            next: 1,
            state: State::new(),
            rows: 0,
            findings: Vec::new(),
        }
    }

    /// How many events there are so far.
    pub const fn events(&self) -> u64 {
        self.next - 1
    }

    /// Whether the state is what the history gives.
    pub fn is_folded(&self) -> bool {
        self.graph.is_some() && self.findings.is_empty()
    }

    /// Goes on to the next row.
    pub fn row(&mut self, row: &HistoryRow) {
        self.rows += 1;
        self.place(row);
        match wire::read_events(self.instance, row.first_seq, &row.events) {
            Err(error) => {
                self.find(FindingKind::HistoryUnreadable, row.first_seq, "events", error.to_string());
                self.chain = Chain::of_row(&row.events);
            }
            Ok(events) => {
                let count = events.len() as u64;
                if !self.links(row) {
                    let expected = "a row that follows from the one before it";
                    self.find(FindingKind::HistoryChain, row.first_seq, expected, "a wrong hash, or none");
                } else if row.first_seq + count != row.last_seq + 1 {
                    let expected = format!("events {} to {}", row.first_seq, row.last_seq);
                    self.find(FindingKind::HistoryBounds, row.first_seq, expected, format!("{count} events"));
                }
                self.fold(&events);
            }
        }
        self.next = self.next.max(row.last_seq.saturating_add(1));
    }

    /// The history is over; its last event should be this one.
    pub fn end(&mut self, last: u64) {
        if self.next != last + 1 || last == 0 {
            let found = format!("a history that ends with event {}", self.events());
            self.find(FindingKind::HistoryGap, self.next, format!("event {}", last.max(1)), found);
        }
        let Some(snapshot) = self.snapshot.filter(|snapshot| snapshot.seq > last) else { return };
        let found = format!("a history that ends with event {}", self.events());
        self.find(FindingKind::SnapshotAhead, snapshot.seq, "the event that the snapshot is of", found);
    }

    fn find(
        &mut self,
        kind: FindingKind,
        position: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        self.findings.push(Finding::new(kind, self.instance, expected, found).at(position));
    }

    /// Whether the row stands where the one before it ends.
    fn place(&mut self, row: &HistoryRow) {
        let kind = match row.first_seq.cmp(&self.next) {
            std::cmp::Ordering::Equal => return,
            std::cmp::Ordering::Greater => FindingKind::HistoryGap,
            std::cmp::Ordering::Less => FindingKind::HistoryOverlap,
        };
        let found = format!("a row that begins with event {}", row.first_seq);
        self.find(kind, self.next, format!("event {}", self.next), found);
        self.chain = None;
    }

    /// Whether the row follows from the one before it. Behind a gap nobody knows.
    fn links(&mut self, row: &HistoryRow) -> bool {
        match &mut self.chain {
            Some(chain) => wire::check_chain(chain, &row.events),
            None => {
                self.chain = Chain::of_row(&row.events);
                true
            }
        }
    }

    fn fold(&mut self, events: &[Recorded]) {
        for recorded in events {
            let Some(graph) = self.graph.clone().filter(|_| self.findings.is_empty()) else { return };
            let state = &mut self.state;
            let apply = || machine::apply(&graph, state, &recorded.event, recorded.at);
            if catch_unwind(AssertUnwindSafe(apply)).is_err() {
                let found = format!("`{}`", recorded.event.name());
                let expected = "an event that fits the state before it";
                return self.find(FindingKind::HistoryUnfoldable, recorded.seq, expected, found);
            }
            if let Some(snapshot) = self.snapshot.filter(|snapshot| snapshot.seq == recorded.seq) {
                self.compare(snapshot);
            }
        }
    }

    /// Compares a snapshot with the state at its event. One that an earlier release wrote in another form is read first.
    fn compare(&mut self, snapshot: &SnapshotRow) {
        let Ok(here) = wire::to_bytes(&self.state) else { return };
        if here == snapshot.state {
            return;
        }
        match wire::read::<State>("snapshot", self.instance, snapshot.seq, &snapshot.state) {
            Err(error) => {
                self.find(FindingKind::SnapshotUnreadable, snapshot.seq, "a state", error.to_string());
            }
            Ok(state) => {
                let there = wire::to_bytes(&state).unwrap_or_default();
                if there != here {
                    let (expected, found) = parted(&here, &there);
                    self.find(FindingKind::SnapshotDiffers, snapshot.seq, expected, found);
                }
            }
        }
    }
}

/// What stands where two texts part.
fn parted(one: &[u8], other: &[u8]) -> (String, String) {
    const BEFORE: usize = 30;
    const BEHIND: usize = 50;
    let at = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let show = |bytes: &[u8]| {
        let (from, to) = (at.saturating_sub(BEFORE), bytes.len().min(at + BEHIND));
        format!("`…{}…`", String::from_utf8_lossy(bytes.get(from..to).unwrap_or_default()))
    };
    (show(one), show(other))
}
