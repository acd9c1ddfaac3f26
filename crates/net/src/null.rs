//! The wire of a replay: sends vanish, nothing ever comes. Polled like any
//! other until it is told to close.

use actor::{SendOutcome, StopFlag, Wire, WireEvent};

/// A wire to nowhere.
#[derive(Clone, Debug, Default)]
pub struct NullWire {
    stop: StopFlag,
}

impl NullWire {
    /// A wire that closes once `stop` is raised.
    #[must_use]
    pub const fn new(stop: StopFlag) -> Self {
        Self { stop }
    }
}

impl Wire for NullWire {
    fn poll(&mut self) -> WireEvent<'_> {
        if self.stop.is_raised() { WireEvent::Closed } else { WireEvent::Idle }
    }

    fn send(&mut self, _connection: u16, _bytes: &[u8]) -> SendOutcome {
        SendOutcome::Sent
    }

    fn request(&mut self, _token: u64) -> bool {
        true
    }
}
