//! Every fixed statement, by name: here those that both databases understand, and in a file of its own for each what
//! only one of them does.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "postgres")]
pub(crate) use postgres::*;
#[cfg(feature = "sqlite")]
pub(crate) use sqlite::*;

// Reading instances. The columns are read by position.

pub(crate) const SUMMARY_COLUMNS: &str = "
i.id, (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n), i.flow, i.version, i.key, i.status, i.wake,
i.started, i.ended, i.parent, i.error_code, i.labels, i.result, i.n";

pub(crate) const SUMMARY: &str = "
SELECT i.id, (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n), i.flow, i.version, i.key, i.status, i.wake,
i.started, i.ended, i.parent, i.error_code, i.labels, i.result, i.n
FROM instances i WHERE i.id = $1";

pub(crate) const NUMBER: &str = "SELECT n FROM instances WHERE id = $1";

pub(crate) const BY_KEY: &str = "SELECT id FROM instances WHERE flow = $1 AND key = $2";

pub(crate) const FEED: &str = "
SELECT h.position, h.first_seq, h.last_seq, h.at, h.events, i.id
FROM history h JOIN instances i ON i.n = h.instance
WHERE h.position > $1 ORDER BY h.position LIMIT $2";

pub(crate) const NEWEST: &str = "SELECT coalesce(max(position), 0) FROM history";

pub(crate) const SUBSCRIBERS: &str = "
SELECT DISTINCT instance FROM subscriptions WHERE name = $1 AND correlation = $2 ORDER BY instance";

// Tasks. The columns are read by position.

pub(crate) const TASK_COLUMNS: &str =
    "t.id, t.flow, t.step, t.assignee, t.candidates, t.excluded, t.urgency, t.due, t.created, t.view";

pub(crate) const TASK: &str = "
SELECT t.id, t.flow, t.step, t.assignee, t.candidates, t.excluded, t.urgency, t.due, t.created, t.view
FROM tasks t WHERE t.id = $1";

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

pub(crate) const DELETE_OWNERS: &str = "DELETE FROM owners";

pub(crate) const INSERT_OWNER: &str = "INSERT INTO owners (owner, until) VALUES ($1, $2)";
