//! What a state has outside of itself: tasks in inboxes, subscriptions, child instances. For those who compare it with
//! what a store holds.

use super::frame::Doing;
use super::state::State;
use super::task;
use crate::base::InstanceId;
use crate::graph::{Graph, Kind};
use crate::protocol::{At, Subscription, TaskView, Work};

impl State {
    /// The tasks that are open, as they stand.
    pub(crate) fn open_tasks(&self, graph: &Graph) -> Vec<TaskView> {
        self.tasks.values().filter_map(|at| task::view(graph, self, *at)).collect()
    }

    /// The messages that steps wait for.
    pub(crate) fn subscriptions(&self, graph: &Graph) -> Vec<Subscription> {
        let mut found = Vec::new();
        self.each_active(graph, |at, activation, doing| {
            let Doing::Signal { correlation: Some(correlation) } = doing else { return };
            let Kind::Signal { name, .. } = &graph.steps[at.step as usize].kind else { return };
            found.push(Subscription { activation, name: name.clone(), correlation: correlation.to_string() });
        });
        found
    }

    /// The child instances whose end steps wait for.
    pub(crate) fn awaited_children(&self, graph: &Graph) -> Vec<InstanceId> {
        let mut found = Vec::new();
        self.each_active(graph, |_, _, doing| {
            if let Doing::Call { child } = doing {
                found.push(*child);
            }
        });
        found
    }

    /// Whether something that reached the suspended instance waits to be decided.
    pub(crate) fn has_deferred(&self) -> bool {
        !self.deferred.is_empty()
    }

    /// Whether the result of an attempt that is still out is here, and waits for the instance to go on.
    pub(crate) fn has_deferred_result(&self, attempt: Work) -> bool {
        self.deferred.iter().any(|input| input.result_of() == Some(attempt))
    }

    fn each_active(&self, graph: &Graph, mut see: impl FnMut(At, u32, &Doing)) {
        for (number, frame) in &self.frames {
            for step in graph.scopes[frame.scope as usize].steps.clone() {
                let state = frame.step(graph, step);
                for run in state.active_runs() {
                    if let Some(active) = state.active(run) {
                        see(At { frame: *number, step, run }, active.activation, &active.doing);
                    }
                }
            }
        }
    }
}
