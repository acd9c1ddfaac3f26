//! HMAC-SHA256 and Ed25519 request signatures, one payload rule per transport, checked as the venue
//! checks them.
//! Independent of the engine's signer (which uses ring) so that one can catch the other.

use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::ExchangeError;

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

/// An API key whose requests are signed with Ed25519: its name and the public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ed25519Key {
    name: String,
    public: VerifyingKey,
}

/// What stands before the 32 bytes of a public key in its PEM (RFC 8410).
const SPKI_HEAD: [u8; 12] = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

impl Ed25519Key {
    /// The key `name` from its public half: PEM, or the base64 of its 32 bytes.
    /// Errors: anything else.
    pub fn parse(name: &str, public: &str) -> Result<Ed25519Key, ExchangeError> {
        let body: String = public.lines().filter(|line| !line.starts_with("-----")).collect();
        let bytes = base64(body.trim());
        let raw = bytes.as_deref().map(|b| b.strip_prefix(&SPKI_HEAD[..]).unwrap_or(b));
        let public = raw
            .and_then(|raw| <[u8; 32]>::try_from(raw).ok())
            .and_then(|raw| VerifyingKey::from_bytes(&raw).ok());
        let public = public.ok_or_else(|| {
            ExchangeError::Config(format!(
                "the public key of {name} is not Ed25519; give its PEM or the base64 of 32 bytes"
            ))
        })?;
        Ok(Ed25519Key { name: name.to_owned(), public })
    }

    /// The name that requests send as their API key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether `signature` (base64) is this key's over `payload`.
    pub(crate) fn verifies(&self, payload: &[u8], signature: &str) -> bool {
        let bytes = base64(signature).and_then(|b| <[u8; 64]>::try_from(b).ok());
        bytes
            .is_some_and(|b| self.public.verify_strict(payload, &Signature::from_bytes(&b)).is_ok())
    }
}

/// Standard base64 with or without its padding; none when it is not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        (bits, held) = (bits << 6 | u32::from(value), held + 6);
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    (text.len() % 4 != 1).then_some(out)
}

#[cfg(test)]
pub(crate) mod tests;
