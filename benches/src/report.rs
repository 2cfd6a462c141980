//! What is printed: one JSON object, or a line of a table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a workload took. Fields that a workload has no answer to are `null`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Its name.
    pub workload: String,
    /// On which store.
    pub store: String,
    /// Its size.
    pub n: u64,
    /// Bytes that travelled through each step.
    pub payload: usize,
    /// How many runs this is the median of.
    pub runs: usize,
    /// How long it took.
    pub wall_s: f64,
    /// Instances that ended, by time.
    pub instances_per_s: f64,
    /// Steps that were done, by time.
    pub steps_per_s: f64,
    /// The median latency; of what, the workload says.
    pub p50_ms: Option<f64>,
    /// One in twenty took longer.
    pub p95_ms: Option<f64>,
    /// One in a hundred took longer.
    pub p99_ms: Option<f64>,
    /// Processor time of the whole process.
    pub cpu_s: f64,
    /// The most memory that the process ever had.
    pub peak_rss_mb: f64,
    /// What the process gave the disk to write.
    pub bytes_written: u64,
    /// Transactions that the engine asked the store for.
    pub commits: u64,
    /// How often the disk was told to make durable what it has; `null` where nobody knows.
    pub fsyncs: Option<u64>,
    /// What the disk itself could do in the same minute.
    pub reference: Option<Reference>,
    /// What only this workload has.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// The physics: the same file system and the plain driver, without an engine.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Reference {
    /// Durable commits of one row each, one after the other.
    pub single_commits_per_s: f64,
    /// How long one of them takes.
    pub single_commit_p50_ms: f64,
    /// Rows of the workload's size from many producers who each wait until theirs is durable.
    pub group_rows_per_s: f64,
    /// How many producers.
    pub producers: u64,
    /// How large a row was.
    pub row_bytes: u64,
}

/// The head of the table.
pub const HEAD: &str = "\
| workload | store | n | payload | wall s | instances/s | steps/s | p50 ms | p95 ms | p99 ms | cpu s | peak MB | written MB | commits | fsyncs | ref. commits/s | ref. rows/s | more |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |";

impl Report {
    /// The run in the middle, by time.
    pub fn median(mut runs: Vec<Self>) -> Option<Self> {
        runs.sort_by(|one, other| one.wall_s.total_cmp(&other.wall_s));
        let (count, middle) = (runs.len(), runs.len() / 2);
        let mut report = (middle < count).then(|| runs.swap_remove(middle))?;
        report.runs = count;
        Some(report)
    }

    /// A line of the table.
    pub fn line(&self) -> String {
        let reference = self.reference.unwrap_or_default();
        let some = |number: f64| (number > 0.0).then_some(number);
        let cells = [
            self.workload.clone(),
            self.store.clone(),
            whole(self.n as f64),
            whole(self.payload as f64),
            format!("{:.3}", self.wall_s),
            some(self.instances_per_s).map(whole).unwrap_or_default(),
            whole(self.steps_per_s),
            millis(self.p50_ms),
            millis(self.p95_ms),
            millis(self.p99_ms),
            format!("{:.2}", self.cpu_s),
            format!("{:.0}", self.peak_rss_mb),
            format!("{:.1}", self.bytes_written as f64 / 1e6),
            whole(self.commits as f64),
            self.fsyncs.map(|fsyncs| whole(fsyncs as f64)).unwrap_or_default(),
            some(reference.single_commits_per_s).map(whole).unwrap_or_default(),
            some(reference.group_rows_per_s).map(whole).unwrap_or_default(),
            self.more(),
        ];
        format!("| {} |", cells.join(" | "))
    }

    fn more(&self) -> String {
        let words: Vec<String> = self.extra.iter().map(|(name, value)| format!("{name} {value}")).collect();
        words.join(", ")
    }
}

fn millis(number: Option<f64>) -> String {
    number.map(|number| format!("{number:.3}")).unwrap_or_default()
}

/// A number without a fraction, with a comma at every thousand.
fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted_at_thousands() {
        assert_eq!([7.0, 999.4, 1_000.0, 1_234_567.0].map(whole), ["7", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn the_run_in_the_middle_is_reported() {
        let run = |wall_s| Report { wall_s, ..Report::default() };
        let median = Report::median(vec![run(3.0), run(1.0), run(2.0)]).unwrap();
        assert_eq!((median.wall_s, median.runs), (2.0, 3));
        assert!(Report::median(Vec::new()).is_none());
        assert_eq!(HEAD.lines().next().unwrap().matches('|').count(), median.line().matches('|').count());
    }
}
