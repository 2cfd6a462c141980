//! Every way through the loan journey, under the simulator's clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::sync::Arc;

use flowwright::base::Span;
use flowwright::graph::{self, Graph};
use flowwright::simulate::{Entry, Report, Script, ScriptedSignal, Simulation};
use flowwright_examples::loan_origination::DEFINITION;
use serde_json::{Value, json};

fn flow() -> Arc<Graph> {
    let loaded = graph::load(DEFINITION);
    assert!(loaded.diagnostics.is_empty(), "{:#?}", loaded.diagnostics);
    loaded.graph.unwrap()
}

fn time(text: &str) -> Span {
    text.parse().unwrap()
}

/// A borrower, and how the world answers.
struct Journey {
    loan: f64,
    price: f64,
    guidelines: &'static str,
    debt_ratio: f64,
    papers: Vec<&'static str>,
    script: Script,
}

impl Journey {
    /// A loan of 120 on a house of 160 that no rule objects to.
    fn new() -> Self {
        let done = |output: Value| [Entry::output(time("5s"), output)];
        let script = Script::default()
            .step("application", [Entry::output(time("1h"), json!({"signed": true})).by("otto")])
            .step("order_appraisal", done(json!({"reference": "ap-1"})))
            .step("close/title", done(json!({"policy": "tp-1"})))
            .step("close/escrow", done(json!({"account": "es-1"})))
            .step("close/fund", done(json!({"amount": 120})))
            .step("remind", done(json!({})));
        Self { loan: 120.0, price: 160.0, guidelines: "met", debt_ratio: 30.0, papers: Vec::new(), script }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn step(mut self, path: &str, entries: impl IntoIterator<Item = Entry>) -> Self {
        self.script = self.script.step(path, entries);
        self
    }

    /// What an underwriter answers, time after time.
    fn underwriter(self, outcomes: &[&str]) -> Self {
        let entries = outcomes.iter().map(|outcome| person("uma", outcome, time("30m")));
        self.step("underwrite", entries)
    }

    /// A borrower who sends one paper after so long.
    fn borrower(self, after: Span) -> Self {
        self.step("documents", [Entry::output(after, json!({"papers": ["gift_letter"]})).by("bo")])
    }

    /// Runs it, and expects nothing to be refused.
    fn run(self) -> Report {
        let report = self.play();
        assert_eq!(report.refused, Vec::<String>::new());
        report
    }

    fn play(self) -> Report {
        let credit = json!({"reference": "cr-1", "guidelines": self.guidelines, "bankruptcy": false,
            "delinquent": false, "lines": 10});
        let income = json!({"debt_ratio": self.debt_ratio, "housing_ratio": 25.0, "net_worth": 100,
            "verified": true, "papers": self.papers});
        let signal = ScriptedSignal {
            at: time("48h"),
            name: "appraisal.completed".into(),
            payload: json!({"value": 160}),
            correlation: Some("ap-1".into()),
            ..ScriptedSignal::default()
        };
        let mut script = self
            .script
            .step("credit", [Entry::output(time("2s"), credit)])
            .step("income", [Entry::output(time("9s"), income)])
            .step("decline", [Entry::output(time("1s"), json!({"reason": "as the letter says"}))]);
        script.signals.push(signal);
        let input =
            json!({"application": "T1", "borrower": "bo", "loan_amount": self.loan, "price": self.price});
        Simulation::new(flow()).input(input).script(script).run().unwrap()
    }
}

fn person(by: &str, outcome: &str, after: Span) -> Entry {
    Entry::output(after, json!({"outcome": outcome, "data": {"reason": format!("{by} says so")}})).by(by)
}

fn status(report: &Report, step: &str) -> &'static str {
    report.steps.get(step).map_or("absent", |step| step.status.name())
}

fn outcome(report: &Report) -> (&str, &str, bool) {
    let text = |field: &str| report.output[field].as_str().unwrap_or("?");
    (text("decision"), text("by"), report.output["closed"] == true)
}

