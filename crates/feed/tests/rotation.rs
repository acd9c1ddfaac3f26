//! Sockets to the simulated exchange, two connections for each stream, each
//! replaced again and again while the market runs: one stream comes out, without
//! a gap, and no book is ever STALE.
#![allow(clippy::disallowed_methods, reason = "tests: a deadline")]
#![allow(clippy::unwrap_used, reason = "tests: helpers outside #[test]")]
#![allow(missing_docs, reason = "tests")]

use actor::{Actor, Duty, Meter, Outbox};
use exchange::{ExchangeConfig, Server, ServerConfig, ServerHandle, Source};
use feed::Feed;
use link::{Receiver, Sender, frames, link};
use net::{
    ConnectionPlan, Method, RestCall, RestPlan, Rotation, SocketWire, WireHandle, WireSettings,
};
use normalizer::{
    FeedInput, Normalizer, NormalizerConfig, NormalizerCounters, Sequencer, SequencerInputs,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use types::*;
use venue::{Dialect, Streams};

const MS: Duration = Duration::from_millis(1);
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const DIALECT: Dialect = Dialect::BinanceUsdm;
const SYMBOLS: [&str; 2] = ["BTCUSDT", "ETHUSDT"];

/// Two copies of each of the venue's connections, each with a successor.
fn wire(server: &ServerHandle) -> (SocketWire, WireHandle, Vec<u16>) {
    let symbols: Vec<_> = SYMBOLS.iter().map(|name| Symbol::new(name).unwrap()).collect();
    let planned = DIALECT.market_plan(&symbols, Streams::CORE);
    let (mut plans, mut copies) = (Vec::new(), Vec::new());
    for (group, plan) in (0_u16..).zip(planned) {
        for copy in 0_u32..2 {
            let number = u16::try_from(copies.len()).unwrap();
            let rotation = Rotation {
                successor: number + 1,
                after: 300 * MS + 130 * MS * copy,
                overlap: 200 * MS,
            };
            let url = format!("{}{}", server.ws_base(), plan.path);
            plans.push(ConnectionPlan {
                rotation: Some(rotation),
                ..ConnectionPlan::new(number, url)
            });
            copies.extend([group; 2]);
        }
    }
    let base = server.rest_base();
    let resolver = Box::new(move |token: u64| {
        let path = DIALECT.depth_path(&symbols[usize::try_from(token).unwrap()]);
        RestCall { method: Method::Get, url: format!("{base}{path}"), headers: Vec::new() }
    });
    let rest = Some(RestPlan::new(resolver));
    let (wire, handle) = SocketWire::start(WireSettings::default(), plans, rest).unwrap();
    (wire, handle, copies)
}

struct Line {
    feed: Feed<SocketWire>,
    normalizer: Normalizer,
    events: Receiver<Record>,
    counters: Arc<NormalizerCounters>,
    _ends: [Sender<Record>; 2],
}

fn line(wire: SocketWire, copies: Vec<u16>, specs: &[InstrumentSpec]) -> Line {
    let (frames_in, frames_out) = frames("feed_normalizer", 16 << 20);
    let (requests_in, requests) = link("normalizer_feed", 64, 0);
    let (feedback_in, feedback) = link("gateway_normalizer", 2, Record::EMPTY);
    let (mut commands_in, commands) = link("cold_normalizer", 64, Record::EMPTY);
    let (out, events) = link("normalizer_indicator", 8192, Record::EMPTY);
    for spec in specs {
        let (name, grid, money) = spec.to_bodies();
        commands_in.try_send(Record::new(Kind::SpecName, spec.id, Nanos(1), name)).unwrap();
        commands_in.try_send(Record::new(Kind::SpecGrid, spec.id, Nanos(1), grid)).unwrap();
        commands_in.try_send(Record::new(Kind::SpecMoney, spec.id, Nanos(1), money)).unwrap();
    }
    let counters: Arc<NormalizerCounters> = Arc::default();
    let inputs = SequencerInputs { feedback, commands };
    let sequencer =
        Sequencer::new(inputs, Outbox::new(out), None, Meter::still(), Arc::clone(&counters));
    let config = NormalizerConfig {
        dialect: DIALECT,
        instruments: specs.len(),
        max_frame: 1 << 20,
        stale_after: Nanos(i64::MAX / 2),
        gap_wait: Nanos(10 * Nanos::PER_SEC),
    };
    // The first group of the venue's plan is that of the books.
    let all: Vec<_> = specs.iter().map(|spec| spec.id).collect();
    let carries = copies.iter().map(|group| if *group == 0 { all.clone() } else { vec![] });
    let input =
        FeedInput { frames: frames_out, requests: requests_in, carries: carries.collect(), copies };
    let normalizer =
        Normalizer::new(config, vec![input], sequencer, Arc::clone(&counters), Meter::still());
    let feed = Feed::new(wire, frames_in, requests);
    Line { feed, normalizer, events, counters, _ends: [feedback_in, commands_in] }
}

fn specs(server: &ServerHandle) -> Vec<InstrumentSpec> {
    let settings = net::RestSettings::default();
    let mut rest = net::RestClient::new(&server.rest_base(), settings).unwrap();
    let path = DIALECT.paths().exchange_info;
    let body = net::Rest::call(&mut rest, Method::Get, path, &[], b"").unwrap().body;
    DIALECT.parse_exchange_info(&body, &SYMBOLS).unwrap()
}

#[test]
fn rotation_loses_nothing_and_makes_no_book_stale() {
    let mut exchange = ExchangeConfig::synthetic(11);
    exchange.source = Source::Synthetic { rate: 1000 };
    exchange.duration_ns = None;
    let server = Server::start(ServerConfig::new(exchange)).unwrap();
    let specs = specs(&server);
    let (wire, handle, copies) = wire(&server);
    let mut line = line(wire, copies, &specs);
    let (mut states, mut trades, start) = (Vec::new(), Vec::new(), Instant::now());
    while handle.counters().read().replaced < 12 {
        let fed = line.feed.turn();
        let turned = line.normalizer.turn();
        line.events.poll(8192, |record| match record.kind() {
            Some(Kind::BookChange) => {
                let change: BookChange = record.body();
                states.push((record.instrument.0, change.state(), change.reason()));
            }
            Some(Kind::Trade) => {
                trades.push((record.instrument.0, record.body::<Trade>().trade_id));
            }
            _ => {}
        });
        if (fed, turned) != (Duty::Busy, Duty::Busy) {
            std::thread::yield_now();
        }
        assert!(start.elapsed() < PATIENCE, "{:?} {states:?}", handle.counters().read());
    }
    states.sort_by_key(|(instrument, ..)| *instrument);
    let live = |instrument| (instrument, BookState::Live, StateReason::Bridged);
    assert_eq!(states, [live(0), live(1)], "each became LIVE once and stayed so");
    let get = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let c = &line.counters;
    assert_eq!((get(&c.gaps), get(&c.undecodable), get(&c.unknown_symbol)), (0, 0, 0));
    assert!(get(&c.copies_late) > 0);
    for instrument in [0, 1] {
        let ids = trades.iter().filter(|(of, _)| *of == instrument).map(|(_, id)| *id);
        let ids: Vec<_> = ids.collect();
        assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1), "one by one, in order");
        assert!(ids.len() > 10, "the market has traded");
    }
    // Every number of the plan has carried something: all places were used.
    let counts = c.copies();
    let used = |connection| counts.iter().any(|count| count.connection == connection);
    assert!((0..8).all(used), "{counts:?}");
    handle.shut();
}
