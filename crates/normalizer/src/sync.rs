//! One book's way to LIVE and back: messages wait for a snapshot, are joined to
//! it by the venue's rule, and any break that no connection fills sends the book
//! back for another.
//!
//! Keeps ids and waiting levels, never a book. What may be acted on is decided
//! here and nowhere else; a crossing that only the book can see comes back as a
//! Resync command. Where several connections carry the same messages the first
//! copy counts, and a hole in one is a gap only when no other may fill it.

use crate::counters::{NormalizerCounters, add, subtract};
use crate::lanes::{Lane, Lanes, Origin, PerLane};
use crate::quotes::{Heard, QuoteIds};
use crate::staging::Staging;
use crate::waiting::{Held, Kept, Waiting};
use types::{
    BookChange, BookReset, BookState, Flags, InstrumentId, Kind, Level, Nanos, Record, Side,
    StateReason,
};
use venue::{Depth, DepthSequence, LevelChange, SequenceRule, Snapshot, Step};

/// How long a snapshot may be under way before it is asked for again.
const PATIENCE: i64 = 10 * Nanos::PER_SEC;
/// How long to wait before asking again after a snapshot did not bridge.
const RETRY: i64 = 500 * Nanos::PER_MS;
/// The shortest time between two snapshots that the book itself asks for: one
/// that its capacity cannot hold, or that crosses whatever it is told, must not
/// use up the venue's patience. At this pace one book takes a tenth of what
/// Binance USD-M allows an address.
const RESYNC: i64 = 5 * Nanos::PER_SEC;

/// What every step of a book needs besides its own state.
pub(crate) struct Context<'s> {
    /// The time of the input in hand.
    pub(crate) now: Nanos,
    pub(crate) counters: &'s NormalizerCounters,
    pub(crate) out: &'s mut Staging,
    pub(crate) lanes: &'s Lanes,
    /// How long another connection may take to fill a hole.
    pub(crate) gap_wait: i64,
}

