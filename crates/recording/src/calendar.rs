//! A point in time as part of a file's name. Knows no clock and no time zone.

use types::Nanos;

/// `20261121T145443Z`, by the civil calendar of days since 1970 (Howard
/// Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`).
pub(crate) fn compact(at: Nanos) -> String {
    let seconds = at.0.div_euclid(Nanos::PER_SEC);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Counted from 0000-03-01, so that a leap day is the last of its year.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (civil, is_next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    let year = year + era * 400 + is_next;
    format!("{year:04}{civil:02}{of_month:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::compact;
    use types::Nanos;

    #[test]
    fn known_days_are_named() {
        let named = |seconds: i64| compact(Nanos(seconds * Nanos::PER_SEC));
        assert_eq!(named(0), "19700101T000000Z");
        assert_eq!(named(951_782_399), "20000228T235959Z");
        assert_eq!(named(951_782_400), "20000229T000000Z");
        assert_eq!(named(1_723_161_600), "20240809T000000Z");
        assert_eq!(named(1_795_273_199), "20261121T145959Z");
    }
}
