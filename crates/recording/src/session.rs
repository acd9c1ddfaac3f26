//! Writes one session file: one JSON object a line, compressed in whole pieces.
//!
//! Fed by the recorder. The file grows under the name `….part` and gets its own
//! name when it is closed, so that a name without `.part` is a file that was
//! read back whole; nothing is ever overwritten. Every piece is a zstd frame
//! with its checksum: when the disk is full or the process dies, all pieces
//! before that moment stay readable.

use crate::Fault;
use crate::digest::hex;
use crate::entry::{Format, What, read};
use crate::source::Lines;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use types::Nanos;

/// Text in a piece: a third of a second of the busiest recorded burst, and a
/// millisecond's work to compress.
const PIECE: usize = 256 << 10;
/// A quiet market's piece is written after so long: what a power cut may cost.
const PIECE_LIFE: i64 = 5 * Nanos::PER_SEC;
/// zstd's own default: a third of the text's size is saved against level 1.
const LEVEL: i32 = 3;

/// Where a session's bytes go: a file, or a test's disk that fills up.
pub(crate) trait Store: Write + Send {
    /// Forgets everything behind `length` bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Waits until it is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Store for File {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// A file that was closed, read back and given its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Compressed size in bytes.
    pub bytes: u64,
    /// Lines, header and end mark included.
    pub lines: u64,
    /// Messages and REST snapshots in it.
    pub frames: u64,
    /// Its SHA-256, as in the file beside it.
    pub sha256: String,
}

/// A session file that is being written.
pub(crate) struct SessionFile {
    path: PathBuf,
    part: PathBuf,
    store: Box<dyn Store>,
    compressor: zstd::bulk::Compressor<'static>,
    hash: Sha256,
    piece: Vec<u8>,
    piece_since: Option<Nanos>,
    lines: u64,
    frames: u64,
    bytes: u64,
}

impl SessionFile {
    /// Creates `path` under its working name, with `header` as its first line.
    pub(crate) fn create(path: &Path, header: &Value) -> Result<Self, Fault> {
        let part = with_ending(path, ".part");
        let refused = |path: &Path, why: &dyn std::fmt::Display| {
            let sentence =
                format!("cannot be created ({why}); give --out a directory that you may write to");
            Fault::at(path, 0, sentence)
        };
        if path.exists() {
            return Err(refused(path, &"it exists, and nothing is overwritten"));
        }
        let file = File::options().write(true).create_new(true).open(&part);
        let file = file.map_err(|why| refused(&part, &why))?;
        Self::over(path, Box::new(file), header)
    }

    pub(crate) fn over(path: &Path, store: Box<dyn Store>, header: &Value) -> Result<Self, Fault> {
        let compressor = zstd::bulk::Compressor::new(LEVEL).and_then(|mut compressor| {
            compressor.include_checksum(true)?;
            Ok(compressor)
        });
        let compressor = compressor.map_err(|why| Fault::at(path, 0, format!("zstd: {why}")))?;
        let mut file = Self {
            path: path.to_owned(),
            part: with_ending(path, ".part"),
            store,
            compressor,
            hash: Sha256::new(),
            piece: Vec::with_capacity(PIECE + PIECE / 4),
            piece_since: None,
            lines: 0,
            frames: 0,
            bytes: 0,
        };
        file.line(&header.to_string());
        Ok(file)
    }

    /// Compressed bytes written so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where it will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A message of a connection.
    pub(crate) fn frame(&mut self, at: Nanos, connection: &str, text: &str) -> Result<(), Fault> {
        self.frames += 1;
        let (connection, text) = (quoted(connection), quoted(text));
        self.line(&format!(
            r#"{{"t":"recv","conn":{connection},"ts":{},"data":{text}}}"#,
            seconds(at)
        ));
        self.settle(at)
    }

    /// An answer to a REST request; a snapshot of a book counts as a frame.
    pub(crate) fn rest(&mut self, at: Nanos, url: &str, body: &str) -> Result<(), Fault> {
        self.frames += u64::from(crate::url::is_depth(url));
        let (url, body) = (quoted(url), quoted(body));
        self.line(&format!(
            r#"{{"t":"http","conn":"rest","ts":{},"url":{url},"data":{body}}}"#,
            seconds(at)
        ));
        self.settle(at)
    }

