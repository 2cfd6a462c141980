//! From the tree of a document to its meaning. Every mistake is reported; lowering never stops at the first.
//!
//! Each type says in a table which fields it has ([`Object`]); the fields' own types say how they are read
//! ([`Lower`]). `None` means that something was wrong and is in the sink already.

mod check;
mod condition;
mod edge;
mod flow;
mod kind;
mod map;
mod path;
mod policy;
mod schema;
mod step;
mod value;
mod word;

use std::borrow::Cow;

use super::sink::Sink;
use super::tree::{Node, Shape};

use super::{Definition, Diagnostic, DocumentLimits, Severity, code};
use map::Map;
use path::Path;

/// What lowering carries along.
pub(super) struct Cx<'a> {
    limits: &'a DocumentLimits,
    sink: Sink<'a>,
    /// Steps so far, of all scopes.
    steps: usize,
    /// How deep the scope being read is nested.
    scopes: usize,
    /// How deep the rule being read is nested.
    rules: usize,
}

/// What is wrong with a value; the place is added by who has it.
pub(super) struct Fault {
    severity: Severity,
    code: &'static str,
    message: String,
    help: Option<String>,
}

impl Fault {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), help: None }
    }

    fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::new(code, message) }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Something that a value of a document can be.
trait Lower: Sized {
    fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self>;
}

/// Something that is written as a mapping of known fields.
trait Object: Sized {
    /// What it is called in messages, with its article.
    const WHAT: &'static str;
    /// Its fields.
    const FIELDS: &'static [&'static str];

    /// Reads every field.
    fn read(cx: &mut Cx<'_>, map: &Map<'_, '_>) -> Option<Self>;

    /// Reports what is wrong with the fields taken together.
    fn check(_cx: &mut Cx<'_>, _map: &Map<'_, '_>) {}
}

/// Implements [`Object`] by a table: how each field is read (a method of [`Map`]), its name in Rust, its name in
/// documents where that is another one, and what its value must satisfy.
macro_rules! fields {
    ($type:ident, $what:literal, {
        $($rule:ident $field:ident $(as $key:literal)? $(where $check:expr)?;)+
    } $(, $joint:expr)?) => {
        impl $crate::definition::lower::Object for $type {
            const WHAT: &'static str = $what;
            const FIELDS: &'static [&'static str] =
                &[$($crate::definition::lower::key!($field $($key)?)),+];

            fn read(
                cx: &mut $crate::definition::lower::Cx<'_>,
                map: &$crate::definition::lower::Map<'_, '_>,
            ) -> Option<Self> {
                $(
                    let $field = map.$rule(
                        cx,
                        $crate::definition::lower::key!($field $($key)?),
                        $crate::definition::lower::rule!($($check)?),
                    );
                )+
                Some(Self { $($field: $field?),+ })
            }

            $(
                fn check(
                    cx: &mut $crate::definition::lower::Cx<'_>,
                    map: &$crate::definition::lower::Map<'_, '_>,
                ) {
                    ($joint)(cx, map);
                }
            )?
        }
    };
}

/// As `fields!`, for what is always written as a mapping: [`Lower`] as well.
macro_rules! object {
    ($type:ident, $($table:tt)+) => {
        $crate::definition::lower::fields!($type, $($table)+);

        impl $crate::definition::lower::Lower for $type {
            fn lower(
                cx: &mut $crate::definition::lower::Cx<'_>,
                node: $crate::definition::tree::Node<'_>,
                path: &$crate::definition::lower::Path<'_>,
            ) -> Option<Self> {
                $crate::definition::lower::map::object(cx, node, path)
            }
        }
    };
}

macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

macro_rules! rule {
    () => {
        None
    };
    ($check:expr) => {
        Some($check)
    };
}

use {fields, key, object, rule};

/// The words that days of the week have.
pub(super) use check::DAYS;
pub(super) use step::may_hold_resources;

