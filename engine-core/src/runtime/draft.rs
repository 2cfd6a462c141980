//! What decisions will write: rows for the store, and effects for the time when they are durable.

use std::collections::BTreeSet;

use super::effects::Effects;
use super::mail;
use crate::base::{Error, ErrorKind, InstanceId, Result, Timestamp};
use crate::machine::State;
use crate::protocol::wire::{self, EventWriter};
use crate::protocol::{Command, InstanceStatus, Subscription, TaskChange, TaskView};
use crate::store::{Delivery, SubscriptionRow, SummaryRow, TaskRow, TaskWrite};

/// What decisions will write, and what follows once it is durable.
#[derive(Default)]
pub(super) struct Draft {
    pub events: EventWriter,
    pub at: Timestamp,
    pub tasks: Vec<TaskWrite>,
    pub subscriptions: Vec<(SubscriptionRow, bool)>,
    pub outbox: Vec<Delivery>,
    pub effects: Box<Effects>,
    /// The instance leaves memory once this is durable.
    pub parks: bool,
}

/// The draft, begun at this time if there is none.
pub(super) fn of(slot: &mut Option<Box<Draft>>, now: Timestamp) -> &mut Draft {
    slot.get_or_insert_with(|| Box::new(Draft { at: now, ..Draft::default() }))
}

impl Draft {
    /// Notes what follows from a command, once what was decided is durable.
    pub fn command(
        &mut self,
        instance: InstanceId,
        command: Command,
        shards: u32,
        routed: &mut BTreeSet<u32>,
        routing: &mut u32,
    ) -> Result<()> {
        if let Some(delivery) = mail::of_command(&command, instance, shards) {
            let delivery = delivery?;
            self.effects.mailed.push(delivery.shard);
            self.outbox.push(delivery);
            return Ok(());
        }
        match command {
            Command::Run(run) => self.effects.run.push(run),
            Command::Stop(work) => self.effects.stop.push(work),
            Command::Subscribe(subscription) => self.subscriptions.push((subscribed(&subscription), true)),
            Command::Unsubscribe(subscription) => self.subscriptions.push((subscribed(&subscription), false)),
            Command::Task(change) => match *change {
                TaskChange::Open(view) => {
                    self.tasks.push(TaskWrite::Put(Box::new(task_row(&view)?)));
                    if super::route::wanted(&view) && routed.insert(view.id.activation) {
                        *routing += 1;
                        self.effects.route.push(view);
                    }
                }
                TaskChange::Closed(task) => self.tasks.push(TaskWrite::Remove(task)),
            },
            Command::Assign { process, run } => {
                self.outbox.push(super::offer::letter(instance, process, run)?)
            }
            Command::StartChild { .. } | Command::AbortChild { .. } | Command::TellParent { .. } => {}
        }
        Ok(())
    }
}

fn subscribed(subscription: &Subscription) -> SubscriptionRow {
    SubscriptionRow {
        activation: subscription.activation,
        name: subscription.name.to_string(),
        correlation: subscription.correlation.clone(),
    }
}

/// The row by which people find the task.
pub(crate) fn task_row(view: &TaskView) -> Result<TaskRow> {
    Ok(TaskRow {
        id: view.id,
        flow: view.flow.to_string(),
        step: view.step.clone(),
        assignee: view.assignee.clone(),
        candidates: view.candidates.clone(),
        excluded: view.excluded.clone(),
        priority: view.priority,
        created: view.created,
        due: view.due,
        view: wire::to_bytes(view)?,
    })
}

/// The columns by which the instance is found.
pub(crate) fn summary(state: &State, wake: Option<Timestamp>) -> Result<SummaryRow> {
    let result = match (state.status(), state.error()) {
        (InstanceStatus::Completed, _) => Some(json(&state.output())?),
        (status, Some(error)) if status.is_closed() => Some(json(error)?),
        _ => None,
    };
    Ok(SummaryRow {
        flow: state.flow().to_owned(),
        version: state.version(),
        key: state.key().map(str::to_owned),
        status: state.status(),
        wake,
        labels: state.labels().clone(),
        parent: state.parent().map(|parent| parent.instance),
        started: state.started_at(),
        ended: state.ended_at(),
        error_code: state.error().map(|error| error.code.clone()),
        result,
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    let bytes = wire::to_bytes(value)?;
    String::from_utf8(bytes)
        .map_err(|error| Error::new(ErrorKind::Internal, "JSON that is no text").caused_by(error))
}
