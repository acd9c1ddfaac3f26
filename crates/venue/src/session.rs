//! Order requests, encoded and signed into the gateway's own buffer.
//!
//! The gateway gives the approved fields and the time; the bytes are what goes
//! into one WebSocket text frame. Hot: no allocation. It never sends, never
//! reads a clock, and judges only what it could not encode.

use crate::registry::with_venue;
use crate::venue::Venue;
use crate::{Dialect, EncodeError, Signer};
use types::{ClientOrderId, InstrumentSpec, Nanos, OrderFields};

/// What belongs to one request and not to its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Comes back in the reply; at most `i64::MAX`.
    pub id: u64,
    /// Venue time in milliseconds since 1970, above zero.
    pub timestamp_ms: i64,
}

/// What a venue's encoder needs beside what is asked.
pub(crate) struct Call<'s> {
    pub(crate) signer: &'s Signer,
    pub(crate) request: Request,
    pub(crate) recv_window_ms: u32,
    /// Whether this connection has logged on and signs no more.
    pub(crate) logged_on: bool,
}

/// What is asked of a venue about one instrument.
#[derive(Clone, Copy)]
pub(crate) enum Ask<'a> {
    Place(&'a OrderFields),
    Amend(&'a OrderFields),
    Cancel(ClientOrderId),
    Status(ClientOrderId),
    CancelAll,
    /// Our fills of the order with this id of the venue.
    Trades(u64),
}

/// What is asked about the connection itself.
#[derive(Clone, Copy)]
pub(crate) enum Open {
    Logon,
    Subscribe,
}

/// Encodes for one key at one venue.
#[derive(Debug)]
pub struct OrderSession {
    dialect: Dialect,
    signer: Signer,
    recv_window_ms: u32,
    logged_on: bool,
}

impl OrderSession {
    /// Bytes that hold every request of every venue.
    pub const BUFFER: usize = 1024;

    /// A session; the venue refuses a request that is older than
    /// `recv_window_ms` when it arrives (Binance: at most 60,000).
    #[must_use]
    pub const fn new(dialect: Dialect, signer: Signer, recv_window_ms: u32) -> Self {
        Self { dialect, signer, recv_window_ms, logged_on: false }
    }

    /// The signer, for REST queries.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// How long after its stamp the venue may still carry out a request.
    #[must_use]
    pub const fn window(&self) -> Nanos {
        Nanos::from_ms(self.recv_window_ms as i64)
    }

    /// Whether the private stream is a session that subscribes
    /// ([`OrderSession::encode_subscribe`]) instead of one with a listen key.
    #[must_use]
    pub const fn subscribes(&self) -> bool {
        self.dialect.paths().listen_key.is_empty()
    }

    /// Whether an amendment keeps the order's price and must not name one.
    #[must_use]
    pub const fn keeps_price(&self) -> bool {
        with_venue!(self.dialect, V => V::AMEND_KEEPS_PRICE)
    }

    /// Whether a fee is taken out of what a fill brings, so that a buy's is paid
    /// in the base asset; else it is paid in the quote asset.
    #[must_use]
    pub const fn fee_from_received(&self) -> bool {
        with_venue!(self.dialect, V => V::FEE_FROM_RECEIVED)
    }

    /// Whether requests go unsigned because the connection has logged on.
    #[must_use]
    pub const fn is_logged_on(&self) -> bool {
        self.logged_on
    }

    /// The venue took the logon (true), or the connection is a new one (false):
    /// a logon belongs to its connection. Without a key that can log on it
    /// stays false.
    pub const fn set_logged_on(&mut self, logged_on: bool) {
        self.logged_on = logged_on && self.signer.can_log_on();
    }

    /// Writes the request that makes this connection speak for the key, after
    /// which its orders carry no signature.
    ///
    /// # Errors
    /// [`EncodeError`]; [`EncodeError::Unsupported`] for a key that cannot.
    pub fn encode_logon(&self, request: Request, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        if !self.signer.can_log_on() {
            return Err(EncodeError::Unsupported);
        }
        self.open(Open::Logon, request, buffer)
    }

    /// Writes the request that makes this connection a private stream.
    ///
    /// # Errors
    /// [`EncodeError`]; [`EncodeError::Unsupported`] where a listen key is used.
    pub fn encode_subscribe(
        &self,
        request: Request,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        self.open(Open::Subscribe, request, buffer)
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
        self.ask(Ask::Place(fields), request, spec, buffer)
    }

    /// Writes the request for a new price and quantity of a working order. Spot
    /// can only lower the quantity and keeps the price: there the fields' price
    /// must be 0.
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
        self.ask(Ask::Amend(fields), request, spec, buffer)
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
        self.ask(Ask::Cancel(order), request, spec, buffer)
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
        self.ask(Ask::Status(order), request, spec, buffer)
    }

    /// Writes the request to cancel every order of an instrument.
    ///
    /// # Errors
    /// [`EncodeError`]; [`EncodeError::Unsupported`] where only REST can
    /// ([`Dialect::rest_cancel_all`]).
    pub fn encode_cancel_all(
        &self,
        request: Request,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        self.ask(Ask::CancelAll, request, spec, buffer)
    }

    /// Writes the request for our fills of the order that the venue names
    /// `venue_order_id`.
    ///
    /// # Errors
    /// [`EncodeError`]; [`EncodeError::Unsupported`] where only REST can
    /// ([`Dialect::rest_user_trades`]).
    pub fn encode_trades(
        &self,
        request: Request,
        venue_order_id: u64,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        self.ask(Ask::Trades(venue_order_id), request, spec, buffer)
    }

    #[inline]
    fn ask(
        &self,
        ask: Ask<'_>,
        request: Request,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let call = self.call(request)?;
        with_venue!(self.dialect, V => V::encode(&call, ask, spec, buffer))
    }

    fn open(&self, open: Open, request: Request, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let call = self.call(request)?;
        with_venue!(self.dialect, V => V::encode_open(&call, open, buffer))
    }

    #[inline]
    fn call(&self, request: Request) -> Result<Call<'_>, EncodeError> {
        if request.timestamp_ms <= 0 {
            return Err(EncodeError::Request);
        }
        let Self { signer, recv_window_ms, logged_on, .. } = self;
        let (recv_window_ms, logged_on) = (*recv_window_ms, *logged_on);
        Ok(Call { signer, request, recv_window_ms, logged_on })
    }
}
