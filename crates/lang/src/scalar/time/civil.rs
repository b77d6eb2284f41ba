//! The calendar: days counted from the first of year 1, and dates.
//!
//! Comes in:  counts of seconds and days.
//! Goes out:  years, months, days, weekdays, by the rules of the Gregorian calendar at any
//! time, before it was introduced as well.

/// Days of 400 years, after which the calendar repeats.
const CYCLE: i64 = 146_097;
/// From the first of March in year 0 to the first of year 1. Years that begin in March end
/// with the leap day, which makes them easy to count.
const FROM_MARCH: i64 = 306;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Date {
    /// Zero and below before our era; year 0 is the one before year 1.
    pub year: i64,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
}

/// A day of the week, counted from Sunday as 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

impl Date {
    /// The date that many days after the first of year 1.
    pub(in crate::scalar) fn of_day(day: i64) -> Self {
        let day = day + FROM_MARCH;
        let (cycle, rest) = (day.div_euclid(CYCLE), day.rem_euclid(CYCLE));
        // Leap days of 4, 100 and 400 years taken out, all years have 365 days.
        let year = (rest - rest / 1_460 + rest / 36_524 - rest / 146_096) / 365;
        let year_day = rest - (365 * year + year / 4 - year / 100);
        let month = (5 * year_day + 2) / 153;
        let day = year_day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = cycle * 400 + year + i64::from(month <= 2);
        Self {
            year,
            month: month as u8,
            day: day as u8,
        }
    }

    /// Days since the first of year 1.
    pub(in crate::scalar) fn to_day(self) -> i64 {
        let month = i64::from(self.month);
        let year = self.year - i64::from(month <= 2);
        let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
        let month = if month > 2 { month - 3 } else { month + 9 };
        let year_day = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        cycle * CYCLE + 365 * year + year / 4 - year / 100 + year_day - FROM_MARCH
    }

    pub(super) fn is_leap(year: i64) -> bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    pub(super) fn days_in_month(year: i64, month: u8) -> u8 {
        match month {
            2 if Self::is_leap(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

impl Weekday {
    /// The weekday that many days after the first of year 1, a Monday.
    pub(in crate::scalar) fn of_day(day: i64) -> Self {
        match (day + 1).rem_euclid(7) {
            0 => Self::Sunday,
            1 => Self::Monday,
            2 => Self::Tuesday,
            3 => Self::Wednesday,
            4 => Self::Thursday,
            5 => Self::Friday,
            _ => Self::Saturday,
        }
    }
}

/// Days since the first of year 1, and seconds of the day.
///
/// Seconds wrap around where Go's do: the calendar begins in March of year -292277022400 and
/// has 2^64 seconds from there.
pub(super) fn split(seconds: i64) -> (i64, i64) {
    const BEGIN: i128 = 292_277_022_400 / 400 * CYCLE as i128 + FROM_MARCH as i128;
    let since_begin = (i128::from(seconds) + BEGIN * 86_400).rem_euclid(1 << 64);
    (
        (since_begin / 86_400 - BEGIN) as i64,
        (since_begin % 86_400) as i64,
    )
}
