//! Which journal a verb reads, and what is wrong with the path that was given.
//!
//! `--journal` names it. Else `--state`, else the state directory of the configuration, gives the
//! journal written to last in it; else the user's last run is taken. Whatever was chosen for the
//! user is said on standard error. Read by `why` and `orders`.
//!
//! Never here: a journal that is opened for writing, a guess that is not told.

use crate::cli::RecordFlags;
use crate::failure::Failure;
use crate::worlds::record::RunDirectory;
use crate::{plan, remembered};
use cold::Journal;
use std::path::{Path, PathBuf};
use types::ClientOrderId;

/// A journal to look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its directory.
    pub path: PathBuf,
    /// Why this one.
    pub because: String,
}

/// The journals to look into, best first; never empty. With `order` the journal of that order's
/// own run comes first, as the id holds the run's epoch.
///
/// # Errors
/// None was found: everywhere that was looked, and what to give.
pub fn candidates(
    flags: &RecordFlags,
    order: Option<ClientOrderId>,
) -> Result<Vec<Candidate>, Failure> {
    if let Some(path) = &flags.journal {
        return Ok(vec![Candidate { path: path.clone(), because: "--journal".to_owned() }]);
    }
    let mut found = Found::default();
    if let Some(state) = &flags.state {
        found.in_state(state, "--state", order);
    } else {
        let loaded = plan::load(flags.config.as_deref(), &[]).map_err(Failure::config)?;
        found.in_state(&loaded.config.engine.state_dir, "engine.state_dir", order);
        found.remembered();
    }
    if found.candidates.is_empty() {
        return Err(Failure::failed(format!(
            "no journal was found: {}; give --journal and the directory that the run named at \
             its end",
            found.looked.join("; ")
        )));
    }
    Ok(found.candidates)
}

/// The journal of this user's last run, wherever it was.
///
/// # Errors
/// None is known, or it has gone.
pub fn last() -> Result<Candidate, Failure> {
    let mut found = Found::default();
    found.remembered();
    found.candidates.pop().ok_or_else(|| {
        Failure::failed(format!(
            "no last run is known: {}; give --journal and the directory that the run named at its \
             end",
            found.looked.join("; ")
        ))
    })
}

#[derive(Default)]
struct Found {
    candidates: Vec<Candidate>,
    looked: Vec<String>,
}

impl Found {
    fn in_state(&mut self, state: &Path, key: &str, order: Option<ClientOrderId>) {
        let runs = RunDirectory::of_state(state);
        if let Some(path) = order.and_then(|order| runs.of_epoch(order.epoch())) {
            self.add(path, format!("{key} {}, the run of this order's epoch", state.display()));
        }
        match runs.newest() {
            Ok(path) => self.add(path, format!("{key} {}, its newest run", state.display())),
            Err(_) => self.looked.push(format!("{key} {} holds none", state.display())),
        }
    }

    fn remembered(&mut self) {
        let Some(file) = remembered::file() else {
            self.looked
                .push("neither XDG_STATE_HOME nor HOME names a place for the last run".into());
            return;
        };
        match remembered::read(&file) {
            Ok(path) => self.add(path, format!("the last run, from {}", file.display())),
            Err(why) => self.looked.push(why),
        }
    }

    fn add(&mut self, path: PathBuf, because: String) {
        if self.candidates.iter().all(|known| known.path != path) {
            self.candidates.push(Candidate { path, because });
        }
    }
}

impl Candidate {
    /// Says which journal was taken, unless the user named it.
    pub fn tell(&self) {
        if self.because != "--journal" {
            eprintln!("journal {} ({})", self.path.display(), self.because);
        }
    }
}

/// Opens a journal.
///
/// # Errors
/// Exit 2 where the path itself is wrong: nothing there, or a file. Exit 1 where what is there is
/// no journal that this build can read, with the file and what to do.
pub fn open(directory: &Path) -> Result<Journal, Failure> {
    let shown = directory.display();
    match directory.metadata() {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Err(Failure::usage(format!(
            "{shown}: there is no such directory; give the one that the run named at its end"
        ))),
        Ok(found) if !found.is_dir() => Err(Failure::usage(format!(
            "{shown} is a file; a journal is a directory, so give {}",
            directory
                .parent()
                .filter(|at| *at != Path::new(""))
                .unwrap_or(Path::new("."))
                .display()
        ))),
        _ => Journal::open(directory).map_err(Failure::damaged),
    }
}

#[cfg(test)]
mod tests;
