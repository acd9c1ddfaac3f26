//! Streams beside depth, quotes and trades: made from the trades, or played as recorded.

use serde_json::Value;

use super::{START, price_of};
use crate::{Destination, Exchange, ExchangeConfig, Speed, StreamKind};

const MS: i64 = 1_000_000;

fn of(out: &[crate::Outgoing], wanted: StreamKind) -> Vec<Value> {
    let hit = |o: &&crate::Outgoing| o.to == (Destination::Market { instrument: 0, kind: wanted });
    out.iter().filter(hit).map(|o| serde_json::from_str(&o.text).unwrap()).collect()
}

#[test]
fn derived_streams_say_what_the_trades_said_and_change_nothing_else() {
    let run = |wants: &[StreamKind]| {
        let mut exchange =
            Exchange::new(ExchangeConfig::synthetic(4).on_virtual_time(START)).unwrap();
        wants.iter().for_each(|kind| exchange.want(*kind));
        let mut out = Vec::new();
        exchange.advance(START + 130_000 * MS, &mut out);
        out
    };
    let derived =
        [StreamKind::AggTrade, StreamKind::Kline, StreamKind::ForceOrder, StreamKind::MarkPrice];
    let mut out = run(&derived);
    let trades = of(&out, StreamKind::Trade);
    let sum = |rows: &[Value]| rows.iter().map(|t| price_of(&t["q"])).sum::<i64>();
    let aggregates = of(&out, StreamKind::AggTrade);
    assert_eq!(sum(&aggregates), sum(&trades));
    assert!(aggregates.len() < trades.len());
    let mut next = trades[0]["t"].as_i64().unwrap();
    for row in &aggregates {
        assert_eq!(row["f"], next, "{row}");
        next = row["l"].as_i64().unwrap() + 1;
    }
    let closed: Vec<Value> =
        of(&out, StreamKind::Kline).into_iter().filter(|k| k["k"]["x"] == true).collect();
    assert!(closed.len() >= 2);
    for bar in closed.iter().map(|k| &k["k"]) {
        let within = |t: &&Value| {
            t["T"].as_i64() >= bar["t"].as_i64() && t["T"].as_i64() <= bar["T"].as_i64()
        };
        let rows: Vec<&Value> = trades.iter().filter(within).collect();
        let prices: Vec<i64> = rows.iter().map(|t| price_of(&t["p"])).collect();
        assert_eq!(price_of(&bar["o"]), prices[0]);
        assert_eq!(price_of(&bar["c"]), prices[prices.len() - 1]);
        assert_eq!(Some(price_of(&bar["h"])), prices.iter().max().copied());
        assert_eq!(Some(price_of(&bar["l"])), prices.iter().min().copied());
        assert_eq!(price_of(&bar["v"]), rows.iter().map(|t| price_of(&t["q"])).sum::<i64>());
        assert_eq!(bar["n"], rows.len());
    }
    let marks = of(&out, StreamKind::MarkPrice);
    let stamps: Vec<i64> = marks.iter().map(|m| m["E"].as_i64().unwrap() - START / MS).collect();
    assert_eq!(stamps, (0..=130).map(|s| s * 1_000).collect::<Vec<_>>());
    assert_eq!(marks[0]["T"].as_i64().unwrap() % 28_800_000, 0);
    assert!(!of(&out, StreamKind::ForceOrder).is_empty());
    let is_derived =
        |to: Destination| matches!(to, Destination::Market { kind, .. } if derived.contains(&kind));
    out.retain(|o| !is_derived(o.to));
    assert_eq!(out, run(&[]));
}

fn line(at: i64, stream: &str, data: &str) -> String {
    format!("{at} {{\"stream\":\"{stream}\",\"data\":{data}}}\n")
}

