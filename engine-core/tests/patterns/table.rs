//! The scenarios as they are played, and the patterns that score less than 1.

use flowwright::protocol::StepStatus;
use flowwright::simulate::Report;
use serde_json::{Value, json};

use crate::play::{Play, play};

/// Patterns that the language has no construct for: the score, and why.
pub const WORKAROUNDS: [(u32, f64, &str); 5] = [
    (28, 0.5, "no join counts arrivals of several threads; variables and a condition do, written by hand"),
    (31, 0.5, "as 28"),
    (33, 0.5, "as 28"),
    (
        34,
        0.5,
        "a for_each that is joined early cancels the rest; runs of a group that count themselves run on",
    ),
    (36, 0.5, "items can be added to a for_each only, and joined early it cancels the rest"),
];

/// All scenarios.
pub fn plays() -> Vec<Play> {
    let mut all = basic();
    all.extend(instances());
    all.extend(events());
    all.extend(joins());
    all
}

fn basic() -> Vec<Play> {
    vec![
        play("WCP01a", "01-sequence"),
        play("WCP01b", "01-sequence").fails("B"),
        play("WCP02a", "02-parallel-split"),
        play("WCP03a", "03-synchronization"),
        play("WCP03b", "03-synchronization").fails("C"),
        play("WCP04a", "04-exclusive-choice"),
        play("WCP04b", "04-exclusive-choice"),
        play("WCP04c", "04-exclusive-choice"),
        play("WCP05a", "05-simple-merge"),
        play("WCP05b", "05-simple-merge"),
        play("WCP06a", "06-multi-choice"),
        play("WCP06b", "06-multi-choice"),
        play("WCP06c", "06-multi-choice"),
        play("WCP07a", "07-structured-synchronizing-merge"),
        play("WCP07b", "07-structured-synchronizing-merge"),
        play("WCP08a", "08-multi-merge"),
        play("WCP09a", "09-structured-discriminator"),
        play("WCP09b", "09-structured-discriminator-reset"),
        play("WCP10a", "10-arbitrary-cycles"),
        play("WCP10b", "10-arbitrary-cycles"),
        play("WCP11a", "11-implicit-termination"),
        play("WCP21a", "21-structured-loop-while"),
        play("WCP21b", "21-structured-loop-while"),
        play("WCP21c", "21-structured-loop-until"),
        play("WCP22a", "22-recursion"),
        play("WCP22b", "22-recursion-unbounded").also("the error says that calls are too deep", |report| {
            report.error.as_ref().is_some_and(|error| error.message.contains("deep"))
        }),
        play("WCP43a", "43-explicit-termination"),
    ]
}

fn instances() -> Vec<Play> {
    vec![
        play("WCP12a", "12-multiple-instances-without-synchronization"),
        play("WCP13a", "13-multiple-instances-design-time"),
        play("WCP14a", "14-multiple-instances-run-time")
            .also("the results are in the order of the items", |report| {
                output(report, "results") == &json!([10, 20, 30, 40, 50])
            }),
        play("WCP14b", "14-multiple-instances-run-time"),
        play("WCP15a", "15-multiple-instances-added")
            .signal(4, "add", json!(3))
            .also("the third item runs from 4 to 8", |report| {
                span(report, "all[2]/B") == Some((4_000, 8_000))
            }),
        play("WCP15b", "15-multiple-instances-added").signal(7, "add", json!(3)),
        play("WCP26a", "26-cancel-multiple-instance-task")
            .signal(3, "cancel_b", Value::Null)
            .also("the step counts as cancelled", |report| {
                report.steps["all"].status == StepStatus::Cancelled
            }),
        play("WCP27a", "27-complete-multiple-instance-task")
            .signal(3, "complete_b", Value::Null)
            .also("the step counts as completed", |report| {
                report.steps["all"].status == StepStatus::Completed
            }),
        play("WCP34a", "34-static-partial-join"),
        play("WCP35a", "35-cancelling-partial-join-instances"),
        play("WCP36a", "36-dynamic-partial-join")
            .signal(2, "add", json!(4))
            .signal(2, "add", json!(5))
            .cancels_rest("B"),
        play("WCP41a", "41-thread-merge"),
        play("WCP42a", "42-thread-split"),
    ]
}

