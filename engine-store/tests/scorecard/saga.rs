//! Compensation.

use flowwright::engine::ActivityContext;
use flowwright::protocol::{ActivityError, InstanceStatus};
use serde_json::{Value, json};

use crate::world::{World, count, run, story};

const SAGA: &str = "
flow: saga
on_failure: compensate
steps:
  - {id: c, type: timer, delay: 1s, next: [c1]}
  - {id: a, type: activity, handler: work, with: A, compensate: {handler: undo, with: '${ output }'}}
  - {id: b, type: activity, handler: slow, with: B, compensate: {handler: undo, with: '${ output }'}}
  - {id: c1, type: activity, handler: work, with: C, compensate: {handler: undo, with: '${ output }'}}
  - {id: x, type: activity, handler: work, with: X}
  - {id: d, type: activity, handler: boom, with: broken, needs: [a, b, c1, x], compensate: {handler: undo, with: D}}
  - {id: e, type: activity, handler: work, needs: d, compensate: {handler: undo, with: E}}
";

#[tokio::test(start_paused = true)]
async fn sag01_what_was_completed_is_undone_once_newest_first() {
    let mut world = World::new();
    let engine = world.open().await.engine;
    let (id, outcome) = run(&engine, SAGA, json!({})).await;
    assert_eq!((outcome.status, outcome.error.unwrap().code.as_str()), (InstanceStatus::Failed, "broken"));
    // A completed at once, C after a second, B after two.
    let lines = world.diary.lines();
    assert_eq!(lines[lines.len() - 4..], ["d", "undo \"B\"", "undo \"C\"", "undo \"A\""]);
    let view = engine.get(id).await.unwrap();
    let undone: Vec<_> =
        view.steps.iter().filter(|(_, step)| step.compensated).map(|(path, _)| path.as_str()).collect();
    assert_eq!(undone, ["a", "b", "c1"]);
}

#[tokio::test(start_paused = true)]
async fn sag02_a_crash_at_any_moment_undoes_each_step_once_in_the_log() {
    World::crash_everywhere(SAGA, async |place, durable, diary, engine, id| {
        let outcome = engine.outcome(id).await.unwrap().unwrap();
        assert_eq!(
            (outcome.status, outcome.error.unwrap().code.as_str()),
            (InstanceStatus::Failed, "broken"),
            "{place}"
        );
        let now = story(&engine, id).await;
        assert!(now.starts_with(&durable), "{place}");
        assert_eq!(
            (count(&now, "compensation_started"), count(&now, "step_compensated")),
            (1, 3),
            "{place}: {now:?}"
        );
        let undone: Vec<_> = diary.iter().filter(|line| line.starts_with("undo")).collect();
        // What was recorded as undone is not undone again; what was under way may be, in the same order.
        let mut order = undone.clone();
        order.dedup();
        assert_eq!(order, ["undo \"B\"", "undo \"C\"", "undo \"A\""], "{place}");
        assert!(undone.len() <= 4, "{place}: {undone:?}");
        let view = engine.get(id).await.unwrap();
        assert!(["a", "b", "c1"].iter().all(|step| view.steps[*step].compensated), "{place}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn sag03_an_undoing_that_fails_is_tried_again_and_then_reported_with_both_errors() {
    for (good, undone) in [(3, true), (99, false)] {
        let mut world = World::new();
        let diary = world.diary.clone();
        let stubborn = move |context: ActivityContext, _: Value| {
            diary.note(format!("try {}", context.attempt()));
            async move {
                match context.attempt() < good {
                    true => Err(ActivityError::retryable("stuck", "it does not give way")),
                    false => Ok(()),
                }
            }
        };
        let engine = world.open_with(|builder| builder.activity("stubborn", stubborn)).await.engine;
        let flow = "
flow: f
on_failure: compensate
steps:
  - {id: a, type: activity, handler: work, with: A, compensate: {handler: undo, with: '${ output }'}}
  - {id: b, type: activity, handler: work, needs: a, compensate: {handler: stubborn, retry: {attempts: 3, initial: 1m}}}
  - {id: c, type: activity, handler: boom, with: broken, needs: b}
";
        let (id, outcome) = run(&engine, flow, json!({})).await;
        let error = outcome.error.unwrap();
        assert_eq!(
            (outcome.status, error.code.as_str(), error.step.as_str()),
            (InstanceStatus::Failed, "broken", "c")
        );
        let tries: Vec<_> = world.diary.lines().into_iter().filter(|line| line.starts_with("try")).collect();
        assert_eq!(tries, ["try 1", "try 2", "try 3"]);
        let view = engine.get(id).await.unwrap();
        assert_eq!((view.steps["b"].compensated, view.steps["a"].compensated), (undone, undone));
        if !undone {
            let wrong = &error.details["compensation"];
            assert_eq!(
                (&wrong["code"], &wrong["step"], &wrong["attempt"]),
                (&json!("stuck"), &json!("b"), &json!(3))
            );
            assert_eq!(count(&story(&engine, id).await, "compensation_failed"), 1);
        }
    }
}
