//! People.

use flowwright::base::{ErrorKind, InstanceId, Result};
use flowwright::engine::Engine;
use flowwright::protocol::{Actor, TaskStatus, TaskView};
use flowwright::store::{Page, TaskFilter};
use serde_json::{Value, json};

use crate::support::{builder, end, places, until, until_step};
use crate::world::{World, count, pass, reaches, story};

fn clerk(name: &str) -> Actor {
    Actor::new(name).role("clerk")
}

async fn tasks(engine: &Engine, id: InstanceId) -> Vec<TaskView> {
    let filter = TaskFilter { instance: Some(id), ..TaskFilter::default() };
    engine.tasks(&filter, &Page::default()).await.unwrap()
}

fn kind(result: Result<()>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[tokio::test]
async fn hum01_a_task_lives_from_its_offer_to_its_completion_and_has_one_owner() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy("flow: f\nsteps: [{id: t, type: user_task, role: clerk, outcomes: ['yes', 'no']}, {id: s, type: signal, name: go, needs: t}]").await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until_step(&engine, id, "t", "active").await;
        let task = tasks(&engine, id).await[0].id;
        let (ada, bob, cy) = (clerk("ada"), clerk("bob"), clerk("cy"));
        engine.claim(task, ada.clone()).await.unwrap();
        assert_eq!(kind(engine.claim(task, bob.clone()).await), ErrorKind::Conflict);
        assert_eq!(kind(engine.complete(task, bob.clone(), "yes", Value::Null).await), ErrorKind::Conflict);
        assert_eq!(kind(engine.release(task, bob.clone()).await), ErrorKind::Forbidden);
        engine.release(task, ada.clone()).await.unwrap();
        engine.claim(task, bob.clone()).await.unwrap();
        engine.reassign(task, bob.clone(), "cy").await.unwrap();
        assert_eq!(kind(engine.complete(task, bob.clone(), "yes", Value::Null).await), ErrorKind::Conflict);
        let view = engine.task(task).await.unwrap();
        assert_eq!((view.status, view.assignee.as_deref()), (TaskStatus::Claimed, Some("cy")));
        engine.complete(task, cy, "yes", Value::Null).await.unwrap();
        assert_eq!(kind(engine.complete(task, ada.clone(), "no", Value::Null).await), ErrorKind::Conflict);
        assert_eq!(kind(engine.claim(task, ada).await), ErrorKind::Conflict);
        let view = engine.get(id).await.unwrap();
        assert_eq!(*view.steps["t"].output, json!({"outcome": "yes", "data": null, "by": "cy"}));
        let story = story(&engine, id).await;
        assert_eq!((count(&story, "task_changed t"), count(&story, "task_done t")), (4, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn hum02_when_the_due_date_passes_the_escalation_begins_and_the_task_stays_or_goes() {
    for (cancels, open) in [("", 1), (", cancels: [t]", 0)] {
        let mut world = World::new();
        let engine = world.open_patient().await.engine;
        engine
            .deploy(format!(
                "flow: f
steps:
  - {{id: t, type: user_task, role: clerk, due: 2d, escalate: {{after: 1d, to: lead}}, next: [{{to: done}}, {{to: late, on: escalation}}]}}
  - {{id: late, type: activity, handler: work{cancels}}}
  - {{id: done, type: activity, handler: work}}
"
            ))
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        let lead = Actor::new("lou").role("lead");
        let seen = async || engine.inbox(&lead, TaskFilter::default(), &Page::default()).await.unwrap().len();
        pass(86_300_000).await;
        assert_eq!((seen().await, world.diary.lines().len()), (0, 0));
        pass(200_000).await;
        assert_eq!(seen().await, 1, "after a day the lead may take it");
        pass(86_300_000).await;
        reaches(&engine, id, "late", "completed").await;
        assert_eq!(world.diary.lines(), ["late"]);
        let left = tasks(&engine, id).await;
        assert_eq!(left.len(), open);
        if let Some(task) = left.first() {
            assert!(engine.outcome(id).await.unwrap().is_none(), "a due date is no approval");
            engine.complete(task.id, lead, "", Value::Null).await.unwrap();
        }
        end(&engine, id).await;
        let expected = if open == 1 { &["late", "done"][..] } else { &["late"] };
        assert_eq!(world.diary.lines(), expected);
    }
}

#[tokio::test]
async fn hum03_two_of_three_approve_and_one_may_veto() {
    const ACCEPTED: &str = "outputs.filter(o, o != null && o.outcome == \"accept\").size() >= 2";
    let flow = |until: &str| {
        format!(
            "flow: f
vars: {{votes: []}}
steps:
  - id: vote
    type: for_each
    items: '[\"ada\", \"bob\", \"cy\"]'
    until: '{until}'
    steps: [{{id: t, type: user_task, assignee: item, outcomes: [accept, decline]}}]
  - {{id: go, type: signal, name: go, needs: vote}}
output: ${{ steps.vote.output.filter(o, o != null).map(o, o.by + \" \" + o.outcome) }}
"
        )
    };
    let veto = format!("{ACCEPTED} || outputs.exists(o, o != null && o.outcome == \"decline\")");
    for (until_rule, votes, decided_by) in [
        (ACCEPTED, &[("cy", "accept"), ("ada", "accept")][..], json!(["ada accept", "cy accept"])),
        (
            ACCEPTED,
            &[("cy", "decline"), ("ada", "accept"), ("bob", "accept")],
            json!(["ada accept", "bob accept", "cy decline"]),
        ),
        (&veto, &[("bob", "accept"), ("cy", "decline")], json!(["bob accept", "cy decline"])),
    ] {
        let place = crate::support::Place::memory();
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(flow(until_rule)).await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until("all are asked", || async { tasks(&engine, id).await.len() == 3 }).await;
        for (n, (who, outcome)) in votes.iter().enumerate() {
            assert_eq!(tasks(&engine, id).await.len(), 3 - n, "decided too early");
            let task =
                engine.inbox(&Actor::new(*who), TaskFilter::default(), &Page::default()).await.unwrap()[0].id;
            engine.complete(task, Actor::new(*who), outcome, Value::Null).await.unwrap();
        }
        until_step(&engine, id, "go", "active").await;
        assert!(tasks(&engine, id).await.is_empty(), "the rest is withdrawn");
        engine.signal(id, "go", Value::Null).await.unwrap();
        assert_eq!(*end(&engine, id).await.output, decided_by);
    }
}

#[tokio::test]
async fn hum04_a_form_that_is_not_right_is_refused_with_its_field() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        let form = "{type: object, required: [amount], additionalProperties: false, properties: {amount: {type: integer, minimum: 1}, who: {type: object, properties: {name: {type: string}}}}}";
        engine
            .deploy(format!("flow: f\nsteps: [{{id: t, type: user_task, role: clerk, form: {form}}}]"))
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until_step(&engine, id, "t", "active").await;
        let task = tasks(&engine, id).await[0].id;
        let before = engine.history(id).await.unwrap();
        for (data, field) in [
            (json!({}), "amount"),
            (json!({"amount": "7"}), "/amount"),
            (json!({"amount": 0}), "/amount"),
            (json!({"amount": 1, "who": {"name": 5}}), "/who/name"),
            (json!({"amount": 1, "extra": 5}), "extra"),
        ] {
            let error = engine.complete(task, clerk("ada"), "", data).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.message().contains(field), "{field} is not named: {error}");
        }
        assert_eq!(engine.history(id).await.unwrap(), before);
        engine.complete(task, clerk("ada"), "", json!({"amount": 1})).await.unwrap();
        assert_eq!(end(&engine, id).await.output["data"]["amount"], 1);
    }
}
