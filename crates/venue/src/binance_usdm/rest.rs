//! REST bodies of Binance USD-M. Cold: it allocates, its errors are sentences.

use super::account;
use crate::cold::{amount, average, document, list, text, time_ms};
use crate::{AccountState, AssetBalance, OpenOrder, PositionState};
use serde_json::Value;
use types::{
    Decimal, InstrumentId, InstrumentSpec, Money, Nanos, OrderType, Price, Qty, Side, Symbol,
    TimeInForce,
};

/// Fees of an account without discounts, in millionths: 0.02% and 0.05%
/// (binance.com fee schedule, VIP 0). The caller overrides them.
const MAKER_PPM: i32 = 200;
const TAKER_PPM: i32 = 500;

/// Specifications of the wanted symbols; ids count from 0 in their order.
pub(super) fn exchange_info(bytes: &[u8], wanted: &[&str]) -> Result<Vec<InstrumentSpec>, String> {
    let info = document(bytes, "the exchange information")?;
    let symbols = list(&info["symbols"], "symbols of the exchange information")?;
    let mut specs = Vec::with_capacity(wanted.len());
    for (index, name) in wanted.iter().enumerate() {
        let entry = symbols
            .iter()
            .find(|entry| entry["symbol"].as_str() == Some(name))
            .ok_or_else(|| format!("the venue does not list {name}"))?;
        let id = u16::try_from(index)
            .map_err(|_| format!("{name} is one instrument more than an engine can hold"))?;
        let spec = specification(entry, name, InstrumentId(id))
            .map_err(|why| format!("{name} cannot be traded: {why}"))?;
        specs.push(spec);
    }
    Ok(specs)
}

fn specification(entry: &Value, name: &str, id: InstrumentId) -> Result<InstrumentSpec, String> {
    let filters = list(&entry["filters"], "filters")?;
    let filter = |kind: &str| {
        filters
            .iter()
            .find(|filter| filter["filterType"].as_str() == Some(kind))
            .ok_or_else(|| format!("it has no filter {kind}"))
    };
    // A book keeps orders from before the tick was made coarser (2021-07-22:
    // CTKUSDT at 0.50579 on a tick of 0.001), so prices need the stated
    // precision and not only the tick's.
    let tick = grid(filter("PRICE_FILTER")?, "tickSize", &entry["pricePrecision"])?;
    let lots = filter("LOT_SIZE")?;
    let step = grid(lots, "stepSize", &entry["quantityPrecision"])?;
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
        min_notional: match filter("MIN_NOTIONAL") {
            Ok(found) => amount(found, "notional")?,
            Err(_) => Money::ZERO,
        },
        maker_ppm: MAKER_PPM,
        taker_ppm: TAKER_PPM,
    };
    match spec.defect() {
        Some(defect) => Err(defect.to_owned()),
        None => Ok(spec),
    }
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

pub(super) fn server_time(bytes: &[u8]) -> Result<Nanos, String> {
    time_ms(&document(bytes, "the server time")?, "serverTime")
}

/// `/fapi/v3/account`, and `/fapi/v2/account` with its entry prices.
pub(super) fn account(bytes: &[u8]) -> Result<AccountState, String> {
    let value = document(bytes, "the account")?;
    let mut state = AccountState::default();
    for asset in list(&value["assets"], "assets of the account")? {
        state.balances.push(AssetBalance {
            asset: text(asset, "asset")?.to_owned(),
            wallet: amount(asset, "walletBalance")?,
            available: match asset["availableBalance"] {
                Value::Null => None,
                _ => Some(amount(asset, "availableBalance")?),
            },
        });
    }
    state.positions = held(list(&value["positions"], "positions of the account")?)?;
    Ok(state)
}

/// `/fapi/v3/positionRisk`: a list of positions with their entry prices.
pub(super) fn positions(bytes: &[u8]) -> Result<Vec<PositionState>, String> {
    let value = document(bytes, "the positions")?;
    held(list(&value, "the positions")?)
}

/// The positions that are not zero.
fn held(entries: &[Value]) -> Result<Vec<PositionState>, String> {
    let mut positions = Vec::new();
    for entry in entries {
        let qty = amount(entry, "positionAmt")?;
        if qty == Money::ZERO {
            continue;
        }
        positions.push(PositionState {
            symbol: text(entry, "symbol")?.to_owned(),
            qty,
            entry: match entry["entryPrice"] {
                Value::Null => None,
                _ => Some(average(entry, "entryPrice")?),
            },
            hedged: !matches!(entry["positionSide"].as_str(), None | Some("BOTH")),
        });
    }
    Ok(positions)
}

/// `/fapi/v1/openOrders`.
pub(super) fn open_orders(bytes: &[u8]) -> Result<Vec<OpenOrder>, String> {
    let value = document(bytes, "the open orders")?;
    list(&value, "the open orders")?.iter().map(open_order).collect()
}

fn open_order(entry: &Value) -> Result<OpenOrder, String> {
    let side = match text(entry, "side")? {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        other => return Err(format!("an open order has the side {other}")),
    };
    let kind = text(entry, "type")?;
    let time_in_force = text(entry, "timeInForce")?;
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
        state: account::state(text(entry, "status")?.as_bytes()),
        reduce_only: entry["reduceOnly"].as_bool().unwrap_or(false),
        updated: time_ms(entry, "updateTime")?,
    })
}

pub(super) fn listen_key(bytes: &[u8]) -> Result<String, String> {
    let value = document(bytes, "the listen key")?;
    let key = text(&value, "listenKey")?;
    // It goes into a path as it is.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    if key.is_empty() || !key.bytes().all(plain) {
        return Err("the listen key has characters that a path cannot carry".to_owned());
    }
    Ok(key.to_owned())
}
