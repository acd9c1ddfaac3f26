//! What every world but replay shares: the exchange's settings, the crews of a
//! layout, the cold side, and what is known when it is over.

use crate::failure::Failure;
use crate::line::Line;
use crate::market;
use crate::worlds::venue_model;
use actor::{Actor, Crew, Wait, allowed_cores};
use config::{Config, Speed as Pace};
use exchange::{Exchange, ExchangeConfig, FaultScript, Source, Speed};
use std::collections::VecDeque;
use std::path::Path;
use topology::{Applied, Layout, Shape};

/// The embedded exchange as the configuration wants it.
///
/// # Errors
/// A fault script or a file of latencies that cannot be read or understood.
pub fn exchange_config(
    config: &Config,
    virtual_from: Option<i64>,
) -> Result<ExchangeConfig, Failure> {
    let settings = &config.exchange;
    let dialect = market_of(config);
    let mut exchange = if settings.capture.is_empty() {
        let mut exchange = ExchangeConfig::synthetic(settings.seed).speaking(dialect);
        let wanted = |symbol: &str| config.instruments.iter().any(|i| i.symbol.as_str() == symbol);
        exchange.instruments.retain(|instrument| wanted(&instrument.symbol));
        exchange.source = Source::Synthetic { rate: settings.rate };
        exchange
    } else {
        let speed = speed(settings.speed);
        ExchangeConfig {
            seed: settings.seed,
            ..ExchangeConfig::capture(settings.capture.clone(), speed).speaking(dialect)
        }
    };
    exchange.duration_ns = seconds(settings.duration_s);
    if let Some(from) = virtual_from {
        exchange = exchange.on_virtual_time(from);
    }
    let window_ms = config.venues.values().map(|venue| venue.recv_window_ms).min();
    let timeout_ms = config.gateway.order_timeout_ms;
    let longest_us = config::longest_way_us(window_ms.unwrap_or(u64::MAX), timeout_ms);
    venue_model::apply(&settings.model, longest_us, &mut exchange)?;
    if let Some(path) = &settings.script {
        exchange.faults = script(path)?;
    }
    Ok(exchange)
}

/// A configured pace, as the exchange takes it.
#[must_use]
pub const fn speed(pace: Pace) -> Speed {
    match pace {
        Pace::Max => Speed::Max,
        Pace::Times(times) => Speed::Ratio(times, 1),
    }
}

/// The faults of `exchange.script`.
///
/// # Errors
/// A file that cannot be read or understood.
pub fn script(path: &Path) -> Result<FaultScript, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| Failure::config(format!("exchange.script {}: {why}", path.display())))?;
    FaultScript::parse(&text).map_err(|why| Failure::config(why.to_string()))
}

/// Has the exchange make what the feed takes, as subscriptions over sockets do. Gives the names
/// of the streams that it does not have.
pub fn subscribe(config: &Config, dialect: venue::Dialect, exchange: &mut Exchange) -> Vec<String> {
    let symbols: Vec<_> = config.instruments.iter().map(|instrument| instrument.symbol).collect();
    let plans = dialect.market_plan(&symbols, market::streams(config));
    let mut missing = Vec::new();
    for stream in plans.into_iter().flat_map(|plan| plan.streams) {
        match exchange.find_stream(&stream) {
            Some((_, kind)) => exchange.want(kind),
            None => missing.push(stream),
        }
    }
    missing
}

/// What to do about a stream that the market played here does not have.
#[must_use]
pub fn untold(config: &Config, stream: &str) -> String {
    let why = if config.exchange.capture.is_empty() {
        "a simulated market makes klines of one minute: write feed.kline_interval = \"1m\""
    } else {
        "the recording holds none of it: take it out of feed.streams"
    };
    format!("feed.streams: nothing will come of {stream}; {why}")
}

/// Which market the exchange inside this process is: that of the configured venue.
fn market_of(config: &Config) -> exchange::Dialect {
    let venue = config.venues.values().next();
    venue.and_then(|venue| exchange::Dialect::parse(&venue.dialect)).unwrap_or_default()
}

/// How long the snapshots of so many books may take: Binance USD-M allows an address 2400 of weight
/// a minute, which is 120 snapshots of 1000 levels, and as long again for those asked for twice.
pub fn snapshots_take(books: usize) -> std::time::Duration {
    std::time::Duration::from_secs(1).saturating_mul(u32::try_from(books).unwrap_or(u32::MAX))
}

/// What to do about a capture whose books do not become LIVE; nothing where no
/// capture is played.
#[must_use]
pub fn unjoined(config: &Config) -> String {
    let Some(file) = config.exchange.capture.first() else { return String::new() };
    format!(
        "; a recording's depth messages must begin before its snapshot and go on after it: `althing \
         capture inspect {}` says whether they do",
        file.display()
    )
}

fn seconds(seconds: u64) -> Option<i64> {
    i64::try_from(seconds).ok()?.checked_mul(1_000_000_000).filter(|span| *span > 0)
}

/// Refuses a layout that does not fit the line, before anything is started.
///
/// # Errors
/// The layout's own sentence.
pub fn check_layout(layout: &Layout, shape: &Shape) -> Result<(), Failure> {
    let applied = layout.apply(shape, &allowed_cores());
    applied.map(drop).map_err(|why| Failure::config(why.to_string()))
}

/// The crews of a layout, over the hot actors of a line.
///
/// # Errors
/// A layout that does not fit the line.
pub fn crews(
    actors: Vec<Box<dyn Actor>>,
    shape: &Shape,
    layout: &Layout,
    wait: config::Wait,
) -> Result<(Vec<Crew>, Applied), Failure> {
    let cores = allowed_cores();
    let applied = layout.apply(shape, &cores).map_err(|why| Failure::config(why.to_string()))?;
    let wait = match wait {
        config::Wait::Spin => Wait::Spin,
        config::Wait::SpinYield => Wait::SpinYield,
        config::Wait::SpinPark => Wait::SpinPark,
        config::Wait::Auto if applied.has_cores => Wait::Spin,
        config::Wait::Auto => Wait::SpinYield,
    };
    let mut actors: VecDeque<Box<dyn Actor>> = actors.into();
    let crews = applied.groups.iter().map(|group| Crew {
        name: group.name(),
        actors: actors.drain(..group.actors.len()).collect(),
        core: group.core,
        wait,
        sealed: true,
    });
    Ok((crews.collect(), applied))
}

/// The hot actors and what stays with the supervisor.
pub fn split(line: Line) -> (Vec<Box<dyn Actor>>, Line) {
    let mut line = line;
    let actors = std::mem::take(&mut line.actors);
    (actors, line)
}
