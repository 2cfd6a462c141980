//! User tasks: who may do what, and what follows.

use serde_json::json;

use super::decide::{Decider, Refusal};
use super::evaluate::{self, Evaluated};
use super::frame::{Doing, TaskState};
use super::state::State;
use crate::base::{ErrorKind, Payload, Span, TaskId, Timestamp};
use crate::definition::Calendar;
use crate::graph::{Graph, Kind, TaskNode};
use crate::protocol::{
    Activation, Actor, At, CandidateSet, Command, Event, TaskAction, TaskChange, TaskEvent, TaskInput,
    TaskView, TimerKind,
};
use crate::task::{is_candidate, may_manage};

/// A user task as it stands.
pub(super) fn view(graph: &Graph, state: &State, at: At) -> Option<TaskView> {
    let node = &graph.steps[at.step as usize];
    let active = state.frame(at.frame)?.step(graph, at.step).active(at.run)?;
    let (Kind::UserTask(kind), Doing::Task(task)) = (&node.kind, &active.doing) else { return None };
    Some(TaskView {
        id: TaskId { instance: state.instance(), activation: active.activation },
        flow: graph.flow.clone(),
        key: state.key.clone(),
        step: super::place::path(graph, state, at),
        at,
        title: node.title.to_string(),
        status: task.status,
        assignee: task.assignee.clone(),
        candidates: candidates(kind, task),
        excluded: task.excluded.clone(),
        routing: kind.routing,
        priority: kind.priority,
        data: task.data.clone(),
        form: kind.form_schema.clone(),
        outcomes: kind.outcomes.clone(),
        created: active.since,
        due: task.due,
        escalated: !task.escalated.is_empty(),
    })
}

fn candidates(kind: &TaskNode, task: &TaskState) -> CandidateSet {
    let mut candidates = kind.candidates.clone();
    for role in &task.escalated {
        if !candidates.roles.contains(role) {
            candidates.roles.push(role.clone());
        }
    }
    candidates
}

