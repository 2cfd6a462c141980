//! Which module of the library may use which: arrows point one way only.

use super::Finding;
use super::source::Source;

/// The folder whose first level are the modules.
const LIBRARY: &str = "engine-core/src/";

/// Every module with those that it may use, lowest first. The two pictures that this draws: what decides never sees
/// what waits, and a store never sees what is stored.
pub const ALLOWED: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("docs", &[]),
    ("expr", &["base"]),
    ("definition", &["base", "expr"]),
    ("protocol", &["base", "definition"]),
    ("task", &["base", "definition", "protocol"]),
    ("graph", &["base", "definition", "expr", "protocol"]),
    ("machine", &["base", "definition", "expr", "graph", "protocol", "task"]),
    ("simulate", &["base", "graph", "machine", "protocol"]),
    ("store", &["base", "definition", "protocol"]),
    ("runtime", &["base", "definition", "graph", "machine", "protocol", "store", "task"]),
    (
        "engine",
        &["base", "definition", "graph", "machine", "protocol", "runtime", "simulate", "store", "task"],
    ),
    ("embed", &["base", "definition", "engine", "graph", "protocol", "simulate", "store"]),
    (
        "testing",
        &[
            "base",
            "definition",
            "engine",
            "expr",
            "graph",
            "machine",
            "protocol",
            "runtime",
            "simulate",
            "store",
            "task",
        ],
    ),
];

/// Finds uses of modules that a module may not use.
pub fn check(source: &Source<'_>, found: &mut Vec<Finding>) {
    let Some(inner) = source.path.strip_prefix(LIBRARY) else { return };
    let module = inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs");
    if module == "lib" {
        return;
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == module) else {
        let message = format!("module `{module}` is not in the table of modules: say there what it may use");
        found.push(Finding::new(source.path, 1, message));
        return;
    };
    for (line, code) in source.lines() {
        for used in used(code) {
            let known = ALLOWED.iter().any(|(name, _)| *name == used);
            if known && used != module && !allowed.contains(&used) {
                let message = format!("`{module}` may not use `{used}`; it may use: {}", listed(allowed));
                found.push(Finding::new(source.path, line, message));
            }
        }
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

/// The modules that a line names behind `crate::`.
fn used(code: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, word) in code.match_indices("crate::") {
        let rest = &code[at + word.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(first_names(group)),
            None => names.push(name(rest)),
        }
    }
    names
}

/// The first name of every path in a group, as in `crate::{base::Error, graph}`.
fn first_names(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut names = vec![name(group.trim_start())];
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> &str {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        check(&Source::new(path, text), &mut found);
        found.into_iter().map(|finding| format!("{}: {}", finding.line, finding.message)).collect()
    }

    #[test]
    fn an_arrow_the_wrong_way_is_found_with_its_line() {
        let text = "//! X.\nuse crate::base::Error;\nfn f() -> crate::runtime::Config { todo() }\n";
        assert_eq!(
            findings("engine-core/src/store/mod.rs", text),
            ["3: `store` may not use `runtime`; it may use: base, definition, protocol"]
        );
        assert_eq!(findings("engine-core/src/engine.rs", text).len(), 0);
        assert_eq!(findings("engine-store/src/sql/mod.rs", text).len(), 0);
    }

    #[test]
    fn groups_are_taken_apart() {
        assert_eq!(used("use crate::{base::{A, B}, graph, store::C};"), ["base", "graph", "store"]);
        assert_eq!(used("pub(crate) use crate::expr;"), ["expr"]);
    }

    #[test]
    fn comments_and_tests_may_name_what_they_like() {
        let text =
            "//! See [x](crate::engine).\n#[cfg(test)]\nmod tests {\n    use crate::engine::Engine;\n}\n";
        assert_eq!(findings("engine-core/src/base/mod.rs", text).len(), 0);
    }

    #[test]
    fn a_new_module_must_be_entered() {
        assert_eq!(findings("engine-core/src/magic/mod.rs", "//! X.").len(), 1);
    }

    #[test]
    fn the_table_has_no_cycle() {
        for (place, (name, allowed)) in ALLOWED.iter().enumerate() {
            for used in *allowed {
                let lower = ALLOWED.iter().position(|(other, _)| other == used);
                assert!(lower.is_some_and(|lower| lower < place || *name == "testing"), "{name} uses {used}");
            }
        }
    }
}
