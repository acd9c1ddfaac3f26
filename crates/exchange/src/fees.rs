//! Fees and rebates: a rate for each side of a trade, by instrument where it has its own.
//! Asked by the account when it books a fill. It holds no money.

use crate::number::settled;

/// The rates of one instrument, parts per million of the notional; below zero pays a rebate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Of the passive side.
    pub maker_ppm: i64,
    /// Of the aggressive side.
    pub taker_ppm: i64,
}

impl Fees {
    /// The rate of one side, ppm.
    pub(crate) fn rate(self, maker: bool) -> i64 {
        if maker { self.maker_ppm } else { self.taker_ppm }
    }

    /// What a fill costs, scale 18, truncated toward zero at eight decimals; below zero is paid
    /// out.
    pub(crate) fn charge(self, notional: i128, maker: bool) -> i128 {
        settled(notional * i128::from(self.rate(maker)) / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    //! Known answers from the rates.

    use super::*;
    use crate::number::{MONEY_ONE, money_text};

    #[test]
    fn maker_pays_two_taker_five_basis_points_and_a_negative_rate_pays_back() {
        let usual = Fees { maker_ppm: 200, taker_ppm: 500 };
        let notional = 61_800 * MONEY_ONE / 10;
        assert_eq!(money_text(usual.charge(notional, true)), "1.23600000");
        assert_eq!(money_text(usual.charge(notional, false)), "3.09000000");
        let rebate = Fees { maker_ppm: -50, taker_ppm: 500 };
        assert_eq!(money_text(rebate.charge(notional, true)), "-0.30900000");
    }

    #[test]
    fn less_than_eight_decimals_is_cut_toward_zero_both_ways() {
        let notional = MONEY_ONE / 1_000;
        let charge =
            |ppm| Fees { maker_ppm: ppm, taker_ppm: 0 }.charge(notional + MONEY_ONE / 10_000, true);
        // 0.0011 at 37 ppm is 0.0000000407.
        assert_eq!(
            (money_text(charge(37)), money_text(charge(-37))),
            ("0.00000004".into(), "-0.00000004".into())
        );
    }
}
