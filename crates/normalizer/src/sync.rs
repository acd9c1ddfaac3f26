//! One book's way to LIVE and back: messages wait for a snapshot, are joined to
//! it by the venue's rule, and any break sends the book back for another.
//!
//! Keeps ids and waiting levels, never a book. What may be acted on is decided
//! here and nowhere else; a crossing that only the book can see comes back as a
//! Resync command.

use crate::counters::{NormalizerCounters, add, subtract};
use crate::quotes::{Heard, QuoteIds};
use crate::staging::Staging;
use types::{
    BookChange, BookReset, BookState, Flags, InstrumentId, Kind, Level, Nanos, Record, Side,
    StateReason,
};
use venue::{Depth, DepthSequence, LevelChange, SequenceRule, Snapshot, Step};

/// How long a snapshot may be under way before it is asked for again.
const PATIENCE: i64 = 10 * Nanos::PER_SEC;
/// How long to wait before asking again after a snapshot did not bridge.
const RETRY: i64 = 500 * Nanos::PER_MS;

/// What every step of a book needs besides its own state.
pub(crate) struct Context<'s> {
    /// The time of the input in hand.
    pub(crate) now: Nanos,
    pub(crate) counters: &'s NormalizerCounters,
    pub(crate) out: &'s mut Staging,
}

/// A depth message that waits for a snapshot.
#[derive(Clone, Copy)]
struct Waiting {
    first_id: u64,
    final_id: u64,
    previous_id: Option<u64>,
    exch_ts: Nanos,
    start: usize,
    end: usize,
}

/// When the next snapshot is to be asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    None,
    At(i64),
    /// Asked; again if nothing has come by then.
    Asked(i64),
}

/// One instrument's book, as far as its integrity goes.
pub(crate) struct BookSync {
    instrument: InstrumentId,
    state: BookState,
    sequence: DepthSequence,
    wish: Wish,
    last_heard: Nanos,
    quotes: QuoteIds,
    /// STALE only for silence: the sequence still holds.
    silent: bool,
    waiting: Vec<Waiting>,
    levels: Vec<LevelChange>,
}

impl BookSync {
    /// A book that waits for its connection, with room for `levels` waiting
    /// level changes.
    pub(crate) fn new(instrument: InstrumentId, rule: SequenceRule, levels: usize) -> Self {
        Self {
            instrument,
            state: BookState::Syncing,
            sequence: DepthSequence::new(rule),
            wish: Wish::None,
            last_heard: Nanos(0),
            quotes: QuoteIds::default(),
            silent: false,
            waiting: Vec::with_capacity(levels / 8),
            levels: Vec::with_capacity(levels),
        }
    }

    pub(crate) const fn is_live(&self) -> bool {
        matches!(self.state, BookState::Live)
    }

    /// A depth message. Levels go to staging when the book is joined; the last
    /// one ends the frame.
    pub(crate) fn on_depth(&mut self, depth: &Depth<'_>, cx: &mut Context<'_>) {
        self.last_heard = cx.now;
        match self.sequence.step(depth.first_id, depth.final_id, depth.previous_id) {
            Step::Hold => self.hold(depth, cx),
            Step::Ignore(_) => add(&cx.counters.repeated, 1),
            Step::Gap { expected, .. } => {
                add(&cx.counters.gaps, 1);
                self.leave(BookState::Stale, StateReason::Gap, (depth.first_id, expected), cx);
                self.hold(depth, cx);
            }
            Step::Apply if !cx.out.fits(depth.levels.len() + 1) => {
                // More levels than one frame may make: not half of them.
                self.leave(BookState::Stale, StateReason::BufferFull, (depth.first_id, 0), cx);
                self.sequence.reset();
                self.overrun(cx);
            }
            Step::Apply => {
                for change in depth.levels {
                    cx.out.push(self.level(
                        Kind::Level,
                        cx.now,
                        change,
                        (depth.exch_ts, depth.final_id),
                    ));
                }
                self.joined(depth.final_id, cx);
            }
        }
    }

