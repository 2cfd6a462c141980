//! Durable first.

use crate::end::End;

/// Nothing is heard outside before it is durable: no handler is called for an attempt, and no caller is answered, that
/// the store would not know of after a crash at that moment.
pub fn check(end: &End) {
    assert!(end.told.too_early.is_empty(), "told before it was durable: {:#?}", end.told.too_early);
}