impl Context<'_> {
    /// Whether what began to wait at `since` may wait on.
    pub(crate) fn is_patient(&self, since: Nanos) -> bool {
        self.now.0.saturating_sub(since.0) <= self.gap_wait
    }
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
    waiting: Waiting,
    /// Since when there is a hole that another connection may fill.
    waits_since: Option<Nanos>,
    /// The last id of each connection.
    passed: PerLane<u64>,
    /// The earliest time of the next resync that the book itself asks for.
    resync_from: i64,
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
            waiting: Waiting::new(rule, levels),
            waits_since: None,
            passed: PerLane::default(),
            resync_from: i64::MIN,
        }
    }

    pub(crate) const fn is_live(&self) -> bool {
        matches!(self.state, BookState::Live)
    }

    /// A depth message. Levels go to staging when the book is joined; the last
    /// one ends the frame. False for one that has come before.
    pub(crate) fn on_depth(
        &mut self,
        depth: &Depth<'_>,
        origin: &Origin,
        cx: &mut Context<'_>,
    ) -> bool {
        let passed = self.passed.of(origin.lane);
        *passed = depth.final_id.max(*passed);
        let mut next = self.sequence;
        let is_news = match next.step(depth.first_id, depth.final_id, depth.previous_id) {
            Step::Ignore(_) => false,
            Step::Apply if !cx.out.fits(depth.levels.len() + 1) => {
                self.too_many(depth.first_id, cx);
                true
            }
            Step::Apply => {
                let at = (depth.exch_ts, depth.final_id);
                self.stage_levels(depth.levels, at, cx);
                self.sequence = next;
                self.follow(cx);
                true
            }
            Step::Hold | Step::Gap { .. } => self.hold(depth, cx),
        };
        self.review(cx);
        is_news
    }

    /// Applies what waits, as far as it joins; the book is as of that.
    fn follow(&mut self, cx: &mut Context<'_>) {
        let mut done = 0;
        while let Some(&held) = self.waiting.messages().get(done) {
            let mut next = self.sequence;
            let levels = self.waiting.levels(&held);
            match held.step(&mut next) {
                Step::Gap { .. } | Step::Hold => break,
                Step::Apply if !cx.out.fits(levels.len() + 1) => {
                    return self.too_many(held.first_id, cx);
                }
                Step::Apply => {
                    self.stage_levels(levels, (held.exch_ts, held.final_id), cx);
                    self.sequence = next;
                }
                Step::Ignore(_) => {}
            }
            done += 1;
        }
        if done > 0 && self.waits_since.take().is_some() {
            add(&cx.counters.holes_filled, 1);
        }
        self.waiting.drop_front(done);
        if let Some(last) = self.sequence.last_id().filter(|_| self.sequence.is_live()) {
            self.joined(last, cx);
        }
    }

    /// Looks at what still waits: a hole that nobody fills is a gap.
    fn review(&mut self, cx: &mut Context<'_>) {
        if let (Some(_), Some(&front)) = (self.sequence.last_id(), self.waiting.front()) {
            if self.is_awaited(&front, cx) {
                return;
            }
            let expected = match front.step(&mut self.sequence) {
                Step::Gap { expected, .. } => expected,
                Step::Hold | Step::Apply | Step::Ignore(_) => 0,
            };
            self.sequence.reset();
            add(&cx.counters.gaps, 1);
            self.leave(BookState::Stale, StateReason::Gap, (front.first_id, expected), cx);
            self.waits_since = None;
        }
        if !self.waiting.has_holes() {
            self.waits_since = None;
            return;
        }
        // A break while waiting counts like any other; what came before it is of no
        // use to a snapshot after it.
        let since = *self.waits_since.get_or_insert(cx.now);
        let (passed, lanes) = (&self.passed, cx.lanes);
        let is_late = !cx.is_patient(since);
        let is_lost = |held: &Held| is_late || !passed.may_bring(held.before(), lanes);
        if let Some((at, holes)) = self.waiting.last_lost(is_lost) {
            add(&cx.counters.gaps, holes);
            self.waiting.drop_front(at);
        }
    }

    /// Whether another connection may still bring what is missing before `held`.
    fn is_awaited(&mut self, held: &Held, cx: &Context<'_>) -> bool {
        let may_bring = self.passed.may_bring(held.before(), cx.lanes);
        may_bring && cx.is_patient(*self.waits_since.get_or_insert(cx.now))
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
        for index in 0..self.waiting.messages().len() {
            let held = self.waiting.messages()[index];
            match held.step(&mut trial) {
                Step::Apply => applied += 1,
                Step::Gap { .. } if applied > 0 && self.is_awaited(&held, cx) => break,
                Step::Gap { .. } => return self.not_bridged(index, applied, cx),
                Step::Hold | Step::Ignore(_) => {}
            }
        }
        let levels = snapshot.bids.len() + snapshot.asks.len() + self.waiting.level_count();
        if !cx.out.fits(levels + 2) {
            return self.overrun(cx);
        }
        self.stage_snapshot(snapshot, cx);
        self.sequence.on_snapshot(snapshot.last_id);
        self.wish = Wish::None;
        self.follow(cx);
        self.review(cx);
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

    /// A connection that carries its depth opened. If it is the only one, nothing
    /// of before holds, also where its closing was never told.
    pub(crate) fn on_up(&mut self, lane: Lane, cx: &mut Context<'_>) {
        self.passed.forget(lane);
        if cx.lanes.others_up(lane) {
            return self.review(cx);
        }
        self.leave(BookState::Stale, StateReason::Disconnected, (0, 0), cx);
        self.sequence.reset();
        self.quotes = QuoteIds::default();
        self.last_heard = cx.now;
        self.forget();
    }

    /// A connection closed. The book goes on if another carries it too.
    pub(crate) fn on_down(&mut self, lane: Lane, cx: &mut Context<'_>) {
        self.passed.forget(lane);
        if cx.lanes.others_up(lane) {
            return self.review(cx);
        }
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
        self.wish = Wish::At(cx.now.0.max(self.resync_from));
        self.resync_from = cx.now.0.saturating_add(RESYNC);
        self.sequence.reset();
        self.quotes = QuoteIds::default();
        self.forget();
    }

    /// Time passed: silence is noticed, and a hole that nobody has filled.
    pub(crate) fn on_timer(&mut self, stale_after: i64, cx: &mut Context<'_>) {
        if self.waits_since.is_some() {
            self.review(cx);
        }
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

    /// Keeps a message for later. False for one that waits already.
    fn hold(&mut self, depth: &Depth<'_>, cx: &mut Context<'_>) -> bool {
        match self.waiting.keep(depth) {
            Kept::New => {}
            Kept::Repeated => return false,
            Kept::Full => {
                if self.sequence.last_id().is_some() {
                    self.too_many(depth.first_id, cx);
                } else {
                    self.overrun(cx);
                }
                self.waiting.keep(depth);
            }
        }
        if self.sequence.last_id().is_none() {
            self.last_heard = cx.now;
            if self.wish == Wish::None {
                self.wish = Wish::At(cx.now.0);
            }
        }
        true
    }

    /// More levels than one frame may make, or than may wait: not half of them.
    fn too_many(&mut self, first_id: u64, cx: &mut Context<'_>) {
        self.leave(BookState::Stale, StateReason::BufferFull, (first_id, 0), cx);
        self.sequence.reset();
        self.overrun(cx);
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
            self.waiting.drop_front(index);
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

    fn stage_levels(&self, levels: &[LevelChange], at: (Nanos, u64), cx: &mut Context<'_>) {
        for change in levels {
            cx.out.push(self.level(Kind::Level, cx.now, change, at));
        }
    }

    /// The book is joined as of `update_id`: LIVE, if it was not.
    fn joined(&mut self, update_id: u64, cx: &mut Context<'_>) {
        self.last_heard = cx.now;
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
        self.waits_since = None;
    }
}
