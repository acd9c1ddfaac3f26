//! Pinning a thread to a core: asked for by raw core id, verified by reading
//! the mask back, reported as it really is.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// What became of a wish for a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The core asked for; `None` when none was.
    pub core: Option<usize>,
    /// Whether the thread's mask now holds exactly that core.
    pub applied: bool,
}

/// The cores that this thread may use, by raw id, ascending.
#[must_use]
pub fn allowed_cores() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|&core| set.is_set(core).unwrap_or(false)).collect()
}

/// Pins the calling thread. A core that does not exist, is offline or is not
/// allowed leaves the thread where it was, and says so.
#[must_use]
pub fn pin_to(core: usize) -> Pinned {
    let mut wanted = CpuSet::new();
    let applied = wanted.set(core).is_ok()
        && sched_setaffinity(Pid::from_raw(0), &wanted).is_ok()
        && sched_getaffinity(Pid::from_raw(0)).is_ok_and(|got| got == wanted);
    Pinned { core: Some(core), applied }
}