    /// A snapshot. Without a bridge nothing is staged and another is wished for.
    pub(crate) fn on_snapshot(&mut self, snapshot: &Snapshot<'_>, cx: &mut Context<'_>) {
        if self.is_live() {
            // A late answer to a question that was asked twice.
            add(&cx.counters.repeated, 1);
            return;
        }
        let mut trial = self.sequence;
        trial.on_snapshot(snapshot.last_id);
        let mut applied = 0;
        for (index, held) in self.waiting.iter().enumerate() {
            match trial.step(held.first_id, held.final_id, held.previous_id) {
                Step::Apply => applied += 1,
                Step::Gap { .. } => return self.not_bridged(index, applied, cx),
                Step::Hold | Step::Ignore(_) => {}
            }
        }
        let total = snapshot.bids.len() + snapshot.asks.len() + self.levels.len() + 2;
        if !cx.out.fits(total) {
            return self.overrun(cx);
        }
        self.stage_snapshot(snapshot, cx);
        self.sequence.on_snapshot(snapshot.last_id);
        self.stage_waiting(cx);
        self.wish = Wish::None;
        if let Some(last) = self.sequence.last_id().filter(|_| self.sequence.is_live()) {
            self.joined(last, cx);
        }
    }

    /// The snapshot that was asked for did not come: the venue refused, or its
    /// answer could not be understood. It is asked for again.
    pub(crate) fn on_no_snapshot(&mut self, now: Nanos) {
        if self.wish != Wish::None {
            self.wish = Wish::At(now.0.saturating_add(RETRY));
        }
    }

    /// A best bid and ask: what its id says of it.
    pub(crate) fn on_quote(&mut self, update_id: u64, now: Nanos) -> Heard {
        self.quotes.on_quote(update_id, now)
    }

    /// The connection that carries its depth opened. Nothing of before holds,
    /// also where its closing was never told.
    pub(crate) fn on_up(&mut self, cx: &mut Context<'_>) {
        self.leave(BookState::Stale, StateReason::Disconnected, (0, 0), cx);
        self.sequence.reset();
        self.quotes = QuoteIds::default();
        self.last_heard = cx.now;
        self.forget();
    }

    /// The connection closed.
    pub(crate) fn on_down(&mut self, cx: &mut Context<'_>) {
        self.leave(BookState::Stale, StateReason::Disconnected, (0, 0), cx);
        self.sequence.reset();
        self.forget();
        self.wish = Wish::None;
    }

    /// The book itself is wrong: start over.
    pub(crate) fn resync(&mut self, reason: StateReason, cx: &mut Context<'_>) {
        if !self.is_live() {
            return;
        }
        self.leave(BookState::Stale, reason, (0, 0), cx);
        self.sequence.reset();
        self.quotes = QuoteIds::default();
        self.forget();
    }

    /// Time passed: silence is noticed.
    pub(crate) fn on_timer(&mut self, stale_after: i64, cx: &mut Context<'_>) {
        if self.is_live() && cx.now.0 - self.last_heard.0 > stale_after {
            // The sequence goes on: the next message in order makes it LIVE again.
            self.change(BookState::Stale, StateReason::Silent, (0, 0), cx);
            subtract(&cx.counters.books_live, 1);
        }
    }

    /// Whether a snapshot is to be asked for now.
    pub(crate) fn due(&self, now: Nanos) -> bool {
        match self.wish {
            Wish::None => false,
            Wish::At(due) | Wish::Asked(due) => due <= now.0,
        }
    }

    /// A snapshot was asked for.
    pub(crate) fn asked(&mut self, now: Nanos, counters: &NormalizerCounters) {
        add(&counters.resyncs, 1);
        self.wish = Wish::Asked(now.0.saturating_add(PATIENCE));
    }

    fn hold(&mut self, depth: &Depth<'_>, cx: &Context<'_>) {
        let breaks = |held: &Waiting| {
            depth.final_id > held.final_id
                && depth.previous_id.is_some_and(|previous| previous != held.final_id)
        };
        if self.waiting.last().is_some_and(breaks) {
            // A break while waiting counts like any other; what came before it is
            // of no use to a snapshot after it.
            add(&cx.counters.gaps, 1);
            self.forget();
        }
        let full = self.waiting.len() == self.waiting.capacity()
            || self.levels.len() + depth.levels.len() > self.levels.capacity();
        if full {
            self.overrun(cx);
            if depth.levels.len() > self.levels.capacity() {
                return;
            }
        }
        let start = self.levels.len();
        self.levels.extend_from_slice(depth.levels);
        self.waiting.push(Waiting {
            first_id: depth.first_id,
            final_id: depth.final_id,
            previous_id: depth.previous_id,
            exch_ts: depth.exch_ts,
            start,
            end: self.levels.len(),
        });
        if self.wish == Wish::None {
            self.wish = Wish::At(cx.now.0);
        }
    }

