//! What single values must satisfy.
#![expect(
    clippy::ptr_arg,
    reason = "a check is a pointer to a function of exactly the type that its field has"
)]

use chrono::{NaiveDate, NaiveTime};

use super::Fault;
use super::value::shown;
use crate::base::Timestamp;
use crate::definition::code;
use crate::definition::condition::is_field;

fn unless(holds: bool, code: &'static str, message: impl FnOnce() -> String) -> Option<Fault> {
    (!holds).then(|| Fault::new(code, message()))
}

fn invalid_unless(holds: bool, message: &str) -> Option<Fault> {
    unless(holds, code::INVALID_VALUE, || message.to_owned())
}

pub(super) fn filled(text: &String) -> Option<Fault> {
    invalid_unless(!text.trim().is_empty(), "must not be empty")
}

pub(super) fn some<T>(list: &Vec<T>) -> Option<Fault> {
    invalid_unless(!list.is_empty(), "must not be empty")
}

/// CEL as it stands: without `${ }` around it.
pub(super) fn cel(text: &String) -> Option<Fault> {
    let wrapped = invalid_unless(!text.trim_start().starts_with("${"), "is CEL as it stands");
    filled(text).or_else(|| wrapped.map(|fault| fault.help("leave `${ }` out")))
}

/// A path such as a rule compares.
pub(super) fn field_path(field: &String) -> Option<Fault> {
    let help = "write names with dots between them, as in vars.score, steps.credit.output[0] or \
                vars[\"two words\"]";
    (!is_field(field)).then(|| {
        Fault::new(code::INVALID_VALUE, format!("is {}, which is not a path", shown(field))).help(help)
    })
}

pub(super) fn positive(number: &u32) -> Option<Fault> {
    invalid_unless(*number > 0, "must be 1 or more")
}

pub(super) fn not_negative(number: &f64) -> Option<Fault> {
    invalid_unless(*number >= 0.0, "must be 0 or more")
}

pub(super) fn growth(number: &f64) -> Option<Fault> {
    invalid_unless(*number >= 1.0, "must be 1 or more")
}

pub(super) fn share(number: &f64) -> Option<Fault> {
    invalid_unless((0.0..=1.0).contains(number), "must be from 0 to 1")
}

pub(super) fn percent(number: &f64) -> Option<Fault> {
    invalid_unless((0.0..=100.0).contains(number), "must be from 0 to 100")
}

pub(super) fn step_id(id: &String) -> Option<Fault> {
    let mut chars = id.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    let rest = chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let help = "an id begins with a letter and holds letters, digits, `_` and `-`, at most 100 characters";
    unless(first && rest && id.len() <= 100, code::INVALID_ID, || format!("cannot be {}", shown(id)))
        .map(|fault| fault.help(help))
}

pub(super) fn flow_key(key: &String) -> Option<Fault> {
    let mut chars = key.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_lowercase());
    let rest = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'));
    let help = "a flow's key begins with a small letter and holds small letters, digits, `.`, `_` and `-`, at most \
                100 characters";
    unless(first && rest && key.len() <= 100, code::INVALID_ID, || format!("cannot be {}", shown(key)))
        .map(|fault| fault.help(help))
}

/// RFC 3339, or data with an expression in it.
pub(super) fn timestamp(text: &String) -> Option<Fault> {
    let valid = text.contains("${") || text.parse::<Timestamp>().is_ok();
    unless(valid, code::INVALID_TIMESTAMP, || format!("is {}, which is not a point in time", shown(text)))
        .map(|fault| fault.help("write it as in 2026-03-01T09:00:00Z, or as ${ expression }"))
}

pub(super) fn zone(name: &String) -> Option<Fault> {
    let valid = name.parse::<chrono_tz::Tz>().is_ok();
    unless(valid, code::INVALID_VALUE, || format!("is {}, which is not a time zone", shown(name)))
        .map(|fault| fault.help("write it as IANA does, for example America/New_York or UTC"))
}

pub(super) fn clock(text: &String) -> Option<Fault> {
    let valid = text.len() == 5 && NaiveTime::parse_from_str(text, "%H:%M").is_ok();
    unless(valid, code::INVALID_VALUE, || format!("is {}, which is not a time of day", shown(text)))
        .map(|fault| fault.help("write it as HH:MM, for example 08:30"))
}

pub(super) fn dates(dates: &Vec<String>) -> Option<Fault> {
    let is_date = |text: &&String| text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
    let wrong = dates.iter().find(|date| !is_date(date))?;
    let message = format!("has {}, which is not a date", shown(wrong));
    Some(Fault::new(code::INVALID_VALUE, message).help("write it as YYYY-MM-DD"))
}

pub(in crate::definition) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(super) fn days(days: &Vec<String>) -> Option<Fault> {
    let wrong = days.iter().find(|day| !DAYS.contains(&day.as_str()))?;
    let message = format!("has {}, which is not a day of the week", shown(wrong));
    Some(Fault::new(code::INVALID_VALUE, message).help(super::map::meant(wrong, &DAYS)))
}

/// A list of different names, none of them empty.
pub(super) fn names(names: &Vec<String>) -> Option<Fault> {
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Some(Fault::new(code::INVALID_VALUE, format!("has {} twice", shown(twice[0]))));
    }
    invalid_unless(!sorted.iter().any(|name| name.trim().is_empty()), "has a name that is empty")
}
