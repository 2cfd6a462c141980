//! An audit finds nothing.

use crate::end::End;

/// The engine's own audit (hash chains, snapshots, rows, tasks, subscriptions, children) finds nothing wrong, and has looked
/// at everything.
pub fn check(end: &End) {
    assert!(end.audit.is_sound(), "{:#?}", end.audit.findings);
    let looked_at = (end.audit.instances, end.audit.rows);
    assert_eq!(looked_at, (end.lives.len() as u64, end.feed.len() as u64), "the audit passed something over");
}
