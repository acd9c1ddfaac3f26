//! The names of Binance's market streams, and the connections that carry them.
//!
//! Cold rooms call it at start. It never connects.

use crate::{ConnectionPlan, Streams};
use types::Symbol;

/// What stands behind `<symbol>@` for each wanted stream of `group`: the USD-M
/// hosts split them, spot has all in one.
fn kinds(streams: Streams, depth: &'static str) -> Vec<(&'static str, String)> {
    let plain = [
        ("public", depth, streams.depth),
        ("public", "bookTicker", streams.quote),
        ("market", "trade", streams.trade),
        ("market", "aggTrade", streams.agg_trade),
        ("market", "markPrice@1s", streams.mark_price),
        ("market", "forceOrder", streams.liquidation),
    ];
    let mut kinds: Vec<_> = plain
        .into_iter()
        .filter(|(.., wanted)| *wanted)
        .map(|(host, kind, _)| (host, kind.to_owned()))
        .collect();
    kinds.extend(streams.kline.map(|interval| ("market", format!("kline_{}", interval.as_str()))));
    kinds
}

/// The connections of `hosts` (the name in [`kinds`] and the path before the
/// query), none of which carries more than `most` streams. An empty name takes
/// all kinds.
pub(crate) fn plan(
    symbols: &[Symbol],
    (streams, depth): (Streams, &'static str),
    hosts: &[(&str, &str)],
    most: u32,
) -> Vec<ConnectionPlan> {
    let kinds = kinds(streams, depth);
    let mut plans = Vec::new();
    for (host, path) in hosts {
        let wanted: Vec<_> =
            kinds.iter().filter(|(name, _)| host.is_empty() || name == host).collect();
        let names: Vec<String> = symbols
            .iter()
            .map(|symbol| symbol.as_str().to_ascii_lowercase())
            .flat_map(|lower| wanted.iter().map(move |(_, kind)| format!("{lower}@{kind}")))
            .collect();
        for streams in names.chunks(most as usize) {
            let path = format!("{path}?streams={}", streams.join("/"));
            plans.push(ConnectionPlan { path, streams: streams.to_vec() });
        }
    }
    plans
}
