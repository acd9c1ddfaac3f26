//! The touch's mid, weighted by the quantities that stand there.

use crate::input::{Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use types::{ParamSpec, Params, Value};

/// (bid × ask quantity + ask × bid quantity) / (bid quantity + ask quantity).
#[derive(Clone, Debug)]
pub struct Microprice;

impl Indicator for Microprice {
    const NAME: &'static str = "microprice";
    const DOC: &'static str = "Quantity-weighted mid, in units of the price mantissa: \
        (bid × ask_qty + ask × bid_qty) / (bid_qty + ask_qty) at the touch (Gatheral and Oomen \
        2010's weighted mid, the first term of Stoikov's 2018 micro-price).";
    const PARAMS: &'static [ParamSpec] = &[];
    const LINES: &'static [LineSpec] = &[LineSpec::new("microprice", &[], Unit::Price)];
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
        let (Ok(bid_qty), Ok(ask_qty)) =
            (u64::try_from(touch.bid_qty.0), u64::try_from(touch.ask_qty.0))
        else {
            return Ok(());
        };
        let total = bid_qty + ask_qty;
        if bid_qty == 0 || ask_qty == 0 {
            return Ok(());
        }
        let spread = touch.ask.0.checked_sub(touch.bid.0).ok_or(Overflow)?;
        // bid + spread × share; the share is below one, rounded down at 2^-64.
        let share = (u128::from(bid_qty) << 64) / u128::from(total);
        let over_bid = i128::from(spread) * share.cast_signed();
        lines.put(0, Value::from_bits((i128::from(touch.bid.0) << 64) + over_bid));
        Ok(())
    }
}
