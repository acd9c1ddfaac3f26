//! Volume-weighted average price of a session.

use crate::input::{Counts, Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::quotient;
use types::{Nanos, ParamKind, ParamSpec, ParamValue, Params};

/// Σ(price × quantity) / Σ quantity since the session began, from exact sums.
#[derive(Clone, Debug)]
pub struct Vwap {
    /// Length of a session in nanoseconds.
    length: i64,
    /// Which session since 1970.
    session: Option<i64>,
    /// Three times Σ(price × quantity): a bar's price is a third of three.
    turnover: i128,
    /// Three times Σ quantity.
    volume: i128,
}

impl Indicator for Vwap {
    const NAME: &'static str = "vwap";
    const DOC: &'static str = "Volume-weighted average price of the running session, in units of \
        the price mantissa: sum of price × quantity / sum of quantity, begun anew at each \
        multiple of hours since 1970 UTC. Of trades, exact; of bars, with (high + low + close) / \
        3 as each bar's price. What is older than the session is left out.";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "hours",
        doc: "Length of a session; 24 begins at midnight UTC.",
        kind: ParamKind::Integer { min: 1, max: 168 },
        default: Some(ParamValue::Integer(24)),
    }];
    const LINES: &'static [LineSpec] = &[LineSpec::new("vwap", &["hours"], Unit::Price)];
    const WANTS: Wants = Wants { bars: true, trades: true, ..Wants::NOTHING };

    fn new(params: &Params) -> Self {
        let length = i64::from(params.count("hours").max(1)) * 3_600 * Nanos::PER_SEC;
        Self { length, session: None, turnover: 0, volume: 0 }
    }

    fn reset(&mut self) {
        (self.session, self.turnover, self.volume) = (None, 0, 0);
    }

    fn warm_up(_params: &Params, _line: usize) -> u32 {
        0
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let (at, price_x3, qty) = match input {
            Input::Trade(trade) => (trade.exch_ts, i128::from(trade.price.0) * 3, trade.qty),
            Input::Bar(bar) => {
                let prices = [bar.high, bar.low, bar.close].map(|price| i128::from(price.0));
                (bar.open_ts, prices.iter().sum(), bar.volume)
            }
            _ => return Ok(()),
        };
        let session = at.0.div_euclid(self.length);
        if self.session.is_some_and(|running| session < running) || qty.0 < 0 {
            return Ok(());
        }
        if self.session != Some(session) {
            (self.session, self.turnover, self.volume) = (Some(session), 0, 0);
        }
        let more = price_x3.checked_mul(i128::from(qty.0)).ok_or(Overflow)?;
        let turnover = self.turnover.checked_add(more).ok_or(Overflow)?;
        let volume = self.volume.checked_add(i128::from(qty.0) * 3).ok_or(Overflow)?;
        (self.turnover, self.volume) = (turnover, volume);
        // Before the first quantity of a session there is no average.
        if volume > 0 {
            lines.put(0, quotient(turnover, volume).ok_or(Overflow)?);
        }
        Ok(())
    }
}
