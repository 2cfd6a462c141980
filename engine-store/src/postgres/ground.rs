//! What a group of calls stands on: everything that is there already and matters for the verdicts, read in one flight.

use std::collections::{BTreeSet, HashMap};

use flowwright::base::{InstanceId, TaskId};
use flowwright::store::{TaskRow, TaskWrite};

use super::error::Trouble;
use super::flight::Flight;
use super::link::Link;
use super::param::params;
use super::row::{self, Id};
use super::writer::Call;
use crate::sql::codec::{task_key, uint};
use crate::sql::statement as sql;

/// An instance as the database has it.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Its number inside the database.
    pub n: i64,
    /// The last sequence number of its history.
    pub seq: u64,
    /// Its flow and key, where it has one.
    pub key: Option<(String, String)>,
    /// Its labels, as they are written.
    pub labels: Option<String>,
}

/// What is there, and numbers for what is not.
#[derive(Default)]
pub(super) struct Ground {
    pub instances: HashMap<InstanceId, Standing>,
    pub keys: HashMap<(String, String), InstanceId>,
    pub fences: HashMap<u32, u64>,
    pub tasks: HashMap<TaskId, TaskRow>,
    /// Items whose `dedup` one of the deliveries has too, by what may be there once.
    pub repeated: HashMap<(InstanceId, String), u64>,
    /// For instances that are created.
    pub numbers: Vec<i64>,
}

/// What has to be looked up.
#[derive(Default)]
struct Questions {
    instances: BTreeSet<InstanceId>,
    keys: BTreeSet<(String, String)>,
    fenced: BTreeSet<u32>,
    tasks: BTreeSet<TaskId>,
    dedups: BTreeSet<(InstanceId, String)>,
    created: i64,
}

impl Questions {
    fn of(group: &[Call]) -> Self {
        let mut questions = Self::default();
        for (commit, (id, _)) in group.iter().flat_map(|call| call.commits.iter().zip(&call.checked)) {
            questions.instances.insert(*id);
            questions.created += i64::from(commit.expected_seq == 0);
            questions.fenced.extend(commit.fence.map(|_| commit.shard));
            questions.tasks.extend(commit.tasks.iter().map(|write| match write {
                TaskWrite::Put(row) => row.id,
                TaskWrite::Remove(id) => *id,
            }));
            if let Some((row, key)) = commit.summary.as_ref().and_then(|row| Some((row, row.key.as_ref()?))) {
                questions.keys.insert((row.flow.clone(), key.clone()));
            }
        }
        for item in group.iter().flat_map(Call::deliveries) {
            questions.dedups.extend(item.dedup.as_ref().map(|dedup| (item.instance, dedup.clone())));
        }
        questions
    }
}

/// Begins a transaction, locks what the group writes, and reads what it stands on.
pub(super) async fn begin(client: &Link, group: &[Call]) -> Result<Ground, Trouble> {
    let questions = Questions::of(group);
    let mut flight = Flight::begin("BEGIN ISOLATION LEVEL READ COMMITTED");
    let fences = (!questions.fenced.is_empty()).then(|| {
        flight.add(sql::LOCK_FENCES, Vec::new());
        let shards: Vec<_> = questions.fenced.iter().map(|shard| i64::from(*shard)).collect();
        flight.add(sql::FENCES, params![shards])
    });
    let instances = (!questions.instances.is_empty()).then(|| {
        let ids: Vec<_> = questions.instances.iter().map(|id| Id::from(*id)).collect();
        flight.add(sql::LOCK_INSTANCES, params![ids.clone()]);
        flight.add(sql::STANDING, params![ids])
    });
    let keys = (!questions.keys.is_empty()).then(|| {
        let (flows, keys): (Vec<&str>, Vec<&str>) =
            questions.keys.iter().map(|(flow, key)| (flow.as_str(), key.as_str())).unzip();
        flight.add(sql::KEY_OWNERS, params![flows, keys])
    });
    let tasks = (!questions.tasks.is_empty()).then(|| {
        let ids: Vec<_> = questions.tasks.iter().map(|id| task_key(*id)).collect();
        flight.add(sql::TASKS_BY_ID, params![ids])
    });
    let repeated = (!questions.dedups.is_empty()).then(|| {
        let (ids, dedups): (Vec<Id>, Vec<&str>) =
            questions.dedups.iter().map(|(id, dedup)| (Id::from(*id), dedup.as_str())).unzip();
        flight.add(sql::REPEATED, params![ids, dedups])
    });
    let numbers = (questions.created > 0).then(|| flight.add(sql::NUMBERS, params![questions.created]));

    let answers = flight.send(client).await?;
    let rows =
        |place: Option<usize>| place.and_then(|place| answers.get(place)).map_or(&[][..], Vec::as_slice);
    let mut ground = Ground::default();
    for row in rows(fences) {
        ground.fences.insert(row::small(row, 0)?, row::uint(row, 1)?);
    }
    for row in rows(instances) {
        let key = row.try_get::<_, Option<String>>(3)?;
        let standing = Standing {
            n: row.try_get(1)?,
            seq: uint(row.try_get::<_, Option<i64>>(5)?.unwrap_or(0)),
            key: key.map(|key| Ok::<_, Trouble>((row.try_get(2)?, key))).transpose()?,
            labels: row.try_get(4)?,
        };
        ground.instances.insert(row::id(row, 0)?, standing);
    }
    for row in rows(keys) {
        ground.keys.insert((row.try_get(0)?, row.try_get(1)?), row::id(row, 2)?);
    }
    for row in rows(tasks) {
        let task = row::task(row)?;
        ground.tasks.insert(task.id, task);
    }
    for row in rows(repeated) {
        ground.repeated.insert((row::id(row, 1)?, row.try_get(2)?), row::uint(row, 0)?);
    }
    ground.numbers = rows(numbers).iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    ground.numbers.sort_unstable_by(|one, other| other.cmp(one));
    Ok(ground)
}
