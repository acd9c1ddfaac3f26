//! How long to wait before the next attempt. Asked by the connector and the
//! fetcher; knows no clock.

use std::time::Duration;

/// Exponential backoff with deterministic jitter.
///
/// The delay after the `n`-th failure in a row (n from 0) lies in
/// `[d / 2, d]` with `d = min(longest, shortest * 2^n)`. Where in that range is
/// a function of the salt and `n` alone, so that many connections that fell at
/// once do not come back at once, and a run can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first delay's upper bound.
    pub shortest: Duration,
    /// The upper bound of all delays.
    pub longest: Duration,
}

impl Backoff {
    /// The delay after `failures` failures in a row, for the connection `salt`.
    #[must_use]
    pub fn delay(&self, failures: u32, salt: u64) -> Duration {
        let doubled = self.shortest.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX));
        let bound = doubled.min(self.longest);
        let half = bound / 2;
        // A thousandth is finer than any scheduler's wake-up.
        let part = u32::try_from(mix(salt, u64::from(failures)) % 1001).unwrap_or(0);
        half + (bound - half) * part / 1000
    }
}

/// SplitMix64's finaliser (Steele, Lea, Flood 2014) over both numbers.
pub(crate) const fn mix(salt: u64, turn: u64) -> u64 {
    let mut z = salt.wrapping_add(turn.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