    /// A connection opened; `continued` where it was open before this file.
    pub(crate) fn opened(
        &mut self,
        at: Nanos,
        (connection, address): (&str, &str),
        continued: bool,
    ) -> Result<(), Fault> {
        let (connection, address) = (quoted(connection), quoted(address));
        let more = if continued { r#","continued":true"# } else { "" };
        self.line(&format!(
            r#"{{"t":"connect","conn":{connection},"ts":{},"addr":{address}{more}}}"#,
            seconds(at)
        ));
        self.settle(at)
    }

    /// A connection was lost: what came until it is back is not in the file.
    pub(crate) fn closed(&mut self, at: Nanos, connection: &str) -> Result<(), Fault> {
        let connection = quoted(connection);
        self.line(&format!(r#"{{"t":"disconnect","conn":{connection},"ts":{}}}"#, seconds(at)));
        self.settle(at)
    }

    /// Writes the piece at hand if it is old.
    pub(crate) fn on_time(&mut self, at: Nanos) -> Result<(), Fault> {
        self.settle(at)
    }

    /// Writes the end mark and waits for the disk. What is left to do, reading
    /// back and naming, may be done elsewhere.
    pub(crate) fn seal(mut self, at: Nanos) -> Result<SealedFile, Fault> {
        let lines = self.lines;
        self.line(&format!(r#"{{"t":"end","ts":{},"lines":{lines}}}"#, seconds(at)));
        self.write_piece()?;
        if let Err(why) = self.store.sync() {
            return Err(self.fail(&why));
        }
        Ok(SealedFile {
            path: self.path,
            part: self.part,
            bytes: self.bytes,
            lines: self.lines,
            frames: self.frames,
            hash: self.hash.finalize().into(),
        })
    }

    fn line(&mut self, text: &str) {
        self.piece.extend_from_slice(text.as_bytes());
        self.piece.push(b'\n');
        self.lines += 1;
    }

    fn settle(&mut self, at: Nanos) -> Result<(), Fault> {
        let since = *self.piece_since.get_or_insert(at);
        let is_old = at.0.saturating_sub(since.0) > PIECE_LIFE;
        if self.piece.len() >= PIECE || (is_old && !self.piece.is_empty()) {
            self.write_piece()?;
        }
        Ok(())
    }

    fn write_piece(&mut self) -> Result<(), Fault> {
        self.piece_since = None;
        let packed = self.compressor.compress(&self.piece);
        let written = packed.and_then(|packed| {
            self.store.write_all(&packed)?;
            Ok(packed)
        });
        match written {
            Ok(packed) => {
                self.hash.update(&packed);
                self.bytes += packed.len() as u64;
                self.piece.clear();
                Ok(())
            }
            Err(why) => Err(self.fail(&why)),
        }
    }

    /// The disk took no more: what is whole stays, under the file's own name.
    fn fail(&mut self, why: &io::Error) -> Fault {
        let kept = self
            .store
            .cut(self.bytes)
            .and_then(|()| give_name(&self.part, &self.path))
            .map(|()| &self.path)
            .unwrap_or(&self.part);
        let sentence = match self.bytes {
            0 => format!("cannot be written ({why}); make room or give --out another directory"),
            bytes => format!(
                "cannot be written any further ({why}); make room or give --out another \
                 directory. What was written before, {bytes} bytes, can be read, without an end mark"
            ),
        };
        Fault::at(kept, 0, sentence)
    }
}

/// A file whose bytes are on the disk.
pub(crate) struct SealedFile {
    path: PathBuf,
    part: PathBuf,
    bytes: u64,
    lines: u64,
    frames: u64,
    hash: [u8; 32],
}

impl SealedFile {
    /// Reads the file back, puts its SHA-256 beside it and gives it its name.
    pub(crate) fn verify(self) -> Result<ClosedFile, Fault> {
        let wrong = |sentence: String| Fault::at(&self.part, 0, sentence);
        let mut hash = Sha256::new();
        File::open(&self.part)
            .and_then(|mut file| io::copy(&mut file, &mut Hashing(&mut hash)))
            .map_err(|why| wrong(format!("cannot be read back ({why})")))?;
        if <[u8; 32]>::from(hash.finalize()) != self.hash {
            return Err(wrong("does not read back as it was written: check the disk".to_owned()));
        }
        let mut lines = Lines::open(&self.part)?;
        let mut frames = 0;
        while lines.turn()? {
            let entry = read(Format::Session, lines.text()?).map_err(|why| lines.complain(why))?;
            frames += match entry.what {
                What::Frame { .. } => 1,
                What::Rest { url, .. } => u64::from(crate::url::is_depth(&url)),
                _ => 0,
            };
        }
        if (lines.number(), frames) != (self.lines, self.frames) {
            let (read, wrote) = (lines.number(), self.lines);
            return Err(wrong(format!("reads back as {read} lines where {wrote} were written")));
        }
        let sha256 = hex(&self.hash);
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let beside = with_ending(&self.path, ".sha256");
        let sum = format!("{sha256}  {name}\n");
        File::options()
            .write(true)
            .create_new(true)
            .open(&beside)
            .and_then(|mut file| file.write_all(sum.as_bytes()))
            .map_err(|why| Fault::at(&beside, 0, format!("cannot be written ({why})")))?;
        give_name(&self.part, &self.path).map_err(|why| {
            wrong(format!("cannot be named {} ({why}); it is whole", self.path.display()))
        })?;
        let (path, bytes, lines) = (self.path, self.bytes, self.lines);
        Ok(ClosedFile { path, bytes, lines, frames, sha256 })
    }
}

struct Hashing<'h>(&'h mut Sha256);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Gives a file its name at once, and never another file's.
fn give_name(part: &Path, path: &Path) -> io::Result<()> {
    match std::fs::hard_link(part, path) {
        Ok(()) => std::fs::remove_file(part),
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => Err(why),
        // A file system without links: two recorders of the same second could race here.
        Err(_) if !path.exists() => std::fs::rename(part, path),
        Err(why) => Err(why),
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Nanoseconds as seconds, every digit.
fn seconds(at: Nanos) -> String {
    let (whole, rest) = (at.0.div_euclid(Nanos::PER_SEC), at.0.rem_euclid(Nanos::PER_SEC));
    format!("{whole}.{rest:09}")
}

#[cfg(test)]
mod tests;
