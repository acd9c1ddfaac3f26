//! Behaviour of the indicators against TA-Lib and slow twins, of the bars, and
//! of the stage between two links.

mod answers;
mod bars;
mod chaos;
mod drift;
mod file;
mod known;
mod line;
mod merge;
mod sheet;
mod stage;
mod twins;
mod twins_of_windows;
mod warm_up;

use std::path::PathBuf;

/// A file of the shared data; says so where it is missing.
fn data(path: &str) -> Option<std::fs::File> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root = std::env::var_os("ALTHING_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let path = root.join(path);
    match std::fs::File::open(&path) {
        Ok(file) => Some(file),
        Err(error) => {
            eprintln!("SKIPPED: {}: {error}; set ALTHING_DATA", path.display());
            None
        }
    }
}
