//! One open WebSocket connection, as the polling thread sees it: bytes in,
//! messages out, pings answered, frames sent with one system call each.
//!
//! Opened by the connector and handed over; goes back there to be dropped.
//! Never allocates after it was handed over (TLS apart).

use crate::backoff::mix;
use crate::codec::{CONTROL_MAX, FrameReader, HEADER_MAX, Step, encode};
use crate::counters::Hot;
use crate::stream::{Stream, Took, Wrote};
use actor::{Clock, SendOutcome};
use std::io::ErrorKind;
use std::ops::Range;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use types::Nanos;

/// Why a connection ended. Plain data: the connector makes a sentence of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The peer sent a close frame with this code.
    Closed(u16),
    /// The peer ended the stream without one.
    End,
    /// The peer broke the protocol.
    Protocol(&'static str),
    /// The socket or TLS failed.
    Io(ErrorKind),
    /// No byte for longer than the silence limit.
    Silence,
    /// A message beyond the limit.
    Oversized,
    /// A frame went out in part, or could not be taken back.
    SendFailed,
    /// Its successor has taken over.
    Replaced,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed(code) => write!(f, "the peer closed it with code {code}"),
            Self::End => write!(f, "the peer ended it without a close frame"),
            Self::Protocol(what) => write!(f, "the peer broke the protocol: {what}"),
            Self::Io(kind) => write!(f, "the socket failed: {kind}"),
            Self::Silence => write!(f, "silent beyond the limit"),
            Self::Oversized => write!(f, "a message beyond the size limit"),
            Self::SendFailed => write!(f, "a frame could not be written whole"),
            Self::Replaced => write!(f, "its successor has taken over"),
        }
    }
}

/// How long the peer may take to say goodbye to a connection that was replaced, ns.
const LEAVING_NS: u64 = 5_000_000_000;

/// What one look at a connection found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A message, at this place.
    Message(Range<usize>),
    /// A message beyond the limit; `Ended` follows at the next look.
    Oversized,
    /// It is over: take it out.
    Ended(Cause),
    /// Nothing whole yet, but the socket may have more.
    Partial,
    /// Nothing, and the socket has nothing.
    Nothing,
}

/// Sizes and limits of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_message: usize,
    pub(crate) max_send: usize,
    pub(crate) silence_ns: u64,
}

/// The parts of a connection that take memory: recycled from one to the next.
pub(crate) struct Buffers {
    pub(crate) reader: FrameReader,
    out: Box<[u8]>,
}

impl Buffers {
    pub(crate) fn new(limits: Limits) -> Self {
        let out = vec![0xA5; limits.max_send + HEADER_MAX].into_boxed_slice();
        Self { reader: FrameReader::new(limits.max_message), out }
    }
}

/// A control frame on its way out; it may go in pieces.
struct ControlOut {
    bytes: [u8; HEADER_MAX + CONTROL_MAX],
    left: Range<usize>,
}

/// One open connection.
pub(crate) struct Connection {
    stream: Stream,
    buffers: Buffers,
    control: ControlOut,
    limits: Limits,
    mask_seed: u64,
    frames_sent: u64,
    /// When the last bytes were read: UTC, and on the meter.
    stamp: (Nanos, u64),
    /// When a ping went into the silence.
    pinged: Option<u64>,
    /// Silent beyond the limit: over, if the next read finds nothing either.
    suspect: bool,
    ending: Option<Cause>,
    /// Since when, on the meter, its successor has taken over.
    leaving: Option<u64>,
    /// Whether the buffer may hold a whole message.
    buffered: bool,
}

impl Connection {
    /// A connection over an open stream whose handshake is done; what was read
    /// beyond the handshake stands in the buffers' reader.
    pub(crate) fn new(stream: Stream, buffers: Buffers, limits: Limits, mask_seed: u64) -> Self {
        Self {
            stream,
            buffers,
            control: ControlOut { bytes: [0; HEADER_MAX + CONTROL_MAX], left: 0..0 },
            limits,
            mask_seed,
            frames_sent: 0,
            stamp: (Nanos(0), 0),
            pinged: None,
            suspect: false,
            ending: None,
            leaving: None,
            buffered: true,
        }
    }

