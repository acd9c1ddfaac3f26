//! What the line may do, as its sequenced commands say.

use types::{Command, CommandOp};

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
    pub(crate) fn on_command(&mut self, command: &Command) {
        let Some(op) = command.op() else { return };
        match op {
            CommandOp::Arm => self.armed = true,
            CommandOp::Disarm => self.armed = false,
            CommandOp::Drain => self.draining = true,
            CommandOp::Resume => self.draining = false,
            CommandOp::Kill => self.killed = true,
            CommandOp::OrderLinkUp => self.order_link = true,
            CommandOp::OrderLinkDown => self.order_link = false,
            CommandOp::PrivateLinkUp => self.private_link = true,
            CommandOp::PrivateLinkDown => self.private_link = false,
            CommandOp::Stop => self.stopped = true,
            CommandOp::Epoch | CommandOp::CancelAll | CommandOp::Resync => {}
        }
    }
}
