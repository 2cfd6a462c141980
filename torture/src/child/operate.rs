//! An operator: he holds an instance here and there, and lets go on what anybody holds.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::Result;
use flowwright::protocol::{InstanceStatus, Operator};
use flowwright::store::{InstanceFilter, InstanceSummary, Page};

use super::{Mode, Office};
use crate::lot::Lot;

/// How many instances he looks at.
const PAGE: usize = 40;

/// Operates until the process is told to quit.
pub async fn hold_on_and_on(office: Arc<Office>) {
    let mut lot = Lot::of(&office.name);
    while office.mode() != Mode::Quit {
        if let Err(error) = resume(&office).await {
            office.refused("resume", &error);
        }
        if office.mode() == Mode::Load
            && let Err(error) = suspend(&office, &mut lot).await
        {
            office.refused("suspend", &error);
        }
        tokio::time::sleep(Duration::from_millis(lot.between(100, 500))).await;
    }
}

async fn suspend(office: &Office, lot: &mut Lot) -> Result<()> {
    let running = some(office, InstanceStatus::Running).await?;
    let Some(chosen) = running.get(lot.below(running.len() as u64) as usize) else { return Ok(()) };
    let operator = Operator::new(office.name.clone(), "a look");
    office.engine.suspend(chosen.instance, operator).await
}

async fn resume(office: &Office) -> Result<()> {
    for held in some(office, InstanceStatus::Suspended).await? {
        let operator = Operator::new(office.name.clone(), "looked at");
        if let Err(error) = office.engine.resume(held.instance, operator).await {
            office.refused("resume", &error);
        }
    }
    Ok(())
}

async fn some(office: &Office, status: InstanceStatus) -> Result<Vec<InstanceSummary>> {
    let filter = InstanceFilter { status: vec![status], ..InstanceFilter::default() };
    office.engine.list(&filter, &Page { limit: PAGE, after: None }).await
}
