//! The line, composed: every actor between its two ends, from a shape and a plan.
//!
//! The one place where the stages of the line meet. Builds; starts nothing.

use crate::shape::links;
use actor::{Actor, Clock, Meter, Outbox, Slot, StageActor, Wire};
use council::{CouncilConfig, CouncilCounters, CouncilStage};
use feed::{Feed, FeedCounters};
use gateway::{Gateway, GatewayConfig, GatewayCounters, GatewayLinks, KillLatch, Outbound};
use indicator::{IndicatorConfig, IndicatorStage, Options};
use link::{Gauge, Receiver, Sender, frames, link};
use normalizer::{
    FeedInput, Normalizer, NormalizerConfig, NormalizerCounters, Sequencer, SequencerInputs,
};
use risk::{Judged, RiskConfig, RiskCounters, RiskStage};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use topology::Shape;
use types::{InstrumentId, Nanos, ParamError, Record};
use venue::{Decoder, Dialect, OrderSession, Signer};

/// What the stages are made from: the part of a configuration that decides.
#[derive(Clone)]
pub struct Plan {
    /// The venue's language.
    pub dialect: Dialect,
    /// Configured instruments.
    pub instruments: usize,
    /// Indicators, in the order of their signals.
    pub indicators: Vec<IndicatorConfig>,
    /// Their labels, for members and for people.
    pub labels: Vec<String>,
    /// The council.
    pub council: CouncilConfig,
    /// The rules.
    pub risk: RiskConfig,
    /// An order without an answer for longer is UNKNOWN.
    pub order_timeout: Nanos,
    /// A LIVE book that heard nothing for longer is STALE.
    pub stale_after: Nanos,
    /// How long another connection may take to bring what one has lost.
    pub gap_wait: Nanos,
    /// Levels per side that each book keeps beyond its dense window.
    pub book_levels: usize,
    /// How long past its end a bar without a trade closes; `None`: it waits for one.
    pub bar_grace: Option<Nanos>,
    /// Largest market frame, in bytes.
    pub max_frame: usize,
    /// How long the venue may find an order request young enough.
    pub recv_window_ms: u32,
}

impl Plan {
    /// Sizes and habits of the indicator stage.
    #[must_use]
    pub const fn indicator_options(&self) -> Options {
        Options { far_levels: self.book_levels, bar_grace: self.bar_grace }
    }
}

/// Largest message of the order connection and the private stream.
const MAX_ORDER_MESSAGE: usize = 64 << 10;
/// Orders that the gateway keeps, over or not.
const ORDER_SLOTS: usize = 1 << 14;

/// The two ends of the line.
pub struct Ends<F: Wire, G: Wire> {
    /// Market connections.
    pub market: F,
    /// Which instruments' depth each market connection carries.
    pub carries: Vec<Vec<InstrumentId>>,
    /// The group of each market connection: those of one group carry the same
    /// streams. Empty where no two do.
    pub copies: Vec<u16>,
    /// Order connection and private stream.
    pub orders: G,
    /// Signs the orders.
    pub signer: Signer,
}

/// What real time needs, and virtual time does not have.
pub struct Time {
    /// Says when timers are due although nothing arrives.
    pub clock: Option<Clock>,
    /// Measures the stages.
    pub meter: Meter,
}

/// The line before it runs.
pub struct Line {
    /// The hot actors, in order.
    pub actors: Vec<Box<dyn Actor>>,
    /// Everything that passes, for the cold side.
    pub tap: Receiver<Record>,
    /// Commands into the sequence.
    pub commands: Sender<Record>,
    /// Every link's counters.
    pub gauges: Vec<Arc<Gauge>>,
    /// What each actor counts.
    pub counters: LineCounters,
    /// Holds back places at once.
    pub kill: KillLatch,
}

/// What each actor counts.
#[derive(Clone)]
pub struct LineCounters {
    /// Absent in a replay, which has no feed.
    pub feed: Option<Arc<FeedCounters>>,
    /// Absent in a replay.
    pub normalizer: Option<Arc<NormalizerCounters>>,
    /// The indicator stage's.
    pub indicator: Arc<indicator::Counters>,
    /// The council's.
    pub council: Arc<CouncilCounters>,
    /// The rules'.
    pub risk: Arc<RiskCounters>,
    /// The gateway's.
    pub gateway: Arc<GatewayCounters>,
}

