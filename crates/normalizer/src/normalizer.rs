//! The actor: takes frames, has them decoded, keeps the books' integrity and
//! hands the events to the sequencer.

use crate::copies::CopiedStream;
use crate::counters::{NormalizerCounters, add};
use crate::lanes::{Lanes, Origin};
use crate::quotes::Heard;
use crate::sequencer::Sequencer;
use crate::staging::Staging;
use crate::streams::Streams;
use crate::sync::{BookSync, Context};
use actor::{Actor, Duty, Meter};
use link::{FrameHead, FrameKind, FrameReceiver, Sender};
use std::sync::Arc;
use types::{
    Command, CommandOp, InstrumentId, Kind, Mark, Nanos, Quote, Record, SpecJoin, StateReason,
    Timing,
};
use venue::{DecodeError, Decoded, Decoder, Depth, Dialect, SpecTable, frame_type};

/// What the normalizer needs to know before it starts.
#[derive(Clone, Copy, Debug)]
pub struct NormalizerConfig {
    /// Whose messages they are.
    pub dialect: Dialect,
    /// Configured instruments.
    pub instruments: usize,
    /// Largest frame, in bytes.
    pub max_frame: usize,
    /// A LIVE book that heard nothing for longer is STALE.
    pub stale_after: Nanos,
    /// How long another connection that carries the same may take to bring what
    /// one has lost; after that it is a gap. With one connection nothing waits.
    pub gap_wait: Nanos,
}

/// One feed's side of the normalizer.
pub struct FeedInput {
    /// Its frames.
    pub frames: FrameReceiver,
    /// Where it is asked for snapshots: the instrument's index as the token.
    pub requests: Sender<u64>,
    /// Which instruments' depth each of its connections carries.
    pub carries: Vec<Vec<InstrumentId>>,
    /// The group of each of its connections: those of one group, over all feeds,
    /// carry the same streams, and the first copy of a message wins. A connection
    /// beyond the list has a group of its own.
    pub copies: Vec<u16>,
}

struct FeedState {
    input: FeedInput,
    decoder: Decoder,
    /// The oldest frame is decoded; its events are being handed on.
    in_hand: bool,
}

/// Everything but the sequencer, so that its look at commands can borrow it.
struct Books {
    specs: SpecTable,
    syncs: Vec<BookSync>,
    streams: Vec<Streams>,
    lanes: Lanes,
    counters: Arc<NormalizerCounters>,
    staging: Staging,
    config: NormalizerConfig,
    join: SpecJoin,
    now: Nanos,
    /// A book may want a snapshot: look.
    ask: bool,
}

/// The actor.
pub struct Normalizer {
    feeds: Vec<FeedState>,
    books: Books,
    sequencer: Sequencer,
    /// Of the frame in hand; `None` between frames.
    timing: Option<Timing>,
    meter: Meter,
    next_feed: usize,
}

/// Waiting levels of all instruments together; each gets its share.
const WAITING_LEVELS: usize = 1 << 19;
/// Trades and aggregates of all instruments together that may wait behind a hole.
const WAITING_TRADES: usize = 1 << 15;

impl Normalizer {
    /// A normalizer over its feeds and its sequencer.
    #[must_use]
    pub fn new(
        config: NormalizerConfig,
        feeds: Vec<FeedInput>,
        sequencer: Sequencer,
        counters: Arc<NormalizerCounters>,
        meter: Meter,
    ) -> Self {
        let share = (WAITING_LEVELS / config.instruments.max(1)).clamp(2048, 1 << 16);
        let sync =
            |index| BookSync::new(InstrumentId(index), config.dialect.sequence_rule(), share);
        let count = u16::try_from(config.instruments).unwrap_or(u16::MAX);
        let trades = (WAITING_TRADES / config.instruments.max(1)).clamp(32, 1 << 12);
        let lanes = Lanes::new(&feeds);
        counters.copies.prepare(lanes.count());
        let feeds = feeds.into_iter().map(|input| FeedState {
            input,
            decoder: Decoder::new(config.dialect, config.max_frame),
            in_hand: false,
        });
        Self {
            feeds: feeds.collect(),
            books: Books {
                specs: SpecTable::new(config.instruments),
                syncs: (0..count).map(sync).collect(),
                streams: (0..count).map(|_| Streams::new(trades)).collect(),
                lanes,
                counters,
                staging: Staging::new(),
                config,
                join: SpecJoin::default(),
                now: Nanos(0),
                ask: false,
            },
            sequencer,
            timing: None,
            meter,
            next_feed: 0,
        }
    }

