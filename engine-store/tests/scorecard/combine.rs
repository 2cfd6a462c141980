//! Signals put together, and tokens that complete a step from outside.

use flowwright::base::ErrorKind;
use flowwright::protocol::{Actor, InstanceStatus};
use flowwright::store::{Page, TaskFilter};
use serde_json::{Value, json};

use crate::support::{builder, end, places, until_step};
use crate::world::{World, pass, story};

/// Three signals, each of which says whether it is a success; `pick` says what becomes of them.
fn three(pick: &str) -> String {
    let branch = |n: u32| {
        format!(
            "  - {{id: s{n}, type: signal, name: s{n}, next: [{{to: b{n}, when: output != 'ok'}}, {{to: g{n}, when: output == 'ok'}}]}}
  - {{id: g{n}, type: activity, handler: work, with: {n}}}
  - {{id: b{n}, type: activity, handler: boom, with: bad}}\n"
        )
    };
    format!("flow: f\nsteps:\n{}{}{}{pick}\n", branch(1), branch(2), branch(3))
}

#[tokio::test(start_paused = true)]
async fn sig09_first_success_all_or_first_failure_and_all_settled() {
    let fails = "{step: b1, on: failure}, {step: b2, on: failure}, {step: b3, on: failure}";
    let first = format!("  - {{id: end, type: end, needs: [g1, g2, g3, {fails}], join: any, status: completed, output: '${{ [1, 2, 3].filter(n, steps[\"g\" + string(n)].status == \"completed\") }}'}}").replace(&format!(", {fails}"), "");
    // A failure that is not the first success is passed over.
    let quiet = "\n  - {id: quiet, type: assign, set: {x: '1'}, needs: [".to_owned() + fails + "]}";
    let cases = [
        (format!("{first}{quiet}"), vec![(2, "no"), (3, "ok")], InstanceStatus::Completed, json!([3])),
        (
            "  - {id: all, type: assign, set: {x: '1'}, needs: [g1, g2, g3], join: every}".into(),
            vec![(1, "ok"), (2, "no")],
            InstanceStatus::Failed,
            Value::Null,
        ),
        (
            "  - {id: all, type: activity, handler: work, with: all, needs: [g1, g2, g3], join: every}"
                .into(),
            vec![(3, "ok"), (1, "ok"), (2, "ok")],
            InstanceStatus::Completed,
            json!("all"),
        ),
        (
            format!(
                "  - {{id: settled, type: activity, handler: work, with: settled, needs: [g1, g2, g3, {fails}]}}"
            ),
            vec![(3, "no"), (1, "ok"), (2, "no")],
            InstanceStatus::Completed,
            json!("settled"),
        ),
    ];
    for (pick, signals, status, output) in cases {
        let mut world = World::new();
        let engine = world.open().await.engine;
        engine.deploy(three(&pick)).await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        for (n, payload) in signals {
            pass(1_000).await;
            assert!(engine.outcome(id).await.unwrap().is_none(), "it ended too early: {pick}");
            engine.signal(id, &format!("s{n}"), json!(payload)).await.unwrap();
        }
        let outcome = end(&engine, id).await;
        assert_eq!(outcome.status, status, "{pick}: {:?}", outcome.error);
        let output_now = outcome.output.into_value();
        match output_now.get("settled").or(output_now.get("all")) {
            Some(only) => assert_eq!(*only, output, "{pick}"),
            None => assert_eq!(output_now, output, "{pick}"),
        }
    }
}

#[tokio::test]
async fn sig10_a_token_completes_its_step_once() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        let flow = "
flow: f
steps:
  - {id: ask, type: activity, handler: echo, with: '${ instance.id + \"/pay\" }'}
  - {id: paid, type: signal, name: callback, correlate: steps.ask.output, needs: ask}
  - {id: rest, type: signal, name: rest, needs: paid}
";
        engine.deploy(flow).await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until_step(&engine, id, "paid", "active").await;
        let token = engine.get(id).await.unwrap().steps["ask"].output.as_str().unwrap().to_owned();
        assert!(engine.message("callback", "unknown", json!(0)).await.unwrap().is_empty());
        assert_eq!(engine.message("callback", &token, json!(5)).await.unwrap(), [id]);
        until_step(&engine, id, "rest", "active").await;
        let before = story(&engine, id).await;
        assert!(engine.message("callback", &token, json!(6)).await.unwrap().is_empty());
        assert_eq!(story(&engine, id).await, before);
        assert_eq!(*engine.get(id).await.unwrap().steps["paid"].output, json!(5));

        // The id of a user task is such a token too.
        engine.deploy("flow: t\nsteps: [{id: t, type: user_task, role: service}, {id: s, type: signal, name: go, needs: t}]").await.unwrap();
        let id = engine.start("t", json!({})).await.unwrap().id;
        until_step(&engine, id, "t", "active").await;
        let filter = TaskFilter { instance: Some(id), ..TaskFilter::default() };
        let task = engine.tasks(&filter, &Page::default()).await.unwrap().remove(0).id;
        let service = Actor::new("bank").role("service");
        engine.complete(task, service.clone(), "", json!(1)).await.unwrap();
        let again = engine.complete(task, service.clone(), "", json!(2)).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Conflict);
        let unknown = flowwright::base::TaskId { activation: 99, ..task };
        assert!(engine.complete(unknown, service, "", json!(2)).await.is_err());
        assert_eq!(engine.get(id).await.unwrap().steps["t"].output["data"], 1);
    }
}
