//! A simulated exchange: matching, accounts, market, streams, REST and WebSocket order entry.

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
mod sign;
mod stats;
mod synthetic;
#[cfg(test)]
mod tests;
mod server;

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
