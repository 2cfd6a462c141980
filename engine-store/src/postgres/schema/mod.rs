//! The tables, in numbered steps, and the views for people.
//!
//! A released step is never edited: a change is a new step. Neighbouring releases work on one database, so a step only
//! adds what an older release can live with; one that cannot be lived with raises
//! [`COMPATIBLE`](crate::sql::migrate::COMPATIBLE).

mod views;

pub(super) use views::views;

use crate::sql::migrate::Step;

/// All steps, oldest first.
pub(super) const STEPS: &[Step] = &[Step { version: 1, sql: V1 }];

/// The tables of SQLite, with the same names and columns. Ids are UUIDs outside and short ascending integers (`n`)
/// inside. Words compare by their bytes, in every locale. Encoded values are bytes, and JSON is kept as the text that
/// it was, since neither JSON type gives every text back; the views show both as `jsonb`.
///
/// `numbers` gives `n`, of which no order is expected; `line` gives positions and the ids of inbox items, one after the
/// other, to who stands in the line (see `STAND_IN_LINE`). A table would do as well, but would have to be cleaned of
/// its old rows all the time.
const V1: &str = r#"
CREATE TABLE meta (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO meta (name, value) VALUES ('leases', 0);

CREATE SEQUENCE numbers;
CREATE SEQUENCE line MINVALUE 0 START 0;

CREATE TABLE instances (
    n          BIGINT PRIMARY KEY,
    id         UUID NOT NULL UNIQUE,
    shard      BIGINT NOT NULL,
    flow       TEXT COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL,
    key        TEXT COLLATE "C",
    status     TEXT COLLATE "C" NOT NULL,
    wake       BIGINT,
    started    BIGINT NOT NULL,
    ended      BIGINT,
    parent     UUID,
    error_code TEXT COLLATE "C",
    labels     TEXT,
    result     TEXT
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX instances_key ON instances (flow, key) WHERE key IS NOT NULL;
CREATE INDEX instances_flow ON instances (flow, n);
CREATE INDEX instances_wake ON instances (shard, wake, n) WHERE wake IS NOT NULL;
CREATE INDEX instances_parent ON instances (parent) WHERE parent IS NOT NULL;
CREATE INDEX instances_status ON instances (status) WHERE status <> 'completed';

CREATE TABLE labels (
    name     TEXT COLLATE "C" NOT NULL,
    value    TEXT COLLATE "C" NOT NULL,
    instance BIGINT NOT NULL,
    PRIMARY KEY (name, value, instance)
);

CREATE TABLE history (
    position  BIGINT PRIMARY KEY,
    instance  BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq  BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    events    BYTEA NOT NULL
);
CREATE INDEX history_instance ON history (instance, last_seq);

CREATE TABLE snapshots (
    instance BIGINT PRIMARY KEY,
    seq      BIGINT NOT NULL,
    state    BYTEA NOT NULL
);

CREATE TABLE inbox (
    id       BIGINT PRIMARY KEY,
    shard    BIGINT NOT NULL,
    instance UUID NOT NULL,
    dedup    TEXT COLLATE "C",
    input    BYTEA NOT NULL
);
CREATE UNIQUE INDEX inbox_dedup ON inbox (instance, dedup) WHERE dedup IS NOT NULL;

CREATE TABLE subscriptions (
    name        TEXT COLLATE "C" NOT NULL,
    correlation TEXT COLLATE "C" NOT NULL,
    instance    UUID NOT NULL,
    activation  BIGINT NOT NULL,
    PRIMARY KEY (name, correlation, instance, activation)
);

CREATE TABLE tasks (
    id         BYTEA PRIMARY KEY,
    activation BIGINT NOT NULL,
    flow       TEXT COLLATE "C" NOT NULL,
    step       TEXT COLLATE "C" NOT NULL,
    assignee   TEXT COLLATE "C",
    candidates TEXT NOT NULL,
    excluded   TEXT NOT NULL,
    urgency    BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    view       BYTEA NOT NULL
);
CREATE INDEX tasks_urgency ON tasks (urgency, due, created, id);
CREATE INDEX tasks_age ON tasks (created, id);

CREATE TABLE task_inbox (
    kind    TEXT COLLATE "C" NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    urgency BIGINT NOT NULL,
    due     BIGINT NOT NULL,
    created BIGINT NOT NULL,
    id      BYTEA NOT NULL,
    PRIMARY KEY (kind, name, urgency, due, created, id)
);
CREATE INDEX task_inbox_age ON task_inbox (kind, name, created, id);

CREATE TABLE definitions (
    flow     TEXT COLLATE "C" NOT NULL,
    version  BIGINT NOT NULL,
    digest   TEXT COLLATE "C" NOT NULL,
    deployed BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (flow, version)
);
CREATE UNIQUE INDEX definitions_digest ON definitions (flow, digest);

CREATE TABLE definition_labels (
    flow    TEXT COLLATE "C" NOT NULL,
    label   TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (flow, label)
);

CREATE TABLE shards (
    shard   BIGINT PRIMARY KEY,
    owner   UUID,
    fence   BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE owners (
    owner UUID PRIMARY KEY,
    until BIGINT NOT NULL
);
"#;
