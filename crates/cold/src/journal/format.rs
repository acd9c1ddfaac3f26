//! The layout of a segment, byte for byte: header, texts, records, seal.
//!
//! Everything stands on a multiple of 64 bytes, in the byte order of the
//! machine that wrote it; the header says which.
//!
//! ```text
//! 0    header, 192 bytes, its CRC-32C in the last four
//! 192  first segment only: configuration text, then the instrument ids, one a
//!      line; padded with zeros to 64; CRC-32C of all of it in the header
//! ...  records of 64 bytes, whole groups
//! ...  seal, 192 bytes, its CRC-32C in the last four
//! ```
//!
//! The chain of a segment is SHA-256 over the previous segment's chain (32
//! zeros for the first) and every byte of the segment before its seal. The next
//! segment's header and this segment's seal both hold it.

use bytemuck::{Pod, Zeroable};
use types::{Nanos, RECORD_VERSION};

/// Everything is a multiple of this.
pub(crate) const LINE: usize = 64;
/// Bytes of a header.
pub(crate) const HEADER: usize = size_of::<Header>();
/// Bytes of a seal.
pub(crate) const SEAL: usize = size_of::<Seal>();
/// Version of the layout in this file.
pub(crate) const FORMAT_VERSION: u16 = 1;
/// Longest configuration text and longest list of ids: far beyond any real
/// one; a damaged length must not ask for all memory.
pub(crate) const TEXT_MAX: usize = 16 << 20;

const MAGIC: [u8; 8] = *b"ALTHJRNL";
const ENDIAN: u32 = 0x0102_0304;
/// The first bytes of a seal's three lines. As a sequence number each would be
/// beyond 10^18, so no record begins like this.
const TAGS: [[u8; 8]; 3] = [*b"ALTHSEA1", *b"ALTHSEA2", *b"ALTHSEA3"];

/// How a segment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealState {
    /// Another segment follows.
    Rotated,
    /// The run ended in order.
    Clean,
}

/// The first 192 bytes of a segment.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub(crate) struct Header {
    magic: [u8; 8],
    format: u16,
    record: u16,
    endian: u32,
    /// The run's own id: a segment of another run is refused.
    pub(crate) run: [u8; 16],
    /// From 1.
    pub(crate) segment: u32,
    size: u32,
    /// Hash of the configuration revision.
    pub(crate) config_hash: [u8; 32],
    /// Hash of the shape that the line ran in.
    pub(crate) layout_hash: [u8; 32],
    /// The previous segment's chain; zeros in the first.
    pub(crate) previous: [u8; 32],
    /// Time of the segment's first record; 0 when it has none.
    pub(crate) created: Nanos,
    /// Sequence number of the segment's first record; 0 when it has none.
    pub(crate) first_seq: u64,
    /// Bytes of the configuration text.
    pub(crate) config_bytes: u32,
    /// Bytes of the list of instrument ids.
    pub(crate) names_bytes: u32,
    /// CRC-32C of both texts and their padding; 0 when there is none.
    pub(crate) text_crc: u32,
    pad: [u8; 24],
    crc: u32,
}

const _: () = assert!(HEADER == 3 * LINE && SEAL == 3 * LINE);

impl Header {
    /// An empty header of this version and machine, without its checksum.
    pub(crate) fn new() -> Self {
        Self {
            magic: MAGIC,
            format: FORMAT_VERSION,
            record: RECORD_VERSION,
            endian: ENDIAN,
            size: HEADER as u32,
            ..Self::zeroed()
        }
    }

    /// With its checksum, ready to be written.
    pub(crate) fn signed(mut self) -> Self {
        self.crc = self.own_crc();
        self
    }

    /// Reads a header.
    ///
    /// # Errors
    /// A sentence: not a journal, another version, another byte order, damaged.
    pub(crate) fn read(bytes: &[u8; HEADER]) -> Result<Self, String> {
        let header: Self = bytemuck::pod_read_unaligned(bytes);
        if header.magic != MAGIC {
            return Err("is not a journal segment (its first bytes are not ALTHJRNL); a journal \
                        directory holds nothing but segments, so take this file out"
                .to_owned());
        }
        if header.endian == ENDIAN.swap_bytes() {
            return Err("was written on a machine of the other byte order; read it there".into());
        }
        if header.endian == ENDIAN {
            header.same_version()?;
        }
        if header.crc != header.own_crc() || header.endian != ENDIAN || !header.is_plausible() {
            return Err(
                "its header is damaged (the checksum does not fit); restore it from a copy".into(),
            );
        }
        Ok(header)
    }

    /// Bytes between header and first record.
    pub(crate) fn text_bytes(&self) -> usize {
        (self.config_bytes as usize + self.names_bytes as usize).div_ceil(LINE) * LINE
    }

    fn same_version(&self) -> Result<(), String> {
        let (format, record) = (self.format, self.record);
        if (format, record) == (FORMAT_VERSION, RECORD_VERSION) {
            return Ok(());
        }
        Err(format!(
            "has format version {format} with record version {record}; this build reads \
             {FORMAT_VERSION} with {RECORD_VERSION}: use the build that wrote it"
        ))
    }

    fn is_plausible(&self) -> bool {
        let texts = [self.config_bytes, self.names_bytes];
        self.size as usize == HEADER
            && self.segment > 0
            && self.pad == [0; 24]
            && texts.iter().all(|&bytes| bytes as usize <= TEXT_MAX)
            && (self.segment == 1 || texts == [0, 0])
    }

    fn own_crc(&self) -> u32 {
        crc32c::crc32c(&bytemuck::bytes_of(self)[..HEADER - 4])
    }
}

/// The last 192 bytes of a segment that was closed in order.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub(crate) struct Seal {
    tag1: [u8; 8],
    state: u32,
    segment: u32,
    /// Records in this segment.
    records: u64,
    /// Last sequence number so far in the run.
    last_seq: u64,
    run: [u8; 16],
    pad1: [u8; 16],
    tag2: [u8; 8],
    pub(crate) chain: [u8; 32],
    pad2: [u8; 24],
    tag3: [u8; 8],
    /// Order digest of the run so far.
    orders: [u8; 32],
    pad3: [u8; 20],
    crc: u32,
}

/// What a seal must say; both sides make it from what they have seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealFacts {
    pub(crate) run: [u8; 16],
    pub(crate) segment: u32,
    pub(crate) records: u64,
    pub(crate) last_seq: u64,
    pub(crate) chain: [u8; 32],
    pub(crate) orders: [u8; 32],
}

impl SealFacts {
    /// The seal that says so.
    pub(crate) fn seal(&self, state: SealState) -> Seal {
        let mut seal = Seal {
            tag1: TAGS[0],
            state: match state {
                SealState::Rotated => 1,
                SealState::Clean => 2,
            },
            segment: self.segment,
            records: self.records,
            last_seq: self.last_seq,
            run: self.run,
            tag2: TAGS[1],
            chain: self.chain,
            tag3: TAGS[2],
            orders: self.orders,
            ..Seal::zeroed()
        };
        seal.crc = crc32c::crc32c(&bytemuck::bytes_of(&seal)[..SEAL - 4]);
        seal
    }
}

/// Whether a line begins as a line of a seal does.
pub(crate) fn is_seal_line(line: &[u8]) -> bool {
    TAGS.iter().any(|tag| line.starts_with(tag))
}
