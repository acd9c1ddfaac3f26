//! The lines of one file, plain, gzip or zstd, told apart by their first bytes.
//!
//! Reads line by line, so that a file's size does not matter; read by the tape
//! and by the survey. Never here: what a line means.

use crate::Fault;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Longest line that is taken. The largest recorded message has 5 MB, and a
/// quote character in it takes two bytes of a session's line.
const LONGEST_LINE: u64 = 64 << 20;
/// The widest window that a zstd file may ask for: 128 MiB, as `zstd --long`.
const WINDOW_LOG: u32 = 27;

/// An open file and the line at hand.
pub(crate) struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    buffer: Vec<u8>,
    number: u64,
    /// The line at hand ended with the file and not with a line feed.
    unterminated: bool,
}

impl Lines {
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        let refused = |why: &dyn std::fmt::Display| {
            let sentence = format!("cannot be opened ({why}); give the path of a recorded file");
            Fault::at(path, 0, sentence)
        };
        let file = File::open(path).map_err(|why| refused(&why))?;
        if file.metadata().is_ok_and(|facts| facts.is_dir()) {
            return Err(refused(&"it is a directory"));
        }
        let mut plain = BufReader::with_capacity(1 << 16, file);
        let magic = plain.fill_buf().map_err(|why| refused(&why))?;
        let reader: Box<dyn BufRead + Send> = match magic {
            [0x1f, 0x8b, ..] => {
                Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain)))
            }
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                let mut decoder =
                    zstd::stream::read::Decoder::with_buffer(plain).map_err(|why| refused(&why))?;
                decoder.window_log_max(WINDOW_LOG).map_err(|why| refused(&why))?;
                Box::new(BufReader::with_capacity(1 << 16, decoder))
            }
            _ => Box::new(plain),
        };
        let (buffer, number) = (Vec::new(), 0);
        Ok(Self { path: path.to_owned(), reader, buffer, number, unterminated: false })
    }

    /// Moves to the next line that is not empty; false at the end.
    pub(crate) fn turn(&mut self) -> Result<bool, Fault> {
        loop {
            self.buffer.clear();
            let mut limited = self.reader.by_ref().take(LONGEST_LINE);
            let length = limited.read_until(b'\n', &mut self.buffer).map_err(|why| {
                let sentence = format!(
                    "the file is cut off or damaged after this line ({why}); \
                     copy or record it again"
                );
                Fault::at(&self.path, self.number, sentence)
            })?;
            if length == 0 {
                return Ok(false);
            }
            self.number += 1;
            self.unterminated = self.buffer.last() != Some(&b'\n');
            if self.unterminated && self.buffer.len() as u64 == LONGEST_LINE {
                return Err(self.complain("is longer than 64 MiB; this is no recording"));
            }
            while self.buffer.last().is_some_and(u8::is_ascii_whitespace) {
                self.buffer.pop();
            }
            if !self.buffer.is_empty() {
                return Ok(true);
            }
        }
    }

    /// The line at hand, without its end.
    pub(crate) fn text(&self) -> Result<&str, Fault> {
        std::str::from_utf8(&self.buffer)
            .map_err(|_| self.complain("is not UTF-8 text; give a recording as text, gzip or zstd"))
    }

    /// Its number, from 1.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Whether the file ended in the middle of the line at hand.
    pub(crate) const fn is_unterminated(&self) -> bool {
        self.unterminated
    }

    /// A fault of the line at hand.
    pub(crate) fn complain(&self, sentence: impl Into<String>) -> Fault {
        Fault::at(&self.path, self.number, sentence)
    }
}
