//! What people and their tools read; the names and columns are kept from release to release.

/// * `flowwright_instances`: one row an instance; labels and result as `jsonb`.
/// * `flowwright_steps`: one row each time a step was activated or skipped, with what became of it.
/// * `flowwright_history`: one row a commit, with its events as they were encoded.
/// * `flowwright_events`: one row an event.
/// * `flowwright_tasks`: one row an open task.
/// * `flowwright_inbox`: what waits to be taken up.
/// * `flowwright_definitions`: one row a version.
/// * `flowwright_definition_steps`: one row a step of a version.
/// * `flowwright_shards`: who owns what.
///
/// Encoded values that are not JSON are shown as null. The views are brought up to date together with the tables; since
/// columns are only ever added at their ends, views of other people that stand on them are left as they are.
pub(in super::super) fn views() -> String {
    let mut sql = FUNCTIONS.to_owned();
    for (name, select) in [
        ("instances", INSTANCES),
        ("history", HISTORY),
        ("events", EVENTS),
        ("definitions", DEFINITIONS),
        ("definition_steps", DEFINITION_STEPS),
        ("steps", STEPS),
        ("tasks", TASKS),
        ("inbox", INBOX),
        ("shards", SHARDS),
    ] {
        sql += &format!("CREATE OR REPLACE VIEW flowwright_{name} AS {select};\n");
    }
    sql
}

/// Text that PostgreSQL cannot take for `jsonb` (a string with the character 0 in it) must not fail a whole query.
/// A view knows its functions from when it was made, whatever the path of who asks is.
const FUNCTIONS: &str = r#"
CREATE OR REPLACE FUNCTION flowwright_json(document text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN document::jsonb; EXCEPTION WHEN OTHERS THEN RETURN to_jsonb(document); END $$;
CREATE OR REPLACE FUNCTION flowwright_decoded(encoded bytea) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN convert_from(encoded, 'UTF8')::jsonb;
EXCEPTION WHEN OTHERS THEN
    BEGIN
        RETURN replace(convert_from(encoded, 'UTF8'), '\u0000', '\ufffd')::jsonb;
    EXCEPTION WHEN OTHERS THEN
        RETURN NULL;
    END;
END $$;
CREATE OR REPLACE FUNCTION flowwright_time(millis bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT TIMESTAMPTZ 'epoch' + millis * INTERVAL '1 millisecond' $$;
CREATE OR REPLACE FUNCTION flowwright_items(document jsonb) RETURNS SETOF jsonb LANGUAGE sql IMMUTABLE AS $$
SELECT jsonb_array_elements(CASE WHEN jsonb_typeof(document) = 'array' THEN document ELSE '[]' END) $$;
"#;

const INSTANCES: &str = "
SELECT i.id, i.flow, i.version, i.key, i.status,
       (SELECT max(h.last_seq) FROM history h WHERE h.instance = i.n) AS seq,
       i.shard, flowwright_time(i.wake) AS wake, flowwright_time(i.started) AS started,
       flowwright_time(i.ended) AS ended, i.parent, i.error_code, flowwright_json(i.labels) AS labels,
       flowwright_json(i.result) AS result
FROM instances i";

const HISTORY: &str = "
SELECT h.position, i.id AS instance, h.first_seq, h.last_seq, flowwright_time(h.at) AS at,
       flowwright_decoded(h.events) AS events
FROM history h JOIN instances i ON i.n = h.instance";

/// A row of the history holds groups, `[time, [event, …]]`, and between them what is no group.
const EVENTS: &str = "
SELECT h.position, i.id AS instance, h.first_seq + e.place - 1 AS seq,
       flowwright_time(CASE WHEN jsonb_typeof(e.at) = 'number' THEN e.at::bigint ELSE h.at END) AS at,
       e.event->>'type' AS type, e.event
FROM history h JOIN instances i ON i.n = h.instance
CROSS JOIN LATERAL (
    SELECT g.value->0 AS at, v.value AS event, row_number() OVER (ORDER BY g.place, v.place) AS place
    FROM flowwright_items(flowwright_decoded(h.events)) WITH ORDINALITY AS g(value, place)
    CROSS JOIN LATERAL flowwright_items(
        CASE WHEN jsonb_typeof(g.value) = 'array' THEN g.value->1 END) WITH ORDINALITY AS v(value, place)) e";

const DEFINITIONS: &str = "
SELECT d.flow, d.version, flowwright_time(d.deployed) AS deployed, d.digest, flowwright_json(d.document) AS document,
       ARRAY(SELECT l.label FROM definition_labels l WHERE l.flow = d.flow AND l.version = d.version ORDER BY l.label)
           AS labels
FROM definitions d";

/// Steps are numbered scope by scope, those of the flow first: the numbers that events name them by.
const DEFINITION_STEPS: &str = "
SELECT d.flow, d.version, s.number, s.step, s.type
FROM definitions d CROSS JOIN LATERAL (
    WITH RECURSIVE known(depth, place, step, spec) AS (
        SELECT 1, ARRAY[s.place], s.spec->>'id', s.spec
        FROM flowwright_items(flowwright_json(d.document)->'steps') WITH ORDINALITY AS s(spec, place)
        UNION ALL
        SELECT k.depth + 1, k.place || s.place, k.step || '/' || (s.spec->>'id'), s.spec
        FROM known k CROSS JOIN LATERAL flowwright_items(k.spec->'steps') WITH ORDINALITY AS s(spec, place))
    SELECT row_number() OVER (ORDER BY k.depth, k.place) - 1 AS number, k.step, k.spec->>'type' AS type
    FROM known k) s";

/// What ends an activation is the next event of this kind at the same place.
const STEPS: &str = "
SELECT e.instance, e.flow, e.version, s.step, s.type, e.frame, e.run, e.activation, e.status, e.activated, e.ended,
       e.output, e.error, e.seq
FROM (
    SELECT w.instance, w.flow, w.version, w.frame, w.number, w.run, w.seq, w.type,
           (w.event->'activation')::bigint AS activation,
           CASE WHEN w.type = 'step_skipped' THEN 'skipped'
                ELSE coalesce(substr(w.next_type, 6), 'active') END AS status,
           CASE WHEN w.type = 'step_activated' THEN w.at END AS activated,
           CASE WHEN w.type = 'step_skipped' THEN w.at ELSE w.next_at END AS ended,
           w.next->'output' AS output, w.next->'error' AS error
    FROM (
        SELECT c.*, lead(CASE c.type WHEN 'run_ended' THEN 'step_completed' ELSE c.type END) OVER place AS next_type,
               lead(c.at) OVER place AS next_at, lead(c.event) OVER place AS next
        FROM (
            SELECT e.*, i.flow, i.version, (e.event->'at'->0)::bigint AS frame,
                   (e.event->'at'->1)::bigint AS number, (e.event->'at'->2)::bigint AS run
            FROM flowwright_events e JOIN instances i ON i.id = e.instance
            WHERE e.type IN ('step_activated', 'step_completed', 'step_failed', 'step_cancelled', 'step_skipped',
                             'run_ended') AND jsonb_typeof(e.event->'at') = 'array') c
        WINDOW place AS (PARTITION BY c.instance, c.frame, c.number, c.run ORDER BY c.seq)) w
    WHERE w.type IN ('step_activated', 'step_skipped')) e
LEFT JOIN flowwright_definition_steps s ON s.flow = e.flow AND s.version = e.version AND s.number = e.number";

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

const SHARDS: &str = "
SELECT s.shard, s.owner, s.fence, flowwright_time(s.expires) AS expires FROM shards s";
