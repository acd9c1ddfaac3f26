//! What the cold rooms know in words: which connection is up, how often it
//! failed, and why. Behind a lock that the polling thread never takes.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One connection, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionStatus {
    /// Its number; a successor's is not told of.
    pub connection: u16,
    /// Whether it or its successor was handed over and has not come back.
    pub up: bool,
    /// Failures in a row.
    pub failures: u32,
    /// Why it last failed or ended; empty when it never did.
    pub last_reason: String,
}

/// A wire, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireStatus {
    /// Its connections, in the order of their plans.
    pub connections: Vec<ConnectionStatus>,
    /// Why a REST call last failed; empty when none did.
    pub rest_last_reason: String,
}

impl fmt::Display for WireStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.connections.iter().enumerate() {
            let (comma, word) =
                (if index > 0 { ", " } else { "" }, if one.up { "up" } else { "down" });
            write!(f, "{comma}connection {} {word}", one.connection)?;
            if !one.last_reason.is_empty() {
                write!(f, " ({})", one.last_reason)?;
            }
        }
        if !self.rest_last_reason.is_empty() {
            write!(f, ", REST ({})", self.rest_last_reason)?;
        }
        Ok(())
    }
}

/// The shared status.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatusBoard(Arc<Mutex<WireStatus>>);

impl StatusBoard {
    pub(crate) fn new(connections: impl Iterator<Item = u16>) -> Self {
        let connections = connections
            .map(|connection| ConnectionStatus { connection, ..ConnectionStatus::default() })
            .collect();
        Self(Arc::new(Mutex::new(WireStatus { connections, rest_last_reason: String::new() })))
    }

    pub(crate) fn read(&self) -> WireStatus {
        self.lock().clone()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, WireStatus> {
        // A panic while it was held left words behind, nothing more.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