/// Lowers a whole document.
pub(super) fn definition<'a>(
    root: Node<'_>,
    limits: &'a DocumentLimits,
    sink: Sink<'a>,
) -> (Option<Definition>, Vec<Diagnostic>) {
    let mut cx = Cx { limits, sink, steps: 0, scopes: 0, rules: 0 };
    let lowered = Definition::lower(&mut cx, root, &Path::Top);
    let sound = !cx.sink.has_errors();
    (lowered.filter(|_| sound), cx.sink.finish())
}

impl Cx<'_> {
    fn report(&mut self, at: Option<u32>, path: &Path<'_>, fault: Fault) {
        self.sink.push(fault.severity, at, || {
            let diagnostic = Diagnostic::error(fault.code, path.write(), fault.message);
            match fault.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        });
    }

    /// Reports that a value is of another kind than `wanted`.
    fn mismatch(&mut self, node: Node<'_>, path: &Path<'_>, wanted: &str) {
        let (found, help) = match node.shape() {
            Shape::Broken => return,
            Shape::Null => {
                let message = format!("{} has no value; it must be {wanted}", path.name());
                let help = "give it a value, or leave the field out";
                return self.report(node.at(), path, Fault::new(code::WRONG_TYPE, message).help(help));
            }
            Shape::Text("") => ("empty".to_owned(), None),
            Shape::Bool(value) => (format!("`{value}`"), quoting(wanted, &value.to_string())),
            Shape::Number(number) => (format!("the number {number}"), quoting(wanted, &number.to_string())),
            Shape::Text(text) => (format!("the text `{}`", shortened(text)), not_a_bool(wanted, text)),
            Shape::List(_) => ("a list".to_owned(), None),
            Shape::Map(_) => ("a mapping".to_owned(), None),
        };
        let fault = Fault::new(code::WRONG_TYPE, format!("{} must be {wanted}, not {found}", path.name()));
        self.report(node.at(), path, Fault { help, ..fault });
    }
}

/// A text that is fit to be shown in a message.
fn shortened(text: &str) -> Cow<'_, str> {
    shortened_to(text, 60)
}

fn shortened_to(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// A value that was meant as a text.
fn quoting(wanted: &str, value: &str) -> Option<String> {
    wanted.contains("text").then(|| format!("quote it: \"{value}\""))
}

/// A text that older versions of YAML read as a boolean, or a number in quotes.
fn not_a_bool(wanted: &str, text: &str) -> Option<String> {
    let boolean = wanted == value::BOOLEAN && matches!(text, "yes" | "no" | "on" | "off" | "true" | "false");
    if boolean {
        let value = matches!(text, "yes" | "on" | "true");
        return Some(format!("write {value}, without quotes"));
    }
    (wanted.contains("number") && text.parse::<f64>().is_ok()).then(|| "leave the quotes out".to_owned())
}

/// The fields of everything that is written as a mapping, by the names that the JSON Schema has for it; the document
/// itself has none.
#[cfg(test)]
pub(super) fn tables() -> Vec<(String, Vec<&'static str>)> {
    use super::{
        ActivityDefaults, Calendar, Candidates, Compensate, DecisionRule, Defaults, Edge, EndError, Escalate,
        Need, Next, Retry, Sla, Tolerate,
    };

    macro_rules! tables {
        ($($type:ident),+) => {
            vec![$((stringify!($type).to_owned(), $type::FIELDS.to_vec())),+]
        };
    }
    let mut tables = tables!(
        ActivityDefaults,
        Calendar,
        Candidates,
        Compensate,
        DecisionRule,
        Defaults,
        Edge,
        EndError,
        Escalate,
        Need,
        Next,
        Retry,
        Sla,
        Tolerate
    );
    tables.push((String::new(), Definition::FIELDS.to_vec()));
    tables.extend(step::tables());
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A context to lower something alone in.
    pub(super) fn cx() -> Cx<'static> {
        static LIMITS: std::sync::OnceLock<DocumentLimits> = std::sync::OnceLock::new();
        let limits = LIMITS.get_or_init(DocumentLimits::default);
        Cx { limits, sink: Sink::new(None, 100), steps: 0, scopes: 0, rules: 0 }
    }
}
