//! How fine a symbol's prices or quantities are, read off their strings.
//!
//! Fed with every string of a recording; read where the venue's own rules are
//! not in it, and to check them where they are. Exact: no float.

use types::Decimal;

/// The most decimal places of a mantissa.
const PLACES: u8 = 18;

/// Decimal places and the common step of many numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grain {
    /// Most places that any string was written with.
    pub written: u8,
    /// Most places that any value needs, trailing zeros apart.
    pub needed: u8,
    /// Greatest common divisor of all values, in units of 10^-18; 0 before the
    /// first value above zero.
    step: i128,
    /// The strings of last time, which are often the next time's too.
    last: i128,
}

impl Grain {
    /// Takes a string; one that is no number changes nothing, for the decoder
    /// will say so.
    pub(crate) fn note(&mut self, text: &str) {
        let Ok(number) = Decimal::parse(text.as_bytes()) else { return };
        self.written = self.written.max(number.places);
        let trimmed = number.trimmed();
        self.needed = self.needed.max(trimmed.places);
        let scaled = i128::from(number.mantissa) * 10_i128.pow(u32::from(PLACES - number.places));
        if scaled == self.last {
            return;
        }
        self.last = scaled;
        if self.step == 0 || scaled % self.step != 0 {
            self.step = divisor(self.step, scaled.abs());
        }
    }

    /// What both have seen.
    pub(crate) fn join(&mut self, other: &Self) {
        self.written = self.written.max(other.written);
        self.needed = self.needed.max(other.needed);
        self.step = divisor(self.step, other.step);
    }

    /// The step as a count of 10^-`places`; 1 where nothing was seen.
    #[must_use]
    pub fn step_at(&self, places: u8) -> i64 {
        let unit = 10_i128.pow(u32::from(PLACES - places.min(PLACES)));
        i64::try_from(self.step / unit).unwrap_or(1).max(1)
    }
}

fn divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::Grain;

    #[test]
    fn the_step_is_what_all_numbers_are_multiples_of() {
        let mut grain = Grain::default();
        for text in ["61800.20", "61800.50", "0.00", "58710.30"] {
            grain.note(text);
        }
        assert_eq!((grain.written, grain.needed), (2, 1));
        assert_eq!((grain.step_at(1), grain.step_at(2)), (1, 10));
        let mut coarse = Grain::default();
        coarse.note("1500");
        coarse.note("1e3");
        assert_eq!((coarse.written, coarse.needed, coarse.step_at(0)), (0, 0, 500));
        coarse.join(&grain);
        assert_eq!((coarse.written, coarse.step_at(1)), (2, 1));
    }

    #[test]
    fn what_is_no_number_changes_nothing() {
        let mut grain = Grain::default();
        grain.note("abc");
        assert_eq!(grain, Grain::default());
        assert_eq!(grain.step_at(3), 1);
    }
}
