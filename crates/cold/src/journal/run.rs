//! What a run says of itself, how its journal is kept, and what became of it.

use super::format::{LINE, TEXT_MAX};
use std::path::PathBuf;

/// What a flush waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Until the bytes are in the system's page cache: they survive the end of
    /// the process by whatever cause, not a power cut.
    Process,
    /// Until fdatasync has returned: they survive a power cut.
    Disk,
}

/// What a run says of itself in its journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunInfo {
    /// The run's own id.
    pub run_id: [u8; 16],
    /// SHA-256 of the configuration revision.
    pub config_hash: [u8; 32],
    /// SHA-256 of the shape.
    pub layout_hash: [u8; 32],
    /// The effective configuration; at most 16 MiB.
    pub config_text: String,
    /// Our instrument ids in the order of the configuration.
    pub instruments: Vec<String>,
}

/// How a journal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalSettings {
    /// A segment ends with the group in which it reaches this size.
    pub segment_bytes: u64,
    /// What a flush waits for.
    pub durability: Durability,
}

impl Default for JournalSettings {
    /// 256 MiB a segment (four million records: a few seconds to verify), and
    /// durability `process`.
    fn default() -> Self {
        Self { segment_bytes: 256 << 20, durability: Durability::Process }
    }
}

/// A journal that was closed in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The directory, absolute.
    pub directory: PathBuf,
    /// Segments.
    pub segments: u32,
    /// Records in all of them.
    pub records: u64,
    /// Last sequence number.
    pub last_sequence: u64,
    /// Order digest of the run, in hex.
    pub order_digest: String,
}

/// What stands on the disk side of an append, for the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Bytes handed to the system.
    pub bytes: u64,
    /// Records taken.
    pub records: u64,
    /// Segments begun.
    pub segments: u32,
    /// Flushes.
    pub flushes: u64,
}

impl RunInfo {
    /// The instrument ids, one a line.
    pub(crate) fn names(&self) -> String {
        self.instruments.join("\n")
    }

    /// Both texts as they stand in the first segment, padded with zeros.
    pub(crate) fn text(&self) -> Vec<u8> {
        let mut text = self.config_text.clone().into_bytes();
        text.extend_from_slice(self.names().as_bytes());
        text.resize(text.len().div_ceil(LINE) * LINE, 0);
        text
    }

    /// Whether the texts fit a journal; a sentence when they do not.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.config_text.len() > TEXT_MAX || self.names().len() > TEXT_MAX {
            return Err("the configuration text is longer than the 16 MiB a journal holds".into());
        }
        match self.instruments.iter().find(|id| id.is_empty() || id.contains(['\n', '\r', '|'])) {
            Some(id) => {
                Err(format!("instrument id {id:?} is empty or holds a line break or a bar"))
            }
            None => Ok(()),
        }
    }
}
