//! The audit: what was acknowledged is there, what handlers gave is recorded once and as they gave it, everything has
//! ended as it must, and the store is sound.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{InstanceId, Payload};
use flowwright::engine::{Config, Engine, HistoryEntry};
use flowwright::protocol::{Event, InstanceStatus};
use flowwright::store::{InstanceFilter, InstanceSummary, Page, Store};

use crate::Result;
use crate::book::Book;
use crate::flow;
use crate::report::Report;

/// How many instances are read at once.
const PAGE: usize = 500;

/// Compares the store with what was written down.
///
/// # Errors
/// What the store gives.
pub async fn audit(store: &Arc<dyn Store>, book: &Book, report: &mut Report) -> Result<()> {
    let config = Config { want_shards: Some(0), ..Config::default() };
    let engine = Engine::builder(Arc::clone(store)).config(config).open().await?;
    let mut audit = Audit { book, report, recorded: BTreeMap::new() };
    let mut page = Page { limit: PAGE, after: None };
    loop {
        let rows = engine.list(&InstanceFilter::default(), &page).await?;
        let Some(last) = rows.last() else { break };
        page.after = Some(last.instance.to_string());
        for row in rows {
            let history = engine.history(row.instance).await?;
            audit.instance(&row, &history);
        }
    }
    audit.starts(&engine).await?;
    audit.effects();
    if book.started.is_empty() {
        report.loss("no start was acknowledged: this run says nothing");
    }
    let verified = engine.verify_all().await?;
    report.events = verified.events;
    for finding in &verified.findings {
        report.loss(finding.to_string());
    }
    report.acknowledged = book.started.len() as u64;
    report.processes = book.opened;
    report.refused = book.refused.clone();
    engine.shutdown(Duration::from_secs(5)).await?;
    Ok(())
}

struct Audit<'a> {
    book: &'a Book,
    report: &'a mut Report,
    /// How often a result is recorded for each idempotency key.
    recorded: BTreeMap<String, u64>,
}

