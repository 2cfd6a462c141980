//! Regular expressions: linear by nature, bounded in size, and charged by how large they are.

use regex::{Regex, RegexBuilder};

use super::ast::Pattern;

/// Sizes in bytes, and what a pattern up to that size costs per byte that it searches. A hostile pattern takes time by
/// its size for every byte; a friendly one takes far less.
const CLASSES: [(usize, u64); 3] = [(16 * 1024, 1), (128 * 1024, 8), (usize::MAX, 64)];

/// How deep groups may be nested.
const MAX_NEST: u32 = 40;

/// What compiling a pattern costs in steps.
pub(super) const COMPILE_STEPS: u64 = 5_000;

/// Compiles a pattern of at most `limit` bytes when compiled, or says why not.
pub(super) fn compile(pattern: &str, limit: usize) -> Result<Pattern, String> {
    for (size, weight) in CLASSES {
        let size = size.min(limit);
        match build(pattern, size) {
            Ok(regex) => return Ok(Pattern { regex, weight }),
            Err(regex::Error::CompiledTooBig(_)) if size < limit => {}
            Err(regex::Error::CompiledTooBig(_)) => break,
            Err(error) => return Err(format!("the regular expression is wrong: {}", reason(&error))),
        }
    }
    Err("the regular expression is too large".to_owned())
}

fn build(pattern: &str, size: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(size).nest_limit(MAX_NEST).build()
}

/// The last line of the error, which says what is wrong; those before it draw where.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_weighed_and_bounded() {
        assert_eq!(compile("^[A-Z]{2}-[0-9]+$", 1 << 20).unwrap().weight, 1);
        assert!(compile(r"\w{20}", 1 << 20).unwrap().weight > 1);
        assert!(compile(r"(\w{99}){99}", 1 << 20).unwrap_err().contains("too large"));
        assert!(compile("(", 1 << 20).unwrap_err().contains("unclosed group"));
        assert!(compile(&"(".repeat(10_000), 1 << 20).is_err());
    }
}
