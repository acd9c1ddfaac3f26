//! `/metrics`, `/healthz` and `/readyz` of a running engine: what the actors
//! count, handed to the cold side's server.

use crate::failure::Failure;
use crate::worlds::realtime::RealTime;
use cold::{CounterSource, HealthSource, MetricsServer, MetricsSource};
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
    let council = c.council;
    let read = move || {
        vec![
            ("votes_cast", "Votes that count.", council.vote_cast()),
            ("shadow_votes_cast", "Votes of shadow seats.", council.shadow_vote_cast()),
            ("intents_placed", "Orders wanted.", council.intent_placed()),
            ("intents_canceled", "Cancels wanted.", council.intent_canceled()),
        ]
    };
    sources.push(CounterSource { actor: "council", read: Box::new(read) });
    let risk = c.risk;
    let read = move || {
        vec![
            ("orders_approved", "Orders that passed every rule.", risk.approved()),
            ("cancels_passed", "Cancels, which always pass.", risk.cancels()),
            ("approvals_forged", "Records that claimed to be approvals.", risk.forged()),
        ]
    };
    sources.push(CounterSource { actor: "risk", read: Box::new(read) });
    let gateway = c.gateway;
    sources.push(CounterSource { actor: "gateway", read: Box::new(move || gateway.read()) });
    sources
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
