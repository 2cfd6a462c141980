//! Calls that belong elsewhere, and words that mean unfinished work.

use super::Finding;
use super::source::Source;

/// Something that must not be written in some place.
struct Ban {
    /// What.
    words: &'static [&'static str],
    /// Where: files whose path begins with one of these.
    places: &'static [&'static str],
    /// Files within those places that may, and why.
    except: &'static [(&'static str, &'static str)],
    /// What to write in its place.
    mend: &'static str,
}

/// Modules that compute and never wait.
const PURE: &[&str] = &[
    "engine-core/src/base",
    "engine-core/src/definition",
    "engine-core/src/expr",
    "engine-core/src/graph",
    "engine-core/src/machine",
    "engine-core/src/protocol",
    "engine-core/src/simulate",
    "engine-core/src/task",
];

const LIBRARIES: &[&str] = &["engine-core/src/", "engine-store/src/"];

const BANS: &[Ban] = &[
    Ban {
        words: &["SystemTime::now", "Utc::now", "Local::now", "std::time::Instant"],
        places: LIBRARIES,
        except: &[
            ("engine-core/src/runtime/env.rs", "the one door to the clock"),
            ("engine-store/src/lib.rs", "a store compares leases on its own clock"),
        ],
        mend: "the time is an input: take it as an argument, or from the runtime's environment",
    },
    Ban {
        words: &["Instant::now"],
        places: LIBRARIES,
        except: &[(
            "engine-core/src/runtime/",
            "lengths are measured by tokio's clock, which tests hold and move",
        )],
        mend: "the time is an input: take it as an argument",
    },
    Ban {
        words: &["Uuid::now_v7", "Uuid::new_v4", "rand::", "fastrand::", "getrandom"],
        places: LIBRARIES,
        except: &[("engine-core/src/runtime/env.rs", "the one door to ids and chance")],
        mend: "ids and chance are inputs: take them as arguments, or from the runtime's environment",
    },
    Ban {
        words: &["thread::sleep"],
        places: LIBRARIES,
        except: &[(
            "engine-store/src/sqlite/connect.rs",
            "on a thread of the store's own, while another process has the file",
        )],
        mend: "nothing blocks a thread: wait on the runtime",
    },
    Ban {
        words: &["HashMap", "HashSet"],
        places: PURE,
        except: &[],
        mend: "its order is not the same in every run: take a BTreeMap or a Vec",
    },
    Ban {
        words: &["tokio::", "tokio_util::", "std::thread", "std::fs", "std::net", "std::env::"],
        places: PURE,
        except: &[],
        mend: "this module computes and never waits: leave it to the runtime",
    },
    Ban {
        words: &["todo!", "unimplemented!", "#[ignore"],
        places: &[""],
        except: &[],
        mend: "finish it, or leave it out",
    },
];

/// Finds what is banned where it stands.
pub fn check(source: &Source<'_>, found: &mut Vec<Finding>) {
    for ban in BANS.iter().filter(|ban| ban.holds_in(source.path)) {
        for (line, code) in source.lines() {
            let words = ban.words.iter().filter(|word| has_word(code, word));
            found.extend(words.map(|word| {
                Finding::new(source.path, line, format!("`{word}` is banned here: {}", ban.mend))
            }));
        }
    }
    check_everywhere(source, found);
}

impl Ban {
    fn holds_in(&self, path: &str) -> bool {
        self.places.iter().any(|place| path.starts_with(place))
            && !self.except.iter().any(|(place, _)| path.starts_with(place))
    }
}

/// What tests must not have either: tests that do not run.
fn check_everywhere(source: &Source<'_>, found: &mut Vec<Finding>) {
    for (number, code) in source.code.lines().enumerate().filter(|(_, code)| code.contains("#[ignore")) {
        let message = format!("`{}` is a test that does not run: finish it, or leave it out", code.trim());
        let finding = Finding::new(source.path, number + 1, message);
        if !found.iter().any(|other| other.line == finding.line && other.file == finding.file) {
            found.push(finding);
        }
    }
    for (number, line) in source.text.lines().enumerate() {
        if let Some(fence) = doc(line).and_then(|text| text.strip_prefix("```"))
            && fence.split(',').any(|word| word.trim().starts_with("ignore"))
        {
            let message = "an example that is not compiled: mend it, or mark it `text` if it is no code";
            found.push(Finding::new(source.path, number + 1, message));
        }
    }
}

/// What a line of documentation says.
fn doc(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).map(str::trim)
}

/// Whether a word stands in the code and is not the end of a longer one.
fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next().filter(|_| word.ends_with(char::is_alphanumeric));
        let in_word =
            |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        !in_word(before) && !in_word(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        check(&Source::new(path, text), &mut found);
        found.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn the_clock_has_one_door() {
        let text = "//! X.\nfn f() { let now = std::time::SystemTime::now(); }\n// Instant::now\n";
        assert_eq!(lines("engine-core/src/machine/timer.rs", text), [2]);
        assert_eq!(lines("engine-core/src/runtime/env.rs", text), [0; 0]);
    }

    #[test]
    fn order_is_never_left_to_chance() {
        let text = "use std::collections::HashMap;\nstruct MyHashMapLike;\n";
        assert_eq!(lines("engine-core/src/graph/mod.rs", text), [1]);
        assert_eq!(lines("engine-core/src/runtime/mail.rs", text), [0; 0]);
    }

    #[test]
    fn unfinished_work_is_found_even_in_tests() {
        let skipped = concat!("#[test]\n#[ign", "ore]\nfn f() {}\n");
        assert_eq!(lines("engine-core/tests/a.rs", skipped), [2]);
        assert_eq!(lines("engine-core/src/base/a.rs", skipped), [2]);
        assert_eq!(lines("engine-core/src/base/a.rs", concat!("fn f() { to", "do!() }")), [1]);
        assert_eq!(
            lines("engine-core/src/base/a.rs", concat!("/// ```rust,ign", "ore\n/// x\n/// ```\n")),
            [1]
        );
        assert_eq!(lines("engine-core/src/base/a.rs", "/// ```text\n/// x\n/// ```\n"), [0; 0]);
    }

    #[test]
    fn every_exception_has_a_reason() {
        for (_, reason) in BANS.iter().flat_map(|ban| ban.except) {
            assert!(reason.split_whitespace().count() > 2, "{reason}");
        }
    }
}
