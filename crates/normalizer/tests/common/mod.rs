//! The normalizer alone, driven by hand: frames in, sequenced records out.
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test binary uses its part")]

use actor::{Actor, Duty, Meter, Outbox};
use link::{Batch, FrameHead, FrameKind, FrameSender, Receiver, Sender, frames, link};
use normalizer::{
    FeedInput, Normalizer, NormalizerConfig, NormalizerCounters, Sequencer, SequencerInputs,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use types::*;
use venue::Dialect;

pub const MS: i64 = Nanos::PER_MS;

/// What a line is made for.
pub struct Setup {
    pub dialect: Dialect,
    pub specs: Vec<InstrumentSpec>,
    /// Connections, each of which carries everything.
    pub connections: usize,
    pub gap_wait_ms: i64,
    pub max_frame: usize,
}

pub struct Line {
    pub normalizer: Normalizer,
    pub frames: FrameSender,
    pub requests: Receiver<u64>,
    pub commands: Sender<Record>,
    pub events: Receiver<Record>,
    pub counters: Arc<NormalizerCounters>,
    _feedback: Sender<Record>,
}

pub fn spec(id: u16, symbol: &str, decimals: (u8, u8)) -> InstrumentSpec {
    InstrumentSpec {
        id: InstrumentId(id),
        version: 1,
        symbol: Symbol::new(symbol).unwrap(),
        price_decimals: decimals.0,
        qty_decimals: decimals.1,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1 << 60),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    }
}

impl Line {
    pub fn new(setup: Setup) -> Self {
        let instruments = setup.specs.len();
        let (frames_in, frames_out) = frames("feed_normalizer", 1 << 20);
        let (requests_in, requests) = link("normalizer_feed", 2048, 0);
        let (feedback_in, feedback) = link("gateway_normalizer", 64, Record::EMPTY);
        let (commands_in, commands) = link("cold_normalizer", 4096, Record::EMPTY);
        let (out, events) = link("normalizer_indicator", 8192, Record::EMPTY);
        let counters: Arc<NormalizerCounters> = Arc::default();
        let inputs = SequencerInputs { feedback, commands };
        let sequencer =
            Sequencer::new(inputs, Outbox::new(out), None, Meter::still(), Arc::clone(&counters));
        let config = NormalizerConfig {
            dialect: setup.dialect,
            instruments,
            max_frame: setup.max_frame,
            stale_after: Nanos(i64::MAX / 2),
            gap_wait: Nanos(setup.gap_wait_ms * MS),
        };
        let all: Vec<_> = setup.specs.iter().map(|spec| spec.id).collect();
        let input = FeedInput {
            frames: frames_out,
            requests: requests_in,
            carries: vec![all; setup.connections],
            copies: vec![7; setup.connections],
        };
        let normalizer =
            Normalizer::new(config, vec![input], sequencer, Arc::clone(&counters), Meter::still());
        let mut line = Self {
            normalizer,
            frames: frames_in,
            requests,
            commands: commands_in,
            events,
            counters,
            _feedback: feedback_in,
        };
        setup.specs.iter().for_each(|spec| line.give_spec(spec));
        line
    }

    fn give_spec(&mut self, spec: &InstrumentSpec) {
        let (name, grid, money) = spec.to_bodies();
        self.commands.try_send(Record::new(Kind::SpecName, spec.id, Nanos(1), name)).unwrap();
        self.commands.try_send(Record::new(Kind::SpecGrid, spec.id, Nanos(1), grid)).unwrap();
        self.commands.try_send(Record::new(Kind::SpecMoney, spec.id, Nanos(1), money)).unwrap();
        self.turn(|_| ());
    }

    /// A frame of a connection; for a snapshot the connection is the instrument.
    pub fn send(&mut self, at: Nanos, kind: FrameKind, connection: u16, bytes: &[u8]) {
        let head = match kind {
            FrameKind::Rest => FrameHead::new(kind, 0, at, 0).answering(u64::from(connection)),
            _ => FrameHead::new(kind, connection, at, 0),
        };
        self.frames.try_send(head, bytes).unwrap();
    }

    /// Turns until nothing moves. Allocates nothing itself.
    pub fn turn(&mut self, mut each: impl FnMut(&Record)) {
        loop {
            let duty = self.normalizer.turn();
            let took = self.events.poll(8192, &mut each);
            if duty != Duty::Busy && took == Batch::Empty {
                return;
            }
        }
    }

    /// What came out of the market since the last time: no timers, no stamps.
    pub fn run(&mut self) -> Vec<Record> {
        let mut out = Vec::new();
        self.turn(|record| {
            let class = record.kind().map(Kind::class);
            if class == Some(Class::Market) {
                out.push(*record);
            }
        });
        out
    }

    /// How many snapshots were asked for since the last time.
    pub fn asked(&mut self) -> usize {
        let mut asked = 0;
        while let Batch::Took(n) = self.requests.poll(8, |_| ()) {
            asked += n;
        }
        asked
    }

    pub fn gaps(&self) -> u64 {
        self.counters.gaps.load(Ordering::Relaxed)
    }
}
