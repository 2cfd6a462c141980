//! From a state machine in the Amazon States Language to a flow.
//!
//! A scope's document, which states hand on, is a variable of its own (`doc0`, `doc1`, …). A state is a step of the same
//! name; what has no state of its own (taking the input over, the assignments of a choice) is a step that begins with `x_`.
//!
//! | state | step |
//! | --- | --- |
//! | Pass | `assign` |
//! | Choice | `assign` with `choose: first` |
//! | Wait | `timer` |
//! | Succeed | `end` at the top, `assign` inside |
//! | Fail | `end` at the top, inside (or with paths) an activity that fails with what it is given |
//! | Map | `for_each` |
//! | Parallel | `group` with a `group` for each branch |
//! | Catch | `failure` edges |
//! | Retry of a scope | a `failure` edge of the step to itself |

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value, json};

use crate::choice;
use crate::path::{Reason, cel, path, template};

/// The prefix of steps that no state stands for.
pub const HELPER: &str = "x_";

/// What is known of a document: the fields that it surely has.
#[derive(Clone, Debug)]
enum Shape {
    Fields(BTreeMap<String, Shape>),
    Unknown,
}

impl Shape {
    fn of(value: &Value) -> Self {
        match value {
            Value::Object(fields) => {
                Self::Fields(fields.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect())
            }
            _ => Self::Unknown,
        }
    }

    fn at(&self, path: &str) -> Self {
        let keys = path.trim_start_matches('$').split('.').filter(|key| !key.is_empty());
        keys.fold(self.clone(), |shape, key| match shape {
            Self::Fields(mut fields) => fields.remove(key).unwrap_or(Self::Unknown),
            Self::Unknown => Self::Unknown,
        })
    }
}

/// Data for a document, and what is known of it.
struct Document {
    data: Value,
    shape: Shape,
}

impl Document {
    fn of(data: Value) -> Self {
        let shape = Shape::of(&data);
        Self { data, shape }
    }
}

/// A scope under translation.
struct Scope {
    /// The variable that holds the document.
    doc: String,
    depth: usize,
    steps: Vec<Value>,
}

/// The flow of a state machine, for an input like this one.
pub fn flow(machine: &Value, input: &Value) -> Result<Value, Reason> {
    let begin = Document { data: json!("${ input }"), shape: Shape::of(input) };
    let steps = scope(machine, 0, begin, "doc0")?;
    Ok(json!({"flow": "machine", "steps": steps, "output": "${ vars.doc0 }"}))
}

fn scope(machine: &Value, depth: usize, begin: Document, doc: &str) -> Result<Vec<Value>, Reason> {
    let states = machine["States"].as_object().ok_or("no states")?;
    let start = machine["StartAt"].as_str().ok_or("no start")?;
    let enter = json!({"id": format!("{HELPER}{doc}"), "type": "assign", "set": {doc: setter(&begin.data)}, "next": [start]});
    let mut scope = Scope { doc: doc.to_owned(), depth, steps: vec![enter] };
    let mut seen = BTreeSet::from([start.to_owned()]);
    let mut queue = VecDeque::from([(start.to_owned(), begin.shape)]);
    while let Some((name, shape)) = queue.pop_front() {
        let state = states.get(&name).ok_or_else(|| format!("the state {name}"))?;
        let (next, shape) = scope.state(&name, state, &shape)?;
        for name in next {
            if seen.insert(name.clone()) {
                queue.push_back((name, shape.clone()));
            }
        }
    }
    Ok(scope.steps)
}

impl Scope {
    fn base(&self) -> String {
        format!("vars.{}", self.doc)
    }

