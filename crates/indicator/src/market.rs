//! One instrument as the stage knows it: specification, book, quote, bars and
//! indicators.
//!
//! Fed by the stage, one record at a time; asked for the touch when a frame is
//! whole. It sends nothing itself.

use crate::bars::{Bar, BarBuilder, TradeRefusal};
use crate::config::{MAX_LINES, Options};
use crate::counters::Counters;
use crate::input::{Input, Overflow};
use crate::lines::Lines;
use crate::plan::{Feed, Plan, Seat};
use book::{Applied, Book};
use std::sync::Arc;
use types::{
    BookChange, BookReset, BookState, InstrumentSpec, Kind, Level, MarkPrice, Nanos, Price, Quote,
    Side, StateReason, Touch, Trade, Value,
};

/// What one group made: at most one value per line of the configured
/// indicators.
pub(crate) struct Made {
    plan: Arc<Plan>,
    values: [Value; MAX_LINES],
    /// Bit n: slot n has a value.
    set: u64,
    /// Of one indicator, at one input.
    lines: Lines,
    pub(crate) counters: Arc<Counters>,
}

impl Made {
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            values: [Value::ZERO; MAX_LINES],
            set: 0,
            lines: Lines::new(),
            counters: Arc::new(Counters::default()),
        }
    }

    /// Configured number, line and value of the next slot that has a value, in
    /// the order of the configuration; it is taken out.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<(u16, u16, Value)> {
        if self.set == 0 {
            return None;
        }
        let slot = self.set.trailing_zeros() as usize;
        self.set &= self.set - 1;
        let (number, line) = self.plan.slots[slot];
        Some((number, line, self.values[slot]))
    }

    #[inline]
    fn feed(&mut self, seats: &mut [Seat], feed: Feed, input: Input<'_>) {
        for seat in &mut seats[self.plan.range(feed)] {
            if seat.indicator.apply(input, &mut self.lines) == Err(Overflow) {
                self.counters.value_overflowed.add(1);
                continue;
            }
            for (line, value) in self.lines.iter() {
                self.values[seat.slot + line] = value;
                self.set |= 1 << (seat.slot + line);
            }
        }
    }

    fn close(&mut self, seats: &mut [Seat], builder: usize, bar: &Bar) {
        if bar.complete {
            self.counters.bar_closed.add(1);
            self.feed(seats, Feed::Bar(builder), Input::Bar(bar));
        } else {
            self.counters.bar_incomplete.add(1);
        }
    }
}

pub(crate) struct Market {
    spec: Option<InstrumentSpec>,
    book: Book,
    /// When the venue says the book last changed.
    book_ts: Nanos,
    state: BookState,
    /// No level was refused since the last reset.
    whole: bool,
    /// A level changed since the last look.
    changed: bool,
    /// A level changed since the book's indicators were last fed.
    unfed: bool,
    /// Levels that the book had dropped at the last look.
    dropped: u64,
    quote: Option<Quote>,
    sent: Option<Touch>,
    /// The kind of record that trades come in.
    told_as: Option<Kind>,
    bars: Box<[BarBuilder]>,
    seats: Box<[Seat]>,
    bar_grace: Option<Nanos>,
}

impl Market {
    /// Takes the plan's seats for itself: a copy of an indicator has the memory that it uses, not
    /// the memory that it took.
    pub(crate) fn new(plan: Plan, options: Options) -> Self {
        Self {
            spec: None,
            // Every mantissa is on the grid until the specification says more.
            book: Book::new(Price(1), options.far_levels),
            book_ts: Nanos(0),
            state: BookState::Syncing,
            whole: true,
            changed: false,
            unfed: false,
            dropped: 0,
            quote: None,
            sent: None,
            told_as: None,
            bars: plan.intervals.iter().map(|seconds| BarBuilder::new(*seconds)).collect(),
            seats: plan.seats.into(),
            bar_grace: options.bar_grace,
        }
    }

    /// A new version of the specification. With other decimals no mantissa of
    /// before means anything any more: everything begins anew.
    pub(crate) fn on_spec(&mut self, spec: InstrumentSpec) {
        let scale = |spec: &InstrumentSpec| (spec.price_decimals, spec.qty_decimals);
        if self.spec.is_some_and(|old| scale(&old) != scale(&spec)) {
            self.begin_anew();
        }
        let empty = self.book.levels(Side::Buy) + self.book.levels(Side::Sell) == 0;
        let grid = self.book.tick_size();
        // A coarser tick size leaves old orders between its ticks.
        self.book.regrid(if empty { spec.tick_size } else { finest(grid, spec.tick_size) });
        self.spec = Some(spec);
    }

    pub(crate) fn on_reset(&mut self, reset: &BookReset) {
        self.book.reset();
        if let Some(spec) = &self.spec {
            self.book.regrid(spec.tick_size);
        }
        self.book_ts = reset.exch_ts;
        self.whole = true;
        self.changed = true;
        self.unfed = true;
    }

    #[inline]
    pub(crate) fn on_level(&mut self, level: &Level, made: &mut Made) {
        let mut applied = self.book.apply(level.side(), level.price, level.qty);
        if applied == Applied::OffGrid && level.qty.0 > 0 {
            applied = self.apply_between_ticks(level, made);
        }
        match applied {
            Applied::OffGrid | Applied::Refused => {
                // A removal of what cannot be there takes nothing away.
                self.whole &= level.qty.0 == 0;
                made.counters.level_refused.add(1);
            }
            _ => {}
        }
        self.book_ts = level.exch_ts;
        self.changed = true;
        self.unfed = true;
    }

