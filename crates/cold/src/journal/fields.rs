//! A record's fields by name, with prices and quantities as decimals.
//!
//! One place for the text dump, the JSON dump, `why` and the comparison.

use super::Specs;
use std::fmt;
use types::{
    Balance, BookChange, BookReset, ClientOrderId, Command, Decimal, Direction, HeldPosition, Kind,
    Level, Liquidity, Mark, Money, OrderFields, OrderState, OrderType, Quote, Record, Report,
    ReportDetail, ReportStatus, Side, Signal, SpecGrid, SpecMoney, SpecName, Timer, Timing, Touch,
    Trade, Transition, Value, Verdict, Vote,
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
    /// An indicator's value.
    Value(Value),
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Int(number) => write!(f, "{number}"),
            Self::Decimal(decimal) => write!(f, "{decimal}"),
            Self::Money(money) => write!(f, "{money}"),
            Self::Id(id) => write!(f, "{id}"),
            Self::Value(value) => write!(f, "{value}"),
        }
    }
}

impl Field<'_> {
    /// As JSON: whole numbers as numbers, everything else as a string.
    pub(crate) fn to_json(self) -> serde_json::Value {
        match self {
            Self::Int(number) => match i64::try_from(number) {
                Ok(number) => number.into(),
                Err(_) => match u64::try_from(number) {
                    Ok(number) => number.into(),
                    Err(_) => number.to_string().into(),
                },
            },
            other => other.to_string().into(),
        }
    }
}

/// Takes a field's name and value.
pub(crate) type Visit<'v> = dyn FnMut(&'static str, Field<'_>) + 'v;

/// Calls `visit` with each field of `record`, in a fixed order for each kind.
/// Numbers that this version has no word for show as `?`.
pub fn visit_fields(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let Some(kind) = record.kind() else { return };
    match kind {
        Kind::Command => command(&record.body(), visit),
        Kind::SpecName | Kind::SpecGrid | Kind::SpecMoney => spec(record, kind, visit),
        Kind::Balance => balance(&record.body(), visit),
        Kind::HeldPosition => position(record, specs, visit),
        Kind::Report => report(record, specs, visit),
        Kind::ReportDetail => detail(&record.body(), visit),
        Kind::Timer => timer(&record.body(), visit),
        Kind::Level | Kind::SnapshotLevel => level(record, specs, visit),
        Kind::BookReset => reset(&record.body(), visit),
        Kind::Trade => trade(record, specs, visit),
        Kind::Quote => quote(record, specs, visit),
        Kind::BookChange => change(&record.body(), visit),
        Kind::Touch => touch(record, specs, visit),
        Kind::Signal => signal(&record.body(), visit),
        Kind::Vote | Kind::ShadowVote => vote(&record.body(), visit),
        Kind::Intent | Kind::Approved | Kind::Action => order(record, specs, visit),
        Kind::Verdict => verdict(&record.body(), visit),
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
    visit("value", int(body.value));
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
    let length = body.asset.iter().position(|&b| b == 0).unwrap_or(body.asset.len());
    let asset = std::str::from_utf8(&body.asset[..length]).unwrap_or("?");
    visit("asset", Field::Word(asset));
    visit("total", Field::Money(body.total.into()));
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
    visit("venue_order_id", int(body.venue_order_id));
    visit("trade_id", int(body.trade_id));
    visit("fee", Field::Money(body.fee.into()));
    visit("exch_ts", int(body.exch_ts.0));
}

fn timer(body: &Timer, visit: &mut Visit<'_>) {
    visit("due", int(body.due.0));
    visit("period", int(body.period.0));
}

fn level(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Level = record.body();
    visit("side", Field::Word(body.side().as_str()));
    visit("price", Field::Decimal(specs.price(record.instrument, body.price)));
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
    visit("exch_ts", int(body.exch_ts.0));
    visit("update_id", int(body.update_id));
}

fn reset(body: &BookReset, visit: &mut Visit<'_>) {
    visit("update_id", int(body.update_id));
    visit("exch_ts", int(body.exch_ts.0));
    visit("bids", int(body.bids));
    visit("asks", int(body.asks));
}

fn trade(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Trade = record.body();
    visit("price", Field::Decimal(specs.price(record.instrument, body.price)));
    visit("qty", Field::Decimal(specs.qty(record.instrument, body.qty)));
    visit("aggressor", Field::Word(Side::from_code(body.aggressor).map_or("?", Side::as_str)));
    visit("exch_ts", int(body.exch_ts.0));
    visit("trade_id", int(body.trade_id));
}

fn quote(record: &Record, specs: &Specs, visit: &mut Visit<'_>) {
    let body: Quote = record.body();
    visit("bid", Field::Decimal(specs.price(record.instrument, body.bid)));
    visit("bid_qty", Field::Decimal(specs.qty(record.instrument, body.bid_qty)));
    visit("ask", Field::Decimal(specs.price(record.instrument, body.ask)));
    visit("ask_qty", Field::Decimal(specs.qty(record.instrument, body.ask_qty)));
    visit("exch_ts", int(body.exch_ts.0));
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

fn signal(body: &Signal, visit: &mut Visit<'_>) {
    visit("indicator", int(body.indicator));
    visit("line", int(body.line));
    visit("value", Field::Value(body.value()));
    if body.extra.get() != 0 {
        visit("extra", Field::Value(Value::from_bits(body.extra.get())));
    }
}

fn vote(body: &Vote, visit: &mut Visit<'_>) {
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
    for (name, seen) in ["seen_1", "seen_2", "seen_3", "seen_4"].into_iter().zip(body.seen) {
        visit(name, int(seen));
    }
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

fn verdict(body: &Verdict, visit: &mut Visit<'_>) {
    visit("rule", int(body.rule));
    visit("verdict", Field::Word(if body.passed == 0 { "refused" } else { "passed" }));
    visit("seen", int(body.seen.get()));
    visit("limit", int(body.limit.get()));
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
