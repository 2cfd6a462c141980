//! The real run of the loan journey: all 1,989 applications, real handlers, scripted people.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use flowwright_examples::loan_origination::books::Books;
use flowwright_examples::loan_origination::{data, journey, report};

const EXPECTED: &str = include_str!("../loan_origination/expected.txt");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_application_comes_to_the_expected_end() {
    let applications = data::load().unwrap();
    let store = flowwright_store::open("memory:").unwrap();
    let run = journey::run(store, Books::in_memory(), &applications, |_, _| {}).await.unwrap();
    let report = report::gather(&run, &applications).await.unwrap();
    assert_eq!(report.outcome_text(), EXPECTED);
    assert_eq!(report.forgotten, Vec::<String>::new());
    assert_eq!(run.taken_up, 0);

    let closed = [report::Ending::ApprovedByRules, report::Ending::ApprovedByPeople];
    let closed: usize = closed.iter().filter_map(|ending| report.outcomes.get(ending)).sum();
    assert_eq!(
        run.services.books().payments().0,
        closed,
        "every loan that was closed is paid once, and no other"
    );
    assert!(run.refusals > 0, "somebody tried to approve alone");

    let waiting = report.waiting.unwrap();
    assert_eq!(waiting.waiting.len(), 1);
    assert_eq!(waiting.waiting[0].step, "documents");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_on_a_file_that_was_there_finds_its_instances() {
    let applications: Vec<_> = data::load().unwrap().into_iter().take(150).collect();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("loans.db").display());
    let mut texts = Vec::new();
    for taken_up in [0, 150] {
        let books = Books::open(&folder.path().join("loans.books")).unwrap();
        let store = flowwright_store::open(&url).unwrap();
        let run = journey::run(store, books, &applications, |_, _| {}).await.unwrap();
        assert_eq!(run.taken_up, taken_up);
        texts.push(report::gather(&run, &applications).await.unwrap().outcome_text());
        run.engine.shutdown(std::time::Duration::from_secs(5)).await.unwrap();
    }
    assert_eq!(texts[0], texts[1]);
}