    /// What waits cannot be kept: what comes from now on is enough with a newer
    /// snapshot.
    fn overrun(&mut self, cx: &Context<'_>) {
        add(&cx.counters.buffer_full, 1);
        self.forget();
        self.wish = Wish::At(cx.now.0.saturating_add(RETRY));
    }

    fn not_bridged(&mut self, index: usize, applied: usize, cx: &Context<'_>) {
        add(&cx.counters.not_bridged, 1);
        if applied > 0 {
            // A break among the waiting messages: those before it are no use.
            add(&cx.counters.gaps, 1);
            self.waiting.drain(..index);
        }
        self.wish = Wish::At(cx.now.0.saturating_add(RETRY));
    }

    fn stage_snapshot(&self, snapshot: &Snapshot<'_>, cx: &mut Context<'_>) {
        let count = |side: &[LevelChange]| u32::try_from(side.len()).unwrap_or(u32::MAX);
        let reset = BookReset {
            update_id: snapshot.last_id,
            exch_ts: snapshot.exch_ts,
            bids: count(snapshot.bids),
            asks: count(snapshot.asks),
            pad: [0; 2],
        };
        cx.out.push(Record::new(Kind::BookReset, self.instrument, cx.now, reset));
        for change in snapshot.bids.iter().chain(snapshot.asks) {
            let (exch_ts, id) = (snapshot.exch_ts, snapshot.last_id);
            cx.out.push(self.level(Kind::SnapshotLevel, cx.now, change, (exch_ts, id)));
        }
    }

    fn stage_waiting(&mut self, cx: &mut Context<'_>) {
        for held in &self.waiting {
            let step = self.sequence.step(held.first_id, held.final_id, held.previous_id);
            if step == Step::Apply {
                for change in &self.levels[held.start..held.end] {
                    cx.out.push(self.level(
                        Kind::Level,
                        cx.now,
                        change,
                        (held.exch_ts, held.final_id),
                    ));
                }
            }
        }
        self.forget();
    }

    /// The book is joined as of `update_id`: LIVE, if it was not.
    fn joined(&mut self, update_id: u64, cx: &mut Context<'_>) {
        self.quotes.on_book(update_id, cx.now);
        if self.is_live() {
            return;
        }
        let reason = if self.silent { StateReason::Resumed } else { StateReason::Bridged };
        add(&cx.counters.books_live, 1);
        self.change(BookState::Live, reason, (update_id, 0), cx);
    }

    /// The book cannot be acted on any more and needs a snapshot.
    fn leave(
        &mut self,
        state: BookState,
        reason: StateReason,
        ids: (u64, u64),
        cx: &mut Context<'_>,
    ) {
        if self.is_live() {
            subtract(&cx.counters.books_live, 1);
        }
        if self.is_live() || self.silent {
            self.change(state, reason, ids, cx);
        }
        self.wish = Wish::At(cx.now.0);
    }

    fn change(
        &mut self,
        state: BookState,
        reason: StateReason,
        ids: (u64, u64),
        cx: &mut Context<'_>,
    ) {
        self.state = state;
        self.silent = matches!(reason, StateReason::Silent);
        let (update_id, expected) = ids;
        let body = BookChange { update_id, expected, ..BookChange::new(state, reason) };
        let mut record = Record::new(Kind::BookChange, self.instrument, cx.now, body);
        // Nothing of its frame follows a change of state.
        record.flags |= Flags::FRAME_END;
        cx.out.push(record);
    }

    fn level(&self, kind: Kind, now: Nanos, change: &LevelChange, at: (Nanos, u64)) -> Record {
        let (exch_ts, update_id) = at;
        let body = Level {
            price: change.price,
            qty: change.qty,
            exch_ts,
            update_id,
            side: u8::from(change.side == Side::Sell),
            pad: [0; 7],
        };
        Record::new(kind, self.instrument, now, body)
    }

    fn forget(&mut self) {
        self.waiting.clear();
        self.levels.clear();
    }
}
