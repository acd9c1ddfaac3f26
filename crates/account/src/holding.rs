//! One instrument's position and what it cost: exact, by cash.
//!
//! What it made is the cash that came in and went out, plus what the position is
//! worth, less the fees: no average is kept, so nothing is rounded. A fee in the
//! base asset is less of a position instead, as the balance has it. Never here:
//! a wrap. What cannot be counted any more is absent from then on.

use types::{FeeAsset, InstrumentSpec, Money, Price, Qty, Side};

/// A position and its cash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    qty: i128,
    /// Received less paid, at scale 18; `None` once it could not be counted.
    cash: Cash,
    fees: Cash,
}

/// Money that may have become uncountable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cash(pub(crate) Option<i128>);

impl Default for Cash {
    fn default() -> Self {
        Self(Some(0))
    }
}

impl Cash {
    pub(crate) fn add(&mut self, amount: Option<i128>) {
        self.0 = self.0.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount));
    }
}

impl Holding {
    /// A position that the venue stated at start, bought at `entry`.
    pub(crate) fn on_held(&mut self, spec: Option<&InstrumentSpec>, qty: Qty, entry: Price) {
        self.qty = i128::from(qty.0);
        self.cash = Cash(match qty.0 {
            0 => Some(0),
            _ => spec.and_then(|spec| Money::notional(spec, entry, qty)?.0.checked_neg()),
        });
    }

    /// A fill. Returns its signed quantity; a quantity below zero is none.
    pub(crate) fn on_fill(
        &mut self,
        spec: Option<&InstrumentSpec>,
        (side, price, qty): (Side, Price, Qty),
        (fee, asset): (Money, FeeAsset),
    ) -> i64 {
        let qty = qty.0.max(0);
        let signed = if side == Side::Buy { qty } else { -qty };
        self.qty = self.qty.saturating_add(i128::from(signed));
        let paid = spec.and_then(|spec| Money::notional(spec, price, Qty(signed)));
        self.cash.add(paid.and_then(|paid| paid.0.checked_neg()));
        match asset {
            FeeAsset::Quote => self.fees.add(Some(fee.0)),
            FeeAsset::Base => self.on_base_fee(spec, fee),
            // A third asset: its balance says it, and no sum of this instrument.
            FeeAsset::Other => {}
        }
        signed
    }

    /// A fee that was taken out of the position itself, as the venue's balance has
    /// it. What is finer than the quantity is rounded up: no more is held than is
    /// counted. Without a specification the cash cannot be counted any more.
    fn on_base_fee(&mut self, spec: Option<&InstrumentSpec>, fee: Money) {
        match spec.and_then(|spec| base_fee(spec, fee)) {
            Some(fee) => self.qty = self.qty.saturating_sub(fee),
            None => self.cash.add(None),
        }
    }

    /// Signed position in mantissas of the quantity; short is negative.
    #[must_use]
    pub const fn qty(&self) -> i128 {
        self.qty
    }

    /// Fees paid; negative is rebates. `None` beyond the range.
    #[must_use]
    pub fn fees(&self) -> Option<Money> {
        self.fees.0.map(Money)
    }

    /// Profit since the start after fees, the position valued at half of
    /// `mid_x2`, rounded toward minus infinity. `None` where the cash could not
    /// be counted, where a position has no price, and beyond the range.
    #[must_use]
    pub fn profit(&self, spec: Option<&InstrumentSpec>, mid_x2: Option<i64>) -> Option<Money> {
        let worth = match self.qty {
            0 => 0,
            qty => {
                let (spec, mid_x2) = (spec?, mid_x2?);
                let places = u32::from(spec.price_decimals) + u32::from(spec.qty_decimals);
                let unit = 10_i128.checked_pow(18_u32.checked_sub(places)?)?;
                qty.checked_mul(i128::from(mid_x2))?.checked_mul(unit)?.div_euclid(2)
            }
        };
        self.cash.0?.checked_add(worth)?.checked_sub(self.fees.0?).map(Money)
    }
}

/// A fee in the base asset as mantissas of the quantity, rounded up.
#[must_use]
pub fn base_fee(spec: &InstrumentSpec, fee: Money) -> Option<i128> {
    let unit = 10_i128.checked_pow(18_u32.checked_sub(u32::from(spec.qty_decimals))?)?;
    let whole = fee.0.div_euclid(unit);
    whole.checked_add(i128::from(fee.0.rem_euclid(unit) > 0))
}
