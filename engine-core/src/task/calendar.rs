//! Working time.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use crate::base::{Span, Timestamp};
use crate::definition::Calendar;

/// How many days ahead working time is looked for: a calendar without working days ends there.
const HORIZON_DAYS: u32 = 3_660;

/// The moment at which a length of working time has passed since `from`.
///
/// Working time is what lies between `from` and `to` on the calendar's days, in its zone, holidays left out. A calendar
/// that names no zone, day or hour that exists counts as one that always works; parsing refuses such calendars.
pub fn after_working_time(calendar: &Calendar, from: Timestamp, span: Span) -> Timestamp {
    let Some(hours) = Hours::of(calendar) else { return from + span };
    let Some(start) = DateTime::<Utc>::from_timestamp_millis(from.millis()) else { return from + span };
    let mut day = start.with_timezone(&hours.zone).date_naive();
    let mut left = span.millis();
    for _ in 0..HORIZON_DAYS {
        if let Some((opens, closes)) = hours.window(day) {
            let begin = opens.max(from.millis());
            let open = u64::try_from(closes - begin).unwrap_or(0);
            if open > 0 && left <= open {
                return Timestamp::from_millis(begin.saturating_add(i64::try_from(left).unwrap_or(i64::MAX)));
            }
            left -= open.min(left);
        }
        let Some(next) = day.checked_add_days(Days::new(1)) else { break };
        day = next;
    }
    from + span
}

struct Hours {
    zone: Tz,
    days: Vec<Weekday>,
    from: NaiveTime,
    to: NaiveTime,
    holidays: Vec<NaiveDate>,
}

impl Hours {
    fn of(calendar: &Calendar) -> Option<Self> {
        let days = match calendar.days.as_slice() {
            [] => vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri],
            days => days.iter().map(|day| day.parse().ok()).collect::<Option<Vec<Weekday>>>()?,
        };
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
        let dates = calendar.holidays.iter().map(|date| NaiveDate::parse_from_str(date, "%Y-%m-%d").ok());
        Some(Self {
            zone: calendar.zone.parse().ok()?,
            days,
            from: time(&calendar.from)?,
            to: time(&calendar.to)?,
            holidays: dates.collect::<Option<Vec<_>>>()?,
        })
    }

    /// When work begins and ends on a day, in milliseconds since 1970; none on a day off.
    fn window(&self, day: NaiveDate) -> Option<(i64, i64)> {
        if !self.days.contains(&day.weekday()) || self.holidays.contains(&day) {
            return None;
        }
        // A time that the clocks skip is taken as the first one after the gap; one that comes twice, as the first.
        let moment = |time: NaiveTime| {
            let local = day.and_time(time);
            let found = self.zone.from_local_datetime(&local).earliest();
            let shifted = || self.zone.from_local_datetime(&(local + chrono::TimeDelta::hours(1))).earliest();
            found.or_else(shifted).map(|moment| moment.timestamp_millis())
        };
        Some((moment(self.from)?, moment(self.to)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> Calendar {
        Calendar {
            zone: "America/New_York".into(),
            days: Vec::new(),
            from: "09:00".into(),
            to: "17:00".into(),
            holidays: vec!["2026-07-03".into()],
        }
    }

    #[test]
    fn working_time_passes_over_nights_weekends_and_holidays() {
        for (from, hours, expected) in [
            ("2026-03-02T15:00:00Z", 2, "2026-03-02T17:00:00Z"),
            ("2026-03-02T21:00:00Z", 2, "2026-03-03T15:00:00Z"),
            ("2026-03-06T21:00:00Z", 4, "2026-03-09T16:00:00Z"),
            ("2026-03-07T12:00:00Z", 8, "2026-03-09T21:00:00Z"),
            ("2026-07-02T20:00:00Z", 2, "2026-07-06T14:00:00Z"),
        ] {
            let from: Timestamp = from.parse().unwrap();
            let until = after_working_time(&office(), from, Span::from_secs(hours * 3_600));
            assert_eq!(until.to_string(), expected);
        }
    }
}
