//! Open tasks: who sees them, and in which order.

use std::sync::Arc;

use super::Bed;
use super::make::*;
use crate::base::{ErrorKind, TaskId};
use crate::definition::TaskPriority;
use crate::protocol::{Actor, CandidateSet};
use crate::store::{Commit, Store, TaskCursor, TaskFilter, TaskRow, TaskSort, TaskWrite};

async fn found(store: &Arc<dyn Store>, filter: &TaskFilter) -> Vec<u32> {
    let tasks = store.tasks(filter, &page(1_000, None)).await.unwrap();
    tasks.into_iter().map(|task| task.id.activation).collect()
}

fn seen_by(actor: Actor) -> TaskFilter {
    TaskFilter { visible_to: Some(actor), ..TaskFilter::default() }
}

fn group(mut actor: Actor, group: &str) -> Actor {
    actor.groups.push(group.to_owned());
    actor
}

fn open_to(activation: u32, roles: &[&str], groups: &[&str], users: &[&str]) -> TaskRow {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let candidates = CandidateSet { roles: words(roles), groups: words(groups), users: words(users) };
    TaskRow { candidates, ..task(id(1), activation) }
}

fn assigned(activation: u32, assignee: &str) -> TaskRow {
    TaskRow { assignee: Some(assignee.to_owned()), ..task(id(1), activation) }
}

pub(super) async fn a_task_is_put_replaced_and_removed(bed: Bed) {
    let store = bed.open().await;
    let first = TaskRow {
        due: Some(at(9)),
        excluded: words(["bob"]),
        ..open_to(1, &["clerk"], &["north"], &["ann"])
    };
    put_tasks(&store, [first.clone(), task(id(1), 2)]).await;
    assert_eq!(store.task(first.id).await.unwrap(), Some(first.clone()));
    let second = TaskRow {
        assignee: Some("ann".to_owned()),
        priority: TaskPriority::Urgent,
        step: "again".to_owned(),
        flow: "moved".to_owned(),
        created: at(2_000),
        due: None,
        view: b"{\"n\":2}".to_vec(),
        ..first
    };
    put_tasks(&store, [second.clone()]).await;
    assert_eq!(bed.open().await.task(second.id).await.unwrap(), Some(second.clone()));
    assert_eq!(store.tasks(&TaskFilter::default(), &page(10, None)).await.unwrap().len(), 2);
    let tasks = vec![TaskWrite::Remove(second.id), TaskWrite::Remove(task_id(id(1), 99))];
    accept(&store, Commit { tasks, ..step(id(1), 1) }).await;
    assert_eq!(store.task(second.id).await.unwrap(), None);
    assert_eq!(found(&store, &TaskFilter::default()).await, [2]);
    assert_eq!(found(&store, &seen_by(Actor::new("ann").role("clerk"))).await, [0; 0]);
}

pub(super) async fn a_task_is_seen_by_who_has_it_or_may_take_it(bed: Bed) {
    let store = bed.open().await;
    let excluding = |task: TaskRow, person: &str| TaskRow { excluded: words([person]), ..task };
    let tasks = [
        open_to(1, &["clerk"], &[], &[]),
        open_to(2, &[], &["north"], &[]),
        open_to(3, &[], &[], &["ann"]),
        open_to(4, &["clerk", "boss"], &["north"], &["ann", "bob"]),
        excluding(open_to(5, &["clerk"], &[], &["bob"]), "ann"),
        assigned(6, "ann"),
        excluding(assigned(7, "ann"), "ann"),
        open_to(8, &["ann"], &["ann"], &["clerk", "north"]),
        task(id(1), 9),
    ];
    put_tasks(&store, tasks.clone()).await;
    let ann = || Actor::new("ann");
    for (actor, expected) in [
        (ann(), vec![3, 4, 6, 7]),
        (ann().role("clerk"), vec![1, 3, 4, 6, 7]),
        (ann().role("boss"), vec![3, 4, 6, 7]),
        (group(ann(), "north"), vec![2, 3, 4, 6, 7]),
        (group(ann().role("clerk").role("boss"), "north"), vec![1, 2, 3, 4, 6, 7]),
        (Actor::new("bob"), vec![4, 5]),
        (Actor::new("bob").role("clerk"), vec![1, 4, 5]),
        (Actor::new("cid").role("clerk"), vec![1, 4, 5]),
        (group(Actor::new("cid"), "north"), vec![2, 4]),
        (group(Actor::new("cid").role("north"), "clerk"), vec![]),
        (Actor::new("clerk"), vec![8]),
        (Actor::new("cid"), vec![]),
        (Actor::new(""), vec![]),
    ] {
        assert_eq!(found(&store, &seen_by(actor.clone())).await, expected, "{actor:?}");
        let by_hand = tasks.iter().filter(|task| task.visible_to(&actor)).map(|task| task.id.activation);
        assert_eq!(by_hand.collect::<Vec<_>>(), expected, "{actor:?}");
    }
}

