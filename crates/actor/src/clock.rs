//! The two readings of real time: the wall clock that stamps frames, and the
//! meter that measures stages. Held by wires and the runner; a decision never
//! reads either.
#![allow(clippy::disallowed_methods, reason = "this is the one room that reads the clock")]

use std::time::{SystemTime, UNIX_EPOCH};
use types::Nanos;

/// A monotonic nanosecond counter over the processor's time-stamp counter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    clock: Option<&'static quanta::Clock>,
}

impl Meter {
    /// A running meter. Calibrates once per process (up to 200 ms): at start-up.
    #[must_use]
    pub fn start() -> Self {
        static CLOCK: std::sync::OnceLock<quanta::Clock> = std::sync::OnceLock::new();
        Self { clock: Some(CLOCK.get_or_init(quanta::Clock::new)) }
    }

    /// A meter that stands still: for tests, and where stamps must not differ.
    #[must_use]
    pub const fn still() -> Self {
        Self { clock: None }
    }

    /// Nanoseconds since an arbitrary point; 0 when it stands still.
    #[inline]
    #[must_use]
    pub fn now(&self) -> u64 {
        self.clock.map_or(0, |clock| clock.delta_as_nanos(0, clock.raw()))
    }
}

/// UTC nanoseconds: the meter, anchored to the wall clock, never going back.
#[derive(Clone, Debug)]
pub struct Clock {
    meter: Meter,
    wall: i64,
    metered: u64,
    latest: i64,
}

/// How long an anchor is trusted: the counter drifts by about one part per
/// million, so a second costs at most about a microsecond.
const ANCHOR_NANOS: u64 = 1_000_000_000;

impl Clock {
    /// A clock anchored now.
    #[must_use]
    pub fn start() -> Self {
        let meter = Meter::start();
        Self { meter, wall: wall_now(), metered: meter.now(), latest: 0 }
    }

    /// The time, never earlier than the last answer.
    #[inline]
    pub fn now(&mut self) -> Nanos {
        self.read().0
    }

    /// The time, and the meter's reading behind it.
    #[inline]
    pub fn read(&mut self) -> (Nanos, u64) {
        let metered = self.meter.now();
        if metered.saturating_sub(self.metered) > ANCHOR_NANOS {
            self.wall = wall_now();
            self.metered = metered;
        }
        let passed = i64::try_from(metered.saturating_sub(self.metered)).unwrap_or(0);
        self.latest = self.latest.max(self.wall.saturating_add(passed));
        (Nanos(self.latest), metered)
    }
}

fn wall_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|d| i64::try_from(d.as_nanos()).ok()).unwrap_or(0)
}
