//! How far a perpetual's mark price stands from its index.

use crate::input::{Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::quotient;
use types::{ParamSpec, Params};

/// (mark − index) / index.
#[derive(Clone, Debug)]
pub struct Basis;

impl Indicator for Basis {
    const NAME: &'static str = "basis";
    const DOC: &'static str = "Basis of a perpetual, in basis points, positive where it is dearer \
        than its index: 10000 × (mark price - index price) / index price, as the venue states \
        both. Of the venue's mark price messages that name an index.";
    const PARAMS: &'static [ParamSpec] = &[];
    const LINES: &'static [LineSpec] = &[LineSpec::new("basis", &[], Unit::BasisPoints)];
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
        if mark.mark <= 0 || mark.index <= 0 {
            return Ok(());
        }
        let above = (i128::from(mark.mark) - i128::from(mark.index)) * 10_000;
        lines.put(0, quotient(above, i128::from(mark.index)).ok_or(Overflow)?);
        Ok(())
    }
}
