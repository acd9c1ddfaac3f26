//! SIGINT and SIGTERM: ask for an orderly end; a second one ends at once.

use crate::failure::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // The order matters: the second signal finds the flag raised.
            let registered =
                signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag))
                    .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)));
            registered.map_err(|why| Failure::failed(format!("signal handler: {why}")))?;
        }
        Ok(Self(flag))
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
