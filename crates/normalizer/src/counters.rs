//! What the normalizer has seen. One writer, the normalizer; read by anyone.

use crate::copies::{CopiedStream, CopyCount, CopyCounts};
use crate::lanes::Origin;
use actor::NamedCounts;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many further streams there are: mark prices, liquidations, candles.
const OTHERS: usize = 4;

/// How many kinds of unused frames are told apart by name.
const NAMES: usize = 24;

/// The counters.
#[derive(Debug, Default)]
pub struct NormalizerCounters {
    /// Messages and REST snapshots taken from the feeds.
    pub frames: AtomicU64,
    /// Depth messages.
    pub depth: AtomicU64,
    /// Best bid and ask messages.
    pub quotes: AtomicU64,
    /// Trade messages.
    pub trades: AtomicU64,
    /// REST snapshots.
    pub snapshots: AtomicU64,
    /// Answers to subscriptions and the like.
    pub control: AtomicU64,
    /// Frames that could not be understood.
    pub undecodable: AtomicU64,
    /// Frames about a symbol that is not configured.
    pub unknown_symbol: AtomicU64,
    /// Frames beyond the size limit.
    pub oversized: AtomicU64,
    /// Breaks in a venue's own sequence rule.
    pub gaps: AtomicU64,
    /// Messages that repeated what was known already, on a connection that no
    /// other carries copies of, and snapshots that came for a LIVE book.
    pub repeated: AtomicU64,
    /// Copies that another connection had brought before; dropped.
    pub copies_late: AtomicU64,
    /// Holes in what one connection brought that another filled in time.
    pub holes_filled: AtomicU64,
    /// Quotes whose id was further ahead than ids can have come.
    pub implausible: AtomicU64,
    /// Snapshots that the venue refused.
    pub snapshots_refused: AtomicU64,
    /// Snapshots asked for.
    pub resyncs: AtomicU64,
    /// Snapshots that did not bridge.
    pub not_bridged: AtomicU64,
    /// Changes forgotten because the buffer for them was full; a resync follows.
    pub buffer_full: AtomicU64,
    /// Groups sequenced.
    pub events: AtomicU64,
    /// Instruments whose book is LIVE now.
    pub books_live: AtomicU64,
    pub(crate) copies: CopyCounts,
    /// Frames of the further streams that were understood, by name.
    others: NamedCounts<OTHERS>,
    unused: NamedCounts<NAMES>,
    /// By the frame's type and what was wrong with it.
    undecodable_by: NamedCounts<NAMES>,
}

pub(crate) fn add(counter: &AtomicU64, n: u64) {
    // Relaxed, one writer: counters; nothing is read on the strength of them.
    counter.store(counter.load(Ordering::Relaxed) + n, Ordering::Relaxed);
}

pub(crate) fn subtract(counter: &AtomicU64, n: u64) {
    // Relaxed, one writer: see `add`.
    counter.store(counter.load(Ordering::Relaxed).saturating_sub(n), Ordering::Relaxed);
}

impl NormalizerCounters {
    /// Name, meaning and value of each counter, for the metrics.
    #[must_use]
    pub fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        vec![
            (
                "frames_taken",
                "Messages and REST snapshots taken from the feeds.",
                get(&self.frames),
            ),
            ("depth_messages", "Depth messages.", get(&self.depth)),
            ("quote_messages", "Best bid and ask messages.", get(&self.quotes)),
            ("trade_messages", "Trade messages.", get(&self.trades)),
            ("snapshots", "REST snapshots.", get(&self.snapshots)),
            ("control_messages", "Answers to subscriptions and the like.", get(&self.control)),
            ("frames_undecodable", "Frames that could not be understood.", get(&self.undecodable)),
            (
                "frames_unknown_symbol",
                "Frames about a symbol that is not configured.",
                get(&self.unknown_symbol),
            ),
            ("frames_refused_size", "Frames beyond the size limit.", get(&self.oversized)),
            ("gaps_seen", "Breaks in the venue's own sequence rule.", get(&self.gaps)),
            ("messages_repeated", "Messages that repeated what was known.", get(&self.repeated)),
            (
                "copies_late",
                "Copies that another connection had brought before; dropped.",
                get(&self.copies_late),
            ),
            (
                "holes_filled",
                "Holes in one connection's messages that another filled in time.",
                get(&self.holes_filled),
            ),
            (
                "quotes_implausible",
                "Quotes whose id was further ahead than can be; dropped.",
                get(&self.implausible),
            ),
            ("resyncs", "Snapshots asked for.", get(&self.resyncs)),
            (
                "snapshots_refused",
                "Snapshots that the venue refused; asked for again.",
                get(&self.snapshots_refused),
            ),
            ("snapshots_not_bridged", "Snapshots that did not bridge.", get(&self.not_bridged)),
            (
                "buffer_overruns",
                "Waiting changes forgotten; a resync followed.",
                get(&self.buffer_full),
            ),
            ("events_sequenced", "Groups sequenced.", get(&self.events)),
        ]
    }

    /// Who was first: what each connection brought of each stream.
    #[must_use]
    pub fn copies(&self) -> Vec<CopyCount> {
        self.copies.read()
    }

    /// Counts a message of `stream` as the first of its kind or as one that has
    /// come before.
    pub(crate) fn count_copy(&self, origin: &Origin, stream: CopiedStream, is_news: bool) {
        self.copies.count(origin.connection, stream, is_news);
        if !is_news {
            add(if origin.is_shared { &self.copies_late } else { &self.repeated }, 1);
        }
    }

    /// Frames of the streams that have no counter of their own, by name.
    #[must_use]
    pub fn others(&self) -> Vec<(&'static str, u64)> {
        self.others.read().into_iter().map(|((name, _), count)| (name, count)).collect()
    }

    /// Counts a frame of a stream that has no counter of its own.
    pub(crate) fn count_other(&self, name: &'static str) {
        self.others.count(name, "");
    }

    /// Frames of types that the engine does not use, by name.
    #[must_use]
    pub fn unused(&self) -> Vec<(&'static str, u64)> {
        self.unused.read().into_iter().map(|((name, _), count)| (name, count)).collect()
    }

    /// Frames that could not be understood: their type, what was wrong, and how
    /// many. The type is `unnamed` where the frame names none that is known.
    #[must_use]
    pub fn undecodable_by(&self) -> Vec<((&'static str, &'static str), u64)> {
        self.undecodable_by.read()
    }

    /// Counts a frame of a type that the engine does not use. Beyond
    /// [`NAMES`] different ones, the last place takes the rest.
    pub(crate) fn count_unused(&self, name: &'static str) {
        self.unused.count(name, "");
    }

    /// Counts a frame of type `what` that could not be understood, for `why`.
    pub(crate) fn count_undecodable(&self, what: &'static str, why: &'static str) {
        add(&self.undecodable, 1);
        self.undecodable_by.count(what, why);
    }
}
