//! The sequenced copy of the breaker: what the commands so far allow.
//!
//! Fed by command records; read by `kill_latch`. It starts disarmed. Never
//! here: the gateway's own latch, which does not wait for its turn.

use types::{Command, CommandOp};

/// What may be placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreakerState {
    /// Everything that the rules let pass.
    Armed = 0,
    /// Orders that bring the position nearer to zero.
    Draining = 1,
    /// Nothing: not armed yet, or disarmed.
    #[default]
    Disarmed = 2,
    /// Nothing: the run is over.
    Stopped = 3,
    /// Nothing, until the engine is restarted.
    Killed = 4,
}

/// The switches behind the state. Kill and stop latch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Breaker {
    armed: bool,
    draining: bool,
    stopped: bool,
    killed: bool,
}

impl Breaker {
    /// Takes a command in. One that does not concern the breaker, or that this
    /// version does not know, changes nothing.
    pub(crate) fn apply(&mut self, command: &Command) {
        match command.op() {
            Some(CommandOp::Arm) => self.armed = true,
            Some(CommandOp::Disarm) => self.armed = false,
            Some(CommandOp::Drain) => self.draining = true,
            Some(CommandOp::Resume) => self.draining = false,
            Some(CommandOp::Stop) => self.stopped = true,
            Some(CommandOp::Kill) => self.killed = true,
            _ => {}
        }
    }

    /// The strictest switch wins.
    pub(crate) const fn state(self) -> BreakerState {
        if self.killed {
            BreakerState::Killed
        } else if self.stopped {
            BreakerState::Stopped
        } else if !self.armed {
            BreakerState::Disarmed
        } else if self.draining {
            BreakerState::Draining
        } else {
            BreakerState::Armed
        }
    }
}
