//! REST bodies of Binance spot. Cold: it allocates, its errors are sentences.
//!
//! What USD-M writes alike is in `binance::rest`.

use crate::binance::rest::Dressing;
use crate::cold::{amount, document, list, text};
use crate::{AccountState, AssetBalance};

/// The venue states eight places for every asset and writes as many in every
/// price and quantity. Fees of an account without discounts: 0.1% (binance.com
/// fee schedule, VIP 0). The caller overrides them.
pub(super) const DRESSING: Dressing =
    Dressing { precisions: ("quotePrecision", "baseAssetPrecision"), fees_ppm: (1000, 1000) };

/// `/api/v3/account`: free and locked amounts. What is zero is left out: the
/// venue lists every asset that it knows.
pub(super) fn account(bytes: &[u8]) -> Result<AccountState, String> {
    let value = document(bytes, "the account")?;
    let mut state = AccountState::default();
    for entry in list(&value["balances"], "balances of the account")? {
        let (free, locked) = (amount(entry, "free")?, amount(entry, "locked")?);
        let asset = text(entry, "asset")?.to_owned();
        let wallet = free
            .checked_add(locked)
            .ok_or_else(|| format!("{asset}: free and locked are too much together"))?;
        if wallet != types::Money::ZERO {
            state.balances.push(AssetBalance { asset, wallet, available: Some(free) });
        }
    }
    Ok(state)
}
