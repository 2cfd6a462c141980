//! Times: earliest and latest starts, slack, the critical path, how much runs at once.

use super::Dag;

/// When steps can start, with as many workers as they like. Times count from 0, in the unit of the durations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The earliest start of each step.
    pub earliest: Vec<u64>,
    /// The latest start of each step that delays nothing.
    pub latest: Vec<u64>,
    /// When the last step ends.
    pub length: u64,
}

impl Schedule {
    /// How long each step can wait without delaying the end.
    pub fn slack(&self) -> Vec<u64> {
        self.latest.iter().zip(&self.earliest).map(|(latest, earliest)| latest - earliest).collect()
    }
}

/// A longest way through the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalPath {
    /// The sum of the durations on it.
    pub length: u64,
    /// Its steps, in order.
    pub steps: Vec<u32>,
}

fn duration(durations: &[u64], step: u32) -> u64 {
    durations.get(step as usize).copied().unwrap_or(0)
}

impl Dag<'_> {
    /// The earliest and latest start of every step. A step without a duration takes no time.
    pub fn schedule(&self, durations: &[u64]) -> Schedule {
        let view = self.view();
        let mut earliest = vec![0u64; view.len()];
        let mut length = 0;
        for &step in self.order() {
            let end = earliest[step as usize].saturating_add(duration(durations, step));
            length = length.max(end);
            for to in view.to(step) {
                earliest[to as usize] = earliest[to as usize].max(end);
            }
        }
        let mut latest = vec![0u64; view.len()];
        for &step in self.order().iter().rev() {
            let end = view.to(step).map(|to| latest[to as usize]).min().unwrap_or(length);
            latest[step as usize] =
                end.saturating_sub(duration(durations, step)).max(earliest[step as usize]);
        }
        Schedule { earliest, latest, length }
    }

    /// How long each step can wait without delaying the end.
    pub fn slack(&self, durations: &[u64]) -> Vec<u64> {
        self.schedule(durations).slack()
    }

    /// A longest way through the graph; of several, the one through the first steps.
    pub fn critical_path(&self, durations: &[u64]) -> CriticalPath {
        let view = self.view();
        let schedule = self.schedule(durations);
        let end_of = |step: u32| schedule.earliest[step as usize].saturating_add(duration(durations, step));
        let mut steps = Vec::new();
        let mut at = (0..view.len() as u32).find(|&step| end_of(step) == schedule.length && !view.is_empty());
        while let Some(step) = at {
            steps.push(step);
            let start = schedule.earliest[step as usize];
            at = view.from(step).filter(|&before| end_of(before) == start).min();
        }
        steps.reverse();
        CriticalPath { length: schedule.length, steps }
    }

    /// The most steps that run at one moment when each starts as early as it can. Steps that take no time do not count,
    /// and what ends at a moment ends before what starts.
    pub fn peak_concurrency(&self, durations: &[u64]) -> usize {
        let schedule = self.schedule(durations);
        let mut moments = Vec::new();
        for step in 0..self.view().len() as u32 {
            let (start, time) = (schedule.earliest[step as usize], duration(durations, step));
            if time > 0 {
                moments.push((start, true));
                moments.push((start.saturating_add(time), false));
            }
        }
        moments.sort_unstable();
        let (mut running, mut peak) = (0usize, 0);
        for (_, starts) in moments {
            running = if starts { running + 1 } else { running - 1 };
            peak = peak.max(running);
        }
        peak
    }
}
