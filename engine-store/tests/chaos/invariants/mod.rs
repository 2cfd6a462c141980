//! What holds in every life, whatever befalls the processes.
//!
//! | property | file |
//! | --- | --- |
//! | Whatever a caller was told is still so at the end. | `acknowledged` |
//! | Every instance comes to its end, with the right output. | `ended` |
//! | Nothing counts twice: steps, results, children, signals, tasks. | `once` |
//! | Histories have no gap and no double, and fold to the stored rows. | `folded` |
//! | An audit finds nothing wrong. | `sound` |
//! | Nothing is heard outside before it is durable. | `durable_first` |
//! | An attempt runs once; all attempts of a step have one key. | `attempts` |
//! | No timer fires before it is due. | `timers` |

mod acknowledged;
mod attempts;
mod durable_first;
mod ended;
mod folded;
mod once;
mod sound;
mod timers;

use crate::end::End;

/// Panics, and names the instance, where one does not hold.
type Invariant = fn(&End);

/// Every invariant, those first that say best what went wrong.
pub const ALL: [Invariant; 8] = [
    durable_first::check,
    ended::check,
    acknowledged::check,
    once::check,
    attempts::check,
    timers::check,
    folded::check,
    sound::check,
];