fn events() -> Vec<Play> {
    vec![
        play("WCP16a", "16-deferred-choice").signal(10, "ok", Value::Null),
        play("WCP16b", "16-deferred-choice").signal(61, "ok", Value::Null),
        play("WCP16c", "16-deferred-choice-signals").signal(5, "ok", Value::Null).signal(
            5,
            "no",
            Value::Null,
        ),
        play("WCP17a", "17-interleaved-parallel-routing"),
        // A runs to 1, B to 2; the milestone is left at 5.
        play("WCP18a", "18-milestone")
            .signal(1, "request_e", Value::Null)
            .signal(3, "request_e", Value::Null)
            .signal(5, "go_on", Value::Null)
            .signal(5, "request_e", Value::Null)
            .also("E runs at the request between B and C", |report| {
                span(report, "E") == Some((3_000, 4_000))
            }),
        play("WCP19a", "19-cancel-task").signal(2, "cancel_b", Value::Null),
        play("WCP20a", "20-cancel-case").abort(3),
        play("WCP23a", "23-transient-trigger").signal(2, "t", Value::Null).signal(9, "t", Value::Null),
        play("WCP24a", "24-persistent-trigger").signal(2, "t", Value::Null),
        play("WCP24b", "24-persistent-trigger-twice")
            .signal(1, "t", json!("first"))
            .signal(2, "t", json!("second"))
            .also("each signal is used once, in order", |report| {
                output(report, "order") == &json!(["first", "second"])
            }),
        play("WCP25a", "25-cancel-region"),
        play("WCP39a", "39-critical-section"),
        play("WCP39b", "39-critical-section").fails("B1"),
        play("WCP40a", "40-interleaved-routing"),
    ]
}

fn joins() -> Vec<Play> {
    vec![
        play("WCP28a", "28-blocking-discriminator")
            .takes("thread#0/B", 2)
            .takes("thread#1/B", 4)
            .takes("thread#0/C", 6)
            .takes("thread#1/C", 8),
        play("WCP29a", "29-cancelling-discriminator"),
        play("WCP30a", "30-structured-partial-join"),
        play("WCP31a", "31-blocking-partial-join")
            .takes("thread#0/B", 1)
            .takes("thread#0/C", 2)
            .takes("thread#1/B", 3)
            .takes("thread#1/C", 4)
            .takes("thread#0/D", 5)
            .takes("thread#1/D", 6)
            // A takes one tick more.
            .also("E fires for C of the first thread and for D of the first thread", |report| {
                starts(report, "E") == [3_000, 6_000]
            }),
        play("WCP32a", "32-cancelling-partial-join"),
        play("WCP33a", "33-generalized-and-join")
            .takes("thread#0/B", 1)
            .takes("thread#1/B", 2)
            .takes("thread#0/C", 3)
            .takes("thread#1/C", 9),
        play("WCP37a", "37-local-synchronizing-merge"),
        play("WCP37b", "37-local-synchronizing-merge"),
        play("WCP37c", "37-local-synchronizing-merge-long"),
        play("WCP38a", "38-general-synchronizing-merge"),
    ]
}

fn output<'a>(report: &'a Report, field: &str) -> &'a Value {
    report.output.get(field).unwrap_or(&Value::Null)
}

fn span(report: &Report, path: &str) -> Option<(i64, i64)> {
    let step = report.steps.get(path)?;
    Some((step.started_ms?, step.ended_ms?))
}

/// When the runs of a step started, wherever in the flow they were.
fn starts(report: &Report, step: &str) -> Vec<i64> {
    let named = report.steps.iter().filter(|(path, _)| path.rsplit('/').next() == Some(step));
    let mut starts: Vec<i64> = named.filter_map(|(_, step)| step.started_ms).collect();
    starts.sort_unstable();
    starts
}
