//! What holding a perpetual costs.

use crate::input::{Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::quotient;
use types::{MarkPrice, Nanos, ParamSpec, Params, Value};

/// The rate of the next exchange, and the time until it.
#[derive(Clone, Debug)]
pub struct Funding;

impl Indicator for Funding {
    const NAME: &'static str = "funding";
    const DOC: &'static str = "Funding of a perpetual: line 0 the rate of the next exchange in \
        basis points, positive where longs pay shorts; line 1 the hours until then, on the \
        venue's clock, 0 when it is due. How often it is exchanged is the instrument's own \
        affair, so nothing is made a yearly rate here. Of the venue's mark price messages that \
        name a next exchange.";
    const PARAMS: &'static [ParamSpec] = &[];
    const LINES: &'static [LineSpec] = &[
        LineSpec::new("funding", &[], Unit::BasisPoints),
        LineSpec::new("funding_hours", &[], Unit::Hours),
    ];
    const WANTS: Wants = Wants::MARK;

    fn new(_params: &Params) -> Self {
        Self
    }

    fn reset(&mut self) {}

    fn warm_up(_params: &Params, _line: usize) -> u32 {
        0
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Input::Mark(mark) = input else { return Ok(()) };
        if mark.next_funding_s == 0 {
            return Ok(());
        }
        let one = 10_i128.pow(u32::from(MarkPrice::PLACES));
        let rate = quotient(i128::from(mark.rate) * 10_000, one).ok_or(Overflow)?;
        let left = i128::from(mark.next_funding().0) - i128::from(mark.exch_ts.0);
        let hour = i128::from(Nanos::PER_SEC) * 3_600;
        let hours: Value = quotient(left.max(0), hour).ok_or(Overflow)?;
        lines.put_all(&[rate, hours]);
        Ok(())
    }
}
