//! WebSocket frames (RFC 6455, the client's side) in one buffer that is taken
//! before the first byte: messages are lent from where they were read.
//!
//! Fed by a connection, read by it. The header's form is tungstenite's; the
//! buffer is ours because tungstenite's reader allocates on a connection's
//! first frame, on each fragmented message and on a thread's first pong
//! (`tests/allocations.rs` counts them). Never here: a socket, an allocation
//! after `new`, a panic on any bytes.

use std::io::Cursor;
use std::ops::Range;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Most bytes that one system call is asked for.
const READ_CHUNK: usize = 64 << 10;
/// Below this room at the end, the unread part moves to the front.
const ROOM_LEAST: usize = 4 << 10;
/// Longest header that a client writes: 2 + 8 of length + 4 of mask.
pub(crate) const HEADER_MAX: usize = 14;
/// Longest payload of a control frame (RFC 6455, 5.5).
pub(crate) const CONTROL_MAX: usize = 125;

/// What the bytes read so far come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Not a whole frame yet.
    NeedMore,
    /// A whole message; its bytes stand at this place until the next `room`.
    Message(Range<usize>),
    /// A control frame; likewise.
    Ping(Range<usize>),
    /// Nothing to do.
    Pong,
    /// The peer closes, with its code (1005: none given).
    Close(u16),
    /// A message beyond the limit begins; the stream cannot be read on.
    Oversized,
    /// The peer broke the protocol; the stream cannot be read on.
    Broken(&'static str),
}

/// A fragmented message under way: its bytes so far stand together.
#[derive(Clone, Debug)]
struct Fragments {
    at: Range<usize>,
    text: bool,
}

/// Reads frames out of a byte stream.
pub(crate) struct FrameReader {
    buffer: Box<[u8]>,
    /// What was read and not yet stepped over.
    unread: Range<usize>,
    fragments: Option<Fragments>,
    max_message: usize,
}

impl FrameReader {
    /// A reader of messages of at most `max_message` bytes. Touches all of its
    /// memory, so that the line meets no page fault.
    pub(crate) fn new(max_message: usize) -> Self {
        let buffer = vec![0xA5; max_message + READ_CHUNK].into_boxed_slice();
        Self { buffer, unread: 0..0, fragments: None, max_message }
    }

