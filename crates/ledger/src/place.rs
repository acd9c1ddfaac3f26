//! Where a ledger lies: in its own place, or where the user wants it; and whether what lies
//! there may be replaced.
//!
//! Asked by the projection before it writes. Never here: a file that is opened for writing.

use crate::error::LedgerError;
use crate::schema::APPLICATION;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// How every SQLite file begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Where in it `application_id` stands, four bytes, the highest first (sqlite.org/fileformat2.html).
const APPLICATION_AT: usize = 68;
/// Length of its header.
const HEADER: usize = 100;

/// Where the ledger of a journal lies by itself: `STATE/ledger/RUN.sqlite` for `STATE/journal/RUN`,
/// so that nothing but journals is in the folder of the journals; any other journal's is its path
/// with `.sqlite` behind it.
#[must_use]
pub fn own_place(journal: &Path) -> PathBuf {
    // `.` and a link have no name of their own to put something behind.
    let whole = journal.canonicalize().unwrap_or_else(|_| journal.to_owned());
    let behind = beside(&whole, ".sqlite");
    let folder = whole.parent().filter(|folder| folder.file_name().is_some_and(|n| n == "journal"));
    match (folder.and_then(Path::parent), behind.file_name()) {
        (Some(state), Some(name)) => state.join("ledger").join(name),
        _ => behind,
    }
}

/// The path with `suffix` behind it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether a ledger lies at `path`; a damaged one too, as its head says what it was.
///
/// # Errors
/// Something else lies there: it is not ours to replace.
pub(crate) fn is_ledger(path: &Path) -> Result<bool, LedgerError> {
    let foreign = |found| Err(LedgerError::Foreign { path: path.to_owned(), found });
    match path.metadata() {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(false),
        Err(why) => return Err(LedgerError::file(path)(why)),
        Ok(found) if found.is_dir() => return foreign("a directory"),
        Ok(found) if !found.is_file() => return foreign("no regular file"),
        // What mktemp makes.
        Ok(found) if found.len() == 0 => return Ok(false),
        Ok(_) => {}
    }
    let mut head = Vec::with_capacity(HEADER);
    File::open(path)
        .and_then(|file| file.take(HEADER as u64).read_to_end(&mut head))
        .map_err(LedgerError::file(path))?;
    if !head.starts_with(MAGIC) {
        return foreign("a file that is no ledger");
    }
    match head.get(APPLICATION_AT..APPLICATION_AT + 4) {
        Some(id) if id == APPLICATION.to_be_bytes() => Ok(true),
        _ => foreign("another program's SQLite database"),
    }
}

/// Removes what rebuilds of `path` have left that were ended by force.
pub(crate) fn sweep(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    // Where the system does not show its processes, nobody can be told dead.
    if !Path::new("/proc/self").exists() {
        return;
    }
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    let begin = format!("{}.new-", name.to_string_lossy());
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let id = name.strip_prefix(&begin).and_then(|rest| rest.split('-').next());
        let is_dead = |id: &str| !id.is_empty() && !Path::new("/proc").join(id).exists();
        if id.is_some_and(|id| id.bytes().all(|digit| digit.is_ascii_digit()) && is_dead(id)) {
            // What stays is tried again by the next one.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
