//! A non-blocking byte stream, plain or TLS, that says exactly what became of
//! bytes that were to be written. Owned by a connection; opened elsewhere.
//!
//! TLS allocates in rustls (one received record, one allocation), so every call
//! into it runs inside `actor::in_tls`, which counts that apart.

use crate::counters::Hot;
use actor::in_tls;
use mio::net::TcpStream;
use rustls::ClientConnection;
use std::io::{ErrorKind, Read, Write};

/// What a read came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Took {
    /// So many bytes, at least one.
    Bytes(usize),
    /// The socket has nothing.
    Nothing,
    /// The peer has closed its side.
    End,
    /// The socket or TLS failed.
    Error(ErrorKind),
}

/// What a write of one frame came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrote {
    /// The socket took all of it.
    All,
    /// The socket took none of it and is as before.
    None,
    /// The socket took none of it and cannot be used again.
    NoneAndBroken,
    /// The socket took some of it and cannot be used again.
    Some,
}

/// The two kinds of stream.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream>),
}

/// TLS over a socket.
pub(crate) struct TlsStream {
    pub(crate) tls: ClientConnection,
    pub(crate) tcp: TcpStream,
}

impl Stream {
    /// Reads what is there, once.
    #[inline]
    pub(crate) fn read(&mut self, to: &mut [u8], count: &Hot) -> Took {
        match self {
            Self::Plain(tcp) => read_plain(tcp, to, count),
            Self::Tls(stream) => in_tls(|| stream.read(to, count)),
        }
    }

    /// Writes one frame: one system call when the socket has room.
    #[inline]
    pub(crate) fn write(&mut self, frame: &[u8], count: &Hot) -> Wrote {
        match self {
            Self::Plain(tcp) => write_plain(tcp, frame, count),
            Self::Tls(stream) => in_tls(|| stream.write(frame, count)),
        }
    }

    /// Writes on from where an earlier write of `frame` stopped; how far it got
    /// now. For control frames, which may go in pieces.
    pub(crate) fn write_part(&mut self, part: &[u8], count: &Hot) -> Result<usize, ErrorKind> {
        let Self::Plain(tcp) = self else {
            return match self.write(part, count) {
                Wrote::All => Ok(part.len()),
                Wrote::None => Ok(0),
                Wrote::NoneAndBroken | Wrote::Some => Err(ErrorKind::BrokenPipe),
            };
        };
        count.writes.add(1);
        match tcp.write(part) {
            Ok(wrote) => Ok(wrote),
            Err(why) if is_later(why.kind()) => Ok(0),
            Err(why) => Err(why.kind()),
        }
    }
}

/// Whether to come back for it: nothing now, or a signal came between.
fn is_later(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

#[inline]
fn read_plain(tcp: &mut TcpStream, to: &mut [u8], count: &Hot) -> Took {
    count.reads.add(1);
    match tcp.read(to) {
        Ok(0) => Took::End,
        Ok(bytes) => Took::Bytes(bytes),
        Err(why) if why.kind() == ErrorKind::WouldBlock => Took::Nothing,
        Err(why) => Took::Error(why.kind()),
    }
}

#[inline]
fn write_plain(tcp: &mut TcpStream, frame: &[u8], count: &Hot) -> Wrote {
    count.writes.add(1);
    match tcp.write(frame) {
        Ok(bytes) if bytes == frame.len() => Wrote::All,
        Ok(0) => Wrote::NoneAndBroken,
        Ok(_) => Wrote::Some,
        Err(why) if is_later(why.kind()) => Wrote::None,
        Err(_) => Wrote::NoneAndBroken,
    }
}

/// Records that one call may read before it has plaintext: a handshake message
/// or a key update has none, and the wire polls again anyway.
const RECORDS_PER_READ: usize = 4;

impl TlsStream {
    fn read(&mut self, to: &mut [u8], count: &Hot) -> Took {
        for _ in 0..RECORDS_PER_READ {
            match self.tls.reader().read(to) {
                Ok(0) => return Took::End,
                Ok(bytes) => return Took::Bytes(bytes),
                Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return Took::End, // Closed without close_notify.
            }
            count.reads.add(1);
            match self.tls.read_tls(&mut self.tcp) {
                Ok(0) => return Took::End,
                Ok(_) => {}
                Err(why) if why.kind() == ErrorKind::WouldBlock => return Took::Nothing,
                Err(why) => return Took::Error(why.kind()),
            }
            if self.tls.process_new_packets().is_err() {
                return Took::Error(ErrorKind::InvalidData);
            }
            // A key update or an alert: best effort here, again before a write.
            if self.tls.wants_write() && self.flush(count).is_err() {
                return Took::Error(ErrorKind::BrokenPipe);
            }
        }
        Took::Error(ErrorKind::Interrupted)
    }

    /// Writes pending records; how many bytes went.
    fn flush(&mut self, count: &Hot) -> Result<usize, ErrorKind> {
        let mut went = 0;
        while self.tls.wants_write() {
            count.writes.add(1);
            match self.tls.write_tls(&mut self.tcp) {
                Ok(0) => return Err(ErrorKind::WriteZero),
                Ok(bytes) => went += bytes,
                Err(why) if why.kind() == ErrorKind::WouldBlock => break,
                Err(why) => return Err(why.kind()),
            }
        }
        Ok(went)
    }

    /// A record that was sealed cannot be taken back: when the socket takes none
    /// of it the connection is given up, so that "not sent" stays true.
    fn write(&mut self, frame: &[u8], count: &Hot) -> Wrote {
        if self.flush(count).is_err() {
            return Wrote::NoneAndBroken;
        }
        if self.tls.wants_write() {
            return Wrote::None;
        }
        match self.tls.writer().write(frame) {
            Ok(bytes) if bytes == frame.len() => {}
            _ => return Wrote::NoneAndBroken,
        }
        match self.flush(count) {
            Ok(_) if !self.tls.wants_write() => Wrote::All,
            Ok(0) => Wrote::NoneAndBroken,
            // Some went before the room, or the connection, ended.
            Ok(_) | Err(_) => Wrote::Some,
        }
    }
}
