//! Timers wait for their time.

use std::collections::BTreeMap;

use flowwright::base::{InstanceId, Timestamp};
use flowwright::engine::HistoryEntry;
use flowwright::protocol::{Activation, At, Event, TaskEvent, TimerKind};

use crate::end::{End, Life};

/// No timer fires before it is due, by the time of the event that it leads to, and none fires that nobody has set.
pub fn check(end: &End) {
    for (id, life) in &end.lives {
        fire_in_time(*id, life);
    }
}

fn fire_in_time(id: InstanceId, life: &Life) {
    let mut due: BTreeMap<(Option<At>, TimerKind), Timestamp> = BTreeMap::new();
    for entry in &life.history {
        set(&mut due, &entry.event);
        if let Some(timer) = fired(entry) {
            let time = due.remove(&timer);
            let (at, json) = (entry.at, &entry.json);
            assert!(
                time.is_some_and(|due| due <= at),
                "{id}: {timer:?} was due at {time:?}: {json}{}",
                life.story()
            );
        }
    }
}

/// The timers that begin with an event.
fn set(due: &mut BTreeMap<(Option<At>, TimerKind), Timestamp>, event: &Event) {
    match event {
        Event::InstanceStarted(start) => {
            due.extend(start.warn.map(|time| ((None, TimerKind::SlaWarn), time)));
            due.extend(start.target.map(|time| ((None, TimerKind::SlaTarget), time)));
        }
        Event::StepActivated { at, timers, doing, .. } => {
            due.extend(timers.iter().map(|(kind, time)| ((Some(*at), *kind), *time)));
            if let Activation::Timer { due: time } = doing {
                due.insert((Some(*at), TimerKind::Due), *time);
            }
        }
        Event::AttemptFailed { work, retry_at, .. } => {
            due.insert((Some(work.at), TimerKind::Retry), *retry_at);
        }
        // It follows at once, and has no timer.
        Event::AttemptLost { work } => {
            due.insert((Some(work.at), TimerKind::Retry), Timestamp::EPOCH);
        }
        _ => {}
    }
}

/// The timer that an event comes of.
fn fired(entry: &HistoryEntry) -> Option<(Option<At>, TimerKind)> {
    match &entry.event {
        Event::StepCompleted { at, .. } if entry.step.as_deref() == Some("nap") => {
            Some((Some(*at), TimerKind::Due))
        }
        Event::AttemptStarted { work } => Some((Some(work.at), TimerKind::Retry)),
        Event::SlaWarned { at } => Some((*at, TimerKind::SlaWarn)),
        Event::SlaMissed { at } => Some((*at, TimerKind::SlaTarget)),
        Event::TaskChanged { at, change: TaskEvent::Overdue, .. } => Some((Some(*at), TimerKind::TaskDue)),
        Event::TaskChanged { at, change: TaskEvent::Escalated { by: None, .. }, .. } => {
            Some((Some(*at), TimerKind::Escalate))
        }
        _ => None,
    }
}
