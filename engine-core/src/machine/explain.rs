//! Why an instance is where it is, computed from its state.

use schemars::JsonSchema;
use serde::Serialize;

use super::frame::{Active, ActivityPhase, Doing, EdgeState, Phase, StepState};
use super::place::path;
use super::state::State;
use super::wording::{describe, kind_name, words};
use crate::base::{InstanceId, Payload, Timestamp};
use crate::graph::{Graph, Kind};
use crate::protocol::{At, CandidateSet, Failure, InstanceStatus, StepStatus, TimerKind};

/// Why an instance is where it is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// The instance.
    pub instance: InstanceId,
    /// The flow's key.
    pub flow: String,
    /// Where it stands.
    pub status: InstanceStatus,
    /// One sentence that says it.
    pub summary: String,
    /// What it waits for, longest waiting first.
    pub waiting: Vec<Waiting>,
    /// Steps that did not run, and why.
    pub passed_over: Vec<Passed>,
    /// Signals that came and that nobody has waited for.
    pub kept_signals: Vec<String>,
    /// Its error, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// A step that waits.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Waiting {
    /// The step's path.
    pub step: String,
    /// What it is.
    pub kind: &'static str,
    /// What it waits for, as a sentence.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// When something will happen by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Who could act, for a user task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<CandidateSet>,
    /// Who has it, for a user task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// The edges by which control came here: from which step, under which condition, with which values.
    pub came_by: Vec<Arrival>,
}

/// An edge that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Arrival {
    /// The step that it leaves.
    pub from: String,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What the condition reads, with the values that those have now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, Payload)>,
}

/// A step that did not run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Passed {
    /// The step's path.
    pub step: String,
    /// Skipped or cancelled.
    pub status: StepStatus,
    /// Why, as a sentence.
    pub reason: String,
}

/// Says why an instance is where it is: what it waits for and since when, who could act, which conditions let it come
/// here, and why steps did not run. Reads the state alone.
pub fn explain(graph: &Graph, state: &State, now: Timestamp) -> Explanation {
    let reader = Reader { graph, state, now };
    let (mut waiting, mut passed_over) = (Vec::new(), Vec::new());
    for (number, frame) in &state.frames {
        let first = graph.scopes[frame.scope as usize].steps.start;
        for (step, step_state) in (first..).zip(&frame.steps) {
            let at = At::new(*number, step);
            if step_state.is_active() {
                waiting.extend(reader.waiting(at, step_state));
            } else {
                passed_over.extend(reader.passed(at, step_state));
            }
        }
        waiting.extend(reader.undoing(&frame.phase));
    }
    waiting.sort_by_key(|entry| entry.since);
    Explanation {
        instance: state.instance(),
        flow: state.flow().to_owned(),
        status: state.status,
        summary: reader.summary(&waiting),
        waiting,
        passed_over,
        kept_signals: state.kept_signals().map(|signal| signal.name.clone()).collect(),
        error: state.error().cloned(),
    }
}

struct Reader<'a> {
    graph: &'a Graph,
    state: &'a State,
    now: Timestamp,
}

/// What happened, and why if that was said.
fn said(what: &str, why: &str) -> String {
    if why.is_empty() { what.to_owned() } else { format!("{what}: {why}") }
}