    /// An order from before a change of the tick size, or a specification that
    /// is wrong: the grid becomes fine enough to hold it, until the next reset.
    #[cold]
    fn apply_between_ticks(&mut self, level: &Level, made: &mut Made) -> Applied {
        let finer = finest(self.book.tick_size(), level.price);
        if finer != self.book.tick_size() {
            self.book.regrid(finer);
            made.counters.book_regridded.add(1);
        }
        self.book.apply(level.side(), level.price, level.qty)
    }

    pub(crate) fn on_quote(&mut self, mut quote: Quote) {
        // A venue that does not say when: newer than the book as it stands.
        if quote.exch_ts.0 == 0 {
            quote.exch_ts = self.book_ts;
        }
        self.quote = Some(quote);
    }

    pub(crate) fn on_mark(&mut self, mark: &MarkPrice, made: &mut Made) {
        made.feed(&mut self.seats, Feed::Mark, Input::Mark(mark));
    }

    pub(crate) fn on_change(&mut self, change: &BookChange) {
        self.state = change.state();
        if self.state == BookState::Live {
            return;
        }
        match change.reason() {
            StateReason::Disconnected => {
                self.quote = None;
                self.told_as = None;
                self.interrupt();
            }
            StateReason::Silent | StateReason::Undecodable => self.interrupt(),
            _ => {}
        }
    }

    /// A trade, told as a record of `kind` that stands for `count` of them. A venue may tell the same trades
    /// singly and joined: the first kind that comes is taken, until the
    /// connection is closed; the other one is counted.
    pub(crate) fn on_trade(&mut self, kind: Kind, trade: &Trade, count: u32, made: &mut Made) {
        if *self.told_as.get_or_insert(kind) != kind {
            made.counters.trade_repeated.add(1);
            return;
        }
        for (index, builder) in self.bars.iter_mut().enumerate() {
            match builder.take(trade, u64::from(count)) {
                Ok(Some(bar)) => made.close(&mut self.seats, index, &bar),
                Ok(None) => {}
                Err(TradeRefusal::Late) => made.counters.trade_late.add(1),
                Err(TradeRefusal::Invalid) => made.counters.trade_refused.add(1),
            }
        }
        made.feed(&mut self.seats, Feed::Trade, Input::Trade(trade));
    }

    /// Closes bars by the stamp of a quote or level, where a grace allows it.
    /// A timer never does: its clock is ours, the trades' is the venue's, and
    /// the two differ by seconds.
    pub(crate) fn on_time(&mut self, exch_ts: Nanos, made: &mut Made) {
        let Some(grace) = self.bar_grace else { return };
        for (index, builder) in self.bars.iter_mut().enumerate() {
            if let Some(bar) = builder.on_time(exch_ts, grace) {
                made.close(&mut self.seats, index, &bar);
            }
        }
    }

    /// Looks at a whole frame: the touch, if it differs from the last one sent,
    /// and the indicators that it moves.
    pub(crate) fn look(&mut self, made: &mut Made) -> Option<Touch> {
        let touch = self.touch();
        if self.changed && self.state == BookState::Live && touch.crossed != 0 {
            made.counters.crossed_seen.add(1);
        }
        self.changed = false;
        let dropped = self.book.dropped_levels();
        made.counters.level_dropped.add(dropped - self.dropped);
        self.dropped = dropped;
        let news = self.sent != Some(touch);
        self.sent = Some(touch);
        if touch.usable() {
            if news {
                made.feed(&mut self.seats, Feed::Touch, Input::Touch(&touch));
            }
            if self.unfed {
                made.feed(&mut self.seats, Feed::Book, Input::Book(&self.book));
                self.unfed = false;
            }
        }
        news.then_some(touch)
    }

    /// The newer of the venue's quote and the book's top; the quote on a tie,
    /// because it is stamped at the match and the book's message after it.
    fn touch(&self) -> Touch {
        let state = if self.state == BookState::Live && !self.is_trusted() {
            BookState::Stale
        } else {
            self.state
        };
        let crossed = u8::from(self.book.is_crossed());
        let state = Touch { state: state as u8, crossed, ..Touch::default() };
        if let Some(quote) = self.quote
            && quote.exch_ts >= self.book_ts
        {
            let Quote { bid, bid_qty, ask, ask_qty, .. } = quote;
            return Touch { bid, bid_qty, ask, ask_qty, ..state };
        }
        let (bid, bid_qty) = self.book.best_bid().unwrap_or_default();
        let (ask, ask_qty) = self.book.best_ask().unwrap_or_default();
        Touch { bid, bid_qty, ask, ask_qty, ..state }
    }

    /// Whether the book holds all that the venue said, near the touch.
    fn is_trusted(&self) -> bool {
        self.whole && !self.book.is_truncated_near_touch()
    }

    fn interrupt(&mut self) {
        self.bars.iter_mut().for_each(BarBuilder::interrupt);
    }

    fn begin_anew(&mut self) {
        self.book.reset();
        self.book_ts = Nanos(0);
        self.state = BookState::Syncing;
        self.whole = true;
        self.quote = None;
        self.told_as = None;
        self.sent = None;
        self.bars.iter_mut().for_each(BarBuilder::reset);
        // Not a copy of fresh ones: that would allocate.
        self.seats.iter_mut().for_each(|seat| seat.indicator.reset());
    }
}

/// The coarsest grid that holds both: the greatest common divisor.
fn finest(grid: Price, other: Price) -> Price {
    let (mut a, mut b) = (grid.0.unsigned_abs(), other.0.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    // Invariant: no more than the grid, which is an `i64`.
    Price(i64::try_from(a).unwrap_or(1))
}
