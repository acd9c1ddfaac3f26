//! The checks that an order meets before it exists: parameters, steps, filters, with the venue's
//! codes.
//! Pure functions of the parameters and the instrument; margin and book are asked elsewhere.

use crate::config::Instrument;
use crate::number::{NumberError, parse};
use crate::order::{OrderRequest, OrderType, Side, TimeInForce};
use crate::params::Params;
use crate::refusal::{Refusal, refuse};

/// Reads `symbol` and finds it among the instruments.
pub(crate) fn instrument_of(params: &Params, all: &[Instrument]) -> Result<usize, Refusal> {
    let symbol = params.need("symbol")?;
    all.iter().position(|i| i.symbol == symbol).ok_or_else(|| refuse(-1121))
}

/// Whether the id matches `^[.A-Z:/a-z0-9_-]{1,36}$`.
pub(crate) fn client_id_is_valid(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".:/_-".contains(&b);
    (1..=36).contains(&id.len()) && id.bytes().all(allowed)
}

/// A new order from its parameters, with every check that needs only the instrument.
pub(crate) fn order_request(params: &Params, all: &[Instrument]) -> Result<OrderRequest, Refusal> {
    let index = instrument_of(params, all)?;
    let instrument = &all[index];
    let side = side_of(params)?;
    let kind = type_of(params)?;
    let tif = tif_of(params, kind)?;
    if params.get("positionSide").is_some_and(|v| v != "BOTH") {
        return Err(refuse(-4061));
    }
    let client_id = params.get("newClientOrderId").unwrap_or("").to_owned();
    if !client_id.is_empty() && !client_id_is_valid(&client_id) {
        return Err(refuse(-4015));
    }
    let qty = quantity(params.need("quantity")?, instrument, kind)?;
    let price = match kind {
        OrderType::Limit => limit_price(params.need("price")?, instrument)?,
        OrderType::Market if params.get("price").is_some() => {
            return Err(Refusal::new(-1106, "Parameter 'price' sent when not required."));
        }
        OrderType::Market => 0,
    };
    let result_wanted = match params.get("newOrderRespType") {
        None | Some("ACK") => false,
        Some("RESULT") => true,
        Some(_) => {
            return Err(Refusal::new(
                -1130,
                "Data sent for parameter 'newOrderRespType' is not valid.",
            ));
        }
    };
    let reduce_only = flag(params, "reduceOnly")?;
    Ok(OrderRequest {
        instrument: index,
        client_id,
        side,
        kind,
        tif,
        price,
        qty,
        reduce_only,
        result_wanted,
    })
}

pub(crate) fn side_of(params: &Params) -> Result<Side, Refusal> {
    match params.need("side")? {
        "BUY" => Ok(Side::Buy),
        "SELL" => Ok(Side::Sell),
        _ => Err(refuse(-1117)),
    }
}

fn type_of(params: &Params) -> Result<OrderType, Refusal> {
    match params.need("type")? {
        "LIMIT" => Ok(OrderType::Limit),
        "MARKET" => Ok(OrderType::Market),
        "STOP" | "STOP_MARKET" | "TAKE_PROFIT" | "TAKE_PROFIT_MARKET" | "TRAILING_STOP_MARKET" => {
            Err(refuse(-4120))
        }
        _ => Err(refuse(-1116)),
    }
}

fn tif_of(params: &Params, kind: OrderType) -> Result<TimeInForce, Refusal> {
    if kind == OrderType::Market {
        return match params.get("timeInForce") {
            // The venue itself reports GTC for a market order.
            None => Ok(TimeInForce::Gtc),
            Some(_) => Err(Refusal::new(-1106, "Parameter 'timeInForce' sent when not required.")),
        };
    }
    match params.need("timeInForce")? {
        "GTC" => Ok(TimeInForce::Gtc),
        "IOC" => Ok(TimeInForce::Ioc),
        "FOK" => Ok(TimeInForce::Fok),
        "GTX" => Ok(TimeInForce::Gtx),
        _ => Err(refuse(-1115)),
    }
}

fn flag(params: &Params, name: &str) -> Result<bool, Refusal> {
    match params.get(name) {
        None | Some("false" | "FALSE") => Ok(false),
        Some("true" | "TRUE") => Ok(true),
        Some(_) => {
            Err(Refusal::new(-1130, &format!("Data sent for parameter '{name}' is not valid.")))
        }
    }
}

fn mantissa(text: &str, decimals: u32, name: &str) -> Result<i64, Refusal> {
    parse(text, decimals).map_err(|why| match why {
        NumberError::TooPrecise => refuse(-1111),
        NumberError::Malformed | NumberError::TooLarge => Refusal::new(
            -1100,
            &format!(
                "Illegal characters found in parameter '{name}'; legal range is \
                '^([0-9]{{1,20}})(\\.[0-9]{{1,20}})?$'."
            ),
        ),
    })
}

/// A quantity that meets LOT_SIZE, or MARKET_LOT_SIZE for a market order.
pub(crate) fn quantity(
    text: &str,
    instrument: &Instrument,
    kind: OrderType,
) -> Result<i64, Refusal> {
    let qty = mantissa(text, instrument.qty_decimals, "quantity")?;
    let most = match kind {
        OrderType::Limit => instrument.qty_max,
        OrderType::Market => instrument.market_qty_max,
    };
    match qty {
        q if q <= 0 => Err(refuse(-4003)),
        q if q < instrument.qty_min => Err(refuse(-4004)),
        q if q > most => Err(refuse(-4005)),
        q if q % instrument.lot_size != 0 => Err(refuse(-4023)),
        q => Ok(q),
    }
}

/// A price that meets PRICE_FILTER.
pub(crate) fn limit_price(text: &str, instrument: &Instrument) -> Result<i64, Refusal> {
    let price = mantissa(text, instrument.price_decimals, "price")?;
    match price {
        p if p <= 0 => Err(refuse(-4001)),
        p if p < instrument.price_min => Err(refuse(-4013)),
        p if p > instrument.price_max => Err(refuse(-4002)),
        p if p % instrument.tick_size != 0 => Err(refuse(-4014)),
        p => Ok(p),
    }
}

/// MIN_NOTIONAL, from which reduce-only orders are exempt. `price` is the limit, or the touch for a
/// market order.
pub(crate) fn check_notional(
    instrument: &Instrument,
    request: &OrderRequest,
    price: i64,
) -> Result<(), Refusal> {
    if request.reduce_only || instrument.notional(price, request.qty) >= instrument.notional_min {
        return Ok(());
    }
    let floor = crate::number::money_text(instrument.notional_min);
    let floor = floor.trim_end_matches('0').trim_end_matches('.');
    Err(Refusal::new(
        -4164,
        &format!(
            "Order's notional must be no smaller than {floor} (unless you choose reduce only)."
        ),
    ))
}

/// PERCENT_PRICE: a buy not too far above the mid, a sell not too far below it.
pub(crate) fn check_band(
    instrument: &Instrument,
    request: &OrderRequest,
    mid_doubled: i64,
) -> Result<(), Refusal> {
    let price = i128::from(request.price) * 2_000_000;
    let mid = i128::from(mid_doubled);
    let band = i128::from(instrument.price_band_ppm);
    if request.side == Side::Buy && price > mid * (1_000_000 + band) {
        return Err(Refusal::new(-4016, "Limit price can't be higher than the price cap."));
    }
    if request.side == Side::Sell && price < mid * (1_000_000 - band) {
        return Err(Refusal::new(-4024, "Limit price can't be lower than the price floor."));
    }
    Ok(())
}
