//! Histories are whole, and give the rows.

use std::collections::BTreeMap;

use flowwright::base::InstanceId;
use flowwright::machine::{self, State};
use flowwright::protocol::wire;

use crate::end::{End, Life};
use crate::flows;

/// Each instance's rows of the feed follow one another from its first event on, without a gap and without a double;
/// folded they give what is stored of the instance.
pub fn check(end: &End) {
    let mut states: BTreeMap<InstanceId, State> = BTreeMap::new();
    let mut position = 0;
    for row in &end.feed {
        let id = row.instance.unwrap();
        assert!(row.position > position, "{id}: position {} comes after {position}", row.position);
        position = row.position;
        let graph = flows::graph(&end.life(id).summary.row.flow);
        let state = states.entry(id).or_default();
        assert_eq!(row.first_seq, state.seq() + 1, "{id}: a row begins with another event");
        for recorded in wire::read_events(id, row.first_seq, &row.events).unwrap() {
            machine::apply(graph, state, &recorded.event, recorded.at);
        }
        assert_eq!(row.last_seq, state.seq(), "{id}: a row ends with another event");
    }
    assert!(
        states.keys().eq(end.lives.keys()),
        "there are rows without a history, or histories without a row"
    );
    for (id, state) in &states {
        is_stored(*id, state, end.life(*id));
    }
}

fn is_stored(id: InstanceId, state: &State, life: &Life) {
    let row = &life.summary.row;
    let json = |state| serde_json::to_value(state).unwrap();
    assert_eq!(json(state), json(&life.state), "{id}: the snapshot gives another state than the history");
    assert_eq!(life.summary.seq, state.seq(), "{id}: the last event");
    assert_eq!(row.status, state.status(), "{id}: the status");
    assert_eq!((row.flow.as_str(), row.version), (state.flow(), state.version()), "{id}: the flow");
    assert_eq!(row.key.as_deref(), state.key(), "{id}: the key");
    assert_eq!((row.started, row.ended), (state.started_at(), state.ended_at()), "{id}: the times");
    assert_eq!(row.wake, state.next_due(), "{id}: when it has to be looked at");
}
