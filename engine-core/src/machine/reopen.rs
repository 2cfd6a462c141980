//! Taking up a failed step again: its scope, and the scopes around it, go on from where they were.

use std::collections::{BTreeSet, VecDeque};

use super::frame::{ActivityPhase, Doing, EdgeState, Frame, Phase, StepState};
use super::scope::inner_frames;
use super::state::State;
use crate::graph::Graph;
use crate::protocol::{At, CancelReason, InstanceStatus, OperatorAction, StepStatus};

/// The frames from a step's own out to the flow.
pub(super) fn chain(state: &State, at: At) -> Vec<u32> {
    let mut frames = Vec::new();
    let mut next = Some(at.frame);
    while let Some(number) = next {
        frames.push(number);
        next = state.frame(number).and_then(|frame| frame.owner).map(|owner| owner.frame);
    }
    frames
}

/// Folds an operator's action: the step is pending (to be done again) or active (to be given its output), and
/// everything around it goes on.
pub(super) fn operator_acted(graph: &Graph, state: &mut State, at: At, action: &OperatorAction) {
    let failed =
        state.frame(at.frame).is_some_and(|frame| frame.step(graph, at.step).status == StepStatus::Failed);
    if failed {
        reopen(graph, state, at);
        if matches!(action, OperatorAction::Retry { .. }) {
            discard(graph, state, at);
        }
        revive_runs(graph, state, at);
    }
    let Some(frame) = state.frames.get_mut(&at.frame) else { return };
    let step = frame.step_mut(graph, at.step);
    if let OperatorAction::Retry { anew } = action {
        if *anew {
            step.key = 0;
        }
        // An indeterminate activity begins again from its first attempt.
        if step.status == StepStatus::Indeterminate {
            let active = match &mut step.runs {
                Some(runs) => runs.get_mut(&at.run).and_then(|run| run.active.take()),
                None => step.active.take(),
            };
            let others = !step.active_runs().is_empty();
            step.status = if others { StepStatus::Active } else { StepStatus::Pending };
            if let Some(active) = active {
                state.timers.retain(|key, _| key.activation != active.activation);
                for (pool, amount) in &graph.steps[at.step as usize].resources {
                    state.pools[*pool as usize] = state.pools[*pool as usize].saturating_sub(*amount);
                }
            }
        }
    } else if let Some(Doing::Activity(activity)) = step.active_mut(at.run).map(|active| &mut active.doing) {
        activity.phase = ActivityPhase::Indeterminate;
    }
}

fn reopen(graph: &Graph, state: &mut State, at: At) {
    state.status = InstanceStatus::Running;
    state.ended_at = None;
    state.ending = None;
    reopen_branch(graph, state, at);
    let chain = chain(state, at);
    for number in &chain {
        let Some(frame) = state.frames.get_mut(number) else { continue };
        frame.phase = Phase::Running;
        frame.error = None;
        if let Some(owner) = frame.owner {
            reopen_owner(graph, state, owner);
            revive_inner(graph, state, owner, &chain);
            revive_runs(graph, state, owner);
        }
        revive(graph, state, *number);
    }
}

/// A failed step is pending again, and with it what its failure had skipped.
fn reopen_branch(graph: &Graph, state: &mut State, at: At) {
    let Some(frame) = state.frames.get_mut(&at.frame) else { return };
    let mut open = VecDeque::from([at.step]);
    unsettle(graph, frame, at.step);
    while let Some(step) = open.pop_front() {
        for edge in graph.steps[step as usize].outgoing.clone() {
            *frame.edge_mut(graph, edge) = EdgeState::Open;
            if graph.edges[edge as usize].back.is_some() {
                // What it leads to came before, and was not skipped for this.
                continue;
            }
            let to = graph.edges[edge as usize].to;
            if frame.step(graph, to).status == StepStatus::Skipped {
                unsettle(graph, frame, to);
                open.push_back(to);
            }
            recount(graph, frame, to);
        }
    }
}

fn unsettle(graph: &Graph, frame: &mut Frame, step: u32) {
    let state = frame.step_mut(graph, step);
    if !state.status.is_settled() {
        return;
    }
    state.status = StepStatus::Pending;
    state.error = None;
    state.unhandled = false;
    state.cancelled = None;
    frame.unsettled += 1;
    let first = graph.scopes[frame.scope as usize].regions.start;
    let mut region = graph.steps[step as usize].region;
    while let Some(number) = region {
        let state = &mut frame.regions[(number - first) as usize];
        state.unsettled += 1;
        state.over = false;
        region = graph.regions[number as usize].parent;
    }
}

fn recount(graph: &Graph, frame: &mut Frame, step: u32) {
    let node = &graph.steps[step as usize];
    let (mut taken, mut decided) = (0, 0);
    for edge in &graph.incoming[node.incoming.start as usize..node.incoming.end as usize] {
        if graph.edges[*edge as usize].back.is_none() {
            let state = frame.edge(graph, *edge);
            taken += u32::from(state == EdgeState::Taken);
            decided += u32::from(matches!(state, EdgeState::Taken | EdgeState::Dropped));
        }
    }
    let state = frame.step_mut(graph, step);
    (state.taken, state.decided) = (taken, decided);
}

/// The step that a reopened frame is a run of is active again.
fn reopen_owner(graph: &Graph, state: &mut State, owner: At) {
    let Some(frame) = state.frames.get_mut(&owner.frame) else { return };
    if frame.step(graph, owner.step).status.is_settled() {
        unsettle(graph, frame, owner.step);
    }
    let step = frame.step_mut(graph, owner.step);
    step.status = StepStatus::Active;
    restore(graph, state, owner, true);
}

