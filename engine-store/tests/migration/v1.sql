-- A database as schema version 1 wrote it.
PRAGMA application_id = 1179408210;
PRAGMA user_version = 1;
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
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
CREATE VIEW flowwright_instances AS 
SELECT CASE WHEN i.id IS NOT NULL THEN substr(lower(hex(i.id)), 1, 8) || '-' || substr(lower(hex(i.id)), 9, 4) || '-' || substr(lower(hex(i.id)), 13, 4) || '-' || substr(lower(hex(i.id)), 17, 4) || '-' || substr(lower(hex(i.id)), 21, 12) END AS id, i.flow, i.version, i.key, i.status,
       (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n) AS seq,
       i.shard, strftime('%Y-%m-%dT%H:%M:%fZ', i.wake / 1000.0, 'unixepoch') AS wake, strftime('%Y-%m-%dT%H:%M:%fZ', i.started / 1000.0, 'unixepoch') AS started, strftime('%Y-%m-%dT%H:%M:%fZ', i.ended / 1000.0, 'unixepoch') AS ended,
       CASE WHEN i.parent IS NOT NULL THEN substr(lower(hex(i.parent)), 1, 8) || '-' || substr(lower(hex(i.parent)), 9, 4) || '-' || substr(lower(hex(i.parent)), 13, 4) || '-' || substr(lower(hex(i.parent)), 17, 4) || '-' || substr(lower(hex(i.parent)), 21, 12) END AS parent, i.error_code, i.labels, i.result
FROM instances i;
CREATE VIEW flowwright_history AS SELECT h.position, (SELECT CASE WHEN i.id IS NOT NULL THEN substr(lower(hex(i.id)), 1, 8) || '-' || substr(lower(hex(i.id)), 9, 4) || '-' || substr(lower(hex(i.id)), 13, 4) || '-' || substr(lower(hex(i.id)), 17, 4) || '-' || substr(lower(hex(i.id)), 21, 12) END FROM instances i WHERE i.n = h.instance) AS instance, h.first_seq, h.last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', h.at / 1000.0, 'unixepoch') AS at, h.events FROM history h;
CREATE VIEW flowwright_events AS SELECT h.position, (SELECT CASE WHEN i.id IS NOT NULL THEN substr(lower(hex(i.id)), 1, 8) || '-' || substr(lower(hex(i.id)), 9, 4) || '-' || substr(lower(hex(i.id)), 13, 4) || '-' || substr(lower(hex(i.id)), 17, 4) || '-' || substr(lower(hex(i.id)), 21, 12) END FROM instances i WHERE i.n = h.instance) AS instance, h.first_seq + e.key AS seq, strftime('%Y-%m-%dT%H:%M:%fZ', h.at / 1000.0, 'unixepoch') AS at, e.value AS event FROM history h, json_each(CASE WHEN json_valid(h.events) THEN h.events ELSE '[]' END) e;
CREATE VIEW flowwright_tasks AS 
SELECT CASE WHEN t.instance IS NOT NULL THEN substr(lower(hex(t.instance)), 1, 8) || '-' || substr(lower(hex(t.instance)), 9, 4) || '-' || substr(lower(hex(t.instance)), 13, 4) || '-' || substr(lower(hex(t.instance)), 17, 4) || '-' || substr(lower(hex(t.instance)), 21, 12) END || '.' || t.activation AS id, t.flow, t.step, t.assignee, t.candidates, t.excluded, t.priority,
       strftime('%Y-%m-%dT%H:%M:%fZ', t.due / 1000.0, 'unixepoch') AS due, strftime('%Y-%m-%dT%H:%M:%fZ', t.created / 1000.0, 'unixepoch') AS created, t.view
FROM (SELECT substr(id, 1, 16) AS instance, activation, flow, step, assignee, candidates, excluded,
             CASE urgency WHEN 0 THEN 'urgent' WHEN 1 THEN 'high' WHEN 2 THEN 'normal' ELSE 'low' END AS priority,
             nullif(due, 9223372036854775807) AS due, created, view
      FROM tasks) t;
