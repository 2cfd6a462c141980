//! Every fixed statement, by name.

// Writing instances.

pub(crate) const INSERT_INSTANCE: &str = "
INSERT INTO instances (id, shard, flow, version, key, status, wake, started, ended, parent, error_code, labels, result)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

pub(crate) const UPDATE_INSTANCE: &str = "
UPDATE instances SET shard = $1, flow = $2, version = $3, key = $4, status = $5, wake = $6, started = $7, ended = $8,
    parent = $9, error_code = $10, labels = $11, result = $12
WHERE n = $13";

pub(crate) const LABELS_OF: &str = "SELECT labels FROM instances WHERE n = $1";

pub(crate) const DELETE_LABEL: &str = "DELETE FROM labels WHERE name = $1 AND value = $2 AND instance = $3";

pub(crate) const INSERT_LABEL: &str = "
INSERT INTO labels (name, value, instance) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

pub(crate) const INSERT_HISTORY: &str = "
INSERT INTO history (instance, first_seq, last_seq, at, events) VALUES ($1, $2, $3, $4, $5)";

pub(crate) const PUT_SNAPSHOT: &str = "
INSERT INTO snapshots (instance, seq, state) VALUES ($1, $2, $3)
ON CONFLICT (instance) DO UPDATE SET seq = excluded.seq, state = excluded.state";

// Finding an instance while writing.

pub(crate) const LOCATE: &str = "
SELECT i.n, (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n) FROM instances i WHERE i.id = $1";

pub(crate) const LAST_SEQ: &str = "SELECT max(last_seq) FROM history WHERE instance = $1";

pub(crate) const BY_KEY: &str = "SELECT id FROM instances WHERE flow = $1 AND key = $2";

// Inbox.

pub(crate) const INSERT_ITEM: &str = "
INSERT INTO inbox (shard, instance, dedup, input) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

pub(crate) const DELETE_ITEM: &str = "DELETE FROM inbox WHERE id = $1";

pub(crate) const ITEMS: &str = "SELECT id, instance, input, shard FROM inbox WHERE id > $1 ORDER BY id";

pub(crate) const NOTICE: &str = "UPDATE meta SET value = value + 1 WHERE name = 'notices'";

pub(crate) const NOTICES: &str = "SELECT value FROM meta WHERE name = 'notices'";

// Subscriptions.

pub(crate) const SUBSCRIBE: &str = "
INSERT INTO subscriptions (name, correlation, instance, activation) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

pub(crate) const UNSUBSCRIBE: &str = "
DELETE FROM subscriptions WHERE name = $1 AND correlation = $2 AND instance = $3 AND activation = $4";

pub(crate) const SUBSCRIBERS: &str = "
SELECT DISTINCT instance FROM subscriptions WHERE name = $1 AND correlation = $2 ORDER BY instance";

// Tasks. The columns are read by position.

pub(crate) const TASK_COLUMNS: &str =
    "t.id, t.flow, t.step, t.assignee, t.candidates, t.excluded, t.urgency, t.due, t.created, t.view";

pub(crate) const TASK: &str = "
SELECT t.id, t.flow, t.step, t.assignee, t.candidates, t.excluded, t.urgency, t.due, t.created, t.view
FROM tasks t WHERE t.id = $1";

pub(crate) const PUT_TASK: &str = "
INSERT INTO tasks (id, activation, flow, step, assignee, candidates, excluded, urgency, due, created, view)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE SET flow = excluded.flow, step = excluded.step, assignee = excluded.assignee,
    candidates = excluded.candidates, excluded = excluded.excluded, urgency = excluded.urgency, due = excluded.due,
    created = excluded.created, view = excluded.view";

pub(crate) const DELETE_TASK: &str = "DELETE FROM tasks WHERE id = $1";

pub(crate) const INSERT_ENTRY: &str = "
INSERT INTO task_inbox (kind, name, urgency, due, created, id) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING";

pub(crate) const DELETE_ENTRY: &str = "
DELETE FROM task_inbox WHERE kind = $1 AND name = $2 AND urgency = $3 AND due = $4 AND created = $5 AND id = $6";

