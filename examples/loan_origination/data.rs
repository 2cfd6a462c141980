//! The applications: reading the file, and what a row means to the people and services of the journey.

use std::fmt;

/// The file as it came. `data/README.md` tells its origin and licence.
const FILE: &str = include_str!("data/boston_hmda_1990.csv");

/// One mortgage application of 1990, with what was found out about it. Money in thousands of dollars, ratios in
/// percent of income.
#[derive(Clone, Debug)]
pub struct Application {
    /// `A0001` to `A1989`.
    pub id: String,
    /// The loan that is asked for.
    pub loan_amount: f64,
    /// What the property costs.
    pub price: f64,
    /// What an appraiser says it is worth.
    pub appraised: f64,
    /// Flats in it.
    pub units: u32,
    /// Whether the borrower will live in it.
    pub occupied_by_owner: bool,
    /// Whether the borrower works for himself.
    pub self_employed: bool,
    /// What housing will take of the income.
    pub housing_ratio: f64,
    /// What all debts together will take of the income.
    pub debt_ratio: f64,
    /// What the borrower owns beyond what he owes.
    pub net_worth: f64,
    /// Whether something in the application could not be verified.
    pub unverifiable: bool,
    /// Whether the credit history meets the lender's guidelines; `None` where the file does not say.
    pub meets_guidelines: Option<bool>,
    /// A bankruptcy or the like in the public records.
    pub bankruptcy: bool,
    /// Accounts that were 60 days late or more.
    pub delinquent: bool,
    /// Credit lines on the reports.
    pub credit_lines: f64,
    /// Whether mortgage insurance was asked for.
    pub insurance_sought: bool,
    /// Whether the insurer refused.
    pub insurance_refused: bool,
    /// Whether some of the money down is a gift.
    pub gift: bool,
    /// Whether somebody signs with the borrower.
    pub cosigner: bool,
    /// How often the lender had the file on the table; `None` where the file does not say.
    pub reviews: Option<u32>,
    /// What the lender decided. Nobody in the journey sees it: the report compares with it.
    pub approved: bool,
}

/// A file that cannot be read: where, and what is wrong.
#[derive(Debug)]
pub struct DataError {
    line: usize,
    problem: String,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "boston_hmda_1990.csv, line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for DataError {}

/// Reads all applications, in the order of the file.
///
/// # Errors
/// Names the line that cannot be read.
pub fn load() -> Result<Vec<Application>, DataError> {
    parse(FILE)
}

fn parse(text: &str) -> Result<Vec<Application>, DataError> {
    let mut lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
    let names: Vec<&str> = lines.next().map(|(_, line)| line.split(',').collect()).unwrap_or_default();
    lines
        .map(|(line, text)| {
            let row = Row { names: &names, fields: text.split(',').collect() };
            application(&row).map_err(|problem| DataError { line, problem })
        })
        .collect()
}

/// A row, whose fields are read by name.
struct Row<'a> {
    names: &'a [&'a str],
    fields: Vec<&'a str>,
}

impl Row<'_> {
    fn text(&self, name: &str) -> Result<&str, String> {
        let place = self.names.iter().position(|known| *known == name);
        place
            .and_then(|place| self.fields.get(place))
            .copied()
            .ok_or_else(|| format!("there is no field `{name}`"))
    }

    fn number(&self, name: &str) -> Result<f64, String> {
        let text = self.text(name)?;
        text.parse().map_err(|_| format!("`{name}` is `{text}`, not a number"))
    }

    fn flag(&self, name: &str) -> Result<bool, String> {
        Ok(self.number(name)? == 1.0)
    }
}

fn application(row: &Row<'_>) -> Result<Application, String> {
    Ok(Application {
        id: row.text("application")?.to_owned(),
        loan_amount: row.number("loanamt")?,
        price: row.number("price")?,
        appraised: row.number("apr")?,
        // Four rows leave it open: a single family then.
        units: row.number("unit").unwrap_or(1.0) as u32,
        occupied_by_owner: row.number("occ")? == 1.0,
        self_employed: row.flag("self")?,
        housing_ratio: row.number("hrat")?,
        debt_ratio: row.number("obrat")?,
        net_worth: row.number("netw")?,
        unverifiable: row.flag("unver")?,
        // 666 stands for "not said".
        meets_guidelines: Some(row.number("gdlin")?).filter(|code| *code < 2.0).map(|code| code == 1.0),
        bankruptcy: row.flag("pubrec")?,
        delinquent: !row.flag("chist")?,
        credit_lines: row.number("lines")?,
        insurance_sought: row.flag("inss")?,
        insurance_refused: row.flag("inson")?,
        gift: row.flag("gift")?,
        cosigner: row.flag("cosign")?,
        // 999 stands for "not said".
        reviews: Some(row.number("review")?).filter(|times| *times < 999.0).map(|times| times as u32),
        approved: row.flag("approve")?,
    })
}

/// The two halves of the file: rules and judgement were developed on one and measured on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// A0001, A0003, A0005, …
    Developed,
    /// A0002, A0004, A0006, …
    HeldOut,
}

impl Application {
    /// The borrower's name at the lender's.
    pub fn borrower(&self) -> String {
        format!("borrower-{}", self.id)
    }

    /// The number in the application's id.
    pub fn number(&self) -> u32 {
        self.id.trim_start_matches('A').parse().unwrap_or_default()
    }

    /// The half that it belongs to.
    pub fn half(&self) -> Half {
        if self.number() % 2 == 1 { Half::Developed } else { Half::HeldOut }
    }

    /// The papers that a lender asks for where people look at the file.
    pub fn papers(&self) -> Vec<&'static str> {
        let needed = [
            (self.self_employed, "tax_returns"),
            (self.gift, "gift_letter"),
            (self.cosigner, "cosigner_statement"),
            (self.unverifiable, PROOF),
        ];
        needed.into_iter().filter_map(|(asked, paper)| asked.then_some(paper)).collect()
    }
}

/// The paper that a borrower cannot send whose facts cannot be verified.
pub const PROOF: &str = "proof_of_facts";

/// What he sends in its place.
pub const EXPLANATION: &str = "letter_of_explanation";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_file_is_read() {
        let all = load().unwrap();
        assert_eq!(all.len(), 1_989);
        assert_eq!(all.iter().filter(|one| one.approved).count(), 1_745);
        assert_eq!(all.iter().filter(|one| one.meets_guidelines.is_none()).count(), 2);
        assert_eq!(all.iter().filter(|one| one.half() == Half::Developed).count(), 995);
        assert_eq!((all[0].loan_amount, all[0].appraised, all[0].reviews), (89.0, 118.0, Some(1)));
        assert_eq!(all[1].reviews, None);
    }

    #[test]
    fn a_bad_line_is_named() {
        let text = FILE.replacen("\nA0002,1,128,", "\nA0002,1,much,", 1);
        let error = parse(&text).unwrap_err();
        assert_eq!(error.to_string(), "boston_hmda_1990.csv, line 3: `loanamt` is `much`, not a number");
    }
}
