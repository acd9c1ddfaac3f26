//! Requests of the Binance USD-M order session (`/ws-fapi/v1`).
//!
//! Fed by the session; the bytes go into one text frame. Parameters stand in
//! alphabetical order, because that order is signed (VENUES.md 0.5). It judges
//! only what the venue's language cannot say; the grid and the limits are risk's.

use crate::EncodeError;
use crate::session::Call;
use crate::sign::SignedParams;
use crate::write::Digits;
use types::{
    Action, ClientOrderId, InstrumentSpec, OrderFields, OrderType, Price, Qty, TimeInForce,
};

/// `order.place`.
pub(super) fn place(
    call: &Call<'_>,
    fields: &OrderFields,
    spec: &InstrumentSpec,
    buffer: &mut [u8],
) -> Result<usize, EncodeError> {
    check(fields, Action::Place)?;
    let limit = fields.order_type() == OrderType::Limit;
    if limit != (fields.price.0 > 0) {
        return Err(EncodeError::Price);
    }
    let (symbol, time_in_force) = (symbol(spec)?, time_in_force(fields)?);
    let mut digits = Digits::new();
    let mut params = SignedParams::open(call.signer, call.request.id, "order.place", buffer)?;
    params.text("newClientOrderId", &fields.id().digits());
    params.text("newOrderRespType", b"ACK");
    if limit {
        params.text("price", digits.decimal(spec.price(fields.price)));
    }
    params.text("quantity", digits.decimal(spec.qty(fields.qty)));
    params.integer("recvWindow", i64::from(call.recv_window_ms));
    if fields.reduce_only() {
        // Text, as documented: a JSON truth has no one spelling in signed text.
        params.text("reduceOnly", b"true");
    }
    params.text("side", fields.side().as_str().as_bytes());
    params.text("symbol", symbol);
    if limit {
        params.text("timeInForce", time_in_force);
    }
    params.integer("timestamp", call.request.timestamp_ms);
    params.text("type", fields.order_type().as_str().as_bytes());
    params.close()
}

/// `order.modify`: a new price and quantity for a working limit order.
pub(super) fn amend(
    call: &Call<'_>,
    fields: &OrderFields,
    spec: &InstrumentSpec,
    buffer: &mut [u8],
) -> Result<usize, EncodeError> {
    check(fields, Action::Amend)?;
    if fields.price <= Price(0) {
        return Err(EncodeError::Price);
    }
    let symbol = symbol(spec)?;
    let mut digits = Digits::new();
    let mut params = SignedParams::open(call.signer, call.request.id, "order.modify", buffer)?;
    params.text("origClientOrderId", &fields.id().digits());
    params.text("price", digits.decimal(spec.price(fields.price)));
    params.text("quantity", digits.decimal(spec.qty(fields.qty)));
    params.integer("recvWindow", i64::from(call.recv_window_ms));
    params.text("side", fields.side().as_str().as_bytes());
    params.text("symbol", symbol);
    params.integer("timestamp", call.request.timestamp_ms);
    params.close()
}

/// `order.cancel` and `order.status`, which name an order and nothing else.
pub(super) fn by_id(
    call: &Call<'_>,
    method: &'static str,
    order: ClientOrderId,
    (spec, buffer): (&InstrumentSpec, &mut [u8]),
) -> Result<usize, EncodeError> {
    let symbol = symbol(spec)?;
    let mut params = SignedParams::open(call.signer, call.request.id, method, buffer)?;
    params.text("origClientOrderId", &order.digits());
    params.integer("recvWindow", i64::from(call.recv_window_ms));
    params.text("symbol", symbol);
    params.integer("timestamp", call.request.timestamp_ms);
    params.close()
}

/// What holds for a placement and an amendment alike.
fn check(fields: &OrderFields, action: Action) -> Result<(), EncodeError> {
    if fields.action != action as u8 {
        return Err(EncodeError::Action);
    }
    if fields.qty <= Qty(0) {
        return Err(EncodeError::Qty);
    }
    // An unknown number must not turn into an order of another kind.
    if fields.side > 1 || fields.order_type > 1 {
        return Err(EncodeError::Unsupported);
    }
    Ok(())
}

/// The venue's word. GTD wants a date, which the fields do not carry. A market
/// order has no word, whatever the fields say.
fn time_in_force(fields: &OrderFields) -> Result<&'static [u8], EncodeError> {
    match TimeInForce::from_code(fields.time_in_force) {
        _ if fields.order_type() == OrderType::Market => Ok(b""),
        Some(TimeInForce::Gtd) | None => Err(EncodeError::Unsupported),
        Some(known) => Ok(known.as_str().as_bytes()),
    }
}

/// The symbol, free of what would break out of a JSON string.
fn symbol(spec: &InstrumentSpec) -> Result<&[u8], EncodeError> {
    let symbol = spec.symbol.as_bytes();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-';
    if symbol.is_empty() || !symbol.iter().all(plain) {
        return Err(EncodeError::Symbol);
    }
    Ok(symbol)
}