impl Audit<'_> {
    fn instance(&mut self, row: &InstanceSummary, history: &[HistoryEntry]) {
        let id = row.instance;
        self.report.instances += 1;
        if row.row.status != InstanceStatus::Completed {
            let (flow, status, error) = (&row.row.flow, row.row.status.name(), &row.row.error_code);
            self.report.loss(format!("instance {id} of `{flow}` is {status} ({error:?})"));
        }
        let (mut given, mut after, mut undone) = (Vec::new(), Vec::new(), 0);
        for entry in history {
            match &entry.event {
                Event::StepCompleted { output, .. } => self.result(id, output, &mut given, &mut after),
                Event::StepCompensated { output, .. } => {
                    undone += 1;
                    self.result(id, output, &mut given, &mut after);
                }
                _ => {}
            }
        }
        // Whatever a step went on from is the result that is recorded, and not one that was given and lost.
        if let Some(unknown) = after.iter().find(|unique| !given.contains(unique)) {
            self.report.loss(format!("instance {id} went on from {unknown}, which is not recorded"));
        }
        if undone != flow::compensations(&row.row.flow) {
            self.report.loss(format!("instance {id} of `{}` has {undone} compensations", row.row.flow));
        }
        self.output(row, history);
        self.tasks(id, history);
        self.signals(id, history);
    }

    /// A result is recorded: a handler gave it, for this very work.
    fn result(&mut self, id: InstanceId, output: &Payload, given: &mut Vec<String>, after: &mut Vec<String>) {
        let (Some(unique), Some(key)) = (output["unique"].as_str(), output["key"].as_str()) else { return };
        self.report.steps += 1;
        *self.recorded.entry(key.to_owned()).or_default() += 1;
        given.push(unique.to_owned());
        after.extend(output["input"]["after"].as_str().map(str::to_owned));
        if self.book.results.get(unique).map(String::as_str) != Some(key) {
            self.report.loss(format!("instance {id}: nobody gave the result {unique} for {key}"));
        }
        if !key.starts_with(&id.to_string()) {
            self.report.loss(format!("instance {id} has the result of {key}"));
        }
    }

    /// Every step that counts has counted once.
    fn output(&mut self, row: &InstanceSummary, history: &[HistoryEntry]) {
        let (id, Some(flow)) = (row.instance, flow::of(&row.row.flow)) else { return };
        let started = history.iter().find_map(|entry| match &entry.event {
            Event::InstanceStarted(started) => Some(started.input["n"].clone()),
            _ => None,
        });
        let found = row.row.result.as_deref().unwrap_or_default();
        let expected = flow.output(&started.unwrap_or_default());
        if serde_json::from_str::<serde_json::Value>(found).ok() != Some(expected.clone()) {
            self.report.loss(format!("instance {id} of `{}` gave {found} and not {expected}", flow.name));
        }
    }

    /// Whoever was told to have done a task has done it.
    fn tasks(&mut self, id: InstanceId, history: &[HistoryEntry]) {
        let mut places = BTreeMap::new();
        let mut done: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for entry in history {
            match &entry.event {
                Event::StepActivated { at, activation, .. } => {
                    places.insert(*at, *activation);
                }
                Event::TaskDone { at, by, .. } => {
                    let activation = places.get(at).copied().unwrap_or_default();
                    done.entry(activation).or_default().push(by.id.clone());
                }
                _ => {}
            }
        }
        for ((_, activation), told) in self.book.tasks.range((id, 0)..=(id, u32::MAX)) {
            let really = done.remove(activation).unwrap_or_default();
            if !told.iter().eq(&really) {
                self.report
                    .loss(format!("task {id}.{activation}: {told:?} were told, {really:?} is recorded"));
            }
        }
        if let Some((activation, twice)) = done.iter().find(|(_, by)| by.len() > 1) {
            self.report.loss(format!("task {id}.{activation} was done by {twice:?}"));
        }
    }

    /// What was acknowledged has arrived, once.
    fn signals(&mut self, id: InstanceId, history: &[HistoryEntry]) {
        for (name, signal) in self.book.signals.get(&id).into_iter().flatten() {
            let delivered = history.iter().filter(|entry| {
                let Event::SignalDelivered { signal: delivered, .. } = &entry.event else { return false };
                delivered.name == *name && delivered.id.as_deref() == Some(signal)
            });
            let count = delivered.count();
            if count != 1 {
                self.report.loss(format!("signal `{name}` reached instance {id} {count} times"));
            }
        }
    }

    /// Every acknowledged start is there, and is the one that has the key.
    async fn starts(&mut self, engine: &Engine) -> Result<()> {
        for ((flow, key), told) in &self.book.started {
            let found = engine.find(flow, key).await?;
            if !told.iter().eq(&found) {
                self.report.loss(format!("`{key}` of `{flow}` was told to be {told:?}, and is {found:?}"));
            }
        }
        Ok(())
    }

    /// What was done is recorded, once.
    fn effects(&mut self) {
        for (key, done) in &self.book.done {
            match self.recorded.get(key) {
                Some(1) => self.report.repeated += done - 1,
                Some(times) => self.report.loss(format!("the work {key} is recorded {times} times")),
                None => self.report.loss(format!("the work {key} was done and is not recorded")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use flowwright::engine::IfExists;
    use flowwright_store::MemoryStore;
    use serde_json::json;

    use super::*;
    use crate::child::handler;
    use crate::flow::FLOWS;
    use crate::record::{Record, Recorder};

    fn started(id: InstanceId, flow: &str, key: &str) -> Record {
        Record::Started { flow: flow.into(), key: key.into(), instance: id }
    }

    /// A few instances, each acknowledged, and what was written down about them.
    async fn life(folder: &Path) -> (Arc<dyn Store>, Vec<InstanceId>) {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let recorder = Arc::new(Recorder::open(folder).unwrap());
        let builder = Engine::builder(Arc::clone(&store));
        let engine = handler::register(builder, &recorder, "p", 0).open().await.unwrap();
        let mut ids = Vec::new();
        for flow in FLOWS {
            engine.deploy(flow.definition).await.unwrap();
        }
        for flow in ["chain", "fan", "undo", "unlucky"] {
            let handle = engine.start(flow, json!({"n": flow})).key(flow, IfExists::Return).await.unwrap();
            handle.wait().await.unwrap();
            recorder.write(&started(handle.id, flow, flow));
            ids.push(handle.id);
        }
        engine.shutdown(Duration::from_secs(5)).await.unwrap();
        (store, ids)
    }

    async fn losses(store: &Arc<dyn Store>, book: &Book) -> Vec<String> {
        let mut report = Report::new(1, "memory", Vec::new());
        audit(store, book, &mut report).await.unwrap();
        assert_eq!(report.losses as usize, report.told.len());
        report.told
    }

    #[tokio::test]
    async fn nothing_is_lost_until_the_book_says_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let (store, ids) = life(folder.path()).await;
        let book = || Book::read(folder.path()).unwrap();
        assert_eq!(losses(&store, &book()).await, [""; 0]);

        let other = InstanceId::new(flowwright::store::Uuid::from_u128(7));
        let records = [
            (started(other, "chain", "lost"), "`lost` of `chain` was told"),
            (started(other, "chain", "chain"), "`chain` of `chain` was told"),
            (
                Record::Done { key: format!("{other}.1"), unique: "p/x".into() },
                "was done and is not recorded",
            ),
            (
                Record::TaskDone { instance: ids[0], activation: 1, by: "ann".into() },
                "were told, [] is recorded",
            ),
            (Record::Signalled { instance: ids[0], name: "go".into(), id: "1".into() }, "reached instance"),
        ];
        for (record, loss) in records {
            let mut book = book();
            book.add(record);
            let found = losses(&store, &book).await;
            assert!(found.len() == 1 && found[0].contains(loss), "{loss}: {found:?}");
        }
        let mut book = book();
        let unique = book.results.keys().next().unwrap().clone();
        book.results.remove(&unique);
        let found = losses(&store, &book).await;
        assert!(found.len() == 1 && found[0].contains("nobody gave the result"), "{found:?}");
    }
}
