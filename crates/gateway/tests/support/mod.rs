//! Risk and gateway over memory wires, with the simulated exchange behind them and
//! the least of a sequencer between: what is told goes in again, in order.
//!
//! The exchange shares no code with the engine's codec, and keeps books of its own;
//! every test ends by comparing both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use account::{Positions, Reports};
use actor::{Actor, Duty, Meter, Outbox, Slot, StageActor};
use exchange::{
    Destination, Dialect as Market, Ed25519Key, Exchange, ExchangeConfig, FaultScript, Outgoing,
    RestReply, RestRequest, Target,
};
use gateway::{
    API, Gateway, GatewayConfig, GatewayCounters, GatewayLinks, KillLatch, Outbound, PRIVATE, SPARE,
};
use link::{FrameHead, FrameKind, Receiver, Sender, link};
use net::{MemoryNames, MemoryPeer, MemorySizes, MemoryWire, memory_wire};
use risk::{Judged, ORDER, RiskConfig, RiskStage, RuleSetting};
use std::collections::BTreeMap;
use std::sync::Arc;
use types::*;
use venue::{Decoder, Dialect, OrderSession, Signer};

pub(crate) const MS: i64 = Nanos::PER_MS;
const START: i64 = 1_700_000_000_000_000_000;
/// The vector of RFC 8410, section 10: both halves.
const PRIVATE_HALF: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
const PUBLIC_HALF: &str = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

/// BTCUSDT, the first instrument.
pub(crate) const BTC: InstrumentId = InstrumentId(0);

/// What signs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Hmac,
    Ed25519,
}

/// The line's end and its venue.
pub(crate) struct Desk {
    pub(crate) exchange: Exchange,
    pub(crate) spec: InstrumentSpec,
    pub(crate) now: i64,
    pub(crate) positions: Positions,
    /// The last state of each order, and every report on it.
    pub(crate) states: BTreeMap<u64, OrderState>,
    pub(crate) reports: Vec<(u64, ReportStatus, Report)>,
    /// Requests that were written, with their connections.
    pub(crate) written: Vec<(u16, String)>,
    /// Commands of the connections.
    pub(crate) commands: Vec<CommandOp>,
    pub(crate) kill: KillLatch,
    pub(crate) counters: Arc<GatewayCounters>,
    dialect: Dialect,
    input: Sender<Record>,
    risk: StageActor<RiskStage>,
    gateway: Gateway<MemoryWire>,
    peer: MemoryPeer,
    tap: Receiver<Record>,
    back: Receiver<Record>,
    told: Reports,
    seq: u64,
    open: [bool; 3],
    /// Whether a connection that a fault closed stays closed.
    stays_closed: bool,
}

impl Desk {
    /// A desk whose connections are open, at an exchange with this fault script.
    pub(crate) fn open(dialect: Dialect, key: Key, script: &str) -> Self {
        let mut desk = Self::closed(dialect, key, script);
        for number in [API, PRIVATE, SPARE] {
            desk.link(number, true);
        }
        desk
    }

    fn closed(dialect: Dialect, key: Key, script: &str) -> Self {
        let mut config = ExchangeConfig::synthetic(7);
        if dialect == Dialect::BinanceSpot {
            config = config.speaking(Market::BinanceSpot);
        }
        let mut config = config.on_virtual_time(START);
        (config.order_latency_ns, config.reply_latency_ns) = (0, 0);
        config.account.ed25519 = Some(Ed25519Key::parse("ed-key", PUBLIC_HALF).unwrap());
        config.faults = FaultScript::parse(script).unwrap();
        let mut exchange = Exchange::new(config).unwrap();
        let spec = spec_of(&mut exchange, dialect);
        let signer = match key {
            Key::Hmac => Signer::new("test-key", "test-secret").unwrap(),
            Key::Ed25519 => Signer::ed25519("ed-key", PRIVATE_HALF).unwrap(),
        };
        let (input, intents) = link("council_risk", 256, Record::EMPTY);
        let (judged_in, judged) = link("risk_gateway", 1024, <Judged as Slot>::EMPTY);
        let (tap_in, tap) = link("gateway_cold", 8192, Record::EMPTY);
        let (back_in, back) = link("gateway_normalizer", 16384, Record::EMPTY);
        let reason = || RuleSetting::Off("not what is tested".into());
        let off: Vec<_> = ORDER.iter().map(|rule| (*rule, reason())).collect();
        let stage = RiskStage::new(RiskConfig::new(&off).unwrap(), 1).unwrap();
        let risk = StageActor::new(stage, intents, Outbox::new(judged_in), Meter::still());
        let names = MemoryNames { inbound: "in", outbound: "out", requests: "asked" };
        let (wire, peer) = memory_wire(names, MemorySizes::default());
        let config = GatewayConfig {
            instruments: 1,
            orders: 1024,
            max_frame: 1 << 16,
            order_timeout: Nanos(1000 * MS),
        };
        let kill = KillLatch::default();
        let gateway = Gateway::new(
            config,
            judged,
            GatewayLinks { tap: tap_in, back: back_in },
            Outbound::new(wire, OrderSession::new(dialect, signer, 5000)),
            (Decoder::new(dialect, 1 << 16), Meter::still(), kill.clone()),
        );
        let counters = gateway.counters();
        let mut desk = Self {
            exchange,
            spec,
            now: START,
            positions: Positions::new(1),
            states: BTreeMap::new(),
            reports: Vec::new(),
            written: Vec::new(),
            commands: Vec::new(),
            kill,
            counters,
            dialect,
            input,
            risk,
            gateway,
            peer,
            tap,
            back,
            told: Reports::default(),
            seq: 0,
            open: [false; 3],
            stays_closed: false,
        };
        desk.give_spec();
        desk
    }

