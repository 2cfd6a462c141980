//! How far the journey's decisions are those of the lenders in 1990.

use std::fmt;

use super::data::Half;
use super::report::percent;

/// One decision beside the lender's.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// The half of the file.
    pub half: Half,
    /// What the journey decided.
    pub approved: bool,
    /// What the lender decided.
    pub by_lender: bool,
    /// Whether the credit history meets the lender's guidelines.
    pub meets_guidelines: bool,
}

/// The decisions, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Both approve.
    pub both_approve: usize,
    /// Both decline.
    pub both_decline: usize,
    /// The journey approves, the lender declined.
    pub only_journey_approves: usize,
    /// The journey declines, the lender approved.
    pub only_lender_approves: usize,
    /// Decisions that "decline where the guidelines are not met" gets right.
    guidelines_right: usize,
}

impl Agreement {
    /// Counts decisions.
    pub fn of(judged: &[Judged]) -> Self {
        let mut counted = Self::default();
        for one in judged {
            *match (one.approved, one.by_lender) {
                (true, true) => &mut counted.both_approve,
                (false, false) => &mut counted.both_decline,
                (true, false) => &mut counted.only_journey_approves,
                (false, true) => &mut counted.only_lender_approves,
            } += 1;
            counted.guidelines_right += usize::from(one.meets_guidelines == one.by_lender);
        }
        counted
    }

    /// All decisions.
    pub const fn total(&self) -> usize {
        self.both_approve + self.both_decline + self.only_journey_approves + self.only_lender_approves
    }

    /// The share of decisions that agree, in percent.
    pub fn accuracy(&self) -> f64 {
        percent(self.both_approve + self.both_decline, self.total())
    }

    /// The share of the lenders' denials that the journey finds, in percent.
    pub fn recall_of_denials(&self) -> f64 {
        percent(self.both_decline, self.both_decline + self.only_journey_approves)
    }

    /// The share of the journey's denials that are the lenders' too, in percent.
    pub fn precision_of_denials(&self) -> f64 {
        percent(self.both_decline, self.both_decline + self.only_lender_approves)
    }

    /// How often "always approve" would be right, in percent.
    pub fn always_approve(&self) -> f64 {
        percent(self.both_approve + self.only_lender_approves, self.total())
    }

    /// How often "decline where the guidelines are not met" would be right, in percent.
    pub fn guidelines_alone(&self) -> f64 {
        percent(self.guidelines_right, self.total())
    }

    /// The figures as a row of [`TITLES`].
    pub fn row(&self) -> String {
        format!(
            "{:>8}{:>10}{:>10}{:>12}{:>16}{:>18}",
            self.total(),
            share(self.accuracy()),
            share(self.recall_of_denials()),
            share(self.precision_of_denials()),
            share(self.always_approve()),
            share(self.guidelines_alone()),
        )
    }
}

/// What [`Agreement::row`] shows: how many were decided; how many agree; how many of the lenders' denials are found; how
/// many of the journey's denials are the lenders' too; and how far one comes without a journey.
pub const TITLES: &str = " decided     agree    recall   precision  always approve  guidelines alone";

fn share(percent: f64) -> String {
    format!("{percent:.1} %")
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {:<20}{:>18}{:>18}", "", "lender approved", "lender declined")?;
        writeln!(
            f,
            "  {:<20}{:>18}{:>18}",
            "journey approves", self.both_approve, self.only_journey_approves
        )?;
        writeln!(f, "  {:<20}{:>18}{:>18}", "journey declines", self.only_lender_approves, self.both_decline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_cases_are_told_apart() {
        let one = |approved, by_lender, meets_guidelines| Judged {
            half: Half::HeldOut,
            approved,
            by_lender,
            meets_guidelines,
        };
        let counted = Agreement::of(&[
            one(true, true, true),
            one(true, false, false),
            one(false, true, false),
            one(false, false, false),
        ]);
        assert_eq!(
            (counted.accuracy(), counted.always_approve(), counted.guidelines_alone()),
            (50.0, 50.0, 75.0)
        );
        assert_eq!((counted.recall_of_denials(), counted.precision_of_denials()), (50.0, 50.0));
    }
}
