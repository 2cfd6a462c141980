//! For PostgreSQL: many rows at a time, since a call costs a round trip. A column of rows is an array.

// A commit, first half: what is there. Locks are taken in one order, by id, so that committers wait for each other
// and never in a circle.

pub(crate) const LOCK_FENCES: &str = "LOCK TABLE shards IN ROW SHARE MODE";

pub(crate) const FENCES: &str = "SELECT shard, fence FROM shards WHERE shard = ANY($1)";

pub(crate) const LOCK_INSTANCES: &str = "
SELECT n FROM instances WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";

/// A statement of its own behind the lock: only then does it see what was written while the lock was waited for.
pub(crate) const STANDING: &str = "
SELECT i.id, i.n, i.flow, i.key, i.labels, (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n)
FROM instances i WHERE i.id = ANY($1)";

pub(crate) const KEY_OWNERS: &str = "
SELECT i.flow, i.key, i.id FROM unnest($1::text[], $2::text[]) AS u(flow, key)
JOIN instances i ON i.flow = u.flow AND i.key = u.key";

pub(crate) const NUMBERS: &str = "SELECT nextval('numbers') FROM generate_series(1, $1::bigint)";

pub(crate) const TASKS_BY_ID: &str = "
SELECT t.id, t.flow, t.step, t.assignee, t.candidates, t.excluded, t.urgency, t.due, t.created, t.view
FROM tasks t WHERE t.id = ANY($1)";

pub(crate) const REPEATED: &str = "
SELECT b.id, b.instance, b.dedup FROM unnest($1::uuid[], $2::text[]) AS u(instance, dedup)
JOIN inbox b ON b.instance = u.instance AND b.dedup = u.dedup";

// A commit, second half: what is written.

pub(crate) const FREE_KEYS: &str = "UPDATE instances SET key = NULL WHERE n = ANY($1)";

pub(crate) const UPDATE_INSTANCES: &str = "
UPDATE instances i SET shard = u.shard, flow = u.flow, version = u.version, key = u.key, status = u.status,
    wake = u.wake, started = u.started, ended = u.ended, parent = u.parent, error_code = u.error_code,
    labels = u.labels, result = u.result
FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::uuid[], $12::text[], $13::text[], $14::text[])
    AS u(n, id, shard, flow, version, key, status, wake, started, ended, parent, error_code, labels, result)
WHERE i.n = u.n";

pub(crate) const INSERT_INSTANCES: &str = "
INSERT INTO instances (n, id, shard, flow, version, key, status, wake, started, ended, parent, error_code, labels, result)
SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[],
    $8::bigint[], $9::bigint[], $10::bigint[], $11::uuid[], $12::text[], $13::text[], $14::text[])";

pub(crate) const DELETE_LABELS: &str = "
DELETE FROM labels l USING unnest($1::text[], $2::text[], $3::bigint[]) AS u(name, value, instance)
WHERE l.name = u.name AND l.value = u.value AND l.instance = u.instance";

pub(crate) const INSERT_LABELS: &str = "
INSERT INTO labels (name, value, instance) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT DO NOTHING";

pub(crate) const PUT_SNAPSHOTS: &str = "
INSERT INTO snapshots (instance, seq, state) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
ON CONFLICT (instance) DO UPDATE SET seq = excluded.seq, state = excluded.state";

pub(crate) const PUT_TASKS: &str = "
INSERT INTO tasks (id, activation, flow, step, assignee, candidates, excluded, urgency, due, created, view)
SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bytea[])
ON CONFLICT (id) DO UPDATE SET flow = excluded.flow, step = excluded.step, assignee = excluded.assignee,
    candidates = excluded.candidates, excluded = excluded.excluded, urgency = excluded.urgency, due = excluded.due,
    created = excluded.created, view = excluded.view";

pub(crate) const DELETE_TASKS: &str = "DELETE FROM tasks WHERE id = ANY($1)";

pub(crate) const INSERT_ENTRIES: &str = "
INSERT INTO task_inbox (kind, name, urgency, due, created, id)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])
ON CONFLICT DO NOTHING";

pub(crate) const DELETE_ENTRIES: &str = "
DELETE FROM task_inbox b
USING unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])
    AS u(kind, name, urgency, due, created, id)
WHERE b.kind = u.kind AND b.name = u.name AND b.urgency = u.urgency AND b.due = u.due AND b.created = u.created
    AND b.id = u.id";

pub(crate) const INSERT_SUBSCRIPTIONS: &str = "
INSERT INTO subscriptions (name, correlation, instance, activation)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[]) ON CONFLICT DO NOTHING";

pub(crate) const DELETE_SUBSCRIPTIONS: &str = "
DELETE FROM subscriptions s USING unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[])
    AS u(name, correlation, instance, activation)
