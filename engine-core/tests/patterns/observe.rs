//! What happened in a simulated run, in the words of the scenarios: runs of named steps in whole ticks.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowwright::base::Payload;
use flowwright::graph::Graph;
use flowwright::protocol::{Activation, At, Event, Recorded};
use flowwright::simulate::Report;

/// Virtual milliseconds that a tick has.
pub const TICK: i64 = 1_000;

/// One run of an activity.
#[derive(Clone, Debug)]
pub struct Run {
    /// The step's id.
    pub step: String,
    /// The id with the instance's own `input.n`, for recursion: `A3`.
    pub tagged: String,
    pub start: i64,
    /// When it completed, failed or was cancelled.
    pub end: Option<i64>,
    pub completed: bool,
}

/// All runs of an instance and of those that it called.
#[derive(Debug)]
pub struct Observed {
    pub runs: Vec<Run>,
    /// The runs that completed, by their places in `runs`, in the order of completion.
    pub completions: Vec<usize>,
    pub instances: usize,
}

impl Observed {
    /// Reads the histories of a report; `graph` is that of the instance and of all that it called.
    pub fn of(graph: &Graph, report: &Report) -> Self {
        let mut observed = Self { runs: Vec::new(), completions: Vec::new(), instances: 0 };
        let mut completed = Vec::new();
        for one in std::iter::once(report).chain(report.children.iter().map(|(_, child)| child)) {
            observed.instances += 1;
            observed.read(graph, &one.history, &mut completed);
        }
        // Within one instance the history's order counts; between instances the time does.
        completed.sort_by_key(|(at, _)| *at);
        observed.completions = completed.into_iter().map(|(_, run)| run).collect();
        observed
    }

    fn read(&mut self, graph: &Graph, history: &[Recorded], completed: &mut Vec<(i64, usize)>) {
        let mut open: BTreeMap<At, usize> = BTreeMap::new();
        let mut tag = String::new();
        for Recorded { at: time, event, .. } in history {
            let now = time.millis();
            match event {
                Event::InstanceStarted(started) => tag = tag_of(&started.input),
                Event::StepActivated { at, doing: Activation::Activity { .. }, .. } => {
                    let step = graph.steps()[at.step as usize].id.to_string();
                    let tagged = format!("{step}{tag}");
                    open.insert(*at, self.runs.len());
                    self.runs.push(Run { step, tagged, start: now, end: None, completed: false });
                }
                Event::StepCompleted { at, .. } | Event::RunEnded { at, .. } => {
                    if let Some(run) = self.close(&mut open, *at, now) {
                        self.runs[run].completed = true;
                        completed.push((now, run));
                    }
                }
                Event::StepFailed { at, .. } | Event::StepCancelled { at, .. } => {
                    self.close(&mut open, *at, now);
                }
                _ => {}
            }
        }
    }

    fn close(&mut self, open: &mut BTreeMap<At, usize>, at: At, now: i64) -> Option<usize> {
        let run = open.remove(&at)?;
        self.runs[run].end = Some(now);
        Some(run)
    }

    /// The runs of a step, in the order in which they started.
    pub fn of_step<'a>(&'a self, step: &'a str) -> impl Iterator<Item = &'a Run> + Clone {
        self.runs.iter().filter(move |run| run.step == step)
    }

    /// Whether a run of one step and a run of another go on at the same time.
    pub fn overlap(&self, one: &str, other: &str) -> bool {
        self.of_step(one).any(|one| {
            self.of_step(other).any(|other| {
                one.start < other.end.unwrap_or(i64::MAX) && other.start < one.end.unwrap_or(i64::MAX)
            })
        })
    }
}

fn tag_of(input: &Payload) -> String {
    input.get("n").map(ToString::to_string).unwrap_or_default()
}

/// The script's name for one instance of a step that has several: `all[2]/B`, `thread#1/B`.
pub fn instance_path(graph: &Arc<Graph>, step: u32, instance: usize) -> String {
    use flowwright::definition::Join;
    use flowwright::graph::Kind;

    let node = &graph.steps()[step as usize];
    let mut path = node.id.to_string();
    if node.join == Join::Each {
        path = format!("{path}#{instance}");
    }
    let mut owner = graph.scopes()[node.scope as usize].owner;
    while let Some(around) = owner {
        let node = &graph.steps()[around as usize];
        let number = match &node.kind {
            Kind::ForEach { .. } | Kind::Loop { .. } => format!("[{instance}]"),
            _ if node.join == Join::Each => format!("#{instance}"),
            _ => String::new(),
        };
        path = format!("{}{number}/{path}", node.id);
        owner = graph.scopes()[node.scope as usize].owner;
    }
    path
}
