//! What is made of events: signals, votes and verdicts. All of it is data.

use crate::{Value, Wide};
use bytemuck::{Pod, Zeroable};

/// Which way a vote points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Up.
    Buy,
    /// No opinion, or none that is safe to have.
    #[default]
    Abstain,
    /// Down.
    Sell,
}

/// An indicator's output at one event.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Signal {
    /// Index of the indicator in the configured list.
    pub indicator: u16,
    /// Which of the indicator's lines, from 0.
    pub line: u16,
    /// Zero.
    pub pad: u32,
    /// The value's bits ([`Value`]: 64 integer, 64 fractional).
    pub bits: Wide,
    /// A second value where the line has one, else zero.
    pub extra: Wide,
}

impl Signal {
    /// A signal of one value.
    #[must_use]
    pub fn new(indicator: u16, line: u16, value: Value) -> Self {
        Self { indicator, line, bits: Wide::new(value.to_bits()), ..Self::zeroed() }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::from_bits(self.bits.get())
    }
}

/// A member's opinion about one instrument.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Vote {
    /// The seat that voted.
    pub member: u8,
    /// 1 buy, -1 sell, 0 abstain.
    pub direction: i8,
    /// The member's own reason code; its registry entry tells the meaning.
    pub reason: u16,
    /// Confidence in millionths, 0 to 1,000,000.
    pub confidence: u32,
    /// What it saw, by reason: the numbers behind the opinion.
    pub seen: [i64; 4],
}

impl Vote {
    /// Full confidence.
    pub const SURE: u32 = 1_000_000;

    /// Which way.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        match self.direction {
            1 => Direction::Buy,
            -1 => Direction::Sell,
            _ => Direction::Abstain,
        }
    }
}

/// What one rule said of one intent. The first refusal wins.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Verdict {
    /// Index of the rule in the order of judgement.
    pub rule: u16,
    /// 1 passed, 0 refused.
    pub passed: u8,
    /// Zero.
    pub pad: [u8; 5],
    /// What the rule measured, in the rule's own unit.
    pub seen: Wide,
    /// What it allows, in the same unit.
    pub limit: Wide,
}
