//! One instrument's position and what it made, by average cost, in exact money.
//!
//! Realised and unrealised add up exactly: what a partial close does not take
//! out of the cost stays in it. An overflow ends the numbers of the instrument
//! (they show as absent) and never wraps.

use types::{Decimal, InstrumentSpec, Money, Price, Qty, Side};

/// A position.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holding {
    qty: i64,
    /// What the open quantity was bought for; negative when it was sold short.
    cost: i128,
    realised: i128,
    fees: i128,
    /// Twice the last mid, in price mantissas.
    mid_x2: Option<i64>,
    overflowed: bool,
}

/// What a position looks like now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Valued {
    /// Average entry price; `None` when flat. Rounded toward zero at scale 18.
    pub(crate) average_entry: Option<Money>,
    pub(crate) realised: Option<Money>,
    /// At the last mid; zero when flat; `None` before the first touch.
    pub(crate) unrealised: Option<Money>,
    pub(crate) fees: Option<Money>,
}

impl Holding {
    /// Begins with a position recovered at the venue.
    pub(crate) fn on_held(&mut self, spec: &InstrumentSpec, qty: Qty, entry: Price) {
        self.qty = qty.0;
        match Money::notional(spec, entry, qty) {
            Some(cost) => self.cost = cost.0,
            None => self.overflowed = true,
        }
    }

    pub(crate) fn on_fill(&mut self, spec: &InstrumentSpec, side: Side, price: Price, qty: Qty) {
        if self.try_fill(spec, side, price, qty).is_none() {
            self.overflowed = true;
        }
    }

    pub(crate) fn on_fee(&mut self, fee: Money) {
        match self.fees.checked_add(fee.0) {
            Some(fees) => self.fees = fees,
            None => self.overflowed = true,
        }
    }

    /// A fee that was taken out of what is held: its cost stays in the rest.
    pub(crate) fn on_base_fee(&mut self, spec: &InstrumentSpec, fee: Money) {
        let less = account::base_fee(spec, fee).and_then(|fee| i64::try_from(fee).ok());
        match less.and_then(|less| self.qty.checked_sub(less)) {
            Some(qty) => self.qty = qty,
            None => self.overflowed = true,
        }
    }

    pub(crate) fn on_mid(&mut self, mid_x2: i64) {
        self.mid_x2 = Some(mid_x2);
    }

    /// A new version of the specification: the quantity keeps its value.
    pub(crate) fn on_spec(&mut self, old: &InstrumentSpec, new: &InstrumentSpec) {
        if old.price_decimals != new.price_decimals {
            self.mid_x2 = None;
        }
        match Decimal::new(self.qty, old.qty_decimals).at(new.qty_decimals) {
            Some(qty) => self.qty = qty,
            None => self.overflowed = true,
        }
    }

    /// Signed: short is negative.
    pub(crate) const fn qty(&self) -> Qty {
        Qty(self.qty)
    }

    pub(crate) fn valued(&self, spec: &InstrumentSpec) -> Valued {
        if self.overflowed {
            return Valued { average_entry: None, realised: None, unrealised: None, fees: None };
        }
        Valued {
            average_entry: self.average_entry(spec),
            realised: Some(Money(self.realised)),
            unrealised: self.unrealised(spec),
            fees: Some(Money(self.fees)),
        }
    }

    fn average_entry(&self, spec: &InstrumentSpec) -> Option<Money> {
        let size = self.qty.unsigned_abs();
        let unit = 10_u64.checked_pow(u32::from(spec.qty_decimals))?;
        (size > 0).then(|| share(self.cost.checked_abs()?, unit, size).map(Money)).flatten()
    }

    fn unrealised(&self, spec: &InstrumentSpec) -> Option<Money> {
        if self.qty == 0 {
            return Some(Money::ZERO);
        }
        let doubled = Money::notional(spec, Price(self.mid_x2?), Qty(self.qty))?;
        // Half of an odd count of 10^-18 is rounded toward zero.
        (doubled.0 / 2).checked_sub(self.cost).map(Money)
    }

    fn try_fill(
        &mut self,
        spec: &InstrumentSpec,
        side: Side,
        price: Price,
        qty: Qty,
    ) -> Option<()> {
        let sign: i64 = if side == Side::Buy { 1 } else { -1 };
        let opposes = self.qty != 0 && (self.qty > 0) != (sign > 0);
        let size = u64::try_from(qty.0).ok()?;
        let closing = if opposes { size.min(self.qty.unsigned_abs()) } else { 0 };
        let opening = i64::try_from(size - closing).ok()?;
        let closing_signed = sign.checked_mul(i64::try_from(closing).ok()?)?;
        let opening_signed = sign.checked_mul(opening)?;
        let closed = Money::notional(spec, price, Qty(closing_signed))?.0;
        let opened = Money::notional(spec, price, Qty(opening_signed))?.0;
        let released = match closing {
            0 => 0,
            closing => share(self.cost, closing, self.qty.unsigned_abs())?,
        };
        let qty = self.qty.checked_add(closing_signed)?.checked_add(opening_signed)?;
        let gain = closed.checked_neg()?.checked_sub(released)?;
        let realised = self.realised.checked_add(gain)?;
        let cost = self.cost.checked_sub(released)?.checked_add(opened)?;
        (self.qty, self.realised, self.cost) = (qty, realised, cost);
        Some(())
    }
}

/// amount × part ÷ whole, rounded toward zero, without overflow on the way.
fn share(amount: i128, part: u64, whole: u64) -> Option<i128> {
    let (part, whole) = (i128::from(part), i128::from(whole));
    let quotient = (amount / whole).checked_mul(part)?;
    // |remainder| < 2^64 and part < 2^64: the product fits.
    quotient.checked_add(((amount % whole).checked_mul(part)?) / whole)
}
