//! The engine's own normalizer over recorded frames, in process and on virtual
//! time, with a book per instrument behind it.
//!
//! Fed frame by frame by the inspection and by the recorder; read for books,
//! counts, and for which snapshots are wanted. Nothing of decoding, bridging or
//! sequencing is done here: this is the line's first half, driven by hand.

use actor::{Actor, Duty, Meter, Outbox};
use book::Book;
use link::{Batch, FrameHead, FrameKind, FrameSender, Receiver, Sender, frames, link};
use normalizer::{
    FeedInput, Normalizer, NormalizerConfig, NormalizerCounters, Sequencer, SequencerInputs,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use types::{
    BookChange, BookReset, BookState, InstrumentId, InstrumentSpec, Kind, Level, Nanos, Price,
    Record, Side,
};
use venue::Dialect;

/// Levels kept per side far from the touch: a snapshot of a thousand levels and
/// what a day adds to it.
const FAR_LEVELS: usize = 1 << 16;
/// Longest frame that is decoded, in bytes; longer ones count as not understood.
pub const FRAME_MAX: usize = 16 << 20;
/// Shortest limit: a decoder for less saves nothing.
const FRAME_MIN: usize = 64 << 10;
/// A recording may pause for as long as it likes: silence makes nothing stale.
const NEVER: Nanos = Nanos(i64::MAX / 2);

/// One instrument behind the normalizer.
pub struct Watched {
    /// Its specification.
    pub spec: InstrumentSpec,
    /// Its book.
    pub book: Book,
    /// Whether the book may be believed.
    pub state: BookState,
    /// Id of the last change in the book; 0 before a snapshot.
    pub update_id: u64,
    /// Whole messages after which the best bid was at or above the best ask.
    pub crossed: u64,
    /// Snapshots that were taken as a beginning.
    pub resets: u64,
    touched: bool,
}

/// What the normalizer counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sequenced events.
    pub events: u64,
    /// Breaks in the venue's sequence rule.
    pub gaps: u64,
    /// Frames that could not be understood.
    pub undecodable: u64,
    /// The same by type and by what was wrong.
    pub undecodable_by: Vec<((&'static str, &'static str), u64)>,
    /// Messages that repeated what was known.
    pub repeated: u64,
    /// Snapshots that did not join the messages around them.
    pub not_bridged: u64,
}

/// The first half of the line.
pub struct BookLine {
    normalizer: Normalizer,
    frames: FrameSender,
    requests: Receiver<u64>,
    commands: Sender<Record>,
    events: Receiver<Record>,
    counters: Arc<NormalizerCounters>,
    watched: Vec<Watched>,
    /// Longer than the link takes.
    oversized: u64,
    /// Kept so that the normalizer does not see it closed.
    _feedback: Sender<Record>,
}

impl BookLine {
    /// A line over `specs`, whose ids count from 0, each on its grid of prices,
    /// for frames of at most `longest` bytes. `carries` says whose depth each
    /// connection brings.
    #[must_use]
    pub fn new(
        dialect: Dialect,
        specs: &[(InstrumentSpec, Price)],
        carries: Vec<Vec<InstrumentId>>,
        longest: usize,
    ) -> Self {
        let longest = longest.clamp(FRAME_MIN, FRAME_MAX);
        let (frames_in, frames_out) = frames("feed_normalizer", (longest * 4).next_power_of_two());
        let (requests_in, requests) = link("normalizer_feed", 2048, 0);
        let (feedback_in, feedback) = link("gateway_normalizer", 2, Record::EMPTY);
        let (commands_in, commands) = link("cold_normalizer", 8, Record::EMPTY);
        let (out, events) = link("normalizer_indicator", 8192, Record::EMPTY);
        let counters: Arc<NormalizerCounters> = Arc::default();
        let inputs = SequencerInputs { feedback, commands };
        let sequencer =
            Sequencer::new(inputs, Outbox::new(out), None, Meter::still(), Arc::clone(&counters));
        let config = NormalizerConfig {
            dialect,
            instruments: specs.len(),
            max_frame: longest,
            stale_after: NEVER,
            // A recording is one connection of each stream: nobody fills a hole.
            gap_wait: Nanos(0),
        };
        let input =
            FeedInput { frames: frames_out, requests: requests_in, carries, copies: Vec::new() };
        let normalizer =
            Normalizer::new(config, vec![input], sequencer, Arc::clone(&counters), Meter::still());
        let mut line = Self {
            normalizer,
            frames: frames_in,
            requests,
            commands: commands_in,
            events,
            counters,
            watched: Vec::with_capacity(specs.len()),
            oversized: 0,
            _feedback: feedback_in,
        };
        specs.iter().for_each(|(spec, grid)| line.watch(spec, *grid));
        line
    }

