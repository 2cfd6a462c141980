//! House rules that no compiler knows, checked by reading the sources.
//!
//! * [`edges`]: which module may use which.
//! * [`banned`]: calls that belong elsewhere, and words that mean unfinished work.
//! * [`shape`]: every file says what it is, and none is long without a reason.
//! * [`stray`]: no text names a place on somebody's machine.

pub mod banned;
pub mod edges;
pub mod shape;
pub mod source;
pub mod stray;
pub mod tree;

use std::fmt;

use source::Source;
use tree::Tree;

/// Something that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, from the workspace's root.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl Finding {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Checks everything, prints what was found, and says whether all is well.
pub fn report() -> bool {
    let tree = match Tree::read(&crate::cargo::root()) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("error: the sources cannot be read: {error}");
            return false;
        }
    };
    let found = check(&tree);
    for finding in &found {
        eprintln!("{finding}");
    }
    match found.len() {
        0 => println!("{} files are tidy", tree.files.len()),
        more => eprintln!("{more} findings in {} files", tree.files.len()),
    }
    found.is_empty()
}

/// All findings, by file and line.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &tree.files {
        stray::check(file, &mut found);
        if file.path.ends_with(".rs") {
            let source = Source::new(&file.path, &file.text);
            edges::check(&source, &mut found);
            banned::check(&source, &mut found);
            shape::check(&source, &mut found);
        }
    }
    shape::check_allowed(tree, &mut found);
    found.sort();
    found
}
