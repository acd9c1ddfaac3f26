//! How a shadow seat would have done: a hypothetical position that turns with
//! its vote.
//!
//! Fed by shadow votes; read through the gauges. It buys at the ask and sells
//! at the bid, the worse side, one configured quantity long or short; an
//! abstention changes nothing. Never here: a fee, a queue, an influence on any
//! decision.

use crate::ShadowGauge;
use types::{InstrumentSpec, Money, Price, Qty, Side, Touch};

/// One shadow seat on all instruments.
#[derive(Debug)]
pub(crate) struct Shadow {
    /// Position and entry price per instrument.
    held: Vec<(i64, Price)>,
    pnl: Money,
    fills: u64,
}

/// Units of [`Money`] in a millionth.
const PER_MICRO: i128 = 1_000_000_000_000;

impl Shadow {
    /// All memory is taken here.
    pub(crate) fn new(instruments: usize) -> Self {
        Self { held: vec![(0, Price(0)); instruments], pnl: Money::ZERO, fills: 0 }
    }

    /// Its vote points to `side`: the position becomes `qty` that way. What
    /// leaves the range is not scored.
    /// Invariant: the touch is usable.
    pub(crate) fn turn(&mut self, side: Side, qty: i64, spec: &InstrumentSpec, touch: &Touch) {
        let Some((position, entry)) = self.held.get_mut(spec.id.index()) else { return };
        let (wanted, price) = match side {
            Side::Buy => (qty, touch.ask),
            Side::Sell => (-qty, touch.bid),
        };
        if position.signum() == wanted.signum() {
            return;
        }
        let gain = price.0.checked_sub(entry.0).map(Price);
        let gained = gain.and_then(|gain| Money::notional(spec, gain, Qty(*position)));
        if let Some(pnl) = gained.and_then(|gained| self.pnl.checked_add(gained)) {
            self.pnl = pnl;
        }
        (*position, *entry) = (wanted, price);
        self.fills += 1;
    }

    /// Shows the score.
    pub(crate) fn show(&self, gauge: &ShadowGauge) {
        let micro = self.pnl.0 / PER_MICRO;
        let clamped = micro.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        gauge.set(self.fills, i64::try_from(clamped).unwrap_or(0));
    }
}
