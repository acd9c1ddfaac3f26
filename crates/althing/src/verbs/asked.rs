//! What the flags of the demo and of `run` ask for, checked before anything is
//! started: the configuration in force, and where the report goes.
//!
//! A flag's own fault is told with the flag, its value and what is allowed, and
//! exits 2; a fault of a file or of the environment is the configuration's, 3.

use crate::cli::RunFlags;
use crate::failure::Failure;
use crate::worlds::{chosen, session};
use crate::{plan, shape, startup};
use config::Loaded;
use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use topology::Layout;
use venue::Dialect;

/// The configuration that the flags ask for. A recording says by itself which of
/// the venues it is of, where neither a flag nor a file does.
///
/// # Errors
/// The first flag or key at fault.
pub fn load(flags: &RunFlags) -> Result<Loaded, Failure> {
    check_venue(flags)?;
    check_layout(flags)?;
    flags.capture.iter().try_for_each(|path| check_capture(path))?;
    let file = plan::load(flags.config.as_deref(), &[]).ok();
    let settled = match &file {
        Some(file) => settle_venue(flags, file)?,
        None => flags.clone(),
    };
    let loaded = load_for(&settled, file.as_ref());
    let is_open = flags.venue.is_none() && flags.config.is_none();
    if loaded.is_err() && is_open && chosen::is_spot_recording(flags) {
        let venue = Some(Dialect::BinanceSpot.name().to_owned());
        return load_for(&RunFlags { venue, ..settled }, file.as_ref());
    }
    loaded
}

fn load_for(flags: &RunFlags, file: Option<&Loaded>) -> Result<Loaded, Failure> {
    if let Some(file) = file {
        chosen::check_asked(file, flags)?;
    }
    let given = chosen::overrides(flags);
    let loaded = plan::load(flags.config.as_deref(), &given).map_err(|why| blame(flags, why))?;
    let loaded = chosen::for_instruments(loaded, flags)?;
    startup::check_instruments(&loaded.config)?;
    startup::check_addresses(&loaded.config)?;
    Ok(loaded)
}

/// The flags with the venue that is traded on: the file's, unless it is the built-in
/// one, which any venue may be put into.
fn settle_venue(flags: &RunFlags, file: &Loaded) -> Result<RunFlags, Failure> {
    let configured = startup::dialect(&file.config)?.name();
    match (&flags.venue, &flags.config) {
        (Some(asked), Some(path)) if asked != configured => Err(Failure::usage(format!(
            "--venue {asked}: {} trades on {configured}; leave the flag out, or write \
             venues.NAME.dialect = \"{asked}\" there",
            path.display()
        ))),
        (Some(_), _) => Ok(flags.clone()),
        (None, _) => Ok(RunFlags { venue: Some(configured.to_owned()), ..flags.clone() }),
    }
}

/// Whose fault a refusal is: without the flags the file alone is judged.
fn blame(flags: &RunFlags, why: String) -> Failure {
    match plan::load(flags.config.as_deref(), &[]) {
        Ok(_) => Failure::usage(why),
        Err(_) => Failure::config(why),
    }
}

/// The venues that the line trades on: of those that can be read, the ones whose
/// orders, account and private stream are there too.
const TRADED: &[Dialect] = &[Dialect::BinanceSpot, Dialect::BinanceUsdm];

fn check_venue(flags: &RunFlags) -> Result<(), Failure> {
    let Some(name) = flags.venue.as_deref() else { return Ok(()) };
    let known: Vec<_> = TRADED.iter().map(|dialect| dialect.name()).collect();
    let known = known.join(", ");
    match Dialect::parse(name) {
        Some(dialect) if TRADED.contains(&dialect) => Ok(()),
        Some(_) => Err(Failure::usage(format!(
            "--venue {name}: its messages are read, but this version does not trade there; \
             known: {known}"
        ))),
        None => Err(Failure::usage(format!(
            "--venue {name}: not spoken by this version; known: {known}"
        ))),
    }
}

fn check_layout(flags: &RunFlags) -> Result<(), Failure> {
    let Some(text) = &flags.layout else { return Ok(()) };
    let refuse = |why: &dyn std::fmt::Display| {
        Failure::usage(format!(
            "--layout {text}: {why}; write auto, fused, pinned, or groups of the line such as \
             feed+normalizer,indicator+council+risk,gateway"
        ))
    };
    let layout = Layout::parse(text).map_err(|why| refuse(&why))?;
    session::check_layout(&layout, &shape::line()).map_err(|why| refuse(&why))
}

fn check_capture(path: &Path) -> Result<(), Failure> {
    let refuse = |why: &dyn std::fmt::Display| {
        Failure::usage(format!(
            "--capture {}: {why}; give the path of a recorded file (plain, .gz or .zst)",
            path.display()
        ))
    };
    if path.is_dir() {
        return Err(refuse(&"this is a directory"));
    }
    File::open(path).map(drop).map_err(|why| refuse(&why))
}

/// Where the report goes: opened before the run, written after it.
pub struct Report {
    path: PathBuf,
    file: File,
    /// It was not there before: an empty one is not left behind.
    is_new: bool,
    is_written: bool,
}

impl Report {
    /// Opens it, if the flags want one. What it holds stays until the run is over.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn open(flags: &RunFlags) -> Result<Option<Self>, Failure> {
        let Some(path) = &flags.report else { return Ok(None) };
        let is_new = !path.exists();
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|why| {
            Failure::usage(format!(
                "--report {}: {why}; give the path of a file that can be written",
                path.display()
            ))
        })?;
        Ok(Some(Self { path: path.clone(), file, is_new, is_written: false }))
    }

    fn write(&mut self, document: &str) -> Result<(), Failure> {
        self.is_written = true;
        let written = self
            .file
            .rewind()
            .and_then(|()| self.file.set_len(0))
            .and_then(|()| self.file.write_all(document.as_bytes()));
        written.map_err(|why| Failure::failed(format!("--report {}: {why}", self.path.display())))
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if self.is_new && !self.is_written {
            // It was empty; failing to take it away harms nobody.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Writes the end of a run where the flags want it: one document or one page on
/// standard output, the document in the report too.
///
/// # Errors
/// A report that cannot be written after all.
pub fn tell(
    document: &serde_json::Value,
    page: &str,
    flags: &RunFlags,
    report: Option<Report>,
) -> Result<(), Failure> {
    let document = format!("{document:#}\n");
    let written = report.map_or(Ok(()), |mut report| report.write(&document));
    let text = if flags.json { &document } else { page };
    written.and(to_standard_output(text))
}

/// Writes to standard output.
///
/// # Errors
/// When it takes no more, but for a reader that has gone away: that is not our
/// failure.
pub fn to_standard_output(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("standard output could not be written: {why}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
