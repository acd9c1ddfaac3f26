//! Who was first: of each connection and stream, the messages that it brought
//! first and those that another had brought before.
//!
//! Counted by the normalizer, read by anyone.

use crate::counters::add;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A stream of which connections carry copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopiedStream {
    /// Changes of books.
    Depth,
    /// Best bids and asks.
    Quote,
    /// Trades.
    Trade,
    /// Trades told together.
    AggTrade,
    /// Mark prices.
    MarkPrice,
    /// Forced orders.
    Liquidation,
    /// Candles.
    Kline,
}

impl CopiedStream {
    /// Every stream, in the order of the counts.
    pub const ALL: [Self; 7] = [
        Self::Depth,
        Self::Quote,
        Self::Trade,
        Self::AggTrade,
        Self::MarkPrice,
        Self::Liquidation,
        Self::Kline,
    ];

    /// As it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Quote => "quote",
            Self::Trade => "trade",
            Self::AggTrade => "agg_trade",
            Self::MarkPrice => "mark_price",
            Self::Liquidation => "liquidation",
            Self::Kline => "kline",
        }
    }
}

/// What one connection brought of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyCount {
    /// The connection, numbered over all feeds.
    pub connection: usize,
    /// Of what.
    pub stream: CopiedStream,
    /// Messages that it was the first to bring.
    pub won: u64,
    /// Messages that had come before; dropped.
    pub late: u64,
}

#[derive(Debug, Default)]
struct Pair {
    won: AtomicU64,
    late: AtomicU64,
}

/// The counts of all connections; empty until the normalizer is made.
#[derive(Debug, Default)]
pub(crate) struct CopyCounts {
    by_connection: OnceLock<Box<[[Pair; CopiedStream::ALL.len()]]>>,
}

impl CopyCounts {
    /// Takes the memory for `connections`, once.
    pub(crate) fn prepare(&self, connections: usize) {
        self.by_connection.get_or_init(|| (0..connections).map(|_| Default::default()).collect());
    }

    /// Counts a message of `stream` that `connection` brought.
    pub(crate) fn count(&self, connection: Option<usize>, stream: CopiedStream, won: bool) {
        let Some(at) = connection else { return };
        let Some(pairs) = self.by_connection.get().and_then(|all| all.get(at)) else { return };
        let pair = &pairs[stream as usize];
        add(if won { &pair.won } else { &pair.late }, 1);
    }

    /// Every count that is not zero twice.
    pub(crate) fn read(&self) -> Vec<CopyCount> {
        // Relaxed: counters; nothing is read on the strength of them.
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let all = self.by_connection.get().into_iter().flat_map(|all| all.iter().enumerate());
        let counts = all.flat_map(|(connection, pairs)| {
            CopiedStream::ALL.into_iter().zip(pairs).map(move |(stream, pair)| CopyCount {
                connection,
                stream,
                won: get(&pair.won),
                late: get(&pair.late),
            })
        });
        counts.filter(|count| count.won + count.late > 0).collect()
    }
}
