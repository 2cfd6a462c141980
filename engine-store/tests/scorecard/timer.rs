//! Timers.

use std::collections::BTreeMap;

use flowwright::protocol::{Event, InstanceStatus};
use serde_json::json;

use crate::support::{end, virtual_builder};
use crate::world::{World, count, pass, reaches, run, story, times};

const NAP: &str = "flow: nap\nsteps: [{id: t, type: timer, delay: '${ input.delay }'}]";

#[tokio::test(start_paused = true)]
async fn tmr01_a_timer_fires_once_not_early_and_a_crash_does_not_move_it() {
    for crash_at in [None, Some(10), Some(3_000), Some(4_990)] {
        let mut world = World::new();
        let mut process = world.open().await;
        process.engine.deploy(NAP).await.unwrap();
        let id = process.engine.start("nap", json!({"delay": "5s"})).await.unwrap().id;
        if let Some(millis) = crash_at {
            pass(millis).await;
            world.crash(process);
            process = world.open().await;
        }
        assert_eq!(end(&process.engine, id).await.status, InstanceStatus::Completed);
        let fired = times(&process.engine, id, "step_completed").await;
        // The heir of a crash waits for the lease to end before it looks.
        let latest = crash_at.map_or(5_010, |millis| (millis + 4_100).max(5_010));
        assert!(fired.len() == 1 && (5_000..=latest).contains(&fired[0]), "{crash_at:?}: {fired:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn tmr02_ten_thousand_timers_of_one_second_fire_in_their_order() {
    let (builder, _) = virtual_builder();
    let engine = builder.open().await.unwrap();
    engine
        .deploy(
            "flow: many\nsteps: [{id: e, type: for_each, items: input, steps: [{id: t, type: timer, delay: '${ item }'}]}]",
        )
        .await
        .unwrap();
    let (mut ids, mut due) = (Vec::new(), BTreeMap::new());
    for n in 0..20_u64 {
        let delays: Vec<_> = (0..500).map(|item| 60_000 + (n * 500 + item) * 7_919 % 1_000).collect();
        let texts: Vec<_> = delays.iter().map(|millis| format!("{millis}ms")).collect();
        let id = engine.start("many", json!(texts)).await.unwrap().id;
        ids.push(id);
        due.insert(id, delays);
    }
    for id in &ids {
        assert_eq!(end(&engine, *id).await.status, InstanceStatus::Completed);
    }
    let mut fired = 0;
    for id in ids {
        let history = engine.history(id).await.unwrap();
        let start = history[0].at;
        let mut last = 0;
        for entry in history {
            let Event::StepCompleted { .. } = entry.event else { continue };
            let Some(item) =
                entry.step.as_deref().and_then(|step| step.strip_prefix("e[")?.strip_suffix("]/t"))
            else {
                continue;
            };
            let (at, wanted) = (entry.at.since(start).millis(), due[&id][item.parse::<usize>().unwrap()]);
            assert!((wanted..wanted + 50).contains(&at), "due at {wanted}, fired at {at}");
            assert!(last <= wanted, "{wanted} after {last}");
            last = wanted;
            fired += 1;
        }
    }
    assert_eq!(fired, 10_000);
}

#[tokio::test(start_paused = true)]
async fn tmr03_a_timer_of_a_year_fires_and_nothing_is_kept_in_memory_for_it() {
    const DAY: u64 = 86_400_000;
    let mut world = World::new();
    let engine = world.open_patient().await.engine;
    engine.deploy(NAP).await.unwrap();
    let id = engine.start("nap", json!({"delay": "365d"})).await.unwrap().id;
    pass(30 * DAY).await;
    // It is parked: what remains is its row, and when it has to be looked at.
    let started = engine.get(id).await.unwrap().started;
    let wake = engine.summary(id).await.unwrap().row.wake.unwrap();
    assert_eq!(wake.since(started).millis(), 365 * DAY);
    // Nobody runs for most of the year.
    engine.shutdown(std::time::Duration::ZERO).await.unwrap();
    pass(320 * DAY).await;
    let engine = world.open_patient().await.engine;
    pass(10 * DAY).await;
    assert!(engine.outcome(id).await.unwrap().is_none());
    assert_eq!(end(&engine, id).await.status, InstanceStatus::Completed);
    let late = times(&engine, id, "step_completed").await[0] - 365 * DAY;
    assert!(late < 1_000, "{late} ms late");
}

#[tokio::test(start_paused = true)]
async fn tmr04_what_came_due_while_nobody_ran_fires_at_once_and_once() {
    let mut world = World::new();
    let first = world.open().await;
    first.engine.deploy(NAP).await.unwrap();
    let id = first.engine.start("nap", json!({"delay": "1h"})).await.unwrap().id;
    world.crash(first);
    pass(5 * 3_600_000).await;
    let back = world.now();
    let engine = world.open().await.engine;
    end(&engine, id).await;
    let history = engine.history(id).await.unwrap();
    let late = history.iter().find(|entry| entry.event.name() == "step_completed").unwrap().at.since(back);
    assert!(late.millis() < 100, "{late}");
    pass(3_600_000).await;
    assert_eq!(
        story(&engine, id).await,
        ["instance_started", "step_activated t", "step_completed t", "instance_ended"]
    );
}

#[tokio::test(start_paused = true)]
async fn tmr05_a_cancelled_timer_never_fires() {
    let flow = "
flow: f
steps:
  - {id: t, type: timer, delay: 1h, next: [{to: late}, {to: called, on: signal, signal: call}]}
  - {id: late, type: activity, handler: work}
  - {id: called, type: signal, name: end}
";
    let mut world = World::new();
    let engine = world.open().await.engine;
    engine.deploy(flow).await.unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    engine.signal(id, "call", json!(1)).await.unwrap();
    reaches(&engine, id, "called", "active").await;
    let before = story(&engine, id).await;
    assert_eq!(count(&before, "step_cancelled t"), 1);
    pass(3 * 3_600_000).await;
    assert_eq!(story(&engine, id).await, before);
    assert_eq!(engine.summary(id).await.unwrap().row.wake, None);
    engine.signal(id, "end", json!(1)).await.unwrap();
    assert_eq!(end(&engine, id).await.status, InstanceStatus::Completed);
    assert!(world.diary.lines().is_empty());

    // A race takes its loser's timer away as well.
    let race = "flow: r\nsteps: [{id: s, type: assign, set: {x: '1'}, choose: race, next: [a, b]}, {id: a, type: timer, delay: 1s}, {id: b, type: timer, delay: 2s}]";
    let (id, _) = run(&engine, race, json!({})).await;
    let story = story(&engine, id).await;
    assert_eq!((count(&story, "step_completed a"), count(&story, "step_cancelled b")), (1, 1));
}
