//! REST bodies that both dialects write alike. Cold: it allocates, its errors
//! are sentences.
//!
//! Called by the dialects' own readers, which know the paths.

use super::fields;
use crate::cold::{amount, document, list, text, time_ms};
use crate::{Filters, OpenOrder, PriceBand, UserTrade};
use serde_json::Value;
use types::{
    Decimal, InstrumentId, InstrumentSpec, Money, Nanos, OrderType, Price, Qty, Side, Symbol,
    TimeInForce,
};

/// What differs between the two exchange informations.
pub(crate) struct Dressing {
    /// Keys of the stated decimals of prices and quantities.
    pub(crate) precisions: (&'static str, &'static str),
    /// Fees of an account without discounts, in millionths.
    pub(crate) fees_ppm: (i32, i32),
}

/// Specifications of the wanted symbols; ids count from 0 in their order.
pub(crate) fn exchange_info(
    bytes: &[u8],
    wanted: &[&str],
    dressing: &Dressing,
) -> Result<Vec<InstrumentSpec>, String> {
    let info = document(bytes, "the exchange information")?;
    let mut specs = Vec::with_capacity(wanted.len());
    for (index, name) in wanted.iter().enumerate() {
        let entry = listed(&info, name)?;
        let id = u16::try_from(index)
            .map_err(|_| format!("{name} is one instrument more than an engine can hold"))?;
        let spec = specification(entry, (name, InstrumentId(id)), dressing)
            .map_err(|why| format!("{name} cannot be traded: {why}"))?;
        specs.push(spec);
    }
    Ok(specs)
}

fn listed<'v>(info: &'v Value, name: &str) -> Result<&'v Value, String> {
    list(&info["symbols"], "symbols of the exchange information")?
        .iter()
        .find(|entry| entry["symbol"].as_str() == Some(name))
        .ok_or_else(|| format!("the venue does not list {name}"))
}

/// A filter of a symbol by its type.
fn filter<'v>(entry: &'v Value, kind: &str) -> Result<Option<&'v Value>, String> {
    let filters = list(&entry["filters"], "filters")?;
    Ok(filters.iter().find(|filter| filter["filterType"].as_str() == Some(kind)))
}

fn specification(
    entry: &Value,
    (name, id): (&str, InstrumentId),
    dressing: &Dressing,
) -> Result<InstrumentSpec, String> {
    let needed = |kind: &str| filter(entry, kind)?.ok_or(format!("it has no filter {kind}"));
    // A book keeps orders from before the tick was made coarser (USD-M
    // 2021-07-22: CTKUSDT at 0.50579 on a tick of 0.001; spot 2021-10-12: NKNUSDT
    // with five places on a tick of four), so prices need the stated precision
    // and not only the tick's.
    let (price_key, qty_key) = dressing.precisions;
    let tick = grid(needed("PRICE_FILTER")?, "tickSize", &entry[price_key])?;
    let lots = needed("LOT_SIZE")?;
    let step = grid(lots, "stepSize", &entry[qty_key])?;
    let bound = |key: &str| {
        let digits = text(lots, key)?;
        Decimal::parse_at(digits.as_bytes(), step.places)
            .map(Qty)
            .map_err(|error| format!("{key} = {digits}: {error}"))
    };
    let spec = InstrumentSpec {
        id,
        version: 1,
        symbol: Symbol::new(name).ok_or("its symbol is not 1 to 24 printable ASCII characters")?,
        price_decimals: tick.places,
        qty_decimals: step.places,
        tick_size: Price(tick.mantissa),
        lot_size: Qty(step.mantissa),
        min_qty: bound("minQty")?,
        max_qty: bound("maxQty")?,
        min_notional: min_notional(entry)?,
        maker_ppm: dressing.fees_ppm.0,
        taker_ppm: dressing.fees_ppm.1,
    };
    match spec.defect() {
        Some(defect) => Err(defect.to_owned()),
        None => Ok(spec),
    }
}

/// MIN_NOTIONAL says `notional` (USD-M) or `minNotional` (spot, before it had
/// NOTIONAL, which stands in for it since).
fn min_notional(entry: &Value) -> Result<Money, String> {
    for kind in ["NOTIONAL", "MIN_NOTIONAL"] {
        let Some(found) = filter(entry, kind)? else { continue };
        let key = if found["notional"].is_null() { "minNotional" } else { "notional" };
        return amount(found, key);
    }
    Ok(Money::ZERO)
}

/// The filters that a specification does not hold, of each symbol; the document, which may have
/// megabytes, is read once.
pub(crate) fn filters(bytes: &[u8], wanted: &[&str]) -> Result<Vec<Filters>, String> {
    let info = document(bytes, "the exchange information")?;
    let of = |symbol: &&str| {
        let entry = listed(&info, symbol)?;
        read_filters(entry).map_err(|why| format!("filters of {symbol}: {why}"))
    };
    wanted.iter().map(of).collect()
}

fn read_filters(entry: &Value) -> Result<Filters, String> {
    // Zero turns a bound off, say the venue's documents.
    let bound = |kind: &str, key: &str| -> Result<Option<Money>, String> {
        let Some(found) = filter(entry, kind)?.filter(|found| !found[key].is_null()) else {
            return Ok(None);
        };
        Ok(Some(amount(found, key)?).filter(|bound| *bound != Money::ZERO))
    };
    let orders = filter(entry, "MAX_NUM_ORDERS")?;
    let count = orders.and_then(|f| f["maxNumOrders"].as_u64().or_else(|| f["limit"].as_u64()));
    Ok(Filters {
        status: entry["status"].as_str().unwrap_or_default().to_owned(),
        base_asset: entry["baseAsset"].as_str().unwrap_or_default().to_owned(),
        min_price: bound("PRICE_FILTER", "minPrice")?,
        max_price: bound("PRICE_FILTER", "maxPrice")?,
        market_max_qty: bound("MARKET_LOT_SIZE", "maxQty")?,
        max_notional: bound("NOTIONAL", "maxNotional")?,
        price_band: price_band(entry)?,
        max_orders: count.and_then(|count| u32::try_from(count).ok()),
    })
}

