//! User tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use flowwright::base::{ErrorKind, Result};
use flowwright::engine::{Directory, Engine};
use flowwright::protocol::{Actor, CandidateSet, TaskStatus, TaskView};
use flowwright::store::{Page, TaskFilter};
use serde_json::json;

use crate::support::{Place, builder, end, places, until};

const FOUR_EYES: &str = "
flow: loan
steps:
  - {id: check, type: user_task, role: clerk, data: {amount: '${ input.amount }'}, outcomes: [ok, reject]}
  - {id: approve, type: user_task, role: clerk, not_by: [check], needs: check, outcomes: ['yes', 'no'],
     form: {type: object, required: [note], properties: {note: {type: string}}}}
";

async fn inbox(engine: &Engine, actor: &Actor) -> Vec<TaskView> {
    engine.inbox(actor, TaskFilter::default(), &Page::default()).await.unwrap()
}

#[tokio::test]
async fn four_eyes_look_at_a_loan() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(FOUR_EYES).await.unwrap();
        let id = engine.start("loan", json!({"amount": 7})).await.unwrap().id;
        let (ada, bob, eve) =
            (Actor::new("ada").role("clerk"), Actor::new("bob").role("clerk"), Actor::new("eve"));
        assert!(inbox(&engine, &eve).await.is_empty());
        let check = inbox(&engine, &ada).await.remove(0);
        assert_eq!((check.step.as_str(), &*check.data), ("check", &json!({"amount": 7})));

        engine.claim(check.id, ada.clone()).await.unwrap();
        assert_eq!(engine.task(check.id).await.unwrap().status, TaskStatus::Claimed);
        let kind = |result: Result<()>| result.unwrap_err().kind();
        assert_eq!(kind(engine.claim(check.id, bob.clone()).await), ErrorKind::Conflict);
        assert_eq!(kind(engine.claim(check.id, eve.clone()).await), ErrorKind::Conflict);
        engine.complete(check.id, ada.clone(), "ok", json!(null)).request("r1").await.unwrap();
        engine.complete(check.id, ada.clone(), "ok", json!(null)).request("r1").await.unwrap();
        assert!(engine.complete(check.id, bob.clone(), "ok", json!(null)).request("r2").await.is_err());

        assert!(inbox(&engine, &ada).await.is_empty(), "who checked may not approve");
        let approve = inbox(&engine, &bob).await.remove(0);
        assert_eq!(kind(engine.claim(approve.id, ada.clone()).await), ErrorKind::Forbidden);
        assert_eq!(
            kind(engine.complete(approve.id, eve, "yes", json!({"note": "x"})).await),
            ErrorKind::Forbidden
        );
        assert_eq!(
            kind(engine.complete(approve.id, bob.clone(), "yes", json!({})).await),
            ErrorKind::InvalidInput
        );
        engine.complete(approve.id, bob, "yes", json!({"note": "fine"})).await.unwrap();
        assert_eq!(end(&engine, id).await.output["by"], "bob");
        assert_eq!(engine.task(approve.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_task_is_released_reassigned_and_escalated() {
    let place = Place::memory();
    let engine = builder(&place.store).open().await.unwrap();
    engine.deploy(FOUR_EYES).await.unwrap();
    let id = engine.start("loan", json!({"amount": 7})).await.unwrap().id;
    let ada = Actor::new("ada").role("clerk");
    let task = inbox(&engine, &ada).await.remove(0).id;
    engine.claim(task, ada.clone()).await.unwrap();
    engine.release(task, ada.clone()).await.unwrap();
    assert_eq!(engine.task(task).await.unwrap().assignee, None);
    engine.claim(task, ada.clone()).await.unwrap();
    engine.reassign(task, ada.clone(), "bob").await.unwrap();
    assert_eq!(engine.task(task).await.unwrap().assignee.as_deref(), Some("bob"));
    let bob = Actor::new("bob").role("clerk");
    engine.escalate(task, bob.clone(), "lead", "too large").await.unwrap();
    engine.release(task, bob).await.unwrap();
    assert_eq!(inbox(&engine, &Actor::new("lou").role("lead")).await.len(), 1);
    assert!(engine.outcome(id).await.unwrap().is_none());
}

struct Staff;

#[async_trait]
impl Directory for Staff {
    async fn members(&self, candidates: &CandidateSet) -> Result<Vec<String>> {
        assert_eq!(candidates.roles, ["clerk"]);
        Ok(["ada", "bob", "cy"].map(str::to_owned).into())
    }
}

#[tokio::test]
async fn tasks_are_given_to_people_evenly() {
    for routing in ["least_busy", "round_robin"] {
        let place = Place::memory();
        let engine = builder(&place.store).directory(Arc::new(Staff)).open().await.unwrap();
        engine
            .deploy(format!("flow: f\nsteps: [{{id: t, type: user_task, role: clerk, routing: {routing}}}]"))
            .await
            .unwrap();
        for _ in 0..9 {
            engine.start("f", json!({})).await.unwrap();
        }
        let filter = TaskFilter { unassigned: true, ..TaskFilter::default() };
        until("every task has somebody", || async {
            engine.tasks(&filter, &Page::default()).await.unwrap().is_empty()
        })
        .await;
        let mut load: BTreeMap<String, u32> = BTreeMap::new();
        for task in engine.tasks(&TaskFilter::default(), &Page::default()).await.unwrap() {
            *load.entry(task.assignee.unwrap()).or_default() += 1;
        }
        assert_eq!(load.values().copied().collect::<Vec<_>>(), [3, 3, 3], "{routing}");
    }
}
