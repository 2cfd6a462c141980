//! The part that a script gives to one instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowwright::base::Timestamp;
use flowwright::engine::HistoryEntry;
use flowwright::graph::{Graph, Kind};
use flowwright::protocol::{Activation, Event, Purpose};
use flowwright::simulate::{Entry, Script};
use parking_lot::Mutex;

/// What a script says about the steps of one instance, and how far that was played.
pub struct Part {
    /// The instance's flow.
    pub graph: Arc<Graph>,
    /// What the script's names of its steps begin with: the path of the call, if another instance called it.
    pub prefix: String,
    used: Mutex<BTreeMap<String, usize>>,
}

impl Part {
    /// The part of an instance. What was played before `began`, in a process that has ended, is not played again.
    pub fn new(
        graph: Arc<Graph>,
        prefix: String,
        script: &Script,
        history: &[HistoryEntry],
        began: Timestamp,
    ) -> Self {
        let part = Self { graph, prefix, used: Mutex::default() };
        let before = history.iter().take_while(|entry| entry.at < began);
        for entry in before.filter(|entry| is_played(&entry.event)) {
            if let Some((_, counter)) = entry.step.as_deref().and_then(|path| part.key(script, path)) {
                *part.used.lock().entry(counter).or_default() += 1;
            }
        }
        part
    }

    /// Whether the script names a step.
    pub fn names(&self, script: &Script, path: &str) -> bool {
        self.key(script, path).is_some()
    }

    /// The next outcome of a step, its own or the default.
    pub fn next(&self, script: &Script, path: &str) -> Entry {
        let Some((key, counter)) = self.key(script, path) else {
            return script.default.clone().unwrap_or_default();
        };
        let mut used = self.used.lock();
        let used = used.entry(counter).or_default();
        let entries = &script.steps[&key];
        *used += 1;
        entries.get(*used - 1).or(entries.last()).cloned().unwrap_or_default()
    }

    /// The script's key for a step, and what its executions are counted under: items apart, passes together.
    fn key(&self, script: &Script, path: &str) -> Option<(String, String)> {
        let items = without_numbers(&self.graph, path, Numbers::OfPasses);
        let plain = without_numbers(&self.graph, path, Numbers::All);
        for prefix in [self.prefix.as_str(), ""] {
            for (candidate, counter) in [(path, path), (&items, &items), (&plain, &items)] {
                let key = format!("{prefix}{candidate}");
                if script.steps.contains_key(&key) {
                    return Some((key, format!("{prefix}{counter}")));
                }
            }
        }
        None
    }
}

/// Events by which an entry of the script was used up: an attempt that began, a task that was done.
fn is_played(event: &Event) -> bool {
    match event {
        Event::StepActivated { doing, .. } => matches!(doing, Activation::Activity { .. }),
        Event::AttemptStarted { work } => work.purpose != Purpose::Check,
        Event::TaskDone { .. } => true,
        _ => false,
    }
}

/// Which numbers of a path are left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// Those of a loop's passes.
    OfPasses,
    /// Those of items and runs too.
    All,
}

fn without_numbers(graph: &Graph, path: &str, which: Numbers) -> String {
    let mut scope = Some(0);
    let mut parts = Vec::new();
    for part in path.split('/') {
        let id = part.split(['[', '#']).next().unwrap_or(part);
        let node = scope.and_then(|scope| graph.step_in(scope, id)).map(|step| &graph.steps()[step as usize]);
        let is_loop = node.is_some_and(|node| matches!(node.kind, Kind::Loop { .. }));
        parts.push(match which {
            Numbers::All => id,
            Numbers::OfPasses if is_loop => part.split('[').next().unwrap_or(part),
            Numbers::OfPasses => part,
        });
        scope = node.and_then(|node| node.inner);
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "flow: f
steps:
  - {id: each, type: for_each, items: '[1, 2]', steps: [{id: pay, type: activity, handler: pay}]}
  - {id: again, type: loop, while: 'iteration < 2', steps: [{id: try, type: activity, handler: try}]}
";

    fn part(script: &str) -> (Part, Script) {
        let script = Script::parse(script).unwrap();
        let graph = flowwright::graph::load(FLOW).graph.unwrap();
        (Part::new(graph, String::new(), &script, &[], Timestamp::EPOCH), script)
    }

    #[test]
    fn items_begin_with_the_first_entry_and_passes_go_on() {
        let (part, script) = part(
            r#"{"steps": {
            "each/pay": [{"output": 1}, {"output": 2}], "each[1]/pay": [{"output": 9}],
            "again/try": [{"output": "a"}, {"output": "b"}]}}"#,
        );
        let outputs = [
            "each[0]/pay",
            "each[0]/pay",
            "each[0]/pay",
            "each[1]/pay",
            "each[2]/pay",
            "again[0]/try",
            "again[1]/try",
        ]
        .map(|path| part.next(&script, path).output);
        assert_eq!(
            outputs,
            [1.into(), 2.into(), 2.into(), 9.into(), 1.into(), "a".into(), "b".into()]
                as [serde_json::Value; 7]
        );
    }

    #[test]
    fn steps_without_entries_take_the_default() {
        let (part, script) = part(r#"{"default": {"output": "d"}}"#);
        assert_eq!(part.next(&script, "again[0]/try").output, "d");
        assert!(!part.names(&script, "again[0]/try"));
    }

    #[test]
    fn a_called_instance_is_named_by_its_call_or_not() {
        let (mut part, script) =
            part(r#"{"steps": {"sub/again/try": [{"output": 1}], "each/pay": [{"output": 2}]}}"#);
        part.prefix = "sub/".into();
        assert_eq!(part.next(&script, "again[0]/try").output, 1);
        assert_eq!(part.next(&script, "each[0]/pay").output, 2);
    }
}