/// What an active step registers is registered again; its timers are not, for their time is over.
fn restore(graph: &Graph, state: &mut State, at: At, failed_item: bool) {
    let Some(frame) = state.frames.get_mut(&at.frame) else { return };
    let Some(active) = frame.step_mut(graph, at.step).active_mut(at.run) else { return };
    active.timers.clear();
    if let Doing::Each(each) = &mut active.doing {
        if failed_item {
            each.failed = each.failed.saturating_sub(1);
            each.open += 1;
            each.error = None;
        }
        state.untils.insert(at);
    }
    let active = active.clone();
    for (pool, amount) in &graph.steps[at.step as usize].resources {
        state.pools[*pool as usize] += amount;
    }
    for (name, correlation) in super::signal::waits_for(graph, at.step, &active.doing) {
        state.waiters.insert((name, correlation, active.activation), at);
    }
}

/// Steps that the failure of a scope had stopped go on: scopes as they are, all others from the beginning.
fn revive(graph: &Graph, state: &mut State, number: u32) {
    let Some(frame) = state.frames.get_mut(&number) else { return };
    let first = graph.scopes[frame.scope as usize].steps.start;
    let stopped: Vec<u32> =
        (first..).zip(&frame.steps).filter(|(_, step)| was_stopped(step)).map(|(step, _)| step).collect();
    for step in stopped {
        let Some(frame) = state.frames.get_mut(&number) else { return };
        unsettle(graph, frame, step);
        let node = &graph.steps[step as usize];
        let runs = frame.step(graph, step).active_runs();
        if node.inner.is_none() {
            let state = frame.step_mut(graph, step);
            state.active = None;
            state.runs.iter_mut().flat_map(|runs| runs.values_mut()).for_each(|run| run.active = None);
            continue;
        }
        frame.step_mut(graph, step).status = StepStatus::Active;
        for run in runs {
            let at = At { frame: number, step, run };
            restore(graph, state, at, false);
            revive_inner(graph, state, at, &[]);
        }
    }
}

/// The failed run begins anew: what it kept is closed, and can still be undone.
fn discard(graph: &Graph, state: &mut State, at: At) {
    let Some(frame) = state.frames.get_mut(&at.frame) else { return };
    let step = frame.step_mut(graph, at.step);
    let active = match &mut step.runs {
        Some(runs) => runs.get_mut(&at.run).and_then(|run| run.active.take()),
        None => step.active.take(),
    };
    let kept = StepState { active, ..StepState::default() };
    let mut undo = state.close_inner(&kept);
    if let Some(frame) = state.frames.get_mut(&at.frame) {
        frame.undo.append(&mut undo);
    }
}

/// The other runs of a step with `join: each`, which its failure had stopped, go on.
fn revive_runs(graph: &Graph, state: &mut State, at: At) {
    let Some(frame) = state.frames.get_mut(&at.frame) else { return };
    let step = frame.step_mut(graph, at.step);
    let Some(runs) = &mut step.runs else { return };
    runs.values_mut().for_each(|run| run.failed = false);
    let others: Vec<u32> = step.active_runs().into_iter().filter(|run| *run != at.run).collect();
    if !others.is_empty() {
        step.status = StepStatus::Active;
    }
    for run in others {
        let other = At { run, ..at };
        restore(graph, state, other, false);
        revive_inner(graph, state, other, &[]);
    }
}

/// What was stopped inside a step goes on, but for frames that failed themselves and those that are seen to apart.
fn revive_inner(graph: &Graph, state: &mut State, at: At, apart: &[u32]) {
    let active = state.frame(at.frame).and_then(|frame| frame.step(graph, at.step).active(at.run));
    let inner = active.map(|active| inner_frames(&active.doing)).unwrap_or_default();
    for number in inner.into_iter().filter(|number| !apart.contains(number)) {
        if state.frame(number).is_some_and(|frame| !matches!(frame.phase, Phase::Failed)) {
            revive(graph, state, number);
        }
    }
}

fn was_stopped(step: &StepState) -> bool {
    step.status == StepStatus::Cancelled && step.cancelled == Some(CancelReason::ScopeFailed)
}

/// What goes on after an operator's action: the frames that are open, and the steps that are pending in them although
/// their join is met; those were stopped, and start again.
pub(super) fn to_go_on(graph: &Graph, state: &State, at: At) -> (BTreeSet<u32>, Vec<At>) {
    let mut steps = Vec::new();
    let mut open = BTreeSet::new();
    let mut frames = chain(state, at);
    while let Some(number) = frames.pop() {
        let Some(frame) = state.frame(number) else { continue };
        if !frame.starts_steps() || !open.insert(number) {
            continue;
        }
        let first = graph.scopes[frame.scope as usize].steps.start;
        for (step, state) in (first..).zip(&frame.steps) {
            let node = &graph.steps[step as usize];
            let stopped = state.runs.iter().flat_map(|runs| runs.iter()).filter(|(_, run)| !run.begun());
            if !state.status.is_settled() {
                steps.extend(stopped.map(|(run, _)| At { frame: number, step, run: *run }));
            }
            if state.key != 0 && state.status == StepStatus::Pending && state.runs.is_none() {
                steps.push(At::new(number, step));
            }
            if state.is_active() && node.inner.is_some() {
                for run in state.active_runs() {
                    let inner =
                        state.active(run).map(|active| inner_frames(&active.doing)).unwrap_or_default();
                    frames.extend(inner);
                }
            }
        }
    }
    steps.sort_unstable();
    steps.dedup();
    (open, steps)
}
