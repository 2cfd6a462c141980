//! For SQLite: one row at a time, since a call costs next to nothing.

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

pub(crate) const LOCATE: &str = "
SELECT i.n, (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n) FROM instances i WHERE i.id = $1";

pub(crate) const LAST_SEQ: &str = "SELECT max(last_seq) FROM history WHERE instance = $1";

pub(crate) const INSERT_ITEM: &str = "
INSERT INTO inbox (shard, instance, dedup, input) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

pub(crate) const DELETE_ITEM: &str = "DELETE FROM inbox WHERE id = $1";

pub(crate) const ITEMS: &str = "SELECT id, instance, input, shard FROM inbox WHERE id > $1 ORDER BY id";

pub(crate) const NOTICE: &str = "UPDATE meta SET value = value + 1 WHERE name = 'notices'";

pub(crate) const NOTICES: &str = "SELECT value FROM meta WHERE name = 'notices'";

pub(crate) const SUBSCRIBE: &str = "
INSERT INTO subscriptions (name, correlation, instance, activation) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

pub(crate) const UNSUBSCRIBE: &str = "
DELETE FROM subscriptions WHERE name = $1 AND correlation = $2 AND instance = $3 AND activation = $4";

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

pub(crate) const SNAPSHOT: &str = "SELECT seq, state FROM snapshots WHERE instance = $1";

pub(crate) const HISTORY: &str = "
SELECT position, first_seq, last_seq, at, events FROM history
WHERE instance = $1 AND last_seq > $2 ORDER BY last_seq LIMIT $3";

/// Due in one shard at one time, from an instance on.
pub(crate) const DUE_AT: &str = "
SELECT wake, n, id FROM instances WHERE shard = $1 AND wake = $2 AND n > $3 ORDER BY n LIMIT $4";

/// Due in one shard after one time and until another.
pub(crate) const DUE_LATER: &str = "
SELECT wake, n, id FROM instances WHERE shard = $1 AND wake > $2 AND wake <= $3 ORDER BY wake, n LIMIT $4";

pub(crate) const NEXT_WAKE: &str = "
SELECT wake FROM instances WHERE shard = $1 AND wake > $2 ORDER BY wake LIMIT 1";

pub(crate) const PUT_SHARD: &str = "
INSERT INTO shards (shard, owner, fence, expires) VALUES ($1, $2, $3, $4)
ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner, fence = excluded.fence, expires = excluded.expires";