    /// Adds the step of a state; gives the states that it leads to, and what they know of the document.
    fn state(&mut self, name: &str, state: &Value, shape: &Shape) -> Result<(Vec<String>, Shape), Reason> {
        let kind = state["Type"].as_str().unwrap_or_default();
        let mut next: Vec<String> = state["Next"].as_str().map(str::to_owned).into_iter().collect();
        let (mut step, result) = match kind {
            "Pass" => (json!({"type": "assign"}), self.pass(state, shape)?),
            "Choice" => {
                let mut step = json!({"type": "assign", "choose": "first"});
                let assigned = next_of(&mut step);
                next = self.choices(name, state, assigned)?;
                (step, None)
            }
            "Wait" => (self.wait(state)?, None),
            "Succeed" => {
                let kind = if self.depth == 0 { "end" } else { "assign" };
                (json!({"type": kind}), None)
            }
            "Fail" => (self.fail(state)?, None),
            "Map" => self.map(state, shape)?,
            "Parallel" => self.parallel(state)?,
            _ => return Err(format!("a state of type {kind}")),
        };
        step["id"] = name.into();
        let mut set = Map::new();
        let shape = match result {
            Some(document) => {
                set.insert(self.doc.clone(), setter(&document.data));
                document.shape
            }
            None => shape.clone(),
        };
        if kind != "Choice" {
            set.extend(self.assigned(state)?);
            let edges = next_of(&mut step);
            edges.extend(next.iter().map(|to| json!({"to": to})));
            next.extend(failures(name, state, kind, edges));
        }
        if !set.is_empty() {
            step["set"] = set.into();
        }
        self.steps.push(step);
        Ok((next, shape))
    }

    /// What a state sets besides its document. `$` is there what the state has made.
    fn assigned(&self, state: &Value) -> Result<Map<String, Value>, Reason> {
        let made = match (state.get("Result"), state.get("Parameters")) {
            (Some(result), _) => result.to_string(),
            (None, None) => self.input(state)?,
            (None, Some(_)) if state.get("Assign").is_none() => String::new(),
            (None, Some(_)) => return Err("Assign from Parameters".to_owned()),
        };
        let assigned = template(&state["Assign"], &made)?;
        let fields = assigned.as_object().into_iter().flatten();
        Ok(fields.map(|(name, value)| (name.clone(), setter(value))).collect())
    }

    /// CEL for what `InputPath` leaves of the document.
    fn input(&self, state: &Value) -> Result<String, Reason> {
        match &state["InputPath"] {
            Value::String(text) => path(text, &self.base()),
            Value::Null if state.get("InputPath").is_some() => Ok("{}".to_owned()),
            _ => Ok(self.base()),
        }
    }

    fn pass(&self, state: &Value, shape: &Shape) -> Result<Option<Document>, Reason> {
        let input = self.input(state)?;
        let result = if let Some(result) = state.get("Result") {
            Document::of(result.clone())
        } else if let Some(parameters) = state.get("Parameters") {
            Document::of(template(parameters, &input)?)
        } else {
            let shape = state["InputPath"].as_str().map_or(shape.clone(), |path| shape.at(path));
            Document { data: json!(format!("${{ {input} }}")), shape }
        };
        self.result(state, result, shape)
    }

    /// The document after `ResultPath` and `OutputPath`.
    fn result(&self, state: &Value, result: Document, shape: &Shape) -> Result<Option<Document>, Reason> {
        let whole = match state.get("ResultPath") {
            None => Some(result),
            Some(Value::Null) => None,
            Some(to) => {
                let to = to.as_str().unwrap_or("$");
                let keys: Vec<&str> =
                    to.trim_start_matches('$').split('.').filter(|key| !key.is_empty()).collect();
                Some(inject(&keys, result, shape, "$", &self.base())?)
            }
        };
        match (state.get("OutputPath"), whole) {
            (None, whole) => Ok(whole),
            (Some(Value::Null), _) => Ok(Some(Document::of(json!({})))),
            (Some(from), whole) => {
                let from = from.as_str().unwrap_or("$");
                let from_variable = !matches!(from.chars().nth(1), None | Some('.' | '['));
                match whole {
                    Some(_) if !from_variable && from != "$" => {
                        Err("an OutputPath into what the same state has just made".to_owned())
                    }
                    whole if from == "$" => Ok(whole),
                    _ => {
                        let data = json!(format!("${{ {} }}", path(from, &self.base())?));
                        Ok(Some(Document { data, shape: Shape::Unknown }))
                    }
                }
            }
        }
    }

