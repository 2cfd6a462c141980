//! The tables of SQLite, in numbered steps, and the views for people.
//!
//! A released step is never edited: a change is a new step. Neighbouring releases work on one database, so a step only
//! adds what an older release can live with; one that cannot be lived with raises [`COMPATIBLE`](super::migrate::COMPATIBLE).

use super::migrate::Step;

/// All steps, oldest first.
pub(crate) const STEPS: &[Step] = &[Step { version: 1, sql: V1 }];

/// Ids are 16 bytes outside and short ascending integers (`n`) inside: history rows and their only index stay small,
/// and new rows go to the right edge of every table. A history row is appended and never changed; its place in the
/// table is its position in the feed.
///
/// `task_inbox` holds, for each open task, the entries under which people find it, in the order in which they are
/// shown: under its assignee; or, while nobody has it, under each candidate, and under each excluded person.
const V1: &str = "
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('notices', 0);

CREATE TABLE instances (
    n          INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    shard      INTEGER NOT NULL,
    flow       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    key        TEXT,
    status     TEXT NOT NULL,
    wake       INTEGER,
    started    INTEGER NOT NULL,
    ended      INTEGER,
    parent     BLOB,
    error_code TEXT,
    labels     TEXT,
    result     TEXT
);
CREATE UNIQUE INDEX instances_key ON instances (flow, key) WHERE key IS NOT NULL;
CREATE INDEX instances_flow ON instances (flow);
CREATE INDEX instances_wake ON instances (shard, wake) WHERE wake IS NOT NULL;
CREATE INDEX instances_parent ON instances (parent) WHERE parent IS NOT NULL;
CREATE INDEX instances_status ON instances (status) WHERE status <> 'completed';

CREATE TABLE labels (
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    instance INTEGER NOT NULL,
    PRIMARY KEY (name, value, instance)
) WITHOUT ROWID;

CREATE TABLE history (
    position  INTEGER PRIMARY KEY,
    instance  INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    events    BLOB NOT NULL
);
CREATE INDEX history_instance ON history (instance, last_seq);

CREATE TABLE snapshots (
    instance INTEGER PRIMARY KEY,
    seq      INTEGER NOT NULL,
    state    BLOB NOT NULL
);

CREATE TABLE inbox (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    shard    INTEGER NOT NULL,
    instance BLOB NOT NULL,
    dedup    TEXT,
    input    BLOB NOT NULL
);
CREATE UNIQUE INDEX inbox_dedup ON inbox (instance, dedup) WHERE dedup IS NOT NULL;

CREATE TABLE subscriptions (
    name        TEXT NOT NULL,
    correlation TEXT NOT NULL,
    instance    BLOB NOT NULL,
    activation  INTEGER NOT NULL,
    PRIMARY KEY (name, correlation, instance, activation)
) WITHOUT ROWID;

CREATE TABLE tasks (
    n          INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    activation INTEGER NOT NULL,
    flow       TEXT NOT NULL,
    step       TEXT NOT NULL,
    assignee   TEXT,
    candidates TEXT NOT NULL,
    excluded   TEXT NOT NULL,
    urgency    INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    view       BLOB NOT NULL
);
CREATE INDEX tasks_urgency ON tasks (urgency, due, created, id);
CREATE INDEX tasks_age ON tasks (created, id);

CREATE TABLE task_inbox (
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    due     INTEGER NOT NULL,
    created INTEGER NOT NULL,
    id      BLOB NOT NULL,
    PRIMARY KEY (kind, name, urgency, due, created, id)
) WITHOUT ROWID;
CREATE INDEX task_inbox_age ON task_inbox (kind, name, created, id);

CREATE TABLE definitions (
    flow     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    digest   TEXT NOT NULL,
    deployed INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (flow, version)
);
CREATE UNIQUE INDEX definitions_digest ON definitions (flow, digest);

CREATE TABLE definition_labels (
    flow    TEXT NOT NULL,
    label   TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (flow, label)
) WITHOUT ROWID;

CREATE TABLE shards (
    shard   INTEGER PRIMARY KEY,
    owner   BLOB,
    fence   INTEGER NOT NULL,
    expires INTEGER NOT NULL
);

CREATE TABLE owners (
    owner BLOB NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) WITHOUT ROWID;
";

