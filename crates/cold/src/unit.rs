//! What an integer in a verdict or a vote counts, and how it is written for people.
//!
//! A rule and a member say in words what their numbers count; those words come
//! here with the names of the run. The words that mean a scale are read, so that
//! `462000000000000000000` of "quote asset at scale 18" is written as `462`.
//!
//! Never here: a rounding. Every digit that the record holds is written.

use types::{InstrumentSpec, Money};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 10^-18 of an asset: `at scale 18`.
    Scaled,
    /// `nanoseconds`.
    Nanos,
    /// `millionths of` something: stays a whole number of parts per million.
    Ppm,
    /// `millionths` of one: a share, an index.
    Micro,
    /// The `price mantissa` of the instrument.
    Price,
    /// `millionths of the price mantissa`.
    PriceMicro,
    /// The `quantity mantissa` of the instrument.
    Qty,
    /// `thousandths of a tick`.
    TickMilli,
    /// Whatever the words say, as it stands.
    Plain,
}

impl Unit {
    /// Reads the words of a rule's or a member's descriptor.
    #[must_use]
    pub fn read(words: &str) -> Self {
        let has = |part| words.contains(part);
        match words {
            _ if has("at scale 18") => Self::Scaled,
            _ if words.starts_with("nanoseconds") => Self::Nanos,
            _ if has("millionths of the price mantissa") => Self::PriceMicro,
            _ if has("price mantissa") => Self::Price,
            _ if has("quantity mantissa") => Self::Qty,
            _ if has("thousandths of a tick") => Self::TickMilli,
            _ if words.starts_with("millionths of") => Self::Ppm,
            _ if words.starts_with("millionths") => Self::Micro,
            _ => Self::Plain,
        }
    }

    /// The unit in which [`Self::write`] writes; `words` are the descriptor's.
    #[must_use]
    pub fn shown(self, words: &str) -> String {
        match self {
            Self::Scaled => words.replacen(" at scale 18", "", 1),
            Self::Nanos => "ns".to_owned(),
            Self::Ppm => words.replacen("millionths", "ppm", 1),
            Self::Micro => String::new(),
            Self::Price | Self::PriceMicro => "price".to_owned(),
            Self::Qty => "quantity".to_owned(),
            Self::TickMilli => "ticks".to_owned(),
            Self::Plain => words.to_owned(),
        }
    }

    /// `number` as a decimal. Without the instrument's specification a price or
    /// a quantity stays the bare mantissa that it is.
    #[must_use]
    pub fn write(self, number: i128, spec: Option<&InstrumentSpec>) -> String {
        let price = spec.map_or(0, |spec| u32::from(spec.price_decimals));
        match self {
            Self::Scaled => Money(number).to_string(),
            Self::Micro => trimmed(shifted(number, 6), 0),
            Self::TickMilli => shifted(number, 3),
            Self::Price => shifted(number, price),
            Self::PriceMicro => trimmed(shifted(number, price + 6), price),
            Self::Qty => shifted(number, spec.map_or(0, |spec| u32::from(spec.qty_decimals))),
            Self::Nanos | Self::Ppm | Self::Plain => number.to_string(),
        }
    }

    /// A decimal in this unit's own scale: an indicator's value, which is a
    /// count of price mantissas where the indicator measures prices.
    #[must_use]
    pub fn write_value(self, value: types::Value, spec: Option<&InstrumentSpec>) -> String {
        let text = value.to_string();
        match (self, spec) {
            (Self::Price, Some(spec)) => moved(&text, usize::from(spec.price_decimals)),
            _ => text,
        }
    }
}

/// `number` × 10^-`places`, with all places.
fn shifted(number: i128, places: u32) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let width = places as usize + 1;
    let digits = format!("{:0>width$}", number.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len() - places as usize);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Without the zeros at the end, down to `least` places.
fn trimmed(text: String, least: u32) -> String {
    let Some((whole, fraction)) = text.split_once('.') else { return text };
    let kept = fraction.trim_end_matches('0').len().max(least as usize);
    if kept == 0 { whole.to_owned() } else { format!("{whole}.{}", &fraction[..kept]) }
}

/// The decimal `text` with its point `places` to the left; not a digit is lost.
fn moved(text: &str, places: usize) -> String {
    let (sign, size) = text.strip_prefix('-').map_or(("", text), |size| ("-", size));
    let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
    let width = places + 1;
    let whole = format!("{whole:0>width$}");
    let (front, back) = whole.split_at(whole.len() - places);
    match (back, fraction) {
        ("", "") => format!("{sign}{front}"),
        _ => format!("{sign}{front}.{back}{fraction}"),
    }
}

#[cfg(test)]
mod tests;
