//! Attempts, and the keys that they have.

use std::collections::{BTreeMap, BTreeSet};

use flowwright::base::InstanceId;
use flowwright::protocol::{Activation, Event};

use crate::end::{End, Life};
use crate::oracle::Entry;

/// An attempt is counted before it runs, so that none runs twice: what was lost with its process runs again as the next
/// attempt. All attempts of a step have one idempotency key, and no two steps have the same. Whatever is recorded as the
/// result of an attempt is one that a handler ran.
pub fn check(end: &End) {
    let mut entries: BTreeMap<(InstanceId, &str, u32), &Entry> = BTreeMap::new();
    let (mut keys, mut owners) = (BTreeMap::new(), BTreeMap::new());
    for entry in &end.told.entries {
        let (id, step) = (entry.instance, entry.step.as_str());
        if let Some(first) = entries.insert((id, step, entry.attempt), entry) {
            let (one, two) = (first.process, entry.process);
            panic!("{id}: processes {one} and {two} have both run {entry:?}{}", end.life(id).story());
        }
        let key = keys.entry((id, step)).or_insert(&entry.key);
        assert_eq!(*key, &entry.key, "{id}: `{step}` has another idempotency key in {entry:?}");
        let owner = owners.entry(&entry.key).or_insert((id, step));
        assert_eq!(*owner, (id, step), "{id}: two steps have the idempotency key of {entry:?}");
    }
    let ran = entries.into_keys().collect();
    for (id, life) in &end.lives {
        results_were_given(*id, life, &ran);
    }
}

/// Every result in the history is of an attempt that ran.
fn results_were_given(id: InstanceId, life: &Life, ran: &BTreeSet<(InstanceId, &str, u32)>) {
    let mut attempts: BTreeMap<&str, u32> = BTreeMap::new();
    for entry in &life.history {
        let Some(step) = entry.step.as_deref() else { continue };
        let attempt = match &entry.event {
            Event::StepActivated { doing: Activation::Activity { .. }, .. } => {
                attempts.insert(step, 1);
                None
            }
            Event::AttemptStarted { work } => {
                let before = attempts.insert(step, work.attempt);
                assert_eq!(before, Some(work.attempt - 1), "{id}: {}{}", entry.json, life.story());
                None
            }
            Event::AttemptFailed { work, .. } | Event::ResultLate { work, .. } => Some(work.attempt),
            Event::StepCompleted { .. } => attempts.get(step).copied(),
            _ => None,
        };
        let given = attempt.is_none_or(|attempt| ran.contains(&(id, step, attempt)));
        assert!(given, "{id}: no handler gave that result: {}{}", entry.json, life.story());
    }
}