    /// Hands staged events to the sequencer. True when none is left.
    fn flush(&mut self) -> bool {
        while let Some(record) = self.books.staging.front().copied() {
            let timing = record.is_frame_end().then(|| self.timing_now());
            let books = &mut self.books;
            if !self.sequencer.market(&record, timing, &mut |seen| books.on_sequenced(seen)) {
                return false;
            }
            self.books.staging.pop();
        }
        true
    }

    fn timing_now(&self) -> Timing {
        let fresh = || Timing { base: self.meter.now(), ..Timing::default() };
        self.timing.unwrap_or_else(fresh)
    }

    /// Decodes the oldest frame of the next feed that has one.
    fn take_frame(&mut self) -> bool {
        for _ in 0..self.feeds.len() {
            let index = self.next_feed;
            self.next_feed = (self.next_feed + 1) % self.feeds.len();
            let feed = &mut self.feeds[index];
            let Some(mut frame) = feed.input.frames.peek() else { continue };
            let head = frame.head;
            self.books.now = head.received;
            let mut timing = Timing { base: head.meter, ..Timing::default() };
            timing.stamp(Mark::Normalizer, self.meter.now());
            self.timing = Some(timing);
            match head.kind() {
                FrameKind::Message => {
                    let origin = self.books.lanes.origin(index, head.connection);
                    let (padded, length) = frame.padded();
                    self.books.on_message(&mut feed.decoder, &origin, padded, length);
                }
                FrameKind::Rest => {
                    let (padded, length) = frame.padded();
                    self.books.on_rest(&mut feed.decoder, head.token, padded, length);
                }
                FrameKind::Up | FrameKind::Down => {
                    let origin = self.books.lanes.origin(index, head.connection);
                    self.books.on_connection(&feed.input.carries, &origin, &head);
                }
                FrameKind::Oversized => add(&self.books.counters.oversized, 1),
                FrameKind::Tick => {
                    let books = &mut self.books;
                    if !self.sequencer.tick(head.received, &mut |seen| books.on_sequenced(seen)) {
                        // No room for its timers yet: the frame stays and is taken again.
                        return false;
                    }
                }
            }
            self.books.staging.mark_end();
            feed.in_hand = true;
            return true;
        }
        false
    }

    /// The frame in hand is dealt with: its feed may have the room back.
    fn release(&mut self) {
        for feed in self.feeds.iter_mut().filter(|feed| feed.in_hand) {
            feed.input.frames.release();
            feed.in_hand = false;
        }
        self.timing = None;
    }

    fn ask_for_snapshots(&mut self) {
        if !std::mem::take(&mut self.books.ask) {
            return;
        }
        let now = self.sequencer.latest().max(self.books.now);
        for feed in &mut self.feeds {
            for instrument in feed.input.carries.iter().flatten() {
                let Some(sync) = self.books.syncs.get_mut(instrument.index()) else { continue };
                let token = u64::from(instrument.0);
                if sync.due(now) && feed.input.requests.try_send(token).is_ok() {
                    sync.asked(now, &self.books.counters);
                }
                self.books.ask |= sync.due(now);
            }
        }
    }
}

impl Books {
    /// The books, the other streams, and what a step of either needs.
    fn parts(&mut self) -> (&mut [BookSync], &mut [Streams], Context<'_>) {
        let Self { syncs, streams, counters, staging, lanes, config, now, .. } = self;
        let gap_wait = config.gap_wait.0;
        (syncs, streams, Context { now: *now, counters, out: staging, lanes, gap_wait })
    }

