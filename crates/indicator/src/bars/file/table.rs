//! Lines to cells: the header finds the columns, every later line gives them.

use super::{FileFault, fault};
use std::io::{BufRead, ErrorKind, Read};

/// What a bar is read from, in the order that the rest of the reader has them.
pub(super) const COLUMNS: [&str; 6] = ["time_ms", "open", "high", "low", "close", "volume"];

/// What else the first of them is called.
const TIMES: [&str; 5] = ["time_ms", "open_time_ms", "open_time", "timestamp", "time"];

/// The longest line: far above any row of numbers, far below a file that is no
/// table at all.
const LINE_MAX: u64 = 64 << 10;

/// A table with its header read.
pub(super) struct Table<R> {
    input: R,
    line: Vec<u8>,
    row: u64,
    /// Where each of the columns stands.
    places: [usize; 6],
    width: usize,
}

impl<R: BufRead> Table<R> {
    pub(super) fn open(input: R) -> Result<Self, FileFault> {
        let mut table = Self { input, line: Vec::new(), row: 0, places: [0; 6], width: 0 };
        if !table.read_line()? {
            return Err(fault(0, "is empty; give a header and at least one bar"));
        }
        let line = table.line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&table.line);
        let names: Vec<String> =
            text(line, 1)?.split(',').map(|name| cell(name).to_ascii_lowercase()).collect();
        table.places = places(&names)?;
        table.width = names.len();
        Ok(table)
    }

    /// Row and cells of the next line that is not empty.
    pub(super) fn next_row(&mut self) -> Result<Option<(u64, [String; 6])>, FileFault> {
        while self.read_line()? {
            if self.line.is_empty() {
                continue;
            }
            let line = text(&self.line, self.row)?;
            let cells: Vec<&str> = line.split(',').collect();
            if cells.len() != self.width {
                let sentence =
                    format!("has {} columns, the header has {}", cells.len(), self.width);
                return Err(fault(self.row, sentence));
            }
            return Ok(Some((self.row, self.places.map(|at| cell(cells[at]).to_owned()))));
        }
        Ok(None)
    }

    /// The next line without its end; false at the end of the file.
    fn read_line(&mut self) -> Result<bool, FileFault> {
        self.line.clear();
        self.row += 1;
        let read = (&mut self.input).take(LINE_MAX).read_until(b'\n', &mut self.line);
        let read = read.map_err(|why| {
            let what = match why.kind() {
                ErrorKind::UnexpectedEof => "the compressed file ends too early".to_owned(),
                ErrorKind::InvalidInput | ErrorKind::InvalidData => {
                    format!("the compressed file is damaged ({why})")
                }
                _ => format!("cannot be read ({why})"),
            };
            fault(self.row, what)
        })?;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if read as u64 == LINE_MAX {
            let sentence = format!("is longer than {LINE_MAX} bytes; is this a table of bars?");
            return Err(fault(self.row, sentence));
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(read > 0)
    }
}

fn text(line: &[u8], row: u64) -> Result<&str, FileFault> {
    std::str::from_utf8(line).map_err(|why| {
        fault(row, format!("byte {} is no UTF-8 text; save the file as UTF-8", why.valid_up_to()))
    })
}

/// Without blanks and quotes around it.
fn cell(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn places(names: &[String]) -> Result<[usize; 6], FileFault> {
    let mut places = [0; 6];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let is_it = |name: &&String| match column {
            "time_ms" => TIMES.contains(&name.as_str()),
            _ => name.as_str() == column,
        };
        match names.iter().filter(is_it).count() {
            1 => *place = names.iter().position(|name| is_it(&name)).unwrap_or(0),
            0 => {
                let there = names.join(", ");
                return Err(fault(
                    1,
                    format!(
                        "column {column} is missing; the header must name {}, it names {there}",
                        COLUMNS.join(", ")
                    ),
                ));
            }
            _ => return Err(fault(1, format!("column {column} is there twice; keep one"))),
        }
    }
    Ok(places)
}
