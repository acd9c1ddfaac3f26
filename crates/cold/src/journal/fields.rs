//! A record's fields by name: prices, quantities, money and what a rule or a
//! member saw as decimals in their unit, times with the unit in the name.
//!
//! One place for the text dump, the JSON dump, `why` and the comparison.

use super::Specs;
use crate::names::{Measured, Names};
use std::fmt;
use types::{
    AggTrade, Balance, BookChange, BookReset, ClientOrderId, Command, Decimal, Direction, Funding,
    HeldPosition, Kind, KlinePrices, KlineVolume, Level, Liquidation, Liquidity, Mark, MarkPrice,
    Money, OrderFields, OrderState, OrderType, Quote, Record, Report, ReportDetail, ReportStatus,
    Side, Signal, SpecGrid, SpecMoney, SpecName, Timer, Timing, Touch, Trade, Transition, Value,
    Verdict, Vote,
};

/// One field's value.
#[derive(Clone, Copy, Debug)]
pub enum Field<'f> {
    /// A word, or text from the run; may be empty.
    Word(&'f str),
    /// A whole number.
    Int(i128),
    /// A price or a quantity.
    Decimal(Decimal),
    /// An amount.
    Money(Money),
    /// A client order id.
    Id(ClientOrderId),
    /// A number that is a decimal already.
    Text(&'f str),
    /// Nothing: there was nothing to measure.
    Nothing,
    /// A number that the venue gave to an order or a fill; 0 for none.
    VenueId(u64),
    /// Numbers with names and units of their own.
    Measured(&'f [Measured]),
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) | Self::Text(word) => f.write_str(word),
            Self::Nothing => f.write_str("nothing"),
            Self::VenueId(id) => write!(f, "{id}"),
            Self::Measured(numbers) => measured(numbers, f),
            Self::Int(number) => write!(f, "{number}"),
            Self::Decimal(decimal) => write!(f, "{decimal}"),
            Self::Money(money) => write!(f, "{money}"),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

/// `name:value` with commas between, so that a dump's line splits at spaces.
fn measured(numbers: &[Measured], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, number) in numbers.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(f, "{comma}{}:{}", number.name, number.value)?;
    }
    Ok(())
}

impl Field<'_> {
    /// As JSON: counts, codes and times as numbers, measured numbers as a list of
    /// objects, everything else as a string. The venue's ids are strings, as
    /// they pass 2^53, and null where there is none.
    pub(crate) fn to_json(self) -> serde_json::Value {
        match self {
            Self::Int(number) => match i64::try_from(number) {
                Ok(number) => number.into(),
                Err(_) => match u64::try_from(number) {
                    Ok(number) => number.into(),
                    Err(_) => number.to_string().into(),
                },
            },
            Self::Nothing | Self::VenueId(0) => serde_json::Value::Null,
            Self::Measured(numbers) => {
                let one = |m: &Measured| serde_json::json!({"name": m.name, "value": m.value, "unit": m.unit});
                numbers.iter().map(one).collect()
            }
            other => other.to_string().into(),
        }
    }
}

/// Takes a field's name and value.
pub(crate) type Visit<'v> = dyn FnMut(&'static str, Field<'_>) + 'v;

/// Calls `visit` with each field of `record`, in a fixed order for each kind.
/// Numbers that this version has no word for show as `?`. `specs` are those in
/// force at the record; `names` may be empty, and then what a rule or a member
/// saw shows as the bare numbers of the record.
pub fn visit_fields(record: &Record, specs: &Specs, names: &Names, visit: &mut Visit<'_>) {
    let Some(kind) = record.kind() else { return };
    match kind {
        Kind::Command => command(&record.body(), visit),
        Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney => spec(record, kind, visit),
        Kind::Balance => balance(&record.body(), visit),
        Kind::HeldPosition => position(record, specs, visit),
        Kind::Report => report(record, specs, visit),
        Kind::ReportDetail => detail(&record.body(), visit),
        Kind::Funding => funding(&record.body(), visit),
        Kind::Timer => timer(&record.body(), visit),
        Kind::Level | Kind::SnapshotLevel => level(record, specs, visit),
        Kind::BookReset => reset(&record.body(), visit),
        Kind::Trade => trade(record, specs, visit),
        Kind::Quote => quote(record, specs, visit),
        Kind::BookChange => change(&record.body(), visit),
        Kind::MarkPrice => mark(&record.body(), visit),
        Kind::AggTrade => agg_trade(record, specs, visit),
        Kind::Liquidation => liquidation(record, specs, visit),
        Kind::KlinePrices => kline_prices(record, specs, visit),
        Kind::KlineVolume => kline_volume(record, specs, visit),
        Kind::Touch => touch(record, specs, visit),
        Kind::Signal => signal(record, specs, names, visit),
        Kind::Vote | Kind::ShadowVote => vote(record, specs, names, visit),
        Kind::Intent | Kind::Approved | Kind::Action => order(record, specs, visit),
        Kind::Verdict => verdict(record, specs, names, visit),
        Kind::Transition => transition(record, specs, visit),
        Kind::Timing => timing(&record.body(), visit),
    }
}

