//! An instance in memory: its state, what its decisions will write, and what is on its way to the store.

use std::any::Any;
use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::committer::Ticket;
use super::draft::{self, Draft};
use super::effects::Effects;
use super::mail::{self, Answer};
use super::mailbox::{Call, Reply};
use crate::base::{Error, ErrorKind, InstanceId, Result, Timestamp};
use crate::graph::Graph;
use crate::machine::{self, Decision, State};
use crate::protocol::wire;
use crate::protocol::{Chain, Input, InstanceStatus};
use crate::store::{Commit, FencingToken, HistoryRow, SnapshotRow, SummaryRow};

/// What a worker knows of an instance.
pub(crate) enum Slot {
    /// It is being read; what reaches it waits, in order.
    Loading(VecDeque<Waiting>),
    /// It is in memory.
    Live(Box<Live>),
    /// It cannot be read or decided. It keeps what it has, and answers with this until the time given.
    Broken(Error, Timestamp),
}

/// Something that waits for an instance to be read.
pub(crate) enum Waiting {
    Call(Box<Call>),
    /// The result of a handler; once decided it counts as settled. One that was decided, and nobody knows whether that
    /// was written, comes with the last event of the decision.
    Result(Input, Option<u64>),
}

/// What the store's row says, as far as it matters for what must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub status: InstanceStatus,
    pub wake: Option<Timestamp>,
}

/// A commit on its way, and what follows once it is durable.
pub(crate) struct Awaiting {
    pub ticket: Ticket,
    pub effects: Box<Effects>,
}

/// An instance in memory.
pub(crate) struct Live {
    pub instance: InstanceId,
    pub shard: u32,
    pub graph: Arc<Graph>,
    pub state: State,
    /// None: it is not in the store yet.
    pub stored: Option<Stored>,
    pub in_flight: VecDeque<Awaiting>,
    /// The earliest time at which the worker looks at it.
    pub armed: Option<Timestamp>,
    /// When something last reached it.
    pub touched: Timestamp,
    /// Tasks that are being given to somebody.
    pub routing: u32,
    /// Tasks that were given to somebody once.
    pub routed: BTreeSet<u32>,
    /// The last decision was to leave memory.
    pub parking: bool,
    /// Nothing of it is durable yet.
    pub fresh: bool,
    /// The newest hash of its history.
    chain: Chain,
    sent: u64,
    snapshot: u64,
    snapshot_after: u64,
    draft: Option<Box<Draft>>,
    sealed: Option<Box<Effects>>,
}

/// What came of an input.
pub(crate) enum Decided {
    /// Something or nothing has happened.
    Done,
    /// It does not fit.
    Refused(Error),
    /// The rules themselves failed: the state is of no use any more.
    Broken(Error),
}

impl Live {
    pub fn new(instance: InstanceId, shard: u32, graph: Arc<Graph>, state: State, now: Timestamp) -> Self {
        Self {
            instance,
            shard,
            graph,
            chain: Chain::new(instance),
            sent: state.seq(),
            state,
            stored: None,
            in_flight: VecDeque::new(),
            armed: None,
            touched: now,
            routing: 0,
            routed: BTreeSet::new(),
            parking: false,
            fresh: true,
            snapshot: 0,
            snapshot_after: 0,
            draft: None,
            sealed: None,
        }
    }

    /// Remembers what the store has.
    pub fn restored(&mut self, stored: Stored, chain: Chain, snapshot: Option<&SnapshotRow>) {
        self.chain = chain;
        self.stored = Some(stored);
        self.fresh = false;
        if let Some(snapshot) = snapshot {
            self.snapshot = snapshot.seq;
            self.snapshot_after = snapshot_pause(snapshot.state.len());
        }
    }

