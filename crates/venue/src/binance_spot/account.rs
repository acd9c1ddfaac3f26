//! The private stream of Binance spot: user data events, wrapped as the
//! WebSocket API sends them (`{"subscriptionId":0,"event":{…}}`) or bare.
//!
//! Fed by the decoder, read by the gateway. The connection also carries the
//! answer to its own subscription.

use crate::account::{AccountChange, AssetNow};
use crate::binance::envelope::{Envelope, open};
use crate::binance::marks::stamp;
use crate::binance::{fields, reply};
use crate::tape::{Letters, Tree};
use crate::{DecodeError, PrivateEvent, SpecTable};
use types::Money;

/// Decodes one message of the private stream.
pub(super) fn decode(tree: Tree<'_, '_>, specs: &SpecTable) -> Result<PrivateEvent, DecodeError> {
    let at = match open(tree)? {
        Envelope::Event(at) | Envelope::Several(at) => at,
        Envelope::Control => return Ok(PrivateEvent::Control),
        Envelope::ControlError(code) => return Ok(PrivateEvent::ControlError { code }),
    };
    let event = Letters::read(tree, at).ok_or(DecodeError::Shape)?;
    match event.text(b'e').ok_or(DecodeError::Shape)? {
        b"executionReport" => {
            // `c` names the request that caused it; of a cancel, `C` is the order.
            let own = event.text(b'C').filter(|name| !name.is_empty());
            let name = own.or_else(|| event.text(b'c')).ok_or(DecodeError::Shape)?;
            reply::execution(&event, name, specs)
        }
        b"outboundAccountPosition" => balances(tree, &event),
        // The subscription is over: subscribe again.
        b"eventStreamTerminated" => Ok(PrivateEvent::ListenKeyExpired),
        other => Ok(unused(other).map_or(PrivateEvent::UnusedUnknown, PrivateEvent::Unused)),
    }
}

/// The documented private events that the engine does not use.
fn unused(name: &[u8]) -> Option<&'static str> {
    const NAMES: &[&str] = &["balanceUpdate", "externalLockUpdate", "listStatus", "serverShutdown"];
    NAMES.iter().copied().find(|known| known.as_bytes() == name)
}

/// The list `B` of outboundAccountPosition: free and locked amounts.
fn balances(tree: Tree<'_, '_>, event: &Letters<'_, '_>) -> Result<PrivateEvent, DecodeError> {
    let mut change = AccountChange::new(stamp(event, b'u')?);
    let list = event.at(b'B').and_then(|at| tree.array(at)).ok_or(DecodeError::Shape)?;
    for at in list {
        let balance = Letters::read(tree, at).ok_or(DecodeError::Shape)?;
        let text = |key| balance.text(key).ok_or(DecodeError::Shape);
        let (free, locked) = (Money::parse(text(b'f')?)?, Money::parse(text(b'l')?)?);
        let overflow = DecodeError::Number(types::DecimalError::Overflow);
        let total = free.checked_add(locked).ok_or(overflow)?;
        let asset = fields::asset(text(b'a')?)?;
        change.push_balance(AssetNow { asset, total, free: Some(free) });
    }
    Ok(PrivateEvent::Account(change))
}
