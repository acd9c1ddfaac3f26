//! What REST bodies say, as plain structs, and the helpers that read them.
//!
//! Cold rooms call it at start and while reconciling; it allocates and its
//! errors are sentences. It never sees a socket.

use serde_json::Value;
use types::{Decimal, Money, Nanos, OrderState, OrderType, Price, Side, TimeInForce};

/// A balance of one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetBalance {
    /// The asset's name, `USDT`.
    pub asset: String,
    /// The whole amount, without open positions' profit.
    pub wallet: Money,
    /// What may be used for new orders, where the venue says so.
    pub available: Option<Money>,
}

/// A position in one instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionState {
    /// The venue's symbol.
    pub symbol: String,
    /// Signed, short is negative; 1 is a whole unit of the base asset.
    pub qty: Money,
    /// Average entry price; digits beyond the 18th place are dropped. `None`
    /// where the endpoint does not give it.
    pub entry: Option<Money>,
    /// Whether it is one leg of a hedge (`LONG` or `SHORT`), which the engine
    /// does not trade.
    pub hedged: bool,
}

impl PositionState {
    /// The entry price as a mantissa of `price_decimals`, truncated toward zero.
    #[must_use]
    pub fn entry_price(&self, price_decimals: u8) -> Option<Price> {
        let drop = u32::from(Money::SCALE.checked_sub(price_decimals)?);
        i64::try_from(self.entry?.0 / 10_i128.pow(drop)).ok().map(Price)
    }
}

/// An account: what it has and what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountState {
    /// Every asset that the venue lists.
    pub balances: Vec<AssetBalance>,
    /// Every position that is not zero.
    pub positions: Vec<PositionState>,
}

/// A working order, ours or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// The venue's symbol.
    pub symbol: String,
    /// The venue's id.
    pub venue_order_id: u64,
    /// The client's id as text; ours parse as [`types::ClientOrderId`].
    pub client_order_id: String,
    /// Buy or sell.
    pub side: Side,
    /// Limit or market; `None` for a type that the engine does not place.
    pub order_type: Option<OrderType>,
    /// `None` for one that the engine does not use.
    pub time_in_force: Option<TimeInForce>,
    /// Its limit at scale 18.
    pub price: Money,
    /// What was ordered, at scale 18.
    pub qty: Money,
    /// What has been filled, at scale 18.
    pub filled: Money,
    /// The venue's word for its state.
    pub state: OrderState,
    /// Whether it may only reduce.
    pub reduce_only: bool,
    /// When the venue last changed it.
    pub updated: Nanos,
}

/// One of our fills, as REST tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTrade {
    /// The venue's symbol.
    pub symbol: String,
    /// The venue's id of the fill.
    pub trade_id: u64,
    /// The venue's id of the order.
    pub venue_order_id: u64,
    /// Buy or sell.
    pub side: Side,
    /// At what price, at scale 18.
    pub price: Money,
    /// How much, at scale 18.
    pub qty: Money,
    /// What it cost; negative is a rebate.
    pub fee: Money,
    /// In which asset.
    pub fee_asset: String,
    /// Whether our order rested.
    pub maker: bool,
    /// When it happened.
    pub time: Nanos,
}

/// How far a price may lie from the venue's reference, as factors of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceBand {
    /// A buy's price is at most the reference times this.
    pub buy_up: Decimal,
    /// A buy's price is at least the reference times this.
    pub buy_down: Decimal,
    /// As `buy_up`, of a sell.
    pub sell_up: Decimal,
    /// As `buy_down`, of a sell.
    pub sell_down: Decimal,
}

/// The venue's filters of one instrument that its specification does not hold.
/// `None` where the venue states none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filters {
    /// The venue's word for its state: `TRADING`, `BREAK`, `CANCEL_ONLY`, …
    pub status: String,
    /// The asset that is traded: `BTC` of `BTCUSDT`; empty where the venue says none.
    pub base_asset: String,
    /// The least price, at scale 18.
    pub min_price: Option<Money>,
    /// The highest price, at scale 18.
    pub max_price: Option<Money>,
    /// The most quantity of a market order, at scale 18.
    pub market_max_qty: Option<Money>,
    /// The most notional of an order, at scale 18.
    pub max_notional: Option<Money>,
    /// How far a price may lie from the reference.
    pub price_band: Option<PriceBand>,
    /// How many orders may work at once.
    pub max_orders: Option<u32>,
}

/// Parses a body, and turns the venue's own error object into a sentence.
pub(crate) fn document(bytes: &[u8], what: &str) -> Result<Value, String> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("{what} is not JSON: {error}"))?;
    if let (Some(code), Some(message)) = (value["code"].as_i64(), value["msg"].as_str())
        && code < 0
    {
        return Err(format!("the venue refused {what}: {code} {message}"));
    }
    Ok(value)
}

/// The text of `key`.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str, String> {
    value[key].as_str().ok_or_else(|| format!("{key} is missing or is not a string"))
}

/// The amount of `key`, exact; venues of this crate write amounts as strings.
pub(crate) fn amount(value: &Value, key: &str) -> Result<Money, String> {
    let digits = text(value, key)?;
    Money::parse(digits.as_bytes()).map_err(|error| format!("{key} = {digits}: {error}"))
}

/// As [`amount`], but digits beyond the 18th place are dropped: for averages,
/// which venues compute.
pub(crate) fn average(value: &Value, key: &str) -> Result<Money, String> {
    let digits = text(value, key)?;
    let end = match digits.find('.') {
        Some(point) => digits.len().min(point + 1 + usize::from(Money::SCALE)),
        None => digits.len(),
    };
    let kept = digits.get(..end).unwrap_or(digits);
    Money::parse(kept.as_bytes()).map_err(|error| format!("{key} = {digits}: {error}"))
}

/// The elements of `value`.
pub(crate) fn list<'v>(value: &'v Value, what: &str) -> Result<&'v [Value], String> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("{what} is not a list"))
}

/// The time of `key`, which is in milliseconds.
pub(crate) fn time_ms(value: &Value, key: &str) -> Result<Nanos, String> {
    value[key]
        .as_i64()
        .filter(|ms| *ms >= 0)
        .and_then(|ms| ms.checked_mul(Nanos::PER_MS))
        .map(Nanos)
        .ok_or_else(|| format!("{key} is missing or is no time in milliseconds"))
}
