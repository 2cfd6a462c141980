//! What everybody outside was told: callers, people, handlers. Whatever they hear has to be durable at that moment.

use flowwright::base::{Error, ErrorKind, InstanceId, TaskId};
use flowwright::engine::{ActivityContext, Outcome};
use flowwright::machine::Places;
use flowwright::protocol::{Activation, At, Event, InstanceStatus, Recorded, wire};
use flowwright::store::{HistoryRow, Store};
use flowwright_store::MemoryStore;
use parking_lot::Mutex;
use serde_json::Value;

use crate::flows;

/// A handler was called.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The process, counted as they were opened.
    pub process: u64,
    pub instance: InstanceId,
    /// The step's path.
    pub step: String,
    pub attempt: u32,
    /// The idempotency key that it was given.
    pub key: String,
}

/// What somebody did with a task.
#[derive(Clone, Debug)]
pub struct Deed {
    pub task: TaskId,
    pub person: String,
    pub request: String,
    pub outcome: &'static str,
}

/// All that was told.
#[derive(Default)]
pub struct Told {
    /// The job of this number is this instance.
    pub started: Vec<(usize, InstanceId)>,
    /// The signal of the job of this number was taken.
    pub signalled: Vec<(usize, InstanceId)>,
    /// An instance has ended so.
    pub outcomes: Vec<(InstanceId, Outcome)>,
    /// A task is done so.
    pub done: Vec<Deed>,
    /// Somebody else has done it.
    pub refused: Vec<Deed>,
    /// Handlers that were called, in order.
    pub entries: Vec<Entry>,
    /// What was said before it was durable.
    pub too_early: Vec<String>,
    /// What nobody should ever be told.
    pub wrong: Vec<String>,
}

/// Hears everything, and looks at once into the store: past all faults.
pub struct Oracle {
    store: MemoryStore,
    told: Mutex<Told>,
}

impl Oracle {
    pub fn new(store: MemoryStore) -> Self {
        Self { store, told: Mutex::default() }
    }

    /// What was told so far, taken out.
    pub fn take(&self) -> Told {
        std::mem::take(&mut *self.told.lock())
    }

    /// The instance that is known to be the job of this number.
    pub fn job(&self, n: usize) -> Option<InstanceId> {
        self.told.lock().started.iter().find(|(known, _)| *known == n).map(|(_, id)| *id)
    }

    pub async fn started(&self, n: usize, id: InstanceId) {
        let kept = self.store.find_by_key("job", &n.to_string()).await.unwrap() == Some(id);
        self.durable(kept, || format!("{id}: the start of job {n}"));
        self.told.lock().started.push((n, id));
    }

    pub async fn signalled(&self, n: usize, id: InstanceId) {
        let kept = self.events(id).await.iter().any(|recorded| is_signal(&recorded.event, n));
        self.durable(kept, || format!("{id}: the signal of job {n}"));
        self.told.lock().signalled.push((n, id));
    }

    pub async fn ended(&self, id: InstanceId, outcome: Outcome) {
        let row = self.store.summary(id).await.unwrap();
        let kept = row.is_some_and(|summary| summary.row.status == outcome.status);
        self.durable(kept && outcome.status.is_closed(), || format!("{id}: its end as {:?}", outcome.status));
        self.told.lock().outcomes.push((id, outcome));
    }

    pub async fn done(&self, deed: Deed) {
        let kept = self.doer(deed.task).await.is_some_and(|request| request == deed.request);
        self.durable(kept, || format!("{}: a task that {} has done", deed.task, deed.person));
        self.told.lock().done.push(deed);
    }

    pub async fn refused(&self, deed: Deed, error: &Error) {
        let other = self.doer(deed.task).await.is_some();
        self.durable(other && error.kind() == ErrorKind::Conflict, || {
            format!("{}: what {} was refused with: {error}", deed.task, deed.person)
        });
        self.told.lock().refused.push(deed);
    }

    /// A signal did not reach a job that has ended.
    pub async fn closed(&self, id: InstanceId) {
        let row = self.store.summary(id).await.unwrap();
        let kept = row.is_some_and(|summary| summary.row.status == InstanceStatus::Completed);
        self.durable(kept, || format!("{id}: its end"));
    }

    /// A call failed. Whatever it was about may have happened.
    pub fn failed(&self, what: &str, error: &Error) {
        if !error.retryable() && error.kind() != ErrorKind::ShuttingDown {
            self.told.lock().wrong.push(format!("{what}: {error}"));
        }
    }

    /// A handler is called: the attempt has to be in the history that the disk has.
    pub async fn entered(&self, process: u64, context: &ActivityContext, input: &Value) {
        let entry = Entry {
            process,
            instance: context.instance(),
            step: context.step().to_owned(),
            attempt: context.attempt(),
            key: context.idempotency_key().to_owned(),
        };
        let events = self.events(entry.instance).await;
        self.durable(shows(&events, &entry, input), || format!("{}: {entry:?}", entry.instance));
        self.told.lock().entries.push(entry);
    }

    fn durable(&self, kept: bool, what: impl FnOnce() -> String) {
        if !kept {
            self.told.lock().too_early.push(what());
        }
    }

    async fn events(&self, instance: InstanceId) -> Vec<Recorded> {
        let rows = self.store.history(instance, 0, usize::MAX).await.unwrap();
        let read = |row: &HistoryRow| wire::read_events(instance, row.first_seq, &row.events).unwrap();
        rows.iter().flat_map(read).collect()
    }

    /// The request by which a task was done.
    async fn doer(&self, task: TaskId) -> Option<String> {
        let mut place = None;
        self.events(task.instance).await.into_iter().find_map(|recorded| match recorded.event {
            Event::StepActivated { at, activation, .. } if activation == task.activation => {
                place = Some(at);
                None
            }
            Event::TaskDone { at, request, .. } if Some(at) == place => request,
            _ => None,
        })
    }
}

/// Whether an event is the arrival of the signal of a job.
pub fn is_signal(event: &Event, n: usize) -> bool {
    match event {
        Event::SignalKept { signal, .. } | Event::SignalDelivered { signal, kept: None, .. } => {
            signal.id.as_deref() == Some(n.to_string().as_str())
        }
        _ => false,
    }
}

/// Whether a history shows the beginning of an attempt, with its input.
fn shows(events: &[Recorded], entry: &Entry, input: &Value) -> bool {
    let Some(Event::InstanceStarted(start)) = events.first().map(|first| &first.event) else { return false };
    let (graph, mut places) = (flows::graph(&start.flow), Places::default());
    let (mut given, mut begun) = (false, false);
    for recorded in events {
        places.see(&recorded.event);
        let here = |at: &At| places.path(graph, *at) == entry.step;
        match &recorded.event {
            Event::StepActivated { at, doing: Activation::Activity { input: durable, .. }, .. }
                if here(at) =>
            {
                given = **durable == *input;
                begun = entry.attempt == 1;
            }
            Event::AttemptStarted { work } if work.attempt == entry.attempt && here(&work.at) => begun = true,
            _ => {}
        }
    }
    given && begun
}
