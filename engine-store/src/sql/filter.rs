//! Filters as conditions.

use flowwright::base::{InstanceId, TaskId};
use flowwright::protocol::InstanceStatus;
use flowwright::store::{InstanceFilter, TaskCursor, TaskFilter, TaskSort};

use super::codec::{task_key, urgency};
use super::statement::{SUMMARY_COLUMNS, TASK_COLUMNS};
use super::task::{Kind, seen_by};

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

/// A statement with its parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Query {
    pub sql: String,
    pub values: Vec<Value>,
    conditions: usize,
}

impl Query {
    fn new(sql: String) -> Self {
        Self { sql, ..Self::default() }
    }

    /// Adds a condition; `{}` in it stand for the values.
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql += if self.conditions == 0 { "\nWHERE " } else { "\n  AND " };
        self.conditions += 1;
        self.push(condition, values);
    }

    fn push(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        let mut parts = text.split("{}");
        self.sql += parts.next().unwrap_or_default();
        for (part, value) in parts.zip(values) {
            self.values.push(value);
            self.sql += &format!("${}{part}", self.values.len());
        }
    }
}

/// A page of instances, behind the one with this number, newest first.
pub(crate) fn instances(filter: &InstanceFilter, before: Option<i64>, limit: i64) -> Query {
    let mut query = Query::new(format!("SELECT {SUMMARY_COLUMNS} FROM instances i"));
    instance_conditions(&mut query, filter);
    if let Some(before) = before {
        query.and("i.n < {}", [Value::Int(before)]);
    }
    query.push("\nORDER BY i.n DESC LIMIT {}", [Value::Int(limit)]);
    query
}

/// How many instances match.
pub(crate) fn count(filter: &InstanceFilter) -> Query {
    let mut query = Query::new("SELECT count(*) FROM instances i".to_owned());
    instance_conditions(&mut query, filter);
    query
}

fn instance_conditions(query: &mut Query, filter: &InstanceFilter) {
    for (name, value) in &filter.labels {
        let labelled = "i.n IN (SELECT l.instance FROM labels l WHERE l.name = {} AND l.value = {})";
        query.and(labelled, [name.into(), value.into()]);
    }
    if let Some(flow) = &filter.flow {
        query.and("i.flow = {}", [flow.into()]);
    }
    if !filter.status.is_empty() {
        // The words are fixed; written out, they let the partial index on the status be used.
        let names: Vec<_> = filter.status.iter().map(|status| format!("'{}'", status.name())).collect();
        query.and(&format!("i.status IN ({})", names.join(", ")), []);
        if !filter.status.contains(&InstanceStatus::Completed) {
            query.and("i.status <> 'completed'", []);
        }
    }
    if let Some(parent) = filter.parent {
        query.and("i.parent = {}", [blob(parent)]);
    }
    if let Some(from) = filter.started_from {
        query.and("i.started >= {}", [Value::Int(from.millis())]);
    }
    if let Some(before) = filter.started_before {
        query.and("i.started < {}", [Value::Int(before.millis())]);
    }
}

fn blob(id: InstanceId) -> Value {
    Value::Blob(id.uuid().as_bytes().to_vec())
}

/// Queries of which each gives the first rows of one part of the answer, in order; the answer is their merge.
///
/// If a person is asked for, each query looks tasks up by one entry of `task_inbox`: it walks an index in the order of
/// the answer, and stops at the limit.
pub(crate) fn tasks(filter: &TaskFilter, after: Option<&TaskCursor>, limit: i64) -> Vec<Query> {
    let page = |entry| tasks_by(entry, filter, after, limit);
    match &filter.visible_to {
        Some(actor) => seen_by(actor).into_iter().map(|entry| page(Some(entry))).collect(),
        None => vec![page(filter.assignee.as_ref().map(|name| (Kind::Assignee, name.as_str())))],
    }
}

fn tasks_by(
    entry: Option<(Kind, &str)>,
    filter: &TaskFilter,
    after: Option<&TaskCursor>,
    limit: i64,
) -> Query {
    // The table whose index gives the order.
    let (from, by) = match entry {
        Some(_) => ("task_inbox b JOIN tasks t ON t.id = b.id", "b"),
        None => ("tasks t", "t"),
    };
    let mut query = Query::new(format!("SELECT {TASK_COLUMNS} FROM {from}"));
    if let Some((kind, name)) = entry {
        query.and(
            "b.kind = {} AND b.name = {}",
            [Value::Text(kind.name().to_owned()), Value::Text(name.to_owned())],
        );
        if let Some(actor) = filter.visible_to.as_ref().filter(|_| kind != Kind::Assignee) {
            query.and(NOT_EXCLUDED, [(&actor.id).into()]);
        }
    }
    task_conditions(&mut query, filter);
    if let Some(after) = after {
        let (urgency, due, created) = after.urgency();
        let (created, id) = (Value::Int(created), Value::Blob(task_key(after.id)));
        match filter.sort {
            TaskSort::Urgency => query.and(
                &format!("({by}.urgency, {by}.due, {by}.created, {by}.id) > ({{}}, {{}}, {{}}, {{}})"),
                [Value::Int(urgency), Value::Int(due), created, id],
            ),
            TaskSort::Age => query.and(&format!("({by}.created, {by}.id) > ({{}}, {{}})"), [created, id]),
        }
    }
    let order = match filter.sort {
        TaskSort::Urgency => format!("{by}.urgency, {by}.due, {by}.created, {by}.id"),
        TaskSort::Age => format!("{by}.created, {by}.id"),
    };
    query.push(&format!("\nORDER BY {order} LIMIT {{}}"), [Value::Int(limit)]);
    query
}

/// An entry with this name among those that exclude somebody from the same task.
const NOT_EXCLUDED: &str = "NOT EXISTS (SELECT 1 FROM task_inbox x WHERE x.kind = 'excluded' AND x.name = {}
      AND x.urgency = b.urgency AND x.due = b.due AND x.created = b.created AND x.id = b.id)";

fn task_conditions(query: &mut Query, filter: &TaskFilter) {
    if let Some(name) = &filter.assignee {
        query.and("t.assignee = {}", [name.into()]);
    }
    if filter.unassigned {
        query.and("t.assignee IS NULL", []);
    }
    if let Some(flow) = &filter.flow {
        query.and("t.flow = {}", [flow.into()]);
    }
    if let Some(instance) = filter.instance {
        let bound = |activation| Value::Blob(task_key(TaskId { instance, activation }));
        query.and("t.id BETWEEN {} AND {}", [bound(0), bound(u32::MAX)]);
    }
    if let Some(priority) = filter.priority {
        query.and("t.urgency = {}", [Value::Int(urgency(priority))]);
    }
    if let Some(limit) = filter.due_before {
        query.and("t.due <= {}", [Value::Int(limit.millis())]);
        query.and("t.due <> 9223372036854775807", []);
    }
}
