//! The private stream, replies to requests, and what their codes mean, of
//! Binance USD-M.
//!
//! Fed by the decoder, read by the gateway. A foreign order's id is never
//! half-read; a reply's outcome is told even where the order in it is not.

use super::market::{Envelope, code, open};
use crate::event::time;
use crate::tape::{Letters, Tree};
use crate::{ApiReply, DecodeError, Fee, OrderNow, OrderReport, Outcome, PrivateEvent, SpecTable};
use types::{
    ClientOrderId, Decimal, InstrumentSpec, Liquidity, Money, Nanos, OrderState, Price, Qty,
    Report, ReportDetail, ReportStatus, Side,
};

/// Decodes one message of the private stream.
pub(super) fn decode(tree: Tree<'_, '_>, specs: &SpecTable) -> Result<PrivateEvent, DecodeError> {
    let at = match open(tree)? {
        Envelope::Event(at) => at,
        Envelope::Control => return Ok(PrivateEvent::Control),
        Envelope::ControlError(code) => return Ok(PrivateEvent::ControlError { code }),
    };
    let event = Letters::read(tree, at).ok_or(DecodeError::Shape)?;
    match event.text(b'e').ok_or(DecodeError::Shape)? {
        b"ORDER_TRADE_UPDATE" => {
            let order = event.at(b'o').and_then(|at| Letters::read(tree, at));
            order_update(&order.ok_or(DecodeError::Shape)?, specs)
        }
        b"listenKeyExpired" => Ok(PrivateEvent::ListenKeyExpired),
        other => Ok(unused(other).map_or(PrivateEvent::UnusedUnknown, PrivateEvent::Unused)),
    }
}

/// The documented private events that the engine does not use.
fn unused(name: &[u8]) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "ACCOUNT_UPDATE",
        "ACCOUNT_CONFIG_UPDATE",
        "ALGO_UPDATE",
        "CONDITIONAL_ORDER_TRIGGER_REJECT",
        "GRID_UPDATE",
        "MARGIN_CALL",
        "STRATEGY_UPDATE",
        "TRADE_LITE",
    ];
    NAMES.iter().copied().find(|known| known.as_bytes() == name)
}

/// The object `o` of ORDER_TRADE_UPDATE.
fn order_update(order: &Letters<'_, '_>, specs: &SpecTable) -> Result<PrivateEvent, DecodeError> {
    let symbol = order.text(b's').ok_or(DecodeError::Shape)?;
    let spec = specs.by_symbol(symbol);
    let execution = order.text(b'x').ok_or(DecodeError::Shape)?;
    let Ok(id) = ClientOrderId::parse(order.text(b'c').ok_or(DecodeError::Shape)?) else {
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
        b"AMENDMENT" => ReportStatus::Amended,
        b"REJECTED" => ReportStatus::Rejected,
        // A liquidation of one of our orders does not exist: they have ids of
        // their own. Told by name if it ever comes.
        b"CALCULATED" => return Ok(PrivateEvent::Unused("execution_CALCULATED")),
        b"TRADE_PREVENTION" => return Ok(PrivateEvent::Unused("execution_TRADE_PREVENTION")),
        _ => return Ok(PrivateEvent::Unused("execution_unknown")),
    };
    report(order, spec, id, status)
}

