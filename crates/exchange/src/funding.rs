//! Funding of perpetuals: when it is due, at which rate, and what a position pays.
//!
//! A configured rate falls due at every whole interval since 1970, as the venue's 00:00, 08:00 and
//! 16:00 UTC do. A recording's own markPrice frames (`p`, `r`, `T`) fall due when `T` moves on: the
//! rate and the mark price are the last ones told before. It holds no money.

use crate::config::{ExchangeError, Instrument};
use crate::exchange::Exchange;
use crate::frames::{self, StreamKind};
use crate::number::{notional, pow10, settled};
use crate::outgoing::Outgoing;
use crate::replies;
use crate::synthetic::Step;

/// A configured funding rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingTerms {
    /// The rate, a count of 10^-8; above zero longs pay shorts.
    pub rate_e8: i64,
    /// From one payment to the next, ms.
    pub every_ms: i64,
}

impl FundingTerms {
    /// 0.01% each eight hours, the venue's base rate.
    pub const USUAL: FundingTerms = FundingTerms { rate_e8: 10_000, every_ms: 28_800_000 };

    pub(crate) fn check(self) -> Result<(), ExchangeError> {
        if self.every_ms > 0 && self.rate_e8.abs() <= 100_000_000 {
            return Ok(());
        }
        Err(ExchangeError::Config(format!(
            "funding of {} × 10^-8 each {} ms; give a rate of at most 100% and an interval above 0",
            self.rate_e8, self.every_ms
        )))
    }

    /// The first payment after `ns`, ns.
    pub(crate) fn next_after(self, ns: i64) -> i64 {
        let every = self.every_ms.saturating_mul(1_000_000);
        (ns.div_euclid(every) + 1).saturating_mul(every)
    }
}

/// Time between two markPrice frames of a synthetic market, as on `@markPrice@1s`.
const MARK_EVERY_NS: i64 = 1_000_000_000;

/// What is told and paid by the clock.
#[derive(Debug, Default)]
pub(crate) struct FundingClock {
    /// By instrument, what a recording has told.
    marks: Vec<Mark>,
    /// When the configured rate falls due, ns.
    due_at: Option<i64>,
    /// When the next mark prices are told, once somebody wants them, ns.
    tell_at: Option<i64>,
}

impl FundingClock {
    /// A held market tells later by as long as it was held. Payments keep to the venue's hours.
    pub(crate) fn shift(&mut self, span: i64) {
        self.tell_at = self.tell_at.map(|at| at.saturating_add(span));
    }
}

/// What a recording last told of one instrument's funding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Mark price, a count of 10^-8: the venue states it finer than the instrument trades.
    pub(crate) price_e8: i64,
    pub(crate) rate_e8: i64,
    /// When it falls due, ms.
    pub(crate) due_ms: i64,
}

impl Mark {
    /// The price half way between the best two, given as their sum.
    pub(crate) fn price_of(rules: &Instrument, mid_doubled: i64) -> i64 {
        let wide = i128::from(mid_doubled);
        let halved = match 8_u32.checked_sub(rules.price_decimals) {
            Some(more) => wide * i128::from(pow10(more)) / 2,
            None => wide / i128::from(pow10(rules.price_decimals - 8)) / 2,
        };
        i64::try_from(halved).unwrap_or(i64::MAX)
    }

    /// Takes what is told now; returns what has fallen due with it.
    pub(crate) fn turn(&mut self, told: Mark) -> Option<Mark> {
        let before = std::mem::replace(self, told);
        (before.due_ms > 0 && told.due_ms > before.due_ms).then_some(before)
    }
}

/// What a position of `qty` receives (below zero: pays), scale 18, truncated toward zero at eight
/// decimals: -qty × mark price × rate.
pub(crate) fn payment(rules: &Instrument, qty: i64, mark: Mark) -> i128 {
    // Eight decimals of the price leave ten for the quantity; no perpetual has more.
    let qty = qty / pow10(rules.qty_decimals.saturating_sub(10));
    let value = notional(mark.price_e8, qty, 8 + rules.qty_decimals.min(10));
    settled(-value * i128::from(mark.rate_e8) / 100_000_000)
}

impl Exchange {
    /// Starts the clock of a configured rate at `now`.
    pub(crate) fn start_funding(&mut self, now: i64) {
        self.funding.marks = vec![Mark::default(); self.instruments.len()];
        self.funding.due_at = self.config.funding.map(|terms| terms.next_after(now));
    }

    /// From now on a synthetic market tells its mark prices.
    pub(crate) fn want_marks(&mut self) {
        if self.is_synthetic() {
            self.funding.tell_at.get_or_insert(i64::MIN);
        }
    }

