//! The checksum of a record: CRC-32C over everything but itself.
//!
//! Written on the hot side by the journal's tap, verified by the cold side and
//! by every reader of a journal. It finds damage; it is no protection against
//! forgery (the journal's SHA-256 chain is closer to that).

use crate::Record;

impl Record {
    /// The same record with its checksum: what the tap sends to the cold side.
    #[inline]
    #[must_use]
    pub fn stamped(mut self) -> Self {
        self.checksum = self.crc();
        self
    }

    /// Whether the checksum fits the other 60 bytes.
    #[inline]
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.checksum == self.crc()
    }

    #[inline]
    fn crc(&self) -> u32 {
        let (before, after) = self.checked_bytes();
        crc32c::crc32c_append(crc32c::crc32c(before), after)
    }
}
