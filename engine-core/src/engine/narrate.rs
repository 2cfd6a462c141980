//! Published events told for people and other languages.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Engine, PublishedEvent};
use crate::base::{InstanceId, Result};
use crate::graph::Graph;
use crate::machine::{self, Places};
use crate::protocol::{Event, wire};

/// How many instances it remembers.
const KNOWN: usize = 10_000;

/// Tells published events of many instances with the paths of their steps, which events alone do not hold: it remembers
/// the runs of scopes of the instances that are under way, and reads what it did not see.
#[derive(Default)]
pub struct Narrator {
    known: HashMap<InstanceId, Known>,
}

struct Known {
    graph: Arc<Graph>,
    places: Places,
    seq: u64,
}

impl Narrator {
    /// An event as JSON: `{seq, at_ms, type, step, instance, flow, position, …}`, everything named.
    ///
    /// # Errors
    /// `Corrupt`; what the store gives.
    pub async fn tell(&mut self, engine: &Engine, told: &PublishedEvent) -> Result<Value> {
        if self.known.get(&told.instance).is_none_or(|known| known.seq + 1 != told.seq) {
            if self.known.len() >= KNOWN {
                self.known.clear();
            }
            let known = read(engine, told).await?;
            self.known.insert(told.instance, known);
        }
        let Some(known) = self.known.get_mut(&told.instance) else { return Ok(Value::Null) };
        known.places.see(&told.event);
        known.seq = told.seq;
        let mut json = machine::event_json(&known.graph, &known.places, told.seq, told.at, &told.event);
        json["instance"] = told.instance.to_string().into();
        json["flow"] = known.graph.flow().into();
        json["position"] = told.position.into();
        if matches!(told.event, Event::InstanceEnded(_)) {
            self.known.remove(&told.instance);
        }
        Ok(json)
    }
}

/// What was before an event.
async fn read(engine: &Engine, told: &PublishedEvent) -> Result<Known> {
    if let Event::InstanceStarted(started) = &told.event {
        let graph = engine.graph(&started.flow, Some(started.version)).await?;
        return Ok(Known { graph, places: Places::default(), seq: 0 });
    }
    let (graph, rows) = engine.rows(told.instance).await?;
    let mut places = Places::default();
    for row in rows {
        let recorded = wire::read_events(told.instance, row.first_seq, &row.events)?;
        recorded.iter().filter(|one| one.seq < told.seq).for_each(|one| places.see(&one.event));
    }
    Ok(Known { graph, places, seq: told.seq - 1 })
}
