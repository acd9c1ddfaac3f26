//! REST bodies of Binance USD-M. Cold: it allocates, its errors are sentences.
//!
//! What spot writes alike is in `binance::rest`.

use crate::binance::rest::Dressing;
use crate::cold::{amount, average, document, list, text};
use crate::{AccountState, AssetBalance, PositionState};
use serde_json::Value;
use types::Money;

/// Fees of an account without discounts: 0.02% and 0.05% (binance.com fee
/// schedule, VIP 0). The caller overrides them.
pub(super) const DRESSING: Dressing =
    Dressing { precisions: ("pricePrecision", "quantityPrecision"), fees_ppm: (200, 500) };

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
