//! Files of cases: a document, and what is said about it.

use std::fs;
use std::path::{Path, PathBuf};

/// A case of a golden file.
pub struct Case {
    pub title: String,
    pub text: String,
    pub expected: String,
}

/// A folder beside these tests.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definition").join(name)
}

/// Whether golden files are to be written anew.
pub fn updating() -> bool {
    std::env::var_os("FLOWWRIGHT_UPDATE").is_some_and(|value| value == "1")
}

/// The files of a folder, in the order of their names.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// Cases are separated by lines of `=`; in each, a title, the document after `>>>`, and what is said after `<<<`.
pub fn read(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).unwrap();
    let cases = text.split("\n====\n").map(|case| {
        let (title, rest) = case.split_once("\n>>>\n").unwrap_or_else(|| panic!("no >>> in {case}"));
        let bare = || (rest.strip_suffix("\n<<<").unwrap_or(rest), "");
        let (text, expected) = rest.split_once("\n<<<\n").unwrap_or_else(bare);
        Case { title: title.to_owned(), text: text.to_owned(), expected: expected.trim_end().to_owned() }
    });
    cases.collect()
}

/// Compares every case with what `actual` says about its document, or writes that down.
pub fn check(file: &Path, actual: impl Fn(&str) -> String) {
    let cases = read(file);
    if updating() {
        let written: Vec<String> = (cases.iter())
            .map(|case| format!("{}\n>>>\n{}\n<<<\n{}", case.title, case.text, actual(&case.text)))
            .collect();
        fs::write(file, written.join("\n====\n") + "\n").unwrap();
        return;
    }
    for case in cases {
        let actual = actual(&case.text);
        assert!(
            actual == case.expected,
            "{}: {}\n--- said\n{actual}\n--- expected\n{}\n(FLOWWRIGHT_UPDATE=1 writes the file anew: read the \
             difference)",
            file.display(),
            case.title,
            case.expected
        );
    }
}