    fn give_spec(&mut self) {
        let (name, grid, money) = self.spec.to_bodies();
        let at = Nanos(0);
        self.group(vec![
            Record::new(Kind::SpecName, BTC, at, name),
            Record::new(Kind::SpecGrid, BTC, at, grid),
            Record::new(Kind::SpecMoney, BTC, at, money),
        ]);
    }

    /// A connection opens or closes.
    pub(crate) fn link(&mut self, number: u16, up: bool) {
        self.open[usize::from(number)] = up;
        if !up {
            self.exchange.session_ended(u32::from(number));
        }
        let kind = if up { FrameKind::Up } else { FrameKind::Down };
        self.push(kind, number, &[]);
        self.settle();
    }

    /// Connections that a fault closes stay closed.
    pub(crate) fn keep_closed(&mut self) {
        self.stays_closed = true;
    }

    fn push(&mut self, kind: FrameKind, number: u16, bytes: &[u8]) {
        self.peer.push(FrameHead::new(kind, number, Nanos(self.now), 0), bytes).unwrap();
    }

    /// Everything that is under way arrives, and what comes of it.
    fn settle(&mut self) {
        loop {
            while self.risk.turn() == Duty::Busy || self.gateway.turn() == Duty::Busy {}
            self.tap.poll(10_000, |record| {
                assert!(record.is_intact());
                if record.kind() == Some(Kind::Transition) {
                    let step: Transition = record.body();
                    self.states.insert(step.id().sequence(), step.to());
                }
            });
            let mut told = Vec::new();
            self.back.poll(10_000, |record| told.push(*record));
            let said = self.carry_out();
            if told.is_empty() && !said {
                return;
            }
            self.sequence(&told);
        }
    }

    /// Takes what was written to the exchange, and back what it says at once.
    fn carry_out(&mut self) -> bool {
        let mut sent = Vec::new();
        self.peer.take_sent(|number, bytes| {
            sent.push((number, String::from_utf8(bytes.to_vec()).unwrap()));
        });
        let mut out = Vec::new();
        for (number, text) in &sent {
            let (now, session) = (self.now, u32::from(*number));
            self.exchange.api_request(now, session, text.as_bytes(), &mut out);
        }
        self.written.extend(sent);
        let said = !out.is_empty();
        self.deliver(out);
        said
    }

    fn deliver(&mut self, out: Vec<Outgoing>) {
        for message in out {
            let number = match message.to {
                Destination::Private => PRIVATE,
                Destination::Api(session) => u16::try_from(session).unwrap(),
                Destination::Wire(wire) => {
                    self.strike(wire.target);
                    continue;
                }
                Destination::Market { .. } | Destination::Rest { .. } => continue,
            };
            if self.open[usize::from(number)] {
                self.push(FrameKind::Message, number, message.text.as_bytes());
            }
        }
    }

