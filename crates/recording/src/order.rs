//! A session's lines in the order of their stamps, in bounded memory.
//!
//! A session may hold one connection after the other, so a line can be as far
//! from its place as the session is long. Lines are sorted in portions; a
//! portion beyond the budget goes to a temporary file, and all are merged. A
//! temporary file has no name once it is open, so none is ever left behind.
//! Lines of the same stamp stay as they stand in the file.

use crate::Fault;
use crate::entry::{Format, stamp};
use crate::source::Lines;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Text held before a portion goes to disk: a session of an hour of one busy
/// instrument fits without.
const BUDGET: usize = 64 << 20;
/// Portions that may be open at once; with the budget 16 GiB of text.
const PORTIONS: usize = 256;

/// A line at its place in the order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Placed {
    /// Stamp; a line without one stands before all others.
    pub(crate) at: i64,
    /// Number in its file.
    pub(crate) line: u64,
    pub(crate) text: String,
}

/// The sorted lines of one file.
pub(crate) struct Sorted {
    portions: Vec<Portion>,
    next: BinaryHeap<Reverse<(Placed, usize)>>,
}

enum Portion {
    Held(std::vec::IntoIter<Placed>),
    Spilled(Box<dyn Read + Send>),
}

impl Sorted {
    /// Reads all of `lines`.
    pub(crate) fn read(lines: Lines, path: &Path) -> Result<Self, Fault> {
        Self::within(BUDGET, lines, path)
    }

    fn within(budget: usize, mut lines: Lines, path: &Path) -> Result<Self, Fault> {
        let failed = |why: io::Error| {
            let sentence = format!(
                "its lines are not in the order of their stamps, and sorting them failed ({why}); \
                 make room in {} or set TMPDIR",
                std::env::temp_dir().display()
            );
            Fault::at(path, 0, sentence)
        };
        let mut portions = Vec::new();
        let (mut held, mut size) = (Vec::new(), 0);
        while lines.turn()? {
            let text = lines.text()?;
            let at = stamp(Format::Session, text).map_err(|why| lines.complain(why))?;
            let at = at.map_or(i64::MIN, |at| at.0);
            size += text.len() + size_of::<Placed>();
            held.push(Placed { at, line: lines.number(), text: text.to_owned() });
            if size > budget {
                if portions.len() == PORTIONS {
                    let why = "is too long to be sorted here; cut it into parts of at most 16 GiB";
                    return Err(Fault::at(path, 0, why));
                }
                portions.push(spill(&mut held).map_err(failed)?);
                size = 0;
            }
        }
        held.sort_unstable();
        portions.push(Portion::Held(held.into_iter()));
        let mut sorted = Self { next: BinaryHeap::with_capacity(portions.len()), portions };
        for index in 0..sorted.portions.len() {
            sorted.refill(index).map_err(failed)?;
        }
        Ok(sorted)
    }

    /// The next line.
    pub(crate) fn take(&mut self) -> io::Result<Option<Placed>> {
        let Some(Reverse((placed, index))) = self.next.pop() else { return Ok(None) };
        self.refill(index)?;
        Ok(Some(placed))
    }

    fn refill(&mut self, index: usize) -> io::Result<()> {
        let next = match &mut self.portions[index] {
            Portion::Held(lines) => lines.next(),
            Portion::Spilled(reader) => read_back(reader)?,
        };
        self.next.extend(next.map(|placed| Reverse((placed, index))));
        Ok(())
    }
}

fn spill(held: &mut Vec<Placed>) -> io::Result<Portion> {
    held.sort_unstable();
    let mut writer = zstd::stream::write::Encoder::new(nameless()?, 1)?;
    for placed in held.drain(..) {
        writer.write_all(&placed.at.to_le_bytes())?;
        writer.write_all(&placed.line.to_le_bytes())?;
        writer.write_all(&(placed.text.len() as u64).to_le_bytes())?;
        writer.write_all(placed.text.as_bytes())?;
    }
    let mut file = writer.finish()?;
    io::Seek::rewind(&mut file)?;
    let decoder = zstd::stream::read::Decoder::new(file)?;
    Ok(Portion::Spilled(Box::new(BufReader::new(decoder))))
}

fn read_back(reader: &mut dyn Read) -> io::Result<Option<Placed>> {
    let mut number = [0; 8];
    match reader.read(&mut number[..1])? {
        0 => return Ok(None),
        _ => reader.read_exact(&mut number[1..])?,
    }
    let at = i64::from_le_bytes(number);
    reader.read_exact(&mut number)?;
    let line = u64::from_le_bytes(number);
    reader.read_exact(&mut number)?;
    let mut text = String::new();
    reader.take(u64::from_le_bytes(number)).read_to_string(&mut text)?;
    Ok(Some(Placed { at, line, text }))
}

/// A file for reading and writing that nobody else can find.
fn nameless() -> io::Result<File> {
    static TURN: AtomicU32 = AtomicU32::new(0);
    loop {
        // Relaxed: it only keeps two names apart.
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        let name = format!("althing-sort-{}-{turn}", std::process::id());
        let path: PathBuf = std::env::temp_dir().join(name);
        match File::options().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
            Err(why) => return Err(why),
        }
    }
}

#[cfg(test)]
mod tests;
