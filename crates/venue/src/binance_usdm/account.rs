//! The private stream of Binance USD-M.
//!
//! Fed by the decoder, read by the gateway.

use crate::account::{AccountChange, AssetNow, FundingPaid, PositionNow};
use crate::binance::envelope::{Envelope, open};
use crate::binance::marks::{average, stamp};
use crate::binance::{fields, reply};
use crate::tape::{Letters, Tree};
use crate::{DecodeError, PrivateEvent, SpecTable};
use types::{Decimal, InstrumentId, Money, Price, Qty};

/// Decodes one message of the private stream.
pub(super) fn decode(tree: Tree<'_, '_>, specs: &SpecTable) -> Result<PrivateEvent, DecodeError> {
    let at = match open(tree)? {
        Envelope::Event(at) | Envelope::Several(at) => at,
        Envelope::Control => return Ok(PrivateEvent::Control),
        Envelope::ControlError(code) => return Ok(PrivateEvent::ControlError { code }),
    };
    let event = Letters::read(tree, at).ok_or(DecodeError::Shape)?;
    match event.text(b'e').ok_or(DecodeError::Shape)? {
        b"ORDER_TRADE_UPDATE" => {
            let order = event.at(b'o').and_then(|at| Letters::read(tree, at));
            let order = order.ok_or(DecodeError::Shape)?;
            let name = order.text(b'c').ok_or(DecodeError::Shape)?;
            reply::execution(&order, name, specs)
        }
        b"ACCOUNT_UPDATE" => account(tree, &event, specs),
        b"listenKeyExpired" => Ok(PrivateEvent::ListenKeyExpired),
        other => Ok(unused(other).map_or(PrivateEvent::UnusedUnknown, PrivateEvent::Unused)),
    }
}

/// The documented private events that the engine does not use.
fn unused(name: &[u8]) -> Option<&'static str> {
    const NAMES: &[&str] = &[
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

/// The object `a` of ACCOUNT_UPDATE: wallets in `B`, positions in `P`.
fn account(
    tree: Tree<'_, '_>,
    event: &Letters<'_, '_>,
    specs: &SpecTable,
) -> Result<PrivateEvent, DecodeError> {
    let mut change = AccountChange::new(stamp(event, b'T')?);
    let inner = event.at(b'a').and_then(|at| Letters::read(tree, at)).ok_or(DecodeError::Shape)?;
    let mut told = None;
    let is_funding = inner.text(b'm') == Some(b"FUNDING_FEE");
    // Either list may be left out.
    for at in inner.at(b'B').and_then(|at| tree.array(at)).into_iter().flatten() {
        let text = |key| tree.field(at, key).and_then(|at| tree.text(at));
        let name = text("a").ok_or(DecodeError::Shape)?;
        let total = Money::parse(text("wb").ok_or(DecodeError::Shape)?)?;
        let asset = fields::asset(name)?;
        change.push_balance(AssetNow { asset, total, free: None });
        if is_funding {
            let amount = Money::parse(text("bc").ok_or(DecodeError::Shape)?)?;
            let paid = FundingPaid { asset, amount, total, instrument: InstrumentId::NONE };
            // The venue names the one asset of the payment: of two neither sum is known.
            if told.replace(paid).is_some() {
                return Err(DecodeError::Shape);
            }
        }
    }
    for at in inner.at(b'P').and_then(|at| tree.array(at)).into_iter().flatten() {
        let text = |key| tree.field(at, key).and_then(|at| tree.text(at));
        let spec = specs.by_symbol(text("s").ok_or(DecodeError::Shape)?);
        let hedged = !matches!(text("ps"), None | Some(b"BOTH"));
        let Some(spec) = spec.filter(|_| !hedged) else {
            change.skip();
            continue;
        };
        let amount = text("pa").ok_or(DecodeError::Shape)?;
        change.push_position(PositionNow {
            instrument: spec.id,
            qty: Qty(Decimal::parse_at(amount, spec.qty_decimals)?),
            entry: text("ep").map_or(Ok(Price(0)), |ep| average(ep, spec.price_decimals))?,
        });
    }
    // It names the position of an isolated margin, and none of a crossed one.
    if let (Some(paid), [position]) = (&mut told, change.positions()) {
        paid.instrument = position.instrument;
    }
    change.funding = told;
    Ok(PrivateEvent::Account(change))
}
