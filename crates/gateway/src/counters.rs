//! What the gateway has seen, for the metrics and the summary.
//!
//! Written by the gateway alone, read by anyone. Never here: anything that is
//! decided on.

use actor::NamedCounts;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// What the gateway has seen. One writer, the gateway.
#[derive(Debug, Default)]
pub struct GatewayCounters {
    /// Messages of its sockets.
    pub frames: AtomicU64,
    /// Messages that could not be understood.
    pub undecodable: AtomicU64,
    /// Messages of types that it does not use.
    pub unused: AtomicU64,
    /// Events about orders that this engine did not make.
    pub foreign: AtomicU64,
    /// Answers to requests that it does not remember.
    pub unmatched: AtomicU64,
    /// Fills told twice.
    pub repeated_fills: AtomicU64,
    /// Funding payments told twice.
    pub repeated_payments: AtomicU64,
    /// Fills that the private stream did not tell and a query found.
    pub fills_taken_over: AtomicU64,
    /// Of those, the ones whose price the venue did not say: taken at the limit.
    pub fills_estimated: AtomicU64,
    /// Ends of orders that waited for fills that were missing.
    pub ends_held_back: AtomicU64,
    /// Questions about orders that were sent.
    pub orders_asked: AtomicU64,
    /// The private stream's key ran out.
    pub key_expired: AtomicU64,
    /// Times that the second order connection took over from a lost one.
    pub connections_switched: AtomicU64,
    /// 1 while an order connection is ready, logon included.
    pub order_link_up: AtomicU64,
    /// 1 while the private stream is ready, subscription included.
    pub private_link_up: AtomicU64,
    /// Logons that the venue refused.
    pub logons_refused: AtomicU64,
    /// Subscriptions of the private stream that the venue refused.
    pub subscriptions_refused: AtomicU64,
    /// The venue's code of the last logon or subscription that it refused.
    refused_code: AtomicI64,
    /// Order actions accepted.
    pub actions: AtomicU64,
    /// Places held back by the kill latch.
    pub suppressed: AtomicU64,
    /// Places and cancels that the socket did not take.
    pub not_sent: AtomicU64,
    /// Reports that contradict what is known of their order.
    pub contradictions: AtomicU64,
    /// Orders whose life is not over.
    pub open_orders: AtomicU64,
    /// Orders whose outcome nobody knows.
    pub unknown_orders: AtomicU64,
    /// Turns in which the return ring had no room for a whole read.
    pub held_back: AtomicU64,
    /// By the message's type and what was wrong with it.
    undecodable_by: NamedCounts<16>,
}

pub(crate) fn add(counter: &AtomicU64, n: u64) {
    // Relaxed, one writer: counters; nothing is read on the strength of them.
    counter.store(counter.load(Ordering::Relaxed) + n, Ordering::Relaxed);
}

impl GatewayCounters {
    /// Name, meaning and value of each counter, for the metrics.
    #[must_use]
    pub fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        vec![
            (
                "order_messages",
                "Messages of the order connection and the private stream.",
                get(&self.frames),
            ),
            ("order_messages_undecodable", "Of those, not understood.", get(&self.undecodable)),
            ("order_messages_unused", "Of those, of types not used.", get(&self.unused)),
            (
                "foreign_order_events",
                "Events about orders not made by this engine.",
                get(&self.foreign),
            ),
            ("replies_unmatched", "Answers to requests not remembered.", get(&self.unmatched)),
            ("fills_repeated", "Fills told twice, counted once.", get(&self.repeated_fills)),
            (
                "funding_repeated",
                "Funding payments told twice, counted once.",
                get(&self.repeated_payments),
            ),
            (
                "fills_taken_over",
                "Fills that a query found and the private stream had not told.",
                get(&self.fills_taken_over),
            ),
            (
                "fills_estimated",
                "Of those, taken at the order's limit for want of the venue's price.",
                get(&self.fills_estimated),
            ),
            (
                "order_ends_held_back",
                "Ends of orders that waited for missing fills.",
                get(&self.ends_held_back),
            ),
            ("orders_asked", "Questions about orders that were sent.", get(&self.orders_asked)),
            (
                "listen_keys_expired",
                "Times the private stream's key ran out.",
                get(&self.key_expired),
            ),
            (
                "order_connections_switched",
                "Times that the second order connection took over.",
                get(&self.connections_switched),
            ),
            ("logons_refused", "Logons that the venue refused.", get(&self.logons_refused)),
            (
                "subscriptions_refused",
                "Subscriptions of the private stream that the venue refused.",
                get(&self.subscriptions_refused),
            ),
            ("order_actions", "Order actions accepted.", get(&self.actions)),
            ("orders_suppressed", "Places held back by the kill latch.", get(&self.suppressed)),
            (
                "orders_not_sent",
                "Places and cancels that the socket did not take.",
                get(&self.not_sent),
            ),
            (
                "order_contradictions",
                "Reports that contradict what is known.",
                get(&self.contradictions),
            ),
            ("reads_held_back", "Turns without room in the return ring.", get(&self.held_back)),
        ]
    }

    /// Messages that could not be understood: their type, what was wrong, and
    /// how many. Answers of the order session are `reply`.
    #[must_use]
    pub fn undecodable_by(&self) -> Vec<((&'static str, &'static str), u64)> {
        self.undecodable_by.read()
    }

    /// Why an order link or a private stream that is open is down all the same, for
    /// whoever waits for it; `None` where the venue refused nothing.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        // Relaxed: words for people.
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let code = self.refused_code.load(Ordering::Relaxed);
        match (get(&self.logons_refused), get(&self.subscriptions_refused)) {
            (0, 0) => None,
            (0, _) => Some(format!(
                "the venue refused the subscription of the private stream with its code {code}; \
                 check the API key, its rights and this machine's clock"
            )),
            _ => Some(format!(
                "the venue refused the logon with its code {code}; check that \
                 venues.NAME.key_env names an Ed25519 key and secret_file its private half, the \
                 key's rights and this machine's clock, or sign each request with key_type = \
                 \"hmac\" and an HMAC key"
            )),
        }
    }

    pub(crate) fn count_refused(&self, is_logon: bool, code: i32) {
        self.refused_code.store(i64::from(code), Ordering::Relaxed);
        add(if is_logon { &self.logons_refused } else { &self.subscriptions_refused }, 1);
    }

    pub(crate) fn count_undecodable(&self, what: &'static str, why: &'static str) {
        add(&self.undecodable, 1);
        self.undecodable_by.count(what, why);
    }
}
