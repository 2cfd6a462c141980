//! The table is the scorecard, and every test that it names is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::table::{TABLE, Verdict};

const SCORECARD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/durable/scorecard.json");
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scorecard");

/// The functions of a file that are tests.
fn tests(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut found = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("#[test") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(rest) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) {
            if is_test {
                found.extend(rest.split('(').next().map(str::to_owned));
            }
            is_test = false;
        }
    }
    found
}

/// All tests of this folder that are named after a behaviour.
fn own() -> BTreeSet<String> {
    let files = std::fs::read_dir(HERE).unwrap().map(|entry| entry.unwrap().path());
    let tests =
        files.filter(|path| path.extension().is_some_and(|end| end == "rs")).flat_map(|path| tests(&path));
    tests.filter(|name| name.as_bytes().get(3).is_some_and(u8::is_ascii_digit)).collect()
}

#[test]
fn every_test_that_the_table_names_is_there_and_every_test_is_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (own, mut named) = (own(), BTreeSet::new());
    for (id, verdict) in &TABLE {
        match verdict {
            Verdict::Tested(name) | Verdict::Partly(name, _) => {
                assert!(own.contains(*name), "{id}: there is no test `{name}`");
                assert!(name.starts_with(&format!("{}_", id.to_lowercase())), "{id}: `{name}` is of another");
                named.insert((*name).to_owned());
            }
            Verdict::Elsewhere(path, name) => {
                assert!(tests(&root.join(path)).contains(*name), "{id}: there is no test `{name}` in {path}");
            }
            Verdict::Missing(_) | Verdict::DoesNotApply(_) => {}
        }
        if let Verdict::Partly(_, why) | Verdict::Missing(why) | Verdict::DoesNotApply(why) = verdict {
            assert!(why.split_whitespace().count() > 4, "{id}: say why");
        }
    }
    assert_eq!(own, named, "tests that the table does not name");
}

#[test]
fn the_table_is_the_scorecard() {
    let Ok(text) = std::fs::read_to_string(SCORECARD) else {
        eprintln!("skipped: {SCORECARD} is not there");
        return;
    };
    let card: Value = serde_json::from_str(&text).unwrap();
    let wanted: Vec<_> =
        card["behaviours"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(TABLE.map(|(id, _)| id).as_slice(), wanted);

    let (mut counts, mut score) = (BTreeMap::new(), 0.0);
    for (id, verdict) in &TABLE {
        let (word, points, why) = match verdict {
            Verdict::Tested(_) | Verdict::Elsewhere(..) => ("shown", 1.0, ""),
            Verdict::Partly(_, why) => ("in part", 0.5, *why),
            Verdict::Missing(why) => ("missing", 0.0, *why),
            Verdict::DoesNotApply(why) => ("does not apply", 0.0, *why),
        };
        *counts.entry(word).or_insert(0) += 1;
        score += points;
        if !why.is_empty() {
            println!("{id}  {word}: {why}");
        }
    }
    println!("{counts:?}: {score} of {}", card["count"]);
}
