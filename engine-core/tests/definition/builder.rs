//! The builder gives what the document gives.

use std::time::Duration;

use flowwright::definition::{
    ActivityDefaults, Backoff, Calendar, Candidates, Choose, Compensate, Condition, Definition, Document,
    Early, Edge, EndError, EndStatus, Escalate, Flow, HitPolicy, Join, Length, Losers, Need, Next, OnCancel,
    OnFailure, Operator, Outcome, Retry, Routing, Rule, Sla, Steps, TaskPriority, Tolerate, WhileSuspended,
};
use serde_json::json;

fn read(text: &str) -> Definition {
    let document = Document::parse(text);
    assert_eq!(document.diagnostics, []);
    document.definition.unwrap()
}

fn purchase() -> Definition {
    let approve = Rule::all([
        Rule::field("vars.score", Operator::Gte, 720),
        Rule::field("vars.ltv", Operator::Lte, 0.9),
    ]);
    let closing = Flow::new("purchase-fha")
        .title("FHA purchase, from application to closing")
        .input(json!({
            "type": "object",
            "required": ["borrower", "loan_amount", "price", "income"],
            "properties": {
                "borrower": {"type": "string"},
                "loan_amount": {"type": "number", "exclusiveMinimum": 0},
                "price": {"type": "number", "exclusiveMinimum": 0},
                "income": {"type": "number"},
                "program": {"type": "string", "enum": ["FHA", "VA", "conventional"], "default": "FHA"},
            },
        }))
        .var("ltv", "${ double(input.loan_amount) / double(input.price) }")
        .output(json!({
            "decision": "${ steps.triage.output }",
            "closed": "${ steps.close.status == 'completed' }",
        }))
        .on_failure(OnFailure::Compensate)
        .sla(Sla::default().target("10d").warn("8d"));
    closing
        .user_task("application", |step| {
            step.title("Complete the application")
                .role("loan_officer")
                .form(json!({
                    "type": "object", "required": ["signed"], "properties": {"signed": {"type": "boolean"}},
                }))
                .due("8h")
                .next("credit")
                .next("income")
                .next("appraisal")
        })
        .activity("credit", |step| {
            let retry = Retry::default().attempts(5u32).initial("1s").max("1m").except(["unknown_borrower"]);
            step.handler("credit.pull")
                .with(json!({"borrower": "${ input.borrower }"}))
                .retry(retry.backoff(Backoff::Exponential))
                .set("score", "output.score")
                .set("debts", "output.monthly_debts")
                .sla(Sla::default().target("4h"))
                .compensate(
                    Compensate::new("credit.release").with(json!({"reference": "${ output.reference }"})),
                )
        })
        .activity("income", |step| {
            step.handler("income.verify")
                .timeout("2m")
                .with(json!({"borrower": "${ input.borrower }", "stated": "${ input.income }"}))
                .set("monthly_income", "output.monthly")
        })
        .signal("appraisal", |step| {
            step.name("appraisal.completed")
                .timeout("5d")
                .set("value", "output.value")
                .next(Next::to("remind_appraiser").on(Outcome::Escalation))
                .sla(Sla::default().target("3d"))
        })
        .activity("remind_appraiser", |step| {
            step.handler("mail.send").with(json!({"to": "${ input.borrower }", "template": "appraisal-late"}))
        })
        .decision("triage", |step| {
            let decline =
                "vars.score < 580 || vars.ltv > 0.965 || double(vars.value) < double(input.loan_amount)";
            step.needs("credit")
                .needs("income")
                .needs("appraisal")
                .hit(HitPolicy::First)
                .rule(decline, "decline")
                .rule(approve, "approve")
                .default("review")
                .choose(Choose::First)
                .next(Next::to("close").when("output == 'approve'"))
                .next(Next::to("decline").when("output == 'decline'"))
                .next(Next::to("underwrite").otherwise())
        })
        .user_task("underwrite", |step| {
            step.role("underwriter")
                .outcomes(["approved", "declined", "documents"])
                .not_by(["application"])
                .priority(TaskPriority::High)
                .due("1d")
                .escalate(Escalate { after: "6h".into(), to: "underwriting_manager".into() })
                .choose(Choose::First)
                .next(Next::to("close").when("output.outcome == 'approved'"))
                .next(Next::to("decline").when("output.outcome == 'declined'"))
                .next(Next::to("documents").otherwise())
        })
        .user_task("documents", |step| {
            step.role("borrower")
                .form(json!({
                    "type": "object", "required": ["files"], "properties": {"files": {"type": "array", "minItems": 1}},
                }))
                .due("3d")
                .next(Next::to("underwrite").max_iterations(3u32))
        })
        .group("close", |step| {
            step.activity("title", |step| step.handler("title.insure"))
                .activity("fund", |step| {
                    step.handler("loan.fund").needs("title").idempotent(false).check("loan.funded")
                })
                .output(json!({"funded": "${ steps.fund.output.amount }"}))
        })
        .activity("decline", |step| {
            step.handler("letter.adverse_action")
                .with(json!({"borrower": "${ input.borrower }", "reason": "${ steps.triage.output }"}))
                .next("declined")
        })
        .end("declined", |step| {
            step.status(EndStatus::Completed)
                .compensate(true)
                .output(json!({"decision": "declined", "closed": false}))
        })
        .build()
}

#[test]
fn a_whole_journey_is_the_same_in_rust_and_in_yaml() {
    let text = std::fs::read_to_string(crate::golden::folder("purchase-fha.yaml")).unwrap();
    assert_eq!(purchase(), read(&text));
}