    /// When something is told or paid by the clock.
    pub(crate) fn funding_due(&self, started: i64) -> Option<i64> {
        let tell = self.funding.tell_at.map(|at| at.max(started));
        [self.funding.due_at, tell].into_iter().flatten().min()
    }

    /// Tells or pays what is due at `at`.
    pub(crate) fn turn_funding(&mut self, at: i64, out: &mut Vec<Outgoing>) {
        if let Some(terms) = self.config.funding.filter(|_| self.funding.due_at == Some(at)) {
            self.funding.due_at = Some(terms.next_after(at));
            for index in 0..self.instruments.len() {
                let price_e8 = Mark::price_of(&self.instruments[index], self.mid_doubled(index));
                let mark = Mark { price_e8, rate_e8: terms.rate_e8, due_ms: at / 1_000_000 };
                self.pay_funding(at, index, mark);
            }
            return;
        }
        self.funding.tell_at = Some(at + MARK_EVERY_NS);
        let (rate_e8, due_ms) = match self.config.funding {
            Some(terms) => (terms.rate_e8, terms.next_after(at) / 1_000_000),
            None => (0, FundingTerms::USUAL.next_after(at) / 1_000_000),
        };
        for index in 0..self.instruments.len() {
            let rules = &self.instruments[index];
            let price_e8 = Mark::price_of(rules, self.mid_doubled(index));
            let mark = Mark { price_e8, rate_e8, due_ms };
            let text = frames::mark_price(rules, at / 1_000_000, mark);
            let frames = vec![(StreamKind::MarkPrice, text)];
            let mut step = Step { instrument: index, frames, ..Step::default() };
            self.send_frames(at, &mut step, out);
        }
    }

    /// Takes what a recording tells.
    pub(crate) fn on_mark(&mut self, at: i64, index: usize, told: Mark) {
        // A configured rate stands in for the recorded one.
        let due = self.funding.marks[index].turn(told);
        if let Some(due) = due.filter(|_| self.config.funding.is_none()) {
            self.pay_funding(at, index, due);
        }
    }

    fn pay_funding(&mut self, at: i64, index: usize, mark: Mark) {
        let qty = self.account.positions[index].qty;
        if qty == 0 {
            return;
        }
        let amount = payment(&self.instruments[index], qty, mark);
        self.account.wallet += amount;
        self.account.funding += amount;
        let text = replies::funding_event(&self.account, amount, at / 1_000_000);
        self.send_private(at, "ACCOUNT_UPDATE", text);
    }
}

#[cfg(test)]
mod tests {
    //! Known answers from the venue's rule: payment = position value × rate.

    use super::*;
    use crate::number::money_text;

    fn rules() -> Instrument {
        Instrument::new("BTCUSDT", (2, 3), ("0.10", "0.001"), "60000.00").unwrap()
    }

    #[test]
    fn long_pays_and_short_receives_at_a_positive_rate() {
        let price_e8 = Mark::price_of(&rules(), 2 * 6_000_000);
        let mark = Mark { price_e8, rate_e8: 10_000, due_ms: 0 };
        // 2 BTC at 60,000 and 0.01%: 12 USDT.
        assert_eq!(money_text(payment(&rules(), 2_000, mark)), "-12.00000000");
        assert_eq!(money_text(payment(&rules(), -2_000, mark)), "12.00000000");
        let negative = Mark { rate_e8: -37_500, ..mark };
        assert_eq!(money_text(payment(&rules(), 2_000, negative)), "45.00000000");
        assert_eq!(payment(&rules(), 0, mark), 0);
    }

    #[test]
    fn due_at_the_whole_hours_of_the_venue() {
        let day = 1_699_920_000_000_000_000;
        let eight_hours = 28_800_000_000_000;
        assert_eq!(FundingTerms::USUAL.next_after(day), day + eight_hours);
        assert_eq!(FundingTerms::USUAL.next_after(day - 1), day);
        assert!(FundingTerms { every_ms: 0, ..FundingTerms::USUAL }.check().is_err());
    }

    #[test]
    fn recorded_rate_falls_due_when_its_time_moves_on() {
        let mut mark = Mark::default();
        let told = |due_ms, rate_e8| Mark { price_e8: 2, rate_e8, due_ms };
        assert_eq!(mark.turn(told(1_000, 5)), None);
        assert_eq!(mark.turn(told(1_000, 6)), None);
        assert_eq!(mark.turn(told(2_000, 7)), Some(told(1_000, 6)));
        assert_eq!(mark.turn(told(2_000, 8)), None);
    }
}
