//! Following an instance and those that it calls: telling what happens, and showing people their tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowwright::base::{InstanceId, Result, TaskId, Timestamp};
use flowwright::engine::{Engine, EventStream, PublishedEvent};
use flowwright::graph::Graph;
use flowwright::machine::{Places, event_json};
use flowwright::protocol::{Activation, Event};
use flowwright::store::{InstanceFilter, Page, Store, TaskFilter};

use super::people::People;
use super::stage::Stage;
use crate::command::answer::{Failure, Result as Answered};
use crate::command::timeline;

/// How many rows are read at once.
const PAGE: usize = 1_000;

/// Follows a family of instances.
pub struct Follower {
    engine: Engine,
    stage: Arc<Stage>,
    people: People,
    events: EventStream,
    family: BTreeMap<InstanceId, Member>,
    root: InstanceId,
    voice: Voice,
}

/// How it is told what happens.
pub struct Voice {
    /// Not at all.
    pub quiet: bool,
    /// The database, as the arguments name it.
    pub database: String,
}

struct Member {
    graph: Arc<Graph>,
    places: Places,
    started: Timestamp,
}

impl Follower {
    /// Follows an instance from a position on.
    pub fn new(engine: &Engine, stage: &Arc<Stage>, root: InstanceId, after: u64, voice: Voice) -> Self {
        Self {
            engine: engine.clone(),
            stage: Arc::clone(stage),
            people: People::new(engine, stage),
            events: engine.events(after),
            family: BTreeMap::new(),
            root,
            voice,
        }
    }

    /// Admits the instance and those that it has called so far, with their open tasks.
    ///
    /// # Errors
    /// What the engine gives.
    pub async fn admit_family(&mut self) -> Result<()> {
        let mut open = vec![self.root];
        while let Some(instance) = open.pop() {
            self.admit(instance).await?;
            let filter = InstanceFilter { parent: Some(instance), ..InstanceFilter::default() };
            let page = Page { limit: PAGE, after: None };
            open.extend(self.engine.list(&filter, &page).await?.into_iter().map(|summary| summary.instance));
        }
        Ok(())
    }

    async fn admit(&mut self, instance: InstanceId) -> Result<()> {
        let part = self.stage.part(instance).await?;
        let mut places = Places::default();
        let history = self.engine.history(instance).await?;
        history.iter().for_each(|entry| places.see(&entry.event));
        let started = history.first().map_or(Timestamp::EPOCH, |entry| entry.at);
        self.family.insert(instance, Member { graph: Arc::clone(&part.graph), places, started });
        let filter = TaskFilter { instance: Some(instance), ..TaskFilter::default() };
        let tasks = self.engine.tasks(&filter, &Page { limit: PAGE, after: None }).await?;
        for task in tasks {
            self.show(task.id).await?;
        }
        Ok(())
    }

    /// Follows until something goes wrong.
    pub async fn run(&mut self) -> Failure {
        loop {
            let result = match self.events.next().await {
                Ok(event) => self.take(event).await,
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                return error.into();
            }
        }
    }

    /// Tells what there is to tell without waiting for more.
    ///
    /// # Errors
    /// What the engine gives.
    pub async fn rest(&mut self) -> Answered<()> {
        while let Some(event) = self.events.try_next().await? {
            self.tell(&event);
        }
        Ok(())
    }

    async fn take(&mut self, event: PublishedEvent) -> Result<()> {
        if let Event::InstanceStarted(started) = &event.event
            && started.parent.as_ref().is_some_and(|parent| self.family.contains_key(&parent.instance))
        {
            self.admit(event.instance).await?;
        }
        self.tell(&event);
        if let Event::StepActivated { activation, doing: Activation::UserTask { .. }, .. } = event.event
            && self.family.contains_key(&event.instance)
        {
            self.show(TaskId { instance: event.instance, activation }).await?;
        }
        Ok(())
    }

    /// Shows a task to the scripted people; if none of them does it, says how a real one can.
    async fn show(&mut self, id: TaskId) -> Result<()> {
        // It may be done already, by somebody else.
        let Ok(task) = self.engine.task(id).await else { return Ok(()) };
        if !self.people.offer(&task).await? && !self.voice.quiet {
            let database = &self.voice.database;
            eprintln!(
                "`{}` waits for a person: flowwright tasks complete {id} --db {database} --by NAME",
                task.step
            );
        }
        Ok(())
    }

    fn tell(&mut self, event: &PublishedEvent) {
        let Some(member) = self.family.get_mut(&event.instance) else { return };
        member.places.see(&event.event);
        if self.voice.quiet {
            return;
        }
        let json = event_json(&member.graph, &member.places, event.seq, event.at, &event.event);
        eprintln!("{}", timeline::line(&json, member.started.millis()));
    }
}

/// The position of the newest row of a store, found by doubling and halving.
///
/// # Errors
/// What the store gives.
pub async fn last_position(store: &dyn Store) -> Result<u64> {
    if store.feed(0, 1).await?.is_empty() {
        return Ok(0);
    }
    let mut high = 1;
    while !store.feed(high, 1).await?.is_empty() {
        high *= 2;
    }
    // Behind `low` there is a row, behind `high` there is none.
    let mut low = high / 2;
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if store.feed(middle, 1).await?.is_empty() { high = middle } else { low = middle }
    }
    Ok(high)
}