fn int(number: impl Into<i128>) -> Field<'static> {
    Field::Int(number.into())
}

fn command(body: &Command, visit: &mut Visit<'_>) {
    let word = body.op().map_or_else(|| "?".to_owned(), |op| snake(&format!("{op:?}")));
    visit("op", Field::Word(&word));
    // Not `value`: that is a measured number, a string.
    visit("op_value", int(body.value));
}

fn spec(record: &Record, kind: Kind, visit: &mut Visit<'_>) {
    match kind {
        Kind::SpecName => {
            let body: SpecName = record.body();
            visit("symbol", Field::Word(body.symbol.as_str()));
            visit("version", int(body.version));
        }
        Kind::SpecGrid => grid(&record.body(), visit),
        _ => {
            let body: SpecMoney = record.body();
            visit("min_notional", Field::Money(body.min_notional.into()));
            visit("maker_ppm", int(body.maker_ppm));
            visit("taker_ppm", int(body.taker_ppm));
        }
    }
}

fn grid(body: &SpecGrid, visit: &mut Visit<'_>) {
    let price = |mantissa| Field::Decimal(Decimal::new(mantissa, body.price_decimals.min(18)));
    let qty = |mantissa| Field::Decimal(Decimal::new(mantissa, body.qty_decimals.min(18)));
    visit("tick_size", price(body.tick_size.0));
    visit("lot_size", qty(body.lot_size.0));
    visit("min_qty", qty(body.min_qty.0));
    visit("max_qty", qty(body.max_qty.0));
    visit("price_decimals", int(body.price_decimals));
    visit("qty_decimals", int(body.qty_decimals));
}

fn balance(body: &Balance, visit: &mut Visit<'_>) {
    visit("asset", Field::Word(asset(&body.asset)));
    visit("total", Field::Money(body.total.into()));
}

fn funding(body: &Funding, visit: &mut Visit<'_>) {
    visit("asset", Field::Word(asset(&body.asset)));
    visit("amount", Field::Money(body.amount.into()));
    visit("exch_ts_ns", int(body.exch_ts.0));
}

fn asset(name: &[u8; 16]) -> &str {
    let length = name.iter().position(|&b| b == 0).unwrap_or(name.len());
    std::str::from_utf8(&name[..length]).unwrap_or("?")
}

fn position(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: HeldPosition = record.body();
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
    visit("entry", Field::Decimal(specs.price(record.instrument, body.entry)));
}

fn report(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Report = record.body();
    visit("client_order_id", Field::Id(body.id()));
    visit("status", Field::Word(body.status().map_or("?", ReportStatus::as_str)));
    visit("side", Field::Word(body.side().as_str()));
    visit("price", Field::Decimal(specs.price(record.instrument, body.price)));
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
    visit("code", int(body.code));
    let liquidity = Liquidity::from_code(body.liquidity).map_or("?", Liquidity::as_str);
    visit("liquidity", Field::Word(liquidity));
    visit("detailed", int(body.detailed));
}

fn detail(body: &ReportDetail, visit: &mut Visit<'_>) {
    visit("venue_order_id", Field::VenueId(body.venue_order_id));
    visit("trade_id", Field::VenueId(body.trade_id));
    visit("fee", Field::Money(body.fee.into()));
    visit("exch_ts_ns", int(body.exch_ts.0));
}

fn timer(body: &Timer, visit: &mut Visit<'_>) {
    visit("due_ns", int(body.due.0));
    visit("period_ns", int(body.period.0));
}