    /// A message of a market stream.
    fn on_message(
        &mut self,
        decoder: &mut Decoder,
        origin: &Origin,
        padded: &mut [u8],
        length: usize,
    ) {
        add(&self.counters.frames, 1);
        let decoded = match decoder.decode(padded, length, &self.specs) {
            Ok(decoded) => decoded,
            Err(error) => {
                let what = frame_type(&padded[..length]);
                return self.counters.count_undecodable(what, error.name());
            }
        };
        let c = &*self.counters;
        match decoded {
            Decoded::Depth(depth) => self.on_depth(&depth, origin),
            Decoded::Quote { instrument, update_id, quote } => {
                self.on_quote((instrument, update_id), quote, origin);
            }
            Decoded::Control => add(&c.control, 1),
            Decoded::ControlError { .. } => {
                add(&c.control, 1);
                c.count_unused("control_error");
            }
            Decoded::Unused(name) => c.count_unused(name),
            Decoded::UnusedUnknown => c.count_unused("unknown"),
            Decoded::UnknownSymbol => add(&c.unknown_symbol, 1),
            other => self.on_other(other, origin),
        }
    }

    fn on_depth(&mut self, depth: &Depth<'_>, origin: &Origin) {
        add(&self.counters.depth, 1);
        let (syncs, _, mut cx) = self.parts();
        let Some(sync) = syncs.get_mut(depth.instrument.index()) else { return };
        let is_news = sync.on_depth(depth, origin, &mut cx);
        cx.counters.count_copy(origin, CopiedStream::Depth, is_news);
        let due = sync.due(cx.now);
        self.ask |= due;
    }

    fn on_quote(&mut self, (instrument, id): (InstrumentId, u64), quote: Quote, origin: &Origin) {
        add(&self.counters.quotes, 1);
        let (syncs, _, cx) = self.parts();
        let Some(sync) = syncs.get_mut(instrument.index()) else { return };
        let heard = sync.on_quote(id, cx.now);
        match heard {
            Heard::Newer => cx.out.push(Record::new(Kind::Quote, instrument, cx.now, quote)),
            Heard::Repeated => {}
            Heard::Implausible => return add(&cx.counters.implausible, 1),
        }
        cx.counters.count_copy(origin, CopiedStream::Quote, heard == Heard::Newer);
    }

    /// A message of a stream that is no part of the book.
    fn on_other(&mut self, decoded: Decoded<'_>, origin: &Origin) {
        let instrument = match decoded {
            Decoded::Trade { instrument, .. }
            | Decoded::AggTrade { instrument, .. }
            | Decoded::MarkPrice { instrument, .. }
            | Decoded::Liquidation { instrument, .. }
            | Decoded::Kline { instrument, .. } => instrument,
            _ => return,
        };
        let (_, streams, mut cx) = self.parts();
        let Some(streams) = streams.get_mut(instrument.index()) else { return };
        let now = cx.now;
        let (stream, is_news) = match decoded {
            Decoded::Trade { trade, .. } => {
                add(&cx.counters.trades, 1);
                let record = Record::new(Kind::Trade, instrument, now, trade);
                (CopiedStream::Trade, streams.on_trade(record, origin, &mut cx))
            }
            Decoded::AggTrade { trade, .. } => {
                add(&cx.counters.trades, 1);
                let record = Record::new(Kind::AggTrade, instrument, now, trade);
                (CopiedStream::AggTrade, streams.on_aggregate(record, origin, &mut cx))
            }
            Decoded::MarkPrice { mark, .. } => {
                cx.counters.count_other("mark_price");
                (CopiedStream::MarkPrice, streams.on_mark((instrument, mark), origin, &mut cx))
            }
            Decoded::Liquidation { liquidation, .. } => {
                cx.counters.count_other("liquidation");
                let is_news = streams.on_liquidation((instrument, liquidation), &mut cx);
                (CopiedStream::Liquidation, is_news)
            }
            Decoded::Kline { prices, volume, .. } => {
                cx.counters.count_other("kline");
                let candle = (instrument, prices, volume);
                (CopiedStream::Kline, streams.on_candle(candle, origin, &mut cx))
            }
            _ => return,
        };
        cx.counters.count_copy(origin, stream, is_news);
    }

