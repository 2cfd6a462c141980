//! What reaches instances: calls, results, and instances that were read.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::invoke::JobKey;
use super::lend::Lent;
use super::mail::{self, Answer};
use super::mailbox::{Ask, Call, Message, Reply};
use super::recover::{self, Restored};
use super::slot::{Decided, Live, Slot, Waiting};
use super::worker::{Worker, again, not_owned};
use crate::base::{Error, ErrorKind, InstanceId, Payload, Result, Span};
use crate::definition::VersionRef;
use crate::graph::Graph;
use crate::machine::State;
use crate::protocol::{ChildOutcome, Failure, Input, InstanceStatus, ParentRef, Start};

/// For how long an instance that could not be read or decided answers with its error before it is tried again.
const BROKEN_FOR: Span = Span::from_secs(30);
/// The pause before an instance is read again, when the store failed.
const RELOAD_AFTER: Duration = Duration::from_millis(200);

impl Worker {
    /// Decides a call, or lets it wait until its instance is read.
    pub(super) fn call(&mut self, call: Call) {
        let instance = call.instance;
        if self.leaving.is_some() {
            return self.refuse(call.reply, super::mailbox::gone(instance));
        }
        if !self.owns(instance) || self.is_leaving(instance) {
            return self.refuse(call.reply, not_owned(instance));
        }
        match self.slots.get_mut(&instance) {
            Some(Slot::Live(_)) => self.decide(call),
            Some(Slot::Loading(waiting)) => waiting.push_back(Waiting::Call(Box::new(call))),
            Some(Slot::Broken(error, _)) => {
                let error = again(error);
                self.refuse_kept(call.reply, error);
            }
            None => match call.ask {
                Ask::Start { graph, start } => self.begin(instance, graph, *start, call.reply, None),
                Ask::Child { .. } | Ask::Remote { .. } => self.resolve(call),
                Ask::Input(_) => self.load(instance, Some(Waiting::Call(Box::new(call)))),
            },
        }
    }

    /// Takes in what a handler gave.
    pub(super) fn result(&mut self, instance: InstanceId, input: Input) {
        // Work whose handler is missing goes on waiting.
        if let Some(work) = input.result_of() {
            let key = (instance, work);
            self.out.exchange.taken.push(key);
            if let Some(item) = self.shared.offers.finish(&key) {
                self.work_came(instance, &input, item);
            }
        }
        if !self.owns(instance) {
            self.out.exchange.settled += 1;
            if let Input::HandlerMissing { work } = input {
                self.out.exchange.lost.push((instance, work));
            }
            return;
        }
        if matches!(input, Input::HandlerMissing { .. }) {
            self.shared.offers.look();
        }
        match self.slots.get_mut(&instance) {
            Some(Slot::Live(_)) => self.decide_result(instance, input),
            Some(Slot::Loading(waiting)) => waiting.push_back(Waiting::Result(input, None)),
            Some(Slot::Broken(..)) => self.out.exchange.settled += 1,
            None => self.load(instance, Some(Waiting::Result(input, None))),
        }
    }

    fn decide(&mut self, call: Call) {
        let Some(Slot::Live(live)) = self.slots.get_mut(&call.instance) else { return };
        let decided = match call.ask {
            Ask::Input(input) => {
                let lent = Lent::of(&input);
                let decided = live.decide(input, self.now, self.shared.shards.len());
                lent.heed(&self.shared.invoker, live, &mut self.out.exchange);
                decided
            }
            Ask::Start { .. } | Ask::Child { .. } | Ask::Remote { .. } => {
                let answer = Answer { existing: Some(call.instance) };
                return self.answer(call.instance, call.reply, Ok(answer));
            }
        };
        match decided {
            Decided::Done => self.answer(call.instance, call.reply, Ok(Answer::default())),
            Decided::Refused(error) => self.answer(call.instance, call.reply, Err(error)),
            Decided::Broken(error) => {
                self.refuse_kept(call.reply, again(&error));
                self.break_off(call.instance, error);
            }
        }
    }

