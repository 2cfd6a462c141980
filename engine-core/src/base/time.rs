//! Points in time and lengths of time, in milliseconds. No clock: the time is always an input.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Error, ErrorKind};

/// Milliseconds since 1970-01-01T00:00:00Z. JSON holds the number; people see RFC 3339.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The beginning of 1970, where virtual clocks start.
    pub const EPOCH: Self = Self(0);

    /// A point in time by its milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Span {
        Span(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_millis(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads RFC 3339, for example `2026-03-01T09:00:00Z`.
    fn from_str(text: &str) -> Result<Self, Error> {
        DateTime::parse_from_rfc3339(text).map(|time| Self(time.timestamp_millis())).map_err(|_| {
            Error::new(
                ErrorKind::InvalidArgument,
                format!("`{text}` is not a time: write it as in 2026-03-01T09:00:00Z"),
            )
        })
    }
}

/// A length of time in milliseconds, never negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Span(u64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A length of time by its milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// A length of time by its seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// Milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// As the standard library's duration.
    pub const fn to_std(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The units of the short form and of the time part of ISO 8601, largest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl fmt::Display for Span {
    /// The short form: `1h30m`, `500ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (name, millis) in UNITS {
            if rest >= millis {
                write!(f, "{}{name}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = Error;

    /// Reads ISO 8601 (`PT30S`, `P2D`, `P1W`, `PT1.5S`) and the short form (`500ms`, `30s`, `5m`, `2h`, `1d`, `1h30m`).
    /// Years and months have no fixed length and are refused.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = match text.strip_prefix('P') {
            Some(iso) => parse_iso(iso),
            None => parse_units(text, &UNITS),
        };
        parsed.map(Self).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "`{text}` is not a duration: write 500ms, 30s, 5m, 2h, 1d or ISO 8601 such as PT30S, P2D"
                ),
            )
        })
    }
}

fn parse_iso(text: &str) -> Option<u64> {
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = if date.is_empty() { 0 } else { parse_units(date, &[("W", 604_800_000), ("D", 86_400_000)])? };
    let clock = if time.is_empty() {
        0
    } else {
        parse_units(time, &[("H", 3_600_000), ("M", 60_000), ("S", 1_000)])?
    };
    days.checked_add(clock)
}

/// Numbers followed by units, each unit at most once and in the order given. A fraction may stand in the last number.
fn parse_units(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (mut rest, mut units, mut total) = (text, units, 0u64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let at = units.iter().position(|(name, _)| *name == unit)?;
        total = total.checked_add(scaled(number, units[at].1, tail.is_empty())?)?;
        (rest, units) = (tail, &units[at + 1..]);
    }
    if text.is_empty() { None } else { Some(total) }
}

fn scaled(number: &str, unit: u64, last: bool) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let millis = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    if !number.contains('.') {
        return Some(millis);
    }
    if !last || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let part =
        u128::from(fraction.parse::<u64>().ok()?) * u128::from(unit) / 10u128.pow(fraction.len() as u32);
    millis.checked_add(u64::try_from(part).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_both_forms() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("PT30S", 30_000),
            ("P2D", 172_800_000),
            ("P1DT12H", 129_600_000),
            ("P1W", 604_800_000),
            ("PT0.25S", 250),
        ] {
            assert_eq!(text.parse::<Span>().unwrap().millis(), millis, "{text}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in
            ["", "5", "s", "5x", "P", "PT", "P1Y", "1m1h", "-5s", "1.5h30m", "1.s", "99999999999999999999d"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_reads_what_it_shows() {
        for millis in [0, 1, 999, 61_001, 90_061_001] {
            let span = Span::from_millis(millis);
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
    }
}
