//! Where a run's record goes: a directory of its own for each run, never used
//! twice, and the cold side that fills it.

use crate::failure::Failure;
use crate::shape;
use actor::StopFlag;
use cold::{
    ColdActor, ColdHandle, ColdSettings, ColdThread, DirStore, JournalSettings, JournalWriter,
    RunInfo,
};
use config::Loaded;
use link::Receiver;
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where runs keep their journals.
pub struct RunDirectory(PathBuf);

impl RunDirectory {
    /// The journals under a state directory.
    #[must_use]
    pub fn of_state(state: &Path) -> Self {
        Self(state.join("journal"))
    }

    /// A new, empty place in the system's temporary directory.
    ///
    /// # Errors
    /// When none can be made.
    pub fn fresh() -> Result<Self, Failure> {
        let base = std::env::temp_dir();
        for attempt in 0..1000_u32 {
            let path = base.join(format!("althing-{}-{attempt}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path.join("journal"))),
                Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(why) => return Err(Failure::failed(format!("{}: {why}", path.display()))),
            }
        }
        Err(Failure::failed(format!("{} is full of old runs; remove some", base.display())))
    }

    /// Makes this state directory this process's own until the file is dropped:
    /// two engines on one state would both trade from it.
    ///
    /// # Errors
    /// Exit 5 when another process has it; a directory that cannot be written.
    pub fn lock(&self) -> Result<File, Failure> {
        let state = self.0.parent().unwrap_or(&self.0);
        let path = state.join("lock");
        let refused = |why: std::io::Error| Failure::config(format!("{}: {why}", path.display()));
        std::fs::create_dir_all(state).map_err(refused)?;
        let file = File::create(&path).map_err(refused)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Failure::not_safe(format!(
                "another engine runs on the state directory {}; stop it, or give --state and \
                 another directory",
                state.display()
            ))),
            Err(TryLockError::Error(why)) => Err(refused(why)),
        }
    }

    /// Says beside the lock where the metrics of the run with this journal are, until what is
    /// given back is dropped.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn announce(&self, at: SocketAddr, journal: &Path) -> Result<Announced, Failure> {
        let path = self.0.with_file_name(METRICS);
        let run = journal.file_name().unwrap_or_default().to_string_lossy();
        std::fs::write(&path, format!("{at} {run}\n"))
            .map_err(|why| Failure::failed(format!("{}: {why}", path.display())))?;
        Ok(Announced(path))
    }

    /// The journal of the run with this epoch of order ids, if it is there.
    #[must_use]
    pub fn of_epoch(&self, epoch: u64) -> Option<PathBuf> {
        Some(self.0.join(format!("{epoch:012x}"))).filter(|path| path.is_dir())
    }

    /// The journal that was written to last; one that holds nothing, of a start that
    /// failed, only where there is no other. Not the one of the highest epoch: an epoch
    /// may come from a seed.
    ///
    /// # Errors
    /// When there is none.
    pub fn newest(&self) -> Result<PathBuf, Failure> {
        let none =
            || Failure::failed(format!("{} holds no journal; give --journal", self.0.display()));
        let entries = std::fs::read_dir(&self.0).map_err(|_| none())?;
        let runs = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
        let written = |path: &PathBuf| path.metadata().and_then(|of| of.modified()).ok();
        let newest = runs.map(|path| (has_record(&path), written(&path), path)).max();
        newest.map(|(.., path)| path).ok_or_else(none)
    }
}

/// Whether anything was ever written in a run's directory.
fn has_record(run: &Path) -> bool {
    let is_written = |entry: std::fs::DirEntry| entry.metadata().is_ok_and(|of| of.len() > 0);
    std::fs::read_dir(run).is_ok_and(|entries| entries.flatten().any(is_written))
}

/// The file that says where a run's metrics are: address and run, beside the lock.
const METRICS: &str = "metrics";

/// Where a run's metrics are, as it says itself while it runs; gone with the value.
pub struct Announced(PathBuf);

impl Drop for Announced {
    fn drop(&mut self) {
        // What stays behind is an address that does not answer, and `status` says so.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Where the run that writes `journal` says its metrics are; `None` where it says nothing: it is
/// over, or serves none.
#[must_use]
pub fn announced(journal: &Path) -> Option<SocketAddr> {
    let journal = journal.canonicalize().ok()?;
    let path = journal.parent()?.with_file_name(METRICS);
    let text = std::fs::read_to_string(path).ok()?;
    let (at, run) = text.trim().split_once(' ')?;
    (*run == *journal.file_name()?.to_string_lossy()).then(|| at.parse().ok())?
}

/// A run's record before it is written.
pub struct Record {
    path: PathBuf,
    writer: JournalWriter,
    ids: Arc<[String]>,
    settings: ColdSettings,
}

impl Record {
    /// Makes the directory of the run with this epoch of order ids. It must not
    /// exist: an id is used once.
    ///
    /// # Errors
    /// A directory that exists or cannot be made.
    pub fn create(directory: &RunDirectory, loaded: &Loaded, epoch: u64) -> Result<Self, Failure> {
        let path = directory.0.join(format!("{epoch:012x}"));
        if path.exists() {
            return Err(Failure::not_safe(format!(
                "{} exists: a run with this epoch of order ids was recorded here, and ids are \
                    used once; give another --state or seed",
                path.display()
            )));
        }
        let ids: Vec<String> = loaded.config.instruments.iter().map(|i| i.id.clone()).collect();
        let mut run_id = [0; 16];
        run_id[8..].copy_from_slice(&epoch.to_be_bytes());
        let shape = shape::with_depths(&loaded.config.links);
        let run = RunInfo {
            run_id,
            config_hash: loaded.hash,
            layout_hash: shape.hash(),
            config_text: crate::plan::recorded_text(loaded),
            instruments: ids.clone(),
        };
        let settings = JournalSettings {
            segment_bytes: u64::from(loaded.config.journal.segment_mib) << 20,
            ..JournalSettings::default()
        };
        let failed = |why: &dyn std::fmt::Display| Failure::failed(why.to_string());
        let store = DirStore::create(&path).map_err(|why| failed(&why))?;
        let writer =
            JournalWriter::create(Box::new(store), run, settings).map_err(|why| failed(&why))?;
        let flush_every = Duration::from_millis(loaded.config.journal.flush_ms);
        let settings = ColdSettings { flush_every, ..ColdSettings::default() };
        Ok(Self { path, writer, ids: ids.into(), settings })
    }

    /// Its directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Starts the cold side on the gateway's tap.
    ///
    /// # Errors
    /// A thread that the system refuses.
    pub fn start(
        self,
        tap: Receiver<types::Record>,
        stop: StopFlag,
    ) -> Result<(ColdHandle, ColdThread), Failure> {
        let actor = ColdActor::new(tap, self.ids, stop, self.settings).with_journal(self.writer);
        let handle = actor.handle();
        let thread =
            cold::start(actor).map_err(|why| Failure::failed(format!("the cold thread: {why}")))?;
        Ok((handle, thread))
    }
}
