//! Streams that are made from the trades of a synthetic market: aggTrade, kline_1m, forceOrder.
//!
//! Fed by the flow with each sweep, and only what somebody wants is made, so that a market without
//! such subscribers is the same market. It draws nothing at random.

use std::collections::BTreeSet;

use serde_json::json;

use crate::config::{Dialect, Instrument};
use crate::frames::StreamKind;
use crate::matching::Taken;
use crate::number::{money_text, text};
use crate::order::Side;

/// A running kline is told at most this often, as on the venue.
const TELL_MS: i64 = 250;
const MINUTE_MS: i64 = 60_000;
/// A sweep through this many prices counts as a liquidation.
const FORCED_LEVELS: usize = 5;

/// One aggressive order and what it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sweep<'a> {
    pub(crate) ms: i64,
    /// Trade id of its last part.
    pub(crate) last_id: i64,
    pub(crate) aggressor: Side,
    pub(crate) taken: &'a [Taken],
}

/// A bar in the making; prices and quantities are mantissas, quotes are scale 18.
#[derive(Clone, Copy, Debug)]
struct Bar {
    start_ms: i64,
    ids: (i64, i64),
    open: i64,
    high: i64,
    low: i64,
    close: i64,
    /// All, and where the buyer was aggressive.
    volume: (i64, i64),
    quote: (i128, i128),
    told_ms: i64,
}

/// What is wanted, and what it is made from.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    wanted: BTreeSet<StreamKind>,
    aggregate_id: i64,
    bar: Option<Bar>,
}

type Frames = Vec<(StreamKind, String)>;

impl Derived {
    /// From now on, messages of this kind are made.
    pub(crate) fn want(&mut self, kind: StreamKind) {
        self.wanted.insert(kind);
    }

    pub(crate) fn on_sweep(&mut self, rules: &Instrument, sweep: &Sweep<'_>, frames: &mut Frames) {
        if self.wanted.is_empty() || sweep.taken.is_empty() {
            return;
        }
        let levels = by_price(sweep);
        if self.wanted.contains(&StreamKind::AggTrade) {
            for level in &levels {
                self.aggregate_id += 1;
                let text = aggregate(rules, sweep, self.aggregate_id, level);
                frames.push((StreamKind::AggTrade, text));
            }
        }
        if self.wanted.contains(&StreamKind::ForceOrder) && levels.len() >= FORCED_LEVELS {
            frames.push((StreamKind::ForceOrder, forced(rules, sweep, &levels)));
        }
        if self.wanted.contains(&StreamKind::Kline) {
            for level in &levels {
                self.on_level(rules, sweep, level, frames);
            }
        }
    }

    fn on_level(
        &mut self,
        rules: &Instrument,
        sweep: &Sweep<'_>,
        level: &Level,
        frames: &mut Frames,
    ) {
        let start_ms = sweep.ms.div_euclid(MINUTE_MS) * MINUTE_MS;
        if let Some(done) = self.bar.take_if(|bar| bar.start_ms != start_ms) {
            frames.push((StreamKind::Kline, kline(rules, sweep.ms, &done, true)));
        }
        let bar = self.bar.get_or_insert_with(|| Bar::new(start_ms, level));
        bar.add(rules, sweep.aggressor, level);
        if sweep.ms - bar.told_ms >= TELL_MS {
            bar.told_ms = sweep.ms;
            frames.push((StreamKind::Kline, kline(rules, sweep.ms, bar, false)));
        }
    }
}

impl Bar {
    fn new(start_ms: i64, level: &Level) -> Bar {
        let price = level.price;
        Bar {
            start_ms,
            ids: level.ids,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: (0, 0),
            quote: (0, 0),
            told_ms: i64::MIN / 2,
        }
    }

    fn add(&mut self, rules: &Instrument, aggressor: Side, level: &Level) {
        self.ids.1 = level.ids.1;
        self.high = self.high.max(level.price);
        self.low = self.low.min(level.price);
        self.close = level.price;
        let quote = rules.notional(level.price, level.qty);
        self.volume.0 += level.qty;
        self.quote.0 += quote;
        if aggressor == Side::Buy {
            self.volume.1 += level.qty;
            self.quote.1 += quote;
        }
    }
}

/// What a sweep took at one price, with its first and last trade id.
struct Level {
    price: i64,
    qty: i64,
    ids: (i64, i64),
}

fn by_price(sweep: &Sweep<'_>) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    let first = sweep.last_id - sweep.taken.len() as i64 + 1;
    for (id, part) in (first..).zip(sweep.taken) {
        match levels.last_mut().filter(|level| level.price == part.price) {
            Some(level) => {
                level.qty += part.qty;
                level.ids.1 = id;
            }
            None => levels.push(Level { price: part.price, qty: part.qty, ids: (id, id) }),
        }
    }
    levels
}

fn aggregate(rules: &Instrument, sweep: &Sweep<'_>, id: i64, level: &Level) -> String {
    let mut value = json!({
        "e": "aggTrade", "E": sweep.ms, "a": id, "s": rules.symbol,
        "p": text(level.price, rules.price_decimals), "q": text(level.qty, rules.qty_decimals),
        "f": level.ids.0, "l": level.ids.1, "T": sweep.ms, "m": sweep.aggressor == Side::Sell,
    });
    if rules.market == Dialect::BinanceSpot {
        value["M"] = json!(true);
    }
    value.to_string()
}

fn forced(rules: &Instrument, sweep: &Sweep<'_>, levels: &[Level]) -> String {
    let qty: i64 = levels.iter().map(|level| level.qty).sum();
    let quote: i128 = levels.iter().map(|level| rules.notional(level.price, level.qty)).sum();
    let scale = 10_i128.pow(18 - rules.qty_decimals - rules.price_decimals);
    let average = (quote / i128::from(qty) / scale) as i64;
    let worst = levels.last().map_or(0, |level| level.price);
    let price = |value| text(value, rules.price_decimals);
    let qty = text(qty, rules.qty_decimals);
    json!({
        "e": "forceOrder", "E": sweep.ms,
        "o": {
            "s": rules.symbol, "S": sweep.aggressor.word(), "o": "LIMIT", "f": "IOC", "q": qty,
            "p": price(worst), "ap": price(average), "X": "FILLED", "l": qty, "z": qty,
            "T": sweep.ms,
        },
    })
    .to_string()
}

fn kline(rules: &Instrument, ms: i64, bar: &Bar, is_closed: bool) -> String {
    let price = |value| text(value, rules.price_decimals);
    let qty = |value| text(value, rules.qty_decimals);
    json!({
        "e": "kline", "E": ms, "s": rules.symbol,
        "k": {
            "t": bar.start_ms, "T": bar.start_ms + MINUTE_MS - 1, "s": rules.symbol, "i": "1m",
            "f": bar.ids.0, "L": bar.ids.1, "o": price(bar.open), "c": price(bar.close),
            "h": price(bar.high), "l": price(bar.low), "v": qty(bar.volume.0),
            "n": bar.ids.1 - bar.ids.0 + 1, "x": is_closed, "q": money_text(bar.quote.0),
            "V": qty(bar.volume.1), "Q": money_text(bar.quote.1), "B": "0",
        },
    })
    .to_string()
}
