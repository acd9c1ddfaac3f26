//! The record: 64 bytes that cross every link after the sequencer and are the
//! journal's unit.
//!
//! A group is all records of one sequence number: the input first, then what
//! each stage adds, the last one flagged END. Native little-endian; the journal's
//! header says so.

use crate::{
    AggTrade, Balance, BookChange, BookReset, Command, Funding, HeldPosition, InstrumentId,
    KlinePrices, KlineVolume, Level, Liquidation, MarkPrice, Nanos, OrderFields, Quote, Report,
    ReportDetail, Signal, SpecGrid, SpecMoney, SpecName, Timer, Timing, Touch, Trade, Transition,
    Verdict, Vote,
};
use bytemuck::{Pod, Zeroable};

/// Version of every layout in this crate. Any change of a body counts it up.
pub const RECORD_VERSION: u16 = 2;

/// Where a record comes from, which is also its priority in the sequencer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Input: commands and recovered state.
    Command,
    /// Input: what became of orders.
    Report,
    /// Input: time.
    Timer,
    /// Input: the venue's market data.
    Market,
    /// Made by a stage from the inputs; a replay makes it again, bit for bit.
    Decided,
    /// Measured by a stage; a replay does not compare it.
    Measured,
}

/// Flags of a record.
pub struct Flags;

impl Flags {
    /// The last record of its group.
    pub const END: u8 = 1;
    /// The last event of its frame: the book is whole, members may look.
    pub const FRAME_END: u8 = 2;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $class:ident, $text:literal, $body:ty;)*) => {
        /// What a record holds.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $name = $code,)* }

        impl Kind {
            /// Every kind, in the order of its code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The kind of `code`; `None` when this version does not know it.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// Input, decided or measured.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }

            /// The name as it is printed.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Size of the body in bytes; every body fills a record.
            #[must_use]
            pub const fn body_size(self) -> usize {
                match self { $(Self::$name => size_of::<$body>(),)* }
            }
        }
    };
}

kinds! {
    /// An instruction.
    Command = 1, Command, "command", Command;
    /// First third of a specification; the next two follow in the same group.
    SpecName = 2, Command, "spec_name", SpecName;
    /// Second third.
    SpecGrid = 3, Command, "spec_grid", SpecGrid;
    /// Last third.
    SpecMoney = 4, Command, "spec_money", SpecMoney;
    /// A balance: recovered at start, or told by the private stream since.
    Balance = 5, Command, "balance", Balance;
    /// A recovered position.
    HeldPosition = 6, Command, "position", HeldPosition;
    /// What became of an order.
    Report = 16, Report, "report", Report;
    /// The venue's ids and the fee; follows a report in the same group.
    ReportDetail = 17, Report, "report_detail", ReportDetail;
    /// A funding payment.
    Funding = 18, Report, "funding", Funding;
    /// Time.
    Timer = 24, Timer, "timer", Timer;
    /// A level changed.
    Level = 32, Market, "level", Level;
    /// A snapshot begins.
    BookReset = 33, Market, "book_reset", BookReset;
    /// A level of a snapshot.
    SnapshotLevel = 34, Market, "snapshot_level", Level;
    /// A trade.
    Trade = 35, Market, "trade", Trade;
    /// Best bid and ask.
    Quote = 36, Market, "quote", Quote;
    /// A book's state changed.
    BookChange = 37, Market, "book_change", BookChange;
    /// Mark price, index and funding.
    MarkPrice = 38, Market, "mark_price", MarkPrice;
    /// Trades of one taking order at one price, told as one.
    AggTrade = 39, Market, "agg_trade", AggTrade;
    /// A position was closed by the venue.
    Liquidation = 40, Market, "liquidation", Liquidation;
    /// The venue's candle: its prices. A [`Kind::KlineVolume`] comes right behind it.
    KlinePrices = 41, Market, "kline_prices", KlinePrices;
    /// The venue's candle: what was traded in it.
    KlineVolume = 42, Market, "kline_volume", KlineVolume;
    /// Best bid and ask after a whole message.
    Touch = 64, Decided, "touch", Touch;
    /// An indicator's value.
    Signal = 65, Decided, "signal", Signal;
    /// A member's opinion.
    Vote = 66, Decided, "vote", Vote;
    /// What the council wants.
    Intent = 67, Decided, "intent", OrderFields;
    /// What one rule said of it.
    Verdict = 68, Decided, "verdict", Verdict;
    /// What risk let pass.
    Approved = 69, Decided, "approved", OrderFields;
    /// What the gateway accepted.
    Action = 70, Decided, "action", OrderFields;
    /// An order's state changed.
    Transition = 71, Decided, "transition", Transition;
    /// A shadow member's opinion: scored, never counted.
    ShadowVote = 72, Decided, "shadow_vote", Vote;
    /// Stage stamps.
    Timing = 96, Measured, "timing", Timing;
}

