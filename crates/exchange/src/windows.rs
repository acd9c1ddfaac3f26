//! Faults that last: until when each does, and what it does to a message or a request meanwhile.
//! Opened by the fault script; read by whatever sends or takes requests. It sends nothing itself.

use crate::outgoing::{Destination, Outgoing, Target};

/// Connections that carry less than they are given, on virtual time.
#[derive(Debug)]
struct Trickle {
    target: Target,
    bytes_per_s: u32,
    until: i64,
    /// When what was given so far has left, ns.
    free_at: i64,
}

/// Everything that lasts; times are ns.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    /// Nothing leaves before.
    pub(crate) stall_until: i64,
    /// Status to refuse with, and until when.
    pub(crate) refuse: (u16, i64),
    /// Offset of the venue's clock, and until when.
    pub(crate) skew: (i64, i64),
    /// Half-open connections, on virtual time: nothing passes either way until then.
    pub(crate) deaf: Vec<(Target, i64)>,
    trickles: Vec<Trickle>,
}

impl Windows {
    /// Connections of `target` carry `bytes_per_s` until then.
    pub(crate) fn slow(&mut self, target: Target, bytes_per_s: u32, until: i64) {
        self.trickles.push(Trickle { target, bytes_per_s, until, free_at: i64::MIN });
    }

    /// Whether no window touches a message to `to` that leaves at `at`.
    pub(crate) fn are_clear(&self, at: i64, to: Destination) -> bool {
        at >= self.stall_until
            && !self.is_deaf(at, to)
            && !self.trickles.iter().any(|t| t.target.covers(to) && at < t.until.max(t.free_at))
    }

    /// Whether the connection that `to` is reached over is half open at `at`.
    pub(crate) fn is_deaf(&self, at: i64, to: Destination) -> bool {
        self.deaf.iter().any(|(target, until)| at < *until && target.covers(to))
    }

    /// Holds a message back as long as the windows say; false when it is lost.
    pub(crate) fn pass(&mut self, message: &mut Outgoing) -> bool {
        if self.is_deaf(message.at, message.to) {
            return false;
        }
        message.at = message.at.max(self.stall_until);
        for trickle in self.trickles.iter_mut().filter(|t| t.target.covers(message.to)) {
            let begins = message.at.max(trickle.free_at);
            if begins < trickle.until {
                let bytes = message.text.len() as i128;
                let span = bytes * 1_000_000_000 / i128::from(trickle.bytes_per_s.max(1));
                trickle.free_at = begins.saturating_add(span as i64);
                message.at = trickle.free_at;
            } else {
                message.at = begins;
            }
        }
        true
    }

    /// The status that every request is refused with at `now`, if any.
    pub(crate) fn refusing(&self, now: i64) -> Option<u16> {
        (now < self.refuse.1).then_some(self.refuse.0)
    }
}
