//! Market event: the venue's own candle, in two records.
//!
//! Made by the decoders: [`KlinePrices`] first, [`KlineVolume`] right behind it
//! for the same instrument. Read by whoever compares our bars with the venue's;
//! the engine's own bars come from trades.

use crate::{Nanos, Price, Qty, Wide};
use bytemuck::{Pod, Zeroable};

/// The prices of a candle.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct KlinePrices {
    /// When it begins; its length is [`KlineVolume::interval`].
    pub open_ts: Nanos,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price so far.
    pub close: Price,
}

/// What was traded in a candle.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct KlineVolume {
    /// Volume in the quote asset at scale 18.
    pub quote_volume: Wide,
    /// Volume in the base asset.
    pub volume: Qty,
    /// The part of it where the buyer took.
    pub taker_volume: Qty,
    /// How many trades; saturates.
    pub trades: u32,
    /// [`KlineInterval`] as a number.
    pub interval: u8,
    /// 1 when the candle is closed and will not change.
    pub closed: u8,
    /// Zero.
    pub pad: [u8; 2],
}

impl KlineVolume {
    /// The candle's length, if this version knows it.
    #[must_use]
    pub const fn interval(&self) -> Option<KlineInterval> {
        KlineInterval::from_code(self.interval)
    }
}

macro_rules! intervals {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal $seconds:literal),* $(,)?) => {
        /// The length of a candle, as Binance names it.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum KlineInterval { $($(#[$doc])* $name = $code),* }

        impl KlineInterval {
            /// Every length, from the shortest.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The venue's word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The value of `code`; `None` when this version does not know it.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// Its seconds; 0 for a month, which has no fixed length.
            #[must_use]
            pub const fn seconds(self) -> u32 {
                match self { $(Self::$name => $seconds),* }
            }
        }
    };
}

intervals! {
    /// One second.
    S1 = 0 "1s" 1,
    /// One minute.
    M1 = 1 "1m" 60,
    /// Three minutes.
    M3 = 2 "3m" 180,
    /// Five minutes.
    M5 = 3 "5m" 300,
    /// A quarter of an hour.
    M15 = 4 "15m" 900,
    /// Half an hour.
    M30 = 5 "30m" 1_800,
    /// One hour.
    H1 = 6 "1h" 3_600,
    /// Two hours.
    H2 = 7 "2h" 7_200,
    /// Four hours.
    H4 = 8 "4h" 14_400,
    /// Six hours.
    H6 = 9 "6h" 21_600,
    /// Eight hours.
    H8 = 10 "8h" 28_800,
    /// Half a day.
    H12 = 11 "12h" 43_200,
    /// One day.
    D1 = 12 "1d" 86_400,
    /// Three days.
    D3 = 13 "3d" 259_200,
    /// One week.
    W1 = 14 "1w" 604_800,
    /// One month.
    Month = 15 "1M" 0,
}

impl KlineInterval {
    /// The interval of the venue's word.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|interval| interval.as_str().as_bytes() == text)
    }
}
