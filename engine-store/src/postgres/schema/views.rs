//! What people and their tools read; the names and columns are kept from release to release.

/// * `flowwright_instances`: one row an instance.
/// * `flowwright_history`: one row a commit, with its events.
/// * `flowwright_events`: one row an event, where events are encoded as a JSON array.
/// * `flowwright_tasks`: one row an open task.
/// * `flowwright_inbox`: what waits to be taken up.
/// * `flowwright_definitions`: one row a version.
/// * `flowwright_shards`: who owns what.
///
/// Encoded values that are not JSON are shown as null. The views are made anew whenever a database is brought to a
/// newer version.
pub(in super::super) fn views() -> String {
    let mut sql = FUNCTIONS.to_owned();
    for (name, select) in [
        ("instances", INSTANCES),
        ("history", HISTORY),
        ("events", EVENTS),
        ("tasks", TASKS),
        ("inbox", INBOX),
        ("definitions", DEFINITIONS),
        ("shards", SHARDS),
    ] {
        sql +=
            &format!("DROP VIEW IF EXISTS flowwright_{name};\nCREATE VIEW flowwright_{name} AS {select};\n");
    }
    sql
}

/// Text that PostgreSQL cannot take for `jsonb` (a string with the character 0 in it) must not fail a whole query.
/// A view knows its functions from when it was made, whatever the path of who asks is.
const FUNCTIONS: &str = r#"
CREATE OR REPLACE FUNCTION flowwright_json(document text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN document::jsonb; EXCEPTION WHEN OTHERS THEN RETURN to_jsonb(document); END $$;
CREATE OR REPLACE FUNCTION flowwright_decoded(encoded bytea) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN convert_from(encoded, 'UTF8')::jsonb; EXCEPTION WHEN OTHERS THEN RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION flowwright_time(millis bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT TIMESTAMPTZ 'epoch' + millis * INTERVAL '1 millisecond' $$;
"#;

const INSTANCES: &str = "
SELECT i.id, i.flow, i.version, i.key, i.status,
       (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n) AS seq,
       i.shard, flowwright_time(i.wake) AS wake, flowwright_time(i.started) AS started,
       flowwright_time(i.ended) AS ended, i.parent, i.error_code, flowwright_json(i.labels) AS labels,
       flowwright_json(i.result) AS result
FROM instances i";

const HISTORY: &str = "
SELECT h.position, (SELECT i.id FROM instances i WHERE i.n = h.instance) AS instance, h.first_seq, h.last_seq,
       flowwright_time(h.at) AS at, flowwright_decoded(h.events) AS events
FROM history h";

const EVENTS: &str = "
SELECT h.position, (SELECT i.id FROM instances i WHERE i.n = h.instance) AS instance,
       h.first_seq + e.place - 1 AS seq, flowwright_time(h.at) AS at, e.event
FROM history h
CROSS JOIN LATERAL flowwright_decoded(h.events) AS d(events)
CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(d.events) = 'array' THEN d.events ELSE '[]' END)
    WITH ORDINALITY AS e(event, place)";

const TASKS: &str = "
SELECT encode(substr(t.id, 1, 16), 'hex')::uuid || '.' || t.activation AS id,
       encode(substr(t.id, 1, 16), 'hex')::uuid AS instance, t.flow, t.step, t.assignee,
       flowwright_json(t.candidates) AS candidates, flowwright_json(t.excluded) AS excluded,
       CASE t.urgency WHEN 0 THEN 'urgent' WHEN 1 THEN 'high' WHEN 2 THEN 'normal' ELSE 'low' END AS priority,
       flowwright_time(nullif(t.due, 9223372036854775807)) AS due, flowwright_time(t.created) AS created,
       flowwright_decoded(t.view) AS view
FROM tasks t";

const INBOX: &str = "
SELECT b.id, b.instance, b.shard, b.dedup, flowwright_decoded(b.input) AS input FROM inbox b";

const DEFINITIONS: &str = "
SELECT d.flow, d.version, flowwright_time(d.deployed) AS deployed, d.digest, flowwright_json(d.document) AS document,
       ARRAY(SELECT l.label FROM definition_labels l WHERE l.flow = d.flow AND l.version = d.version ORDER BY l.label)
           AS labels
FROM definitions d";

const SHARDS: &str = "
SELECT s.shard, s.owner, s.fence, flowwright_time(s.expires) AS expires FROM shards s";
