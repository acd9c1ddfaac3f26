//! Wilder's average directional index of bars.

use crate::input::{Counts, Indicator, Input, Overflow, PriceX2, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Average, Ohlc, fraction, true_range};
use std::cmp::Ordering;
use types::{ParamKind, ParamSpec, ParamValue, Params, Value};

/// The parameter that a file of bars fills in: see [`crate::sheet`].
pub(crate) const DOUBLE_PLACES: &str = "double_places";

/// How one-sided the movement of the highs and lows has been, as TA-Lib's `ADX`.
#[derive(Clone, Debug)]
pub struct Adx {
    up: Average,
    down: Average,
    index: Average,
    previous: Option<Ohlc>,
    ties: Ties,
}

/// What becomes of movements up and down that are equal.
#[derive(Clone, Copy, Debug)]
enum Ties {
    /// Neither counts: Wilder's rule.
    Exact,
    /// As binary doubles of prices with this power of ten tell them apart.
    Doubles(f64),
}

impl Indicator for Adx {
    const NAME: &'static str = "adx";
    const DOC: &'static str = "Average directional index, 0 (no direction) to 100 (one): \
        100 × |up - down| / (up + down) of the directional movements, smoothed twice as Wilder \
        does (New Concepts in Technical Trading Systems, 1978), seeded as TA-Lib ADX; where \
        nothing moved, the last value stays, as there. Of bars.";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "period",
            doc: "Movements in the window, and indices in the second one.",
            kind: ParamKind::Integer { min: 2, max: 10_000 },
            default: Some(ParamValue::Integer(14)),
        },
        ParamSpec {
            name: DOUBLE_PLACES,
            doc: "-1: equal movements up and down cancel, exactly. 0 to 18: they are told apart \
                as binary doubles of prices with that many decimals do, which is what TA-Lib \
                sees; for comparisons with it.",
            kind: ParamKind::Integer { min: -1, max: 18 },
            default: Some(ParamValue::Integer(-1)),
        },
    ];
    const LINES: &'static [LineSpec] = &[LineSpec::new("adx", &["period"], Unit::Percent)];
    const WANTS: Wants = Wants::BARS;

    fn new(params: &Params) -> Self {
        let average = Average::wilder(params.count("period").max(2));
        let ties = match u32::try_from(params.integer(DOUBLE_PLACES)) {
            Ok(places) => Ties::Doubles(power_of_ten(places)),
            Err(_) => Ties::Exact,
        };
        let mut made = Self { up: average, down: average, index: average, previous: None, ties };
        made.reset();
        made
    }

    fn reset(&mut self) {
        for average in [&mut self.up, &mut self.down, &mut self.index] {
            average.clear();
        }
        // As TA-Lib: the first sums hold one movement less than the period.
        self.up.skip();
        self.down.skip();
        self.previous = None;
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        params.count("period").max(2) * 2 - 1
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Input::Bar(bar) = input else { return Ok(()) };
        let bar = Ohlc::of(bar);
        let Some(previous) = self.previous else {
            self.previous = Some(bar);
            return Ok(());
        };
        // Neither movement exceeds it: past this line nothing can overflow.
        true_range(&previous, &bar)?;
        let seeded = self.up.value().is_some();
        let (up, down) = self.ties.moved(&previous, &bar);
        let (up, down) = (self.up.add(up)?, self.down.add(down)?);
        self.previous = Some(bar);
        if let (true, Some(up), Some(down)) = (seeded, up, down)
            && let Some(value) = self.index(up, down)?
        {
            lines.put(0, value);
        }
        Ok(())
    }
}

/// The least sum of the two averages whose shares are known, as bits: 2^-32 of half a tick. Where
/// nothing moves both fade alike, so the index has come as near to its end by then; below it the
/// shares are those of what was rounded off.
const KNOWN: u128 = 1 << 32;

impl Adx {
    fn index(&mut self, up: Value, down: Value) -> Result<Option<Value>, Overflow> {
        let (up, down) = (up.to_bits().cast_unsigned(), down.to_bits().cast_unsigned());
        // Two averages of the largest movements are more than 128 bits hold.
        match (up.checked_add(down).ok_or(Overflow)?, self.index.value()) {
            (0..KNOWN, Some(value)) => Ok(Some(value)),
            (0, None) => self.index.add_value(Value::ZERO),
            (sum, _) => {
                let share = fraction(up.abs_diff(down), sum) * 100;
                self.index.add_value(Value::from_bits(share.cast_signed()))
            }
        }
    }
}

impl Ties {
    /// Twice the movements up and down: the greater of the two if it is
    /// positive, else neither.
    #[inline]
    fn moved(self, previous: &Ohlc, bar: &Ohlc) -> (PriceX2, PriceX2) {
        let up = bar.high - previous.high;
        let down = previous.low - bar.low;
        let order = match self {
            Self::Doubles(unit) if up == down => as_doubles(unit, previous, bar),
            _ => up.cmp(&down),
        };
        let up_wins = if order.is_gt() { up.max(0) } else { 0 };
        let down_wins = if order.is_lt() { down.max(0) } else { 0 };
        (PriceX2(up_wins * 2), PriceX2(down_wins * 2))
    }
}

/// Movement up against movement down of the doubles that are nearest to the
/// prices, each subtraction rounded to a double. Decides a tie; no value is
/// made of it. Up to 15 digits a quotient of two exact doubles is the nearest
/// one; beyond that the order may be another than TA-Lib's.
#[cold]
fn as_doubles(unit: f64, previous: &Ohlc, bar: &Ohlc) -> Ordering {
    #[allow(clippy::cast_precision_loss, reason = "the nearest double is wanted")]
    let double = |price: i128| price as f64 / unit;
    let up = double(bar.high) - double(previous.high);
    let down = double(previous.low) - double(bar.low);
    up.partial_cmp(&down).unwrap_or(Ordering::Equal)
}

/// Exact: powers of ten up to 22 are doubles.
fn power_of_ten(places: u32) -> f64 {
    (0..places).fold(1.0, |power, _| power * 10.0)
}