    /// Writes the edges of a choice; a rule that assigns has a step of its own for it.
    fn choices(&mut self, name: &str, state: &Value, edges: &mut Vec<Value>) -> Result<Vec<String>, Reason> {
        let mut next = Vec::new();
        let rules = state["Choices"].as_array().into_iter().flatten();
        let others = state["Default"].as_str().map(|to| (json!({"else": true}), to, state));
        let rules = rules.map(|rule| {
            let when = choice::rule(rule, &self.base())?;
            Ok((json!({"when": when}), rule["Next"].as_str().unwrap_or_default(), rule))
        });
        let all: Vec<(Value, &str, &Value)> = rules.collect::<Result<_, Reason>>()?;
        for (number, (mut edge, to, from)) in all.into_iter().chain(others).enumerate() {
            let assigned = self.assigned(from)?;
            next.push(to.to_owned());
            if assigned.is_empty() {
                edge["to"] = to.into();
            } else {
                let id = format!("{HELPER}{name}_{number}");
                edge["to"] = json!(id);
                // The target may be reached by several of them; whichever comes first starts it.
                self.steps.push(json!({"id": id, "type": "assign", "set": assigned, "next": [to]}));
            }
            edges.push(edge);
        }
        Ok(next)
    }

    fn wait(&self, state: &Value) -> Result<Value, Reason> {
        let base = self.base();
        let text = |field: &str| state[field].as_str();
        Ok(if let Some(seconds) = state["Seconds"].as_u64() {
            json!({"type": "timer", "delay": format!("{seconds}s")})
        } else if let Some(from) = text("SecondsPath") {
            json!({"type": "timer", "delay": format!("${{ duration(string({}) + \"s\") }}", path(from, &base)?)})
        } else if let Some(until) = text("Timestamp") {
            json!({"type": "timer", "until": until})
        } else {
            let from = text("TimestampPath").ok_or("a wait for nothing")?;
            json!({"type": "timer", "until": format!("${{ timestamp({}) }}", path(from, &base)?)})
        })
    }

    fn fail(&self, state: &Value) -> Result<Value, Reason> {
        let field = |name: &str| -> Result<Value, Reason> {
            match state[format!("{name}Path")].as_str() {
                Some(from) => Ok(json!(format!("${{ {} }}", path(from, &self.base())?))),
                None => Ok(json!(state[name].as_str().unwrap_or("failed"))),
            }
        };
        let (code, message) = (field("Error")?, field("Cause")?);
        let computed = state.get("ErrorPath").or(state.get("CausePath")).is_some();
        Ok(if self.depth == 0 && !computed {
            json!({"type": "end", "status": "failed", "error": {"code": code, "message": message}})
        } else {
            json!({"type": "activity", "handler": "fail", "with": {"code": code, "message": message}})
        })
    }

    fn map(&self, state: &Value, shape: &Shape) -> Result<(Value, Option<Document>), Reason> {
        if state.get("MaxConcurrencyPath").is_some() {
            return Err("MaxConcurrencyPath: the concurrency of a for_each is a number".to_owned());
        }
        let input = self.input(state)?;
        let items = state["ItemsPath"].as_str().map_or(Ok(input.clone()), |items| cel(items, &input))?;
        let begin = match state.get("ItemSelector").or(state.get("Parameters")) {
            Some(selector) => Document::of(template(selector, &input)?),
            None => Document { data: json!("${ item }"), shape: Shape::Unknown },
        };
        let doc = format!("doc{}", self.depth + 1);
        let processor = state.get("ItemProcessor").unwrap_or(&state["Iterator"]);
        let steps = scope(processor, self.depth + 1, begin, &doc)?;
        let mut step = json!({
            "type": "for_each", "items": items, "steps": steps, "output": format!("${{ vars.{doc} }}"),
        });
        if let Some(most) = state["MaxConcurrency"].as_u64().filter(|most| *most > 0) {
            step["concurrency"] = most.into();
        }
        let output = Document { data: json!("${ output }"), shape: Shape::Unknown };
        Ok((step, self.result(state, output, shape)?))
    }

