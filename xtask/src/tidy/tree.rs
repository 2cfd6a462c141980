//! The text files of the workspace.

use std::fs;
use std::io::Result;
use std::path::Path;

/// What was built or fetched. (`.git` is a file where the folder is a second worktree.)
const PASSED_OVER: &[&str] = &[
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".next",
    ".pytest_cache",
    ".scenarios",
    ".venv",
    "__pycache__",
    "artifacts",
    "corpus",
    "dist",
    "node_modules",
    "target",
    "venv",
];

/// How the names of text files end.
const TEXT: &[&str] = &[
    "css", "csv", "html", "ini", "js", "json", "jsonl", "lock", "md", "mjs", "py", "pyi", "rs", "sh", "sql",
    "toml", "ts", "tsx", "txt", "xml", "yaml", "yml",
];

/// Text files of the workspace, by path.
pub struct Tree {
    /// The files.
    pub files: Vec<File>,
}

/// A text file.
pub struct File {
    /// Its path from the workspace's root, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl Tree {
    /// Reads the text files in a folder and the folders within.
    ///
    /// # Errors
    /// What the file system says.
    pub fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        visit(root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }
}

fn visit(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let (path, kind) = (format!("{prefix}{name}"), entry.file_type()?);
        if PASSED_OVER.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            visit(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() && is_text(&name) {
            // What is no UTF-8 is no text, whatever its name says.
            files.extend(String::from_utf8(fs::read(entry.path())?).ok().map(|text| File { path, text }));
        }
    }
    Ok(())
}

/// Files without an ending are scripts and settings.
fn is_text(name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((stem, ending)) => stem.is_empty() || TEXT.contains(&ending),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_by_their_names() {
        for name in ["a.rs", "README.md", ".gitignore", "run", "LICENSE", "a.d.ts"] {
            assert!(is_text(name), "{name}");
        }
        for name in ["a.db", "a.so", "a.png", "a.csv.gz"] {
            assert!(!is_text(name), "{name}");
        }
    }

    #[test]
    fn this_file_is_found_and_what_was_built_is_not() {
        let tree = Tree::read(&crate::cargo::root()).unwrap();
        assert!(tree.files.iter().any(|file| file.path == "xtask/src/tidy/tree.rs"));
        assert!(
            !tree.files.iter().any(|file| file.path.starts_with("target/") || file.path.starts_with(".git/"))
        );
    }
}
