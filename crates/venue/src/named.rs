//! What kind of frame one was that could not be understood: for people.
//!
//! Looks at the bytes that a decoder gave up on, for the readers' counters. Only
//! a name; nothing is decided on it.

/// The types that the venues document, as their frames name them.
const TYPES: [&str; 12] = [
    "depthUpdate",
    "bookTicker",
    "trade",
    "aggTrade",
    "markPriceUpdate",
    "kline",
    "forceOrder",
    "24hrTicker",
    "24hrMiniTicker",
    "ORDER_TRADE_UPDATE",
    "ACCOUNT_UPDATE",
    "listenKeyExpired",
];

/// The frame's type by its own word, `"e":"…"`; `unnamed` where it names none
/// that is documented.
#[must_use]
pub fn frame_type(frame: &[u8]) -> &'static str {
    let key = b"\"e\":\"";
    let found = frame.windows(key.len()).position(|window| window == key);
    let Some(word) = found.and_then(|at| frame.get(at + key.len()..)) else { return "unnamed" };
    let is = |name: &&&str| {
        word.starts_with(name.as_bytes()) && word.get(name.len()).is_none_or(|byte| *byte == b'"')
    };
    TYPES.iter().find(is).copied().unwrap_or("unnamed")
}