/// The compensations that were done, in their order.
fn undone(report: &Report) -> Vec<String> {
    let done = report.events.iter().filter(|event| event["type"].as_str() == Some("step_compensated"));
    done.map(|event| event["step"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_rules_approve() {
    let report = Journey::new().run();
    assert_eq!(report.status.name(), "completed");
    assert_eq!(outcome(&report), ("approved", "rules", true));
    assert_eq!(report.output["reason"], "within all limits");
    assert_eq!(undone(&report), Vec::<String>::new());
    for step in ["underwrite", "documents", "second_look", "decline", "declined", "withdraw", "insurance"] {
        assert_eq!(status(&report, step), "skipped", "{step}");
    }
}

#[test]
fn the_rules_decline_and_what_was_ordered_is_given_back_newest_first() {
    let report = Journey::new().with(|it| (it.guidelines, it.debt_ratio) = ("not_met", 45.0)).run();
    assert_eq!(report.status.name(), "completed");
    assert_eq!(outcome(&report), ("declined", "rules", false));
    assert_eq!(undone(&report), ["order_appraisal", "credit"]);
}

#[test]
fn an_underwriter_decides_a_small_loan_alone() {
    let report = Journey::new().with(|it| it.debt_ratio = 45.0).underwriter(&["approved"]).run();
    assert_eq!(outcome(&report), ("approved", "people", true));
    assert_eq!(status(&report, "second_look"), "skipped");
    let report = Journey::new().with(|it| it.debt_ratio = 45.0).underwriter(&["declined"]).run();
    assert_eq!(outcome(&report), ("declined", "people", false));
    assert_eq!(undone(&report), ["order_appraisal", "credit"]);
}

fn large() -> Journey {
    Journey::new()
        .with(|it| (it.debt_ratio, it.loan, it.price) = (45.0, 300.0, 500.0))
        .underwriter(&["approved"])
}

#[test]
fn a_large_loan_takes_a_second_pair_of_eyes() {
    let report = large().step("second_look", [person("vera", "approved", time("10m"))]).run();
    assert_eq!(outcome(&report), ("approved", "people", true));
    let report = large().step("second_look", [person("vera", "declined", time("10m"))]).run();
    assert_eq!(outcome(&report), ("declined", "people", false));
}

#[test]
fn the_second_pair_of_eyes_is_not_the_first() {
    let report = large().step("second_look", [person("uma", "approved", time("10m"))]).play();
    assert_eq!(report.refused.len(), 1, "{:?}", report.refused);
    assert!(report.refused[0].contains("uma"), "{:?}", report.refused);
    assert_eq!(report.status.name(), "failed", "it waits until the journey's own 60 days are over");
    assert_eq!(report.error.unwrap().code, "timeout");
}

#[test]
fn missing_papers_are_asked_for_again_and_again() {
    for rounds in 1..=3 {
        let mut answers = vec!["documents"; rounds];
        answers.push("approved");
        let journey =
            Journey::new().with(|it| it.debt_ratio = 45.0).underwriter(&answers).borrower(time("3h"));
        let report = journey.run();
        assert_eq!(outcome(&report), ("approved", "people", true), "{rounds} rounds");
        assert_eq!(report.steps["underwrite"].iteration, rounds as u32);
        assert_eq!(report.vars["received"].as_array().unwrap().len(), rounds);
    }
}

#[test]
fn a_file_that_stays_incomplete_is_declined() {
    let journey =
        Journey::new().with(|it| it.debt_ratio = 45.0).underwriter(&["documents"]).borrower(time("3h"));
    let report = journey.run();
    assert_eq!(report.status.name(), "completed");
    assert_eq!(outcome(&report), ("declined", "people", false));
    assert_eq!(report.steps["documents"].error.as_ref().unwrap().code, "loop_limit");
    assert_eq!(undone(&report), ["order_appraisal", "credit"]);
}

#[test]
fn an_overdue_borrower_is_reminded_and_may_still_answer() {
    let late = Journey::new()
        .with(|it| it.debt_ratio = 45.0)
        .underwriter(&["documents", "approved"])
        .borrower(time("7d"));
    let report = late.run();
    assert_eq!(outcome(&report), ("approved", "people", true));
    assert_eq!(status(&report, "remind"), "completed");
    let since_triage = report.steps["remind"].started_ms.unwrap() - report.steps["triage"].ended_ms.unwrap();
    let expected = time("5d").millis() + time("30m").millis();
    assert_eq!(since_triage.cast_unsigned(), expected, "five days after the underwriter asked");
}

#[test]
fn a_task_that_nobody_takes_goes_to_the_manager() {
    let report = Journey::new().with(|it| it.debt_ratio = 45.0).run();
    assert_eq!(report.status.name(), "failed", "the journey's own 60 days pass at last");
    let changes: Vec<_> = report.events.iter().filter(|event| event["type"] == "task_changed").collect();
    let escalated = changes.iter().find(|event| event["change"]["to"] == "underwriting_manager");
    assert_eq!(escalated.unwrap()["step"], "underwrite", "{changes:#?}");
}

#[test]
fn a_loan_that_cannot_be_closed_is_unwound() {
    let fails = Entry::error(time("1s"), "payout_above_price", "the payout is above the price");
    let mut journey = Journey::new();
    journey.script.steps.remove("close/fund");
    let report = journey.step("close/fund", [fails]).run();
    assert_eq!(report.status.name(), "completed");
    assert_eq!(outcome(&report), ("approved", "rules", false));
    assert_eq!(undone(&report), ["close/escrow", "close/title", "order_appraisal", "credit"]);
}

#[test]
fn a_bureau_that_does_not_answer_at_once_is_asked_again() {
    let journey = Journey::new();
    let busy = Entry::error(time("0s"), "busy", "the bureau is busy");
    let report = journey.step("credit", [busy]).run();
    assert_eq!(outcome(&report), ("approved", "rules", true));
    assert_eq!(report.steps["credit"].attempts, 2);
}
