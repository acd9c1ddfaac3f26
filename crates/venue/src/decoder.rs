//! One frame of bytes to what it says, in memory taken at construction.
//!
//! The normalizer runs one over each connection's frames, the gateway one over
//! its private stream and replies. The parser works in place: the frame's
//! bytes may be changed. After an error the next frame starts afresh.

use crate::event::Levels;
use crate::registry::with_venue;
use crate::tape::Tree;
use crate::venue::Venue;
use crate::{ApiReply, DecodeError, Decoded, Depth, Dialect, PrivateEvent, Snapshot, SpecTable};
use simd_json::{Buffers, Tape};
use types::InstrumentSpec;

/// Decodes the frames of one venue.
pub struct Decoder {
    dialect: Dialect,
    max_frame: usize,
    json: Json,
    levels: Levels,
}

impl Decoder {
    /// A decoder for frames of at most `max_frame` bytes; longer ones are
    /// refused. It parses two worst-case frames of that size, so that no later
    /// frame makes it allocate. Address space: about 30 bytes per byte of
    /// `max_frame`, of which a frame touches what it needs.
    #[must_use]
    pub fn new(dialect: Dialect, max_frame: usize) -> Self {
        let level = with_venue!(dialect, V => V::SHORTEST_LEVEL);
        let mut json = Json::new(max_frame);
        json.warm(max_frame, level);
        Self { dialect, max_frame, json, levels: Levels::new(max_frame / level.len() + 1) }
    }

    /// Decodes one message of a market stream: `padded[..len]`, with
    /// [`DecodeError::PADDING`] bytes of any content behind it. Of repeated
    /// keys the last counts.
    ///
    /// # Errors
    /// [`DecodeError`]; the decoder stays usable.
    #[inline]
    pub fn decode(
        &mut self,
        padded: &mut [u8],
        len: usize,
        specs: &SpecTable,
    ) -> Result<Decoded<'_>, DecodeError> {
        check(padded, len, self.max_frame)?;
        self.levels.clear();
        let scanned = with_venue!(self.dialect, V => V::scan(padded, len, specs, &mut self.levels));
        match scanned {
            Some(Decoded::Depth(depth)) => {
                Ok(Decoded::Depth(Depth { levels: self.levels.as_slice(), ..depth }))
            }
            Some(decoded) => Ok(decoded),
            None => self.decode_parsed(padded, len, specs),
        }
    }

    /// As [`Decoder::decode`], by the full parser alone: what the scanner of
    /// known forms is compared with.
    ///
    /// # Errors
    /// [`DecodeError`]; the decoder stays usable.
    pub fn decode_parsed(
        &mut self,
        padded: &mut [u8],
        len: usize,
        specs: &SpecTable,
    ) -> Result<Decoded<'_>, DecodeError> {
        let Self { dialect, json, levels, max_frame } = self;
        levels.clear();
        json.read(
            padded,
            len,
            *max_frame,
            |tree| with_venue!(dialect, V => V::market(tree, specs, levels)),
        )
    }

    /// Decodes the body of a REST snapshot of `spec`'s book.
    ///
    /// # Errors
    /// [`DecodeError`]; the decoder stays usable.
    pub fn decode_snapshot(
        &mut self,
        padded: &mut [u8],
        len: usize,
        spec: &InstrumentSpec,
    ) -> Result<Snapshot<'_>, DecodeError> {
        let Self { dialect, json, levels, max_frame } = self;
        levels.clear();
        json.read(
            padded,
            len,
            *max_frame,
            |tree| with_venue!(dialect, V => V::snapshot(tree, spec, levels)),
        )
    }

    /// Decodes one message of the private stream.
    ///
    /// # Errors
    /// [`DecodeError`]; the decoder stays usable.
    pub fn decode_private(
        &mut self,
        padded: &mut [u8],
        len: usize,
        specs: &SpecTable,
    ) -> Result<PrivateEvent, DecodeError> {
        let Self { dialect, json, max_frame, .. } = self;
        json.read(
            padded,
            len,
            *max_frame,
            |tree| with_venue!(dialect, V => V::private(tree, specs)),
        )
    }

    /// Decodes one message of the order session.
    ///
    /// # Errors
    /// [`DecodeError`]; the decoder stays usable.
    pub fn decode_reply(
        &mut self,
        padded: &mut [u8],
        len: usize,
        specs: &SpecTable,
    ) -> Result<ApiReply, DecodeError> {
        let Self { dialect, json, max_frame, .. } = self;
        json.read(padded, len, *max_frame, |tree| with_venue!(dialect, V => V::reply(tree, specs)))
    }
}

/// Whether a frame may be looked at.
#[inline]
fn check(padded: &[u8], len: usize, max_frame: usize) -> Result<(), DecodeError> {
    if len > max_frame {
        return Err(DecodeError::TooLong);
    }
    if padded.len().saturating_sub(len) < DecodeError::PADDING {
        return Err(DecodeError::Padding);
    }
    Ok(())
}

/// The parser's memory, kept from frame to frame.
struct Json {
    buffers: Buffers,
    tape: Tape<'static>,
}

impl Json {
    fn new(max_frame: usize) -> Self {
        Self { buffers: Buffers::new(max_frame), tape: Tape(Vec::new()) }
    }

    /// Parses `padded[..len]` and hands its tree to `visit`.
    #[inline]
    fn read<T>(
        &mut self,
        padded: &mut [u8],
        len: usize,
        max_frame: usize,
        visit: impl FnOnce(Tree<'_, '_>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        check(padded, len, max_frame)?;
        let empty = Tape(Vec::new());
        let mut tape = std::mem::replace(&mut self.tape, empty).reset();
        let parsed = simd_json::fill_tape_padded(padded, len, &mut self.buffers, &mut tape);
        let result = match parsed {
            Ok(()) => visit(Tree::new(&tape.0)),
            // The parser leaves half a tape behind: nobody may look at it.
            Err(_) => Err(DecodeError::NotJson),
        };
        self.tape = tape.reset();
        result
    }

    /// Grows everything that grows to what the worst frame needs: first with
    /// nothing but brackets, the most structure that bytes can hold, which the
    /// parser refuses after it has taken its memory; then with the shortest
    /// levels, which also touches the pages that real frames use.
    fn warm(&mut self, max_frame: usize, level: &[u8]) {
        // The parser works in blocks of 64 bytes; one block more covers its rounding.
        let len = max_frame.next_multiple_of(64) + 64;
        let mut frame = vec![b'['; len + DecodeError::PADDING];
        let refused: Result<(), _> = self.read(&mut frame, len, len, |_| Ok(()));
        debug_assert_eq!(refused, Err(DecodeError::NotJson));
        frame.clear();
        frame.push(b'[');
        while frame.len() + level.len() < max_frame {
            frame.extend_from_slice(level);
            frame.push(b',');
        }
        if frame.len() > 1 {
            frame.pop();
        }
        frame.push(b']');
        let len = frame.len();
        frame.resize(len + DecodeError::PADDING, 0);
        let parsed = self.read(&mut frame, len, len, |_| Ok(()));
        debug_assert_eq!(parsed, Ok(()));
    }
}
