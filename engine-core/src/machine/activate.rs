//! A step that is ready becomes active: its data is evaluated, its resources are taken, its timers begin.

use super::decide::{Decider, Todo};
use super::evaluate::{self, Evaluated};
use crate::base::{Payload, Timestamp};
use crate::definition::{EndStatus, Join};
use crate::expr::Template;
use crate::graph::{Kind, Node};
use crate::protocol::{
    Activation, At, Command, Ending, Event, Failure, InstanceStatus, ParentRef, StepStatus, TimerKind, Timers,
};

impl Decider<'_> {
    /// Starts a step whose join is met, unless something has overtaken that.
    pub(super) fn start_step(&mut self, at: At, iteration: u32) {
        let Some(frame) = self.state.frame(at.frame) else { return };
        let step = frame.step(self.graph, at.step);
        let begun = match &step.runs {
            Some(runs) => runs.get(&at.run).is_some_and(super::frame::RunState::begun),
            None => step.status != StepStatus::Pending,
        };
        if !frame.starts_steps() || step.iteration != iteration || begun || step.status.is_settled() {
            return;
        }
        if !self.acquire(at) {
            let activation = self.state.activations + 1;
            return self.record(Event::StepQueued { at, activation });
        }
        self.activate(at, self.state.activations + 1);
    }

    /// Whether what the step holds of pools is free, and nobody waits before it.
    fn acquire(&self, at: At) -> bool {
        let node = self.node(at);
        node.resources.is_empty()
            || (self.pools_free(node)
                && !self.state.queue.values().any(|other| shares_pool(node, self.node(*other))))
    }

    fn pools_free(&self, node: &Node) -> bool {
        node.resources.iter().all(|(pool, amount)| {
            self.state.pools[*pool as usize] + amount <= self.graph.pools[*pool as usize].1
        })
    }

    /// Starts those that wait for pools and have become free to start, oldest first and without overtaking.
    pub(super) fn admit(&mut self) {
        let mut blocked = vec![false; self.graph.pools.len()];
        let waiting: Vec<(u32, At)> =
            self.state.queue.iter().map(|(activation, at)| (*activation, *at)).collect();
        for (activation, at) in waiting {
            let node = &self.graph.steps[at.step as usize];
            let behind = node.resources.iter().any(|(pool, _)| blocked[*pool as usize]);
            let starts = self.state.frame(at.frame).is_some_and(super::frame::Frame::starts_steps);
            if !behind && starts && self.pools_free(node) && self.state.queue.contains_key(&activation) {
                self.activate(at, activation);
                continue;
            }
            for (pool, _) in &node.resources {
                blocked[*pool as usize] = true;
            }
            if blocked.iter().all(|blocked| *blocked) {
                return;
            }
        }
    }

    fn activate(&mut self, at: At, activation: u32) {
        if let Err(failure) = self.activate_kind(at, activation) {
            // The step is recorded as failed without having been active: nothing of it has begun.
            self.fail(at, *failure);
        }
    }

    fn activate_kind(&mut self, at: At, activation: u32) -> Evaluated<()> {
        let graph = self.graph;
        let node = &graph.steps[at.step as usize];
        match &node.kind {
            Kind::Activity(activity) => {
                let view = self.view(at.frame);
                let input = evaluate::data(&view, "with", activity.with.as_ref())?;
                let timeout = evaluate::optional(&view, node.timeout.as_ref())?;
                let deadline = evaluate::deadline(&view, activity.deadline.as_ref())?;
                let heartbeat = evaluate::optional(&view, activity.heartbeat.as_ref())?;
                let mut timers = self.step_timers(at, node, false)?;
                timers.extend(deadline.map(|deadline| (TimerKind::Deadline, deadline)));
                let doing = Activation::Activity { input, timeout, deadline, heartbeat };
                self.record(Event::StepActivated { at, activation, timers, doing });
                self.run(at);
            }
            Kind::UserTask(task) => self.offer(at, activation, task)?,
            Kind::Timer { delay, until, .. } => {
                let due = match (delay, until) {
                    (Some(delay), _) => self.now + evaluate::length(&self.view(at.frame), delay)?,
                    (None, until) => self.until(at, until.as_ref())?,
                };
                let mut timers = self.step_timers(at, node, true)?;
                timers.push((TimerKind::Due, due));
                self.record(Event::StepActivated {
                    at,
                    activation,
                    timers,
                    doing: Activation::Timer { due },
                });
                if due <= self.now {
                    self.complete(at, Payload::null());
                }
            }
            Kind::Signal { correlate, .. } => {
                let view = self.view(at.frame);
                let correlation = correlate.as_ref().map(|key| evaluate::text(&view, key)).transpose()?;
                let timers = self.step_timers(at, node, true)?;
                let doing = Activation::Signal { correlation };
                self.record(Event::StepActivated { at, activation, timers, doing });
                self.take_kept(at);
            }
            Kind::Emit { event, data } => {
                let data = evaluate::data(&self.view(at.frame), "data", data.as_ref())?;
                self.record(Event::Emitted { at, event: event.clone(), data });
                self.complete(at, Payload::null());
            }
            Kind::Decision { .. } => {
                let output = self.look_up(at)?;
                self.complete(at, output);
            }
            Kind::Assign => self.complete(at, Payload::null()),
            Kind::Call { .. } => self.call(at, activation)?,
            Kind::Group => {
                let timers = self.step_timers(at, node, true)?;
                self.record(Event::StepActivated { at, activation, timers, doing: Activation::Group });
                self.open_frame(at, 0, None);
            }
            Kind::ForEach { items, .. } => {
                let items = evaluate::value(&self.view(at.frame), items)?;
                if !items.is_array() {
                    return Err(evaluate::expression_failure("items", "does not give a list"));
                }
                let timers = self.step_timers(at, node, true)?;
                self.record(Event::StepActivated {
                    at,
                    activation,
                    timers,
                    doing: Activation::ForEach { items },
                });
                self.later(Todo::Each(at));
            }
            Kind::Loop { .. } => {
                let timers = self.step_timers(at, node, true)?;
                self.record(Event::StepActivated { at, activation, timers, doing: Activation::Loop });
                self.next_pass(at, 0, &Payload::null());
            }
            Kind::End { .. } => self.end(at)?,
        }
        Ok(())
    }

    /// The timers that any step may have: its SLA, and (but for an activity, whose is one attempt's) its timeout.
    pub(super) fn step_timers(&self, at: At, node: &Node, timeout: bool) -> Evaluated<Timers> {
        let view = self.view(at.frame);
        let mut timers = Timers::new();
        let mut add = |kind, length| -> Evaluated<()> {
            timers.extend(evaluate::deadline(&view, length)?.map(|due| (kind, due)));
            Ok(())
        };
        add(TimerKind::SlaWarn, node.sla.warn.as_ref())?;
        add(TimerKind::SlaTarget, node.sla.target.as_ref())?;
        if timeout {
            add(TimerKind::Timeout, node.timeout.as_ref())?;
        }
        Ok(timers)
    }

    fn until(&self, at: At, until: Option<&Template>) -> Evaluated<Timestamp> {
        let value = evaluate::data(&self.view(at.frame), "until", until)?;
        let time = value.as_str().and_then(|text| text.parse().ok());
        time.ok_or_else(|| {
            evaluate::expression_failure("until", format!("gives {value:?}, which is not a time"))
        })
    }

    fn look_up(&self, at: At) -> Evaluated<Payload> {
        use crate::definition::HitPolicy;
        let Kind::Decision { rules, hit, default } = &self.node(at).kind else { return Ok(Payload::null()) };
        let view = self.view(at.frame);
        let mut hits: Vec<(usize, &Template)> = Vec::new();
        for (row, (when, output)) in rules.iter().enumerate() {
            if evaluate::holds(&view, when.as_ref())? {
                hits.push((row, output));
                if *hit == HitPolicy::First {
                    break;
                }
            }
        }
        match (hit, hits.as_slice()) {
            (HitPolicy::Unique, [(first, _), (second, _), ..]) => {
                let message = format!("rules[{first}] and rules[{second}] both hold, and `hit` is unique");
                Err(Box::new(Failure::new("no_rule", message)))
            }
            (HitPolicy::Collect, [_, ..]) => {
                let mut outputs = Vec::with_capacity(hits.len());
                for (_, output) in hits {
                    outputs.push(evaluate::data(&view, "output", Some(output))?.into_value());
                }
                Ok(Payload::from(serde_json::Value::Array(outputs)))
            }
            (_, [(_, output), ..]) => evaluate::data(&view, "output", Some(output)),
            (_, []) => match default {
                Some(default) => evaluate::data(&view, "default", Some(default)),
                None if *hit == HitPolicy::Collect => Ok(Payload::from(serde_json::Value::Array(Vec::new()))),
                None => Err(Box::new(Failure::new("no_rule", "no rule holds, and there is no default"))),
            },
        }
    }

    fn call(&mut self, at: At, activation: u32) -> Evaluated<()> {
        let graph = self.graph;
        let node = &graph.steps[at.step as usize];
        let Kind::Call { flow, version, with, wait, .. } = &node.kind else { return Ok(()) };
        let input = evaluate::data(&self.view(at.frame), "with", with.as_ref())?;
        let depth = self.state.parent.as_ref().map_or(0, |parent| parent.depth) + 1;
        if depth > super::MAX_CALL_DEPTH {
            let message = format!("calls are nested more than {} deep", super::MAX_CALL_DEPTH);
            return Err(Box::new(Failure::new("child_failed", message)));
        }
        let child = self.state.seed().child(activation, self.now);
        let timers = self.step_timers(at, node, true)?;
        let doing = Activation::Call { child, input: input.clone() };
        self.record(Event::StepActivated { at, activation, timers, doing });
        let parent = ParentRef { instance: self.state.instance(), at, depth, wait: *wait };
        let (flow, version) = (flow.clone(), version.clone());
        self.commands.push(Command::StartChild { child, flow, version, input, parent });
        if !wait {
            self.complete(at, Payload::from(serde_json::json!({"instance": child.to_string()})));
        }
        Ok(())
    }

    fn end(&mut self, at: At) -> Evaluated<()> {
        let graph = self.graph;
        let node = &graph.steps[at.step as usize];
        let Kind::End { status, output, error, compensate } = &node.kind else { return Ok(()) };
        let view = self.view(at.frame);
        let output = match output {
            Some(output) => evaluate::data(&view, "output", Some(output))?,
            None => evaluate::data(&self.view(0), "output", graph.output.as_ref())?,
        };
        let error = match (status, error) {
            (EndStatus::Completed, _) => None,
            (EndStatus::Failed, None) => Some(Failure::new("ended", "the flow ended the instance as failed")),
            (EndStatus::Failed, Some((code, message))) => {
                let message = evaluate::data(&view, "error.message", Some(message))?;
                Some(Failure::new(code.clone(), message.as_str().unwrap_or_default()))
            }
        };
        let error = error.map(|error| self.place_failure(at, error));
        let status = match status {
            EndStatus::Completed => InstanceStatus::Completed,
            EndStatus::Failed => InstanceStatus::Failed,
        };
        let ending = Ending { status, output: output.clone(), error, operator: None };
        let outcome = crate::protocol::StepOutcome {
            set: evaluate::assignments(&view, &node.set)?,
            ..crate::protocol::StepOutcome::default()
        };
        let whole = if node.join == Join::Each { At { run: 0, ..at } } else { at };
        self.record(Event::StepCompleted { at: whole, output, outcome });
        self.close_instance(ending, *compensate, crate::protocol::CancelReason::InstanceEnded);
        Ok(())
    }
}

fn shares_pool(one: &Node, other: &Node) -> bool {
    one.resources.iter().any(|(pool, _)| other.resources.iter().any(|(theirs, _)| theirs == pool))
}
