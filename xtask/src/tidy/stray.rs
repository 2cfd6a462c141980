//! No text names a place on somebody's machine.

use super::Finding;
use super::tree::File;

/// Folders at the root of a machine that no file of a project has a reason to name.
const FOLDERS: [&str; 4] = ["work", "tmp", "root", "home"];

/// Finds paths such as the home folder of whoever wrote the file.
pub fn check(file: &File, found: &mut Vec<Finding>) {
    for (number, line) in file.text.lines().enumerate() {
        if let Some(folder) = FOLDERS.iter().find(|folder| names(line, folder)) {
            let message = format!("a path that begins with /{folder} is there on one machine only");
            found.push(Finding::new(&file.path, number + 1, message));
        }
    }
}

/// Whether a line has a path that begins with this folder.
fn names(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + path.len()..].chars().next();
        let begins = before.is_none_or(|letter| !letter.is_alphanumeric() && !"/._-~})]*$:".contains(letter));
        begins && after == Some('/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found_and_others_are_not() {
        let found = |text: &str| {
            let mut found = Vec::new();
            check(&File { path: "a.md".into(), text: text.into() }, &mut found);
            found.into_iter().map(|finding| finding.line).collect::<Vec<_>>()
        };
        let path = |folder: &str| format!("x\nsee \"/{folder}/me/x\"\n");
        for folder in FOLDERS {
            assert_eq!(found(&path(folder)), [2], "{folder}");
        }
        for text in ["docs/work/a", "/worker/a", "https://a.b/home/c", "a /tmpfs/", "${root}/work/"] {
            assert_eq!(found(text), [0; 0], "{text}");
        }
    }
}
