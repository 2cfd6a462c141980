//! Times and lengths of time.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::convert::shortened;
use super::{Answer, Function};
use crate::base::Span;
use crate::expr::fault::{Fault, FaultBox};
use crate::expr::{EvalErrorKind, Value};

/// The first second that a timestamp may be in: the beginning of the year 1.
const MIN_SECONDS: i64 = -62_135_596_800;
/// The last second that a timestamp may be in: the end of the year 9999.
const MAX_SECONDS: i64 = 253_402_300_799;

/// A time by its milliseconds since 1970, moved into the range if it is outside.
pub(in crate::expr) fn clamped_millis(millis: i64) -> DateTime<Utc> {
    let clamped = millis.clamp(MIN_SECONDS * 1_000, MAX_SECONDS * 1_000 + 999);
    DateTime::from_timestamp_millis(clamped).unwrap_or_default()
}

/// A time by its seconds since 1970 and the nanoseconds after.
pub(super) fn timestamp<'a>(seconds: i64, nanos: u32) -> Result<DateTime<Utc>, FaultBox<'a>> {
    let inside = (MIN_SECONDS..=MAX_SECONDS).contains(&seconds);
    let time = DateTime::from_timestamp(seconds, nanos).filter(|_| inside);
    time.ok_or_else(|| Fault::text(EvalErrorKind::Range, "a timestamp lies in the years 1 to 9999"))
}

pub(super) fn parse_timestamp<'a>(text: &str) -> Result<Value<'a>, FaultBox<'a>> {
    let Ok(time) = DateTime::parse_from_rfc3339(text) else {
        let message = format!("\"{}\" is no timestamp: write it as in 2026-03-01T09:00:00Z", shortened(text));
        return Err(Fault::text(EvalErrorKind::Invalid, message));
    };
    // A leap second counts as the last nanosecond before the next.
    timestamp(time.timestamp(), time.timestamp_subsec_nanos().min(999_999_999)).map(Value::Timestamp)
}

/// RFC 3339 in UTC, with as many decimals as it needs.
pub(in crate::expr) fn timestamp_to_text(time: &DateTime<Utc>) -> String {
    let seconds = time.format("%Y-%m-%dT%H:%M:%S");
    format!("{seconds}{}Z", fraction(u64::from(time.timestamp_subsec_nanos())))
}

/// Nanoseconds of a second as decimals, without zeros at the end; nothing for none.
fn fraction(nanos: u64) -> String {
    if nanos == 0 {
        return String::new();
    }
    format!(".{nanos:09}").trim_end_matches('0').to_owned()
}

/// Seconds, with as many decimals as it needs: `5400s`, `-0.25s`.
pub(in crate::expr) fn duration_to_text(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let magnitude = nanos.unsigned_abs();
    format!("{sign}{}{}s", magnitude / 1_000_000_000, fraction(magnitude % 1_000_000_000))
}

/// The units of a duration, the longer names before those they begin with.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// Reads `1h30m`, `-1.5s`, `250ms`, and what the engine reads everywhere: `2d`, `PT30S`.
pub(super) fn parse_duration<'a>(text: &str) -> Result<i64, FaultBox<'a>> {
    let nanos = match text.strip_prefix('P') {
        Some(_) => text.parse::<Span>().ok().map(|span| i128::from(span.millis()) * 1_000_000),
        None => parse_units(text),
    };
    let Some(nanos) = nanos else {
        let message = format!("\"{}\" is no duration: write it as in 1h30m, 250ms or PT30S", shortened(text));
        return Err(Fault::text(EvalErrorKind::Invalid, message));
    };
    i64::try_from(nanos).map_err(|_| duration_out_of_range())
}

fn duration_out_of_range<'a>() -> FaultBox<'a> {
    Fault::text(EvalErrorKind::Range, "a duration lasts at most 292 years")
}

fn parse_units(text: &str) -> Option<i128> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0i128;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(scaled(number, *size)?)?;
        (rest, parts) = (tail, parts + 1);
    }
    (parts > 0).then_some(if negative { -total } else { total })
}

/// A decimal number of units in nanoseconds; what is below one is cut off.
fn scaled(number: &str, size: i128) -> Option<i128> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && decimals.is_empty()) || whole.len() > 20 || decimals.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let decimals = &decimals[..decimals.len().min(18)];
    let part: i128 = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
    let part = part * size / 10i128.pow(u32::try_from(decimals.len()).ok()?);
    whole.checked_mul(size)?.checked_add(part)
}

/// `time + duration`; `sign` is -1 for `time - duration`.
pub(in crate::expr) fn moved<'a>(
    time: DateTime<Utc>,
    nanos: i64,
    sign: i64,
) -> Result<Value<'a>, FaultBox<'a>> {
    let delta = TimeDelta::nanoseconds(nanos);
    let moved = if sign < 0 { time.checked_sub_signed(delta) } else { time.checked_add_signed(delta) };
    let Some(moved) = moved else {
        return Err(Fault::text(EvalErrorKind::Range, "the time is out of range"));
    };
    timestamp(moved.timestamp(), moved.timestamp_subsec_nanos()).map(Value::Timestamp)
}

