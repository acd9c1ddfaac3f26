//! The counting allocator and the seal: a thread of the line says "from here on
//! I do not allocate", and every allocation it makes after that is counted.
//!
//! Counts, never aborts: the summary, `/metrics` and the tests judge.
#![allow(unsafe_code, reason = "GlobalAlloc is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Install with `#[global_allocator]`.
pub struct CountingAllocator;

static AFTER_SEAL: AtomicU64 = AtomicU64::new(0);
static IN_TLS: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Sealed,
    SealedInTls,
}

thread_local! {
    // Const-initialised and without a destructor: reading it never allocates.
    static PHASE: Cell<Phase> = const { Cell::new(Phase::Open) };
}

/// Ends allocation for the calling thread.
pub fn seal_thread() {
    PHASE.with(|phase| phase.set(Phase::Sealed));
}

/// Runs `work`, whose allocations are TLS's and are counted apart.
pub fn in_tls<R>(work: impl FnOnce() -> R) -> R {
    let before = PHASE.with(Cell::get);
    if before == Phase::Sealed {
        PHASE.with(|phase| phase.set(Phase::SealedInTls));
    }
    let result = work();
    PHASE.with(|phase| phase.set(before));
    result
}

/// Allocations of sealed threads so far: (the line's, TLS's).
#[must_use]
pub fn allocations() -> (u64, u64) {
    // Relaxed: counters; nothing is read on the strength of them.
    (AFTER_SEAL.load(Ordering::Relaxed), IN_TLS.load(Ordering::Relaxed))
}

fn count() {
    // A thread that is being torn down has no phase left and is not the line.
    let phase = PHASE.try_with(Cell::get).unwrap_or(Phase::Open);
    let counter = match phase {
        Phase::Open => return,
        Phase::Sealed => &AFTER_SEAL,
        Phase::SealedInTls => &IN_TLS,
    };
    // Relaxed: see `allocations`.
    counter.fetch_add(1, Ordering::Relaxed);
}

// SAFETY: every call goes to the system allocator unchanged; counting touches
// only atomics and a const thread-local, neither of which allocates.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}
