//! Acknowledged is kept.

use flowwright::protocol::Event;
use serde_json::json;

use crate::end::End;
use crate::oracle::{Deed, is_signal};

/// Whatever a caller was told is still so at the end: which instance a job is, that a signal was taken, how an instance
/// ended, who has done a task; and nobody was told anything that cannot be.
pub fn check(end: &End) {
    assert!(end.told.wrong.is_empty(), "callers were told what cannot be: {:#?}", end.told.wrong);
    for (n, id) in &end.told.started {
        let number = end.life(*id).number();
        assert_eq!(number, Some(*n), "{id}: it was acknowledged as job {n}");
    }
    for (n, id) in &end.told.signalled {
        let arrived = end.life(*id).history.iter().any(|entry| is_signal(&entry.event, *n));
        assert!(arrived, "{id}: the signal of job {n} was acknowledged, and is lost");
    }
    for (id, heard) in &end.told.outcomes {
        let state = &end.life(*id).state;
        assert_eq!(
            (heard.status, &heard.output, heard.error.as_ref()),
            (state.status(), &state.output(), state.error()),
            "{id}: it ended otherwise than was heard"
        );
    }
    end.told.done.iter().for_each(|deed| done(end, deed));
    for deed in &end.told.refused {
        let own = request_of(end, deed) == Some(&deed.request);
        assert!(!own, "{}: {} was told that somebody else had done it: {deed:?}", deed.task, deed.person);
    }
}

/// The task was done by this request, and the step has what the person said.
fn done(end: &End, deed: &Deed) {
    let task = deed.task;
    assert_eq!(request_of(end, deed), Some(&deed.request), "{task}: {deed:?} was acknowledged");
    let said = end.life(task.instance).history.iter().find_map(|entry| match &entry.event {
        Event::StepCompleted { output, .. } if entry.step.as_deref() == Some("agree") => Some(output),
        _ => None,
    });
    let expected = json!({"outcome": deed.outcome, "data": {"step": "agree"}, "by": deed.person});
    assert_eq!(said.map(|output| &**output), Some(&expected), "{task}: {deed:?} was acknowledged");
}

/// The request by which the task of a deed was done. A job has one task.
fn request_of<'a>(end: &'a End, deed: &Deed) -> Option<&'a String> {
    end.life(deed.task.instance).history.iter().find_map(|entry| match &entry.event {
        Event::TaskDone { request, .. } => request.as_ref(),
        _ => None,
    })
}