    fn watch(&mut self, spec: &InstrumentSpec, grid: Price) {
        self.watched.push(Watched {
            spec: *spec,
            book: Book::new(grid, FAR_LEVELS),
            state: BookState::Syncing,
            update_id: 0,
            crossed: 0,
            resets: 0,
            touched: false,
        });
        let (name, grid, money) = spec.to_bodies();
        // Stamped 0: specifications stand before every frame.
        for record in [
            Record::new(Kind::SpecName, spec.id, Nanos(0), name),
            Record::new(Kind::SpecGrid, spec.id, Nanos(0), grid),
            Record::new(Kind::SpecMoney, spec.id, Nanos(0), money),
        ] {
            let sent = self.commands.try_send(record);
            assert!(sent.is_ok(), "Invariant: each specification is taken before the next.");
        }
        self.run();
    }

    /// A connection opened.
    pub fn on_up(&mut self, connection: u16, at: Nanos) {
        self.give(FrameHead::new(FrameKind::Up, connection, at, 0), &[]);
    }

    /// A connection was lost.
    pub fn on_down(&mut self, connection: u16, at: Nanos) {
        self.give(FrameHead::new(FrameKind::Down, connection, at, 0), &[]);
    }

    /// One message.
    pub fn on_message(&mut self, connection: u16, at: Nanos, bytes: &[u8]) {
        self.give(FrameHead::new(FrameKind::Message, connection, at, 0), bytes);
    }

    /// One snapshot of `instrument`'s book.
    pub fn on_snapshot(&mut self, instrument: InstrumentId, at: Nanos, bytes: &[u8]) {
        let head = FrameHead::new(FrameKind::Rest, 0, at, 0).answering(u64::from(instrument.0));
        self.give(head, bytes);
    }

    /// Time passed without a message.
    pub fn on_time(&mut self, at: Nanos) {
        self.give(FrameHead::new(FrameKind::Tick, 0, at, 0), &[]);
    }

    /// Whose snapshot is wanted, since the last time this was asked.
    pub fn wanted(&mut self) -> Vec<InstrumentId> {
        let mut wanted = Vec::new();
        while let Batch::Took(_) = self.requests.poll(64, |&token| {
            wanted.extend(u16::try_from(token).map(InstrumentId));
        }) {}
        wanted
    }

    /// The instruments, by their ids.
    #[must_use]
    pub fn watched(&self) -> &[Watched] {
        &self.watched
    }

    /// The first instrument, for good.
    #[must_use]
    pub(crate) fn into_watched(mut self) -> Watched {
        self.watched.swap_remove(0)
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        // Relaxed: one thread writes and reads.
        let get = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let mut undecodable_by = self.counters.undecodable_by();
        if self.oversized > 0 {
            undecodable_by.push((("unnamed", "too_long"), self.oversized));
        }
        Counts {
            events: get(&self.counters.events),
            gaps: get(&self.counters.gaps),
            undecodable: get(&self.counters.undecodable) + self.oversized,
            undecodable_by,
            repeated: get(&self.counters.repeated),
            not_bridged: get(&self.counters.not_bridged),
        }
    }

    fn give(&mut self, head: FrameHead, bytes: &[u8]) {
        if bytes.len() > self.frames.longest() {
            self.oversized += 1;
            return;
        }
        let sent = self.frames.try_send(head, bytes);
        assert!(sent.is_ok(), "Invariant: the link is empty between frames.");
        self.run();
    }

    /// Turns until nothing moves.
    fn run(&mut self) {
        loop {
            let duty = self.normalizer.turn();
            let watched = &mut self.watched;
            let took = self.events.poll(8192, |record| on_event(watched, record));
            if duty != Duty::Busy && took == Batch::Empty {
                return;
            }
        }
    }
}

fn on_event(watched: &mut [Watched], record: &Record) {
    if let Some(watched) = watched.get_mut(record.instrument.index()) {
        watched.on_event(record);
    }
}

impl Watched {
    fn on_event(&mut self, record: &Record) {
        match record.kind() {
            Some(Kind::BookReset) => {
                self.book.reset();
                self.resets += 1;
                self.update_id = record.body::<BookReset>().update_id;
                self.touched = true;
            }
            Some(Kind::Level | Kind::SnapshotLevel) => {
                let level: Level = record.body();
                let side = if level.side == 0 { Side::Buy } else { Side::Sell };
                self.book.apply(side, level.price, level.qty);
                self.update_id = level.update_id;
                self.touched = true;
            }
            Some(Kind::BookChange) => self.state = record.body::<BookChange>().state(),
            _ => {}
        }
        if record.is_frame_end() && std::mem::take(&mut self.touched) {
            self.crossed += u64::from(self.book.is_crossed());
        }
    }
}