/// PERCENT_PRICE_BY_SIDE where there is one, else PERCENT_PRICE for both sides.
fn price_band(entry: &Value) -> Result<Option<PriceBand>, String> {
    let factor = |filter: &Value, key: &str| {
        let digits = text(filter, key)?;
        Decimal::parse(digits.as_bytes()).map_err(|error| format!("{key} = {digits}: {error}"))
    };
    if let Some(found) = filter(entry, "PERCENT_PRICE_BY_SIDE")? {
        return Ok(Some(PriceBand {
            buy_up: factor(found, "bidMultiplierUp")?,
            buy_down: factor(found, "bidMultiplierDown")?,
            sell_up: factor(found, "askMultiplierUp")?,
            sell_down: factor(found, "askMultiplierDown")?,
        }));
    }
    let Some(found) = filter(entry, "PERCENT_PRICE")? else { return Ok(None) };
    let (up, down) = (factor(found, "multiplierUp")?, factor(found, "multiplierDown")?);
    Ok(Some(PriceBand { buy_up: up, buy_down: down, sell_up: up, sell_down: down }))
}

/// A step of a grid at the places of its instrument: the step's own without
/// trailing zeros, or the stated precision where that is finer.
fn grid(filter: &Value, key: &str, precision: &Value) -> Result<Decimal, String> {
    let digits = text(filter, key)?;
    let fault = |why: &dyn std::fmt::Display| format!("{key} = {digits}: {why}");
    let step = Decimal::parse(digits.as_bytes()).map_err(|error| fault(&error))?.trimmed();
    if step.mantissa <= 0 {
        return Err(fault(&"it is not above zero"));
    }
    let stated = precision.as_u64().and_then(|places| u8::try_from(places).ok()).unwrap_or(0);
    let places = step.places.max(stated);
    let mantissa = step.at(places).ok_or_else(|| fault(&"it does not fit its precision"))?;
    Ok(Decimal::new(mantissa, places))
}

/// The venue's clock.
pub(crate) fn server_time(bytes: &[u8]) -> Result<Nanos, String> {
    time_ms(&document(bytes, "the server time")?, "serverTime")
}

/// Working orders.
pub(crate) fn open_orders(bytes: &[u8]) -> Result<Vec<OpenOrder>, String> {
    let value = document(bytes, "the open orders")?;
    list(&value, "the open orders")?.iter().map(open_order).collect()
}

fn open_order(entry: &Value) -> Result<OpenOrder, String> {
    let side = match text(entry, "side")? {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        other => return Err(format!("an open order has the side {other}")),
    };
    // Spot says post-only by the type.
    let (kind, time_in_force) = match text(entry, "type")? {
        "LIMIT_MAKER" => (OrderType::Limit.as_str(), TimeInForce::Gtx.as_str()),
        kind => (kind, text(entry, "timeInForce")?),
    };
    Ok(OpenOrder {
        symbol: text(entry, "symbol")?.to_owned(),
        venue_order_id: entry["orderId"].as_u64().ok_or("an open order has no orderId")?,
        client_order_id: text(entry, "clientOrderId")?.to_owned(),
        side,
        order_type: OrderType::ALL.iter().copied().find(|known| known.as_str() == kind),
        time_in_force: TimeInForce::ALL
            .iter()
            .copied()
            .find(|known| known.as_str() == time_in_force),
        price: amount(entry, "price")?,
        qty: amount(entry, "origQty")?,
        filled: amount(entry, "executedQty")?,
        state: fields::state(text(entry, "status")?.as_bytes()),
        reduce_only: entry["reduceOnly"].as_bool().unwrap_or(false),
        updated: time_ms(entry, "updateTime")?,
    })
}

/// Our fills.
pub(crate) fn user_trades(bytes: &[u8]) -> Result<Vec<UserTrade>, String> {
    let value = document(bytes, "our trades")?;
    list(&value, "our trades")?.iter().map(user_trade).collect()
}

fn user_trade(entry: &Value) -> Result<UserTrade, String> {
    let truth = |key: &str| entry[key].as_bool();
    let id =
        |key: &str| entry[key].as_u64().ok_or_else(|| format!("one of our trades has no {key}"));
    // USD-M says both; spot calls them isBuyer and isMaker.
    let buyer =
        truth("buyer").or_else(|| truth("isBuyer")).ok_or("one of our trades has no side")?;
    let maker =
        truth("maker").or_else(|| truth("isMaker")).ok_or("one of our trades has no maker")?;
    Ok(UserTrade {
        symbol: text(entry, "symbol")?.to_owned(),
        trade_id: id("id")?,
        venue_order_id: id("orderId")?,
        side: if buyer { Side::Buy } else { Side::Sell },
        price: amount(entry, "price")?,
        qty: amount(entry, "qty")?,
        fee: amount(entry, "commission")?,
        fee_asset: text(entry, "commissionAsset")?.to_owned(),
        maker,
        time: time_ms(entry, "time")?,
    })
}
