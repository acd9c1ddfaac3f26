//! What a wire counts. Written by the polling thread (first half) and by the
//! connector and the fetcher (second half); read by whoever holds the Arc.

use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    (hot { $($(#[$hot_doc:meta])* $hot:ident,)* } cold { $($(#[$cold_doc:meta])* $cold:ident,)* }) => {
        /// A wire's counters since its start.
        #[derive(Debug, Default)]
        pub struct WireCounters { pub(crate) hot: CachePadded<Hot>, pub(crate) cold: CachePadded<Cold> }

        /// Written by the polling thread only.
        #[derive(Debug, Default)]
        pub(crate) struct Hot { $(pub(crate) $hot: Counter,)* }

        /// Written by the cold rooms.
        #[derive(Debug, Default)]
        pub(crate) struct Cold { $(pub(crate) $cold: Counter,)* }

        /// The counters at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct CounterReadings {
            $($(#[$hot_doc])* pub $hot: u64,)*
            $($(#[$cold_doc])* pub $cold: u64,)*
        }

        impl WireCounters {
            /// All counters, each read on its own.
            #[must_use]
            pub fn read(&self) -> CounterReadings {
                CounterReadings {
                    $($hot: self.hot.$hot.get(),)*
                    $($cold: self.cold.$cold.get(),)*
                }
            }
        }
    };
}

counters! {
    hot {
        /// Whole messages handed to the actor.
        messages,
        /// Their bytes.
        bytes,
        /// System calls that read a socket, or asked which sockets are ready.
        reads,
        /// System calls that wrote to a socket.
        writes,
        /// Pings received (each is answered by a pong).
        pings,
        /// Pings sent into a silent connection.
        keepalives,
        /// Messages beyond the limit.
        oversized,
        /// Connections that ended, by them or by us.
        disconnects,
        /// Sends refused because the bytes exceed `max_send`.
        oversized_sends,
    }
    cold {
        /// Connections opened and handed over.
        connects,
        /// Of these, how many were closed because their successor had taken over.
        replaced,
        /// Attempts to open one that failed.
        connect_failures,
        /// REST calls made.
        rest_requests,
        /// Of these, how many failed or were not answered with a 2xx.
        rest_failures,
    }
}

impl CounterReadings {
    /// Name, meaning and value of each, for the metrics.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, &'static str, u64)> {
        vec![
            ("messages", "Whole messages handed to the actor.", self.messages),
            ("message_bytes", "Bytes of those messages.", self.bytes),
            ("reads", "System calls that read, or asked what is ready.", self.reads),
            ("writes", "System calls that wrote.", self.writes),
            ("pings", "Pings received; each is answered.", self.pings),
            ("keepalives", "Pings sent into a silent connection.", self.keepalives),
            ("messages_oversized", "Messages beyond the size limit.", self.oversized),
            ("sends_oversized", "Sends refused for their size.", self.oversized_sends),
            ("connections_opened", "Connections opened and handed over.", self.connects),
            ("connections_ended", "Connections that ended, by us or by them.", self.disconnects),
            (
                "connections_replaced",
                "Connections closed because their successor had taken over.",
                self.replaced,
            ),
            (
                "connects_failed",
                "Attempts to open a connection that failed.",
                self.connect_failures,
            ),
            ("rest_requests", "REST calls made.", self.rest_requests),
            ("rest_failed", "REST calls that failed or were refused.", self.rest_failures),
        ]
    }
}

/// One counter. Either one writer (`add`) or many (`count`), never both.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    fn get(&self) -> u64 {
        // Relaxed: a counter; nothing is read on the strength of it.
        self.0.load(Ordering::Relaxed)
    }

    /// Adds, on the counter's one writing thread.
    #[inline]
    pub(crate) fn add(&self, by: u64) {
        // Relaxed, one writer: see `get`. No locked instruction per message.
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
    }

    /// Counts one, on any thread.
    pub(crate) fn count(&self) {
        // Relaxed: see `get`.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
