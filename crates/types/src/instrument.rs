//! What is traded: ids, and the versioned specification with its grid.
//!
//! A specification enters the line as three records ([`SpecName`],
//! [`SpecGrid`], [`SpecMoney`]) and may change while running: a new version
//! never reinterprets an open mantissa.

use crate::{Decimal, Money, Price, Qty, Wide};
use bytemuck::{Pod, Zeroable};
use std::fmt;

/// The most instruments one engine holds; tables are sized by it at start.
pub const MAX_INSTRUMENTS: usize = 1024;

/// The index of an instrument in the engine's tables, in configuration order.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub struct InstrumentId(pub u16);

impl InstrumentId {
    /// No instrument: timers, commands and links that concern the whole engine.
    pub const NONE: Self = Self(u16::MAX);

    /// As an index into a table.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A venue's symbol, such as `BTCUSDT`: at most 24 bytes of ASCII.
#[repr(transparent)]
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub struct Symbol([u8; 24]);

impl Symbol {
    /// `None` when the text is empty, longer than 24 bytes or not printable ASCII.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > 24 || !bytes.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let mut symbol = [0; 24];
        symbol[..bytes.len()].copy_from_slice(bytes);
        Some(Self(symbol))
    }

    /// The text without its padding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        let length = self.0.iter().position(|&b| b == 0).unwrap_or(self.0.len());
        &self.0[..length]
    }

    /// The text without its padding.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or("?")
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One version of an instrument's specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstrumentSpec {
    /// Index in the engine's tables.
    pub id: InstrumentId,
    /// Counts up from 1 with each change that the venue makes.
    pub version: u32,
    /// The venue's symbol.
    pub symbol: Symbol,
    /// Decimal places of a price mantissa, 0 to 18.
    pub price_decimals: u8,
    /// Decimal places of a quantity mantissa; with the price's at most 18.
    pub qty_decimals: u8,
    /// Prices are multiples of it; at least 1.
    pub tick_size: Price,
    /// Quantities are multiples of it; at least 1.
    pub lot_size: Qty,
    /// The least quantity of an order.
    pub min_qty: Qty,
    /// The most quantity of an order.
    pub max_qty: Qty,
    /// The least price × quantity of an order.
    pub min_notional: Money,
    /// Fee of a resting fill in millionths of the notional; negative is a rebate.
    pub maker_ppm: i32,
    /// Fee of a taking fill in millionths of the notional.
    pub taker_ppm: i32,
}

impl InstrumentSpec {
    /// Why this specification cannot be used, as a sentence; `None` if it can.
    #[must_use]
    pub fn defect(&self) -> Option<&'static str> {
        if u16::from(self.price_decimals) + u16::from(self.qty_decimals) > 18 {
            return Some(
                "price and quantity decimals add up to more than 18, which money cannot hold",
            );
        }
        if self.tick_size.0 < 1 || self.lot_size.0 < 1 {
            return Some("tick_size and lot_size must be at least one unit of the last decimal");
        }
        if self.min_qty.0 < 0 || self.max_qty < self.min_qty {
            return Some("max_qty must not be below min_qty");
        }
        None
    }

    /// The three records that carry this specification through the line.
    #[must_use]
    pub fn to_bodies(&self) -> (SpecName, SpecGrid, SpecMoney) {
        (
            SpecName { symbol: self.symbol, version: self.version, ..SpecName::zeroed() },
            SpecGrid {
                tick_size: self.tick_size,
                lot_size: self.lot_size,
                min_qty: self.min_qty,
                max_qty: self.max_qty,
                price_decimals: self.price_decimals,
                qty_decimals: self.qty_decimals,
                pad: [0; 6],
            },
            SpecMoney {
                min_notional: self.min_notional.into(),
                maker_ppm: self.maker_ppm,
                taker_ppm: self.taker_ppm,
                pad: [0; 2],
            },
        )
    }

    /// Joins the three records again.
    #[must_use]
    pub fn from_bodies(
        id: InstrumentId,
        name: &SpecName,
        grid: &SpecGrid,
        money: &SpecMoney,
    ) -> Self {
        Self {
            id,
            version: name.version,
            symbol: name.symbol,
            price_decimals: grid.price_decimals,
            qty_decimals: grid.qty_decimals,
            tick_size: grid.tick_size,
            lot_size: grid.lot_size,
            min_qty: grid.min_qty,
            max_qty: grid.max_qty,
            min_notional: money.min_notional.into(),
            maker_ppm: money.maker_ppm,
            taker_ppm: money.taker_ppm,
        }
    }

    /// A price of this instrument, for printing.
    #[must_use]
    pub const fn price(&self, price: Price) -> Decimal {
        Decimal::new(price.0, self.price_decimals)
    }

    /// A quantity of this instrument, for printing.
    #[must_use]
    pub const fn qty(&self, qty: Qty) -> Decimal {
        Decimal::new(qty.0, self.qty_decimals)
    }
}

/// First of the three records of a specification.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct SpecName {
    /// The venue's symbol.
    pub symbol: Symbol,
    /// Counts up from 1.
    pub version: u32,
    /// Zero.
    pub pad: [u32; 3],
}

/// Second of the three records of a specification.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct SpecGrid {
    /// As in [`InstrumentSpec`].
    pub tick_size: Price,
    /// As in [`InstrumentSpec`].
    pub lot_size: Qty,
    /// As in [`InstrumentSpec`].
    pub min_qty: Qty,
    /// As in [`InstrumentSpec`].
    pub max_qty: Qty,
    /// As in [`InstrumentSpec`].
    pub price_decimals: u8,
    /// As in [`InstrumentSpec`].
    pub qty_decimals: u8,
    /// Zero.
    pub pad: [u8; 6],
}

/// Third of the three records of a specification.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct SpecMoney {
    /// As in [`InstrumentSpec`].
    pub min_notional: Wide,
    /// As in [`InstrumentSpec`].
    pub maker_ppm: i32,
    /// As in [`InstrumentSpec`].
    pub taker_ppm: i32,
    /// Zero.
    pub pad: [u64; 2],
}
