//! Every file says what it is, and none is long without a reason.

use super::Finding;
use super::source::Source;
use super::tree::Tree;

/// So many lines a file may have, its tests apart.
const LONGEST: usize = 400;

/// Files that may be longer, and why they are one idea.
const LONG: &[(&str, &str)] = &[];

/// Finds files without a beginning, and long ones.
pub fn check(source: &Source<'_>, found: &mut Vec<Finding>) {
    let first = source.text.lines().find(|line| !line.starts_with("#!["));
    if !first.is_some_and(|line| line.starts_with("//! ")) {
        found.push(Finding::new(source.path, 1, "begin the file with a `//!` line that says what it is"));
    }
    let length = source.length();
    if length > LONGEST && !LONG.iter().any(|(path, _)| *path == source.path) {
        let message = format!("{length} lines are more than {LONGEST}: it is probably two ideas, part them");
        found.push(Finding::new(source.path, 1, message));
    }
}

/// Finds exceptions that are none any more.
pub fn check_allowed(tree: &Tree, found: &mut Vec<Finding>) {
    for (path, _) in LONG {
        let file = tree.files.iter().find(|file| file.path == *path);
        if file.is_none_or(|file| Source::new(&file.path, &file.text).length() <= LONGEST) {
            found.push(Finding::new(
                path,
                1,
                "it is not long (any more): take it off the list of long files",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> usize {
        let mut found = Vec::new();
        check(&Source::new("engine-core/src/base/a.rs", text), &mut found);
        found.len()
    }

    #[test]
    fn a_file_says_what_it_is_and_is_not_long() {
        assert_eq!(messages("//! A thing.\n"), 0);
        assert_eq!(messages("#![cfg(unix)]\n//! A thing.\n"), 0);
        assert_eq!(messages("use a;\n"), 1);
        assert_eq!(messages(""), 1);
        let long = |count: usize| format!("//! A thing.\n{}", "fn f() {}\n".repeat(count));
        assert_eq!(messages(&long(LONGEST - 1)), 0);
        assert_eq!(messages(&long(LONGEST)), 1);
        let tests =
            format!("//! A thing.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(LONGEST));
        assert_eq!(messages(&tests), 0);
    }

    #[test]
    fn every_exception_has_a_reason() {
        assert!(LONG.iter().all(|(_, reason)| reason.split_whitespace().count() > 3));
    }
}
