//! A worker's part in giving tasks to people.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::Shared;
use super::mailbox::{Ask, Call, Message, Reply, Waiting};
use super::route;
use super::slot::{Live, Slot};
use super::worker::Worker;
use crate::base::{InstanceId, Timestamp};
use crate::definition::Routing;
use crate::graph::{Graph, Kind};
use crate::protocol::{TaskView, wire};
use crate::store::{Page, TaskFilter};

impl Worker {
    /// Gives a task to somebody, aside.
    pub(super) fn route(&mut self, instance: InstanceId, view: TaskView) {
        let shared = Arc::clone(&self.shared);
        self.shared.spawn(async move {
            give(&shared, &view, |call| Some(Message::Routed { instance, call })).await;
        });
    }

    /// A task was given to somebody, or nobody could be found.
    pub(super) fn routed(&mut self, instance: InstanceId, call: Option<Box<Call>>) {
        if let Some(Slot::Live(live)) = self.slots.get_mut(&instance) {
            live.routing = live.routing.saturating_sub(1);
            live.touched = self.now;
        }
        if let Some(call) = call {
            self.call(*call);
        }
    }

    /// Finds tasks that were to be given to somebody when the process that knew of it ended.
    pub(super) fn recover_routing(&mut self, live: &mut Live) {
        let crashed = live.stored.is_some_and(|stored| stored.wake == Some(Timestamp::EPOCH));
        if !crashed || !routes(&live.graph) {
            return;
        }
        live.routing += 1;
        let (shared, graph, instance) = (Arc::clone(&self.shared), Arc::clone(&live.graph), live.instance);
        self.shared.spawn(async move {
            for view in left(&shared, &graph, instance).await {
                give(&shared, &view, |call| call.map(Message::Call)).await;
            }
            shared.mailboxes.send_to(instance, Message::Routed { instance, call: None });
        });
    }
}

/// Finds somebody for a task, and waits until it is theirs.
async fn give(
    shared: &Shared,
    view: &TaskView,
    message: impl FnOnce(Option<Box<Call>>) -> Option<Message> + Send,
) {
    let send = |message: Option<Message>| {
        message.into_iter().for_each(|message| shared.mailboxes.send_to(view.id.instance, message));
    };
    let chosen = shared.router.choose(&*shared.store, view).await;
    let person = chosen.unwrap_or_else(|error| {
        tracing::warn!(task = %view.id, %error, "nobody could be found for a task; it stays on offer");
        None
    });
    let Some(person) = person else { return send(message(None)) };
    let Some((waiting, answer)) = Waiting::new(&Arc::new(AtomicUsize::new(0)), 1) else { return };
    let reply = Reply { local: Some(waiting), remote: None, item: None };
    let call =
        Call { instance: view.id.instance, ask: Ask::Input(route::input(view, person.clone())), reply };
    send(message(Some(Box::new(call))));
    if let Ok(Err(error)) = answer.await {
        tracing::debug!(task = %view.id, %error, "a task was not given to anybody");
    }
    shared.router.settled(&person).await;
}

/// Whether any task of a flow is given to somebody by the engine.
fn routes(graph: &Graph) -> bool {
    graph.steps.iter().any(|node| routing(&node.kind) != Routing::Pull)
}

fn routing(kind: &Kind) -> Routing {
    match kind {
        Kind::UserTask(task) => task.routing,
        _ => Routing::Pull,
    }
}

/// Open tasks of an instance that are to be given to somebody.
async fn left(shared: &Shared, graph: &Graph, instance: InstanceId) -> Vec<TaskView> {
    let filter = TaskFilter { instance: Some(instance), unassigned: true, ..TaskFilter::default() };
    let rows = shared.store.tasks(&filter, &Page { limit: 1_000, after: None }).await.unwrap_or_default();
    let views =
        rows.into_iter().filter_map(|row| wire::read::<TaskView>("task", instance, 0, &row.view).ok());
    views
        .filter_map(|mut view| {
            view.routing = routing(&graph.steps.get(view.at.step as usize)?.kind);
            route::wanted(&view).then_some(view)
        })
        .collect()
}
