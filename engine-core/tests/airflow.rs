//! Airflow's trigger rules, restated: upstream steps with scripted ends, and a join that expresses the rule.
//!
//! | rule | edges that the join listens to | `join` |
//! | --- | --- | --- |
//! | all_success | success | every |
//! | one_success | success | any |
//! | none_failed | success, in a scope that fails fast | all |
//! | all_failed | failure | every |
//! | one_failed | failure | any |
//! | all_done | any | all |
//! | one_done | any | any |
//! | always | none | |
//!
//! What Airflow marks `upstream_failed` is a step of ours that is skipped while nothing handles the failure, so that the
//! instance fails. Two rows cannot be restated; [`EXCEPTIONS`] says why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::sync::Arc;

use flowwright::base::Span;
use flowwright::graph::{self, Graph};
use flowwright::protocol::{InstanceStatus, StepStatus};
use flowwright::simulate::{Entry, Report, Script, ScriptedError, Simulation};
use serde::Deserialize;
use serde_json::{Value, json};

const ROWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/airflow_trigger_rules.json");

/// Whatever has ended has done so long before, and whatever runs then goes on long after.
const LOOK: i64 = 50_000;

/// Rows with another result: the rule, what upstream did, our result and why.
const EXCEPTIONS: [(&str, &str, &str, &str); 2] = [
    (
        "one_failed",
        "skipped 2, upstream_failed 2",
        "upstream_failed",
        "a failure edge listens to the step that failed, not to those that were skipped because of it",
    ),
    (
        "one_done",
        "upstream_failed 2",
        "upstream_failed",
        "the join is skipped, as in Airflow, but the failure further up is unhandled, so the instance fails",
    ),
];

#[derive(Deserialize)]
struct Rows {
    count: usize,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    rule: String,
    upstream_total: Option<usize>,
    #[serde(default)]
    success: usize,
    #[serde(default)]
    skipped: usize,
    #[serde(default)]
    failed: usize,
    #[serde(default)]
    upstream_failed: usize,
    #[serde(default)]
    removed: usize,
    expect: String,
}

impl Row {
    /// Steps that are still running.
    fn running(&self) -> usize {
        let ended = self.success + self.skipped + self.failed + self.upstream_failed;
        self.upstream_total.map_or(0, |total| total.saturating_sub(ended))
    }

    fn upstream(&self) -> String {
        let counts = [
            ("success", self.success),
            ("skipped", self.skipped),
            ("failed", self.failed),
            ("upstream_failed", self.upstream_failed),
            ("running", self.running()),
        ];
        let some = counts.iter().filter(|(_, count)| *count > 0);
        some.map(|(state, count)| format!("{state} {count}")).collect::<Vec<_>>().join(", ")
    }

    /// The outcome that the join's edges listen to, the join, and what an unhandled failure does.
    fn join(&self) -> (&'static str, Value, &'static str) {
        match self.rule.as_str() {
            "all_success" => ("success", json!("every"), "drain"),
            "one_success" | "any" => ("success", json!("any"), "drain"),
            "none_failed" => ("success", json!("all"), "fail_fast"),
            "all_failed" => ("failure", json!("every"), "drain"),
            "one_failed" => ("failure", json!("any"), "drain"),
            "all_done" => ("any", json!("all"), "drain"),
            "one_done" => ("any", json!("any"), "drain"),
            "always" => ("any", Value::Null, "drain"),
            rule => panic!("no restatement of {rule}"),
        }
    }

    fn flow(&self) -> Arc<Graph> {
        let (on, join, on_failure) = self.join();
        let activity =
            |id: &str, needs: Value| json!({"id": id, "type": "activity", "handler": "work", "needs": needs});
        let never = json!([{"step": "begin", "when": "false"}]);
        let mut steps = vec![json!({"id": "begin", "type": "assign"})];
        let mut needs = Vec::new();
        let mut upstream = |kind: &str, count: usize, steps: &mut Vec<Value>| {
            for number in 0..count {
                let id = format!("{kind}_{number}");
                let from = match kind {
                    "skipped" => never.clone(),
                    "stranded" => json!([format!("broken_{number}")]),
                    _ => json!(["begin"]),
                };
                steps.push(activity(&id, from));
                needs.push(json!({"step": id, "on": on}));
            }
        };
        upstream("success", self.success, &mut steps);
        upstream("skipped", self.skipped, &mut steps);
        upstream("failed", self.failed, &mut steps);
        upstream("stranded", self.upstream_failed, &mut steps);
        upstream("running", self.running(), &mut steps);
        steps.extend(
            (0..self.upstream_failed).map(|number| activity(&format!("broken_{number}"), json!(["begin"]))),
        );
        let mut step = activity("join", json!([]));
        if !needs.is_empty() && !join.is_null() {
            step["needs"] = needs.into();
            step["join"] = join;
        }
        steps.push(step);
        let flow = json!({"flow": "rule", "on_failure": on_failure, "steps": steps});
        let loaded = graph::load(&flow.to_string());
        assert!(loaded.errors().next().is_none(), "{flow:#}: {:?}", loaded.diagnostics);
        loaded.graph.unwrap()
    }

    fn script(&self) -> Script {
        let soon = Span::from_secs(1);
        let error = ScriptedError { code: "broken".to_owned(), retryable: Some(false), ..Default::default() };
        let failure = Entry { error: Some(error), ..Entry::output(soon, Value::Null) };
        let mut script = Script::default().default_entry(Entry::output(soon, Value::Null));
        for number in 0..self.failed {
            script = script.step(format!("failed_{number}"), [failure.clone()]);
        }
        for number in 0..self.upstream_failed {
            script = script.step(format!("broken_{number}"), [failure.clone()]);
        }
        for number in 0..self.running() {
            script =
                script.step(format!("running_{number}"), [Entry::output(Span::from_secs(100), Value::Null)]);
        }
        script
    }
}

/// What has become of the join when it is looked at.
fn outcome(report: &Report) -> &'static str {
    let by_then = |at: Option<i64>| at.is_some_and(|at| at <= LOOK);
    let Some(join) = report.steps.get("join") else { return "wait" };
    match join.status {
        _ if by_then(join.started_ms) => "run",
        StepStatus::Skipped | StepStatus::Cancelled if by_then(join.ended_ms) => {
            if report.status == InstanceStatus::Failed { "upstream_failed" } else { "skipped" }
        }
        _ => "wait",
    }
}

#[test]
fn the_rules_can_be_restated() {
    let rows: Rows = serde_json::from_str(&std::fs::read_to_string(ROWS).unwrap()).unwrap();
    assert_eq!(rows.rows.len(), rows.count);
    let mut exceptions = EXCEPTIONS.to_vec();
    let mut wrong = Vec::new();
    for row in &rows.rows {
        assert_eq!(row.removed, 0, "no step of ours is removed");
        let report = Simulation::new(row.flow()).script(row.script()).run().unwrap();
        let upstream = row.upstream();
        let known = exceptions.iter().position(|(rule, ends, ..)| (*rule, *ends) == (&*row.rule, &*upstream));
        let expected = known.map_or(&*row.expect, |known| exceptions.remove(known).2);
        let found = outcome(&report);
        if found != expected {
            wrong.push(format!("{}, {upstream}: {found}, not {expected}", row.rule));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(exceptions.is_empty(), "no such rows: {exceptions:?}");
}
