//! From an input to events and commands.

use std::collections::VecDeque;

use super::state::State;
use crate::base::{Error, ErrorKind, Timestamp};
use crate::graph::Graph;
use crate::protocol::{At, Command, Event, Input, InstanceStatus};

/// What follows from an input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// What happened. The state has these events applied already.
    pub events: Vec<Event>,
    /// What must be done, once the events are durable.
    pub commands: Vec<Command>,
}

/// The input does not fit the state. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of misfit it is.
    pub kind: ErrorKind,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.kind, refusal.message)
    }
}

/// Decides what an input at a time does to an instance, and moves its state on.
///
/// # Errors
/// A [`Refusal`] when the input does not fit the state; the state is unchanged then.
pub fn decide(graph: &Graph, state: &mut State, input: Input, now: Timestamp) -> Result<Decision, Refusal> {
    let mut decider = Decider::new(graph, state, now);
    decider.input(input)?;
    decider.drain();
    Ok(Decision { events: decider.events, commands: decider.commands })
}

/// As [`decide`] with [`Input::TimersDue`], but fires the first timer alone: for a virtual clock, where completions and
/// timers of one instant are decided in the order in which they began.
pub(crate) fn decide_first_timer(graph: &Graph, state: &mut State, now: Timestamp) -> Decision {
    let mut decider = Decider::new(graph, state, now);
    decider.first_timer_due();
    decider.drain();
    Decision { events: decider.events, commands: decider.commands }
}

/// What is still to be looked at in a decision, oldest first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Todo {
    /// A step that is ready, and the iteration in which it is.
    Start(At, u32),
    /// A frame in which something settled: is it over?
    Frame(u32),
    /// A region in which something settled: is it over?
    Region(u32, u32),
    /// A `for_each` that may start an item, or be over.
    Each(At),
    /// Pools have become free.
    Pools,
    /// A variable was set: is the `until` of a `for_each` true?
    Untils,
}

pub(super) struct Decider<'a> {
    pub graph: &'a Graph,
    pub state: &'a mut State,
    pub now: Timestamp,
    pub events: Vec<Event>,
    pub commands: Vec<Command>,
    pub todo: VecDeque<Todo>,
}

impl<'a> Decider<'a> {
    pub fn new(graph: &'a Graph, state: &'a mut State, now: Timestamp) -> Self {
        Self { graph, state, now, events: Vec::new(), commands: Vec::new(), todo: VecDeque::new() }
    }

    /// Records what happened: applied at once, so that the next rule sees it.
    pub fn record(&mut self, event: Event) {
        super::apply(self.graph, self.state, &event, self.now);
        self.events.push(event);
    }

    fn input(&mut self, input: Input) -> Result<(), Refusal> {
        match self.state.status {
            InstanceStatus::Pending => match input {
                Input::Start(start) => return self.start(*start),
                _ => return Err(Refusal::new(ErrorKind::NotFound, "the instance has not started")),
            },
            InstanceStatus::Suspended => return self.while_suspended(input),
            InstanceStatus::Running => {}
            InstanceStatus::Completed | InstanceStatus::Failed | InstanceStatus::Aborted => {
                return self.after_end(input);
            }
        }
        self.running_input(input)
    }

    /// An input to a running instance.
    pub fn running_input(&mut self, input: Input) -> Result<(), Refusal> {
        match input {
            Input::Start(_) => {
                Err(Refusal::new(ErrorKind::AlreadyExists, "the instance has started already"))
            }
            Input::ActivityCompleted { work, output } => {
                self.activity_completed(work, output);
                Ok(())
            }
            Input::ActivityFailed { work, error } => {
                self.activity_failed(work, error);
                Ok(())
            }
            Input::ActivityLost { work } => {
                self.activity_lost(work);
                Ok(())
            }
            Input::HandlerMissing { work } => {
                self.handler_missing(work);
                Ok(())
            }
            Input::AttemptAssigned { work, process } => {
                self.assign(work, process);
                Ok(())
            }
            Input::TimersDue => {
                self.timers_due();
                Ok(())
            }
            Input::Signal(signal) => self.signal(signal),
            Input::Task(input) => self.task(*input),
            Input::ChildClosed { child, at, outcome } => self.child_closed(child, at, outcome),
            Input::Suspend(operator) => {
                self.record(Event::Suspended { operator });
                Ok(())
            }
            Input::Resume(_) => Ok(()),
            Input::Abort { operator, compensate, force } => self.abort(operator, compensate, force),
            Input::Retry { operator, step, anew } => self.retry_step(operator, &step, anew),
            Input::Skip { operator, step } => self.skip_step(operator, &step),
            Input::Complete { operator, step, output } => self.complete_step(operator, &step, output),
        }
    }

    /// Looks at everything that follows, until nothing does.
    pub fn drain(&mut self) {
        while let Some(todo) = self.todo.pop_front() {
            if self.state.status != InstanceStatus::Running {
                self.todo.clear();
                return;
            }
            match todo {
                Todo::Start(at, iteration) => self.start_step(at, iteration),
                Todo::Frame(frame) => self.frame_over(frame),
                Todo::Region(frame, region) => self.region_over(frame, region),
                Todo::Each(at) => self.each_goes_on(at),
                Todo::Pools => self.admit(),
                Todo::Untils => self.judge_untils(),
            }
        }
    }

    /// Looks again at something later in this decision.
    pub fn later(&mut self, todo: Todo) {
        self.todo.push_back(todo);
    }
}
