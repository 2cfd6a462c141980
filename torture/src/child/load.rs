//! Callers: they start instances, and wait for most of them.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::InstanceId;
use flowwright::engine::IfExists;

use super::{Mode, Office};
use crate::flow::{self, Flow};
use crate::lot::Lot;
use crate::record::Record;

/// How many callers each process has.
pub const CALLERS: u64 = 16;

/// Starts one instance after the other, until the process is told not to.
pub async fn start_on_and_on(office: Arc<Office>, caller: u64) {
    let mut lot = Lot::of(&format!("{} {caller}", office.name));
    let mut before: Option<(&'static Flow, String)> = None;
    for n in 0.. {
        if office.mode() != Mode::Load {
            return;
        }
        // Now and then the same start again: it is the same instance.
        let again = before.clone().filter(|_| lot.below(8) == 0);
        let (flow, key) = match again {
            Some((flow, key)) => (flow, key),
            None => (flow::draw(&mut lot), format!("{}-{caller}-{n}", office.name)),
        };
        let Some(instance) = start(&office, flow, &key).await else { continue };
        before = Some((flow, key));
        if lot.below(3) > 0 {
            let wait = office.engine.wait_for(instance, Duration::from_millis(lot.between(100, 4_000)));
            if let Err(error) = wait.await {
                office.refused("wait", &error);
            }
        }
    }
}

/// Starts an instance; says the same again for a while where that may help.
async fn start(office: &Office, flow: &Flow, key: &str) -> Option<InstanceId> {
    for _ in 0..20 {
        match office.engine.start(flow.name, flow.input(key)).key(key, IfExists::Return).await {
            Ok(instance) => {
                let (flow, key) = (flow.name.to_owned(), key.to_owned());
                office.recorder.write(&Record::Started { flow, key, instance: instance.id });
                return Some(instance.id);
            }
            Err(error) => office.refused("start", &error),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None
}