    /// Takes it over on the polling thread: silence counts from here.
    pub(crate) fn take_over(&mut self, now: (Nanos, u64)) {
        self.stamp = now;
    }

    /// When the bytes of the last message were read.
    #[inline]
    pub(crate) const fn stamp(&self) -> (Nanos, u64) {
        self.stamp
    }

    /// The bytes of a message that was just found.
    #[inline]
    pub(crate) fn message(&self, place: Range<usize>) -> &[u8] {
        self.buffers.reader.at(place)
    }

    /// Gives the memory back for the next connection.
    pub(crate) fn into_buffers(self) -> Buffers {
        self.buffers
    }

    /// Whether a look may find something without a system call.
    #[inline]
    pub(crate) const fn is_buffered(&self) -> bool {
        self.buffered || self.ending.is_some()
    }

    /// Takes what is in the buffer, without reading.
    #[inline]
    pub(crate) fn look(&mut self, count: &Hot) -> Found {
        while self.buffered {
            match self.buffers.reader.step() {
                Step::Message(place) => return Found::Message(place),
                Step::NeedMore => self.buffered = false,
                Step::Ping(place) => self.answer(place, count),
                Step::Pong => {}
                Step::Close(code) => {
                    self.say_close(count);
                    self.end(Cause::Closed(code));
                }
                Step::Broken(what) => self.end(Cause::Protocol(what)),
                Step::Oversized => {
                    self.end(Cause::Oversized);
                    return Found::Oversized;
                }
            }
        }
        self.ending.map_or(Found::Nothing, Found::Ended)
    }

    /// Reads once, and takes what came.
    #[inline]
    pub(crate) fn read(&mut self, clock: &mut Clock, count: &Hot) -> Found {
        if self.ending.is_none() {
            if !self.control.left.is_empty() {
                self.flush_control(count);
            }
            match self.stream.read(self.buffers.reader.room(), count) {
                Took::Nothing if self.suspect => self.end(Cause::Silence),
                Took::Nothing => return self.ending.map_or(Found::Nothing, Found::Ended),
                Took::Error(ErrorKind::Interrupted) => return Found::Partial,
                Took::End => self.end(Cause::End),
                Took::Error(kind) => self.end(Cause::Io(kind)),
                Took::Bytes(bytes) => {
                    self.stamp = clock.read();
                    (self.pinged, self.suspect) = (None, false);
                    self.buffers.reader.filled(bytes);
                    self.buffered = true;
                }
            }
        }
        match self.look(count) {
            Found::Nothing => Found::Partial,
            found => found,
        }
    }

    /// Writes one text message: see [`SendOutcome`].
    #[inline]
    pub(crate) fn send(&mut self, bytes: &[u8], count: &Hot) -> SendOutcome {
        if self.ending.is_some() {
            return SendOutcome::NotConnected;
        }
        if bytes.len() > self.limits.max_send {
            count.oversized_sends.add(1);
            return SendOutcome::WouldBlock;
        }
        // A control frame that went in part must be finished first.
        if !self.control.left.is_empty() && !self.flush_control(count) {
            return self.ending.map_or(SendOutcome::WouldBlock, |_| SendOutcome::NotConnected);
        }
        let mask = self.mask();
        let opcode = OpCode::Data(Data::Text);
        let Some(length) = encode(opcode, bytes, mask, &mut self.buffers.out) else {
            return SendOutcome::WouldBlock;
        };
        match self.stream.write(&self.buffers.out[..length], count) {
            Wrote::All => SendOutcome::Sent,
            Wrote::None => SendOutcome::WouldBlock,
            Wrote::NoneAndBroken => {
                self.end_after_buffer(Cause::SendFailed);
                SendOutcome::NotConnected
            }
            Wrote::Some => {
                self.end_after_buffer(Cause::SendFailed);
                SendOutcome::Failed
            }
        }
    }