/// A body that a record can hold: exactly 40 bytes of plain data.
pub trait Body: Pod {}

macro_rules! bodies {
    ($($body:ty),* $(,)?) => {
        $(
            impl Body for $body {}
            const _: () = assert!(size_of::<$body>() == 40 && align_of::<$body>() <= 8);
        )*
    };
}

bodies!(
    AggTrade,
    Balance,
    BookChange,
    BookReset,
    Command,
    Funding,
    HeldPosition,
    KlinePrices,
    KlineVolume,
    Level,
    Liquidation,
    MarkPrice,
    OrderFields,
    Quote,
    Report,
    ReportDetail,
    Signal,
    SpecGrid,
    SpecMoney,
    SpecName,
    Timer,
    Timing,
    Touch,
    Trade,
    Transition,
    Verdict,
    Vote,
);

/// One record. 64 bytes, one cache line.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Record {
    /// Sequence number of its group, from 1; 0 before the sequencer.
    pub seq: u64,
    /// Time of the group: never decreases from one group to the next.
    pub ts: Nanos,
    /// [`Kind`] as a number.
    kind: u8,
    /// [`Flags`].
    pub flags: u8,
    /// Which instrument; [`InstrumentId::NONE`] for none.
    pub instrument: InstrumentId,
    /// CRC-32C over the rest, written by the journal's tap; 0 before it.
    pub checksum: u32,
    body: [u64; 5],
}

const _: () = assert!(size_of::<Record>() == 64 && align_of::<Record>() == 64);

impl Record {
    /// An empty slot of a link: not a record of any kind.
    pub const EMPTY: Self = Self {
        seq: 0,
        ts: Nanos(0),
        kind: 0,
        flags: 0,
        instrument: InstrumentId::NONE,
        checksum: 0,
        body: [0; 5],
    };

    /// A record that has not been sequenced yet.
    #[inline]
    #[must_use]
    pub fn new<B: Body>(kind: Kind, instrument: InstrumentId, ts: Nanos, body: B) -> Self {
        debug_assert_eq!(kind.body_size(), size_of::<B>());
        Self { ts, kind: kind as u8, instrument, body: bytemuck::cast(body), ..Self::EMPTY }
    }

    /// A record of the same group as `self`: same sequence number and time.
    #[inline]
    #[must_use]
    pub fn sibling<B: Body>(&self, kind: Kind, instrument: InstrumentId, body: B) -> Self {
        Self { seq: self.seq, ..Self::new(kind, instrument, self.ts, body) }
    }

    /// The same record with its sequence number and its time.
    #[inline]
    #[must_use]
    pub const fn sequenced(mut self, seq: u64, ts: Nanos) -> Self {
        self.seq = seq;
        self.ts = ts;
        self
    }

    /// What it holds; `None` for an empty slot or a kind of a later version.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> Option<Kind> {
        Kind::from_code(self.kind)
    }

    /// The body, as the type that its kind names. Any 40 bytes are a valid
    /// value of every body, so a wrong type gives wrong numbers, never worse.
    #[inline]
    #[must_use]
    pub fn body<B: Body>(&self) -> B {
        bytemuck::cast(self.body)
    }

    /// Whether it is the last record of its group.
    #[inline]
    #[must_use]
    pub const fn is_end(&self) -> bool {
        self.flags & Flags::END != 0
    }

    /// Whether it is the last event of its frame.
    #[inline]
    #[must_use]
    pub const fn is_frame_end(&self) -> bool {
        self.flags & Flags::FRAME_END != 0
    }

    /// The same record, not the last of its group.
    #[inline]
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.flags &= !Flags::END;
        self
    }

    /// Whether it is an input of the line, as opposed to something made of one.
    #[inline]
    #[must_use]
    pub fn is_input(&self) -> bool {
        self.kind().is_some_and(|kind| kind.class() < Class::Decided)
    }

    /// All bytes but the checksum's, in two runs, for the checksum.
    #[inline]
    #[must_use]
    pub fn checked_bytes(&self) -> (&[u8], &[u8]) {
        let bytes = bytemuck::bytes_of(self);
        (&bytes[..20], &bytes[24..])
    }
}
