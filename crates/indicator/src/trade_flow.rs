//! Which side takes more, over the last trades.

use crate::input::{Counts, Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Ring, fraction};
use types::{ParamKind, ParamSpec, ParamValue, Params, Value};

/// (bought − sold) / (bought + sold) by those who took liquidity.
#[derive(Clone, Debug)]
pub struct TradeFlow {
    /// Quantities, negative where the taker sold.
    window: Ring<i64>,
    net: i128,
    total: i128,
}

impl Indicator for TradeFlow {
    const NAME: &'static str = "trade_flow";
    const DOC: &'static str = "Trade flow, -1 (takers only sold) to 1 (only bought): (bought - \
        sold) / (bought + sold) over the last trades, by quantity (signed order flow: Cont, \
        Kukanov and Stoikov 2014, section 4). Of trades; one without a quantity is left out.";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "trades",
        doc: "Trades in the window.",
        kind: ParamKind::Integer { min: 1, max: 10_000 },
        default: Some(ParamValue::Integer(100)),
    }];
    const LINES: &'static [LineSpec] = &[LineSpec::new("trade_flow", &["trades"], Unit::Lean)];
    const WANTS: Wants = Wants { trades: true, ..Wants::NOTHING };

    fn new(params: &Params) -> Self {
        Self { window: Ring::new(params.count("trades") as usize, 0), net: 0, total: 0 }
    }

    fn reset(&mut self) {
        self.window.clear();
        (self.net, self.total) = (0, 0);
    }

    fn warm_up(params: &Params, _line: usize) -> u32 {
        params.count("trades").saturating_sub(1)
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Input::Trade(trade) = input else { return Ok(()) };
        if trade.qty.0 <= 0 {
            return Ok(());
        }
        let signed = if trade.aggressor == 0 { trade.qty.0 } else { -trade.qty.0 };
        let gone = i128::from(self.window.push(signed).unwrap_or(0));
        self.net += i128::from(signed) - gone;
        self.total += i128::from(trade.qty.0) - gone.abs();
        if self.window.is_full() {
            // Rounded toward zero; the total is positive, each quantity is.
            let share = fraction(self.net.unsigned_abs(), self.total.unsigned_abs()).cast_signed();
            let bits = if self.net < 0 { -share } else { share };
            lines.put(0, Value::from_bits(bits));
        }
        Ok(())
    }
}
