//! The journal of this user's last run, so that `why` finds it without being told.
//!
//! One line in one file: `$XDG_STATE_HOME/althing/last`, or `~/.local/state/althing/last`
//! (XDG Base Directory Specification). Written by the demo and by `run` at their end; read
//! by `why` and `orders`, which say so. Never here: anything that a run depends on.

use std::path::{Path, PathBuf};

/// The file; `None` where the environment names no home.
#[must_use]
pub fn file() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local").join("state")));
    state.map(|state| state.join("althing").join("last"))
}

/// Remembers `journal`. A home that cannot be written costs only the convenience,
/// so that is said on standard error and nothing more.
pub fn remember(journal: &Path) {
    let Some(file) = file() else { return };
    if let Err(why) = write(&file, journal) {
        eprintln!("{}: {why}; `althing why` will need --journal", file.display());
    }
}

/// The journal that `file` names.
///
/// # Errors
/// A sentence: no such file, an empty one, or a journal that has gone.
pub fn read(file: &Path) -> Result<PathBuf, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|why| format!("{}, the last run: {why}", file.display()))?;
    let journal = PathBuf::from(text.trim_end_matches('\n'));
    if journal.is_dir() {
        return Ok(journal);
    }
    Err(format!("{} names {}, which is no directory now", file.display(), journal.display()))
}

/// Whole or not at all: a reader never sees half a path.
fn write(file: &Path, journal: &Path) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let fresh = folder.join(format!("last.{}", std::process::id()));
    std::fs::write(&fresh, format!("{}\n", journal.display()))?;
    std::fs::rename(&fresh, file)
}

#[cfg(test)]
mod tests;
