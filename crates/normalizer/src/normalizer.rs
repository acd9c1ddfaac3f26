//! The actor: takes frames, has them decoded, keeps the books' integrity and
//! hands the events to the sequencer.

use crate::counters::{NormalizerCounters, add};
use crate::quotes::Heard;
use crate::sequencer::Sequencer;
use crate::staging::Staging;
use crate::sync::{BookSync, Context};
use crate::trades::TradeIds;
use actor::{Actor, Duty, Meter};
use link::{FrameHead, FrameKind, FrameReceiver, Sender};
use std::sync::Arc;
use types::{
    Command, CommandOp, InstrumentId, Kind, Mark, Nanos, Record, SpecJoin, StateReason, Timing,
};
use venue::{DecodeError, Decoded, Decoder, Dialect, SpecTable, frame_type};

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
}

/// One feed's side of the normalizer.
pub struct FeedInput {
    /// Its frames.
    pub frames: FrameReceiver,
    /// Where it is asked for snapshots: the instrument's index as the token.
    pub requests: Sender<u64>,
    /// Which instruments' depth each of its connections carries.
    pub carries: Vec<Vec<InstrumentId>>,
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
    trades: Vec<TradeIds>,
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
                trades: (0..count).map(|_| TradeIds::default()).collect(),
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
                    let (padded, length) = frame.padded();
                    self.books.on_message(&mut feed.decoder, padded, length);
                }
                FrameKind::Rest => {
                    let (padded, length) = frame.padded();
                    self.books.on_rest(&mut feed.decoder, head.token, padded, length);
                }
                FrameKind::Up | FrameKind::Down => {
                    self.books.on_connection(&feed.input.carries, &head);
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
            self.books.staging.end_frame();
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
    /// A message of a market stream.
    fn on_message(&mut self, decoder: &mut Decoder, padded: &mut [u8], length: usize) {
        let c = Arc::clone(&self.counters);
        add(&c.frames, 1);
        let decoded = match decoder.decode(padded, length, &self.specs) {
            Ok(decoded) => decoded,
            Err(error) => return c.count_undecodable(frame_type(&padded[..length]), error.name()),
        };
        match decoded {
            Decoded::Depth(depth) => {
                add(&c.depth, 1);
                let mut cx = Context { now: self.now, counters: &c, out: &mut self.staging };
                if let Some(sync) = self.syncs.get_mut(depth.instrument.index()) {
                    sync.on_depth(&depth, &mut cx);
                    self.ask |= sync.due(self.now);
                }
            }
            Decoded::Quote { instrument, update_id, quote } => {
                add(&c.quotes, 1);
                let Some(sync) = self.syncs.get_mut(instrument.index()) else { return };
                match sync.on_quote(update_id, self.now) {
                    Heard::Newer => {
                        self.staging.push(Record::new(Kind::Quote, instrument, self.now, quote));
                    }
                    Heard::Repeated => add(&c.repeated, 1),
                    Heard::Implausible => add(&c.implausible, 1),
                }
            }
            Decoded::Trade { instrument, trade } => {
                add(&c.trades, 1);
                let ids = self.trades.get_mut(instrument.index());
                if ids.is_some_and(|ids| ids.is_first(trade.trade_id)) {
                    self.staging.push(Record::new(Kind::Trade, instrument, self.now, trade));
                } else {
                    add(&c.repeated, 1);
                }
            }
            Decoded::AggTrade { instrument, trade } => {
                add(&c.trades, 1);
                self.staging.push(Record::new(Kind::AggTrade, instrument, self.now, trade));
            }
            Decoded::MarkPrice { instrument, mark } => {
                self.staging.push(Record::new(Kind::MarkPrice, instrument, self.now, mark));
            }
            Decoded::Liquidation { instrument, liquidation } => {
                let record = Record::new(Kind::Liquidation, instrument, self.now, liquidation);
                self.staging.push(record);
            }
            Decoded::Kline { instrument, prices, volume } => {
                self.staging.push(Record::new(Kind::KlinePrices, instrument, self.now, prices));
                self.staging.push(Record::new(Kind::KlineVolume, instrument, self.now, volume));
            }
            Decoded::Control => add(&c.control, 1),
            Decoded::ControlError { .. } => {
                add(&c.control, 1);
                c.count_unused("control_error");
            }
            Decoded::Unused(name) => c.count_unused(name),
            Decoded::UnusedUnknown => c.count_unused("unknown"),
            Decoded::UnknownSymbol => add(&c.unknown_symbol, 1),
        }
    }

    /// The answer to a request for a snapshot.
    fn on_rest(&mut self, decoder: &mut Decoder, token: u64, padded: &mut [u8], length: usize) {
        let c = Arc::clone(&self.counters);
        add(&c.frames, 1);
        let index = usize::try_from(token).unwrap_or(usize::MAX);
        let id = u16::try_from(token).map_or(InstrumentId::NONE, InstrumentId);
        let (Some(sync), Some(spec)) = (self.syncs.get_mut(index), self.specs.by_id(id)) else {
            return add(&c.unknown_symbol, 1);
        };
        match decoder.decode_snapshot(padded, length, spec) {
            Ok(snapshot) => {
                add(&c.snapshots, 1);
                let mut cx = Context { now: self.now, counters: &c, out: &mut self.staging };
                sync.on_snapshot(&snapshot, &mut cx);
            }
            Err(error) => {
                match error {
                    // The venue said no, in its own words: understood, and asked again.
                    DecodeError::Refused(_) => add(&c.snapshots_refused, 1),
                    error => c.count_undecodable("snapshot", error.name()),
                }
                sync.on_no_snapshot(self.now);
                self.ask = true;
            }
        }
    }

    fn on_connection(&mut self, carries: &[Vec<InstrumentId>], head: &FrameHead) {
        let c = Arc::clone(&self.counters);
        let carried = carries.get(usize::from(head.connection));
        for instrument in carried.into_iter().flatten() {
            let Some(sync) = self.syncs.get_mut(instrument.index()) else { continue };
            let mut cx = Context { now: self.now, counters: &c, out: &mut self.staging };
            if head.kind() == FrameKind::Up {
                sync.on_up(&mut cx);
                self.ask = true;
            } else {
                sync.on_down(&mut cx);
            }
        }
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
        let c = Arc::clone(&self.counters);
        let mut cx = Context { now: self.now, counters: &c, out: &mut self.staging };
        if let Some(sync) = self.syncs.get_mut(record.instrument.index()) {
            sync.resync(StateReason::Crossed, &mut cx);
            self.ask = true;
        }
    }

    /// What time alone does to the books.
    fn on_timer(&mut self) {
        let c = Arc::clone(&self.counters);
        let stale_after = self.config.stale_after.0;
        for sync in &mut self.syncs {
            let mut cx = Context { now: self.now, counters: &c, out: &mut self.staging };
            if cx.out.fits(1) {
                sync.on_timer(stale_after, &mut cx);
            }
            self.ask |= sync.due(self.now);
        }
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
