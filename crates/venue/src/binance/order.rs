//! Requests of Binance's order sessions (`/ws-api/v3`, `/ws-fapi/v1`).
//!
//! Fed by the session; the bytes go into one text frame. It judges only what
//! the venue's language cannot say; the grid and the limits are risk's.

use super::Family;
use crate::EncodeError;
use crate::params::{Params, TEXT, param};
use crate::session::{Ask, Call, Open};
use crate::write::{Digits, id_digits};
use types::{
    Action, ClientOrderId, InstrumentSpec, OrderFields, OrderType, Price, Qty, TimeInForce,
};

/// Writes what is asked about an instrument.
#[inline]
pub(crate) fn encode(
    call: &Call<'_>,
    family: Family,
    (ask, spec): (Ask<'_>, &InstrumentSpec),
    buffer: &mut [u8],
) -> Result<usize, EncodeError> {
    let mut out = Out { call, family, spec, buffer, text: [0; TEXT] };
    if call.logged_on { out.ask::<false>(ask) } else { out.ask::<true>(ask) }
}

/// Writes what is asked about the connection. Both are signed: the logon because
/// it comes first, the subscription in its form that needs none before it.
pub(crate) fn encode_open(
    call: &Call<'_>,
    family: Family,
    open: Open,
    buffer: &mut [u8],
) -> Result<usize, EncodeError> {
    let mut text = [0; TEXT];
    match open {
        Open::Logon => {
            let mut params = Params::<true>::open(call, "session.logon", buffer, &mut text)?;
            params.recv_window();
            params.timestamp();
            params.close()
        }
        Open::Subscribe if family == Family::UsdM => Err(EncodeError::Unsupported),
        Open::Subscribe => {
            let method = "userDataStream.subscribe.signature";
            let mut params = Params::<true>::open(call, method, buffer, &mut text)?;
            params.timestamp();
            params.close()
        }
    }
}

/// A request in the making.
struct Out<'b, 'c> {
    call: &'c Call<'c>,
    family: Family,
    spec: &'c InstrumentSpec,
    buffer: &'b mut [u8],
    text: [u8; TEXT],
}

impl Out<'_, '_> {
    #[inline]
    fn ask<const SIGNED: bool>(&mut self, ask: Ask<'_>) -> Result<usize, EncodeError> {
        let symbol = symbol(self.spec)?;
        match (ask, self.family) {
            (Ask::Place(fields), _) => self.place::<SIGNED>(fields, symbol),
            (Ask::Amend(fields), Family::UsdM) => self.modify::<SIGNED>(fields, symbol),
            (Ask::Amend(fields), Family::Spot) => self.lower::<SIGNED>(fields, symbol),
            (Ask::Cancel(order), _) => self.by_id::<SIGNED>("order.cancel", order, symbol),
            (Ask::Status(order), _) => self.by_id::<SIGNED>("order.status", order, symbol),
            (Ask::CancelAll | Ask::Trades(_), Family::UsdM) => Err(EncodeError::Unsupported),
            (Ask::CancelAll, Family::Spot) => {
                let mut params = self.open::<SIGNED>("openOrders.cancelAll")?;
                params.recv_window();
                param!(params, "symbol", symbol);
                params.timestamp();
                params.close()
            }
            (Ask::Trades(order), Family::Spot) => {
                let order = i64::try_from(order).map_err(|_| EncodeError::Request)?;
                let mut params = self.open::<SIGNED>("myTrades")?;
                param!(params, "orderId", bare Digits::new().integer(order));
                params.recv_window();
                param!(params, "symbol", symbol);
                params.timestamp();
                params.close()
            }
        }
    }

    #[inline]
    fn open<const SIGNED: bool>(
        &mut self,
        method: &'static str,
    ) -> Result<Params<'_, '_, SIGNED>, EncodeError> {
        Params::open(self.call, method, self.buffer, &mut self.text)
    }

    /// `order.place`.
    #[inline]
    fn place<const SIGNED: bool>(
        &mut self,
        fields: &OrderFields,
        symbol: &[u8],
    ) -> Result<usize, EncodeError> {
        check(fields, Action::Place)?;
        let limit = fields.order_type() == OrderType::Limit;
        if limit != (fields.price.0 > 0) {
            return Err(EncodeError::Price);
        }
        let (kind, time_in_force) = words(self.family, fields)?;
        let (family, spec) = (self.family, self.spec);
        let mut params = self.open::<SIGNED>("order.place")?;
        param!(params, "newClientOrderId", &id_digits(fields.id()));
        if family == Family::Spot {
            // USD-M answers so by itself; a shorter text is one block less to hash.
            param!(params, "newOrderRespType", b"ACK");
        }
        if limit {
            params.price(spec.price(fields.price));
        }
        param!(params, "quantity", Digits::new().decimal(spec.qty(fields.qty)));
        params.recv_window();
        if fields.reduce_only() {
            // Text, as documented: a JSON truth has no one spelling in signed text.
            param!(params, "reduceOnly", b"true");
        }
        param!(params, "side", fields.side().as_str().as_bytes());
        param!(params, "symbol", symbol);
        if let Some(word) = time_in_force {
            param!(params, "timeInForce", word);
        }
        params.timestamp();
        param!(params, "type", kind);
        params.close()
    }

    /// `order.modify`: a new price and quantity for a working limit order.
    fn modify<const SIGNED: bool>(
        &mut self,
        fields: &OrderFields,
        symbol: &[u8],
    ) -> Result<usize, EncodeError> {
        check(fields, Action::Amend)?;
        if fields.price <= Price(0) {
            return Err(EncodeError::Price);
        }
        let spec = self.spec;
        let mut params = self.open::<SIGNED>("order.modify")?;
        param!(params, "origClientOrderId", &id_digits(fields.id()));
        params.price(spec.price(fields.price));
        param!(params, "quantity", Digits::new().decimal(spec.qty(fields.qty)));
        params.recv_window();
        param!(params, "side", fields.side().as_str().as_bytes());
        param!(params, "symbol", symbol);
        params.timestamp();
        params.close()
    }

    /// `order.amend.keepPriority`: spot takes a lower quantity and no other
    /// price. Its id is given again, for without one the venue makes one up.
    fn lower<const SIGNED: bool>(
        &mut self,
        fields: &OrderFields,
        symbol: &[u8],
    ) -> Result<usize, EncodeError> {
        check(fields, Action::Amend)?;
        if fields.price != Price(0) {
            return Err(EncodeError::Unsupported);
        }
        let spec = self.spec;
        let digits = id_digits(fields.id());
        let mut params = self.open::<SIGNED>("order.amend.keepPriority")?;
        param!(params, "newClientOrderId", &digits);
        param!(params, "newQty", Digits::new().decimal(spec.qty(fields.qty)));
        param!(params, "origClientOrderId", &digits);
        params.recv_window();
        param!(params, "symbol", symbol);
        params.timestamp();
        params.close()
    }

    /// `order.cancel` and `order.status`, which name an order and nothing else.
    fn by_id<const SIGNED: bool>(
        &mut self,
        method: &'static str,
        order: ClientOrderId,
        symbol: &[u8],
    ) -> Result<usize, EncodeError> {
        let mut params = self.open::<SIGNED>(method)?;
        param!(params, "origClientOrderId", &id_digits(order));
        params.recv_window();
        param!(params, "symbol", symbol);
        params.timestamp();
        params.close()
    }
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

type Words = (&'static [u8], Option<&'static [u8]>);

/// The venue's words for type and time in force. GTD wants a date, which the
/// fields do not carry. A market order has no time in force, whatever the
/// fields say. Spot says post-only by the type, and has nothing to reduce.
fn words(family: Family, fields: &OrderFields) -> Result<Words, EncodeError> {
    if family == Family::Spot && fields.reduce_only() {
        return Err(EncodeError::Unsupported);
    }
    let kind = fields.order_type().as_str().as_bytes();
    match (TimeInForce::from_code(fields.time_in_force), family) {
        _ if fields.order_type() == OrderType::Market => Ok((kind, None)),
        (Some(TimeInForce::Gtd) | None, _) => Err(EncodeError::Unsupported),
        (Some(TimeInForce::Gtx), Family::Spot) => Ok((b"LIMIT_MAKER", None)),
        (Some(known), _) => Ok((kind, Some(known.as_str().as_bytes()))),
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
