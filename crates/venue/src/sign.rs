//! HMAC-SHA256 signatures of the Binance family, on both of its transports.
//!
//! The order session signs each WebSocket request with it, cold rooms their
//! REST queries. The secret is hashed into the key at once and not kept; no
//! secret is ever printed.
//!
//! Rules: VENUES.md 0.5; binance-spot-api-docs rest-api.md and
//! web-socket-api.md, whose published vectors the tests use.

use crate::write::{Digits, EncodeError, Writer};
use ring::hmac;
use std::fmt;

/// Signs for one API key.
pub struct Signer {
    api_key: String,
    key: hmac::Key,
    /// Has absorbed `apiKey=…`, which sorts before every other parameter.
    named: hmac::Context,
}

/// Shows the last four characters of the API key and nothing of the secret.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.api_key.len().saturating_sub(4);
        write!(f, "Signer {{ api_key: \"…{}\", secret: redacted }}", &self.api_key[tail..])
    }
}

impl Signer {
    /// A signer from the key's public name and its secret.
    ///
    /// # Errors
    /// A sentence: one of them is empty, or the key has characters other than
    /// letters, digits, `-` and `_`, which could not stand in a request as they are.
    pub fn new(api_key: &str, secret: &str) -> Result<Self, String> {
        if api_key.is_empty() || secret.is_empty() {
            return Err("the API key and its secret must not be empty".to_owned());
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !api_key.bytes().all(plain) {
            return Err("an API key has only letters, digits, - and _".to_owned());
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let mut named = hmac::Context::with_key(&key);
        named.update(b"apiKey=");
        named.update(api_key.as_bytes());
        Ok(Self { api_key: api_key.to_owned(), key, named })
    }

    /// The key's public name, which REST wants in the header `X-MBX-APIKEY`.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The signature of `payload` as 64 lower-case hex digits.
    #[must_use]
    pub fn sign(&self, payload: &[u8]) -> [u8; 64] {
        hex(&hmac::sign(&self.key, payload))
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
            percent_encode(&mut query, name);
            query.push('=');
            percent_encode(&mut query, value);
        }
        let signature = self.sign(query.as_bytes());
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str("signature=");
        query.extend(signature.iter().map(|&digit| char::from(digit)));
        query
    }
}

/// The `params` object of a WebSocket API request, written and signed in one
/// pass. The caller gives the parameters in alphabetical order of their names,
/// `apiKey` left out; values stand in the signed text as they are.
pub(crate) struct SignedParams<'b> {
    out: Writer<'b>,
    mac: hmac::Context,
    last: &'static str,
}

impl<'b> SignedParams<'b> {
    /// Opens `{"id":…,"method":…,"params":{"apiKey":…`.
    pub(crate) fn open(
        signer: &Signer,
        id: u64,
        method: &'static str,
        buffer: &'b mut [u8],
    ) -> Result<Self, EncodeError> {
        // The venue's ids are signed 64-bit integers.
        let id = i64::try_from(id).map_err(|_| EncodeError::Request)?;
        let mut out = Writer::new(buffer);
        out.push(b"{\"id\":");
        out.push(Digits::new().integer(id));
        out.push(b",\"method\":\"");
        out.push(method.as_bytes());
        out.push(b"\",\"params\":{\"apiKey\":\"");
        out.push(signer.api_key.as_bytes());
        out.push(b"\"");
        Ok(Self { out, mac: signer.named.clone(), last: "apiKey" })
    }

    /// A parameter whose value is text without a quote or a backslash.
    pub(crate) fn text(&mut self, name: &'static str, value: &[u8]) {
        self.name(name, value);
        self.out.push(b"\"");
        self.out.push(value);
        self.out.push(b"\"");
    }

    /// A parameter whose value is a whole number.
    pub(crate) fn integer(&mut self, name: &'static str, value: i64) {
        let mut digits = Digits::new();
        let value = digits.integer(value);
        self.name(name, value);
        self.out.push(value);
    }

    /// Closes the request with its signature and returns its length.
    pub(crate) fn close(mut self) -> Result<usize, EncodeError> {
        self.out.push(b",\"signature\":\"");
        self.out.push(&hex(&self.mac.sign()));
        self.out.push(b"\"}}");
        self.out.finish()
    }

    fn name(&mut self, name: &'static str, value: &[u8]) {
        debug_assert!(self.last < name, "Invariant: parameters are signed in alphabetical order.");
        self.last = name;
        self.mac.update(b"&");
        self.mac.update(name.as_bytes());
        self.mac.update(b"=");
        self.mac.update(value);
        self.out.push(b",\"");
        self.out.push(name.as_bytes());
        self.out.push(b"\":");
    }
}

fn hex(tag: &hmac::Tag) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 64];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(tag.as_ref()) {
        *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    }
    text
}

/// Everything but the unreserved characters of RFC 3986 section 2.3.
fn percent_encode(out: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}