    /// The answer to a request for a snapshot.
    fn on_rest(&mut self, decoder: &mut Decoder, token: u64, padded: &mut [u8], length: usize) {
        let c = Arc::clone(&self.counters);
        add(&c.frames, 1);
        let id = u16::try_from(token).map_or(InstrumentId::NONE, InstrumentId);
        let spec = self.specs.by_id(id).copied();
        let (syncs, _, mut cx) = self.parts();
        let (Some(sync), Some(spec)) = (syncs.get_mut(id.index()), spec.as_ref()) else {
            return add(&c.unknown_symbol, 1);
        };
        match decoder.decode_snapshot(padded, length, spec) {
            Ok(snapshot) => {
                add(&c.snapshots, 1);
                sync.on_snapshot(&snapshot, &mut cx);
                self.ask = true;
            }
            Err(error) => {
                match error {
                    // The venue said no, in its own words: understood, and asked again.
                    DecodeError::Refused(_) => add(&c.snapshots_refused, 1),
                    error => c.count_undecodable("snapshot", error.name()),
                }
                sync.on_no_snapshot(cx.now);
                self.ask = true;
            }
        }
    }

    fn on_connection(&mut self, carries: &[Vec<InstrumentId>], origin: &Origin, head: &FrameHead) {
        let is_up = head.kind() == FrameKind::Up;
        let lane = origin.lane;
        self.lanes.set_up(lane, is_up);
        let (syncs, streams, mut cx) = self.parts();
        let carried = carries.get(usize::from(head.connection));
        for instrument in carried.into_iter().flatten() {
            let Some(sync) = syncs.get_mut(instrument.index()) else { continue };
            if is_up {
                sync.on_up(lane, &mut cx);
            } else {
                sync.on_down(lane, &mut cx);
            }
        }
        for streams in streams {
            streams.on_lane(lane, &mut cx);
        }
        self.ask = true;
    }

    /// A command, report or timer as it was sequenced: some concern this stage.
    fn on_sequenced(&mut self, record: &Record) {
        self.now = self.now.max(record.ts);
        match record.kind() {
            Some(Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney) => self.on_spec(record),
            Some(Kind::Command) => self.on_command(record),
            Some(Kind::Timer) => self.on_timer(),
            _ => {}
        }
    }

    fn on_spec(&mut self, record: &Record) {
        if let Some(Ok(spec)) = self.join.on_record(record) {
            // A specification that cannot be used is refused at start-up, with its
            // sentence; here it leaves the table as it was.
            let _ = self.specs.insert(spec);
        }
    }

    fn on_command(&mut self, record: &Record) {
        let command: Command = record.body();
        if command.op() != Some(CommandOp::Resync) {
            return;
        }
        let truncated = command.value == StateReason::Truncated as i64;
        let reason = if truncated { StateReason::Truncated } else { StateReason::Crossed };
        let (syncs, _, mut cx) = self.parts();
        if let Some(sync) = syncs.get_mut(record.instrument.index()) {
            sync.resync(reason, &mut cx);
            self.ask = true;
        }
    }

    /// What time alone does to the books and the other streams.
    fn on_timer(&mut self) {
        let stale_after = self.config.stale_after.0;
        let (syncs, streams, mut cx) = self.parts();
        let mut due = false;
        for sync in syncs {
            // Silence, a gap and the states that follow: at most three records.
            if cx.out.fits(3) {
                sync.on_timer(stale_after, &mut cx);
            }
            due |= sync.due(cx.now);
        }
        for streams in streams {
            streams.on_timer(&mut cx);
        }
        self.ask |= due;
    }
}

impl Actor for Normalizer {
    fn name(&self) -> &'static str {
        "normalizer"
    }

    fn turn(&mut self) -> Duty {
        let books = &mut self.books;
        let mut busy = self.sequencer.higher(&mut |seen| books.on_sequenced(seen));
        // At most this many frames a turn, so that a neighbour gets its turn.
        for _ in 0..32 {
            if !self.flush() {
                busy = true;
                break;
            }
            // Asked before the frame counts as dealt with: a lock-step driver must not
            // see empty links while a request is still to come.
            self.ask_for_snapshots();
            self.sequencer.settle();
            self.release();
            if !self.take_frame() {
                break;
            }
            busy = true;
        }
        if busy {
            return Duty::Busy;
        }
        let finished = self.feeds.iter_mut().all(|feed| feed.input.frames.is_finished());
        if finished { Duty::Done } else { Duty::Idle }
    }
}