    /// Looks at the clock: pings a quiet connection and suspects a silent one.
    /// True when it must be read, ready or not.
    ///
    /// The poller may have been away for longer than the limit (a full link, a
    /// stopped machine): so nothing is over before a ping had half the limit to
    /// be answered and a read after that found nothing.
    pub(crate) fn keep(&mut self, meter: u64, count: &Hot) -> bool {
        let half = self.limits.silence_ns / 2;
        let quiet = meter.saturating_sub(self.stamp.1);
        match self.pinged {
            None if quiet > half && self.ending.is_none() => {
                self.pinged = Some(meter);
                count.keepalives.add(1);
                self.put_control(Control::Ping, 0..0, count);
            }
            Some(pinged) if meter.saturating_sub(pinged) > half => {
                self.suspect = quiet > self.limits.silence_ns;
            }
            _ => {}
        }
        if self.leaving.is_some_and(|since| meter.saturating_sub(since) > LEAVING_NS) {
            self.end_after_buffer(Cause::Replaced);
        }
        self.suspect
    }

    /// Says goodbye, once, if the socket takes it at once.
    pub(crate) fn say_close(&mut self, counters: &Hot) {
        if self.ending.is_none() && self.leaving.is_none() {
            self.put_control(Control::Close, 0..0, counters);
        }
    }

    /// Its successor has taken over: it says goodbye and is read until the peer has said
    /// it too. What the peer sent before that is not lost, however far behind we are.
    pub(crate) fn retire(&mut self, meter: u64, counters: &Hot) {
        self.say_close(counters);
        self.leaving.get_or_insert(meter);
    }

    fn end(&mut self, cause: Cause) {
        self.buffered = false;
        self.end_after_buffer(cause);
    }

    /// Ends it once the whole messages already read are handed out.
    fn end_after_buffer(&mut self, cause: Cause) {
        let cause = self.leaving.map_or(cause, |_| Cause::Replaced);
        self.ending.get_or_insert(cause);
    }

    /// A fresh mask for each frame. It protects proxies from a hostile page
    /// (RFC 6455, 10.3), not the data; no secret is needed against a venue.
    fn mask(&mut self) -> [u8; 4] {
        self.frames_sent = self.frames_sent.wrapping_add(1);
        let [a, b, c, d, ..] = mix(self.mask_seed, self.frames_sent).to_ne_bytes();
        [a, b, c, d]
    }

    fn answer(&mut self, ping: Range<usize>, count: &Hot) {
        count.pings.add(1);
        self.put_control(Control::Pong, ping, count);
    }

    /// Queues a control frame and tries to write it. While another is stuck in a
    /// full socket this one is left out: RFC 6455, 5.5.3 lets a pong answer only
    /// the latest ping, and a peer that does not read misses none.
    fn put_control(&mut self, control: Control, payload: Range<usize>, count: &Hot) {
        if !self.control.left.is_empty() && !self.flush_control(count) {
            return;
        }
        let mask = self.mask();
        let payload = self.buffers.reader.at(payload);
        let opcode = OpCode::Control(control);
        if let Some(length) = encode(opcode, payload, mask, &mut self.control.bytes) {
            self.control.left = 0..length;
            self.flush_control(count);
        }
    }

    /// Whether none of the control frame is left.
    fn flush_control(&mut self, count: &Hot) -> bool {
        let part = &self.control.bytes[self.control.left.clone()];
        match self.stream.write_part(part, count) {
            Ok(went) => self.control.left.start += went,
            Err(kind) => self.end_after_buffer(Cause::Io(kind)),
        }
        self.control.left.is_empty()
    }
}
