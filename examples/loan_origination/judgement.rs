//! How the people of the journey decide: from what their task shows, and from nothing else.

use serde::Deserialize;
use serde_json::{Value, json};

use super::data::{EXPLANATION, PROOF};

/// What an underwriter's task shows: the `data` of the steps `underwrite` and `second_look`.
#[derive(Clone, Debug, Deserialize)]
pub struct File {
    /// The application's number.
    pub application: String,
    /// The loan, in thousands of dollars.
    pub loan_amount: f64,
    /// Flats in the house.
    pub units: u32,
    /// Whether the borrower works for himself.
    pub self_employed: bool,
    /// Whether the borrower will live in it.
    pub occupied_by_owner: bool,
    /// The loan, in percent of the lower of price and value.
    pub ltv: f64,
    /// The credit report.
    pub credit: Credit,
    /// What was found out about the income.
    pub income: Income,
    /// Papers that are still missing.
    pub missing: Vec<String>,
    /// Papers that came.
    pub received: Vec<String>,
    /// Who approved before, where this is the second look.
    pub approved_by: Option<String>,
}

/// What the credit bureau says.
#[derive(Clone, Debug, Deserialize)]
pub struct Credit {
    /// `met`, `not_met` or `unknown`.
    pub guidelines: String,
    /// A bankruptcy or the like.
    pub bankruptcy: bool,
    /// Accounts that were 60 days late or more.
    pub delinquent: bool,
    /// Credit lines.
    pub lines: f64,
}

/// What the verification of income says.
#[derive(Clone, Debug, Deserialize)]
pub struct Income {
    /// Housing costs, in percent of income.
    pub housing_ratio: f64,
    /// All debts, in percent of income.
    pub debt_ratio: f64,
    /// Net worth, in thousands of dollars.
    pub net_worth: f64,
    /// Whether everything could be verified.
    pub verified: bool,
}

/// What a person answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// One of the task's outcomes.
    pub outcome: &'static str,
    /// Why.
    pub reason: String,
}

impl Verdict {
    fn new(outcome: &'static str, reason: impl Into<String>) -> Self {
        Self { outcome, reason: reason.into() }
    }

    /// What the task's form asks for.
    pub fn data(&self) -> Value {
        json!({"reason": self.reason})
    }
}

/// How many weak points an underwriter accepts, and how many the second pair of eyes.
const UNDERWRITER_ACCEPTS: usize = 3;
const SECOND_LOOK_ACCEPTS: usize = 2;

/// An underwriter's decision: first the file has to be complete, then the whole picture counts.
pub fn underwrite(file: &File) -> Verdict {
    if asks_for_papers(file) {
        return Verdict::new("documents", format!("still missing: {}", file.missing.join(", ")));
    }
    weigh(file, UNDERWRITER_ACCEPTS)
}

/// The second pair of eyes on a large loan: the same picture, less patience.
pub fn second_look(file: &File) -> Verdict {
    weigh(file, SECOND_LOOK_ACCEPTS)
}

/// A letter of explanation ends the wait for a proof that does not exist; every other paper has to come.
fn asks_for_papers(file: &File) -> bool {
    let explained = file.received.iter().any(|paper| paper == EXPLANATION);
    file.missing.iter().any(|paper| paper != PROOF || !explained)
}

fn weigh(file: &File, accepted: usize) -> Verdict {
    if !file.income.verified {
        return if file.ltv <= 75.0 {
            Verdict::new(
                "approved",
                "not everything is proved, but a quarter of the price is the borrower's own",
            )
        } else {
            Verdict::new(
                "declined",
                "not everything is proved, and less than a quarter is the borrower's own money",
            )
        };
    }
    if file.credit.guidelines == "not_met" {
        return if file.credit.lines >= 14.0 && !file.credit.bankruptcy {
            Verdict::new("approved", "an exception: a long record of credit without bankruptcy")
        } else {
            Verdict::new("declined", "credit history outside the guidelines, and a short record")
        };
    }
    let weak = weak_points(file);
    if weak.len() <= accepted {
        Verdict::new("approved", format!("{} weak points", weak.len()))
    } else {
        Verdict::new("declined", format!("too much at once: {}", weak.join(", ")))
    }
}

/// What speaks against a loan; a very high ratio counts twice.
fn weak_points(file: &File) -> Vec<&'static str> {
    let points = [
        (file.income.debt_ratio > 44.0, "debts above 44 % of income"),
        (file.income.debt_ratio > 52.0, "debts above 52 % of income"),
        (file.income.housing_ratio > 38.0, "housing above 38 % of income"),
        (file.ltv > 95.0, "hardly any money down"),
        (file.units > 1, "rents that have to come in"),
        (file.self_employed, "income that varies"),
        (file.income.net_worth < file.loan_amount / 4.0, "thin reserves"),
        (file.credit.bankruptcy, "a bankruptcy"),
    ];
    points.into_iter().filter_map(|(holds, point)| holds.then_some(point)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> File {
        let data = json!({
            "application": "A1", "loan_amount": 120.0, "units": 1, "self_employed": false, "occupied_by_owner": true,
            "ltv": 80.0, "missing": [], "received": [],
            "credit": {"guidelines": "met", "bankruptcy": false, "delinquent": false, "lines": 8.0},
            "income": {"housing_ratio": 30.0, "debt_ratio": 40.0, "net_worth": 90.0, "verified": true},
        });
        serde_json::from_value(data).unwrap()
    }

    fn outcome(change: impl FnOnce(&mut File)) -> &'static str {
        let mut file = file();
        change(&mut file);
        underwrite(&file).outcome
    }

    #[test]
    fn the_file_has_to_be_complete_first() {
        assert_eq!(outcome(|file| file.missing = vec!["gift_letter".into()]), "documents");
        assert_eq!(outcome(|file| file.missing = vec![PROOF.into()]), "documents");
        assert_eq!(
            outcome(|file| (file.missing, file.received) = (vec![PROOF.into()], vec![EXPLANATION.into()])),
            "approved"
        );
    }

    #[test]
    fn what_is_not_proved_takes_money_down() {
        assert_eq!(outcome(|file| file.income.verified = false), "declined");
        assert_eq!(outcome(|file| (file.income.verified, file.ltv) = (false, 75.0)), "approved");
    }

    #[test]
    fn an_exception_to_the_guidelines_takes_a_long_clean_record() {
        assert_eq!(outcome(|file| file.credit.guidelines = "not_met".into()), "declined");
        let long = |file: &mut File| (file.credit.guidelines, file.credit.lines) = ("not_met".into(), 14.0);
        assert_eq!(outcome(long), "approved");
        assert_eq!(outcome(|file| (long(file), file.credit.bankruptcy = true).1), "declined");
    }

    #[test]
    fn weak_points_add_up_and_the_second_look_has_less_patience() {
        let mut file = file();
        file.income.debt_ratio = 53.0;
        file.ltv = 96.0;
        assert_eq!((underwrite(&file).outcome, second_look(&file).outcome), ("approved", "declined"));
        file.units = 2;
        let verdict = underwrite(&file);
        assert_eq!(verdict.outcome, "declined");
        assert!(verdict.reason.contains("rents"), "{}", verdict.reason);
    }
}