WHERE s.name = u.name AND s.correlation = u.correlation AND s.instance = u.instance AND s.activation = u.activation";

/// The line: who stands in it gives out the next positions and inbox ids, and leaves it when its transaction has been
/// made durable and seen. So numbers become visible in their order, which those of a plain sequence do not.
pub(crate) const STAND_IN_LINE: &str = "SELECT pg_advisory_xact_lock($1)";

/// Takes numbers, and gives the last one. Right only in the line.
pub(crate) const TAKE_NUMBERS: &str = "SELECT setval('line', (SELECT last_value FROM line) + $1::bigint)";

/// `$1` is how far the numbers of these rows are from the last one that was taken.
pub(crate) const APPEND: &str = "
INSERT INTO history (position, instance, first_seq, last_seq, at, events)
SELECT (SELECT last_value FROM line) - $1::bigint + u.place, u.instance, u.first_seq, u.last_seq, u.at, u.events
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])
    WITH ORDINALITY AS u(instance, first_seq, last_seq, at, events, place)";

/// `$1` as in [`APPEND`].
pub(crate) const INSERT_ITEMS: &str = "
INSERT INTO inbox (id, shard, instance, dedup, input)
SELECT (SELECT last_value FROM line) - $1::bigint + u.place, u.shard, u.instance, u.dedup, u.input
FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::bytea[])
    WITH ORDINALITY AS u(shard, instance, dedup, input, place)
ON CONFLICT DO NOTHING";

pub(crate) const DELETE_ITEMS: &str = "DELETE FROM inbox WHERE id = ANY($1)";

// Reading.

pub(crate) const SUMMARIES: &str = "
SELECT i.id, (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n), i.flow, i.version, i.key, i.status, i.wake,
i.started, i.ended, i.parent, i.error_code, i.labels, i.result, i.n
FROM instances i WHERE i.id = ANY($1)";

pub(crate) const SNAPSHOT_OF: &str = "
SELECT s.seq, s.state FROM snapshots s WHERE s.instance = (SELECT i.n FROM instances i WHERE i.id = $1)";

pub(crate) const TAIL: &str = "
SELECT h.position, h.first_seq, h.last_seq, h.at, h.events
FROM history h, (SELECT i.n, coalesce(s.seq, 0) AS seq
                 FROM instances i LEFT JOIN snapshots s ON s.instance = i.n WHERE i.id = $1) i
WHERE h.instance = i.n AND h.last_seq > i.seq ORDER BY h.last_seq";

pub(crate) const HISTORY_OF: &str = "
SELECT h.position, h.first_seq, h.last_seq, h.at, h.events FROM history h
WHERE h.instance = (SELECT i.n FROM instances i WHERE i.id = $1) AND h.last_seq > $2 ORDER BY h.last_seq LIMIT $3";

/// The first of each shard, merged: the index of every shard is walked as far as the limit.
pub(crate) const DUE: &str = "
SELECT d.wake, d.id FROM unnest($1::bigint[]) AS s(shard) CROSS JOIN LATERAL (
    SELECT i.wake, i.n, i.id FROM instances i
    WHERE i.shard = s.shard AND (i.wake, i.n) > ($2::bigint, $3::bigint) AND i.wake <= $4
    ORDER BY i.wake, i.n LIMIT $5) d
ORDER BY d.wake, d.n LIMIT $5";

pub(crate) const NEXT_WAKES: &str = "
SELECT min(d.wake) FROM unnest($1::bigint[]) AS s(shard) CROSS JOIN LATERAL (
    SELECT i.wake FROM instances i WHERE i.shard = s.shard AND i.wake > $2 ORDER BY i.wake LIMIT 1) d";

/// The inbox is short and read from a place near its end, so it needs no index on the shard.
pub(crate) const ITEMS_OF: &str = "
SELECT id, instance, input FROM inbox WHERE id > $1 AND shard = ANY($2) ORDER BY id LIMIT $3";

pub(crate) const TASK_LOADS: &str = "
SELECT name, count(*) FROM task_inbox WHERE kind = 'assignee' AND name = ANY($1) GROUP BY name";

// Leases. Changes wait for each other at one row. A change of owner waits besides for all commits that have looked at
// the fences, and keeps later ones from looking until it is done; renewing holds up no commit.

pub(crate) const LOCK_LEASES: &str = "SELECT value FROM meta WHERE name = 'leases' FOR UPDATE";

pub(crate) const LOCK_OWNERSHIP: &str = "LOCK TABLE shards IN EXCLUSIVE MODE";

pub(crate) const PUT_SHARDS: &str = "
INSERT INTO shards (shard, owner, fence, expires)
SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[])
ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner, fence = excluded.fence, expires = excluded.expires";

pub(crate) const CLOCK: &str = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
