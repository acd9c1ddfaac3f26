//! What a wire is told to keep open and to fetch: the plans and the settings.
//! Written by whoever composes the line; read by the connector and the fetcher.

use crate::{Backoff, Method, RestSettings};
use std::path::PathBuf;
use std::time::Duration;

/// Where a connection goes.
pub enum Target {
    /// Always there: `ws://` or `wss://`.
    Fixed(String),
    /// Asked on a cold thread before each attempt: a private stream wants a
    /// fresh listenKey each time. An error is a failed attempt.
    Asked(Box<dyn FnMut() -> Result<String, String> + Send>),
}

/// One connection that a wire keeps open.
pub struct ConnectionPlan {
    /// Its number in every event; unique within the wire.
    pub connection: u16,
    /// Where it goes.
    pub url: Target,
    /// Text sent once after each opening, before the connection is handed over.
    pub subscribe: Option<String>,
    /// Headers of the handshake, besides those of the protocol.
    pub headers: Vec<(String, String)>,
    /// No byte for so long (pings count) and the connection is given up and
    /// opened again. A ping is sent at half of it, so that a healthy stream
    /// with nothing to say answers; the ping has at least the other half to be
    /// answered, however long the poller was away.
    pub silence_limit: Duration,
    /// How it is replaced before the venue ends it; `None`: it is not.
    pub rotation: Option<Rotation>,
}

/// How a connection is replaced: its successor is opened and subscribed, both
/// run side by side, and then the old one is closed. The two take turns. When one
/// is lost while both are up, the other goes on alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The successor's number in every event; unique within the wire.
    pub successor: u16,
    /// How old a connection becomes before its successor is opened.
    pub after: Duration,
    /// How long both run side by side: longer than one lags behind the other, or
    /// what the old one had not brought yet is lost.
    pub overlap: Duration,
}

impl ConnectionPlan {
    /// A connection to a fixed URL: no subscription, 30 s of silence, never
    /// replaced.
    #[must_use]
    pub fn new(connection: u16, url: impl Into<String>) -> Self {
        Self {
            connection,
            url: Target::Fixed(url.into()),
            subscribe: None,
            headers: Vec::new(),
            silence_limit: Duration::from_secs(30),
            rotation: None,
        }
    }
}

/// One REST call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestCall {
    /// GET, POST, PUT or DELETE; POST and PUT go with an empty body.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// Headers, besides those of the protocol.
    pub headers: Vec<(String, String)>,
}

/// Turns the token of a request into a call, on the fetcher's thread, before
/// each attempt (a signed request wants a fresh time stamp).
pub type Resolver = Box<dyn FnMut(u64) -> RestCall + Send>;

/// What a wire may fetch.
pub struct RestPlan {
    /// Turns tokens into calls.
    pub resolver: Resolver,
    /// Timeouts and limits of the client.
    pub settings: RestSettings,
    /// Requests that may wait; beyond it `request` answers false.
    pub depth: usize,
}

impl RestPlan {
    /// A plan with the default settings and room for 64 requests.
    #[must_use]
    pub fn new(resolver: Resolver) -> Self {
        Self { resolver, settings: RestSettings::default(), depth: 64 }
    }
}

/// What holds for all connections of a wire.
#[derive(Clone, Debug)]
pub struct WireSettings {
    /// Prefix of its threads' names.
    pub name: &'static str,
    /// Longest message that is kept, in bytes. Each connection owns a buffer of
    /// this and 64 KiB, touched before it is handed over.
    pub max_message: usize,
    /// Longest message that may be sent, in bytes.
    pub max_send: usize,
    /// Limit of one attempt's TCP connect, per address.
    pub connect_timeout: Duration,
    /// Limit of one attempt's TLS and WebSocket handshakes together.
    pub handshake_timeout: Duration,
    /// Waits between attempts, connections and REST alike.
    pub backoff: Backoff,
    /// A connection that was up so long starts its backoff anew.
    pub stable_after: Duration,
    /// A PEM file of certificates that are trusted besides the public roots.
    pub extra_ca: Option<PathBuf>,
    /// Whether `ws://` and `http://` may leave this machine. Loopback always may.
    pub allow_plaintext: bool,
}

impl Default for WireSettings {
    fn default() -> Self {
        Self {
            name: "wire",
            max_message: 1 << 20,
            max_send: 16 << 10,
            connect_timeout: Duration::from_secs(5),
            handshake_timeout: Duration::from_secs(5),
            // Binance allows 300 attempts per 5 minutes and address; from the
            // eighth failure in a row this makes at most one per 15 s.
            backoff: Backoff {
                shortest: Duration::from_millis(200),
                longest: Duration::from_secs(30),
            },
            stable_after: Duration::from_secs(60),
            extra_ca: None,
            allow_plaintext: false,
        }
    }
}