pub(crate) const TASK_LOAD: &str = "SELECT count(*) FROM task_inbox WHERE kind = 'assignee' AND name = $1";

// Reading instances. The columns are read by position.

pub(crate) const SUMMARY_COLUMNS: &str = "
i.id, (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n), i.flow, i.version, i.key, i.status, i.wake,
i.started, i.ended, i.parent, i.error_code, i.labels, i.result, i.n";

pub(crate) const SUMMARY: &str = "
SELECT i.id, (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n), i.flow, i.version, i.key, i.status, i.wake,
i.started, i.ended, i.parent, i.error_code, i.labels, i.result, i.n
FROM instances i WHERE i.id = $1";

pub(crate) const NUMBER: &str = "SELECT n FROM instances WHERE id = $1";

pub(crate) const SNAPSHOT: &str = "SELECT seq, state FROM snapshots WHERE instance = $1";

pub(crate) const HISTORY: &str = "
SELECT position, first_seq, last_seq, at, events FROM history
WHERE instance = $1 AND last_seq > $2 ORDER BY last_seq LIMIT $3";

pub(crate) const FEED: &str = "
SELECT h.position, h.first_seq, h.last_seq, h.at, h.events, i.id
FROM history h JOIN instances i ON i.n = h.instance
WHERE h.position > $1 ORDER BY h.position LIMIT $2";

/// Due in one shard at one time, from an instance on.
pub(crate) const DUE_AT: &str = "
SELECT wake, n, id FROM instances WHERE shard = $1 AND wake = $2 AND n > $3 ORDER BY n LIMIT $4";

/// Due in one shard after one time and until another.
pub(crate) const DUE_LATER: &str = "
SELECT wake, n, id FROM instances WHERE shard = $1 AND wake > $2 AND wake <= $3 ORDER BY wake, n LIMIT $4";

pub(crate) const NEXT_WAKE: &str = "
SELECT wake FROM instances WHERE shard = $1 AND wake > $2 ORDER BY wake LIMIT 1";

// Definitions.

pub(crate) const VERSION_OF_DIGEST: &str = "SELECT version FROM definitions WHERE flow = $1 AND digest = $2";

pub(crate) const NEWEST_VERSION: &str = "SELECT max(version) FROM definitions WHERE flow = $1";

pub(crate) const INSERT_DEFINITION: &str = "
INSERT INTO definitions (flow, version, digest, deployed, document) VALUES ($1, $2, $3, $4, $5)";

pub(crate) const DEFINITION: &str = "
SELECT flow, version, digest, deployed, document FROM definitions WHERE flow = $1 AND version = $2";

pub(crate) const NEWEST_DEFINITION: &str = "
SELECT flow, version, digest, deployed, document FROM definitions WHERE flow = $1 ORDER BY version DESC LIMIT 1";

pub(crate) const DEFINITIONS: &str = "SELECT flow, version, deployed FROM definitions ORDER BY flow, version";

pub(crate) const LABELS: &str = "SELECT flow, version, label FROM definition_labels ORDER BY flow, label";

pub(crate) const LABELLED: &str = "SELECT version FROM definition_labels WHERE flow = $1 AND label = $2";

pub(crate) const SET_LABEL: &str = "
INSERT INTO definition_labels (flow, label, version) VALUES ($1, $2, $3)
ON CONFLICT (flow, label) DO UPDATE SET version = excluded.version";

// Leases.

pub(crate) const SHARDS: &str = "SELECT owner, fence, expires FROM shards ORDER BY shard";

pub(crate) const OWNERS: &str = "SELECT owner, until FROM owners";

pub(crate) const PUT_SHARD: &str = "
INSERT INTO shards (shard, owner, fence, expires) VALUES ($1, $2, $3, $4)
ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner, fence = excluded.fence, expires = excluded.expires";

pub(crate) const DELETE_OWNERS: &str = "DELETE FROM owners";

pub(crate) const INSERT_OWNER: &str = "INSERT INTO owners (owner, until) VALUES ($1, $2)";
