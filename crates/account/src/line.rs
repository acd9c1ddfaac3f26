//! What the line may do, as its sequenced commands say.
//!
//! Fed by command records; read before each intent, by a rule, and for people. It
//! starts disarmed; kill and stop latch. Never here: the gateway's own latch,
//! which does not wait for its turn.

use types::{Command, CommandOp};

/// What may be placed, from the freest to the strictest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
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

/// The breaker and the connections, by the commands so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineState {
    /// Trading may begin.
    pub armed: bool,
    /// Only in-flight and reducing orders.
    pub draining: bool,
    /// Nothing but cancels until a restart.
    pub killed: bool,
    /// The order connection is up.
    pub order_link: bool,
    /// The private stream is up.
    pub private_link: bool,
    /// The run is over.
    pub stopped: bool,
}

impl LineState {
    /// Takes a command in. One that does not concern the line, or that this
    /// version does not know, changes nothing.
    pub fn on_command(&mut self, command: &Command) {
        match command.op() {
            Some(CommandOp::Arm) => self.armed = true,
            Some(CommandOp::Disarm) => self.armed = false,
            Some(CommandOp::Drain) => self.draining = true,
            Some(CommandOp::Resume) => self.draining = false,
            Some(CommandOp::Kill) => self.killed = true,
            Some(CommandOp::OrderLinkUp) => self.order_link = true,
            Some(CommandOp::OrderLinkDown) => self.order_link = false,
            Some(CommandOp::PrivateLinkUp) => self.private_link = true,
            Some(CommandOp::PrivateLinkDown) => self.private_link = false,
            Some(CommandOp::Stop) => self.stopped = true,
            _ => {}
        }
    }

    /// The strictest switch wins.
    #[must_use]
    pub const fn gate(&self) -> Gate {
        if self.killed {
            Gate::Killed
        } else if self.stopped {
            Gate::Stopped
        } else if !self.armed {
            Gate::Disarmed
        } else if self.draining {
            Gate::Draining
        } else {
            Gate::Armed
        }
    }
}