    /// Decides an input against the state in memory. What follows waits in the draft.
    pub fn decide(&mut self, input: Input, now: Timestamp, shards: u32) -> Decided {
        self.touched = now;
        self.parking = false;
        let (graph, state) = (&*self.graph, &mut self.state);
        match catch_unwind(AssertUnwindSafe(|| machine::decide(graph, state, input, now))) {
            Ok(Ok(decision)) => match self.record(decision, now, shards) {
                Ok(()) => Decided::Done,
                Err(error) => Decided::Broken(error),
            },
            Ok(Err(refusal)) => Decided::Refused(Error::from(refusal).with("instance", self.instance)),
            Err(panic) => Decided::Broken(broken(self.instance, &*panic)),
        }
    }

    fn record(&mut self, decision: Decision, now: Timestamp, shards: u32) -> Result<()> {
        if decision.events.is_empty() && decision.commands.is_empty() {
            return Ok(());
        }
        let instance = self.instance;
        let draft = draft::of(&mut self.draft, now);
        if !decision.events.is_empty() {
            draft.events.push(now, &decision.events)?;
        }
        for command in decision.commands {
            draft.command(instance, command, shards, &mut self.routed, &mut self.routing)?;
        }
        Ok(())
    }

    /// Answers once everything that was decided so far is durable. The answer comes back if it may go out now.
    pub fn answer(
        &mut self,
        reply: Reply,
        answer: Result<Answer>,
        now: Timestamp,
    ) -> Result<Option<(Reply, Result<Answer>)>> {
        if reply.item.is_some() || reply.remote.is_some() {
            let draft = draft::of(&mut self.draft, now);
            if let Some(item) = reply.item {
                draft.effects.items.push(item);
            }
            if let Some(call) = reply.remote {
                draft.outbox.push(mail::answer_mail(call, &answer)?);
            }
        }
        if reply.local.is_none() && reply.remote.is_none() {
            return Ok(None);
        }
        let reply = Reply { item: None, ..reply };
        let effects = match (&mut self.draft, &mut self.sealed, self.in_flight.back_mut()) {
            (Some(draft), ..) => &mut draft.effects,
            (None, Some(sealed), _) => sealed,
            (None, None, Some(awaiting)) => &mut awaiting.effects,
            (None, None, None) => return Ok(Some((reply, answer))),
        };
        effects.replies.push((reply, answer));
        Ok(None)
    }

    /// A handler's result was decided: kept until it is durable, so that it can be decided again on another state.
    /// False if nothing is on its way, so that it counts as settled at once.
    pub fn keep_result(&mut self, input: Input) -> bool {
        let effects = match (&mut self.draft, self.in_flight.back_mut()) {
            (Some(draft), _) => &mut draft.effects,
            (None, Some(awaiting)) => &mut awaiting.effects,
            (None, None) => return false,
        };
        effects.results.push((input, self.state.seq()));
        true
    }

    /// Whether something waits to be written.
    pub const fn is_dirty(&self) -> bool {
        self.draft.is_some()
    }

    /// Whether everything that was decided is durable.
    pub fn is_settled(&self) -> bool {
        self.draft.is_none() && self.sealed.is_none() && self.in_flight.is_empty()
    }

    /// Whether handlers are out, or tasks are being given to somebody.
    pub fn is_busy(&self) -> bool {
        self.routing > 0 || self.state.is_running(&self.graph)
    }

    /// Leaves memory: writes what is needed to be found again. False if nothing has to be written.
    pub fn park(&mut self, now: Timestamp) -> bool {
        let wake = self.state.next_due();
        let found = self.stored.is_some_and(|stored| stored.wake == wake);
        let tail = self.sent - self.snapshot;
        if (found || self.state.status().is_closed()) && tail < SHORT_TAIL {
            return false;
        }
        draft::of(&mut self.draft, now).parks = true;
        self.parking = true;
        true
    }

