//! The stop flag: raised once, by a panic, by the cold side or by whoever ends
//! the line; everybody looks.
//!
//! What must happen with it at once, such as the kill latch, is hung onto it: who
//! sees the flag raised sees that done.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

type Then = Box<dyn Fn() + Send>;

#[derive(Default)]
struct Shared {
    raised: AtomicBool,
    /// Taken on the first raise only; never by a thread that just looks.
    then: Mutex<Vec<Then>>,
}

/// Raised once; everybody looks. A clone is the same flag.
#[derive(Clone, Default)]
pub struct StopFlag(Arc<Shared>);

impl StopFlag {
    /// A flag that is down.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `then` done when the flag is raised, on the thread that raises it and
    /// before anybody sees it raised; now, when it is raised already. It must
    /// neither wait nor touch this flag.
    pub fn on_raise(&self, then: impl Fn() + Send + 'static) {
        let mut hung = self.0.then.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_raised() {
            then();
        } else {
            hung.push(Box::new(then));
        }
    }

    /// Asks everybody to come to an end.
    pub fn raise(&self) {
        let hung = self.0.then.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_raised() {
            hung.iter().for_each(|then| then());
        }
        // Release pairs with the Acquire in `is_raised`.
        self.0.raised.store(true, Ordering::Release);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        // Acquire pairs with the Release in `raise`.
        self.0.raised.load(Ordering::Acquire)
    }
}

impl fmt::Debug for StopFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StopFlag").field(&self.is_raised()).finish()
    }
}
