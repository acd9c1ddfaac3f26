//! Stage stamps of one event, carried through the line and read on the cold side.
//!
//! Measured, never decided on: a replay ignores it and so does the order digest.

use bytemuck::{Pod, Zeroable};

/// Where a stamp is taken.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The normalizer took the frame from its link.
    Normalizer = 0,
    /// The frame's last event left the sequencer.
    Sequenced = 1,
    /// The indicator stage took it.
    Indicator = 2,
    /// The council took it.
    Council = 3,
    /// Risk took it.
    Risk = 4,
    /// The gateway took it.
    Gateway = 5,
    /// Order bytes were ready to be written; 0 when no order came of it.
    Encoded = 6,
    /// The socket write returned; 0 when no order came of it.
    Written = 7,
}

impl Mark {
    /// Every mark, in the order of the line.
    pub const ALL: [Self; 8] = [
        Self::Normalizer,
        Self::Sequenced,
        Self::Indicator,
        Self::Council,
        Self::Risk,
        Self::Gateway,
        Self::Encoded,
        Self::Written,
    ];
}

/// Nanoseconds since the frame was read from its socket, per [`Mark`].
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Timing {
    /// The meter's reading when the frame had been read from its socket.
    pub base: u64,
    /// Offset of each mark in nanoseconds, at most 4.29 s; 0 = not reached.
    pub marks: [u32; 8],
}

impl Timing {
    /// Stamps `mark` with the meter's reading `now`; at least 1 so that a
    /// reached mark differs from one that was not.
    pub fn stamp(&mut self, mark: Mark, now: u64) {
        let offset = now.saturating_sub(self.base).clamp(1, u64::from(u32::MAX));
        self.marks[mark as usize] = u32::try_from(offset).unwrap_or(u32::MAX);
    }

    /// The offset of `mark`; `None` when it was not reached.
    #[must_use]
    pub fn at(&self, mark: Mark) -> Option<u32> {
        Some(self.marks[mark as usize]).filter(|offset| *offset > 0)
    }
}