    /// What the draft writes. The effects wait until [`sent`](Self::sent) says under which ticket it went.
    pub fn seal(
        &mut self,
        fence: FencingToken,
        snapshot_after: u64,
    ) -> Result<Option<(Commit, Option<Ticket>)>> {
        let Some(draft) = self.draft.take() else { return Ok(None) };
        let mut draft = *draft;
        let seq = self.state.seq();
        let mut commit = Commit {
            instance: Some(self.instance),
            shard: self.shard,
            expected_seq: self.sent,
            fence: Some(fence),
            tasks: std::mem::take(&mut draft.tasks),
            subscriptions: std::mem::take(&mut draft.subscriptions),
            outbox: std::mem::take(&mut draft.outbox),
            consumed: draft.effects.items.clone(),
            ..Commit::default()
        };
        if seq > self.sent {
            commit.history = Some(HistoryRow {
                first_seq: self.sent + 1,
                last_seq: seq,
                at: draft.at,
                events: draft.events.finish(&mut self.chain),
                ..HistoryRow::default()
            });
        }
        self.sent = seq;
        commit.snapshot = self.snapshot(draft.parks, snapshot_after)?;
        commit.summary = self.summary(draft.parks)?;
        self.sealed = Some(draft.effects);
        commit.check()?;
        Ok(Some((commit, self.in_flight.back().map(|awaiting| awaiting.ticket))))
    }

    /// The sealed draft went to the store.
    pub fn sent(&mut self, ticket: Ticket) {
        let Some(effects) = self.sealed.take() else { return };
        match self.in_flight.back_mut() {
            Some(last) if last.ticket == ticket => last.effects.merge(*effects),
            _ => self.in_flight.push_back(Awaiting { ticket, effects }),
        }
    }

    /// The effects of a commit that is durable now; none if it is not this state's.
    pub fn durable(&mut self, ticket: Ticket) -> Option<Box<Effects>> {
        if self.in_flight.front()?.ticket != ticket {
            return None;
        }
        self.fresh = false;
        self.in_flight.pop_front().map(|awaiting| awaiting.effects)
    }

    /// Whether a verdict is about this state.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.in_flight.iter().any(|awaiting| awaiting.ticket == ticket)
    }

    /// Everything that will not come true, oldest first.
    pub fn undone(self) -> Effects {
        let mut all = Effects::default();
        let late = self.sealed.into_iter().chain(self.draft.map(|draft| draft.effects));
        for effects in self.in_flight.into_iter().map(|awaiting| awaiting.effects).chain(late) {
            all.merge(*effects);
        }
        all
    }

    fn snapshot(&mut self, parks: bool, after: u64) -> Result<Option<SnapshotRow>> {
        let seq = self.state.seq();
        let tail = seq - self.snapshot;
        let due = tail >= after.max(self.snapshot_after) || (parks && tail >= SHORT_TAIL);
        if !due || self.state.status().is_closed() {
            return Ok(None);
        }
        let state = wire::to_bytes(&self.state)?;
        self.snapshot = seq;
        self.snapshot_after = snapshot_pause(state.len());
        Ok(Some(SnapshotRow { seq, state }))
    }

    /// The instance's row, if others would otherwise look for it in the wrong place.
    fn summary(&mut self, parks: bool) -> Result<Option<SummaryRow>> {
        let status = self.state.status();
        let stored = self.stored;
        let keep =
            stored.is_some_and(|stored| stored.status == status && stored.wake == Some(Timestamp::EPOCH));
        if keep && !parks {
            return Ok(None);
        }
        let wake = if status.is_closed() {
            None
        } else if parks || !self.is_busy() {
            self.state.next_due()
        } else {
            Some(Timestamp::EPOCH)
        };
        let next = Stored { status, wake };
        if stored == Some(next) {
            return Ok(None);
        }
        self.stored = Some(next);
        Ok(Some(draft::summary(&self.state, wake)?))
    }
}

/// A snapshot at parking is not worth it for fewer events.
const SHORT_TAIL: u64 = 32;

/// After how many further events the next snapshot of a state of this size is worth writing.
const fn snapshot_pause(bytes: usize) -> u64 {
    bytes as u64 / 64
}

fn broken(instance: InstanceId, panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::new(ErrorKind::Internal, format!("a rule of the engine failed ({text}); please report it"))
        .with("instance", instance)
}