fn level(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Level = record.body();
    visit("side", Field::Word(body.side().as_str()));
    visit("price", Field::Decimal(specs.price(record.instrument, body.price)));
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
    visit("exch_ts_ns", int(body.exch_ts.0));
    visit("update_id", int(body.update_id));
}

fn reset(body: &BookReset, visit: &mut Visit<'_>) {
    visit("update_id", int(body.update_id));
    visit("exch_ts_ns", int(body.exch_ts.0));
    visit("bids", int(body.bids));
    visit("asks", int(body.asks));
}

fn trade(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Trade = record.body();
    visit("price", Field::Decimal(specs.price(record.instrument, body.price)));
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
    visit("aggressor", Field::Word(Side::from_code(body.aggressor).map_or("?", Side::as_str)));
    visit("exch_ts_ns", int(body.exch_ts.0));
    visit("trade_id", Field::VenueId(body.trade_id));
}

fn mark(body: &MarkPrice, visit: &mut Visit<'_>) {
    visit("mark", Field::Decimal(body.mark()));
    visit("index", Field::Decimal(body.index()));
    visit("settle", Field::Decimal(body.settle()));
    visit("rate", Field::Decimal(body.rate()));
    visit("next_funding", int(body.next_funding().0));
    visit("exch_ts_ns", int(body.exch_ts.0));
}

fn agg_trade(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: AggTrade = record.body();
    visit("price", Field::Decimal(specs.price(record.instrument, body.price)));
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
    visit("aggressor", Field::Word(Side::from_code(body.aggressor).map_or("?", Side::as_str)));
    visit("exch_ts_ns", int(body.exch_ts.0));
    visit("agg_id", int(body.agg_id));
    visit("trades", int(body.trades));
}

fn liquidation(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Liquidation = record.body();
    visit("side", Field::Word(body.side().as_str()));
    visit("price", Field::Decimal(specs.price(record.instrument, body.price)));
    visit("average", Field::Decimal(specs.price(record.instrument, body.average)));
    visit("filled", Field::Decimal(specs.qty(record.instrument, body.filled)));
    visit("complete", int(body.complete));
    visit("exch_ts_ns", int(body.exch_ts.0));
}

fn kline_prices(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: KlinePrices = record.body();
    visit("open_ts", int(body.open_ts.0));
    for (name, price) in
        [("open", body.open), ("high", body.high), ("low", body.low), ("close", body.close)]
    {
        visit(name, Field::Decimal(specs.price(record.instrument, price)));
    }
}

fn kline_volume(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: KlineVolume = record.body();
    visit("interval", Field::Word(body.interval().map_or("?", types::KlineInterval::as_str)));
    visit("closed", int(body.closed));
    visit("volume", Field::Decimal(specs.qty(record.instrument, body.volume)));
    visit("taker_volume", Field::Decimal(specs.qty(record.instrument, body.taker_volume)));
    visit("quote_volume", Field::Money(body.quote_volume.into()));
    visit("trades", int(body.trades));
}

fn quote(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Quote = record.body();
    visit("bid", Field::Decimal(specs.price(record.instrument, body.bid)));
    visit("bid_qty", Field::Decimal(specs.qty(record.instrument, body.bid_qty)));
    visit("ask", Field::Decimal(specs.price(record.instrument, body.ask)));
    visit("ask_qty", Field::Decimal(specs.qty(record.instrument, body.ask_qty)));
    visit("exch_ts_ns", int(body.exch_ts.0));
}

fn change(body: &BookChange, visit: &mut Visit<'_>) {
    visit("state", Field::Word(&snake(&format!("{:?}", body.state()))));
    visit("reason", Field::Word(&snake(&format!("{:?}", body.reason()))));
    visit("update_id", int(body.update_id));
    visit("expected", int(body.expected));
}

fn touch(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Touch = record.body();
    visit("bid", Field::Decimal(specs.price(record.instrument, body.bid)));
    visit("bid_qty", Field::Decimal(specs.qty(record.instrument, body.bid_qty)));
    visit("ask", Field::Decimal(specs.price(record.instrument, body.ask)));
    visit("ask_qty", Field::Decimal(specs.qty(record.instrument, body.ask_qty)));
    let state = BookChange { state: body.state, ..bytemuck::Zeroable::zeroed() }.state();
    visit("state", Field::Word(&snake(&format!("{state:?}"))));
    visit("crossed", int(body.crossed));
}