/// Every type of step and every field once, against the document that has them all.
#[test]
fn every_field_can_be_built() {
    let text = std::fs::read_to_string(crate::golden::folder("valid/everything.yaml")).unwrap();
    assert_eq!(everything(), read(&text));
}

fn everything() -> Definition {
    let flow = Flow::new("everything")
        .title("Everything")
        .description("Every field of the language, once.")
        .label("group", "tests")
        .input(json!({"type": "object"}))
        .var("count", 1)
        .output("${ vars.count }")
        .on_failure(OnFailure::Drain)
        .timeout("30d")
        .sla(Sla::default().target("10d").warn(Length::Expression("input.warn".into())))
        .pool("desk", 2u32)
        .activity_defaults(
            ActivityDefaults::default()
                .timeout("30s")
                .deadline("1h")
                .heartbeat("10s")
                .retry(Retry::default().attempts(3u32))
                .queue("slow"),
        );
    let flow = flow
        .activity("activity", |step| {
            let retry = Retry::default()
                .attempts(3u32)
                .backoff(Backoff::Fixed)
                .initial("1s")
                .max("1m")
                .factor(1.5)
                .jitter(0.5)
                .only(["busy"])
                .except(["never"]);
            step.handler("h")
                .title("An activity")
                .description("It calls a handler.")
                .label("team", "a")
                .with(json!({"a": "${ vars.count }"}))
                .deadline("1h")
                .heartbeat(Duration::from_secs(5))
                .retry(retry.clone())
                .queue("fast")
                .priority(9)
                .cost(1.25)
                .idempotent(false)
                .check("h.check")
                .resource("desk", 1u32)
                .timeout("30s")
                .sla(Sla::default().target("1m").warn("30s"))
                .compensate(Compensate::new("undo").with(json!({"a": 1})).retry(retry).timeout("1m"))
                .set("count", "vars.count + 1")
                .choose(Choose::Race)
                .cancels("timer")
                .next("user")
                .next(Next::to("timer").on(Outcome::Failure).when("error.code == 'busy'"))
        })
        .user_task("user", |step| {
            step.candidates(Candidates::default().roles(["r"]).groups(["g"]).users(["u"]))
                .assignee("vars.person")
                .routing(Routing::LeastBusy)
                .form(json!({"type": "object"}))
                .data(json!({"shown": "${ input }"}))
                .outcomes(["yes", "no"])
                .priority(TaskPriority::Urgent)
                .due("1d")
                .escalate(Escalate { after: "2d".into(), to: "boss".into() })
                .not_by(["activity"])
                .calendar(Calendar {
                    zone: "America/New_York".into(),
                    days: vec!["mon".into(), "tue".into()],
                    from: "08:00".into(),
                    to: "17:30".into(),
                    holidays: vec!["2026-12-25".into()],
                })
                .next(Next::to("signal").on_signal("stop").interrupt(false))
        })
        .timer("timer", |step| {
            step.delay("5m").while_suspended(WhileSuspended::Run).join(Join::Count(1)).losers(Losers::Cancel)
        })
        .timer("until", |step| step.until("2026-03-01T09:00:00Z").join(Join::Every))
        .signal("signal", |step| {
            step.name("paid")
                .correlate("input.id")
                .filter("event.amount > 0")
                .early(Early::Drop)
                .join(Join::Count(2))
        });
    flow.emit("emit", |step| step.event("loan.paid").data(json!({"a": 1})).join(Join::Each).needs("signal"))
        .decision("decision", |step| {
            step.needs(Need::from_step("emit").on(Outcome::Any))
                .rule(!Rule::any([Rule::field("vars.a", Operator::Missing, ())]), 1)
                .always(json!({"x": 2}))
                .hit(HitPolicy::Collect)
                .default(json!(null))
        })
        .assign("assign", |step| step.set("list", json!([1, 2])))
        .call("call", |step| {
            step.flow("other").version(2).with(json!({})).wait(false).on_cancel(OnCancel::Abandon)
        })
        .call("labelled", |step| step.flow("other").version_label("live").label("team", "b"))
        .group("group", |step| {
            step.assign("a", |a| a)
                .assign("b", |b| b)
                .edge(("a", "b"))
                .on_failure(OnFailure::Compensate)
                .output("${ steps.b.status }")
        })
        .for_each("each", |step| {
            step.items("input.list")
                .assign("a", |a| a)
                .on_failure(OnFailure::Drain)
                .concurrency(3u32)
                .tolerate(Tolerate { failures: None, percent: Some(12.5) })
                .until("size(vars.done) > 3")
                .output("${ item }")
                .append("more")
        })
        .repeat("loop", |step| {
            step.while_holds(Condition::from("iteration < 3"))
                .assign("a", |a| a)
                .max_iterations(5u32)
                .output(1)
        })
        .repeat("again", |step| step.until("true").assign("a", |a| a).on_failure(OnFailure::Drain))
        .end("end", |step| {
            step.status(EndStatus::Failed)
                .output(json!({"a": 1}))
                .error(EndError { code: "lost".into(), message: "Lost ${ vars.count }".into() })
                .compensate(true)
        })
        .edge(Edge::new("user", "until").on(Outcome::Escalation))
        .edge(Edge::new("assign", "activity").back().max_iterations(7u32))
        .edge(Edge::new("decision", "assign").otherwise())
        .build()
}

#[test]
fn what_is_no_duration_is_found_out_later() {
    assert_eq!(Length::from("${ input.delay }"), Length::Expression("input.delay".into()));
    assert_eq!(Length::from("five minutes"), Length::Expression("five minutes".into()));
}
