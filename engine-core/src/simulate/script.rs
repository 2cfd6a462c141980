//! What a simulation plays: outcomes by step, signals by time.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::base::{Error, ErrorKind, Result, Span};
use crate::graph::{Graph, Kind};
use crate::protocol::{ActivityError, Input, Signal};

/// The outcomes of steps, and the signals that arrive.
///
/// A step's entries are used one for each execution, attempts and iterations alike; the last repeats. Steps in scopes
/// are named by path: `each[2]/pay` for one item, `each/pay` for all (each item then begins with the first entry).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Outcomes by step.
    #[serde(default)]
    pub steps: BTreeMap<String, Vec<Entry>>,
    /// The outcome of every other activity, user task and call of an unknown flow.
    #[serde(default)]
    pub default: Option<Entry>,
    /// Signals, by the time at which they arrive.
    #[serde(default)]
    pub signals: Vec<ScriptedSignal>,
    /// What operators do, and when; built in code.
    #[serde(skip)]
    pub inputs: Vec<ScriptedInput>,
}

/// The outcome of one execution.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// How long it takes.
    #[serde(default, deserialize_with = "span")]
    #[schemars(with = "String")]
    pub after: Span,
    /// What it gives. For a user task `{outcome, data}`, or the data alone.
    #[serde(default)]
    pub output: Value,
    /// How it fails.
    #[serde(default)]
    pub error: Option<ScriptedError>,
    /// Who does it, if it is a user task.
    #[serde(default)]
    pub by: Option<String>,
}

/// How an execution fails.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedError {
    /// The code.
    pub code: String,
    /// The message.
    #[serde(default)]
    pub message: String,
    /// Whether another attempt may help (default true; the step's `retry` says whether there is one).
    #[serde(default)]
    pub retryable: Option<bool>,
    /// Anything more.
    #[serde(default)]
    pub details: Value,
}

impl From<ScriptedError> for ActivityError {
    fn from(error: ScriptedError) -> Self {
        let retryable = error.retryable.unwrap_or(true);
        Self { retryable, ..Self::retryable(error.code, error.message).details(error.details) }
    }
}

/// A signal that arrives.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedSignal {
    /// When, after the start.
    #[serde(deserialize_with = "span")]
    #[schemars(with = "String")]
    pub at: Span,
    /// Its name.
    pub name: String,
    /// Its data.
    #[serde(default)]
    pub payload: Value,
    /// The sender's id for it.
    #[serde(default)]
    pub id: Option<String>,
    /// The correlation key.
    #[serde(default)]
    pub correlation: Option<String>,
}

impl ScriptedSignal {
    pub(super) fn to_input(&self) -> Input {
        Input::Signal(Signal {
            id: self.id.clone(),
            name: self.name.clone(),
            correlation: self.correlation.clone(),
            payload: self.payload.clone().into(),
            ttl: None,
        })
    }
}

/// Something else that reaches the instance.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptedInput {
    /// When, after the start.
    pub at: Span,
    /// What.
    pub input: Input,
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl Script {
    /// Reads a script from JSON.
    ///
    /// # Errors
    /// `InvalidArgument` with line and column when the text is no script.
    pub fn parse(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorKind::InvalidArgument, format!("the script cannot be read: {error}"))
        })
    }

    /// Adds outcomes of a step.
    #[must_use]
    pub fn step(mut self, path: impl Into<String>, entries: impl IntoIterator<Item = Entry>) -> Self {
        self.steps.entry(path.into()).or_default().extend(entries);
        self
    }

    /// Sets the outcome of every step that has none of its own.
    #[must_use]
    pub fn default_entry(mut self, entry: Entry) -> Self {
        self.default = Some(entry);
        self
    }

    /// Adds a signal.
    #[must_use]
    pub fn signal(mut self, at: Span, name: impl Into<String>, payload: Value) -> Self {
        self.signals.push(ScriptedSignal { at, name: name.into(), payload, ..ScriptedSignal::default() });
        self
    }

    /// Adds what an operator does.
    #[must_use]
    pub fn input(mut self, at: Span, input: Input) -> Self {
        self.inputs.push(ScriptedInput { at, input });
        self
    }
}

impl Entry {
    /// An execution that takes a while and gives an output.
    pub fn output(after: Span, output: impl Into<Value>) -> Self {
        Self { after, output: output.into(), ..Self::default() }
    }

    /// An execution that takes a while and fails.
    pub fn error(after: Span, code: impl Into<String>, message: impl Into<String>) -> Self {
        let error = ScriptedError { code: code.into(), message: message.into(), ..ScriptedError::default() };
        Self { after, error: Some(error), ..Self::default() }
    }

    /// Says who does it.
    #[must_use]
    pub fn by(mut self, person: impl Into<String>) -> Self {
        self.by = Some(person.into());
        self
    }
}

/// Where a simulation is in its script.
#[derive(Debug, Default)]
pub(super) struct Player {
    script: Script,
    used: BTreeMap<String, usize>,
}

impl Player {
    pub fn new(script: Script) -> Self {
        Self { script, used: BTreeMap::new() }
    }

    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Whether a step has entries of its own.
    pub fn names(&self, graph: &Graph, prefix: &str, path: &str) -> bool {
        self.key(graph, prefix, path).is_some()
    }

    /// The next outcome of a step, its own or the default.
    pub fn next(&mut self, graph: &Graph, prefix: &str, path: &str) -> Entry {
        let Some((key, counter)) = self.key(graph, prefix, path) else {
            return self.script.default.clone().unwrap_or_default();
        };
        let used = self.used.entry(counter).or_default();
        let entries = &self.script.steps[&key];
        let entry = entries.get(*used).or(entries.last()).cloned().unwrap_or_default();
        *used += 1;
        entry
    }

    /// The script's key for a step, and what its executions are counted under: items apart, passes together.
    fn key(&self, graph: &Graph, prefix: &str, path: &str) -> Option<(String, String)> {
        let items = strip(graph, path, false);
        let plain = strip(graph, path, true);
        for prefix in [prefix, ""] {
            for (candidate, counter) in [(path, path), (&items, &items), (&plain, &items)] {
                let key = format!("{prefix}{candidate}");
                if self.script.steps.contains_key(&key) {
                    return Some((key, format!("{prefix}{counter}")));
                }
            }
        }
        None
    }
}

/// A path without the numbers of passes, or without any numbers.
fn strip(graph: &Graph, path: &str, all: bool) -> String {
    let mut scope = Some(0);
    let mut parts = Vec::new();
    for part in path.split('/') {
        let (id, index) = part.split_once('[').map_or((part, None), |(id, index)| (id, Some(index)));
        let (id, run) = id.split_once('#').map_or((id, None), |(id, run)| (id, Some(run)));
        let step = scope.and_then(|scope| graph.step_in(scope, id));
        let node = step.map(|step| &graph.steps[step as usize]);
        let passes = node.is_some_and(|node| matches!(node.kind, Kind::Loop { .. }));
        let mut text = id.to_owned();
        if let Some(run) = run.filter(|_| !all) {
            text.push('#');
            text.push_str(run);
        }
        if let Some(index) = index.filter(|_| !all && !passes) {
            text.push('[');
            text.push_str(index);
        }
        parts.push(text);
        scope = node.and_then(|node| node.inner);
    }
    parts.join("/")
}
