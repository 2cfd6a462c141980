//! Nothing counts twice.

use std::collections::{BTreeMap, BTreeSet};

use flowwright::base::InstanceId;
use flowwright::protocol::{At, Event};

use crate::end::{End, Life};
use crate::oracle::is_signal;

/// Every run of a step completes once; the result of an attempt is recorded once at the most; each call has exactly one
/// child, which knows its parent; a signal arrives once and a task is done once.
pub fn check(end: &End) {
    for (id, life) in &end.lives {
        steps_and_results(*id, life);
    }
    for (id, n, life) in end.jobs() {
        let count = |wanted: &dyn Fn(&Event) -> bool| {
            life.history.iter().filter(|entry| wanted(&entry.event)).count()
        };
        let arrived = count(&|event| is_signal(event, n));
        let delivered = count(&|event| matches!(event, Event::SignalDelivered { .. }));
        let done = count(&|event| matches!(event, Event::TaskDone { .. }));
        let numbers = [("arrived", arrived), ("delivered", delivered), ("done", done)];
        assert!(numbers.iter().all(|(_, count)| *count == 1), "{id}: {numbers:?}{}", life.story());
    }
    keys(end);
    children(end);
}

fn steps_and_results(id: InstanceId, life: &Life) {
    let (mut completed, mut results) = (BTreeSet::new(), BTreeSet::new());
    let mut attempts: BTreeMap<At, u32> = BTreeMap::new();
    for entry in &life.history {
        let result = match &entry.event {
            Event::StepActivated { at, .. } => {
                assert!(attempts.insert(*at, 1).is_none(), "{id}: {:?} began twice", entry.step);
                None
            }
            Event::AttemptStarted { work } => {
                attempts.insert(work.at, work.attempt);
                None
            }
            Event::StepCompleted { at, .. } => {
                assert!(completed.insert(*at), "{id}: {:?} was completed twice{}", entry.step, life.story());
                Some((*at, attempts[at]))
            }
            Event::AttemptFailed { work, .. } | Event::ResultLate { work, .. } => {
                Some((work.at, work.attempt))
            }
            _ => None,
        };
        let new = result.is_none_or(|result| results.insert(result));
        assert!(new, "{id}: a result was recorded twice: {}{}", entry.json, life.story());
    }
}

/// No two jobs have one number.
fn keys(end: &End) {
    let mut numbers = BTreeMap::new();
    for (id, n, _) in end.jobs() {
        let other = numbers.insert(n, id);
        assert!(other.is_none(), "{id}: it is job {n}, and so is {other:?}");
    }
}

/// What calls have started, and what is there, is the same.
fn children(end: &End) {
    let mut called = BTreeMap::new();
    for (id, life) in &end.lives {
        let children: Vec<_> = life.children().collect();
        let expected = usize::from(life.number().is_some());
        assert_eq!(children.len(), expected, "{id}: the children{}", life.story());
        for (child, entry) in children {
            let Event::StepActivated { at, .. } = entry.event else { continue };
            assert!(called.insert(child, (*id, at)).is_none(), "{child}: two calls have started it");
        }
    }
    for (id, life) in &end.lives {
        let parent = life.state.parent().map(|parent| (parent.instance, parent.at));
        assert_eq!(parent, called.remove(id), "{id}: its parent");
        assert_eq!(life.summary.row.parent, parent.map(|(id, _)| id), "{id}: the parent in its row");
    }
    assert!(called.is_empty(), "children of calls that are not there: {called:?}");
}
