//! Reads one segment line by line and hashes what it passes.
//!
//! Knows files and bytes; what the lines mean is for `groups.rs`.

use super::chain::Chain;
use super::error::JournalError;
use super::format::{HEADER, Header, LINE};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use types::Record;

/// Lines read at once: 256 KiB.
const CHUNK: usize = 4096;

/// A segment, open at some line.
pub(crate) struct SegmentReader {
    file: File,
    path: PathBuf,
    header: Header,
    /// Records, so that a line in it is aligned as one.
    buffer: Vec<Record>,
    /// Bytes of the buffer that hold something.
    filled: usize,
    /// Byte in the buffer of the current line.
    at: usize,
    /// Bytes of the buffer that the hash covers.
    hashed: usize,
    /// Byte in the file of the buffer's start.
    start: u64,
    chain: Chain,
}

/// A segment's header and, in the first, its texts.
pub(crate) struct Preamble {
    pub(crate) header: Header,
    pub(crate) config_text: String,
    pub(crate) instruments: Vec<String>,
}

impl SegmentReader {
    /// Opens a segment at its first record.
    ///
    /// # Errors
    /// No such file, no journal, another version, a damaged header or text.
    pub(crate) fn open(path: &Path, previous: &[u8; 32]) -> Result<(Self, Preamble), JournalError> {
        let mut file = File::open(path).map_err(|e| JournalError::io(path, "opening it", &e))?;
        let header = read_header(&mut file, path)?;
        let mut reader = Self {
            file,
            path: path.to_owned(),
            header,
            buffer: Vec::new(),
            filled: 0,
            at: 0,
            hashed: 0,
            start: HEADER as u64,
            chain: Chain::after(previous),
        };
        reader.chain.update(bytemuck::bytes_of(&header));
        let text = reader.read_text()?;
        let preamble = reader.preamble(&text)?;
        Ok((reader, preamble))
    }

    /// The current line: 64 bytes, fewer at a torn end, none at the end.
    pub(crate) fn line(&mut self) -> Result<&[u8], JournalError> {
        if self.at == self.filled {
            self.refill()?;
        }
        let end = self.filled.min(self.at + LINE);
        Ok(&self.bytes()[self.at..end])
    }

    /// The current line as a record, when it is whole.
    pub(crate) fn record(&self) -> Option<&Record> {
        let whole = self.at + LINE <= self.filled;
        whole.then(|| &self.buffer[self.at / LINE])
    }

    /// Passes the current line.
    pub(crate) fn advance(&mut self) {
        self.at = self.filled.min(self.at + LINE);
    }

    /// Byte in the file of the current line.
    pub(crate) const fn offset(&self) -> u64 {
        self.start + self.at as u64
    }

    /// The chain over everything before the current line.
    pub(crate) fn chain(&mut self) -> [u8; 32] {
        self.hash_passed();
        self.chain.value()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.buffer)
    }

    fn hash_passed(&mut self) {
        let bytes: &[u8] = bytemuck::cast_slice(&self.buffer);
        self.chain.update(&bytes[self.hashed..self.at]);
        self.hashed = self.at;
    }

    fn refill(&mut self) -> Result<(), JournalError> {
        self.hash_passed();
        self.start += self.filled as u64;
        (self.at, self.hashed) = (0, 0);
        if self.buffer.is_empty() {
            // On the first line only: a look at the headers costs no buffer.
            self.buffer.resize(self.lines_left()?.clamp(1, CHUNK), Record::EMPTY);
        }
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.buffer);
        let filled = fill(&mut self.file, bytes);
        self.filled = filled.map_err(|e| JournalError::io(&self.path, "reading it", &e))?;
        Ok(())
    }

    fn lines_left(&self) -> Result<usize, JournalError> {
        let size = self.file.metadata();
        let size = size.map_err(|e| JournalError::io(&self.path, "looking at it", &e))?.len();
        let lines = size.saturating_sub(self.start).div_ceil(LINE as u64);
        Ok(usize::try_from(lines).unwrap_or(CHUNK))
    }

    fn read_text(&mut self) -> Result<Vec<u8>, JournalError> {
        let mut text = vec![0; self.header.text_bytes()];
        let got = fill(&mut self.file, &mut text);
        let got = got.map_err(|e| JournalError::io(&self.path, "reading it", &e))?;
        if got < text.len() {
            return Err(JournalError::new(
                &self.path,
                "ends within its configuration text: the run ended while it began, and there is \
                 nothing to read",
            )
            .at((HEADER + got) as u64, 0));
        }
        if !text.is_empty() && crc32c::crc32c(&text) != self.header.text_crc {
            let why = "its configuration text is damaged; restore it from a copy";
            return Err(JournalError::new(&self.path, why).at(HEADER as u64, 0));
        }
        self.start += text.len() as u64;
        self.chain.update(&text);
        Ok(text)
    }

    fn preamble(&self, text: &[u8]) -> Result<Preamble, JournalError> {
        let config = self.header.config_bytes as usize;
        let names = &text[config..config + self.header.names_bytes as usize];
        let utf8 = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .map_err(|_| JournalError::new(&self.path, "its configuration text is not UTF-8"))
        };
        let instruments = utf8(names)?.lines().map(str::to_owned).collect();
        Ok(Preamble { header: self.header, config_text: utf8(&text[..config])?, instruments })
    }
}

/// Reads until `bytes` is full or the file ends.
fn fill(file: &mut File, bytes: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn read_header(file: &mut File, path: &Path) -> Result<Header, JournalError> {
    let mut bytes = [0; HEADER];
    let got = fill(file, &mut bytes).map_err(|e| JournalError::io(path, "reading it", &e))?;
    let fault = |why: String| JournalError::new(path, why);
    match got {
        HEADER => Header::read(&bytes).map_err(fault),
        0 => Err(fault(
            "is empty: the run ended before its first record was written; there is nothing to read"
                .into(),
        )),
        got => Err(fault(format!(
            "is {got} bytes long, shorter than a segment's header: no journal, or the run ended \
             while it began; there is nothing to read"
        ))),
    }
}