    fn decide_result(&mut self, instance: InstanceId, input: Input) {
        let Some(Slot::Live(live)) = self.slots.get_mut(&instance) else { return };
        match live.decide(input.clone(), self.now, self.shared.shards.len()) {
            Decided::Done | Decided::Refused(_) => {
                if !live.keep_result(input) {
                    self.out.exchange.settled += 1;
                }
                Self::changed(&mut self.out, &mut self.timers, live);
            }
            Decided::Broken(error) => {
                self.out.exchange.settled += 1;
                self.break_off(instance, error);
            }
        }
    }

    /// Decides an input of the engine's own.
    pub(super) fn decide_alone(&mut self, instance: InstanceId, input: Input) {
        let call = Call { instance, ask: Ask::Input(input), reply: Reply::default() };
        self.decide(call);
    }

    /// Answers when what was decided is durable.
    fn answer(&mut self, instance: InstanceId, reply: Reply, answer: Result<Answer>) {
        let Some(Slot::Live(live)) = self.slots.get_mut(&instance) else { return };
        match live.answer(reply, answer, self.now) {
            Ok(Some((reply, answer))) => {
                // No write shows whether another process has gone on with the instance.
                let answer = if self.shared.leases.last() { answer } else { Err(not_owned(instance)) };
                if let Some(waiting) = reply.local {
                    waiting.answer(answer);
                }
            }
            Ok(None) => {}
            Err(error) => return self.break_off(instance, error),
        }
        if let Some(Slot::Live(live)) = self.slots.get_mut(&instance) {
            Self::changed(&mut self.out, &mut self.timers, live);
        }
    }

    /// Answers at once: no instance is concerned. An inbox item is done with.
    pub(super) fn answer_now(&mut self, reply: Reply, answer: Result<Answer>) {
        if let Some(call) = reply.remote {
            match mail::answer_mail(call, &answer) {
                Ok(delivery) => self.out.deliver.push(delivery),
                Err(error) => tracing::error!(%error, "an answer could not be written"),
            }
        }
        if let Some(item) = reply.item {
            self.out.discard.push(item);
            self.inbox.done(item);
        }
        if let Some(waiting) = reply.local {
            waiting.answer(answer);
        }
    }

    fn refuse(&mut self, reply: Reply, error: Error) {
        match reply.item {
            Some(_) => self.refuse_kept(reply, error),
            None => self.answer_now(reply, Err(error)),
        }
    }

    /// Tells a caller in this process. Mail stays in the inbox, and is taken up again when the instance can be decided.
    pub(super) fn refuse_kept(&mut self, reply: Reply, error: Error) {
        if let Some(item) = reply.item {
            self.inbox.done(item);
        }
        if let Some(waiting) = reply.local {
            waiting.answer(Err(error));
        }
    }

    /// Begins an instance. `parent` is told if it cannot.
    fn begin(
        &mut self,
        instance: InstanceId,
        graph: Arc<Graph>,
        start: Start,
        reply: Reply,
        parent: Option<&ParentRef>,
    ) {
        let shards = self.shared.shards.len();
        let mut live = Live::new(instance, instance.shard(shards), graph, State::new(), self.now);
        match live.decide(Input::Start(Box::new(start)), self.now, shards) {
            Decided::Done => {
                self.slots.insert(instance, Slot::Live(Box::new(live)));
                self.residents.push_back((self.now, instance));
                self.answer(instance, reply, Ok(Answer::default()));
            }
            Decided::Refused(error) | Decided::Broken(error) => {
                if let Some(parent) = parent {
                    self.tell_parent(instance, parent, &error);
                }
                self.answer_now(reply, Err(error));
            }
        }
    }

