//! The flows that run, and what each of them must come to.

use serde_json::{Value, json};

use crate::lot::Lot;

/// A flow, and how often it counts until it ends.
pub struct Flow {
    /// Its key.
    pub name: &'static str,
    /// Its definition.
    pub definition: &'static str,
    /// What `count` of its output is at the end: one for each step that counts.
    pub count: u64,
    /// How often it is started, among the others; 0 for what only others call.
    pub weight: u64,
}

/// All flows. Each step hands on what the one before it gave, so that a result that is not the recorded one shows.
pub const FLOWS: &[Flow] = &[
    Flow {
        name: "chain",
        count: 4,
        weight: 4,
        definition: "
flow: chain
vars: {count: 0}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: a, type: activity, handler: work, with: {n: '${ input.n }'}, set: {count: vars.count + 1}, next: b}
  - {id: b, type: activity, handler: work, with: {after: '${ steps.a.output.unique }'}, set: {count: vars.count + 1}, next: c}
  - {id: c, type: activity, handler: work, with: {after: '${ steps.b.output.unique }'}, set: {count: vars.count + 1}, next: d}
  - {id: d, type: activity, handler: work, with: {after: '${ steps.c.output.unique }'}, set: {count: vars.count + 1}}
",
    },
    Flow {
        name: "fan",
        count: 2,
        weight: 3,
        definition: "
flow: fan
vars: {count: 0}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: first, type: activity, handler: work, with: {n: '${ input.n }'}, next: each}
  - id: each
    type: for_each
    items: '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]'
    concurrency: 4
    set: {count: vars.count + 1}
    next: last
    steps: [{id: one, type: activity, handler: work, with: {item: '${ item }', after: '${ steps.first.output.unique }'}}]
  - {id: last, type: activity, handler: work, with: {after: '${ steps.each.output[9].unique }'}, set: {count: vars.count + 1}}
",
    },
    Flow {
        name: "wide",
        count: 2,
        weight: 1,
        definition: "
flow: wide
vars: {count: 0}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: first, type: activity, handler: work, with: {n: '${ input.n }'}, next: each}
  - id: each
    type: for_each
    items: input.items
    set: {count: vars.count + 1}
    next: last
    steps: [{id: one, type: activity, handler: work, with: {item: '${ item }', after: '${ steps.first.output.unique }'}}]
  - {id: last, type: activity, handler: work, with: {after: '${ steps.each.output[119].unique }'}, set: {count: vars.count + 1}}
",
    },
    Flow {
        name: "late",
        count: 3,
        weight: 1,
        definition: "
flow: late
vars: {count: 0}
defaults: {activity: {timeout: 400ms, retry: {attempts: 40, initial: 20ms, max: 100ms}}}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: a, type: activity, handler: slow, with: {n: '${ input.n }'}, set: {count: vars.count + 1}, next: [b, c]}
  - {id: b, type: activity, handler: slow, with: {after: '${ steps.a.output.unique }'}, set: {count: vars.count + 1}}
  - {id: c, type: activity, handler: slow, with: {after: '${ steps.a.output.unique }'}, set: {count: vars.count + 1}}
",
    },
    Flow {
        name: "nap",
        count: 2,
        weight: 2,
        definition: "
flow: nap
vars: {count: 0}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: a, type: activity, handler: work, with: {n: '${ input.n }'}, set: {count: vars.count + 1}, next: nap}
  - {id: nap, type: timer, delay: 700ms, next: b}
  - {id: b, type: activity, handler: work, with: {after: '${ steps.a.output.unique }'}, set: {count: vars.count + 1}}
",
    },
    Flow {
        name: "wait",
        count: 3,
        weight: 2,
        definition: "
flow: wait
vars: {count: 0}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: a, type: activity, handler: work, with: {n: '${ input.n }'}, next: [go, paid]}
  - {id: go, type: signal, name: go, set: {count: vars.count + 1}}
  - {id: paid, type: signal, name: paid, correlate: input.n, set: {count: vars.count + 1}}
  - {id: b, type: activity, handler: work, needs: [go, paid], with: {after: '${ steps.a.output.unique }'}, set: {count: vars.count + 1}}
