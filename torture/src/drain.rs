//! After the trouble: everything is left to end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flowwright::protocol::InstanceStatus;
use flowwright::store::{InstanceFilter, Page, Store};

use crate::Result;
use crate::fleet::Fleet;
use crate::report::Report;

/// How long without any progress means that something stands still for good.
const STILL: Duration = Duration::from_secs(45);

/// Waits until every instance has ended. Those that do not are losses.
///
/// # Errors
/// What the store gives; where a process cannot be started.
pub async fn until_all_end(fleet: &mut Fleet, store: &Arc<dyn Store>, report: &mut Report) -> Result<()> {
    let began = Instant::now();
    let under_way = InstanceFilter {
        status: vec![InstanceStatus::Pending, InstanceStatus::Running, InstanceStatus::Suspended],
        ..InstanceFilter::default()
    };
    let (mut position, mut progress) = (0, Instant::now());
    loop {
        // Also those that have just come up.
        fleet.tend()?;
        fleet.tell_all("drain");
        match look(store, &under_way, position).await {
            Ok((0, None)) => break,
            Ok((_, newest)) => {
                if let Some(newest) = newest {
                    (position, progress) = (newest, Instant::now());
                }
            }
            // A server that was hurt may need a moment.
            Err(error) if error.retryable() && progress.elapsed() <= STILL => {}
            Err(error) => return Err(error.into()),
        }
        if progress.elapsed() > STILL {
            for row in store.instances(&under_way, &Page { limit: 10_000, after: None }).await? {
                report.loss(format!("instance {} of `{}` does not end", row.instance, row.row.flow));
            }
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    report.drained_ms = began.elapsed().as_millis() as u64;
    report.gave_up = fleet.gave_up;
    Ok(())
}

/// How many instances are under way, and the newest position behind this one, if there is one.
async fn look(
    store: &Arc<dyn Store>,
    under_way: &InstanceFilter,
    position: u64,
) -> flowwright::base::Result<(u64, Option<u64>)> {
    let open = store.count(under_way).await?;
    Ok((open, store.feed(position, 10_000).await?.last().map(|row| row.position)))
}