fn signal(record: &Record, specs: &Specs, names: &Names, visit: &mut Visit<'_>) {
    let body: Signal = record.body();
    let (unit, spec) = (names.indicator_unit(body.indicator), specs.get(record.instrument));
    visit("indicator", int(body.indicator));
    visit("line", int(body.line));
    visit("value", Field::Text(&unit.write_value(body.value(), spec)));
    if body.extra.get() != 0 {
        let extra = Value::from_bits(body.extra.get());
        visit("extra", Field::Text(&unit.write_value(extra, spec)));
    }
}

fn vote(record: &Record, specs: &Specs, names: &Names, visit: &mut Visit<'_>) {
    let body: Vote = record.body();
    let direction = match body.direction() {
        Direction::Buy => "buy",
        Direction::Abstain => "abstain",
        Direction::Sell => "sell",
    };
    visit("member", int(body.member));
    visit("direction", Field::Word(direction));
    // Millionths, so that the confidence shows as 0 to 1 exactly.
    visit("confidence", Field::Decimal(Decimal::new(i64::from(body.confidence), 6)));
    visit("reason", int(body.reason));
    let saw = names.seen(&body, specs.get(record.instrument));
    visit("saw", Field::Measured(&saw));
}

fn order(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: OrderFields = record.body();
    visit("action", Field::Word(body.action().as_str()));
    visit("client_order_id", Field::Id(body.id()));
    visit("side", Field::Word(body.side().as_str()));
    visit("type", Field::Word(body.order_type().as_str()));
    visit("time_in_force", Field::Word(body.time_in_force().as_str()));
    match body.order_type() {
        OrderType::Limit => {
            visit("price", Field::Decimal(specs.price(record.instrument, body.price)));
        }
        OrderType::Market => visit("price", Field::Word("")),
    }
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
    visit("flags", Field::Word(types::OrderFlags::text(body.flags)));
    visit("member", int(body.member.0));
    visit("strategy", int(body.strategy));
}

fn verdict(record: &Record, specs: &Specs, names: &Names, visit: &mut Visit<'_>) {
    let body: Verdict = record.body();
    let judged = names.judged(&body, specs.get(record.instrument));
    let number = |text: &Option<String>, visit: &mut Visit<'_>, name| match text {
        Some(text) => visit(name, Field::Text(text)),
        None => visit(name, Field::Nothing),
    };
    visit("rule", int(body.rule));
    visit("verdict", Field::Word(if body.passed == 0 { "refused" } else { "passed" }));
    number(&judged.seen, visit, "seen");
    number(&judged.limit, visit, "limit");
    visit("unit", Field::Word(&judged.unit));
    if let Some((seen, limit)) = judged.times {
        visit("seen_ns", int(seen));
        visit("limit_ns", int(limit));
    }
}

fn transition(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Transition = record.body();
    let word = |code| OrderState::from_code(code).map_or("?", OrderState::as_str);
    visit("client_order_id", Field::Id(body.id()));
    visit("from", Field::Word(word(body.from)));
    visit("to", Field::Word(word(body.to)));
    visit("cause", Field::Word(cause(body.cause)));
    visit("filled", Field::Decimal(specs.qty(record.instrument, body.filled)));
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
}

/// The word for what caused a transition.
pub(crate) fn cause(code: u8) -> &'static str {
    match code {
        u8::MAX => "TIMER",
        code => ReportStatus::from_code(code).map_or("?", ReportStatus::as_str),
    }
}

fn timing(body: &Timing, visit: &mut Visit<'_>) {
    const NAMES: [&str; 8] = [
        "normalizer_ns",
        "sequenced_ns",
        "indicator_ns",
        "council_ns",
        "risk_ns",
        "gateway_ns",
        "encoded_ns",
        "written_ns",
    ];
    for (name, mark) in NAMES.into_iter().zip(Mark::ALL) {
        if let Some(offset) = body.at(mark) {
            visit(name, int(offset));
        }
    }
}

/// `OrderLinkUp` as `order_link_up`.
pub(crate) fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (index, c) in name.char_indices() {
        if c.is_ascii_uppercase() && index > 0 {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}