fn report(
    order: &Letters<'_, '_>,
    spec: &InstrumentSpec,
    id: ClientOrderId,
    status: ReportStatus,
) -> Result<PrivateEvent, DecodeError> {
    let price = |key| number(order.text(key), spec.price_decimals).map(Price);
    let qty = |key| number(order.text(key), spec.qty_decimals).map(Qty);
    let mut report = Report::new(id, status, 0);
    report.side = side(order.text(b'S'))? as u8;
    report.detailed = 1;
    let mut fee = Fee { asset: [0; 16], amount: Money::ZERO, in_quote: true };
    match status {
        ReportStatus::Fill | ReportStatus::FilledAll => {
            (report.price, report.qty) = (price(b'L')?, qty(b'l')?);
            if report.price.0 <= 0 || report.qty.0 <= 0 {
                return Err(DecodeError::Sign);
            }
            let rested = order.truth(b'm').ok_or(DecodeError::Shape)?;
            report.liquidity = if rested { Liquidity::Maker } else { Liquidity::Taker } as u8;
            fee = read_fee(order, spec)?;
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
        fee: if fee.in_quote { fee.amount } else { Money::ZERO }.into(),
        exch_ts: super::market::stamp(order, b'T')?,
    };
    Ok(PrivateEvent::Order(OrderReport { instrument: spec.id, report, detail, fee }))
}

/// A number that is zero or above.
fn number(text: Option<&[u8]>, places: u8) -> Result<i64, DecodeError> {
    match Decimal::parse_at(text.ok_or(DecodeError::Shape)?, places)? {
        value @ 0.. => Ok(value),
        _ => Err(DecodeError::Sign),
    }
}

fn side(text: Option<&[u8]>) -> Result<Side, DecodeError> {
    match text {
        Some(b"BUY") => Ok(Side::Buy),
        Some(b"SELL") => Ok(Side::Sell),
        _ => Err(DecodeError::Shape),
    }
}

/// `N` and `n`, which are absent where there was no fee. A linear contract's
/// symbol ends with its quote asset, before the date if it has one.
fn read_fee(order: &Letters<'_, '_>, spec: &InstrumentSpec) -> Result<Fee, DecodeError> {
    let mut fee = Fee { asset: [0; 16], amount: Money::ZERO, in_quote: true };
    let (Some(asset), Some(amount)) = (order.text(b'N'), order.text(b'n')) else {
        return Ok(fee);
    };
    let room = fee.asset.get_mut(..asset.len()).ok_or(DecodeError::Shape)?;
    room.copy_from_slice(asset);
    fee.amount = Money::parse(amount)?;
    let symbol = spec.symbol.as_bytes();
    let pair = symbol.split(|byte| *byte == b'_').next().unwrap_or(symbol);
    fee.in_quote = !asset.is_empty() && pair.ends_with(asset);
    Ok(fee)
}

/// Decodes one message of the order session.
pub(super) fn reply(tree: Tree<'_, '_>, specs: &SpecTable) -> Result<ApiReply, DecodeError> {
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
        outcome: classify(status, code, message),
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

/// An order as `order.place`, `.modify`, `.cancel` and `.status` answer it.
fn order_now(tree: Tree<'_, '_>, at: usize, specs: &SpecTable) -> Result<OrderNow, DecodeError> {
    let text = |key| tree.field(at, key).and_then(|at| tree.text(at));
    let symbol = text("symbol").ok_or(DecodeError::Shape)?;
    let spec = specs.by_symbol(symbol).ok_or(DecodeError::Shape)?;
    let updated = tree.field(at, "updateTime").and_then(|at| tree.unsigned(at));
    Ok(OrderNow {
        instrument: spec.id,
        order: text("clientOrderId").and_then(|id| ClientOrderId::parse(id).ok()),
        state: state(text("status").ok_or(DecodeError::Shape)?),
        side: side(text("side"))?,
        price: Price(number(text("price"), spec.price_decimals)?),
        qty: Qty(number(text("origQty"), spec.qty_decimals)?),
        filled: Qty(number(text("executedQty"), spec.qty_decimals)?),
        filled_notional: text("cumQuote").and_then(|text| Money::parse(text).ok()),
        exch_ts: updated.map_or(Ok(Nanos(0)), time)?,
    })
}

/// The venue's words for an order's state.
pub(super) fn state(word: &[u8]) -> OrderState {
    match word {
        b"NEW" | b"NEW_INSURANCE" | b"NEW_ADL" => OrderState::Accepted,
        b"PARTIALLY_FILLED" => OrderState::PartiallyFilled,
        b"FILLED" => OrderState::Filled,
        b"CANCELED" => OrderState::Canceled,
        b"EXPIRED" | b"EXPIRED_IN_MATCH" => OrderState::Expired,
        b"REJECTED" => OrderState::Rejected,
        _ => OrderState::Unknown,
    }
}

/// The codes that leave the outcome open: "an unknown error occurred",
/// "execution status unknown", "timeout waiting for response".
const OPEN_CODES: [i32; 3] = [-1000, -1006, -1007];
/// Too busy, thrown away before the engine.
const THROTTLED: i32 = -1008;
/// "Order does not exist."
const NO_SUCH_ORDER: i32 = -2013;

/// What a status, a code (0 for none) and a message say (VENUES.md 1.2,
/// "unknown outcome"). Whatever is not known to have failed is unknown.
pub(super) fn classify(status: u16, code: i32, message: &[u8]) -> Outcome {
    let told = if code == 0 { i32::from(status) } else { code };
    // Of the 503s these two are documented as failures, all others are open.
    let failed = message.starts_with(b"Service Unavailable")
        || message.starts_with(b"Internal error; unable to process");
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