impl LineCounters {
    /// Messages so far, of the market and of the order connections, and REST
    /// snapshots.
    #[must_use]
    pub fn frames(&self) -> u64 {
        // Relaxed: counters; nothing is read on the strength of them.
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let market = self.normalizer.as_ref().map_or(0, |normalizer| get(&normalizer.frames));
        market + get(&self.gateway.frames)
    }
}

/// Links by name, as deep as the shape says.
struct Wiring<'s> {
    shape: &'s Shape,
    gauges: Vec<Arc<Gauge>>,
}

impl Wiring<'_> {
    fn depth(&self, name: &'static str) -> usize {
        let found = self.shape.find(name).map(|link| link.depth);
        found.unwrap_or_else(|| panic!("Invariant: the shape has a link {name}."))
    }

    fn link<T: Copy + Send + Sync + 'static>(
        &mut self,
        name: &'static str,
        empty: T,
    ) -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = link(name, self.depth(name), empty);
        self.gauges.push(sender.gauge());
        (sender, receiver)
    }

    fn slots<T: Slot>(&mut self, name: &'static str) -> (Outbox<T>, Receiver<T>) {
        let (sender, receiver) = self.link(name, T::EMPTY);
        (Outbox::new(sender), receiver)
    }
}

/// The stages from the sequencer's output to the gateway: the same in every
/// world, a replay included.
struct Middle {
    actors: Vec<Box<dyn Actor>>,
    tap: Receiver<Record>,
    counters:
        (Arc<indicator::Counters>, Arc<CouncilCounters>, Arc<RiskCounters>, Arc<GatewayCounters>),
}

/// Builds the line between two ends.
///
/// # Errors
/// A parameter that a stage refuses, with its key.
pub fn build<F: Wire + 'static, G: Wire + 'static>(
    plan: &Plan,
    shape: &Shape,
    ends: Ends<F, G>,
    time: Time,
) -> Result<Line, ParamError> {
    let mut wiring = Wiring { shape, gauges: Vec::new() };
    let depth = wiring.depth(links::FEED_NORMALIZER);
    let (frames_in, frames_out) = frames(links::FEED_NORMALIZER, depth);
    wiring.gauges.push(frames_in.gauge());
    let (requests_in, requests) = wiring.link(links::NORMALIZER_FEED, 0_u64);
    let (back, feedback) = wiring.link(links::GATEWAY_NORMALIZER, Record::EMPTY);
    let (commands_in, commands) = wiring.link(links::COLD_NORMALIZER, Record::EMPTY);
    let (sequenced, events) = wiring.slots::<Record>(links::NORMALIZER_INDICATOR);

    let feed = Feed::new(ends.market, frames_in, requests);
    let feed_counters = feed.counters();
    let normalizer_counters: Arc<NormalizerCounters> = Arc::default();
    let sequencer = Sequencer::new(
        SequencerInputs { feedback, commands },
        sequenced,
        time.clock,
        time.meter,
        Arc::clone(&normalizer_counters),
    );
    let config = NormalizerConfig {
        dialect: plan.dialect,
        instruments: plan.instruments,
        max_frame: plan.max_frame,
        stale_after: plan.stale_after,
        gap_wait: plan.gap_wait,
    };
    let input = FeedInput {
        frames: frames_out,
        requests: requests_in,
        carries: ends.carries,
        copies: ends.copies,
    };
    let counters = Arc::clone(&normalizer_counters);
    let normalizer = Normalizer::new(config, vec![input], sequencer, counters, time.meter);

    let kill = KillLatch::default();
    let session = OrderSession::new(plan.dialect, ends.signer, plan.recv_window_ms);
    let outbound = Outbound::new(ends.orders, session);
    let end = GatewayEnd { outbound, back, meter: time.meter, kill: kill.clone() };
    let middle = middle(plan, &mut wiring, events, end)?;
    let (indicator, council, risk, gateway) = middle.counters;
    let mut actors: Vec<Box<dyn Actor>> = vec![Box::new(feed), Box::new(normalizer)];
    actors.extend(middle.actors);
    Ok(Line {
        actors,
        tap: middle.tap,
        commands: commands_in,
        gauges: wiring.gauges,
        counters: LineCounters {
            feed: Some(feed_counters),
            normalizer: Some(normalizer_counters),
            indicator,
            council,
            risk,
            gateway,
        },
        kill,
    })
}

