//! Questions to the table.

use std::collections::BTreeSet;

use flowwright::base::{Error, ErrorKind, InstanceId, Result, TaskId, Timestamp};
use flowwright::store::{
    DefinitionRecord, DefinitionSummary, HistoryRow, InboxItem, InstanceFilter, InstanceSummary, Loaded,
    Page, TaskCursor, TaskFilter, TaskRow,
};

use super::table::{Instance, Table};

impl Table {
    pub fn load(&self, id: InstanceId) -> Option<Loaded> {
        let instance = self.instances.get(&id)?;
        let after = instance.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        Some(Loaded {
            summary: instance.summary(id),
            snapshot: instance.snapshot.clone(),
            tail: self.rows(instance, after).collect(),
        })
    }

    pub fn summary(&self, id: InstanceId) -> Option<InstanceSummary> {
        self.instances.get(&id).map(|instance| instance.summary(id))
    }

    pub fn history(&self, id: InstanceId, after: u64, limit: usize) -> Vec<HistoryRow> {
        self.instances
            .get(&id)
            .map_or_else(Vec::new, |instance| self.rows(instance, after).take(limit).collect())
    }

    fn rows<'a>(&'a self, instance: &'a Instance, after: u64) -> impl Iterator<Item = HistoryRow> + 'a {
        let first = instance.rows.partition_point(|row| self.history[*row].last_seq <= after);
        instance.rows[first..].iter().map(|row| self.history[*row].clone())
    }

    pub fn feed(&self, after: u64, limit: usize) -> Vec<HistoryRow> {
        let first = usize::try_from(after).unwrap_or(usize::MAX).min(self.history.len());
        self.history[first..].iter().take(limit).cloned().collect()
    }

    pub fn due(
        &self,
        shards: &[u32],
        after: Option<(Timestamp, InstanceId)>,
        until: Timestamp,
        limit: usize,
    ) -> Vec<(Timestamp, InstanceId)> {
        let after = after.map(|(wake, id)| (wake, self.instances.get(&id).map(|instance| instance.number)));
        let mut found = BTreeSet::new();
        for shard in shards.iter().collect::<BTreeSet<_>>() {
            let all = (*shard, Timestamp::from_millis(i64::MIN), 0)..=(*shard, until, usize::MAX);
            let fresh = self.wakes.range(all).map(|(_, wake, number)| (*wake, *number));
            let fresh =
                fresh.filter(|(wake, number)| after.is_none_or(|after| after < (*wake, Some(*number))));
            found.extend(fresh.take(limit));
        }
        found.into_iter().take(limit).map(|(wake, number)| (wake, self.created[number])).collect()
    }

    pub fn next_wake_after(&self, shards: &[u32], after: Timestamp) -> Option<Timestamp> {
        let first = |shard: &u32| {
            let last = Timestamp::from_millis(i64::MAX);
            let mut range = self.wakes.range((*shard, after, usize::MAX)..=(*shard, last, usize::MAX));
            range.find(|(_, wake, _)| *wake > after).map(|(_, wake, _)| *wake)
        };
        shards.iter().filter_map(first).min()
    }

    pub fn inbox(&self, shards: &[u32], after: u64, limit: usize) -> Vec<InboxItem> {
        let fresh = self.inbox.range(after.saturating_add(1)..).map(|(_, item)| item);
        fresh.filter(|item| shards.contains(&item.shard)).take(limit).map(|item| item.item.clone()).collect()
    }

    pub fn subscribers(&self, name: &str, correlation: &str) -> Vec<InstanceId> {
        let lowest =
            (name.to_owned(), correlation.to_owned(), InstanceId::new(flowwright::store::Uuid::nil()), 0);
        let range = self.subscriptions.range(lowest..);
        let mut found: Vec<_> = range
            .take_while(|(subscribed, key, _, _)| subscribed == name && key == correlation)
            .map(|(_, _, instance, _)| *instance)
            .collect();
        found.dedup();
        found
    }

