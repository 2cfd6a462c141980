//! The sources keep the house rules.

use xtask::tidy::{self, tree::Tree};

#[test]
fn the_tree_is_tidy() {
    let tree = Tree::read(&xtask::cargo::root()).unwrap();
    let found: Vec<String> = tidy::check(&tree).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}