    /// As new, but for the memory: `already` was read before.
    pub(crate) fn restart(&mut self, already: &[u8]) -> Result<(), &'static str> {
        let place = self.buffer.get_mut(..already.len()).ok_or("more bytes than fit")?;
        place.copy_from_slice(already);
        self.unread = 0..already.len();
        self.fragments = None;
        Ok(())
    }

    /// Where to read to. Never empty. Ends the loan of the last message.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.unread.is_empty() && self.fragments.is_none() {
            self.unread = 0..0;
        } else if self.buffer.len() - self.unread.end < ROOM_LEAST {
            self.compact();
        }
        let upto = self.buffer.len().min(self.unread.end + READ_CHUNK);
        // Invariant: fragments and one unfinished frame fit in max_message and a
        // header, so at least READ_CHUNK less a header and a control frame is left.
        &mut self.buffer[self.unread.end..upto]
    }

    /// `count` bytes were read into the room.
    pub(crate) fn filled(&mut self, count: usize) {
        self.unread.end = self.buffer.len().min(self.unread.end + count);
    }

    /// Bytes at a place that a step named.
    #[inline]
    pub(crate) fn at(&self, place: Range<usize>) -> &[u8] {
        self.buffer.get(place).unwrap_or_default()
    }

    fn compact(&mut self) {
        let mut free = 0;
        if let Some(fragments) = &mut self.fragments {
            self.buffer.copy_within(fragments.at.clone(), 0);
            fragments.at = 0..fragments.at.len();
            free = fragments.at.len();
        }
        self.buffer.copy_within(self.unread.clone(), free);
        self.unread = free..free + self.unread.len();
    }

    /// Takes the next frame apart.
    #[inline]
    pub(crate) fn step(&mut self) -> Step {
        loop {
            let mut cursor = Cursor::new(self.at(self.unread.clone()));
            let (header, length) = match FrameHeader::parse(&mut cursor) {
                Ok(Some(parsed)) => parsed,
                Ok(None) => return Step::NeedMore,
                Err(_) => return Step::Broken("reserved opcode"),
            };
            let head = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
            if let Err(step) = self.judge(&header, length) {
                return step;
            }
            // Judged: the length is at most max_message or 125.
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if self.unread.len() - head < length {
                return Step::NeedMore;
            }
            let payload = self.unread.start + head..self.unread.start + head + length;
            self.unread.start = payload.end;
            match header.opcode {
                OpCode::Control(control) => return self.control(control, payload),
                OpCode::Data(data) => {
                    if let Some(step) = self.data(data, header.is_final, payload) {
                        return step;
                    }
                }
            }
        }
    }

    /// Whether a frame of this header may come now.
    #[inline]
    fn judge(&self, header: &FrameHeader, length: u64) -> Result<(), Step> {
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(Step::Broken("reserved bits set"));
        }
        if header.mask.is_some() {
            return Err(Step::Broken("masked frame from a server"));
        }
        let data = match header.opcode {
            OpCode::Control(_) if !header.is_final => {
                return Err(Step::Broken("fragmented control frame"));
            }
            OpCode::Control(_) if length > CONTROL_MAX as u64 => {
                return Err(Step::Broken("control frame beyond 125 bytes"));
            }
            OpCode::Control(_) => return Ok(()),
            OpCode::Data(data) => data,
        };
        match (data, &self.fragments) {
            (Data::Continue, None) => return Err(Step::Broken("continuation of nothing")),
            (Data::Text | Data::Binary, Some(_)) => {
                return Err(Step::Broken("message inside a fragmented message"));
            }
            _ => {}
        }
        let before = self.fragments.as_ref().map_or(0, |fragments| fragments.at.len()) as u64;
        if length > self.max_message as u64 - before {
            return Err(Step::Oversized);
        }
        Ok(())
    }

    fn control(&self, control: Control, payload: Range<usize>) -> Step {
        match control {
            Control::Ping => Step::Ping(payload),
            Control::Pong => Step::Pong,
            Control::Close => match *self.at(payload) {
                [] => Step::Close(1005),
                [high, low, ..] => Step::Close(u16::from_be_bytes([high, low])),
                [_] => Step::Broken("close frame of one byte"),
            },
            Control::Reserved(_) => Step::Broken("reserved opcode"),
        }
    }

    /// Takes a data frame's payload; a step when it ends a message.
    #[inline]
    fn data(&mut self, data: Data, last: bool, payload: Range<usize>) -> Option<Step> {
        let (whole, text) = match self.fragments.take() {
            None => (payload, data == Data::Text),
            Some(Fragments { at, text }) => {
                // Down to where the earlier fragments end: messages are contiguous.
                self.buffer.copy_within(payload.clone(), at.end);
                (at.start..at.end + payload.len(), text)
            }
        };
        if !last {
            self.fragments = Some(Fragments { at: whole, text });
            return None;
        }
        if text && std::str::from_utf8(self.at(whole.clone())).is_err() {
            return Some(Step::Broken("text that is not UTF-8"));
        }
        Some(Step::Message(whole))
    }
}

/// Writes one masked client frame into `out`; its length, or `None` when it
/// does not fit.
#[inline]
pub(crate) fn encode(
    opcode: OpCode,
    payload: &[u8],
    mask: [u8; 4],
    out: &mut [u8],
) -> Option<usize> {
    let header = FrameHeader {
        is_final: true,
        rsv1: false,
        rsv2: false,
        rsv3: false,
        opcode,
        mask: Some(mask),
    };
    let length = payload.len() as u64;
    let head = header.len(length);
    let body = out.get_mut(head..head + payload.len())?;
    apply_mask(payload, mask, body);
    let mut place = &mut out[..head];
    header.format(length, &mut place).ok()?;
    Some(head + payload.len())
}

/// `to` = `from` XOR the repeated mask (RFC 6455, 5.3), eight bytes at a time.
fn apply_mask(from: &[u8], mask: [u8; 4], to: &mut [u8]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = from.as_chunks::<8>();
    let (out_words, out_rest) = to.as_chunks_mut::<8>();
    for (word, out) in words.iter().zip(out_words) {
        *out = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for ((byte, out), mask) in rest.iter().zip(out_rest).zip(mask.iter().cycle()) {
        *out = byte ^ mask;
    }
}
