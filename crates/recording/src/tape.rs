//! A recording: one or several files as one sequence of lines, in the order of
//! their stamps.
//!
//! Opened after a survey, which knows which files are out of order. At equal
//! stamps the file given first goes first. Read by the inspection and the bars;
//! holds one line of each file, and what sorting needs.

use crate::entry::{Entry, Format, read};
use crate::order::Sorted;
use crate::source::Lines;
use crate::survey::FileFacts;
use crate::{Fault, Survey};
use std::path::PathBuf;

/// One file and its next line.
struct Reel {
    path: PathBuf,
    format: Format,
    lines: Source,
    at: i64,
    line: u64,
    text: String,
    ended: bool,
}

enum Source {
    Ordered(Lines),
    Sorted(Box<Sorted>),
}

impl Reel {
    fn open(facts: &FileFacts) -> Result<Self, Fault> {
        let lines = Lines::open(&facts.path)?;
        let lines = if facts.is_ordered {
            Source::Ordered(lines)
        } else {
            Source::Sorted(Box::new(Sorted::read(lines, &facts.path)?))
        };
        let mut reel = Self {
            path: facts.path.clone(),
            format: facts.format,
            lines,
            at: i64::MIN,
            line: 0,
            text: String::new(),
            ended: false,
        };
        reel.turn()?;
        Ok(reel)
    }

    fn turn(&mut self) -> Result<(), Fault> {
        match &mut self.lines {
            Source::Ordered(lines) => {
                self.ended = !lines.turn()?;
                if !self.ended {
                    self.text.clear();
                    self.text.push_str(lines.text()?);
                    self.line = lines.number();
                }
            }
            Source::Sorted(sorted) => match sorted.take() {
                Ok(Some(placed)) => (self.line, self.text) = (placed.line, placed.text),
                Ok(None) => self.ended = true,
                Err(why) => {
                    let sentence = format!("its sorted lines could not be read back ({why})");
                    return Err(Fault::at(&self.path, 0, sentence));
                }
            },
        }
        if !self.ended {
            let at = self.entry()?.at;
            // A header takes the time of the line before it.
            self.at = at.map_or(self.at, |at| at.0);
        }
        Ok(())
    }

    fn entry(&self) -> Result<Entry<'_>, Fault> {
        read(self.format, &self.text).map_err(|why| Fault::at(&self.path, self.line, why))
    }
}

/// The files of a recording, as one sequence.
pub struct Tape {
    reels: Vec<Reel>,
    current: Option<usize>,
}

impl Tape {
    /// Opens the files of a survey.
    ///
    /// # Errors
    /// A file that cannot be opened, read or sorted any more.
    pub fn open(survey: &Survey) -> Result<Self, Fault> {
        let reels = survey.files.iter().map(Reel::open).collect::<Result<_, _>>()?;
        Ok(Self { reels, current: None })
    }

    /// The next line, and the number of its file. `None` at the end.
    ///
    /// # Errors
    /// A sentence with file and line.
    pub fn turn(&mut self) -> Result<Option<(usize, Entry<'_>)>, Fault> {
        if let Some(index) = self.current.take() {
            self.reels[index].turn()?;
        }
        let open = self.reels.iter().enumerate().filter(|(_, reel)| !reel.ended);
        let Some((_, index)) = open.map(|(index, reel)| (reel.at, index)).min() else {
            return Ok(None);
        };
        self.current = Some(index);
        Ok(Some((index, self.reels[index].entry()?)))
    }
}