    fn tell_parent(&mut self, child: InstanceId, parent: &ParentRef, error: &Error) {
        let failure = Failure::new(error.code(), error.message());
        let outcome =
            ChildOutcome { status: InstanceStatus::Failed, output: Payload::null(), error: Some(failure) };
        match mail::tell_parent(child, parent, outcome, self.shared.shards.len()) {
            Ok(delivery) if parent.wait => self.out.deliver.push(delivery),
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "a caller could not be told"),
        }
    }

    /// Finds the version and the graph. What reaches the instance meanwhile waits.
    fn resolve(&mut self, call: Call) {
        let (flow, version) = match &call.ask {
            Ask::Child { flow, version, .. } => (Arc::clone(flow), version.clone()),
            Ask::Remote { flow, start } => {
                (Arc::clone(flow), VersionRef { version: Some(start.version), label: None })
            }
            Ask::Input(_) | Ask::Start { .. } => return,
        };
        self.slots.insert(call.instance, Slot::Loading(VecDeque::new()));
        let shared = Arc::clone(&self.shared);
        self.shared.spawn(async move {
            let found = shared.catalog.resolve(&flow, &version).await;
            let instance = call.instance;
            shared.mailboxes.send_to(instance, Message::Ready { instance, call: Box::new(call), found });
        });
    }

    pub(super) fn ready(&mut self, instance: InstanceId, call: Call, found: Result<(u32, Arc<Graph>)>) {
        let Some(Slot::Loading(waiting)) = self.slots.remove(&instance) else {
            return self.refuse_kept(call.reply, not_owned(instance));
        };
        match (call.ask, found) {
            (Ask::Child { input, parent, .. }, Ok((version, graph))) => {
                let labels = std::collections::BTreeMap::new();
                let parent_ref = Some(parent.clone());
                let start = Start { instance, version, key: None, input, labels, parent: parent_ref };
                self.begin(instance, graph, start, call.reply, Some(&parent));
            }
            (Ask::Remote { start, .. }, Ok((_, graph))) => {
                self.begin(instance, graph, *start, call.reply, None)
            }
            (_, Err(error)) if error.retryable() => {
                self.refuse_kept(call.reply, error);
                self.inbox.again();
            }
            (Ask::Child { parent, .. }, Err(error)) => {
                self.tell_parent(instance, &parent, &error);
                self.answer_now(call.reply, Err(error));
            }
            (_, Err(error)) => self.answer_now(call.reply, Err(error)),
            (Ask::Input(_) | Ask::Start { .. }, Ok(_)) => {}
        }
        self.after_absence(instance, waiting);
    }

    /// Reads an instance; what has come for it waits.
    pub(super) fn load(&mut self, instance: InstanceId, first: Option<Waiting>) {
        self.slots.insert(instance, Slot::Loading(first.into_iter().collect()));
        recover::request(&self.shared, instance, Duration::ZERO);
    }

    /// Takes an instance in that was read.
    pub(super) fn restored(&mut self, instance: InstanceId, result: Result<Option<Box<Restored>>>) {
        self.waker.loaded(instance);
        let Some(Slot::Loading(waiting)) = self.slots.remove(&instance) else { return };
        match result {
            Ok(Some(restored)) => self.revive(instance, *restored, waiting),
            Ok(None) => self.after_absence(instance, waiting),
            Err(error) if error.retryable() => self.load_again(instance, &error, waiting),
            Err(error) => {
                tracing::error!(%instance, %error, "an instance cannot be read; it is left alone");
                self.put_aside(instance, waiting, error);
            }
        }
    }

    fn revive(&mut self, instance: InstanceId, restored: Restored, mut waiting: VecDeque<Waiting>) {
        let Restored { graph, state, stored, chain, snapshot } = restored;
        let shard = instance.shard(self.shared.shards.len());
        let mut live = Live::new(instance, shard, graph, state, self.now);
        live.restored(stored, chain, snapshot.as_ref());
        let before = waiting.len();
        waiting.retain(|entry| !is_recorded(&live, entry));
        self.out.exchange.settled += before - waiting.len();
        let mut lost = self.lost_work(&live);
        for entry in &waiting {
            if let Waiting::Result(input, _) = entry {
                lost.retain(|key| work_of(input) != Some(key.1));
            }
        }
        self.homeless_work(&live, &mut lost);
        Self::changed(&mut self.out, &mut self.timers, &mut live);
        self.recover_routing(&mut live);
        self.slots.insert(instance, Slot::Live(Box::new(live)));
        self.residents.push_back((self.now, instance));
        for entry in waiting {
            self.dispatch(instance, entry);
        }
        for (instance, work) in lost {
            self.decide_alone(instance, Input::ActivityLost { work });
        }
        self.dismiss_closed(instance);
    }

    /// Attempts that are out according to the state, and that this process knows nothing of.
    fn lost_work(&self, live: &Live) -> Vec<JobKey> {
        let out: Vec<JobKey> =
            live.state.running(&live.graph).into_iter().map(|run| (live.instance, run.work)).collect();
        if out.is_empty() { out } else { self.shared.invoker.unknown(out) }
    }

    fn dispatch(&mut self, instance: InstanceId, entry: Waiting) {
        match entry {
            Waiting::Call(call) => self.call(*call),
            Waiting::Result(input, _) => self.redecide(instance, input),
        }
    }

    /// Decides a result again, or for the first time, whose handler is done with.
    fn redecide(&mut self, instance: InstanceId, input: Input) {
        match self.slots.get_mut(&instance) {
            Some(Slot::Live(_)) => self.decide_result(instance, input),
            Some(Slot::Loading(waiting)) => waiting.push_back(Waiting::Result(input, None)),
            _ => self.out.exchange.settled += 1,
        }
    }

    /// The instance does not exist: what begins it begins it, everything else is for nobody.
    fn after_absence(&mut self, instance: InstanceId, waiting: VecDeque<Waiting>) {
        for entry in waiting {
            match entry {
                Waiting::Call(call)
                    if matches!(call.ask, Ask::Input(_)) && !self.slots.contains_key(&instance) =>
                {
                    let error = Error::new(ErrorKind::NotFound, format!("there is no instance {instance}"));
                    self.answer_now(call.reply, Err(error));
                }
                entry => self.dispatch(instance, entry),
            }
        }
    }

    /// Reads an instance again after a while. Callers are told; results and mail wait.
    fn load_again(&mut self, instance: InstanceId, error: &Error, waiting: VecDeque<Waiting>) {
        let mut rest = VecDeque::new();
        for entry in waiting {
            match entry {
                Waiting::Call(call) => self.refuse_kept(call.reply, again(error)),
                result @ Waiting::Result(..) => rest.push_back(result),
            }
        }
        self.inbox.again();
        self.slots.insert(instance, Slot::Loading(rest));
        recover::request(&self.shared, instance, RELOAD_AFTER);
    }

    fn put_aside(&mut self, instance: InstanceId, waiting: VecDeque<Waiting>, error: Error) {
        for entry in waiting {
            match entry {
                Waiting::Call(call) => self.refuse_kept(call.reply, again(&error)),
                Waiting::Result(..) => self.out.exchange.settled += 1,
            }
        }
        self.slots.insert(instance, Slot::Broken(error, self.now + BROKEN_FOR));
        self.residents.push_back((self.now, instance));
    }

    /// An instance cannot be decided: what was not written is forgotten, and it is left alone for a while.
    pub(super) fn break_off(&mut self, instance: InstanceId, error: Error) {
        tracing::error!(%instance, %error, "an instance cannot go on; it is left alone");
        self.drop_slot(instance, &error);
        self.slots.insert(instance, Slot::Broken(error, self.now + BROKEN_FOR));
        self.residents.push_back((self.now, instance));
    }
}

/// Whether something that waits is a result that is in the history: a write that was said to have failed is there all the
/// same.
fn is_recorded(live: &Live, entry: &Waiting) -> bool {
    let Waiting::Result(input, Some(seq)) = entry else { return false };
    let out = work_of(input).is_some_and(|work| live.state.attempt(&live.graph, work).is_some());
    *seq <= live.state.seq() && !out
}

/// The attempt that a handler's input is about.
fn work_of(input: &Input) -> Option<crate::protocol::Work> {
    match input {
        Input::HandlerMissing { work } => Some(*work),
        result => result.result_of(),
    }
}
