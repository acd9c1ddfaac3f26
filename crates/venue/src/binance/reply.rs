//! Replies of the order session, what their codes mean, and one execution of
//! an order, which both private streams tell with the same letters.
//!
//! Fed by the decoder, read by the gateway. A foreign order's id is never
//! half-read; a reply's outcome is told even where the order in it is not.

use super::Family;
use super::envelope::code;
use super::fields::{fee, number, side, state};
use super::marks::stamp;
use crate::event::time;
use crate::tape::{Letters, Tree};
use crate::{ApiReply, DecodeError, Fee, OrderNow, OrderReport, Outcome, PrivateEvent, SpecTable};
use types::{
    ClientOrderId, InstrumentSpec, Liquidity, Money, Nanos, Price, Qty, Report, ReportDetail,
    ReportStatus,
};

/// What `x`, `X` and the other letters of an execution say about the order that
/// the client named `name`.
pub(crate) fn execution(
    order: &Letters<'_, '_>,
    name: &[u8],
    specs: &SpecTable,
) -> Result<PrivateEvent, DecodeError> {
    let symbol = order.text(b's').ok_or(DecodeError::Shape)?;
    let spec = specs.by_symbol(symbol);
    let execution = order.text(b'x').ok_or(DecodeError::Shape)?;
    let Ok(id) = ClientOrderId::parse(name) else {
        let fill = matches!(execution, b"TRADE" | b"CALCULATED");
        return Ok(PrivateEvent::Foreign { instrument: spec.map(|spec| spec.id), fill });
    };
    let Some(spec) = spec else { return Ok(PrivateEvent::UnknownSymbol) };
    let filled_all = order.text(b'X') == Some(b"FILLED");
    let status = match execution {
        b"NEW" => ReportStatus::Accepted,
        b"TRADE" if filled_all => ReportStatus::FilledAll,
        b"TRADE" => ReportStatus::Fill,
        b"CANCELED" => ReportStatus::Canceled,
        b"EXPIRED" => ReportStatus::Expired,
        // Spot says REPLACED where USD-M says AMENDMENT.
        b"AMENDMENT" | b"REPLACED" => ReportStatus::Amended,
        b"REJECTED" => ReportStatus::Rejected,
        // A liquidation of one of our orders does not exist: they have ids of
        // their own. Told by name if it ever comes.
        b"CALCULATED" => return Ok(PrivateEvent::Unused("execution_CALCULATED")),
        b"TRADE_PREVENTION" => return Ok(PrivateEvent::Unused("execution_TRADE_PREVENTION")),
        _ => return Ok(PrivateEvent::Unused("execution_unknown")),
    };
    report(order, spec, (id, status))
}

fn report(
    order: &Letters<'_, '_>,
    spec: &InstrumentSpec,
    (id, status): (ClientOrderId, ReportStatus),
) -> Result<PrivateEvent, DecodeError> {
    let price = |key| number(order.text(key), spec.price_decimals).map(Price);
    let qty = |key| number(order.text(key), spec.qty_decimals).map(Qty);
    let mut report = Report::new(id, status, 0);
    report.side = side(order.text(b'S'))? as u8;
    report.detailed = 1;
    let mut paid = Fee { asset: [0; 16], amount: Money::ZERO, in_quote: true };
    match status {
        ReportStatus::Fill | ReportStatus::FilledAll => {
            (report.price, report.qty) = (price(b'L')?, qty(b'l')?);
            if report.price.0 <= 0 || report.qty.0 <= 0 {
                return Err(DecodeError::Sign);
            }
            let rested = order.truth(b'm').ok_or(DecodeError::Shape)?;
            report.liquidity = if rested { Liquidity::Maker } else { Liquidity::Taker } as u8;
            paid = fee(order, spec)?;
        }
        // What was filled in all; the price is the limit.
        ReportStatus::Canceled | ReportStatus::Expired => {
            (report.price, report.qty) = (price(b'p')?, qty(b'z')?);
        }
        _ => (report.price, report.qty) = (price(b'p')?, qty(b'q')?),
    }
    let detail = ReportDetail {
        venue_order_id: order.unsigned(b'i').ok_or(DecodeError::Shape)?,
        trade_id: if report.is_fill() {
            order.unsigned(b't').ok_or(DecodeError::Shape)?
        } else {
            0
        },
        fee: if paid.in_quote { paid.amount } else { Money::ZERO }.into(),
        exch_ts: stamp(order, b'T')?,
    };
    // Only told by some events, and only a check on the fills: absent is 0.
    let filled = Qty(order.text(b'z').map_or(Ok(0), |z| number(Some(z), spec.qty_decimals))?);
    let instrument = spec.id;
    Ok(PrivateEvent::Order(OrderReport { instrument, report, detail, fee: paid, filled }))
}