    fn strike(&mut self, target: Target) {
        for number in [API, PRIVATE, SPARE] {
            let struck = match target {
                Target::Session(session) => session == u32::from(number),
                Target::Api => number != PRIVATE,
                Target::Private => number == PRIVATE,
                Target::All => true,
                _ => false,
            };
            if struck && self.open[usize::from(number)] {
                self.open[usize::from(number)] = false;
                self.exchange.session_ended(u32::from(number));
                self.push(FrameKind::Down, number, &[]);
                if !self.stays_closed {
                    self.open[usize::from(number)] = true;
                    self.push(FrameKind::Up, number, &[]);
                }
            }
        }
    }

    /// What the gateway told is sequenced: a report with its detail is a group.
    fn sequence(&mut self, told: &[Record]) {
        let mut at = 0;
        while at < told.len() {
            let record = told[at];
            let detailed =
                record.kind() == Some(Kind::Report) && record.body::<Report>().detailed == 1;
            let group = told[at..at + 1 + usize::from(detailed)].to_vec();
            at += group.len();
            if record.kind() == Some(Kind::Report) {
                let report: Report = record.body();
                let status = report.status().unwrap();
                self.reports.push((report.id().sequence(), status, report));
            }
            if record.kind() == Some(Kind::Command) {
                self.commands.extend(record.body::<Command>().op());
            }
            for record in &group {
                if let Some(whole) = self.told.on_record(record) {
                    self.positions.on_report(&whole, Some(&self.spec));
                }
            }
            if let Some(whole) = self.told.on_end() {
                self.positions.on_report(&whole, Some(&self.spec));
            }
            self.push_group(group);
        }
    }

    fn push_group(&mut self, records: Vec<Record>) {
        self.seq += 1;
        let last = records.len() - 1;
        for (index, record) in records.into_iter().enumerate() {
            let mut record = record.sequenced(self.seq, Nanos(self.now));
            record.flags = if index == last { Flags::END } else { 0 };
            self.input.try_send(record).unwrap();
        }
        while self.risk.turn() == Duty::Busy || self.gateway.turn() == Duty::Busy {}
    }

    fn group(&mut self, records: Vec<Record>) {
        self.push_group(records);
        self.settle();
    }

    /// Time passes, a timer every 100 ms; the market moves with it.
    pub(crate) fn pass(&mut self, ms: i64) {
        for _ in 0..ms / 100 {
            self.now += 100 * MS;
            let mut out = Vec::new();
            self.exchange.advance(self.now, &mut out);
            self.deliver(out);
            self.settle();
            let timer = Timer { due: Nanos(self.now), period: Nanos(100 * MS), pad: [0; 3] };
            self.group(vec![Record::new(Kind::Timer, InstrumentId::NONE, Nanos(0), timer)]);
        }
    }

    /// An intent of the council.
    pub(crate) fn intend(&mut self, fields: OrderFields) {
        let timer = Timer { due: Nanos(self.now), period: Nanos(100 * MS), pad: [0; 3] };
        self.group(vec![
            Record::new(Kind::Timer, InstrumentId::NONE, Nanos(0), timer),
            Record::new(Kind::Intent, BTC, Nanos(0), fields),
        ]);
    }

    /// Best bid and ask, as the exchange's own REST tells them, moved by a share of
    /// themselves in millionths, on the tick.
    pub(crate) fn price(&mut self, side: Side, moved_ppm: i64) -> Price {
        let path = self.dialect.depth_path(&self.spec.symbol);
        let body = rest(&mut self.exchange, self.now, &path);
        let list = if side == Side::Buy { "\"bids\":[[\"" } else { "\"asks\":[[\"" };
        let from = body.find(list).unwrap() + list.len();
        let text = body[from..].split('"').next().unwrap();
        let best = Decimal::parse_at(text.as_bytes(), self.spec.price_decimals).unwrap();
        let tick = self.spec.tick_size.0;
        Price((best + best / 1_000_000 * moved_ppm) / tick * tick)
    }

    pub(crate) fn state(&self, sequence: u64) -> OrderState {
        self.states[&sequence]
    }

    /// The statuses told of an order.
    pub(crate) fn told(&self, sequence: u64) -> Vec<ReportStatus> {
        let of = self.reports.iter().filter(|(order, ..)| *order == sequence);
        of.map(|(_, status, _)| *status).collect()
    }

    /// Requests of this method that were written.
    pub(crate) fn count(&self, method: &str) -> usize {
        let word = format!("\"method\":\"{method}\"");
        self.written.iter().filter(|(_, text)| text.contains(&word)).count()
    }

