//! The connections of the market: how many, what each carries, which carry the
//! same, and when each is replaced.
//!
//! Read by the worlds that open sockets. Opens none; the limits are the venue's.

use crate::failure::Failure;
use config::{Config, Stream};
use net::{ConnectionPlan, Rotation};
use std::time::Duration;
use types::{InstrumentId, Symbol};
use venue::{Dialect, Streams};

/// The market's connections, as the wire and the normalizer want them told.
pub struct Market {
    /// What the wire keeps open.
    pub plans: Vec<ConnectionPlan>,
    /// By connection number, successors included: whose depth it carries.
    pub carries: Vec<Vec<InstrumentId>>,
    /// By connection number: its group. Those of one group carry the same.
    pub copies: Vec<u16>,
}

/// What a configuration subscribes.
#[must_use]
pub fn streams(config: &Config) -> Streams {
    let has = |stream| config.feed.streams.contains(&stream);
    Streams {
        depth: has(Stream::Depth),
        quote: has(Stream::Quotes),
        trade: has(Stream::Trades),
        agg_trade: has(Stream::AggTrades),
        mark_price: has(Stream::MarkPrice),
        liquidation: has(Stream::Liquidations),
        kline: has(Stream::Klines).then_some(config.feed.kline_interval),
    }
}

/// The connections that carry the streams of `symbols`, to paths behind `base`.
///
/// Connection numbers: each group of streams has `feed.copies` connections, each
/// of which has two numbers, its own and its successor's.
///
/// # Errors
/// A key that the venue's own limits do not allow, with what they are.
pub fn market(
    config: &Config,
    dialect: Dialect,
    symbols: &[Symbol],
    base: &str,
) -> Result<Market, Failure> {
    let (feed, limits) = (&config.feed, dialect.limits());
    let life = u64::from(limits.connection_life_s);
    let needed = feed.rotate_after_s.saturating_add(feed.rotate_overlap_ms.div_ceil(1000));
    if needed >= life {
        return Err(Failure::config(format!(
            "feed.rotate_after_s = {} and feed.rotate_overlap_ms = {}: {dialect} closes a \
             connection after {life} s; give less",
            feed.rotate_after_s, feed.rotate_overlap_ms
        )));
    }
    let most = feed.streams_per_connection.unwrap_or(limits.streams_per_connection);
    if most > limits.streams_per_connection {
        return Err(Failure::config(format!(
            "feed.streams_per_connection = {most}: {dialect} allows {}; give at most that",
            limits.streams_per_connection
        )));
    }
    let mut market = Market { plans: Vec::new(), carries: Vec::new(), copies: Vec::new() };
    let planned = dialect.market_plan(symbols, streams(config));
    let parts = planned.iter().flat_map(|plan| split(&plan.path, &plan.streams, most as usize));
    for (group, (path, streams)) in (0_u16..).zip(parts) {
        let carried = carried(symbols, &streams);
        for copy in 0..feed.copies {
            let number = u16::try_from(market.carries.len()).unwrap_or(u16::MAX - 1);
            let rotation = Rotation {
                successor: number + 1,
                after: staggered(feed.rotate_after_s, (copy, feed.copies)),
                overlap: Duration::from_millis(feed.rotate_overlap_ms),
            };
            market.plans.push(ConnectionPlan {
                silence_limit: Duration::from_millis(feed.silence_ms),
                rotation: Some(rotation),
                ..ConnectionPlan::new(number, format!("{base}{path}"))
            });
            for _ in [number, rotation.successor] {
                market.carries.push(carried.clone());
                market.copies.push(group);
            }
        }
    }
    Ok(market)
}

/// The streams of a path in parts of at most `most`, each with its path. The
/// venue's plan names them in the query, separated by slashes.
fn split(path: &str, streams: &[String], most: usize) -> Vec<(String, Vec<String>)> {
    let head = path.split_once('=').map_or(path, |(head, _)| head);
    let parts = streams.chunks(most.max(1));
    parts.map(|part| (format!("{head}={}", part.join("/")), part.to_vec())).collect()
}

/// Whose depth is among `streams`.
fn carried(symbols: &[Symbol], streams: &[String]) -> Vec<InstrumentId> {
    let ids = symbols.iter().zip(0_u16..).filter(|(symbol, _)| {
        let depth = format!("{}@depth", symbol.as_str().to_ascii_lowercase());
        streams.iter().any(|stream| stream.starts_with(&depth))
    });
    ids.map(|(_, id)| InstrumentId(id)).collect()
}

/// Copies are not replaced at the same moment: each a tenth of the time earlier
/// than the one before it, so that a bad moment strikes one of them.
fn staggered(after_s: u64, (copy, copies): (usize, usize)) -> Duration {
    let after = Duration::from_secs(after_s);
    let earlier = u32::try_from(copy.min(copies)).unwrap_or(0);
    after.saturating_sub(after / 10 * earlier)
}

#[cfg(test)]
mod tests;