/// The line of a replay: the journal's events enter where the sequencer's did.
pub struct ReplayLine {
    /// Everything but the reader of the journal.
    pub actors: Vec<Box<dyn Actor>>,
    /// Where the recorded inputs go in.
    pub events: Outbox<Record>,
    /// What the gateway tells, which the record already holds.
    pub told: Receiver<Record>,
    /// What the line makes again.
    pub tap: Receiver<Record>,
}

/// Builds the line of a replay: nothing is sent, nothing is read.
///
/// # Errors
/// As [`build`].
pub fn build_replay(plan: &Plan, shape: &Shape, signer: Signer) -> Result<ReplayLine, ParamError> {
    let mut wiring = Wiring { shape, gauges: Vec::new() };
    let (back, told) = wiring.link(links::GATEWAY_NORMALIZER, Record::EMPTY);
    let (events, receiver) = wiring.slots::<Record>(links::NORMALIZER_INDICATOR);
    let session = OrderSession::new(plan.dialect, signer, plan.recv_window_ms);
    let outbound = Outbound::new(net::NullWire::default(), session);
    let end = GatewayEnd { outbound, back, meter: Meter::still(), kill: KillLatch::default() };
    let middle = middle(plan, &mut wiring, receiver, end)?;
    Ok(ReplayLine { actors: middle.actors, events, told, tap: middle.tap })
}

/// What the gateway needs besides its input.
struct GatewayEnd<G: Wire> {
    outbound: Outbound<G>,
    back: Sender<Record>,
    meter: Meter,
    kill: KillLatch,
}

fn middle<G: Wire + 'static>(
    plan: &Plan,
    wiring: &mut Wiring<'_>,
    events: Receiver<Record>,
    end: GatewayEnd<G>,
) -> Result<Middle, ParamError> {
    let (signals_in, signals) = wiring.slots::<Record>(links::INDICATOR_COUNCIL);
    let (intents_in, intents) = wiring.slots::<Record>(links::COUNCIL_RISK);
    let (judged_in, judged) = wiring.slots::<Judged>(links::RISK_GATEWAY);
    let (tap_in, tap) = wiring.link(links::GATEWAY_COLD, Record::EMPTY);

    let options = plan.indicator_options();
    let indicator = IndicatorStage::with_options(plan.instruments, &plan.indicators, options)?;
    let council = CouncilStage::new(plan.council.clone(), plan.instruments, &plan.labels)?;
    let risk = RiskStage::new(plan.risk.clone(), plan.instruments)?;
    let config = GatewayConfig {
        instruments: plan.instruments,
        orders: ORDER_SLOTS,
        max_frame: MAX_ORDER_MESSAGE,
        order_timeout: plan.order_timeout,
    };
    let decoder = Decoder::new(plan.dialect, MAX_ORDER_MESSAGE);
    let links = GatewayLinks { tap: tap_in, back: end.back };
    let parts = (decoder, end.meter, end.kill);
    let gateway = Gateway::new(config, judged, links, end.outbound, parts);
    let counters = (indicator.counters(), council.counters(), risk.counters(), gateway.counters());
    let meter = end.meter;
    let actors: Vec<Box<dyn Actor>> = vec![
        Box::new(StageActor::new(indicator, events, signals_in, meter)),
        Box::new(StageActor::new(council, signals, intents_in, meter)),
        Box::new(StageActor::new(risk, intents, judged_in, meter)),
        Box::new(gateway),
    ];
    Ok(Middle { actors, tap, counters })
}
