//! SIGINT and SIGTERM: ask for an orderly end; one that comes a second after the
//! first, or later, ends at once. Some senders signal a process and its group
//! together: two at the same moment are one. A file-size limit is an error of the
//! write that meets it, not the end of the process.

use crate::failure::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// From when on a further signal is meant as one.
const SECOND_COUNTS: Duration = Duration::from_secs(1);
/// How often the first one is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Whether somebody asked for the end. A clone is the same.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on. [`Interrupt::default`] listens to nobody.
    ///
    /// # Errors
    /// When the system refuses the handler.
    pub fn install() -> Result<Self, Failure> {
        let flag = Arc::new(AtomicBool::new(false));
        let at_once = Arc::new(AtomicBool::new(false));
        let refused = |why| Failure::failed(format!("signal handler: {why}"));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&at_once))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
                .map_err(refused)?;
        }
        let ignored = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, ignored).map_err(refused)?;
        let asked = Self(flag);
        asked.watch(at_once)?;
        Ok(asked)
    }

    /// Makes the next signal end the process, a second after the first.
    #[allow(clippy::disallowed_methods, reason = "a cold thread of its own waits")]
    fn watch(&self, at_once: Arc<AtomicBool>) -> Result<(), Failure> {
        let asked = self.clone();
        let watch = move || {
            while !asked.is_raised() {
                std::thread::sleep(LOOK);
            }
            std::thread::sleep(SECOND_COUNTS);
            // Release: nothing is read on the strength of it but the flag itself.
            at_once.store(true, Ordering::Release);
        };
        let started = std::thread::Builder::new().name("signals".to_owned()).spawn(watch);
        started.map(drop).map_err(|why| Failure::failed(format!("the thread of signals: {why}")))
    }

    /// Asks for the end from within.
    pub fn raise(&self) {
        // Release pairs with the Acquire in `is_raised`.
        self.0.store(true, Ordering::Release);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        // Acquire pairs with the Release in `raise` and with the handler's store.
        self.0.load(Ordering::Acquire)
    }

    /// An end that was asked for before there was anything to end.
    #[must_use]
    pub fn failure() -> Failure {
        Failure::failed("stopped by a signal before the line was there; nothing was sent")
    }
}
