//! Commands, timers, and the recovered state with which a journal begins.

use crate::{Nanos, Price, Qty, Wide};
use bytemuck::{CheckedBitPattern, NoUninit, Pod, Zeroable};

/// What a command does.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, NoUninit, CheckedBitPattern)]
pub enum CommandOp {
    /// `value`: the epoch of client order ids.
    Epoch = 0,
    /// Trading may begin.
    Arm = 1,
    /// No new intents; cancels and reductions still pass.
    Disarm = 2,
    /// The cold side falls behind: in-flight and reducing orders only.
    Drain = 3,
    /// The cold side has caught up.
    Resume = 4,
    /// The kill latch: nothing but cancels, until the engine is restarted.
    Kill = 5,
    /// Cancel every working order.
    CancelAll = 6,
    /// The order connection is up; `value` counts its openings.
    OrderLinkUp = 7,
    /// The order connection is down: in-flight orders become UNKNOWN.
    OrderLinkDown = 8,
    /// The private stream is up.
    PrivateLinkUp = 9,
    /// The private stream is down.
    PrivateLinkDown = 10,
    /// A book must be rebuilt; `value` is a [`crate::StateReason`].
    Resync = 11,
    /// The run is over; nothing follows but what drains.
    Stop = 12,
}

/// An instruction to the line, sequenced like every other input.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Command {
    /// [`CommandOp`] as a number.
    pub op: u8,
    /// Zero.
    pub pad: [u8; 7],
    /// By operation.
    pub value: i64,
    /// Zero.
    pub pad2: [u64; 3],
}

impl Command {
    /// A command with its value.
    #[must_use]
    pub fn new(op: CommandOp, value: i64) -> Self {
        Self { op: op as u8, value, ..Self::zeroed() }
    }

    /// The operation, if this version knows it.
    #[must_use]
    pub fn op(&self) -> Option<CommandOp> {
        bytemuck::checked::try_cast(self.op).ok()
    }
}

/// Time passed: `due` is a multiple of the timer's period.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Timer {
    /// When it was due.
    pub due: Nanos,
    /// Its period.
    pub period: Nanos,
    /// Zero.
    pub pad: [u64; 3],
}

/// A balance at the venue, as recovered at start or as the private stream told it
/// since.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Balance {
    /// The asset, ASCII, padded with zeros.
    pub asset: [u8; 16],
    /// The whole amount.
    pub total: Wide,
    /// Zero.
    pub pad: u64,
}

/// A position at the venue, as recovered at start.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct HeldPosition {
    /// Signed: short is negative.
    pub qty: Qty,
    /// Average entry price, as the venue states it, truncated to a mantissa.
    pub entry: Price,
    /// Zero.
    pub pad: [u64; 3],
}

/// A funding payment that the venue booked, as the private stream told it. The
/// record's instrument is [`crate::InstrumentId::NONE`] where the venue does not
/// say for which position: Binance does not for one in crossed margin.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Funding {
    /// The asset that it was paid in, ASCII, padded with zeros.
    pub asset: [u8; 16],
    /// In that asset, scale 18: above zero received, below zero paid.
    pub amount: Wide,
    /// When the venue says it was booked.
    pub exch_ts: Nanos,
}
