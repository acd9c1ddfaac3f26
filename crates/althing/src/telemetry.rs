//! `/metrics`, `/healthz` and `/readyz` of a running engine: what the actors
//! count, handed to the cold side's server.

use crate::failure::Failure;
use crate::worlds::realtime::RealTime;
use cold::{
    ConnectionSample, CopySample, CounterSource, FrameSample, HealthSource, MetricsServer,
    MetricsSource, Read, SeatWatched, ShadowSample,
};
use config::{Config, RuleState};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;

/// Starts the server.
///
/// # Errors
/// A port that cannot be had, with its key.
pub fn serve(listen: SocketAddr, world: &RealTime) -> Result<MetricsServer, Failure> {
    let config = &world.loaded.config;
    let source = MetricsSource {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        mode: format!("{:?}", config.engine.mode).to_lowercase(),
        layout: world.layout(),
        cold: world.cold(),
        gauges: world.gauges(),
        hearts: world.hearts(),
        counters: counters(world),
        rules: risk::ORDER.iter().chain(risk::BUILT_IN).map(|name| (*name).to_owned()).collect(),
        rules_off: rules_off(config),
        seats: seats(config),
        connections: Some(connections(world)),
        copies: Some(copies(world)),
        frames: Some(frames(world)),
        shadows: Some(shadows(world)),
    };
    MetricsServer::start(&listen.to_string(), source, health(world)).map_err(Failure::config)
}

fn counters(world: &RealTime) -> Vec<CounterSource> {
    let c = world.counters();
    let mut sources = Vec::new();
    if let Some(feed) = c.feed {
        sources.push(CounterSource { actor: "feed", read: Box::new(move || feed.read()) });
    }
    if let Some(normalizer) = c.normalizer {
        let read = Box::new(move || normalizer.read());
        sources.push(CounterSource { actor: "normalizer", read });
    }
    let (indicator, council, risk) = (c.indicator, c.council, c.risk);
    sources.push(CounterSource { actor: "indicator", read: Box::new(move || indicator.read()) });
    sources.push(CounterSource { actor: "council", read: Box::new(move || council.read()) });
    sources.push(CounterSource { actor: "risk", read: Box::new(move || risk.read()) });
    let gateway = c.gateway;
    sources.push(CounterSource { actor: "gateway", read: Box::new(move || gateway.read()) });
    for (wire, handle) in world.wires() {
        let actor = if wire == "market" { "market_wire" } else { "orders_wire" };
        let counters = handle.counters();
        sources.push(CounterSource { actor, read: Box::new(move || counters.read().named()) });
    }
    sources
}

fn rules_off(config: &Config) -> Vec<String> {
    let off = config.risk.iter().filter(|rule| matches!(rule.state, RuleState::Off(_)));
    off.map(|rule| rule.name.clone()).collect()
}

fn seats(config: &Config) -> Vec<SeatWatched> {
    let seat =
        |seat: &config::Seat| SeatWatched { member: seat.name.clone(), is_shadow: seat.is_shadow };
    config.council.seats.iter().map(seat).collect()
}

fn connections(world: &RealTime) -> Read<ConnectionSample> {
    let wires = world.wires();
    Box::new(move || {
        let wires = wires.iter().map(|(wire, handle)| (*wire, handle.status().connections));
        let sample = |wire: &str, one: net::ConnectionStatus| ConnectionSample {
            name: format!("{wire}.{}", one.connection),
            is_up: one.up,
            failures: one.failures,
        };
        let each = |(wire, all): (&'static str, Vec<_>)| {
            all.into_iter().map(move |one| sample(wire, one)).collect::<Vec<_>>()
        };
        wires.flat_map(each).collect()
    })
}

fn copies(world: &RealTime) -> Read<CopySample> {
    let normalizer = world.counters().normalizer;
    Box::new(move || {
        let all = normalizer.iter().flat_map(|normalizer| normalizer.copies());
        all.map(|of| CopySample {
            connection: format!("market.{}", of.connection),
            stream: of.stream.name(),
            first: of.won,
            late: of.late,
        })
        .collect()
    })
}

fn frames(world: &RealTime) -> Read<FrameSample> {
    let c = world.counters();
    Box::new(move || {
        let mut all = Vec::new();
        // Without a reason it is a fault all the same: an empty one would say unused.
        let mut add = |actor, what, why, count| all.push(FrameSample { actor, what, why, count });
        let fault = |why: &'static str| if why.is_empty() { "unsaid" } else { why };
        if let Some(normalizer) = &c.normalizer {
            for ((what, why), count) in normalizer.undecodable_by() {
                add("normalizer", what, fault(why), count);
            }
            for (what, count) in normalizer.unused() {
                add("normalizer", what, "", count);
            }
        }
        for ((what, why), count) in c.gateway.undecodable_by() {
            add("gateway", what, fault(why), count);
        }
        all
    })
}

fn shadows(world: &RealTime) -> Read<ShadowSample> {
    let council = world.counters().council;
    Box::new(move || {
        let all = council.shadows().iter();
        all.map(|shadow| ShadowSample {
            seat: shadow.seat,
            fills: shadow.fills(),
            pnl_micro: shadow.pnl_micro(),
        })
        .collect()
    })
}

fn health(world: &RealTime) -> HealthSource {
    let (cold, stop) = (world.cold(), world.stop_flag());
    let healthy = move || match (cold.outcome().failure, stop.is_raised()) {
        (Some(failure), _) => Err(failure),
        (None, true) => Err("a thread of the line has stopped".to_owned()),
        (None, false) => Ok(()),
    };
    let (cold, counters) = (world.cold(), world.counters());
    let instruments = world.loaded.config.instruments.len() as u64;
    let ready = move || {
        let line = cold.stats().line;
        let live = counters.normalizer.as_ref().map_or(0, |n| n.books_live.load(Ordering::Relaxed));
        match () {
            () if !line.armed => Err("not armed".to_owned()),
            () if line.killed => Err("the kill latch is raised".to_owned()),
            () if !line.order_link => Err("the order connection is down".to_owned()),
            () if !line.private_link => Err("the private stream is down".to_owned()),
            () if live < instruments => Err(format!("{live} of {instruments} books are LIVE")),
            () => Ok(()),
        }
    };
    HealthSource { healthy: Box::new(healthy), ready: Box::new(ready) }
}
