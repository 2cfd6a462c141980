//! Places in an ordered answer, and what makes a task fit a question.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{InstanceFilter, InstanceSummary, TaskFilter, TaskRow, TaskSort};
use crate::base::{Error, ErrorKind, TaskId, Timestamp};
use crate::definition::TaskPriority;
use crate::protocol::{Actor, TaskView};

/// The place of a task in every order of tasks, as text for [`Page::after`](super::Page::after). Unlike the bare id
/// it stays good when the task is closed between two pages. Shown as `UUID.N@PRIORITY,DUE,CREATED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskCursor {
    /// The task's priority.
    pub priority: TaskPriority,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// When it was offered.
    pub created: Timestamp,
    /// The task.
    pub id: TaskId,
}

impl From<&TaskView> for TaskCursor {
    fn from(task: &TaskView) -> Self {
        Self { priority: task.priority, due: task.due, created: task.created, id: task.id }
    }
}

impl TaskCursor {
    /// The numbers that [`TaskSort::Urgency`] sorts by, smallest first, before the id: how little urgent, due, created.
    pub fn urgency(&self) -> (i64, i64, i64) {
        (3 - rank(self.priority), self.due.map_or(i64::MAX, Timestamp::millis), self.created.millis())
    }

    /// Which of two tasks comes first.
    pub fn compare(&self, other: &Self, sort: TaskSort) -> Ordering {
        let order = match sort {
            TaskSort::Urgency => self.urgency().cmp(&other.urgency()),
            TaskSort::Age => self.created.cmp(&other.created),
        };
        order.then_with(|| self.id.cmp(&other.id))
    }
}

const fn rank(priority: TaskPriority) -> i64 {
    match priority {
        TaskPriority::Low => 0,
        TaskPriority::Normal => 1,
        TaskPriority::High => 2,
        TaskPriority::Urgent => 3,
    }
}

impl fmt::Display for TaskCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (urgency, due, created) = self.urgency();
        write!(f, "{}@{urgency},{due},{created}", self.id)
    }
}

impl FromStr for TaskCursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidArgument,
                format!("`{text}` is no place among tasks: take it from the last task of the page before"),
            )
        })
    }
}

fn parse(text: &str) -> Option<TaskCursor> {
    let (id, place) = text.split_once('@')?;
    let mut numbers = place.split(',').map(|number| number.parse::<i64>().ok());
    let (urgency, due, created) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let priority = [TaskPriority::Urgent, TaskPriority::High, TaskPriority::Normal, TaskPriority::Low];
    Some(TaskCursor {
        priority: *priority.get(usize::try_from(urgency).ok()?)?,
        due: (due != i64::MAX).then_some(Timestamp::from_millis(due)),
        created: Timestamp::from_millis(created),
        id: id.parse().ok()?,
    })
}

impl TaskRow {
    /// Its place among tasks, for [`Page::after`](super::Page::after).
    pub fn cursor(&self) -> TaskCursor {
        TaskCursor { priority: self.priority, due: self.due, created: self.created, id: self.id }
    }

    /// Whether this person has the task; or may take it: nobody has it, the person is a candidate (by id, a role or a
    /// group) and not excluded. A task without candidates is for nobody to take.
    pub fn visible_to(&self, actor: &Actor) -> bool {
        if let Some(assignee) = &self.assignee {
            return *assignee == actor.id;
        }
        let among = |offered: &[String], held: &[String]| offered.iter().any(|name| held.contains(name));
        !self.excluded.contains(&actor.id)
            && (self.candidates.users.contains(&actor.id)
                || among(&self.candidates.roles, &actor.roles)
                || among(&self.candidates.groups, &actor.groups))
    }
}

impl TaskFilter {
    /// Whether a task fits.
    pub fn matches(&self, task: &TaskRow) -> bool {
        self.visible_to.as_ref().is_none_or(|actor| task.visible_to(actor))
            && self.assignee.as_ref().is_none_or(|name| task.assignee.as_ref() == Some(name))
            && (!self.unassigned || task.assignee.is_none())
            && self.flow.as_ref().is_none_or(|flow| task.flow == *flow)
            && self.instance.is_none_or(|instance| task.id.instance == instance)
            && self.priority.is_none_or(|priority| task.priority == priority)
            && self.due_before.is_none_or(|limit| task.due.is_some_and(|due| due <= limit))
    }
}

impl InstanceFilter {
    /// Whether an instance fits.
    pub fn matches(&self, instance: &InstanceSummary) -> bool {
        let row = &instance.row;
        self.flow.as_ref().is_none_or(|flow| row.flow == *flow)
            && (self.status.is_empty() || self.status.contains(&row.status))
            && self.labels.iter().all(|(name, value)| row.labels.get(name) == Some(value))
            && self.parent.is_none_or(|parent| row.parent == Some(parent))
            && self.started_from.is_none_or(|from| row.started >= from)
            && self.started_before.is_none_or(|before| row.started < before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::InstanceId;

    #[test]
    fn a_cursor_reads_what_it_shows() {
        let id = TaskId { instance: InstanceId::new(uuid::Uuid::from_u128(7)), activation: 3 };
        for due in [None, Some(Timestamp::from_millis(-5))] {
            for priority in
                [TaskPriority::Low, TaskPriority::Normal, TaskPriority::High, TaskPriority::Urgent]
            {
                let cursor = TaskCursor { priority, due, created: Timestamp::from_millis(9), id };
                assert_eq!(cursor.to_string().parse::<TaskCursor>().unwrap(), cursor);
            }
        }
        assert!("nonsense".parse::<TaskCursor>().is_err());
        assert!(format!("{id}@9,0,0").parse::<TaskCursor>().is_err());
    }
}