    /// Both books say the same: each order's state and fill, the position, and no
    /// client id stands twice at the venue.
    pub(crate) fn assert_agrees(&self) {
        let mut seen = BTreeMap::new();
        for (client, word, filled) in self.exchange.order_states().into_values() {
            let sequence = ClientOrderId::parse(client.as_bytes()).unwrap().sequence();
            assert!(seen.insert(sequence, ()).is_none(), "order {sequence} stands twice");
            let wanted = match word {
                "NEW" => OrderState::Accepted,
                "PARTIALLY_FILLED" => OrderState::PartiallyFilled,
                "FILLED" => OrderState::Filled,
                "CANCELED" => OrderState::Canceled,
                "EXPIRED" => OrderState::Expired,
                other => panic!("{other}"),
            };
            assert_eq!(self.state(sequence), wanted, "order {sequence}: {:?}", self.told(sequence));
            let is_fill = |status: &ReportStatus| {
                matches!(status, ReportStatus::Fill | ReportStatus::FilledAll)
            };
            let fills = self
                .reports
                .iter()
                .filter(|(order, status, _)| *order == sequence && is_fill(status));
            let ours: i64 = fills.map(|(.., report)| report.qty.0).sum();
            assert_eq!(ours, filled, "order {sequence}");
        }
        for (sequence, state) in &self.states {
            let exists = seen.contains_key(sequence);
            let never = matches!(state, OrderState::Rejected | OrderState::Denied);
            assert_eq!(exists, !never, "order {sequence} {state}");
        }
        let loaded = |counter: &std::sync::atomic::AtomicU64| {
            counter.load(std::sync::atomic::Ordering::Relaxed)
        };
        assert_eq!(loaded(&self.counters.contradictions), 0, "{:?}", self.reports);
        assert_eq!(loaded(&self.counters.undecodable), 0);
        assert_eq!(self.positions.of(BTC).qty(), self.venue_position());
    }

    /// The position as the venue has it: on spot the balance less the first one.
    fn venue_position(&self) -> i128 {
        let stats = self.exchange.stats();
        if self.dialect == Dialect::BinanceSpot {
            let unit = 10_i128.pow(18 - u32::from(self.spec.qty_decimals));
            let gained = stats.balances["BTC"] - 100 * exchange::MONEY_ONE;
            assert_eq!(gained % unit, 0, "no fee is finer than a quantity");
            return gained / unit;
        }
        i128::from(stats.positions.iter().find(|row| row.symbol == "BTCUSDT").unwrap().qty)
    }
}

fn rest(exchange: &mut Exchange, now: i64, path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = RestRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..RestRequest::default()
    };
    match exchange.rest(now, &request) {
        RestReply::Now(response) => response.body,
        RestReply::Later(_) => panic!("no latency is configured"),
    }
}

fn spec_of(exchange: &mut Exchange, dialect: Dialect) -> InstrumentSpec {
    let body = rest(exchange, START, dialect.paths().exchange_info);
    dialect.parse_exchange_info(body.as_bytes(), &["BTCUSDT"]).unwrap()[0]
}

/// A limit order of `sequence`.
pub(crate) fn limit(sequence: u64, side: Side, price: Price, qty: i64) -> OrderFields {
    OrderFields {
        order: ClientOrderId::new(1_700_000_000_000, 1, sequence).into(),
        price,
        qty: Qty(qty),
        action: Action::Place as u8,
        side: side as u8,
        order_type: OrderType::Limit as u8,
        time_in_force: TimeInForce::Gtc as u8,
        flags: 0,
        member: MemberId::COUNCIL,
        strategy: 1,
    }
}

/// The same with another time in force.
pub(crate) fn with(tif: TimeInForce, fields: OrderFields) -> OrderFields {
    OrderFields { time_in_force: tif as u8, ..fields }
}

/// A market order.
pub(crate) fn market(sequence: u64, side: Side, qty: i64) -> OrderFields {
    OrderFields {
        order_type: OrderType::Market as u8,
        ..with(TimeInForce::Ioc, limit(sequence, side, Price(0), qty))
    }
}

/// New terms for `fields`' order.
pub(crate) fn amend(fields: OrderFields, price: Price, qty: i64) -> OrderFields {
    OrderFields { action: Action::Amend as u8, price, qty: Qty(qty), ..fields }
}

/// The end of `fields`' order.
pub(crate) fn cancel(fields: OrderFields) -> OrderFields {
    OrderFields { action: Action::Cancel as u8, price: Price(0), qty: Qty(0), ..fields }
}
