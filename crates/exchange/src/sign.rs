//! HMAC-SHA256 request signatures, one payload rule per transport, checked as the venue checks
//! them.
//! Independent of the engine's signer (which uses ring) so that one can catch the other.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Lower-case hex of HMAC-SHA256(secret, payload).
pub fn hmac_hex(secret: &str, payload: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .expect("Invariant: HMAC takes a key of any length");
    mac.update(payload);
    let mut hex = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        hex.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        hex.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    hex
}

/// The payload that a REST request signs: query and body exactly as sent, joined without a
/// separator,
/// with the `signature` parameter cut out wherever it stood.
pub fn rest_payload(query: &str, body: &str) -> String {
    let mut payload = without_signature(query);
    payload.push_str(&without_signature(body));
    payload
}

fn without_signature(part: &str) -> String {
    let kept: Vec<&str> = part.split('&').filter(|p| !p.starts_with("signature=")).collect();
    kept.join("&")
}

/// The payload that a WebSocket-API request signs: parameters by name, `k=v` joined by `&`, raw
/// UTF-8,
/// without `signature`.
pub fn api_payload(params: &[(String, String)]) -> String {
    let mut kept: Vec<&(String, String)> =
        params.iter().filter(|(name, _)| name != "signature").collect();
    kept.sort();
    let pairs: Vec<String> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests;
