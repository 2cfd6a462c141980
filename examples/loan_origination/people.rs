//! The people, played by a script: they look into their inboxes, decide by what a task shows, and complete it. Where a
//! person is slow, absent or silent, that follows from the application, so that every run goes the same way.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use flowwright::base::{Error, ErrorKind, Result};
use flowwright::engine::Engine;
use flowwright::protocol::{Actor, TaskView};
use flowwright::store::{Page, TaskFilter};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::data::{Application, EXPLANATION, PROOF};
use super::judgement::{self, File, Verdict};
use super::services::Services;

/// Those who may underwrite.
const UNDERWRITERS: [&str; 3] = ["uma", "ugo", "una"];

/// How many tasks a person looks at together.
const PAGE: usize = 500;

/// How many borrowers never send what they are asked for.
const SILENT: usize = 5;

/// Everybody who works on tasks.
pub struct People {
    engine: Engine,
    flow: String,
    services: Arc<Services>,
    silent: BTreeSet<String>,
    /// The same person was refused as the second pair of eyes.
    refused: AtomicUsize,
}

/// What somebody does with a task.
struct Act {
    task: TaskView,
    actor: Actor,
    outcome: &'static str,
    data: Value,
}

/// The borrowers who never answer: the last ones in the file with something that cannot be verified.
pub fn silent(applications: &[Application]) -> BTreeSet<String> {
    let asked = applications
        .iter()
        .rev()
        .filter(|one| one.unverifiable && one.meets_guidelines != Some(false) && !one.insurance_refused);
    asked.take(SILENT).map(|one| one.id.clone()).collect()
}

/// The borrowers who answer only when they are reminded: those who have several papers to find.
pub fn slow(application: &Application) -> bool {
    application.papers().len() >= 2
}

/// Whether the only underwriter for such houses is on holiday, so that the task goes to the manager when it is overdue.
pub fn unattended(application: &Application) -> bool {
    !application.occupied_by_owner
}

impl People {
    /// People who work on the tasks of a flow.
    pub fn new(engine: &Engine, flow: &str, services: &Arc<Services>, silent: BTreeSet<String>) -> Self {
        let (engine, services) = (engine.clone(), Arc::clone(services));
        Self { engine, flow: flow.to_owned(), services, silent, refused: AtomicUsize::new(0) }
    }

    /// How often somebody who approved was refused as the second pair of eyes on the same loan.
    pub fn refusals(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    /// Works until there is nothing left to do and `finished` says that nothing more will come.
    ///
    /// # Errors
    /// What the engine gives; `Internal` if somebody could approve a loan twice.
    pub async fn work(&self, finished: &AtomicBool) -> Result<()> {
        loop {
            let over = finished.load(Ordering::Relaxed);
            let acts = self.look().await?;
            if acts.is_empty() {
                if over {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            self.act(acts).await?;
        }
    }

    /// Looks into every inbox.
    async fn look(&self) -> Result<Vec<Act>> {
        let mut acts = Vec::new();
        let officer = Actor::new("otto").role("loan_officer");
        for task in self.inbox(&officer).await? {
            acts.push(Act { task, actor: officer.clone(), outcome: "", data: json!({"signed": true}) });
        }
        for (number, name) in UNDERWRITERS.into_iter().enumerate() {
            let actor = Actor::new(name).role("underwriter");
            for task in self.inbox(&actor).await? {
                acts.extend(self.underwriter(number, &actor, task)?);
            }
        }
        let manager = Actor::new("mia").role("underwriting_manager");
        for task in self.inbox(&manager).await? {
            let verdict = judgement::underwrite(&file(&task)?);
            acts.push(decided(task, manager.clone(), &verdict));
        }
        let all = TaskFilter { flow: Some(self.flow.clone()), ..TaskFilter::default() };
        for task in self.engine.tasks(&all, &page()).await? {
            acts.extend(self.borrower(task));
        }
        Ok(acts)
    }

    async fn inbox(&self, actor: &Actor) -> Result<Vec<TaskView>> {
        let filter = TaskFilter { flow: Some(self.flow.clone()), ..TaskFilter::default() };
        self.engine.inbox(actor, filter, &page()).await
    }

    /// The desk is shared out by the applications' numbers; a second look goes to the next person.
    fn underwriter(&self, number: usize, actor: &Actor, task: TaskView) -> Result<Option<Act>> {
        let file = file(&task)?;
        let Some(application) = self.services.application(&file.application) else { return Ok(None) };
        let second = task.step == "second_look";
        let turn = (application.number() as usize + usize::from(second)) % UNDERWRITERS.len();
        if turn != number || (!second && unattended(application)) {
            return Ok(None);
        }
        let verdict = if second { judgement::second_look(&file) } else { judgement::underwrite(&file) };
        Ok(Some(decided(task, actor.clone(), &verdict)))
    }

    /// A borrower sends one paper at a time, and for what cannot be proved a letter: as often as the lender had this
    /// file on the table.
    fn borrower(&self, task: TaskView) -> Option<Act> {
        let borrower = task.assignee.clone().filter(|_| task.step == "documents")?;
        let application = self.services.application(borrower.trim_start_matches("borrower-"))?;
        let waits = slow(application) && !self.services.books().was_reminded(&application.id);
        if waits || self.silent.contains(&application.id) {
            return None;
        }
        let missing = task.data["missing"].as_array()?;
        let mut sent: Vec<&str> =
            missing.iter().filter_map(Value::as_str).filter(|paper| *paper != PROOF).collect();
        sent.truncate(1);
        let round = task.data["round"].as_u64()?;
        if sent.is_empty() && round >= u64::from(application.reviews.unwrap_or(1)) {
            sent.push(EXPLANATION);
        }
        let data = json!({"papers": sent});
        Some(Act { task, actor: Actor::new(borrower).role("borrower"), outcome: "", data })
    }

    /// Does all of it side by side.
    async fn act(&self, acts: Vec<Act>) -> Result<()> {
        let mut calls = JoinSet::new();
        for act in acts {
            self.try_alone(&act).await?;
            let call = self.engine.complete(act.task.id, act.actor, act.outcome, act.data);
            calls.spawn(async move { call.await });
        }
        while let Some(done) = calls.join_next().await {
            done.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))??;
        }
        Ok(())
    }

    /// Before a second look the one who approved tries it alone: the engine has to refuse.
    async fn try_alone(&self, act: &Act) -> Result<()> {
        let Some(first) = act.task.data["approved_by"].as_str().filter(|_| act.task.step == "second_look")
        else {
            return Ok(());
        };
        let first = Actor::new(first).role("underwriter");
        match self.engine.complete(act.task.id, first, act.outcome, act.data.clone()).await {
            Err(error) if error.kind() == ErrorKind::Forbidden => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => Err(error),
            Ok(()) => Err(Error::new(ErrorKind::Internal, "one person approved a large loan alone")),
        }
    }
}

fn page() -> Page {
    Page { limit: PAGE, after: None }
}

fn file(task: &TaskView) -> Result<File> {
    serde::Deserialize::deserialize(&*task.data).map_err(|error: serde_json::Error| {
        Error::new(ErrorKind::InvalidInput, format!("the task {} shows no file: {error}", task.id))
    })
}

fn decided(task: TaskView, actor: Actor, verdict: &Verdict) -> Act {
    Act { task, actor, outcome: verdict.outcome, data: verdict.data() }
}
