//! What a spot order must pass before it exists, with the venue's codes: -1013 names the filter.
//! Pure functions of the parameters and the instrument; balances and book are asked elsewhere.

use crate::config::Instrument;
use crate::filters::{instrument_of, side_of};
use crate::number::{NumberError, parse};
use crate::order::{OrderRequest, OrderType, Side, TimeInForce};
use crate::params::Params;
use crate::refusal::{Refusal, refuse};

/// The refusal of a filter.
pub(super) fn failure(filter: &str) -> Refusal {
    Refusal::new(-1013, &format!("Filter failure: {filter}"))
}

/// Whether the id matches `^[a-zA-Z0-9-_]{1,36}$`, which is narrower than on futures.
pub(crate) fn client_id_is_valid(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    (1..=36).contains(&id.len()) && id.bytes().all(allowed)
}

pub(super) fn bad_client_id() -> Refusal {
    Refusal::new(
        -1100,
        "Illegal characters found in parameter 'newClientOrderId'; legal range is \
            '^[a-zA-Z0-9-_]{1,36}$'.",
    )
}

/// A new order from its parameters, with every check that needs only the instrument.
pub(super) fn order_request(params: &Params, all: &[Instrument]) -> Result<OrderRequest, Refusal> {
    let index = instrument_of(params, all)?;
    let instrument = &all[index];
    let side = side_of(params)?;
    let (kind, post_only) = match params.need("type")? {
        "LIMIT" => (OrderType::Limit, false),
        "LIMIT_MAKER" => (OrderType::Limit, true),
        "MARKET" => (OrderType::Market, false),
        _ => return Err(refuse(-1116)),
    };
    for futures_only in ["reduceOnly", "positionSide", "closePosition"] {
        if params.get(futures_only).is_some() {
            return Err(Refusal::new(
                -1104,
                "Not all sent parameters were read; read fewer parameters than were sent.",
            ));
        }
    }
    let tif = tif_of(params, kind, post_only)?;
    let client_id = params.get("newClientOrderId").unwrap_or("").to_owned();
    if !client_id.is_empty() && !client_id_is_valid(&client_id) {
        return Err(bad_client_id());
    }
    let qty = quantity(params.need("quantity")?, instrument, kind)?;
    let price = match kind {
        OrderType::Limit => price(params.need("price")?, instrument)?,
        OrderType::Market if params.get("price").is_some() => {
            return Err(Refusal::new(-1106, "Parameter 'price' sent when not required."));
        }
        OrderType::Market => 0,
    };
    if !matches!(params.get("newOrderRespType"), None | Some("ACK" | "RESULT" | "FULL")) {
        return Err(Refusal::new(-1123, "Invalid newOrderRespType."));
    }
    Ok(OrderRequest {
        instrument: index,
        client_id,
        side,
        kind,
        tif,
        price,
        qty,
        reduce_only: false,
        result_wanted: true,
    })
}

fn tif_of(params: &Params, kind: OrderType, post_only: bool) -> Result<TimeInForce, Refusal> {
    let given = params.get("timeInForce");
    if kind == OrderType::Market || post_only {
        let usual = if post_only { TimeInForce::Gtx } else { TimeInForce::Gtc };
        return match given {
            None => Ok(usual),
            Some(_) => Err(Refusal::new(-1106, "Parameter 'timeInForce' sent when not required.")),
        };
    }
    match params.need("timeInForce")? {
        "GTC" => Ok(TimeInForce::Gtc),
        "IOC" => Ok(TimeInForce::Ioc),
        "FOK" => Ok(TimeInForce::Fok),
        _ => Err(refuse(-1115)),
    }
}

fn mantissa(text: &str, decimals: u32, name: &str, filter: &str) -> Result<i64, Refusal> {
    parse(text, decimals).map_err(|why| match why {
        // Finer than the venue counts is -1111; finer than the step alone is the filter's.
        NumberError::TooPrecise if decimals >= 8 => refuse(-1111),
        NumberError::TooPrecise => failure(filter),
        NumberError::Malformed | NumberError::TooLarge => Refusal::new(
            -1100,
            &format!(
                "Illegal characters found in parameter '{name}'; legal range is \
                    '^([0-9]{{1,20}})(\\.[0-9]{{1,20}})?$'."
            ),
        ),
    })
}

/// A quantity that meets LOT_SIZE, and MARKET_LOT_SIZE for a market order.
pub(super) fn quantity(
    text: &str,
    instrument: &Instrument,
    kind: OrderType,
) -> Result<i64, Refusal> {
    let qty = mantissa(text, instrument.qty_decimals, "quantity", "LOT_SIZE")?;
    let is_lot =
        qty >= instrument.qty_min && qty <= instrument.qty_max && qty % instrument.lot_size == 0;
    match kind {
        _ if !is_lot => Err(failure("LOT_SIZE")),
        OrderType::Market if qty > instrument.market_qty_max => Err(failure("MARKET_LOT_SIZE")),
        _ => Ok(qty),
    }
}

/// A price that meets PRICE_FILTER.
fn price(text: &str, instrument: &Instrument) -> Result<i64, Refusal> {
    let price = mantissa(text, instrument.price_decimals, "price", "PRICE_FILTER")?;
    let fits = price >= instrument.price_min
        && price <= instrument.price_max
        && price % instrument.tick_size == 0;
    if fits { Ok(price) } else { Err(failure("PRICE_FILTER")) }
}

/// NOTIONAL, and PERCENT_PRICE_BY_SIDE of a limit order around the mid.
pub(super) fn check_value(
    instrument: &Instrument,
    request: &OrderRequest,
    price: i64,
    mid_doubled: Option<i64>,
) -> Result<(), Refusal> {
    if instrument.notional(price, request.qty) < instrument.notional_min {
        return Err(failure("NOTIONAL"));
    }
    let Some(mid) = mid_doubled.filter(|_| request.kind == OrderType::Limit) else {
        return Ok(());
    };
    let (price, mid) = (i128::from(price) * 2_000_000, i128::from(mid));
    let band = i128::from(instrument.price_band_ppm);
    let strays = match request.side {
        Side::Buy => price > mid * (1_000_000 + band),
        Side::Sell => price < mid * (1_000_000 - band),
    };
    if strays { Err(failure("PERCENT_PRICE_BY_SIDE")) } else { Ok(()) }
}
