//! A wire: bytes in, bytes out, connections that come and go. The two ends of
//! the line speak to this trait, never to a socket; `net` implements it over
//! sockets and over memory.

use types::Nanos;

/// What a poll of a wire found. Borrowed until the next poll.
#[derive(Debug, PartialEq, Eq)]
pub enum WireEvent<'w> {
    /// One whole message.
    Message {
        /// Which connection.
        connection: u16,
        /// When it was read.
        received: Nanos,
        /// The meter's reading at that moment.
        meter: u64,
        /// Its bytes.
        bytes: &'w [u8],
    },
    /// The body of a REST answer that was asked for.
    Rest {
        /// What it answers.
        token: u64,
        /// When it was read.
        received: Nanos,
        /// The meter's reading at that moment.
        meter: u64,
        /// Its bytes.
        bytes: &'w [u8],
    },
    /// A connection is open, and subscribed where that applies.
    Up {
        /// Which connection.
        connection: u16,
        /// When.
        received: Nanos,
    },
    /// A connection is gone; it will be opened again, with backoff.
    Down {
        /// Which connection.
        connection: u16,
        /// When.
        received: Nanos,
    },
    /// A message beyond the size limit was read off and not kept.
    Oversized {
        /// Which connection.
        connection: u16,
        /// When.
        received: Nanos,
    },
    /// Virtual time has reached this point, without a message.
    Tick {
        /// When.
        received: Nanos,
    },
    /// Nothing now.
    Idle,
    /// Nothing now or ever: the wire was shut, or the recording ended.
    Closed,
}

/// What became of bytes that were to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The socket took all of them.
    Sent,
    /// The socket took none of them: not sent.
    WouldBlock,
    /// There is no connection: not sent.
    NotConnected,
    /// The socket took some and then failed: nobody knows.
    Failed,
}

/// Connections of one actor.
pub trait Wire: Send {
    /// Looks once for something to hand over. Never blocks.
    fn poll(&mut self) -> WireEvent<'_>;

    /// Writes one message to `connection`. Never blocks, never retries.
    fn send(&mut self, connection: u16, bytes: &[u8]) -> SendOutcome;

    /// Asks for a REST answer: it comes back as [`WireEvent::Rest`] with `token`.
    /// False when the queue of requests is full; ask again later.
    fn request(&mut self, token: u64) -> bool;
}
