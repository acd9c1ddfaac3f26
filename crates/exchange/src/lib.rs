//! A simulated exchange: matching, accounts, market, streams, REST and WebSocket order entry.
//!
//! It speaks as Binance USD-M futures or Binance spot does ([`Dialect`]), and shares no code with
//! the engine's venue codec, so that each can catch the other's mistakes. It never trades by
//! itself, and never touches a real venue.
//!
//! # Two layers
//!
//! - [`Exchange`]: sans-I/O. Time is an argument (i64 ns UTC), randomness is the seed, and the same
//!   calls give the same bytes. [`Exchange::next_due`] says when it will do something by itself,
//!   [`Exchange::advance`] lets it, [`Exchange::api_request`] and [`Exchange::rest`] ask.
//! - [`Server`]: the same over loopback sockets, on one thread of its own; HTTP and WebSocket share
//!   a port, with the venue's own paths, plain or under TLS ([`TlsFiles`]).
//!
//! # The market
//!
//! [`Source::Synthetic`] keeps real price-time-priority books by a seeded order flow: own orders
//! stand in the same queues. Depth, quotes and trades it always makes; aggTrade, kline_1m,
//! forceOrder and markPrice once somebody subscribes or [`Exchange::want`] asks.
//!
//! [`Source::Capture`] plays recordings (`<local time> <JSON>`) and sessions (`.jsonl`), plain, gz
//! or zst: every frame of a symbol's stream as recorded. Own orders meet the recorded book: they
//! take displayed liquidity, which stays taken until the level is named again; a passive order
//! waits behind what was displayed when it came, by a [`QueueModel`]. A recording's book starts
//! with its REST snapshot; a depth request that comes earlier is answered then. A capture of the
//! other market is refused with what shows it. Not played: streams of all symbols at once (`!`).
//!
//! [`Source::Pushed`] is somebody else's market, told as it happens: [`Exchange::push`] takes each
//! message, [`Exchange::push_snapshot`] the depth answers, and own orders meet the book that these
//! make, as a recording's. Nothing of it is sent on. Copies over several connections count once. A
//! book with a hole is not ready until what is missing or a snapshot has come.
//!
//! # Time
//!
//! [`Timing::Real`]: a market waits for [`Exchange::start`] (the server calls it once
//! `market_clients_min` have subscribed), and `E` and `T` of a played frame become its send time,
//! but for the `T` of a bar's end and of the next funding. [`Timing::Virtual`]: the market has
//! started and recorded stamps stay. [`Exchange::hold`] stops the market's clock and
//! [`Exchange::release`] lets it go on. Requests and answers take as long as [`Latency`] says.
//!
//! # The account
//!
//! Key `test-key`, secret `test-secret`, and an [`Ed25519Key`] where one is given, which may log
//! on. Money is `i128` at scale 18, settled at eight decimals, cut toward zero. Own orders never
//! trade with each other: the resting one expires. [`Fees`] below zero are rebates.
//!
//! Futures: 1,000,000 USDT, one-way mode, cross margin, 20 times leverage, 2 bps maker and 5 bps
//! taker; reduce-only orders never turn a position, the excess expires; funding by
//! [`FundingTerms`] or by what a recording tells. Not simulated: liquidation, hedge mode,
//! conditional and GTD orders, listenKey expiry.
//!
//! Spot: 1,000,000 USDT and 100 BTC, 10 bps out of what is received. Not simulated: order lists,
//! cancelReplace, conditional orders, market orders by quote quantity.
//!
//! # Faults
//!
//! [`FaultScript::parse`] reads DESIGN.md section 8's script. The n-th message of a kind is struck
//! by the seed and n alone. Faults that end connections come out as [`Destination::Wire`], for
//! whoever owns them; on virtual time `slow` and `half_open` are carried out here, and the wire
//! then tells when a half-open connection is noticed.
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
mod derived;
mod entry;
mod exchange;
mod faults;
mod fees;
mod filters;
mod frames;
mod funding;
mod fuzz;
mod latency;
mod listing;
mod logon;
mod market;
mod matching;
mod newest;
mod number;
mod order;
mod outgoing;
mod params;
mod played;
mod pushed;
mod queue;
mod record;
mod refusal;
mod replies;
mod rest;
mod rng;
mod sending;
mod server;
mod session;
mod sign;
mod spot;
mod stats;
mod synthetic;
#[cfg(test)]
mod tests;
mod trades;
mod windows;

pub use config::{
    AccountConfig, Dialect, ExchangeConfig, ExchangeError, Instrument, Limits, Source, Speed,
    Timing, default_instruments, spot_instruments,
};
pub use exchange::Exchange;
pub use faults::FaultScript;
pub use fees::Fees;
pub use frames::{StreamKind, wrap_combined};
pub use funding::FundingTerms;
pub use fuzz::{fuzz_capture, fuzz_exchange};
pub use latency::Latency;
pub use listing::listed;
pub use number::{MONEY_DECIMALS, MONEY_ONE};
pub use order::Side;
pub use outgoing::{Destination, Outgoing, Target, Wire, WireAction};
pub use pushed::PushCounters;
pub use queue::QueueModel;
pub use rest::{RestReply, RestRequest, RestResponse};
pub use server::{Server, ServerConfig, ServerHandle, TlsFiles};
pub use sign::{Ed25519Key, api_payload, hmac_hex, rest_payload};
pub use stats::{Counters, ExchangeStats, PositionStats};
