//! Bollinger bands of a price.

use crate::input::{Counts, Indicator, Input, Overflow, PriceX2, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Divisor, Ring, Scale, root};
use types::{Decimal, ParamKind, ParamSpec, ParamValue, Params};

const NAMED_BY: &[&str] = &["period", "deviations"];

/// The simple moving average, and a number of standard deviations above and
/// below it.
///
/// The variance is (n × Σx² − (Σx)²) / n², from exact sums. They are kept
/// modulo 2^128: the difference is right all the same, as long as it is itself
/// below 2^128, which `calm` makes sure of.
#[derive(Clone, Debug)]
pub struct Bbands {
    window: Ring<PriceX2>,
    sum: PriceX2,
    squares: u128,
    divisor: Divisor,
    deviations: Scale,
    period: u32,
    calm: Calm,
}

/// Knows whether all inputs of the window lie within a range that is narrow
/// enough: the newest ones are counted that lie within half of it around one.
#[derive(Clone, Copy, Debug)]
struct Calm {
    around: i128,
    inside: u32,
    half: i128,
}

impl Indicator for Bbands {
    const NAME: &'static str = "bbands";
    const DOC: &'static str = "Bollinger bands, in units of the price mantissa: line 1 the simple \
        mean of the last period inputs, line 0 that many population standard deviations above \
        it, line 2 below (Bollinger on Bollinger Bands, 2001; TA-Lib BBANDS). Of bar closes, \
        trade prices or mids.";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "period",
            doc: "Inputs in the window.",
            kind: ParamKind::Integer { min: 2, max: 10_000 },
            default: Some(ParamValue::Integer(20)),
        },
        ParamSpec {
            name: "deviations",
            doc: "Standard deviations from the middle to either band.",
            kind: ParamKind::Decimal { min: Decimal::new(1, 2), max: Decimal::new(100, 0) },
            default: Some(ParamValue::Decimal(Decimal::new(2, 0))),
        },
    ];
    const LINES: &'static [LineSpec] = &[
        LineSpec::new("bb_upper", NAMED_BY, Unit::Price),
        LineSpec::new("bb_middle", NAMED_BY, Unit::Price),
        LineSpec::new("bb_lower", NAMED_BY, Unit::Price),
    ];
    const WANTS: Wants = Wants::PRICES;

    fn new(params: &Params) -> Self {
        let period = params.count("period").max(2);
        // n² × variance is at most n² × range² / 4: below 2^126 in this range.
        let half = (1 << 63) / i128::from(period);
        Self {
            window: Ring::new(period as usize, PriceX2(0)),
            sum: PriceX2(0),
            squares: 0,
            divisor: Divisor::new(period),
            // Prices are doubled, and the root is n times the deviation.
            deviations: Scale::new(params.decimal("deviations"), u64::from(period) * 2),
            period,
            calm: Calm { around: 0, inside: 0, half },
        }
    }

    fn reset(&mut self) {
        self.window.clear();
        self.sum = PriceX2(0);
        self.squares = 0;
        self.calm = Calm { around: 0, inside: 0, ..self.calm };
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        params.count("period").saturating_sub(1)
    }

    /// # Errors
    /// The window's prices lie further apart than 2^62 / period, or a band
    /// leaves the range. The input was taken: the window goes on.
    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Some(price) = input.price_x2() else { return Ok(()) };
        let gone = self.window.push(price).unwrap_or(PriceX2(0));
        self.sum = PriceX2(self.sum.0 + price.0 - gone.0);
        self.squares = self.squares.wrapping_add(square(price)).wrapping_sub(square(gone));
        self.calm.take(price);
        if !self.window.is_full() {
            return Ok(());
        }
        if self.calm.inside < self.period {
            return Err(Overflow);
        }
        let of_squares = self.squares.wrapping_mul(u128::from(self.period));
        let spread = of_squares.wrapping_sub(square(self.sum));
        let away = self.deviations.times(root(spread)).ok_or(Overflow)?;
        let middle = self.divisor.mean(self.sum);
        let upper = middle.checked_add(away).ok_or(Overflow)?;
        lines.put_all(&[upper, middle, middle.checked_sub(away).ok_or(Overflow)?]);
        Ok(())
    }
}

impl Calm {
    #[inline]
    fn take(&mut self, price: PriceX2) {
        if (price.0 - self.around).abs() < self.half {
            self.inside = self.inside.saturating_add(1);
        } else {
            (self.around, self.inside) = (price.0, 1);
        }
    }
}

/// Modulo 2^128.
#[inline]
const fn square(number: PriceX2) -> u128 {
    let number = number.0.cast_unsigned();
    number.wrapping_mul(number)
}
