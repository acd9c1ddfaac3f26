//! The `params` of a WebSocket request, written as JSON and as signed text side
//! by side.
//!
//! Used by the encoders, which give the parameters in alphabetical order of
//! their names, because that order is signed (VENUES.md 0.5). The signed text
//! is whole before it is hashed: one hash of 200 bytes costs half of forty small
//! ones. Never here: a judgement of values.

use crate::session::Call;
use crate::write::{Digits, EncodeError, Writer};
use types::Decimal;

/// Room for the signed text: a key's name of 128 characters and the longest
/// request behind it.
pub(crate) const TEXT: usize = 512;

/// A request being written. On a session that has logged on nothing is signed.
pub(crate) struct Params<'b, 'c, const SIGNED: bool> {
    json: Writer<'b>,
    text: Writer<'b>,
    call: &'c Call<'c>,
}

/// Writes a parameter; the name is joined with its punctuation when compiled.
macro_rules! param {
    ($params:expr, $name:literal, $value:expr) => {
        $params.pair(
            (concat!("\"", $name, "\":\"").as_bytes(), b"\","),
            concat!("&", $name, "=").as_bytes(),
            $value,
        )
    };
    ($params:expr, $name:literal, bare $value:expr) => {
        $params.pair(
            (concat!("\"", $name, "\":").as_bytes(), b","),
            concat!("&", $name, "=").as_bytes(),
            $value,
        )
    };
}
pub(crate) use param;

impl<'b, 'c, const SIGNED: bool> Params<'b, 'c, SIGNED> {
    /// Opens `{"id":…,"method":"…","params":{`, with the key's name in front
    /// where it is signed. `text` is scratch of [`TEXT`] bytes.
    #[inline(always)]
    pub(crate) fn open(
        call: &'c Call<'c>,
        method: &'static str,
        buffer: &'b mut [u8],
        text: &'b mut [u8; TEXT],
    ) -> Result<Self, EncodeError> {
        // The venue's ids are signed 64-bit integers.
        let id = i64::try_from(call.request.id).map_err(|_| EncodeError::Request)?;
        let mut json = Writer::new(buffer);
        json.push(b"{\"id\":");
        json.push(Digits::new().integer(id));
        json.push(b",\"method\":\"");
        json.push(method.as_bytes());
        json.push(b"\",\"params\":{");
        let mut text = Writer::new(text);
        if SIGNED {
            let key = call.signer.api_key().as_bytes();
            json.push(b"\"apiKey\":\"");
            json.push(key);
            json.push(b"\",");
            text.push(b"apiKey=");
            text.push(key);
        }
        Ok(Self { json, text, call })
    }

    /// A parameter: its name as JSON and as text, then its value, which has no
    /// quote and no backslash.
    #[inline(always)]
    pub(crate) fn pair(&mut self, (open, close): (&[u8], &[u8]), name: &[u8], value: &[u8]) {
        self.json.push(open);
        self.json.push(value);
        self.json.push(close);
        if SIGNED {
            self.text.push(name);
            self.text.push(value);
        }
    }

    /// `price=61800.20` and the like.
    #[inline(always)]
    pub(crate) fn price(&mut self, price: Decimal) {
        param!(self, "price", Digits::new().decimal(price));
    }

    /// `recvWindow`.
    #[inline(always)]
    pub(crate) fn recv_window(&mut self) {
        let value = i64::from(self.call.recv_window_ms);
        param!(self, "recvWindow", bare Digits::new().integer(value));
    }

    /// `timestamp`, which every request has.
    #[inline(always)]
    pub(crate) fn timestamp(&mut self) {
        let value = self.call.request.timestamp_ms;
        param!(self, "timestamp", bare Digits::new().integer(value));
    }

    /// Closes the request, with its signature where there is one, and returns
    /// its length.
    #[inline(always)]
    pub(crate) fn close(mut self) -> Result<usize, EncodeError> {
        if SIGNED {
            let text = self.text.written().ok_or(EncodeError::BufferTooSmall)?;
            let signature = self.call.signer.sign_named(text);
            self.json.push(b"\"signature\":\"");
            self.json.push(signature.as_bytes());
            self.json.push(b"\"}}");
        } else {
            // Every request has a parameter, whose comma goes.
            self.json.back(1);
            self.json.push(b"}}");
        }
        self.json.finish()
    }
}
