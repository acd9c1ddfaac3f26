//! Order requests, encoded and signed into the gateway's own buffer.
//!
//! The gateway gives the approved fields and the time; the bytes are what goes
//! into one WebSocket text frame. Hot: no allocation. It never sends, never
//! reads a clock, and judges only what it could not encode.

use crate::registry::with_venue;
use crate::venue::Venue;
use crate::{Dialect, EncodeError, Signer};
use types::{ClientOrderId, InstrumentSpec, OrderFields};

/// What belongs to one request and not to its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Comes back in the reply; at most `i64::MAX`.
    pub id: u64,
    /// Venue time in milliseconds since 1970, above zero.
    pub timestamp_ms: i64,
}

/// What a venue's encoder needs beside the order.
pub(crate) struct Call<'s> {
    pub(crate) signer: &'s Signer,
    pub(crate) request: Request,
    pub(crate) recv_window_ms: u32,
}

/// Encodes for one key at one venue.
#[derive(Debug)]
pub struct OrderSession {
    dialect: Dialect,
    signer: Signer,
    recv_window_ms: u32,
}

impl OrderSession {
    /// Bytes that hold every request of every venue.
    pub const BUFFER: usize = 1024;

    /// A session; the venue refuses a request that is older than
    /// `recv_window_ms` when it arrives (Binance: at most 60,000).
    #[must_use]
    pub const fn new(dialect: Dialect, signer: Signer, recv_window_ms: u32) -> Self {
        Self { dialect, signer, recv_window_ms }
    }

    /// The signer, for REST queries.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Writes the request for a new order and returns its length.
    ///
    /// # Errors
    /// [`EncodeError`]; nothing may be sent then.
    pub fn encode_place(
        &self,
        request: Request,
        fields: &OrderFields,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let call = self.call(request)?;
        with_venue!(self.dialect, V => V::encode_place(&call, fields, spec, buffer))
    }

    /// Writes the request for a new price and quantity of a working order.
    ///
    /// # Errors
    /// [`EncodeError`]; nothing may be sent then.
    pub fn encode_amend(
        &self,
        request: Request,
        fields: &OrderFields,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let call = self.call(request)?;
        with_venue!(self.dialect, V => V::encode_amend(&call, fields, spec, buffer))
    }

    /// Writes the request to cancel `order`.
    ///
    /// # Errors
    /// [`EncodeError`]; nothing may be sent then.
    pub fn encode_cancel(
        &self,
        request: Request,
        order: ClientOrderId,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let call = self.call(request)?;
        with_venue!(self.dialect, V => V::encode_cancel(&call, order, spec, buffer))
    }

    /// Writes the request that asks what became of `order`.
    ///
    /// # Errors
    /// [`EncodeError`]; nothing may be sent then.
    pub fn encode_status(
        &self,
        request: Request,
        order: ClientOrderId,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let call = self.call(request)?;
        with_venue!(self.dialect, V => V::encode_status(&call, order, spec, buffer))
    }

    fn call(&self, request: Request) -> Result<Call<'_>, EncodeError> {
        if request.timestamp_ms <= 0 {
            return Err(EncodeError::Request);
        }
        Ok(Call { signer: &self.signer, request, recv_window_ms: self.recv_window_ms })
    }
}
