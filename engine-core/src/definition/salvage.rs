//! What is left of a document when its mistakes are taken out, so that the rest of it can be checked at once.

use serde_json::Value;

use super::sink::Sink;
use super::source::{PathPart, Segment, segments, write_segment};
use super::tree::{Node, Shape};
use super::{Definition, Diagnostic, DocumentLimits, Severity, code, lower};

/// So often mistakes are taken out: one may hide another.
const ROUNDS: usize = 4;

/// So many values a document may have to be looked into further.
const VALUES: usize = 200_000;

/// Mistakes after which nothing can be said of the rest.
const HOPELESS: &[&str] = &[
    code::SYNTAX,
    code::EMPTY_DOCUMENT,
    code::SEVERAL_DOCUMENTS,
    code::INVALID_ALIAS,
    code::TOO_LARGE,
    code::TOO_DEEP,
    code::TOO_MANY_STEPS,
    code::TOO_MANY_DIAGNOSTICS,
];

/// Fields that say what leads where.
const EDGES: &[&str] =
    &["next", "needs", "edges", "join", "choose", "from", "to", "on", "back", "else", "signal"];

/// A definition that is not what its author wrote, but close enough to look for further mistakes.
#[derive(Clone, Debug)]
pub(crate) struct Salvaged {
    pub(crate) definition: Definition,
    /// Paths at which it differs from the document.
    spoiled: Vec<String>,
    /// What leads where may differ.
    pub(crate) edges: bool,
    /// The ids of steps may differ.
    pub(crate) ids: bool,
    /// Variables, or the types of steps, may differ, and so what expressions can name.
    pub(crate) names: bool,
}

impl Salvaged {
    /// Whether the document has the same at a path as the salvaged definition.
    pub(crate) fn is_true_at(&self, path: &str) -> bool {
        !self.spoiled.iter().any(|spoiled| {
            path.strip_prefix(spoiled.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }
}

/// Takes mistakes out of a document until it is a definition; none if that does not succeed.
pub(super) fn salvage(root: Node<'_>, found: &[Diagnostic], limits: &DocumentLimits) -> Option<Salvaged> {
    let mut left = VALUES;
    let mut value = copy(root, &mut left)?;
    let mut spoils = Spoils::default();
    let mut found = found.to_vec();
    for _ in 0..ROUNDS {
        let errors = found.iter().filter(|one| one.severity == Severity::Error);
        // Later items first, so that the places of earlier ones stay.
        for error in errors.rev() {
            spoils.take_out(&mut value, error)?;
        }
        let (definition, next) =
            lower::definition(Node::Json(&value), limits, Sink::new(None, limits.diagnostics));
        if let Some(definition) = definition {
            let Spoils { paths, edges, ids, names, .. } = spoils;
            return Some(Salvaged { definition, spoiled: paths, edges, ids, names });
        }
        found = next;
    }
    None
}

#[derive(Default)]
struct Spoils {
    paths: Vec<String>,
    edges: bool,
    ids: bool,
    names: bool,
    placeholders: usize,
}

impl Spoils {
    fn take_out(&mut self, value: &mut Value, error: &Diagnostic) -> Option<()> {
        if HOPELESS.contains(&error.code) {
            return None;
        }
        let mut parts: Vec<PathPart> = segments(&error.path).collect();
        let last = parts.pop()?;
        self.weigh(&parts, &last, error);
        let mut outer = value;
        let mut path = String::new();
        for part in &parts {
            let inner = match part {
                PathPart::Key(key) => outer.get_mut(key.as_str()),
                PathPart::Index(index) => outer.get_mut(*index),
            };
            let Some(inner) = inner else { return Some(()) };
            outer = inner;
            write_segment(&mut path, segment(part));
        }
        match (outer, &last) {
            (Value::Object(fields), PathPart::Key(key)) => {
                write_segment(&mut path, segment(&last));
                if error.code == code::MISSING_FIELD || key == "id" {
                    fields.insert(key.clone(), self.placeholder(key));
                } else {
                    fields.remove(key.as_str());
                }
            }
            (Value::Array(items), PathPart::Index(index)) if *index < items.len() => {
                drop(items.remove(*index))
            }
            _ => {}
        }
        self.paths.push(path);
        Some(())
    }

    /// Notes what can be trusted no longer.
    fn weigh(&mut self, parts: &[PathPart], last: &PathPart, error: &Diagnostic) {
        let names = |wanted: &[&str]| {
            let has = |part: &PathPart| matches!(part, PathPart::Key(key) if wanted.contains(&key.as_str()));
            parts.iter().any(has) || has(last)
        };
        let meant = (error.code == code::UNKNOWN_FIELD).then(|| {
            error.help.as_deref().and_then(|help| help.strip_prefix("did you mean `")?.split('`').next())
        });
        let may_mean =
            |wanted: &[&str]| meant.is_some_and(|meant| meant.is_none_or(|meant| wanted.contains(&meant)));
        self.edges |= names(EDGES) || names(&["id"]) || may_mean(EDGES);
        self.names |=
            names(&["vars", "type", "id", "pools"]) || parts.is_empty() && may_mean(&["vars", "pools"]);
        self.ids |= names(&["id"]) && error.code != code::DUPLICATE_ID;
        // A step that is no mapping takes its id with it.
        if matches!((parts, last), ([.., PathPart::Key(key)], PathPart::Index(_)) if key == "steps")
            || names(&["steps"]) && parts.is_empty()
        {
            (self.edges, self.ids, self.names) = (true, true, true);
        }
    }

    /// Something that may stand in a field.
    fn placeholder(&mut self, key: &str) -> Value {
        self.placeholders += 1;
        match key {
            "type" => "assign".into(),
            "items" => "[]".into(),
            "delay" | "every" => "1s".into(),
            "steps" => {
                serde_json::json!([{"id": format!("missing-{}", self.placeholders), "type": "assign"}])
            }
            _ => format!("missing-{}", self.placeholders).into(),
        }
    }
}

fn segment(part: &PathPart) -> Segment<'_> {
    match part {
        PathPart::Key(key) => Segment::Key(key),
        PathPart::Index(index) => Segment::Index(*index),
    }
}

/// The document as a JSON value, if it is not too large when its aliases are unfolded.
fn copy(node: Node<'_>, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    Some(match node.shape() {
        Shape::Broken | Shape::Null => Value::Null,
        Shape::Bool(value) => Value::Bool(value),
        Shape::Number(number) => Value::Number(number.clone()),
        Shape::Text(text) => Value::String(text.to_owned()),
        Shape::List(list) => Value::Array(list.iter().map(|item| copy(item, left)).collect::<Option<_>>()?),
        Shape::Map(fields) => {
            let mut copied = serde_json::Map::new();
            for (key, value) in fields.iter() {
                let value = copy(value, left)?;
                copied.entry(key.name).or_insert(value);
            }
            Value::Object(copied)
        }
    })
}
