//! What the value of an indicator's line is counted in.
//!
//! Declared by the indicators for what they say and by the members for what they
//! listen to; whoever binds the two compares them before anything starts.

/// What a line's value is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A price, in units of the instrument's price mantissa: 10^-price_decimals.
    Price,
    /// The distance of two prices, in the same units: it says nothing of where they are.
    PriceDifference,
    /// A pure number.
    Ratio,
    /// A pure number that leans: -1 to 1.
    Lean,
    /// 0 to 100.
    Percent,
    /// Ten-thousandths.
    BasisPoints,
    /// Hours.
    Hours,
}

impl Unit {
    /// As it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::PriceDifference => "price difference",
            Self::Ratio => "ratio",
            Self::Lean => "-1 to 1",
            Self::Percent => "0 to 100",
            Self::BasisPoints => "basis points",
            Self::Hours => "hours",
        }
    }

    /// Whether its numbers are scaled as the instrument's prices are.
    #[must_use]
    pub const fn is_of_price(self) -> bool {
        matches!(self, Self::Price | Self::PriceDifference)
    }
}