impl Reader<'_> {
    fn summary(&self, waiting: &[Waiting]) -> String {
        match self.state.status {
            InstanceStatus::Pending => "it has not started".into(),
            InstanceStatus::Completed => "it has completed".into(),
            InstanceStatus::Aborted => {
                let operator = self.state.ending().and_then(|ending| ending.operator.as_ref());
                operator.map_or("it was aborted".into(), |operator| {
                    said(&format!("{} aborted it", operator.by), &operator.reason)
                })
            }
            InstanceStatus::Failed => self.state.error().map_or("it failed".into(), |error| {
                let who = if error.step.is_empty() { "it".into() } else { format!("`{}`", error.step) };
                said(&format!("{who} failed with {}", error.code), &error.message)
            }),
            InstanceStatus::Suspended => {
                let held = match self.state.deferred.len() {
                    0 => "nothing came meanwhile".to_owned(),
                    1 => "what came meanwhile waits for it to be resumed".to_owned(),
                    many => format!("{many} things that came meanwhile wait for it to be resumed"),
                };
                format!("it is suspended since {}; {held}", self.state.suspended_at.unwrap_or_default())
            }
            InstanceStatus::Running => match waiting {
                [] => "nothing holds it: it is about to go on".into(),
                [only] => format!("`{}` {}", only.step, only.reason),
                [first, ..] => format!(
                    "{} steps are under way; the oldest: `{}` {}",
                    waiting.len(),
                    first.step,
                    first.reason
                ),
            },
        }
    }

    fn waiting(&self, at: At, step: &StepState) -> Vec<Waiting> {
        step.active_runs()
            .into_iter()
            .filter_map(|run| Some((At { run, ..at }, step.active(run)?)))
            .filter_map(|(at, active)| self.one(at, active))
            .collect()
    }

    fn one(&self, at: At, active: &Active) -> Option<Waiting> {
        let node = &self.graph.steps[at.step as usize];
        let mut entry = Waiting {
            step: path(self.graph, self.state, at),
            kind: kind_name(&node.kind),
            reason: String::new(),
            since: active.since,
            until: active.timers.iter().map(|timer| timer.due).min(),
            candidates: None,
            assignee: None,
            came_by: self.arrivals(at),
        };
        let late = |due: Option<Timestamp>| match due {
            Some(due) if due <= self.now => format!(", overdue since {due}"),
            Some(due) => format!(", due {due}"),
            None => String::new(),
        };
        entry.reason = match &active.doing {
            Doing::Queued => format!("waits for {}", self.pools(at)),
            Doing::Activity(activity) => match (&node.kind, activity.phase) {
                (Kind::Activity(kind), ActivityPhase::Running) => {
                    let place = activity.process.map(|process| format!(" in process {process}"));
                    let place = place.unwrap_or_default();
                    format!("runs handler `{}`, attempt {}{place}", kind.handler, active.attempt)
                }
                (Kind::Activity(kind), ActivityPhase::Missing) => {
                    format!("waits for a process that has the handler `{}`", kind.handler)
                }
                (_, ActivityPhase::Backoff) => {
                    let retry = active.timers.iter().find(|timer| timer.kind == TimerKind::Retry);
                    format!("waits for attempt {}{}", active.attempt + 1, late(retry.map(|timer| timer.due)))
                }
                (_, ActivityPhase::Checking) => "asks its check handler whether the work was done".into(),
                _ => "was interrupted, and nobody knows whether its work was done: an operator has to decide"
                    .into(),
            },
            Doing::Task(task) => {
                let view = super::task::view(self.graph, self.state, at)?;
                let reason = match &task.assignee {
                    Some(person) => format!("waits for {person}{}", late(task.due)),
                    None => format!("waits for somebody of {}{}", describe(&view.candidates), late(task.due)),
                };
                (entry.candidates, entry.assignee) = (Some(view.candidates), view.assignee);
                reason
            }
            Doing::Timer { due } => format!("waits until {due}"),
            Doing::Signal { correlation } => {
                let Kind::Signal { name, .. } = &node.kind else { return None };
                let key = correlation.as_ref().map(|key| format!(" with key `{key}`")).unwrap_or_default();
                format!("waits for the signal `{name}`{key}")
            }
            Doing::Call { child } => {
                let Kind::Call { flow, .. } = &node.kind else { return None };
                format!("waits for the child instance {child} of `{flow}`")
            }
            // What is inside says it.
            Doing::Group { .. } | Doing::Loop { .. } => return None,
            Doing::Each(each) if each.open > 0 || each.items.is_empty() => return None,
            Doing::Each(_) => "is about to start its next item".into(),
        };
        Some(entry)
    }

    fn pools(&self, at: At) -> String {
        let node = &self.graph.steps[at.step as usize];
        let names = node.resources.iter().map(|(pool, amount)| {
            let (name, size) = &self.graph.pools[*pool as usize];
            format!("{amount} of pool `{name}` ({} of {size} are taken)", self.state.pools[*pool as usize])
        });
        names.collect::<Vec<_>>().join(" and ")
    }

    fn undoing(&self, phase: &Phase) -> Option<Waiting> {
        let Phase::Compensating(compensation) = phase else { return None };
        let current = compensation.current.as_ref()?;
        Some(Waiting {
            step: current.entry.undo.step.clone(),
            kind: "compensation",
            reason: format!(
                "is being undone by handler `{}`, attempt {}; {}",
                current.entry.undo.handler,
                current.work.attempt,
                match compensation.rest.len() {
                    0 => "it is the last one".to_owned(),
                    1 => "one more step follows".to_owned(),
                    many => format!("{many} more steps follow"),
                }
            ),
            since: self.state.started_at,
            until: current.timers.iter().map(|timer| timer.due).min(),
            candidates: None,
            assignee: None,
            came_by: Vec::new(),
        })
    }

    fn incoming(&self, at: At) -> impl Iterator<Item = (u32, EdgeState)> {
        let node = &self.graph.steps[at.step as usize];
        let edges = &self.graph.incoming[node.incoming.start as usize..node.incoming.end as usize];
        let frame = self.state.frame(at.frame);
        edges.iter().filter_map(move |edge| Some((*edge, frame?.edge(self.graph, *edge))))
    }

    fn arrivals(&self, at: At) -> Vec<Arrival> {
        self.incoming(at)
            .filter(|(_, state)| *state == EdgeState::Taken)
            .map(|(edge, _)| {
                let link = &self.graph.edges[edge as usize];
                Arrival {
                    from: self.graph.steps[link.from as usize].id.to_string(),
                    when: link.when.as_ref().map(|when| when.source().to_owned()),
                    values: link
                        .when
                        .as_ref()
                        .map(|when| self.values(at.frame, link.from, when))
                        .unwrap_or_default(),
                }
            })
            .collect()
    }

    /// What a condition reads, with the values that those have now.
    fn values(&self, frame: u32, from: u32, when: &crate::expr::Expression) -> Vec<(String, Payload)> {
        let source = self.state.frame(frame).map(|frame| frame.step(self.graph, from).output.clone());
        let mut view = super::names::View::new(self.graph, self.state, frame, self.now);
        view.output = source.as_ref();
        let mut values: Vec<(String, Payload)> = Vec::new();
        for reference in when.references() {
            let name = std::iter::once(&reference.root).chain(&reference.path).map(String::as_str);
            let name = name.collect::<Vec<_>>().join(".");
            let Ok(expression) = crate::expr::Expression::compile(&name) else { continue };
            let value = super::evaluate::value(&view, &expression);
            if let Ok(value) = value
                && !values.iter().any(|(known, _)| *known == name)
            {
                values.push((name, value));
            }
        }
        values
    }

    fn passed(&self, at: At, step: &StepState) -> Option<Passed> {
        let reason = match step.status {
            StepStatus::Skipped => self.why_skipped(at),
            StepStatus::Cancelled => format!("stopped: {}", words(step.cancelled?)),
            _ => return None,
        };
        Some(Passed { step: path(self.graph, self.state, at), status: step.status, reason })
    }

    fn why_skipped(&self, at: At) -> String {
        let frame = self.state.frame(at.frame);
        let reasons = self.incoming(at).filter(|(_, state)| *state != EdgeState::Taken).map(|(edge, _)| {
            let link = &self.graph.edges[edge as usize];
            let from = &self.graph.steps[link.from as usize].id;
            let status = frame.map_or(StepStatus::Pending, |frame| frame.step(self.graph, link.from).status);
            match (&link.when, status) {
                (_, StepStatus::Skipped | StepStatus::Cancelled) => format!("`{from}` was {}", status.name()),
                (Some(when), StepStatus::Completed) => {
                    let values = self.values(at.frame, link.from, when);
                    let values: Vec<_> =
                        values.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
                    let values =
                        if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
                    format!("`{}` did not hold after `{from}`{values}", when.source())
                }
                _ if link.otherwise => format!("another edge of `{from}` was taken"),
                _ => format!("`{from}` is {}", status.name()),
            }
        });
        let reasons: Vec<_> = reasons.collect();
        format!("never reached: {}", reasons.join("; "))
    }
}
