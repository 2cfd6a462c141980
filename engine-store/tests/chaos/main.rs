//! Several processes over one store in virtual time: they crash, leave, pause past their leases, have clocks that differ,
//! a store that fails now and then, and word of one another that is lost or comes twice. Whatever happens, nothing that
//! was acknowledged is lost, nothing counts twice, and nothing is heard before it is durable: `invariants` has the list.
//!
//! `world` is what happens, `callers` are those who call, `oracle` is what they and the handlers were told, `end` is
//! what there is when all is over.
//!
//! A seed that fails is printed. `FLOWWRIGHT_SEED=N` runs one seed alone, `FLOWWRIGHT_SEEDS=N` so many of them, both so
//! many from there on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

mod callers;
mod end;
mod flows;
mod invariants;
mod lot;
mod oracle;
mod world;

use end::End;
use flowwright::protocol::Event;
use flowwright::store::HistoryRow;

/// How many seeds are run, unless `FLOWWRIGHT_SEEDS` says more.
const SEEDS: usize = 120;

/// What has happened in all lives together.
#[derive(Debug, Default)]
struct Tally {
    commits: usize,
    crashes: usize,
    pauses: usize,
    attempts: usize,
    lost: usize,
    late: usize,
    starts: usize,
    signals: usize,
    ends: usize,
    deeds: usize,
    refusals: usize,
    timers: usize,
}

impl Tally {
    fn add(&mut self, end: &End) {
        let count = |wanted: fn(&Event) -> bool| {
            end.lives.values().flat_map(|life| &life.history).filter(|entry| wanted(&entry.event)).count()
        };
        self.commits += end.feed.len();
        self.crashes += end.crashes;
        self.pauses += end.pauses;
        self.attempts += end.told.entries.len();
        self.lost += count(|event| matches!(event, Event::AttemptLost { .. }));
        self.late += count(|event| matches!(event, Event::ResultLate { .. }));
        self.starts += end.told.started.len();
        self.signals += end.told.signalled.len();
        self.ends += end.told.outcomes.len();
        self.deeds += end.told.done.len();
        self.refusals += end.told.refused.len();
        self.timers += count(|event| matches!(event, Event::TaskChanged { .. } | Event::SlaMissed { .. }));
    }

    /// Where something has hardly ever happened, nothing is proved of it.
    fn is_enough(&self, seeds: usize) -> bool {
        let often = [self.attempts, self.starts, self.timers];
        let each = [self.crashes, self.pauses, self.lost, self.signals, self.ends, self.deeds];
        self.commits > 20 * seeds
            && often.iter().all(|count| *count > 5 * seeds)
            && each.iter().all(|count| *count > seeds)
            && (seeds < 50 || self.refusals > 0)
    }
}

fn check(seed: u64) -> End {
    let end = world::live(seed);
    invariants::ALL.iter().for_each(|check| check(&end));
    end
}

#[test]
fn nothing_is_lost_and_nothing_counts_twice() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<usize>().unwrap());
    let (first, count) = (number("FLOWWRIGHT_SEED"), number("FLOWWRIGHT_SEEDS"));
    let count = count.unwrap_or(if first.is_some() { 1 } else { SEEDS });
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    for seed in (first.unwrap_or(1) as u64..).take(count) {
        match std::panic::catch_unwind(|| check(seed)) {
            Ok(end) => tally.add(&end),
            Err(_) => {
                eprintln!("seed {seed} failed: FLOWWRIGHT_SEED={seed} runs it alone");
                failed.push(seed);
            }
        }
    }
    println!("{count} seeds: {tally:?}");
    assert!(failed.is_empty(), "these seeds failed: {failed:?}");
    assert!(count < 10 || tally.is_enough(count), "too little has happened");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 3..13 {
        let (one, two) = (world::live(seed).feed, world::live(seed).feed);
        let at = one.iter().zip(&two).position(|(one, two)| one != two).unwrap_or(one.len().min(two.len()));
        assert!(one == two, "seed {seed} gives two runs: {} and {}", row(one.get(at)), row(two.get(at)));
    }
}

/// A row for people.
fn row(row: Option<&HistoryRow>) -> String {
    let text = |row: &HistoryRow| {
        let (position, id) = (row.position, row.instance.unwrap());
        format!("row {position} of {id} {}\n", String::from_utf8_lossy(&row.events))
    };
    row.map_or_else(|| "nothing more\n".to_owned(), text)
}
