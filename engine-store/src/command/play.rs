//! What `simulate` and `run` begin with: the flow, the flows that it calls, the input, the script.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowwright::base::{Error, ErrorKind};
use flowwright::graph::{Graph, Kind};
use flowwright::simulate::Script;
use serde_json::Value;

use super::answer::{Answer, Failure, Result};
use super::args::PlayArgs;
use super::diagnostics::Checked;
use super::document::Document;
use super::names;

/// A flow and its surroundings.
pub struct Play {
    /// The flow.
    pub graph: Arc<Graph>,
    /// The flows that can be called, by key.
    pub flows: BTreeMap<String, Arc<Graph>>,
    /// The input, if one is given.
    pub input: Option<Value>,
    /// The script.
    pub script: Script,
    /// The instance's key.
    pub key: Option<String>,
}

impl Play {
    /// Reads everything. The inner error is the answer about a definition that is not valid.
    ///
    /// # Errors
    /// Where something cannot be read.
    pub fn read(args: &PlayArgs, json: bool) -> Result<Result<Self, Answer>> {
        let graph = match Checked::read(&args.file)?.graph(json) {
            Ok(graph) => graph,
            Err(answer) => return Ok(Err(answer)),
        };
        let mut flows = BTreeMap::new();
        for path in &args.flows {
            match Checked::read(path)?.graph(json) {
                Ok(called) => flows.insert(called.flow().to_owned(), called),
                Err(answer) => return Ok(Err(answer)),
            };
        }
        let input =
            args.input.as_deref().map(|text| Document::argument("--input", text)?.json()).transpose()?;
        let script = args.script.as_deref().map(read_script).transpose()?.unwrap_or_default();
        let play = Self { graph, flows, input, script, key: args.key.clone() };
        play.warn_of_unknown_steps();
        Ok(Ok(play))
    }

    /// A script that names a step wrongly would play something else than what was meant.
    fn warn_of_unknown_steps(&self) {
        for path in self.script.steps.keys() {
            if self.knows(&self.graph, path) {
                continue;
            }
            let known = self.graph.steps().iter().map(|node| &*node.path);
            let help = names::nearest(&bare(path), known).map(|name| format!(" (did you mean `{name}`?)"));
            eprintln!(
                "warning[unknown_step]: the script names `{path}`, and the flow has no such step{}",
                help.unwrap_or_default()
            );
        }
    }

    /// Whether a path leads to a step, through called flows too.
    fn knows(&self, graph: &Graph, path: &str) -> bool {
        let path = bare(path);
        if graph.step_by_path(&path).is_some() {
            return true;
        }
        let cuts = path.match_indices('/').map(|(at, _)| at);
        let mut called = cuts.filter_map(|at| {
            let step = graph.step_by_path(&path[..at])?;
            let Kind::Call { flow, .. } = &graph.steps()[step as usize].kind else { return None };
            Some((self.flows.get(&**flow)?, &path[at + 1..]))
        });
        called.any(|(inner, rest)| self.knows(inner, rest))
    }
}

/// A path without the numbers of items, passes and runs: `each[2]/pay#1` is `each/pay`.
pub fn bare(path: &str) -> String {
    path.split('/').map(|part| part.split(['[', '#']).next().unwrap_or(part)).collect::<Vec<_>>().join("/")
}

fn read_script(text: &str) -> Result<Script> {
    let document = Document::argument("--script", text)?;
    Script::parse(&document.text).map_err(|error| match serde_json::from_str::<Value>(&document.text) {
        Err(syntax) => document.wrong(&syntax),
        Ok(_) => script_failure(&document, &error),
    })
}

fn script_failure(document: &Document, error: &Error) -> Failure {
    Failure::new(ErrorKind::InvalidArgument, format!("{}: {}", document.name, error.message()))
        .help(r#"a script is {"steps": {"STEP": [{"after": "2s", "output": …}]}, "default": {…}, "signals": [{"at": "1s", "name": …}]}"#)
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_lose_their_numbers() {
        assert_eq!(super::bare("each[2]/pay#1/x"), "each/pay/x");
        assert_eq!(super::bare("a"), "a");
    }
}