    pub fn instances(&self, filter: &InstanceFilter, page: &Page) -> Result<Vec<InstanceSummary>> {
        let end = match &page.after {
            None => self.created.len(),
            Some(after) => self.number(after)?,
        };
        Ok(self.matching(filter, end).take(page.limit).collect())
    }

    pub fn count(&self, filter: &InstanceFilter) -> u64 {
        self.matching(filter, self.created.len()).count() as u64
    }

    fn matching<'a>(
        &'a self,
        filter: &'a InstanceFilter,
        end: usize,
    ) -> impl Iterator<Item = InstanceSummary> + 'a {
        let newest_first = self.created[..end].iter().rev();
        newest_first.filter_map(|id| self.summary(*id)).filter(|summary| filter.matches(summary))
    }

    fn number(&self, id: &str) -> Result<usize> {
        let found = self.instances.get(&id.parse()?).map(|instance| instance.number);
        found.ok_or_else(|| crate::unknown_place(id))
    }

    pub fn tasks(&self, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskRow>> {
        let after = page.after.as_ref().map(|place| self.place(place)).transpose()?;
        let mut found: Vec<_> = self
            .tasks
            .values()
            .filter(|task| filter.matches(task))
            .filter(|task| after.is_none_or(|after| after.compare(&task.cursor(), filter.sort).is_lt()))
            .collect();
        found.sort_by(|one, other| one.cursor().compare(&other.cursor(), filter.sort));
        Ok(found.into_iter().take(page.limit).cloned().collect())
    }

    fn place(&self, text: &str) -> Result<TaskCursor> {
        let Ok(id) = text.parse::<TaskId>() else { return text.parse() };
        self.tasks.get(&id).map(TaskRow::cursor).ok_or_else(|| crate::unknown_place(text))
    }

    pub fn task_load(&self, users: &[String]) -> Vec<(String, u64)> {
        let count =
            |user: &String| self.tasks.values().filter(|task| task.assignee.as_ref() == Some(user)).count();
        users.iter().map(|user| (user.clone(), count(user) as u64)).collect()
    }

    pub fn put_definition(&mut self, record: &DefinitionRecord) -> u32 {
        let versions = || self.definitions.values().filter(|found| found.flow == record.flow);
        if let Some(found) = versions().find(|found| found.digest == record.digest) {
            return found.version;
        }
        let version = versions().map(|found| found.version).max().unwrap_or(0) + 1;
        self.definitions
            .insert((record.flow.clone(), version), DefinitionRecord { version, ..record.clone() });
        version
    }

    pub fn definition(&self, flow: &str, version: Option<u32>) -> Option<DefinitionRecord> {
        let highest = version.unwrap_or(u32::MAX);
        let mut range =
            self.definitions.range((flow.to_owned(), version.unwrap_or(0))..=(flow.to_owned(), highest));
        range.next_back().map(|(_, record)| record.clone())
    }

    pub fn labelled(&self, flow: &str, label: &str) -> Option<u32> {
        self.labels.get(&(flow.to_owned(), label.to_owned())).copied()
    }

    pub fn set_label(&mut self, flow: &str, version: u32, label: &str) -> Result<()> {
        if !self.definitions.contains_key(&(flow.to_owned(), version)) {
            return Err(crate::unknown_version(flow, version));
        }
        self.labels.insert((flow.to_owned(), label.to_owned()), version);
        Ok(())
    }

    pub fn definitions(&self) -> Vec<DefinitionSummary> {
        let labels = |flow: &str, version| {
            let of_version = self.labels.iter().filter(|((of, _), at)| of == flow && **at == version);
            of_version.map(|((_, label), _)| label.clone()).collect()
        };
        let summary = |record: &DefinitionRecord| DefinitionSummary {
            flow: record.flow.clone(),
            version: record.version,
            deployed: record.deployed,
            labels: labels(&record.flow, record.version),
        };
        self.definitions.values().map(summary).collect()
    }
}

/// The kind of error for a store that is closed.
pub(super) fn closed() -> Error {
    Error::new(ErrorKind::ShuttingDown, "the store is closed")
}