/// `later - earlier`
pub(in crate::expr) fn between<'a>(
    later: DateTime<Utc>,
    earlier: DateTime<Utc>,
) -> Result<Value<'a>, FaultBox<'a>> {
    let nanos = later.signed_duration_since(earlier).num_nanoseconds();
    nanos.map(Value::Duration).ok_or_else(duration_out_of_range)
}

/// `a + b`, or another sum of durations that may be too large.
pub(in crate::expr) fn duration<'a>(nanos: Option<i64>) -> Result<Value<'a>, FaultBox<'a>> {
    nanos.map(Value::Duration).ok_or_else(duration_out_of_range)
}

pub(super) fn call<'a>(function: Function, arguments: &[Value<'a>]) -> Answer<'a> {
    let number = match arguments {
        [Value::Timestamp(time)] => part_of_time(function, time.naive_utc()),
        [Value::Timestamp(time), Value::String(zone)] => part_of_time(function, local(time, zone)?),
        [Value::Duration(nanos)] => part_of_duration(function, *nanos),
        _ => None,
    };
    Ok(number.map(Value::Int))
}

fn part_of_time(function: Function, time: NaiveDateTime) -> Option<i64> {
    Some(i64::from(match function {
        Function::GetFullYear => return Some(i64::from(time.year())),
        Function::GetMonth => time.month0(),
        Function::GetDate => time.day(),
        Function::GetDayOfMonth => time.day0(),
        Function::GetDayOfWeek => time.weekday().num_days_from_sunday(),
        Function::GetDayOfYear => time.ordinal0(),
        Function::GetHours => time.hour(),
        Function::GetMinutes => time.minute(),
        Function::GetSeconds => time.second(),
        Function::GetMilliseconds => time.nanosecond() / 1_000_000,
        _ => return None,
    }))
}

fn part_of_duration(function: Function, nanos: i64) -> Option<i64> {
    match function {
        Function::GetHours => Some(nanos / 3_600_000_000_000),
        Function::GetMinutes => Some(nanos / 60_000_000_000),
        Function::GetSeconds => Some(nanos / 1_000_000_000),
        Function::GetMilliseconds => Some(nanos / 1_000_000 % 1_000),
        _ => None,
    }
}

/// The date and time of day in a time zone: its name, or its distance from UTC as `+02:00`.
fn local<'a>(time: &DateTime<Utc>, zone: &str) -> Result<NaiveDateTime, FaultBox<'a>> {
    let utc = time.naive_utc();
    if let Some(offset) = fixed_offset(zone) {
        return Ok(offset.from_utc_datetime(&utc).naive_local());
    }
    match zone.parse::<Tz>() {
        Ok(zone) => Ok(zone.from_utc_datetime(&utc).naive_local()),
        Err(_) => {
            let message =
                format!("\"{}\" is no time zone: write it as in Europe/Berlin or +02:00", shortened(zone));
            Err(Fault::text(EvalErrorKind::Invalid, message))
        }
    }
}

fn fixed_offset(zone: &str) -> Option<FixedOffset> {
    let digits = zone.strip_prefix(['+', '-']).unwrap_or(zone);
    let (hours, minutes) = digits.split_once(':')?;
    let valid = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !valid(hours) || !valid(minutes) {
        return None;
    }
    let seconds = hours.parse::<i32>().ok()? * 3_600 + minutes.parse::<i32>().ok()? * 60;
    FixedOffset::east_opt(if zone.starts_with('-') { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, nanos) in [
            ("1h30m", 5_400_000_000_000),
            ("-1.5s", -1_500_000_000),
            ("250ms", 250_000_000),
            ("1us", 1_000),
            ("0", 0),
            ("2d", 172_800_000_000_000),
            ("PT30S", 30_000_000_000),
            (".5s", 500_000_000),
        ] {
            assert_eq!(parse_duration(text).unwrap(), nanos, "{text}");
        }
        for text in ["", "1", "s", "1x", "1.2.3s", "--1s", "P", "99999999999h", "1 s", "-"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_written() {
        for (nanos, text) in
            [(0, "0s"), (5_400_000_000_000, "5400s"), (-250_000_000, "-0.25s"), (1, "0.000000001s")]
        {
            assert_eq!(duration_to_text(nanos), text);
        }
        assert_eq!(duration_to_text(i64::MIN), "-9223372036.854775808s");
    }

    #[test]
    fn a_leap_second_is_in_range() {
        let Value::Timestamp(time) = parse_timestamp("2016-12-31T23:59:60Z").unwrap() else { panic!() };
        assert_eq!(timestamp_to_text(&time), "2016-12-31T23:59:59.999999999Z");
    }
}