/// A capture of every kind of stream, with a funding time in it.
fn mixed() -> std::path::PathBuf {
    let at = 1_723_161_255_000_000_000;
    let mark = |ms: i64, r: &str, due: i64| {
        format!(
            r#"{{"e":"markPriceUpdate","E":{ms},"s":"BTCUSDT","p":"60000.12345678","i":"60000.0","P":"60000.0","r":"{r}","T":{due}}}"#
        )
    };
    let kline =
        |i: &str| format!(r#"{{"e":"kline","E":5,"s":"BTCUSDT","k":{{"t":1,"T":2,"i":"{i}"}}}}"#);
    let mut text = format!(
        "{at} {{\"lastUpdateId\":5,\"E\":1,\"T\":1,\"bids\":[[\"59999.0\",\"9.000\"]],\"asks\":[[\"60001.0\",\"9.000\"]]}}\n"
    );
    text += &line(
        at + 1,
        "btcusdt@depth@0ms",
        r#"{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT","U":5,"u":6,"pu":4,"b":[],"a":[]}"#,
    );
    text += &line(at + 2, "btcusdt@kline_1m", &kline("1m"));
    text += &line(at + 3, "btcusdt@kline_5m", &kline("5m"));
    text += &line(
        at + 4,
        "btcusdt@forceOrder",
        r#"{"e":"forceOrder","E":5,"o":{"s":"BTCUSDT","S":"SELL","T":4}}"#,
    );
    text += &line(
        at + 5,
        "btcusdt@aggTrade",
        r#"{"e":"aggTrade","E":5,"a":1,"s":"BTCUSDT","p":"60001.0","q":"0.500","f":1,"l":2,"T":5,"m":false}"#,
    );
    text += &line(at + 6, "btcusdt@markPrice@1s", &mark(5, "0.00010000", 1_000));
    text += &line(at + 7_000_000, "btcusdt@markPrice@1s", &mark(12, "0.00050000", 2_000));
    let path = std::env::temp_dir().join(format!("althing-exchange-{}-mixed", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn capture_plays_every_stream_of_a_symbol_as_it_is_and_pays_its_funding() {
    let config = ExchangeConfig::capture(vec![mixed()], Speed::Max).on_virtual_time(0);
    let mut exchange =
        Exchange::new(ExchangeConfig { order_latency_ns: 0, reply_latency_ns: 0, ..config })
            .unwrap();
    let at = exchange.next_due().unwrap();
    let mut out = Vec::new();
    exchange.advance(at + 4, &mut out);
    let place = super::order("BUY", "IOC", "60001.0", "2.000");
    let (reply, _) = super::ask(&mut exchange, at + 4, "order.place", &place);
    assert_eq!(reply["result"]["status"], "FILLED", "{reply}");
    let rest = super::order("SELL", "GTC", "60001.0", "0.500");
    let (_, id) = exchange.find_stream("btcusdt@kline_5m").unwrap();
    assert!(matches!(id, StreamKind::Other(_)));
    assert_eq!(exchange.find_stream("btcusdt@kline_15m"), None);
    super::ask(&mut exchange, at + 4, "order.place", &rest);
    exchange.advance(at + 100_000_000, &mut out);
    let market = out.iter().filter(|o| matches!(o.to, Destination::Market { .. }));
    let kinds: Vec<&str> = market.map(|o| o.to.word()).collect();
    assert_eq!(
        kinds,
        ["depth", "kline", "other", "forceOrder", "aggTrade", "markPrice", "markPrice"]
    );
    // 9.000 were displayed before the resting 0.500: the aggregate took from those.
    let stats = exchange.stats();
    assert_eq!(stats.positions[0].qty, 2_000);
    // 2 × 60000.12345678 × 0.0001, the rate and price told before the funding time moved on.
    assert_eq!(crate::number::money_text(stats.funding), "-12.00002469");
    let told = out.iter().filter(|o| o.text.contains("FUNDING_FEE")).count();
    assert_eq!(told, 1);
}

#[test]
fn real_time_leaves_bars_and_funding_times_alone() {
    let mut exchange = Exchange::new(ExchangeConfig::capture(vec![mixed()], Speed::Max)).unwrap();
    let now = 1_900_000_000_000_000_000;
    exchange.start(now);
    let mut out = Vec::new();
    exchange.advance(now, &mut out);
    let text = |word: &str| out.iter().find(|o| o.to.word() == word).unwrap().text.clone();
    assert!(text("kline").contains("\"E\":1900000000000") && text("kline").contains("\"T\":2,"));
    assert!(text("markPrice").contains("\"T\":1000}"), "{}", text("markPrice"));
    assert!(text("forceOrder").contains("\"T\":1900000000000"), "{}", text("forceOrder"));
}
