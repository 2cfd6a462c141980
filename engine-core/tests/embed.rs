//! The published forms of what crosses between an engine and another language.

#![cfg(feature = "embed")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is how a failure is told")]

use std::fs;
use std::path::Path;

use flowwright::embed::contract;

#[test]
fn the_published_contract_is_the_one_of_the_types() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/embed.schema.json");
    let forms = format!("{:#}\n", contract());
    if std::env::var_os("FLOWWRIGHT_UPDATE").is_some_and(|value| value == "1") {
        fs::write(&file, forms).unwrap();
        return;
    }
    let published = fs::read_to_string(&file).unwrap_or_default();
    assert!(published == forms, "{} is stale: FLOWWRIGHT_UPDATE=1 cargo test writes it anew", file.display());
}

#[test]
fn both_sides_are_schemas() {
    let contract = contract();
    for side in ["said", "told"] {
        assert!(jsonschema::draft202012::meta::validate(&contract[side]).is_ok(), "{side}");
    }
}
