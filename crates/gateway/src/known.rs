//! What the venue has said of an order's fills, and what was told on of it.
//!
//! Kept by the reader, one for each order, ahead of what is sequenced. Each fill
//! of the private stream is a stretch of the sum that is filled in all, and a
//! query's answer is the stretch from zero; so a fill counts once, whether the
//! stream tells it, a query finds it, or both, in any order. Never here: an
//! order's state.

/// Fills told on ahead of missing ones that are remembered. One more is not told
/// on: the question that is under way finds it.
const AHEAD: usize = 4;

/// One order's fills, in mantissas of its instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Everything up to here was told on.
    told: Stretch,
    /// What was told on beyond it; an empty stretch is none.
    ahead: [Stretch; AHEAD],
    /// The most that the venue has said to be filled in all.
    said: i64,
    /// The venue said that nothing is left to fill.
    all: bool,
    /// Its end was told on.
    pub(crate) ended: bool,
}

/// A stretch of what is filled in all, from after `from` up to `to`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stretch {
    from: i64,
    to: i64,
    /// Its sum of price × quantity.
    notional: i128,
}

impl Stretch {
    const NONE: Self = Self { from: 0, to: 0, notional: 0 };

    const fn qty(&self) -> i64 {
        self.to - self.from
    }

    fn meets(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// What a fill of the private stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Counted already: a query found it before, or will.
    Again,
    /// New; others are still missing, or may follow.
    Part,
    /// New, and with it everything is told of an order that is filled.
    Last,
}

/// Fills that a query found and nobody told, as at most two prices that make
/// the same money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Missed {
    /// Price and quantity; a quantity of 0 is none.
    pub(crate) parts: [(i64, i64); 2],
    /// The venue did not say the money, or what it said makes no price: the
    /// parts stand at the order's limit.
    pub(crate) estimated: bool,
}

impl Missed {
    /// Price × quantity of all of it.
    pub(crate) fn notional(&self) -> i128 {
        self.parts.iter().map(|(price, qty)| i128::from(*price) * i128::from(*qty)).sum()
    }

    /// The quantity of all of it.
    pub(crate) fn qty(&self) -> i128 {
        self.parts.iter().map(|(_, qty)| i128::from(*qty)).sum()
    }
}

impl Known {
    /// A fill of the private stream; `in_all` is what is filled with it, 0 where
    /// the venue does not say, and `all` says that nothing is left.
    pub(crate) fn on_fill(&mut self, price: i64, qty: i64, in_all: i64, all: bool) -> Told {
        let to = if in_all > 0 { in_all } else { self.top().saturating_add(qty) };
        let notional = i128::from(price) * i128::from(qty);
        let fill = Stretch { from: to.saturating_sub(qty), to, notional };
        self.said = self.said.max(to);
        self.all |= all;
        let known = fill.meets(&self.told) || self.ahead.iter().any(|other| fill.meets(other));
        if known || !self.keep(fill) {
            return Told::Again;
        }
        if self.all && !self.is_missing() { Told::Last } else { Told::Part }
    }

    /// The venue ended the order and said what was filled in all. False when
    /// fills are missing: the end waits until a query has told them.
    pub(crate) fn on_end(&mut self, in_all: i64) -> bool {
        self.said = self.said.max(in_all);
        self.ended |= !self.is_missing();
        !self.is_missing()
    }

    /// A query says that `in_all` is filled, for `notional` where it says so, of
    /// an order at `limit`. `None` when it is older than what was told.
    pub(crate) fn on_query(
        &mut self,
        in_all: i64,
        notional: Option<i128>,
        limit: i64,
    ) -> Option<Missed> {
        self.said = self.said.max(in_all);
        let mut qty = in_all.checked_sub(self.told.to).filter(|qty| *qty >= 0)?;
        let mut known = self.told.notional;
        for part in self.ahead.iter_mut().filter(|part| part.to <= in_all) {
            qty -= part.qty();
            known += part.notional;
            *part = Stretch::NONE;
        }
        let exact = notional.and_then(|all| parts(all.checked_sub(known)?, qty));
        let missed = match exact {
            _ if qty <= 0 => Missed::default(),
            Some(parts) => Missed { parts, estimated: false },
            None => Missed { parts: [(limit, qty), (0, 0)], estimated: true },
        };
        self.told = Stretch { from: 0, to: in_all, notional: known + missed.notional() };
        self.join();
        Some(missed)
    }

    /// Whether the venue has said more than was told.
    pub(crate) const fn is_missing(&self) -> bool {
        self.told.to < self.said
    }

    /// The end of the last stretch.
    fn top(&self) -> i64 {
        self.ahead.iter().map(|part| part.to).max().unwrap_or(0).max(self.told.to)
    }

    /// Takes a stretch in. False when there is no room to remember it.
    fn keep(&mut self, fill: Stretch) -> bool {
        if fill.from > self.told.to {
            let free = self.ahead.iter_mut().find(|part| part.qty() == 0);
            return free.map(|part| *part = fill).is_some();
        }
        self.told.to = fill.to;
        self.told.notional += fill.notional;
        self.join();
        true
    }

    /// What was ahead and is not any more.
    fn join(&mut self) {
        while let Some(next) =
            self.ahead.iter_mut().find(|part| part.qty() > 0 && part.from == self.told.to)
        {
            self.told.to = next.to;
            self.told.notional += next.notional;
            *next = Stretch::NONE;
        }
    }
}

/// `qty` at one price or at two next to each other, so that it makes `money`
/// exactly; `None` where no price does.
fn parts(money: i128, qty: i64) -> Option<[(i64, i64); 2]> {
    let whole = money.checked_div_euclid(i128::from(qty))?;
    let price = i64::try_from(whole).ok().filter(|price| *price > 0)?;
    // Below `qty`, which is an `i64`.
    let dearer = i64::try_from(money.rem_euclid(i128::from(qty))).ok()?;
    Some([(price, qty - dearer), (price.checked_add(1)?, dearer)])
}
