//! A time as a person reads it. Pure: nanoseconds in, text out.

use types::Nanos;

const DAY_NS: i64 = 86_400 * Nanos::PER_SEC;

/// A time as people write it: `2024-01-01 00:00:00.590000000 UTC`.
#[must_use]
pub fn utc(at: Nanos) -> String {
    let (days, rest) = (at.0.div_euclid(DAY_NS), at.0.rem_euclid(DAY_NS));
    let (year, month, day) = civil(days);
    let (second, nanos) = (rest / Nanos::PER_SEC, rest % Nanos::PER_SEC);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02}.{nanos:09} UTC", second % 60)
}

/// Year, month and day of a day since 1970: whole years off, then whole months.
fn civil(mut days: i64) -> (i64, i64, i64) {
    let mut year = 1970;
    while days < 0 {
        year -= 1;
        days += year_days(year);
    }
    while days >= year_days(year) {
        days -= year_days(year);
        year += 1;
    }
    let mut month = 1;
    while days >= month_days(year, month) {
        days -= month_days(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

const fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

const fn year_days(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A span in the unit that a person would take: `950 ns`, `12.5 us`, `3.2 ms`, `1.5 s`.
pub(crate) fn span(ns: i64) -> String {
    let size = ns.unsigned_abs();
    let sign = if ns < 0 { "-" } else { "" };
    let (unit, word) = match size {
        0..1_000 => return format!("{ns} ns"),
        1_000..1_000_000 => (1_000, "us"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    // Three places, cut, not rounded.
    format!("{sign}{}.{:03} {word}", size / unit, size % unit * 1000 / unit)
}