CREATE VIEW flowwright_inbox AS 
SELECT b.id, CASE WHEN b.instance IS NOT NULL THEN substr(lower(hex(b.instance)), 1, 8) || '-' || substr(lower(hex(b.instance)), 9, 4) || '-' || substr(lower(hex(b.instance)), 13, 4) || '-' || substr(lower(hex(b.instance)), 17, 4) || '-' || substr(lower(hex(b.instance)), 21, 12) END AS instance, b.shard, b.dedup, b.input FROM inbox b;
CREATE VIEW flowwright_definitions AS 
SELECT d.flow, d.version, strftime('%Y-%m-%dT%H:%M:%fZ', d.deployed / 1000.0, 'unixepoch') AS deployed, d.digest, d.document,
       (SELECT group_concat(l.label, ',') FROM definition_labels l WHERE l.flow = d.flow AND l.version = d.version) AS labels
FROM definitions d;
CREATE VIEW flowwright_shards AS 
SELECT s.shard, CASE WHEN s.owner IS NOT NULL THEN substr(lower(hex(s.owner)), 1, 8) || '-' || substr(lower(hex(s.owner)), 9, 4) || '-' || substr(lower(hex(s.owner)), 13, 4) || '-' || substr(lower(hex(s.owner)), 17, 4) || '-' || substr(lower(hex(s.owner)), 21, 12) END AS owner, s.fence, strftime('%Y-%m-%dT%H:%M:%fZ', s.expires / 1000.0, 'unixepoch') AS expires FROM shards s;

INSERT INTO meta (name, value) VALUES ('compatible', 1), ('notices', 4);
INSERT INTO instances (n, id, shard, flow, version, key, status, wake, started, ended, parent, error_code, labels, result) VALUES
    (1, x'00000000000000000000000000000001', 1, 'order', 1, 'A-1', 'running', 0, 1700000000000, NULL, NULL, NULL, '{"region":"north"}', NULL),
    (2, x'00000000000000000000000000000002', 2, 'order', 1, 'A-2', 'completed', NULL, 1700000000500, 1700000001000, NULL, NULL, NULL, '{"ok":true}');
INSERT INTO labels (name, value, instance) VALUES ('region', 'north', 1);
INSERT INTO history (position, instance, first_seq, last_seq, at, events) VALUES
    (1, 1, 1, 2, 1700000000000, CAST('[{"seq":1},{"seq":2}]' AS BLOB)),
    (2, 2, 1, 4, 1700000001000, CAST('[{"seq":1},{"seq":2},{"seq":3},{"seq":4}]' AS BLOB)),
    (3, 1, 3, 3, 1700000002000, CAST('[{"seq":3}]' AS BLOB));
INSERT INTO snapshots (instance, seq, state) VALUES (1, 2, CAST('{"state":2}' AS BLOB));
INSERT INTO inbox (id, shard, instance, dedup, input) VALUES (1, 1, x'00000000000000000000000000000001', 'once', CAST('{"input":1}' AS BLOB));
INSERT INTO subscriptions (name, correlation, instance, activation) VALUES ('paid', '42', x'00000000000000000000000000000001', 5);
INSERT INTO tasks (n, id, activation, flow, step, assignee, candidates, excluded, urgency, due, created, view) VALUES
    (1, x'0000000000000000000000000000000100000007', 7, 'order', 'approve', NULL, '{"roles":["clerk"]}', '["ann"]', 1, 9223372036854775807, 1700000000000, CAST('{"view":7}' AS BLOB));
INSERT INTO task_inbox (kind, name, urgency, due, created, id) VALUES
    ('role', 'clerk', 1, 9223372036854775807, 1700000000000, x'0000000000000000000000000000000100000007'),
    ('excluded', 'ann', 1, 9223372036854775807, 1700000000000, x'0000000000000000000000000000000100000007');
INSERT INTO definitions (flow, version, digest, deployed, document) VALUES ('order', 1, 'd1', 1700000000000, '{"flow":"order"}');
INSERT INTO definition_labels (flow, label, version) VALUES ('order', 'live', 1);
INSERT INTO shards (shard, owner, fence, expires) VALUES (0, x'00000000000000000000000000000005', 5, 1700000000000), (1, x'00000000000000000000000000000005', 5, 1700000000000),
    (2, x'00000000000000000000000000000005', 5, 1700000000000), (3, x'00000000000000000000000000000005', 5, 1700000000000);
INSERT INTO owners (owner, until) VALUES (x'00000000000000000000000000000005', 1700000000000);