pub(super) async fn a_task_that_somebody_has_is_seen_by_nobody_else(bed: Bed) {
    let store = bed.open().await;
    let offered = open_to(1, &["clerk"], &[], &[]);
    let (ann, bob) = (Actor::new("ann").role("clerk"), Actor::new("bob").role("clerk"));
    let claimed = TaskRow { assignee: Some("ann".to_owned()), ..offered.clone() };
    for (task, for_ann, for_bob) in [(&offered, 1, 1), (&claimed, 1, 0), (&offered, 1, 1), (&claimed, 1, 0)] {
        put_tasks(&store, [task.clone()]).await;
        assert_eq!(found(&store, &seen_by(ann.clone())).await.len(), for_ann);
        assert_eq!(found(&store, &seen_by(bob.clone())).await.len(), for_bob);
    }
}

pub(super) async fn a_changed_task_is_found_in_its_new_place_only(bed: Bed) {
    let store = bed.open().await;
    let first = open_to(1, &["clerk", "boss"], &[], &["ann"]);
    put_tasks(&store, [first.clone()]).await;
    let second =
        TaskRow { priority: TaskPriority::High, due: Some(at(3)), ..open_to(1, &["boss"], &["north"], &[]) };
    put_tasks(&store, [second]).await;
    for (actor, expected) in [
        (Actor::new("x").role("clerk"), 0),
        (Actor::new("x").role("boss"), 1),
        (Actor::new("ann"), 0),
        (group(Actor::new("x").role("boss"), "north"), 1),
    ] {
        assert_eq!(found(&store, &seen_by(actor.clone())).await.len(), expected, "{actor:?}");
    }
    put_tasks(&store, [TaskRow { excluded: words(["ann"]), ..first.clone() }]).await;
    assert_eq!(found(&store, &seen_by(Actor::new("ann").role("clerk"))).await, [0; 0]);
    put_tasks(&store, [first]).await;
    assert_eq!(found(&store, &seen_by(Actor::new("ann").role("clerk"))).await, [1]);
}

/// Tasks in the order in which urgency shows them; their activations are shuffled.
fn by_urgency() -> Vec<TaskRow> {
    use TaskPriority::{High, Low, Normal, Urgent};
    let task = |activation, priority, due: Option<i64>, created| TaskRow {
        priority,
        due: due.map(at),
        created: at(created),
        ..open_to(activation, &["clerk"], &[], &["ann"])
    };
    vec![
        task(9, Urgent, None, 900),
        task(3, High, Some(-10), 800),
        task(8, High, Some(10), 700),
        task(2, High, Some(10), 701),
        task(4, High, Some(10), 701),
        task(7, High, None, 100),
        task(1, Normal, Some(5), 600),
        task(6, Normal, None, 200),
        task(5, Low, Some(0), 1),
    ]
}

pub(super) async fn the_most_urgent_comes_first(bed: Bed) {
    let store = bed.open().await;
    put_tasks(&store, by_urgency().into_iter().rev()).await;
    let expected: Vec<_> = by_urgency().iter().map(|task| task.id.activation).collect();
    assert_eq!(found(&store, &TaskFilter::default()).await, expected);
    assert_eq!(found(&store, &seen_by(Actor::new("ann").role("clerk"))).await, expected);
}

pub(super) async fn the_oldest_comes_first(bed: Bed) {
    let store = bed.open().await;
    put_tasks(&store, by_urgency()).await;
    let age = TaskFilter { sort: TaskSort::Age, ..TaskFilter::default() };
    let expected = [5, 7, 6, 1, 8, 2, 4, 3, 9];
    assert_eq!(found(&store, &age).await, expected);
    let seen = TaskFilter { sort: TaskSort::Age, ..seen_by(Actor::new("ann").role("clerk")) };
    assert_eq!(found(&store, &seen).await, expected);
}

pub(super) async fn pages_of_tasks_miss_and_repeat_nothing(bed: Bed) {
    let store = bed.open().await;
    put_tasks(&store, by_urgency()).await;
    for sort in [TaskSort::Urgency, TaskSort::Age] {
        for visible_to in [None, Some(Actor::new("ann").role("clerk"))] {
            let filter = TaskFilter { sort, visible_to, ..TaskFilter::default() };
            let all = found(&store, &filter).await;
            for limit in [1, 2, 4, 9] {
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let part = store.tasks(&filter, &page(limit, after)).await.unwrap();
                    assert!(part.len() <= limit);
                    let Some(last) = part.last() else { break };
                    after = Some(last.cursor().to_string());
                    seen.extend(part.iter().map(|task| task.id.activation));
                }
                assert_eq!(seen, all, "pages of {limit} by {sort:?}");
            }
        }
    }
}

pub(super) async fn a_cursor_outlives_its_task(bed: Bed) {
    let store = bed.open().await;
    put_tasks(&store, by_urgency()).await;
    let first = store.tasks(&TaskFilter::default(), &page(4, None)).await.unwrap();
    let place = first[3].cursor().to_string();
    accept(&store, Commit { tasks: vec![TaskWrite::Remove(first[3].id)], ..step(id(1), 1) }).await;
    let second = store.tasks(&TaskFilter::default(), &page(2, Some(place))).await.unwrap();
    assert_eq!(second.iter().map(|task| task.id.activation).collect::<Vec<_>>(), [4, 7]);
}

