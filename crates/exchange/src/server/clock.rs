//! The server's wall clock: UTC at the start, then monotonic.
//! The only place of this crate that asks what time it is.

#![allow(
    clippy::disallowed_methods,
    reason = "the served exchange is a venue: its clock is the real one"
)]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds UTC that never go back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    base_ns: i64,
    since: Instant,
}

impl Clock {
    pub(super) fn new() -> Clock {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH);
        Clock { base_ns: utc.map_or(0, |d| d.as_nanos() as i64), since: Instant::now() }
    }

    pub(super) fn now(&self) -> i64 {
        self.base_ns + self.since.elapsed().as_nanos() as i64
    }
}