",
    },
    Flow {
        name: "desk",
        count: 3,
        weight: 2,
        definition: "
flow: desk
vars: {count: 0}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: look, type: user_task, role: clerk, outcomes: [ok], set: {count: vars.count + 1}, next: agree}
  - {id: agree, type: user_task, role: clerk, not_by: [look], outcomes: [ok], set: {count: vars.count + 1}, next: file}
  - {id: file, type: activity, handler: work, with: {n: '${ input.n }'}, set: {count: vars.count + 1}}
",
    },
    Flow {
        name: "caller",
        count: 6,
        weight: 2,
        definition: "
flow: caller
vars: {count: 0}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: chain, type: call, flow: chain, with: {n: '${ input.n }'}, set: {count: vars.count + output.count}, next: more}
  - {id: more, type: call, flow: nap, with: {n: '${ input.n }'}, set: {count: vars.count + output.count}}
",
    },
    Flow {
        name: "unlucky",
        count: 3,
        weight: 2,
        definition: "
flow: unlucky
vars: {count: 0}
defaults: {activity: {retry: {attempts: 12, initial: 20ms, max: 100ms}}}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - {id: a, type: activity, handler: flaky, with: {n: '${ input.n }'}, set: {count: vars.count + 1}, next: b}
  - {id: b, type: activity, handler: broken, with: {n: '${ input.n }'}, next: [{to: mend, on: failure}]}
  - {id: mend, type: activity, handler: flaky, with: {after: '${ steps.a.output.unique }'}, set: {count: vars.count + 1}, next: turns}
  - id: turns
    type: loop
    until: iteration >= 2
    max_iterations: 5
    output: {done: true}
    set: {count: vars.count + 1}
    steps: [{id: turn, type: activity, handler: flaky, with: {n: '${ input.n }'}}]
",
    },
    Flow {
        name: "undo",
        count: 1,
        weight: 2,
        definition: "
flow: undo
vars: {count: 0}
output: {n: '${ input.n }', count: '${ vars.count }'}
steps:
  - id: trip
    type: group
    on_failure: compensate
    next: [{to: after, on: failure}]
    steps:
      - {id: hotel, type: activity, handler: work, with: {n: '${ input.n }'}, compensate: {handler: undo, with: {after: '${ steps.hotel.output.unique }'}}, next: flight}
      - {id: flight, type: activity, handler: work, with: {n: '${ input.n }'}, compensate: {handler: undo, with: {after: '${ steps.flight.output.unique }'}}, next: pay}
      - {id: pay, type: activity, handler: broken, with: {n: '${ input.n }'}}
  - {id: after, type: activity, handler: work, with: {n: '${ input.n }'}, set: {count: vars.count + 1}}
",
    },
];

/// How often something is compensated in an instance of a flow.
pub fn compensations(flow: &str) -> usize {
    if flow == "undo" { 2 } else { 0 }
}

/// The flow of a name.
pub fn of(name: &str) -> Option<&'static Flow> {
    FLOWS.iter().find(|flow| flow.name == name)
}

/// A flow to start.
pub fn draw(lot: &mut Lot) -> &'static Flow {
    let mut place = lot.below(FLOWS.iter().map(|flow| flow.weight).sum());
    for flow in FLOWS {
        if place < flow.weight {
            return flow;
        }
        place -= flow.weight;
    }
    &FLOWS[0]
}

impl Flow {
    /// What an instance is started with.
    pub fn input(&self, key: &str) -> Value {
        match self.name {
            "wide" => json!({"n": key, "items": (0..120).collect::<Vec<_>>()}),
            _ => json!({"n": key}),
        }
    }

    /// What an instance with this input gives.
    pub fn output(&self, n: &Value) -> Value {
        json!({"n": n, "count": self.count})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flow_compiles_and_says_what_it_counts() {
        let store = std::sync::Arc::new(flowwright_store::MemoryStore::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let engine = flowwright::engine::Engine::builder(store).open().await.unwrap();
            for flow in FLOWS {
                let deployed = engine.deploy(flow.definition).await.unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(deployed.flow, flow.name);
            }
        });
        assert_eq!(of("wait").unwrap().output(&json!("x")), json!({"n": "x", "count": 3}));
    }

    #[test]
    fn every_flow_that_has_a_weight_is_drawn() {
        let mut lot = Lot::new(1);
        let drawn: std::collections::BTreeSet<_> = (0..500).map(|_| draw(&mut lot).name).collect();
        assert_eq!(drawn.len(), FLOWS.len());
    }
}
