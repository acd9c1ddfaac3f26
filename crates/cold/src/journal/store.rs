//! Where segments are kept: a directory, or whatever a test puts in its place.
//!
//! Written by the journal writer alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One segment being written.
pub trait SegmentFile: Send {
    /// Appends all of `bytes`.
    ///
    /// # Errors
    /// Whatever the system says; some of the bytes may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Waits until everything appended would survive a power cut.
    ///
    /// # Errors
    /// Whatever the system says. Never called again after that: a second call
    /// may report success for pages that were lost.
    fn sync(&mut self) -> io::Result<()>;
}

/// Makes segments.
pub trait Store: Send {
    /// Makes the segment `name`, which must not exist.
    ///
    /// # Errors
    /// Whatever the system says.
    fn create(&mut self, name: &str) -> io::Result<Box<dyn SegmentFile>>;

    /// Waits until the names of all segments would survive a power cut.
    ///
    /// # Errors
    /// Whatever the system says; never called again after that.
    fn sync_names(&mut self) -> io::Result<()>;

    /// The directory, for sentences and the summary.
    fn path(&self) -> &Path;
}

/// The file beside the segments that holds the last seal a second time.
pub(crate) const WITNESS: &str = "seal";

/// The name of segment `number`.
pub(crate) fn segment_name(number: u32) -> String {
    format!("{number:08}.journal")
}

/// A directory of the file system.
#[derive(Debug)]
pub struct DirStore {
    path: PathBuf,
}

impl DirStore {
    /// Makes the directory, or takes an empty one.
    ///
    /// # Errors
    /// A sentence with the path and what to do.
    pub fn create(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        std::fs::create_dir_all(path)
            .map_err(|e| format!("cannot make the journal directory {shown}: {e}"))?;
        let mut entries = std::fs::read_dir(path)
            .map_err(|e| format!("cannot read the journal directory {shown}: {e}"))?;
        if entries.next().is_some() {
            return Err(format!(
                "the journal directory {shown} is not empty; each run writes a new one, so name \
                 another or move the old one away"
            ));
        }
        let path = path.canonicalize().map_err(|e| format!("cannot resolve {shown}: {e}"))?;
        Ok(Self { path })
    }
}

impl Store for DirStore {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn SegmentFile>> {
        let file = OpenOptions::new().append(true).create_new(true).open(self.path.join(name))?;
        Ok(Box::new(file))
    }

    fn sync_names(&mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl SegmentFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