/// For people and their tools; the names and columns are kept from release to release. Times are ISO 8601 in UTC.
///
/// * `flowwright_instances`: one row an instance.
/// * `flowwright_history`: one row a commit, with its events as they were encoded.
/// * `flowwright_events`: one row an event, as JSON: `{"type":"step_skipped","at":[0,3,0]}`.
/// * `flowwright_tasks`: one row an open task.
/// * `flowwright_inbox`: what waits to be taken up.
/// * `flowwright_definitions`: one row a version.
/// * `flowwright_shards`: who owns what.
///
/// They are made anew whenever a database is brought to a newer version.
pub(crate) fn views() -> String {
    let mut sql = String::new();
    for (name, select) in [
        ("instances", INSTANCES.to_owned()),
        ("history", HISTORY.to_owned()),
        ("events", EVENTS.to_owned()),
        ("tasks", TASKS.to_owned()),
        ("inbox", INBOX.to_owned()),
        ("definitions", DEFINITIONS.to_owned()),
        ("shards", SHARDS.to_owned()),
    ] {
        sql +=
            &format!("DROP VIEW IF EXISTS flowwright_{name};\nCREATE VIEW flowwright_{name} AS {select};\n");
    }
    expand(&sql)
}

const INSTANCES: &str = "
SELECT uuid(i.id) AS id, i.flow, i.version, i.key, i.status,
       (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n) AS seq,
       i.shard, time(i.wake) AS wake, time(i.started) AS started, time(i.ended) AS ended,
       uuid(i.parent) AS parent, i.error_code, i.labels, i.result
FROM instances i";

const HISTORY: &str = "
SELECT h.position, (SELECT uuid(i.id) FROM instances i WHERE i.n = h.instance) AS instance,
       h.first_seq, h.last_seq, time(h.at) AS at, h.events
FROM history h";

/// A row of history is `[[at, [event, …]], …, \"hash\"]`.
const EVENTS: &str = "
SELECT h.position, (SELECT uuid(i.id) FROM instances i WHERE i.n = h.instance) AS instance,
       h.first_seq + e.key + (SELECT coalesce(sum(json_array_length(p.value, '$[1]')), 0)
                              FROM json_each(h.events) p WHERE p.key < g.key AND p.type = 'array') AS seq,
       time(g.value ->> 0) AS at,
       json_extract(e.value, '$.type') AS type, e.value AS event
FROM history h,
     json_each(CASE WHEN json_valid(h.events) THEN h.events ELSE '[]' END) g,
     json_each(CASE g.type WHEN 'array' THEN g.value ELSE '[]' END, '$[1]') e";

const TASKS: &str = "
SELECT uuid(t.instance) || '.' || t.activation AS id, t.flow, t.step, t.assignee, t.candidates, t.excluded, t.priority,
       time(t.due) AS due, time(t.created) AS created, t.view
FROM (SELECT substr(id, 1, 16) AS instance, activation, flow, step, assignee, candidates, excluded,
             CASE urgency WHEN 0 THEN 'urgent' WHEN 1 THEN 'high' WHEN 2 THEN 'normal' ELSE 'low' END AS priority,
             nullif(due, 9223372036854775807) AS due, created, view
      FROM tasks) t";

const INBOX: &str = "
SELECT b.id, uuid(b.instance) AS instance, b.shard, b.dedup, b.input FROM inbox b";

const DEFINITIONS: &str = "
SELECT d.flow, d.version, time(d.deployed) AS deployed, d.digest, d.document,
       (SELECT group_concat(l.label, ',') FROM definition_labels l WHERE l.flow = d.flow AND l.version = d.version) AS labels
FROM definitions d";

const SHARDS: &str = "
SELECT s.shard, uuid(s.owner) AS owner, s.fence, time(s.expires) AS expires FROM shards s";

/// Writes `uuid(COLUMN)` and `time(COLUMN)` out: views must work in every tool, without functions of ours.
fn expand(sql: &str) -> String {
    let uuid = |column: &str| {
        let hex = format!("lower(hex({column}))");
        let part = |from: u32, length: u32| format!("substr({hex}, {from}, {length})");
        let parts = [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(" || '-' || ");
        format!("CASE WHEN {column} IS NOT NULL THEN {parts} END")
    };
    let time = |column: &str| format!("strftime('%Y-%m-%dT%H:%M:%fZ', {column} / 1000.0, 'unixepoch')");
    replace_calls(&replace_calls(sql, "uuid(", uuid), "time(", time)
}

fn replace_calls(sql: &str, call: &str, write: impl Fn(&str) -> String) -> String {
    let mut parts = sql.split(call);
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (column, rest) = part.split_once(')').unwrap_or((part, ""));
        expanded += &write(column);
        expanded += rest;
    }
    expanded
}
