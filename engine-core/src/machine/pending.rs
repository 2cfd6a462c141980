//! What is handed out: rebuilt from the state, so that it can be handed out again after a crash.

use std::sync::Arc;

use uuid::Uuid;

use super::evaluate;
#[cfg(feature = "runtime")]
use super::frame::{ActivityPhase, StepState};
use super::frame::{ActivityState, Doing, Phase};
use super::names::View;
use super::state::State;
use crate::base::Timestamp;
use crate::graph::{Graph, Kind};
use crate::protocol::{At, Purpose, RunActivity, Work};

impl State {
    /// The attempts that were handed out and have not come back. After a crash each is answered with
    /// [`Input::ActivityLost`](crate::protocol::Input::ActivityLost).
    pub fn running(&self, graph: &Graph) -> Vec<RunActivity> {
        let mut running = Vec::new();
        for (number, frame) in &self.frames {
            let first = graph.scopes[frame.scope as usize].steps.start;
            for (step, state) in (first..).zip(&frame.steps) {
                if !state.is_active() {
                    continue;
                }
                for run in state.active_runs() {
                    running.extend(run_activity(graph, self, At { frame: *number, step, run }));
                }
            }
            running.extend(undo_activity(graph, self, *number));
        }
        running.sort_by_key(|run| run.work.activation);
        running
    }

    /// Whether [`running`](Self::running) has anything, found out without listing it.
    #[cfg(feature = "runtime")]
    pub(crate) fn is_running(&self, graph: &Graph) -> bool {
        self.frames.iter().any(|(number, frame)| {
            let first = graph.scopes[frame.scope as usize].steps.start;
            let out = |(step, state): (u32, &StepState)| {
                let at = |run| At { frame: *number, step, run };
                state.is_active()
                    && state.active_runs().into_iter().any(|run| attempt_out(self, graph, at(run)).is_some())
            };
            (first..).zip(&frame.steps).any(out) || undo_activity(graph, self, *number).is_some()
        })
    }
}

#[cfg(feature = "runtime")]
impl State {
    /// Whether an attempt waits for a handler that was nowhere to be found.
    pub(crate) fn misses_handler(&self, graph: &Graph, work: Work) -> bool {
        self.activity_out(graph, work).is_some_and(|activity| activity.phase == ActivityPhase::Missing)
    }
}

impl State {
    /// An attempt, if it is out.
    pub(crate) fn attempt(&self, graph: &Graph, work: Work) -> Option<RunActivity> {
        let run = match work.purpose {
            Purpose::Compensate => undo_activity(graph, self, work.at.frame),
            Purpose::Run | Purpose::Check => run_activity(graph, self, work.at),
        };
        run.filter(|run| run.work == work)
    }

    /// The other process that is asked to run an attempt that is out.
    pub(crate) fn process_of(&self, graph: &Graph, work: Work) -> Option<Uuid> {
        if work.purpose == Purpose::Compensate {
            let Phase::Compensating(compensation) = &self.frame(work.at.frame)?.phase else { return None };
            return compensation.current.as_ref().filter(|current| current.work == work)?.process;
        }
        self.activity_out(graph, work)?.process
    }

    /// The activity whose attempt is out.
    fn activity_out(&self, graph: &Graph, work: Work) -> Option<&ActivityState> {
        match &self.frame(work.at.frame)?.step(graph, work.at.step).active(work.at.run)?.doing {
            Doing::Activity(activity) if attempt_out(self, graph, work.at) == Some(work) => Some(activity),
            _ => None,
        }
    }
}

/// The attempt that is out for a step, if there is one.
pub(super) fn attempt_out(state: &State, graph: &Graph, at: At) -> Option<Work> {
    let step = state.frame(at.frame)?.step(graph, at.step);
    let active = step.is_active().then(|| step.active(at.run)).flatten()?;
    let Doing::Activity(activity) = &active.doing else { return None };
    let purpose = activity.purpose()?;
    Some(Work { at, activation: active.activation, attempt: active.attempt, purpose })
}

/// The command for the attempt that is out.
pub(super) fn run_activity(graph: &Graph, state: &State, at: At) -> Option<RunActivity> {
    let work = attempt_out(state, graph, at)?;
    let node = &graph.steps[at.step as usize];
    let Kind::Activity(kind) = &node.kind else { return None };
    let step = state.frame(at.frame)?.step(graph, at.step);
    let active = step.active(at.run)?;
    let Doing::Activity(activity) = &active.doing else { return None };
    let checks = work.purpose == Purpose::Check;
    let handler = if checks { kind.check.clone()? } else { kind.handler.clone() };
    let key = if step.runs.is_some() { active.activation } else { step.key };
    Some(RunActivity {
        work,
        step: super::place::path(graph, state, at),
        handler,
        input: activity.input.clone(),
        idempotency_key: format!("{}.{key}", state.instance()),
        timeout: activity.timeout,
        deadline: activity.deadline,
        heartbeat: activity.heartbeat,
        last_heartbeat: active.heartbeat.clone(),
        queue: kind.queue.clone(),
        priority: kind.priority,
        resources: node.engine_resources.clone(),
    })
}

/// The command for the compensation that is out in a frame.
pub(super) fn undo_activity(graph: &Graph, state: &State, frame: u32) -> Option<RunActivity> {
    let Phase::Compensating(compensation) = &state.frame(frame)?.phase else { return None };
    let current = compensation.current.as_ref().filter(|current| !current.waiting)?;
    let node = graph.steps[current.entry.step as usize].undo.as_ref();
    let view = View::new(graph, state, frame, Timestamp::EPOCH);
    let timeout = node.and_then(|node| evaluate::optional(&view, node.timeout.as_ref()).ok().flatten());
    Some(RunActivity {
        work: current.work,
        step: current.entry.undo.step.clone(),
        handler: Arc::clone(&current.entry.undo.handler),
        input: current.entry.undo.input.clone(),
        idempotency_key: format!("{}.{}", state.instance(), current.work.activation),
        timeout,
        deadline: None,
        heartbeat: None,
        last_heartbeat: None,
        queue: None,
        priority: 5,
        resources: Vec::new(),
    })
}
