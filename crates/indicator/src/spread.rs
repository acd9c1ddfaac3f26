//! The distance between best bid and best ask.

use crate::input::{Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::fraction;
use types::{ParamSpec, Params, Value};

/// Ask − bid, as a price and against the mid.
#[derive(Clone, Debug)]
pub struct Spread;

impl Indicator for Spread {
    const NAME: &'static str = "spread";
    const DOC: &'static str = "Quoted spread: line 0 ask - bid in units of the price mantissa, \
        exact; line 1 the same in basis points of the mid, where both prices are above zero. Of \
        the touch.";
    const PARAMS: &'static [ParamSpec] = &[];
    const LINES: &'static [LineSpec] = &[
        LineSpec::new("spread", &[], Unit::PriceDifference),
        LineSpec::new("spread_bps", &[], Unit::BasisPoints),
    ];
    const WANTS: Wants = Wants::TOUCH;

    fn new(_params: &Params) -> Self {
        Self
    }

    fn reset(&mut self) {}

    fn warm_up(_params: &Params, _line: usize) -> u32 {
        0
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Input::Touch(touch) = input else { return Ok(()) };
        let spread = touch.ask.0.checked_sub(touch.bid.0).ok_or(Overflow)?;
        lines.put(0, Value::from_num(spread));
        if touch.bid.0 > 0 && spread >= 0 {
            let sum =
                u128::from(touch.bid.0.unsigned_abs()) + u128::from(touch.ask.0.unsigned_abs());
            // Spread over mid is twice spread over sum.
            let share = fraction(u128::from(spread.unsigned_abs()), sum) * 20_000;
            lines.put(1, Value::from_bits(share.cast_signed()));
        }
        Ok(())
    }
}