impl Decider<'_> {
    /// Offers a task to its candidates.
    pub(super) fn offer(&mut self, at: At, activation: u32, task: &TaskNode) -> Evaluated<()> {
        let view = self.view(at.frame);
        let data = evaluate::data(&view, "data", task.data.as_ref())?;
        let assignee = task.assignee.as_ref().map(|person| evaluate::text(&view, person)).transpose()?;
        let calendar = task.calendar.as_ref();
        let due = evaluate::optional(&view, task.due.as_ref())?.map(|span| working(calendar, self.now, span));
        let escalate = match &task.escalate {
            Some((after, _)) => Some(working(calendar, self.now, evaluate::length(&view, after)?)),
            None => None,
        };
        let excluded: Vec<String> =
            task.not_by.iter().filter_map(|step| self.doer(at.frame, *step)).collect();
        let mut timers = self.step_timers(at, self.node(at), true)?;
        timers.extend(due.map(|due| (TimerKind::TaskDue, due)));
        timers.extend(escalate.map(|at| (TimerKind::Escalate, at)));
        let doing = Activation::UserTask { data, assignee, due, excluded };
        self.record(Event::StepActivated { at, activation, timers, doing });
        self.show_task(at);
        Ok(())
    }

    /// Who did a step of this scope or of one around it.
    fn doer(&self, frame: u32, step: u32) -> Option<String> {
        let mut number = frame;
        loop {
            let frame = self.state.frame(number)?;
            if self.graph.scopes[frame.scope as usize].steps.contains(&step) {
                return frame.step(self.graph, step).by.as_deref().map(str::to_owned);
            }
            number = frame.owner?.frame;
        }
    }

    /// Has the inboxes show a task as it stands now.
    fn show_task(&mut self, at: At) {
        if let Some(view) = view(self.graph, self.state, at) {
            self.commands.push(Command::Task(Box::new(TaskChange::Open(view))));
        }
    }

    /// The answer to a request that was made before, or about a task that is done.
    pub(super) fn answered(&self, input: &TaskInput) -> Option<Result<(), Refusal>> {
        let repeated = input
            .request
            .as_ref()
            .is_some_and(|request| self.state.requests.contains(&(input.activation, request.clone())));
        if repeated {
            return Some(Ok(()));
        }
        let by = self.state.done_by.get(&input.activation)?;
        Some(Err(Refusal::new(ErrorKind::Conflict, format!("the task was done by {by}"))))
    }

    pub(super) fn task(&mut self, input: TaskInput) -> Result<(), Refusal> {
        if let Some(answer) = self.answered(&input) {
            return answer;
        }
        let open = self.state.tasks.get(&input.activation).copied().filter(|at| self.is_active(*at));
        let Some(at) = open else {
            return Err(Refusal::new(ErrorKind::Conflict, "the task is not open any more"));
        };
        let TaskInput { request, actor, action, .. } = input;
        let change = match action {
            TaskAction::Complete { outcome, data } => {
                return self.complete_task(at, request, actor, outcome, data);
            }
            other => self.change_of(at, &actor, other)?,
        };
        if let Some(change) = change {
            self.record(Event::TaskChanged { at, change, request });
            self.show_task(at);
        }
        Ok(())
    }

    fn task_state(&self, at: At) -> Option<(&TaskNode, &TaskState)> {
        match (&self.node(at).kind, &self.active(at)?.doing) {
            (Kind::UserTask(node), Doing::Task(task)) => Some((node, task)),
            _ => None,
        }
    }

    /// What an action changes; none if it changes nothing.
    fn change_of(&self, at: At, actor: &Actor, action: TaskAction) -> Result<Option<TaskEvent>, Refusal> {
        let Some((node, task)) = self.task_state(at) else { return Ok(None) };
        let candidates = candidates(node, task);
        let by = actor.id.clone();
        let mine = task.assignee.as_deref() == Some(actor.id.as_str());
        let manages = mine || may_manage(actor, &candidates);
        match action {
            TaskAction::Claim if mine => Ok(None),
            TaskAction::Claim => {
                self.may_take(task, &candidates, actor)?;
                Ok(Some(TaskEvent::Claimed { by }))
            }
            TaskAction::Release if task.assignee.is_none() => Ok(None),
            TaskAction::Release if mine => Ok(Some(TaskEvent::Released { by })),
            TaskAction::Release => Err(forbidden(actor, "release a task that somebody else has")),
            TaskAction::Reassign { to } if manages => {
                excluded(task, &to)?;
                Ok(Some(TaskEvent::Reassigned { by, to }))
            }
            TaskAction::Reassign { .. } => Err(forbidden(actor, "reassign this task")),
            TaskAction::Escalate { to, reason } if manages => {
                Ok(Some(TaskEvent::Escalated { by: Some(by), to, reason }))
            }
            TaskAction::Escalate { .. } => Err(forbidden(actor, "escalate this task")),
            TaskAction::Route { to } if task.assignee.is_none() => {
                excluded(task, &to)?;
                Ok(Some(TaskEvent::Reassigned { by, to }))
            }
            TaskAction::Route { .. } | TaskAction::Complete { .. } => Ok(None),
        }
    }

    fn may_take(&self, task: &TaskState, candidates: &CandidateSet, actor: &Actor) -> Result<(), Refusal> {
        if let Some(other) = &task.assignee {
            return Err(Refusal::new(ErrorKind::Conflict, format!("{other} has the task")));
        }
        excluded(task, &actor.id)?;
        if !is_candidate(actor, candidates) {
            return Err(forbidden(actor, "take this task: it is offered to others"));
        }
        Ok(())
    }

    fn complete_task(
        &mut self,
        at: At,
        request: Option<String>,
        actor: Actor,
        outcome: Option<String>,
        data: Payload,
    ) -> Result<(), Refusal> {
        let Some((node, task)) = self.task_state(at) else { return Ok(()) };
        if task.assignee.as_deref() != Some(actor.id.as_str()) {
            self.may_take(task, &candidates(node, task), &actor)?;
        }
        excluded(task, &actor.id)?;
        check_outcome(node, outcome.as_deref())?;
        if data.size() > super::MAX_PAYLOAD {
            return Err(Refusal::new(ErrorKind::TooLarge, "the task's data is too large"));
        }
        if let Some(form) = &node.form {
            super::start::check_schema(form, &data, "the task's data")?;
        }
        let output = json!({"outcome": outcome, "data": *data, "by": actor.id});
        self.record(Event::TaskDone { at, by: actor, request });
        self.complete(at, Payload::from(output));
        Ok(())
    }

    /// A task has lain too long.
    pub(super) fn escalate_late(&mut self, at: At) {
        let Kind::UserTask(task) = &self.graph.steps[at.step as usize].kind else { return };
        let Some((after, to)) = task.escalate.as_ref().map(|(after, to)| (after, to.clone())) else { return };
        let after = evaluate::length(&self.view(at.frame), after).unwrap_or(Span::ZERO);
        let reason = format!("not done after {after}");
        self.record(Event::TaskChanged {
            at,
            change: TaskEvent::Escalated { by: None, to, reason },
            request: None,
        });
        self.show_task(at);
    }
}

fn check_outcome(node: &TaskNode, outcome: Option<&str>) -> Result<(), Refusal> {
    let allowed = node.outcomes.join(", ");
    match outcome {
        None if !node.outcomes.is_empty() => Err(Refusal::new(
            ErrorKind::InvalidInput,
            format!("an outcome is missing: choose one of {allowed}"),
        )),
        Some(word) if !node.outcomes.is_empty() && !node.outcomes.iter().any(|known| known == word) => Err(
            Refusal::new(ErrorKind::InvalidInput, format!("`{word}` is no outcome: choose one of {allowed}")),
        ),
        _ => Ok(()),
    }
}

fn excluded(task: &TaskState, person: &str) -> Result<(), Refusal> {
    if task.excluded.iter().any(|excluded| excluded == person) {
        let message = format!("{person} did a step that this one must not be done by the same person as");
        return Err(Refusal::new(ErrorKind::Forbidden, message));
    }
    Ok(())
}

fn forbidden(actor: &Actor, what: &str) -> Refusal {
    Refusal::new(ErrorKind::Forbidden, format!("{} may not {what}", actor.id))
}

/// When a length of time has passed, counted in working time where there is a calendar.
fn working(calendar: Option<&Calendar>, from: Timestamp, span: Span) -> Timestamp {
    match calendar {
        Some(calendar) => crate::task::after_working_time(calendar, from, span),
        None => from + span,
    }
}