    fn parallel(&self, state: &Value) -> Result<(Value, Option<Document>), Reason> {
        let input = self.input(state)?;
        let begin = state
            .get("Parameters")
            .map_or(Ok(json!(format!("${{ {input} }}"))), |one| template(one, &input))?;
        let (mut branches, mut outputs) = (Vec::new(), Vec::new());
        for (number, branch) in state["Branches"].as_array().into_iter().flatten().enumerate() {
            let doc = format!("doc{}_{number}", self.depth + 1);
            let steps = scope(branch, self.depth + 1, Document::of(begin.clone()), &doc)?;
            let id = format!("{HELPER}branch_{number}");
            branches.push(
                json!({"id": id, "type": "group", "steps": steps, "output": format!("${{ vars.{doc} }}")}),
            );
            outputs.push(json!(format!("${{ steps.{id}.output }}")));
        }
        let step = json!({"type": "group", "steps": branches, "output": outputs});
        Ok((step, Some(Document { data: json!("${ output }"), shape: Shape::Unknown })))
    }
}

/// A document with a result put in at a path.
fn inject(keys: &[&str], result: Document, shape: &Shape, at: &str, base: &str) -> Result<Document, Reason> {
    let [key, rest @ ..] = keys else { return Ok(result) };
    let Shape::Fields(fields) = shape else {
        return Err(format!("ResultPath into {at}, whose fields are not known: CEL has nothing that merges"));
    };
    let none = Shape::Fields(BTreeMap::new());
    let (mut data, mut shapes) = (Map::new(), fields.clone());
    for other in fields.keys().filter(|other| other != key) {
        data.insert(other.clone(), json!(format!("${{ {} }}", path(&format!("{at}.{other}"), base)?)));
    }
    let inner = inject(rest, result, fields.get(*key).unwrap_or(&none), &format!("{at}.{key}"), base)?;
    data.insert((*key).to_owned(), inner.data);
    shapes.insert((*key).to_owned(), inner.shape);
    Ok(Document { data: data.into(), shape: Shape::Fields(shapes) })
}

/// Data as a value of `set`, where a text is CEL as it stands.
fn setter(data: &Value) -> Value {
    let Some(text) = data.as_str() else { return data.clone() };
    match text.strip_prefix("${ ").and_then(|text| text.strip_suffix(" }")) {
        Some(cel) => json!(cel),
        None => json!(data.to_string()),
    }
}

/// The edges that a step leads out by.
fn next_of(step: &mut Value) -> &mut Vec<Value> {
    step["next"] = json!([]);
    let Value::Array(edges) = &mut step["next"] else { unreachable!("it was set just now") };
    edges
}

/// Writes the edges of `Retry` and `Catch`; gives the states that they lead to.
fn failures(name: &str, state: &Value, kind: &str, edges: &mut Vec<Value>) -> Vec<String> {
    let mut next = Vec::new();
    // The failure of an item is in the details of that of a for_each.
    let code = if kind == "Map" { "error.details.error.code" } else { "error.code" };
    let matching = |handler: &Value| {
        let codes = handler["ErrorEquals"].as_array().into_iter().flatten();
        let any = codes.clone().any(|code| code == "States.ALL");
        if any { "true".to_owned() } else { format!("{code} in {}", json!(codes.collect::<Vec<_>>())) }
    };
    for retry in state["Retry"].as_array().into_iter().flatten() {
        let again = retry["MaxAttempts"].as_u64().unwrap_or(3);
        let when = format!("{} && steps.{name}.iteration < {again}", matching(retry));
        edges.push(json!({"to": name, "on": "failure", "when": when}));
    }
    for handler in state["Catch"].as_array().into_iter().flatten() {
        let to = handler["Next"].as_str().unwrap_or_default();
        edges.push(json!({"to": to, "on": "failure", "when": matching(handler)}));
        next.push(to.to_owned());
    }
    next
}