pub(super) async fn the_bare_id_of_an_open_task_is_a_place(bed: Bed) {
    let store = bed.open().await;
    put_tasks(&store, by_urgency()).await;
    let after = Some(task_id(id(1), 7).to_string());
    let part = store.tasks(&TaskFilter::default(), &page(2, after)).await.unwrap();
    assert_eq!(part.iter().map(|task| task.id.activation).collect::<Vec<_>>(), [1, 6]);
}

pub(super) async fn an_unknown_place_is_refused(bed: Bed) {
    let store = bed.open().await;
    put_tasks(&store, by_urgency()).await;
    for place in ["nonsense".to_owned(), task_id(id(1), 99).to_string()] {
        let answer = store.tasks(&TaskFilter::default(), &page(2, Some(place))).await;
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    assert!("nonsense".parse::<TaskCursor>().is_err());
}

pub(super) async fn each_filter_narrows(bed: Bed) {
    let store = bed.open().await;
    let other = id(2);
    accept(&store, start(other)).await;
    let foreign = TaskRow { id: TaskId { instance: other, activation: 20 }, ..assigned(20, "ann") };
    accept(&store, Commit { tasks: vec![TaskWrite::Put(Box::new(foreign))], ..step(other, 1) }).await;
    put_tasks(
        &store,
        [
            TaskRow { due: Some(at(10)), ..assigned(1, "ann") },
            TaskRow { flow: "other".to_owned(), due: Some(at(20)), ..open_to(2, &["clerk"], &[], &[]) },
            TaskRow { priority: TaskPriority::High, ..assigned(3, "bob") },
        ],
    )
    .await;
    let any = TaskFilter::default;
    for (filter, expected) in [
        (TaskFilter { assignee: Some("ann".to_owned()), ..any() }, vec![1, 20]),
        (TaskFilter { unassigned: true, ..any() }, vec![2]),
        (TaskFilter { flow: Some("other".to_owned()), ..any() }, vec![2]),
        (TaskFilter { instance: Some(other), ..any() }, vec![20]),
        (TaskFilter { instance: Some(id(1)), ..any() }, vec![3, 1, 2]),
        (TaskFilter { instance: Some(id(9)), ..any() }, vec![]),
        (TaskFilter { priority: Some(TaskPriority::High), ..any() }, vec![3]),
        (TaskFilter { priority: Some(TaskPriority::Low), ..any() }, vec![]),
        (TaskFilter { due_before: Some(at(10)), ..any() }, vec![1]),
        (TaskFilter { due_before: Some(at(i64::MAX)), ..any() }, vec![1, 2]),
        (TaskFilter { assignee: Some("ann".to_owned()), due_before: Some(at(99)), ..any() }, vec![1]),
        (TaskFilter { assignee: Some("ann".to_owned()), unassigned: true, ..any() }, vec![]),
        (TaskFilter { unassigned: true, ..seen_by(Actor::new("ann").role("clerk")) }, vec![2]),
        (TaskFilter { assignee: Some("ann".to_owned()), ..seen_by(Actor::new("bob")) }, vec![]),
        (TaskFilter { instance: Some(other), ..seen_by(Actor::new("ann").role("clerk")) }, vec![20]),
        (TaskFilter { due_before: Some(at(15)), ..seen_by(Actor::new("ann").role("clerk")) }, vec![1]),
    ] {
        assert_eq!(found(&store, &filter).await, expected, "{filter:?}");
    }
}

pub(super) async fn the_load_of_people_is_counted(bed: Bed) {
    let store = bed.open().await;
    put_tasks(
        &store,
        [assigned(1, "ann"), assigned(2, "ann"), assigned(3, "bob"), open_to(4, &[], &[], &["cid"])],
    )
    .await;
    let load =
        |who: [&str; 3], open: [u64; 3]| who.map(str::to_owned).into_iter().zip(open).collect::<Vec<_>>();
    let people = ["bob", "ann", "cid"];
    assert_eq!(store.task_load(&words(people)).await.unwrap(), load(people, [1, 2, 0]));
    accept(&store, Commit { tasks: vec![TaskWrite::Remove(task_id(id(1), 1))], ..step(id(1), 1) }).await;
    put_tasks(&store, [assigned(3, "cid")]).await;
    assert_eq!(store.task_load(&words(people)).await.unwrap(), load(people, [0, 1, 1]));
    assert_eq!(store.task_load(&[]).await.unwrap(), []);
}

pub(super) async fn a_rejected_commit_writes_no_task(bed: Bed) {
    let store = bed.open().await;
    put_tasks(&store, [assigned(1, "ann")]).await;
    let tasks = vec![TaskWrite::Put(Box::new(assigned(2, "ann"))), TaskWrite::Remove(task_id(id(1), 1))];
    reject(&store, Commit { tasks, ..step(id(1), 9) }).await;
    assert_eq!(found(&store, &TaskFilter::default()).await, [1]);
    assert_eq!(store.task_load(&words(["ann"])).await.unwrap(), [("ann".to_owned(), 1)]);
}
