//! Activities: what they return, how they fail, who catches it.

use std::time::Duration;

use flowwright::protocol::{ActivityError, InstanceStatus};
use serde_json::{Value, json};

use crate::support::{builder, end, places};
use crate::world::{World, count, gives, pass, run, story, times};

#[tokio::test]
async fn act01_a_result_reaches_the_next_step_as_it_was() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        let flow = "
flow: echo
steps:
  - {id: a, type: activity, handler: echo, with: '${ input.value }'}
  - {id: b, type: activity, handler: echo, with: '${ steps.a.output }', needs: a}
";
        let nested = json!({"list": [1, [2, {"deep": [true, null, ""]}]], "object": {"": {"a b": 0.1}}});
        for value in [
            json!(null),
            json!(false),
            json!("9007199254740993"),
            json!(9_007_199_254_740_993_u64),
            json!(-1.5e-7),
            json!("žluťoučký \u{1f40e} \u{0} \"\\\n\u{202e}"),
            nested,
            json!("x".repeat(1024 * 1024)),
        ] {
            let (id, outcome) = run(&engine, flow, json!({"value": value})).await;
            assert_eq!(outcome.status, InstanceStatus::Completed, "{:?}", outcome.error);
            assert!(*outcome.output == value, "{value} came back as {}", *outcome.output);
            let view = engine.get(id).await.unwrap();
            assert!(*view.steps["a"].output == value && *view.steps["b"].output == value);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn act10_an_unknown_handler_is_waited_for_once_and_harms_nobody() {
    let engine = World::new().open().await.engine;
    engine.deploy("flow: lost\nsteps: [{id: a, type: activity, handler: nowhere}]").await.unwrap();
    engine.deploy("flow: bound\nsteps: [{id: a, type: activity, handler: nowhere, deadline: 10m, retry: {attempts: 5}}]").await.unwrap();
    let lost = engine.start("lost", json!({})).await.unwrap().id;
    let bound = engine.start("bound", json!({})).await.unwrap().id;
    let other =
        gives(&engine, "flow: fine\nsteps: [{id: a, type: activity, handler: work, with: 3}]", json!({}))
            .await;
    assert_eq!(other, json!(3));

    let error = end(&engine, bound).await.error.unwrap();
    assert_eq!((error.code.as_str(), error.step.as_str()), ("unknown_handler", "a"));
    assert!(error.message.contains("`nowhere`"), "{}", error.message);
    assert_eq!(times(&engine, bound, "step_failed").await[0] / 100, 6_000);
    pass(3_600_000).await;
    let story = story(&engine, lost).await;
    assert_eq!(story, ["instance_started", "step_activated a", "handler_missing a"]);
    let why = engine.explain(lost).await.unwrap();
    assert!(why.waiting[0].reason.contains("nowhere"), "{}", why.waiting[0].reason);
}

#[tokio::test(start_paused = true)]
async fn act12_five_hundred_run_side_by_side_and_give_their_results_in_order() {
    let mut world = World::new();
    let diary = world.diary.clone();
    let engine = world
        .open_with(|builder| {
            builder.activity("item", move |_, n: u64| {
                let diary = diary.clone();
                async move {
                    diary.note("begins");
                    tokio::time::sleep(Duration::from_millis(100 + n * 7_919 % 500)).await;
                    diary.note("ends");
                    Ok(n * n)
                }
            })
        })
        .await
        .engine;
    let flow = "flow: f\nsteps: [{id: e, type: for_each, items: input, steps: [{id: a, type: activity, handler: item, with: '${ item }'}]}]";
    let items: Vec<u64> = (0..500).collect();
    let squares: Vec<u64> = items.iter().map(|n| n * n).collect();
    assert_eq!(gives(&engine, flow, json!(items)).await, json!(squares));
    let lines = world.diary.lines();
    assert!(lines[..500].iter().all(|line| line == "begins"), "they wait for one another");
    assert_eq!(lines.len(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn act13_every_level_of_an_error_is_read_by_conditions_and_by_who_catches_it() {
    let cause = json!({"code": "dns", "message": "no such host", "cause": {"code": "io", "message": "cable", "cause": null}});
    let mut world = World::new();
    let details = json!({"cause": cause});
    let given = details.clone();
    let engine = world
        .open_with(|builder| {
            builder.activity("call", move |_, _: Value| {
                let details = given.clone();
                async move {
                    Err::<Value, _>(
                        ActivityError::fatal("unreachable", "the bank does not answer").details(details),
                    )
                }
            })
        })
        .await
        .engine;
    let flow = "
flow: f
steps:
  - id: a
    type: activity
    handler: call
    next:
      - {to: cable, on: failure, when: error.code == 'unreachable' && error.details.cause.cause.code == 'io'}
      - {to: other, on: failure, when: error.details.cause.cause.code != 'io'}
  - {id: cable, type: activity, handler: work, with: '${ steps.a.error }'}
  - {id: other, type: activity, handler: work}
output: ${ steps.cable.output }
";
    let caught = gives(&engine, flow, json!({})).await;
    let expected = json!({
        "code": "unreachable", "message": "the bank does not answer", "details": details, "step": "a", "attempt": 1,
    });
    assert_eq!(caught, expected);
    assert_eq!(world.diary.lines(), ["cable"]);
}

#[tokio::test(start_paused = true)]
async fn act14_the_first_catch_that_matches_runs_alone_and_the_rest_goes_up() {
    let flow = "
flow: f
steps:
  - id: a
    type: activity
    handler: boom
    with: ${ input }
    choose: first
    next:
      - {to: busy, on: failure, when: error.code == 'busy'}
      - {to: gone, on: failure, when: \"error.code in ['gone', 'busy']\"}
      - {to: odd, on: failure, when: error.code.startsWith('odd')}
  - {id: busy, type: activity, handler: work, with: busy}
  - {id: gone, type: activity, handler: work, with: gone}
  - {id: odd, type: activity, handler: work, with: odd}
";
    for (code, caught_by) in [("busy", "busy"), ("gone", "gone"), ("odd.one", "odd")] {
        let mut world = World::new();
        let engine = world.open().await.engine;
        let (id, outcome) = run(&engine, flow, json!(code)).await;
        assert_eq!(outcome.status, InstanceStatus::Completed);
        assert_eq!(world.diary.lines(), ["a", caught_by]);
        let story = story(&engine, id).await;
        assert_eq!(story.iter().filter(|line| line.starts_with("step_skipped")).count(), 2);
        assert_eq!(count(&story, &format!("step_completed {caught_by}")), 1);
    }
    let mut world = World::new();
    let (_, outcome) = run(&world.open().await.engine, flow, json!("unlisted")).await;
    let error = outcome.error.unwrap();
    assert_eq!(
        (outcome.status, error.code.as_str(), error.step.as_str()),
        (InstanceStatus::Failed, "unlisted", "a")
    );
    assert_eq!(world.diary.lines(), ["a"]);
}
