//! Streams in which a message replaces the one before it, and those whose
//! messages stand alone: mark prices, candles, forced orders.
//!
//! Asked by one instrument's streams. Their ids are times and contents, so
//! nobody can know that one is missing: the first copy wins, and one that a
//! newer message has overtaken is late. Never here: waiting.

use crate::lanes::{Lane, Origin, PerLane};

/// The newest message of a stream, by a key that grows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newest<K> {
    told: Option<K>,
    lanes: PerLane<Option<K>>,
}

impl<K: Copy + Ord> Default for Newest<K> {
    fn default() -> Self {
        Self { told: None, lanes: PerLane::default() }
    }
}

impl<K: Copy + Ord> Newest<K> {
    /// Whether this is news. A connection on which the key goes back has told
    /// something false before: what comes now is believed, so that a false time
    /// far ahead silences nothing.
    pub(crate) fn is_news(&mut self, key: K, origin: &Origin) -> bool {
        let last = self.lanes.of(origin.lane);
        let goes_back = last.is_some_and(|last| key < last);
        *last = Some(key);
        let is_news = goes_back || self.told.is_none_or(|told| key > told);
        if is_news {
            self.told = Some(key);
        }
        is_news
    }

    /// A connection opened or closed: what it told before says nothing of what
    /// it tells next.
    pub(crate) fn on_lane(&mut self, lane: Lane) {
        self.lanes.forget(lane);
    }
}

/// Messages that are remembered. Binance tells at most one forced order of an
/// instrument a second, so this is a minute, longer than a connection lags.
const RECENT: usize = 64;

/// The latest messages of a stream, whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recent<M> {
    messages: [Option<M>; RECENT],
    next: usize,
}

impl<M: Copy> Default for Recent<M> {
    fn default() -> Self {
        Self { messages: [None; RECENT], next: 0 }
    }
}

impl<M: Copy + PartialEq> Recent<M> {
    /// Whether no message like it is remembered; it is from now on.
    pub(crate) fn is_news(&mut self, message: &M) -> bool {
        if self.messages.iter().flatten().any(|known| known == message) {
            return false;
        }
        self.messages[self.next] = Some(*message);
        self.next = (self.next + 1) % RECENT;
        true
    }
}
