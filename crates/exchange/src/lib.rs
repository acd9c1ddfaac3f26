//! A simulated exchange: matching, accounts, market, streams, REST and WebSocket order entry.
//!
//! It speaks as Binance USD-M futures does, and shares no code with the engine's venue codec, so that
//! each can catch the other's mistakes. It never trades by itself, and never touches a real venue.
//!
//! # Two layers
//!
//! - [`Exchange`]: sans-I/O. Time is an argument (i64 ns UTC), randomness is the seed, and the same
//!   calls give the same bytes. [`Exchange::next_due`] says when it will do something by itself,
//!   [`Exchange::advance`] lets it, [`Exchange::api_request`] and [`Exchange::rest`] ask.
//! - [`Server`]: the same over loopback sockets, on one thread of its own; HTTP and WebSocket share a port,
//!   with the venue's own paths.
//!
//! # The market
//!
//! [`Source::Synthetic`] keeps real price-time-priority books by a seeded order flow: own orders stand in
//! the same queues. [`Source::Capture`] plays recorded files (`<local time> <JSON>`; plain, gz, zst),
//! frame by frame as recorded, and matches own orders against the recorded book: they take displayed
//! liquidity, which stays taken until the level is named again; a passive order waits behind what was
//! displayed when it came. A recording's book starts with its REST snapshot; a depth request that comes
//! earlier is answered then.
//!
//! # Time
//!
//! [`Timing::Real`]: a market waits for [`Exchange::start`] (the server calls it for the first market
//! subscriber), and every `E` and `T` of a played frame becomes its send time. [`Timing::Virtual`]: the
//! market has started, recorded stamps stay, and half a millisecond passes each way.
//!
//! # The account
//!
//! Key `test-key`, secret `test-secret`, 1,000,000 USDT, one-way mode, cross margin, 20 times leverage, 2 bps
//! maker and 5 bps taker fee. Money is `i128` at scale 18; fees and realised profit are truncated toward
//! zero at eight decimals. Own orders never trade with each other: the resting one expires.
//! Reduce-only orders never turn a position: the excess expires. Not simulated: liquidation, funding,
//! hedge mode, conditional and GTD orders, listenKey expiry.
//!
//! # Faults
//!
//! [`FaultScript::parse`] reads DESIGN.md section 8's script. `slow` is refused, not ignored. Connection
//! faults come out as [`Destination::Wire`], for whoever owns the connections.
//!
//! # Example
//!
//! ```
//! use exchange::{Exchange, ExchangeConfig};
//!
//! let start = 1_700_000_000_000_000_000;
//! let mut exchange = Exchange::new(ExchangeConfig::synthetic(1).on_virtual_time(start))?;
//! let mut out = Vec::new();
//! exchange.advance(start + 1_000_000_000, &mut out);
//! assert!(out.len() > 1_000, "2,000 messages a second");
//! # Ok::<(), exchange::ExchangeError>(())
//! ```

mod access;
mod account;
mod api;
mod book;
mod capture;
mod config;
mod entry;
mod exchange;
mod faults;
mod filters;
mod frames;
mod market;
mod matching;
mod number;
mod order;
mod outgoing;
mod params;
mod played;
mod record;
mod refusal;
mod replies;
mod rest;
mod rng;
mod sending;
mod server;
mod sign;
mod stats;
mod synthetic;
#[cfg(test)]
mod tests;

pub use config::{
    AccountConfig, ExchangeConfig, ExchangeError, Instrument, Limits, Source, Speed, Timing,
    default_instruments,
};
pub use exchange::Exchange;
pub use faults::FaultScript;
pub use frames::{StreamKind, wrap_combined};
pub use number::{MONEY_DECIMALS, MONEY_ONE};
pub use order::Side;
pub use outgoing::{Destination, Outgoing, Target, Wire, WireAction};
pub use rest::{RestReply, RestRequest, RestResponse};
pub use server::{Server, ServerConfig, ServerHandle};
pub use sign::{api_payload, hmac_hex, rest_payload};
pub use stats::{Counters, ExchangeStats, PositionStats};
