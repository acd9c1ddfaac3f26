//! Signatures of the Binance family, on both of its transports.
//!
//! The order session signs each WebSocket request with it, cold rooms their
//! REST queries. The secret is hashed into the key at once and not kept; no
//! secret is ever printed.
//!
//! Rules: VENUES.md 0.5; binance-spot-api-docs rest-api.md, web-socket-api.md
//! and fix-api.md, whose published vectors the tests use.

use crate::base64;
use crate::write::hex8;
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use std::fmt;

/// Signs for one API key.
pub struct Signer {
    api_key: String,
    key: Key,
}

#[allow(clippy::large_enum_variant, reason = "one for each session, read for each order")]
enum Key {
    Hmac {
        key: hmac::Key,
        /// Has absorbed `apiKey=…`, which sorts before every other parameter.
        named: hmac::Context,
    },
    Ed25519(Box<Ed25519KeyPair>),
}

/// A signature as it stands in a request: 64 hex digits of HMAC-SHA256 or 88
/// characters of Base64 for Ed25519.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    text: [u8; 88],
    length: usize,
}

impl Signature {
    /// Its characters.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text[..self.length]
    }

    fn hex(tag: &hmac::Tag) -> Self {
        let mut text = [0; 88];
        let words = tag.as_ref().as_chunks().0;
        for (digits, word) in text.as_chunks_mut().0.iter_mut().zip(words) {
            *digits = hex8(u32::from_be_bytes(*word));
        }
        Self { text, length: 64 }
    }
}

impl std::ops::Deref for Signature {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Shows the last four characters of the API key and nothing of the secret.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.api_key.len().saturating_sub(4);
        write!(f, "Signer {{ api_key: \"…{}\", secret: redacted }}", &self.api_key[tail..])
    }
}

impl Signer {
    /// The longest public name of a key; Binance's have 64 characters.
    pub const KEY_MAX: usize = 128;

    /// A signer by HMAC-SHA256 from the key's public name and its secret.
    ///
    /// # Errors
    /// A sentence: one of them is empty, or the key has characters other than
    /// letters, digits, `-` and `_`, which could not stand in a request as they
    /// are, or more than [`Signer::KEY_MAX`].
    pub fn new(api_key: &str, secret: &str) -> Result<Self, String> {
        check_name(api_key)?;
        if secret.is_empty() {
            return Err("the API key and its secret must not be empty".to_owned());
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let mut named = hmac::Context::with_key(&key);
        named.update(b"apiKey=");
        named.update(api_key.as_bytes());
        Ok(Self { api_key: api_key.to_owned(), key: Key::Hmac { key, named } })
    }

    /// A signer by Ed25519 from the key's public name and its private key in
    /// PKCS #8: PEM, or the Base64 inside it. Only such a key may log on.
    ///
    /// # Errors
    /// A sentence: as [`Signer::new`], or the private key cannot be read.
    pub fn ed25519(api_key: &str, private_key: &str) -> Result<Self, String> {
        check_name(api_key)?;
        let body: String =
            private_key.lines().filter(|line| !line.trim_start().starts_with("-----")).collect();
        let der = base64::decode(&body)
            .filter(|der| !der.is_empty())
            .ok_or("the private key is not Base64; give the PEM file of an Ed25519 key")?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|why| {
            format!("the private key is no Ed25519 key in PKCS #8 ({why}); give the PEM file")
        })?;
        Ok(Self { api_key: api_key.to_owned(), key: Key::Ed25519(Box::new(pair)) })
    }

    /// The key's public name, which REST wants in the header `X-MBX-APIKEY`.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Whether a session may log on with this key, after which its orders carry
    /// no signature.
    #[must_use]
    pub const fn can_log_on(&self) -> bool {
        matches!(self.key, Key::Ed25519(_))
    }

    /// The signature of `payload`.
    #[must_use]
    pub fn sign(&self, payload: &[u8]) -> Signature {
        match &self.key {
            Key::Hmac { key, .. } => Signature::hex(&hmac::sign(key, payload)),
            Key::Ed25519(pair) => {
                let mut bytes = [0; 64];
                bytes.copy_from_slice(pair.sign(payload).as_ref());
                Signature { text: base64::encode64(&bytes), length: 88 }
            }
        }
    }

    /// The signature of `apiKey=…` and what follows it; `payload` is both, of
    /// which the first part has been hashed once and for all.
    #[inline]
    pub(crate) fn sign_named(&self, payload: &[u8]) -> Signature {
        let name = b"apiKey=".len() + self.api_key.len();
        match (&self.key, payload.get(name..)) {
            (Key::Hmac { named, .. }, Some(rest)) => {
                let mut mac = named.clone();
                mac.update(rest);
                Signature::hex(&mac.sign())
            }
            _ => self.sign(payload),
        }
    }

    /// A signed REST query: the parameters percent-encoded in the order given,
    /// then signed as they are sent, the signature last. Cold: it allocates.
    #[must_use]
    pub fn rest_query(&self, params: &[(&str, &str)]) -> String {
        let mut query = String::new();
        for (name, value) in params {
            if !query.is_empty() {
                query.push('&');
            }
            percent_encode(&mut query, name.as_bytes());
            query.push('=');
            percent_encode(&mut query, value.as_bytes());
        }
        let signature = self.sign(query.as_bytes());
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str("signature=");
        percent_encode(&mut query, signature.as_bytes());
        query
    }
}

fn check_name(api_key: &str) -> Result<(), String> {
    if api_key.is_empty() {
        return Err("the API key and its secret must not be empty".to_owned());
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !api_key.bytes().all(plain) {
        return Err("an API key has only letters, digits, - and _".to_owned());
    }
    if api_key.len() > Signer::KEY_MAX {
        return Err(format!("an API key has at most {} characters", Signer::KEY_MAX));
    }
    Ok(())
}

/// Everything but the unreserved characters of RFC 3986 section 2.3.
fn percent_encode(out: &mut String, text: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}
