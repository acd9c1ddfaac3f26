//! What the council may ask for, as the commands so far leave it, and the ids
//! that it asks under.
//!
//! Fed by command records; read before each intent. Only a courtesy: risk and
//! the gateway judge for themselves. Never here: a way to open what a kill shut.

use account::{Gate, LineState};
use types::Command;

/// What may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// Places and cancels.
    All,
    /// Places that reduce, and cancels.
    Reduce,
    /// Cancels.
    Cancel,
    /// Nothing: the run is over.
    Nothing,
}

/// What the sequenced commands leave to ask for: cancels are wanted also of a
/// line that was killed, and of none that has stopped.
pub(crate) const fn leave(line: &LineState) -> Leave {
    if line.stopped {
        return Leave::Nothing;
    }
    match line.gate() {
        Gate::Armed => Leave::All,
        Gate::Draining => Leave::Reduce,
        Gate::Disarmed | Gate::Killed | Gate::Stopped => Leave::Cancel,
    }
}

/// The epoch of client order ids, and the next sequence in it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ids {
    epoch: Option<u64>,
    last: u64,
}

/// Ids hold 48 bits of the epoch; a larger one would repeat a smaller.
const EPOCH_MAX: i64 = (1 << 48) - 1;

impl Ids {
    /// A new epoch begins at sequence 1. One that is not above the last, or that
    /// an id cannot hold, is ignored: it could repeat ids.
    pub(crate) fn on_epoch(&mut self, command: &Command) {
        if !(0..=EPOCH_MAX).contains(&command.value) {
            return;
        }
        let epoch = command.value.unsigned_abs();
        if self.epoch.is_none_or(|last| epoch > last) {
            *self = Self { epoch: Some(epoch), last: 0 };
        }
    }

    /// The next id; `None` before the first epoch and after an epoch's last id.
    pub(crate) fn next(&mut self, strategy: u16) -> Option<types::ClientOrderId> {
        let epoch = self.epoch?;
        let sequence = self.last.checked_add(1)?;
        if sequence > types::ClientOrderId::MAX_SEQUENCE {
            return None;
        }
        self.last = sequence;
        Some(types::ClientOrderId::new(epoch, strategy, sequence))
    }
}
