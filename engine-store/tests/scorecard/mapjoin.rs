//! Items and branches.

use flowwright::protocol::InstanceStatus;
use serde_json::json;

use crate::world::{World, count, gives, run, story};

#[tokio::test(start_paused = true)]
async fn map01_results_are_in_the_order_of_the_items_and_no_items_are_no_work() {
    let flow = "
flow: f
steps:
  - {id: e, type: for_each, items: input, steps: [{id: t, type: timer, delay: '${ string(10 - item) + \"s\" }'}, {id: a, type: activity, handler: work, with: ['${ index }', '${ item }'], needs: t}]}
  - {id: n, type: activity, handler: work, with: '${ steps.e.output }', needs: e}
";
    let mut world = World::new();
    let engine = world.open().await.engine;
    assert_eq!(gives(&engine, flow, json!([])).await, json!([]));
    assert_eq!(world.diary.lines(), ["n"]);
    assert_eq!(gives(&engine, flow, json!([3, 1, 2])).await, json!([[0, 3], [1, 1], [2, 2]]));
    // They ended in another order than that.
    assert_eq!(world.diary.lines(), ["n", "e[0]/a", "e[2]/a", "e[1]/a", "n"]);
}

/// Items of which those that are negative fail, one second after another.
fn items(tolerate: &str) -> String {
    format!(
        "
flow: f
steps:
  - id: e
    type: for_each
    items: input
    {tolerate}
    steps:
      - {{id: t, type: timer, delay: '${{ string(index + 1) + \"s\" }}', next: [{{to: bad, when: item < 0}}, {{to: good, else: true}}]}}
      - {{id: bad, type: activity, handler: boom, with: broken}}
      - {{id: good, type: activity, handler: work, with: '${{ item }}'}}
    output: ${{ steps.good.output }}
"
    )
}

#[tokio::test(start_paused = true)]
async fn map02_an_item_that_fails_stops_the_others_unless_so_many_are_tolerated() {
    let mut world = World::new();
    let (_, outcome) = run(&world.open().await.engine, &items(""), json!([1, 2, -3, 4, 5])).await;
    assert_eq!(outcome.status, InstanceStatus::Failed);
    let error = outcome.error.unwrap();
    assert_eq!(
        (error.code.as_str(), &error.details["item"], &error.details["error"]["code"]),
        ("items_failed", &json!(2), &json!("broken"))
    );
    assert!(error.message.contains("item 2"), "{}", error.message);
    assert_eq!(world.diary.lines(), ["e[0]/good", "e[1]/good", "e[2]/bad"]);

    for (tolerate, input, output) in [
        ("tolerate: {failures: 2}", json!([1, -2, -3, 4]), Some(json!([1, null, null, 4]))),
        ("tolerate: {failures: 1}", json!([1, -2, -3, 4]), None),
        ("tolerate: {percent: 50}", json!([1, -2, -3, 4]), Some(json!([1, null, null, 4]))),
        ("tolerate: {percent: 49}", json!([1, -2, -3, 4]), None),
    ] {
        let mut world = World::new();
        let engine = world.open().await.engine;
        let (id, outcome) = run(&engine, &items(tolerate), input).await;
        match output {
            Some(output) => {
                assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &output))
            }
            None => {
                assert_eq!(outcome.error.unwrap().details["failed"], 2, "{tolerate}");
                // The fourth was stopped while it waited.
                assert_eq!(count(&story(&engine, id).await, "step_cancelled e[3]/t"), 1);
                assert!(!world.diary.lines().contains(&"e[3]/good".to_owned()));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn map03_a_block_that_failed_is_begun_again_as_a_whole_and_counted() {
    for block in [
        "type: for_each, items: '[0, 1]', steps: [{id: w, type: activity, handler: work, with: '${ item }'}, {id: c, type: assign, set: {x: '1'}, needs: w, next: [{to: bad, when: steps.again.iteration < 2 && item == 1}]}, {id: bad, type: activity, handler: boom, with: broken}]",
        "type: group, steps: [{id: w, type: activity, handler: work}, {id: c, type: activity, handler: work, next: [{to: bad, when: steps.again.iteration < 2}]}, {id: bad, type: activity, handler: boom, with: broken}]",
    ] {
        let flow = format!(
            "
flow: f
steps:
  - {{id: again, type: timer, delay: 1s}}
  - {{id: block, needs: again, next: [{{to: again, on: failure, back: true, max_iterations: 4}}, {{to: n}}], {block}}}
  - {{id: n, type: activity, handler: work, with: '${{ steps.block.iteration }}'}}
"
        );
        let mut world = World::new();
        let engine = world.open().await.engine;
        let (id, outcome) = run(&engine, &flow, json!({})).await;
        assert_eq!(count(&story(&engine, id).await, "step_failed block"), 2);
        assert_eq!(
            (outcome.status, outcome.output["n"].as_u64().or(outcome.output.as_u64())),
            (InstanceStatus::Completed, Some(2)),
            "{:?}",
            outcome.error
        );
        let counts = world.diary.counts();
        let whole: Vec<_> =
            counts.iter().filter(|(line, _)| line.ends_with("/w")).map(|(_, count)| *count).collect();
        assert!(!whole.is_empty() && whole.iter().all(|count| *count == 3), "{counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn map05_a_skip_goes_down_its_branch_and_stops_at_a_join_that_allows_it() {
    let flow = |join: &str| {
        format!(
            "
flow: f
steps:
  - {{id: a, type: activity, handler: work, next: [{{to: b1}}, {{to: c1, when: input.go}}]}}
  - {{id: b1, type: activity, handler: work, next: b2}}
  - {{id: b2, type: activity, handler: work, next: j}}
  - {{id: c1, type: activity, handler: work, next: c2}}
  - {{id: c2, type: activity, handler: work, next: j}}
  - {{id: j, type: activity, handler: work, join: {join}, next: k}}
  - {{id: k, type: activity, handler: work}}
"
        )
    };
    for (join, go, runs) in [
        ("all", true, &["a", "b1", "b2", "c1", "c2", "j", "k"][..]),
        ("all", false, &["a", "b1", "b2", "j", "k"]),
        ("every", false, &["a", "b1", "b2"]),
        ("any", false, &["a", "b1", "b2", "j", "k"]),
    ] {
        let mut world = World::new();
        let engine = world.open().await.engine;
        let (id, outcome) = run(&engine, &flow(join), json!({"go": go})).await;
        assert_eq!(outcome.status, InstanceStatus::Completed);
        let mut did = world.diary.lines();
        did.sort();
        assert_eq!(did, runs, "{join} {go}");
        let story = story(&engine, id).await;
        let skipped = story.iter().filter(|line| line.starts_with("step_skipped")).count();
        assert_eq!(skipped, 7 - runs.len(), "{story:?}");
    }
}
