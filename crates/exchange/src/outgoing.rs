//! What leaves the exchange, and the queue of what is due later.
//! Pure data; sockets or an in-process engine carry it on.

use std::collections::BTreeMap;

use crate::frames::StreamKind;
use crate::rest::RestRequest;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Every subscriber of a market stream. `instrument` indexes `Exchange::instruments`.
    Market {
        /// Index of the instrument.
        instrument: usize,
        /// Which stream of it.
        kind: StreamKind,
    },
    /// Every holder of a listenKey.
    Private,
    /// The WebSocket-API session that asked.
    Api(u32),
    /// The REST request that was answered with `RestReply::Later` and this token.
    Rest {
        /// The token.
        token: u64,
        /// HTTP status of the answer; the text is its body.
        status: u16,
    },
    /// Not a message: an injected fault of the connections themselves.
    Wire(Wire),
}

impl Destination {
    /// The word by which messages of this kind are counted.
    pub fn word(self) -> &'static str {
        match self {
            Destination::Market { kind, .. } => kind.word(),
            Destination::Private => "private",
            Destination::Api(_) => "api",
            Destination::Rest { .. } => "rest",
            Destination::Wire(_) => "wire",
        }
    }
}

/// A fault of connections, for whoever owns them to carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    /// Which connections.
    pub target: Target,
    /// What happens to them.
    pub action: WireAction,
}

/// Which connections a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// All market streams.
    Market,
    /// All private streams.
    Private,
    /// All WebSocket-API sessions.
    Api,
    /// One WebSocket-API session.
    Session(u32),
    /// The connection of the REST request with this token.
    Request(u64),
    /// All of them.
    All,
}

impl Target {
    /// Whether a message to `to` goes over these connections.
    pub(crate) fn covers(self, to: Destination) -> bool {
        match (self, to) {
            (_, Destination::Wire(_)) => false,
            // Each REST request is free to open a connection of its own.
            (Target::Request(token), Destination::Rest { token: asked, .. }) => token == asked,
            (_, Destination::Rest { .. }) => false,
            (Target::All, _)
            | (Target::Market, Destination::Market { .. })
            | (Target::Private, Destination::Private)
            | (Target::Api, Destination::Api(_)) => true,
            (Target::Session(session), Destination::Api(asked)) => session == asked,
            _ => false,
        }
    }
}

/// What a fault does to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireAction {
    /// An orderly WebSocket close.
    Close,
    /// A TCP reset.
    Reset,
    /// It stays open, and nothing is read or written on it any more.
    HalfOpen,
    /// What is written on it trickles at this pace, for this long.
    Slow {
        /// Bytes per second, at least 1.
        bytes_per_s: u32,
        /// How long, ns.
        for_ns: i64,
    },
}

/// One message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// When it leaves, ns.
    pub at: i64,
    /// Where it goes.
    pub to: Destination,
    /// JSON text; a market frame is the bare inner object, which a combined connection wraps.
    pub text: String,
}

/// Something that the exchange does by itself when its time has come.
#[derive(Debug)]
pub(crate) enum Due {
    /// A message leaves. Faults have been applied already.
    Send(Outgoing),
    /// A WebSocket-API request takes effect.
    Api { session: u32, text: Vec<u8> },
    /// A REST request takes effect.
    Rest { token: u64, request: RestRequest },
    /// A message that a reorder fault holds leaves now at the latest.
    Release(u64),
}

/// What is due, by time and then by the order of asking.
#[derive(Debug, Default)]
pub(crate) struct DueQueue {
    items: BTreeMap<(i64, u64), Due>,
    sequence: u64,
}

impl DueQueue {
    pub(crate) fn push(&mut self, at: i64, due: Due) {
        self.sequence += 1;
        self.items.insert((at, self.sequence), due);
    }

    pub(crate) fn next_at(&self) -> Option<i64> {
        self.items.keys().next().map(|(at, _)| *at)
    }

    /// Loses the messages that were to leave over connections that are gone.
    pub(crate) fn lose(&mut self, target: Target) {
        self.items.retain(|_, due| match due {
            Due::Send(message) => !target.covers(message.to),
            _ => true,
        });
    }

    /// The first item, if it is due at or before `now`.
    pub(crate) fn pop(&mut self, now: i64) -> Option<(i64, Due)> {
        let first = self.items.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let ((at, _), due) = first.remove_entry();
        Some((at, due))
    }
}
