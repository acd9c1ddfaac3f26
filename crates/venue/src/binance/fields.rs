//! Fields that several of the venue's messages share: numbers, sides, states,
//! fees.
//!
//! Used by the readers of private streams and replies. Pure.

use crate::tape::Letters;
use crate::{DecodeError, Fee};
use types::{Decimal, InstrumentSpec, Money, OrderState, Side};

/// A number that is zero or above.
pub(crate) fn number(text: Option<&[u8]>, places: u8) -> Result<i64, DecodeError> {
    match Decimal::parse_at(text.ok_or(DecodeError::Shape)?, places)? {
        value @ 0.. => Ok(value),
        _ => Err(DecodeError::Sign),
    }
}

/// Buy or sell.
pub(crate) fn side(text: Option<&[u8]>) -> Result<Side, DecodeError> {
    match text {
        Some(b"BUY") => Ok(Side::Buy),
        Some(b"SELL") => Ok(Side::Sell),
        _ => Err(DecodeError::Shape),
    }
}

/// The venue's words for an order's state.
pub(crate) fn state(word: &[u8]) -> OrderState {
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

/// The name of an asset, padded with zeros.
pub(crate) fn asset(name: &[u8]) -> Result<[u8; 16], DecodeError> {
    let mut asset = [0; 16];
    asset.get_mut(..name.len()).ok_or(DecodeError::Shape)?.copy_from_slice(name);
    Ok(asset)
}

/// `N` and `n`, which are absent or null where there was no fee. A symbol ends
/// with its quote asset, before the date if it has one.
pub(crate) fn fee(order: &Letters<'_, '_>, spec: &InstrumentSpec) -> Result<Fee, DecodeError> {
    let mut fee = Fee { asset: [0; 16], amount: Money::ZERO, in_quote: true };
    let (Some(name), Some(amount)) = (order.text(b'N'), order.text(b'n')) else {
        return Ok(fee);
    };
    fee.asset = asset(name)?;
    fee.amount = Money::parse(amount)?;
    let symbol = spec.symbol.as_bytes();
    let pair = symbol.split(|byte| *byte == b'_').next().unwrap_or(symbol);
    fee.in_quote = !name.is_empty() && pair.ends_with(name);
    Ok(fee)
}