/// Decodes one message of the order session.
pub(crate) fn reply(
    tree: Tree<'_, '_>,
    family: Family,
    specs: &SpecTable,
) -> Result<ApiReply, DecodeError> {
    let (mut request, mut status, mut result, mut error) = (None, None, None, None);
    for (key, value) in tree.object(Tree::ROOT).ok_or(DecodeError::Shape)? {
        match key {
            "id" => request = tree.unsigned(value),
            "status" => status = tree.unsigned(value).and_then(|s| u16::try_from(s).ok()),
            "result" => result = Some(value),
            "error" => error = Some(value),
            _ => {}
        }
    }
    let status = status.ok_or(DecodeError::Shape)?;
    let (code, message, retry_after_ms) = error.map_or((0, &b""[..], None), |at| {
        let number = tree.field(at, "code").map_or(0, |at| code(tree, at));
        let message = tree.field(at, "msg").and_then(|at| tree.text(at)).unwrap_or_default();
        let retry = tree.field(at, "data").and_then(|at| tree.field(at, "retryAfter"));
        (number, message, retry.and_then(|at| tree.unsigned(at)))
    });
    let mut reply = ApiReply {
        request,
        outcome: classify(family, (status, code), message),
        status,
        retry_after_ms,
        venue_order_id: 0,
        order: None,
    };
    if let Some(at) = result.filter(|_| error.is_none()) {
        reply.venue_order_id =
            tree.field(at, "orderId").and_then(|at| tree.unsigned(at)).unwrap_or(0);
        // The outcome stands even where the order cannot be read.
        reply.order = order_now(tree, at, specs).ok();
    }
    Ok(reply)
}

/// An order as the answers to placing, amending, cancelling and asking tell it.
fn order_now(tree: Tree<'_, '_>, at: usize, specs: &SpecTable) -> Result<OrderNow, DecodeError> {
    // Spot puts an amended order inside.
    let at = tree.field(at, "amendedOrder").unwrap_or(at);
    let text = |key| tree.field(at, key).and_then(|at| tree.text(at));
    let either = |one, other| tree.field(at, one).or_else(|| tree.field(at, other));
    let symbol = text("symbol").ok_or(DecodeError::Shape)?;
    let spec = specs.by_symbol(symbol).ok_or(DecodeError::Shape)?;
    let updated = either("updateTime", "transactTime").and_then(|at| tree.unsigned(at));
    // After a spot cancel clientOrderId names the cancel.
    let name = either("origClientOrderId", "clientOrderId").and_then(|at| tree.text(at));
    let qty = either("origQty", "qty").and_then(|at| tree.text(at));
    let cost = either("cumQuote", "cummulativeQuoteQty").and_then(|at| tree.text(at));
    Ok(OrderNow {
        instrument: spec.id,
        order: name.and_then(|id| ClientOrderId::parse(id).ok()),
        state: state(text("status").ok_or(DecodeError::Shape)?),
        side: side(text("side"))?,
        price: Price(number(text("price"), spec.price_decimals)?),
        qty: Qty(number(qty, spec.qty_decimals)?),
        filled: Qty(number(text("executedQty"), spec.qty_decimals)?),
        filled_notional: cost.and_then(|text| Money::parse(text).ok()),
        exch_ts: updated.map_or(Ok(Nanos(0)), time)?,
    })
}

/// The codes that leave the outcome open: "an unknown error occurred",
/// "execution status unknown", "timeout waiting for response".
const OPEN_CODES: [i32; 3] = [-1000, -1006, -1007];
/// Too busy, thrown away before the engine.
const THROTTLED: i32 = -1008;
/// "Order does not exist."
const NO_SUCH_ORDER: i32 = -2013;

/// What a status, a code (0 for none) and a message say (VENUES.md 1.1 and 1.2,
/// "unknown outcome"). Whatever is not known to have failed is unknown.
pub(crate) fn classify(family: Family, (status, code): (u16, i32), message: &[u8]) -> Outcome {
    let told = if code == 0 { i32::from(status) } else { code };
    // Of USD-M's 503s these two are documented as failures; of spot's none is.
    let failed = family == Family::UsdM
        && (message.starts_with(b"Service Unavailable")
            || message.starts_with(b"Internal error; unable to process"));
    match status {
        _ if code == THROTTLED => Outcome::Rejected { code },
        _ if OPEN_CODES.contains(&code) => Outcome::Unknown { code },
        503 if failed => Outcome::Rejected { code: told },
        200..=299 if code == 0 => Outcome::Accepted,
        408 => Outcome::Unknown { code: told },
        200..=299 | 400..=499 if code == NO_SUCH_ORDER => Outcome::NotFound { code },
        200..=299 | 400..=499 => Outcome::Rejected { code: told },
        _ => Outcome::Unknown { code: told },
    }
}
