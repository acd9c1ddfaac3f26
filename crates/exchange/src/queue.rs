//! Where an own order stands in a recorded queue that does not name its members.
//!
//! Fed by `played` with trades and level changes. A recording shows how much stands at a price, not
//! who leaves: a trade takes from the front, but a cancellation may have been before or behind us.
//! The models differ in that one question. It never fills anything.
//!
//! Formulas: E. Rigtorp, "Estimating Order Queue Position" (2013), and the queue models of
//! hftbacktest's documentation ("Order Fill"): of what was canceled, the front loses the share
//! f(front) / (f(front) + f(back)), and what the back cannot have lost comes from the front too.

/// How cancellations at our price are shared between those before us and those behind us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueModel {
    /// Everybody who cancels was behind us, until the level is smaller than what was before us.
    #[default]
    RiskAverse,
    /// f(x) = x^power: 1 shares evenly; more power, more of the larger part.
    Probabilistic {
        /// From 1 to 3.
        power: u32,
    },
}

/// A place in a queue. Quantities are mantissas of the instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueuePlace {
    /// Displayed quantity that trades before we do.
    pub(crate) ahead: i64,
    /// Traded at our price since the level was last shown: a change shows it once more.
    traded: i64,
}

impl QueuePlace {
    /// Behind everything that is displayed.
    pub(crate) fn behind(displayed: i64) -> QueuePlace {
        QueuePlace { ahead: displayed, traded: 0 }
    }

    /// A trade at our price.
    pub(crate) fn on_trade(&mut self, qty: i64) {
        self.ahead = (self.ahead - qty).max(0);
        self.traded = self.traded.saturating_add(qty);
    }

    /// The book is known again after something was missed: no more is ahead of us than is
    /// displayed, and whatever else happened meanwhile is counted against us.
    pub(crate) fn on_resync(&mut self, displayed: i64) {
        *self = QueuePlace::behind(self.ahead.min(displayed));
    }

    /// Our level is shown with another quantity.
    pub(crate) fn on_change(&mut self, model: QueueModel, before: i64, after: i64) {
        let traded = std::mem::take(&mut self.traded);
        if let QueueModel::Probabilistic { power } = model {
            let canceled = (before - traded - after).max(0);
            let back = (before - traded - self.ahead).max(0);
            self.ahead -= front_share(power, (self.ahead, back), canceled);
        }
        // Nobody can be ahead of us who is no longer displayed.
        self.ahead = self.ahead.clamp(0, after);
    }
}

/// How much of `canceled` was before us; rounded down, against us.
fn front_share(power: u32, (front, back): (i64, i64), canceled: i64) -> i64 {
    // Only the ratio counts; 31 bits keep the third power times a quantity inside an i128.
    let mut parts = (front.max(0), back);
    while parts.0.max(parts.1) >= 1 << 31 {
        parts = (parts.0 >> 1, parts.1 >> 1);
    }
    let weight = |part: i64| i128::from(part).pow(power.clamp(1, 3));
    let total = weight(parts.0) + weight(parts.1);
    let share = if total == 0 {
        0
    } else {
        // At most `canceled`, which is an i64.
        let by = shift(total);
        (i128::from(canceled) * (weight(parts.0) >> by) / (total >> by)) as i64
    };
    let behind = canceled - share;
    share + (behind - back).max(0)
}

/// Bits by which a weight must shrink so that an i64 times it fits an i128.
fn shift(weight: i128) -> u32 {
    (128 - weight.leading_zeros()).saturating_sub(62)
}

#[cfg(test)]
mod tests {
    //! Known answers, computed by hand from the formula.

    use super::*;

    fn after(model: QueueModel, ahead: i64, before: i64, now: i64) -> i64 {
        let mut place = QueuePlace::behind(ahead);
        place.on_change(model, before, now);
        place.ahead
    }

    #[test]
    fn risk_averse_only_moves_when_it_must() {
        let model = QueueModel::RiskAverse;
        assert_eq!(after(model, 10_000, 40_000, 32_000), 10_000);
        assert_eq!(after(model, 10_000, 40_000, 9_000), 9_000);
        assert_eq!(after(model, 10_000, 40_000, 50_000), 10_000);
    }

    #[test]
    fn probabilistic_shares_by_the_power_of_front_and_back() {
        // 10,000 before us and 30,000 behind, 8,000 canceled: shares 1/4, 1/10 and 1/28.
        for (power, left) in [(1, 8_000), (2, 9_200), (3, 9_715)] {
            let model = QueueModel::Probabilistic { power };
            assert_eq!(after(model, 10_000, 40_000, 32_000), left, "power {power}");
        }
    }

    #[test]
    fn what_the_back_cannot_have_lost_was_before_us() {
        // 30,000 before us and 10,000 behind, 24,000 canceled by power 1: 18,000 and 6,000. All but
        // 1,000 canceled by power 3 with 1,000 before us and 9,000 behind: the back loses 9,000.
        let even = QueueModel::Probabilistic { power: 1 };
        assert_eq!(after(even, 30_000, 40_000, 16_000), 12_000);
        let steep = QueueModel::Probabilistic { power: 3 };
        assert_eq!(after(steep, 1_000, 10_000, 500), 500);
    }

    #[test]
    fn trade_moves_the_queue_once_though_the_level_shows_it_again() {
        for model in [QueueModel::RiskAverse, QueueModel::Probabilistic { power: 1 }] {
            let mut place = QueuePlace::behind(10_000);
            place.on_trade(4_000);
            assert_eq!(place.ahead, 6_000);
            place.on_change(model, 40_000, 36_000);
            assert_eq!(place.ahead, 6_000, "{model:?}");
        }
    }

    #[test]
    fn largest_quantities_do_not_overflow() {
        for power in 1..=3 {
            let model = QueueModel::Probabilistic { power };
            let left = after(model, i64::MAX / 4, i64::MAX / 2, i64::MAX / 4);
            // Half is canceled, evenly from both halves.
            assert!((left - i64::MAX / 8).abs() < i64::MAX / 1_000_000, "{power}: {left}");
        }
    }
}
