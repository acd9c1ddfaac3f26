//! Market streams and depth snapshots, read from a parsed document.
//!
//! Fed by the decoder, read by the normalizer. Takes the combined form
//! (`{"stream":…,"data":{…}}`) and the raw one, with keys in any order.

use super::Family;
use super::envelope::{Envelope, code, open};
use super::marks::{self, MarkTexts, stamp};
use crate::event::{Levels, price, qty, time};
use crate::tape::{Letters, Tree};
use crate::{DecodeError, Decoded, Depth, LevelChange, Snapshot, SpecTable};
use types::{AggTrade, InstrumentSpec, Nanos, Price, Qty, Quote, Side, Trade};

/// Decodes one message of a market stream.
#[inline]
pub(crate) fn decode<'l>(
    tree: Tree<'_, '_>,
    family: Family,
    specs: &SpecTable,
    levels: &'l mut Levels,
) -> Result<Decoded<'l>, DecodeError> {
    let at = match open(tree)? {
        Envelope::Event(at) => at,
        // Told by the first; nothing here reads many events at once.
        Envelope::Several(at) => return several(tree, at),
        Envelope::Control => return Ok(Decoded::Control),
        Envelope::ControlError(code) => return Ok(Decoded::ControlError { code }),
    };
    let event = Event { tree, letters: letters(tree, at)?, family };
    let used = match event.letters.text(b'e') {
        Some(word) => match used(word) {
            Some(used) => used,
            None => return Ok(unused(word)),
        },
        None if event.letters.at(b'e').is_some() => return Err(DecodeError::Shape),
        None if family == Family::Spot && event.letters.at(b'u').is_some() => Used::Quote,
        None if tree.field(at, "lastUpdateId").is_some() => {
            return Ok(Decoded::Unused("partial_depth"));
        }
        None => return Err(DecodeError::Shape),
    };
    event.decode(used, specs, levels)
}

fn letters<'t, 'i>(tree: Tree<'t, 'i>, at: usize) -> Result<Letters<'t, 'i>, DecodeError> {
    Letters::read(tree, at).ok_or(DecodeError::Shape)
}

#[derive(Clone, Copy)]
enum Used {
    Quote,
    Depth,
    Trade,
    AggTrade,
    MarkPrice,
    Liquidation,
    Kline,
}

const USED: [(&str, Used); 7] = [
    ("bookTicker", Used::Quote),
    ("depthUpdate", Used::Depth),
    ("trade", Used::Trade),
    ("aggTrade", Used::AggTrade),
    ("markPriceUpdate", Used::MarkPrice),
    ("forceOrder", Used::Liquidation),
    ("kline", Used::Kline),
];

#[inline]
fn used(word: &[u8]) -> Option<Used> {
    USED.iter().find(|(name, _)| name.as_bytes() == word).map(|(_, used)| *used)
}

/// The documented events that the engine does not use, by their own names.
fn unused(word: &[u8]) -> Decoded<'static> {
    const NAMES: &[&str] = &[
        "continuous_kline",
        "24hrMiniTicker",
        "24hrTicker",
        "1hTicker",
        "4hTicker",
        "1dTicker",
        "avgPrice",
        "compositeIndex",
        "contractInfo",
        "assetIndexUpdate",
        "indexPriceUpdate",
        "serverShutdown",
        "tradingSession",
    ];
    let known = NAMES.iter().copied().find(|known| known.as_bytes() == word);
    known.map_or(Decoded::UnusedUnknown, Decoded::Unused)
}

fn several(tree: Tree<'_, '_>, first: usize) -> Result<Decoded<'static>, DecodeError> {
    let event = letters(tree, first)?;
    let word = event.text(b'e').ok_or(DecodeError::Shape)?;
    let known = USED.iter().find(|(name, _)| name.as_bytes() == word);
    Ok(known.map_or_else(|| unused(word), |(name, _)| Decoded::Unused(name)))
}

/// An event in hand.
struct Event<'t, 'i> {
    tree: Tree<'t, 'i>,
    letters: Letters<'t, 'i>,
    family: Family,
}

impl Event<'_, '_> {
    #[inline]
    fn decode<'l>(
        &self,
        used: Used,
        specs: &SpecTable,
        levels: &'l mut Levels,
    ) -> Result<Decoded<'l>, DecodeError> {
        if let Used::Liquidation = used {
            return self.liquidation(specs);
        }
        let symbol = self.letters.text(b's').ok_or(DecodeError::Shape)?;
        let Some(spec) = specs.by_symbol(symbol) else { return Ok(Decoded::UnknownSymbol) };
        let instrument = spec.id;
        match used {
            Used::Quote => self.quote(spec),
            Used::Depth => self.depth(spec, levels),
            Used::Trade => self.trade(spec),
            Used::AggTrade => {
                self.agg_trade(spec).map(|trade| Decoded::AggTrade { instrument, trade })
            }
            Used::MarkPrice => self.mark().map(|mark| Decoded::MarkPrice { instrument, mark }),
            Used::Kline | Used::Liquidation => {
                let at = self.letters.at(b'k').ok_or(DecodeError::Shape)?;
                let (prices, volume) = marks::kline(&letters(self.tree, at)?, spec)?;
                Ok(Decoded::Kline { instrument, prices, volume })
            }
        }
    }

    fn text(&self, key: u8) -> Result<&[u8], DecodeError> {
        self.letters.text(key).ok_or(DecodeError::Shape)
    }

    fn unsigned(&self, key: u8) -> Result<u64, DecodeError> {
        self.letters.unsigned(key).ok_or(DecodeError::Shape)
    }

    fn quote(&self, spec: &InstrumentSpec) -> Result<Decoded<'static>, DecodeError> {
        let side = |price_key, qty_key| -> Result<_, DecodeError> {
            let quantity = qty(self.text(qty_key)?, spec.qty_decimals)?;
            let text = self.text(price_key)?;
            match price(text, spec.price_decimals) {
                // An empty side is zero at zero.
                Err(DecodeError::Sign) if quantity == Qty(0) => {
                    let zero = qty(text, spec.price_decimals)?;
                    Ok((Price(zero.0), quantity))
                }
                other => Ok((other?, quantity)),
            }
        };
        let (bid, bid_qty) = side(b'b', b'B')?;
        let (ask, ask_qty) = side(b'a', b'A')?;
        let exch_ts = match self.family {
            Family::UsdM => stamp(&self.letters, b'T')?,
            Family::Spot => Nanos(0),
        };
        Ok(Decoded::Quote {
            instrument: spec.id,
            update_id: self.unsigned(b'u')?,
            quote: Quote { bid, bid_qty, ask, ask_qty, exch_ts },
        })
    }

    /// Since 2025 the USD-M stream also carries entries of type `NA` at price
    /// zero, which are no trades (nkaz001/hftbacktest#263); they are counted by
    /// name.
    fn trade(&self, spec: &InstrumentSpec) -> Result<Decoded<'static>, DecodeError> {
        let quantity = qty(self.text(b'q')?, spec.qty_decimals)?;
        let text = self.text(b'p')?;
        if self.letters.text(b'X') == Some(b"NA") && quantity == Qty(0) {
            return Ok(Decoded::Unused("trade_na"));
        }
        if quantity == Qty(0) {
            return Err(DecodeError::Sign);
        }
        let trade = Trade {
            price: price(text, spec.price_decimals)?,
            qty: quantity,
            exch_ts: stamp(&self.letters, b'T')?,
            trade_id: self.unsigned(b't')?,
            aggressor: self.aggressor()?,
            pad: [0; 7],
        };
        Ok(Decoded::Trade { instrument: spec.id, trade })
    }

    fn agg_trade(&self, spec: &InstrumentSpec) -> Result<AggTrade, DecodeError> {
        let quantity = qty(self.text(b'q')?, spec.qty_decimals)?;
        if quantity == Qty(0) {
            return Err(DecodeError::Sign);
        }
        let (first, last) = (self.unsigned(b'f')?, self.unsigned(b'l')?);
        Ok(AggTrade {
            price: price(self.text(b'p')?, spec.price_decimals)?,
            qty: quantity,
            exch_ts: stamp(&self.letters, b'T')?,
            agg_id: self.unsigned(b'a')?,
            aggressor: self.aggressor()?,
            pad: [0; 3],
            trades: marks::trades(first, last).ok_or(DecodeError::Shape)?,
        })
    }

    /// The maker's side is told; the taker's is the other.
    fn aggressor(&self) -> Result<u8, DecodeError> {
        let buyer_is_maker = self.letters.truth(b'm').ok_or(DecodeError::Shape)?;
        Ok(if buyer_is_maker { Side::Sell } else { Side::Buy } as u8)
    }

    fn mark(&self) -> Result<types::MarkPrice, DecodeError> {
        marks::mark_price(&MarkTexts {
            mark: self.text(b'p')?,
            index: self.letters.text(b'i'),
            settle: self.letters.text(b'P'),
            rate: self.text(b'r')?,
            event_ms: self.unsigned(b'E')?,
            funding_ms: self.unsigned(b'T')?,
        })
    }

    fn liquidation(&self, specs: &SpecTable) -> Result<Decoded<'static>, DecodeError> {
        let at = self.letters.at(b'o').ok_or(DecodeError::Shape)?;
        let order = letters(self.tree, at)?;
        let symbol = order.text(b's').ok_or(DecodeError::Shape)?;
        let Some(spec) = specs.by_symbol(symbol) else { return Ok(Decoded::UnknownSymbol) };
        let liquidation = marks::liquidation(self.tree, at, (&order, spec))?;
        Ok(Decoded::Liquidation { instrument: spec.id, liquidation })
    }

    fn depth<'l>(
        &self,
        spec: &InstrumentSpec,
        levels: &'l mut Levels,
    ) -> Result<Decoded<'l>, DecodeError> {
        let (first_id, final_id) = (self.unsigned(b'U')?, self.unsigned(b'u')?);
        if first_id > final_id {
            return Err(DecodeError::Shape);
        }
        let event_ts = stamp(&self.letters, b'E')?;
        // Spot tells only when it sent the message.
        let (previous_id, exch_ts) = match self.family {
            Family::UsdM => {
                let previous = self.letters.previous().ok_or(DecodeError::Shape)?;
                (Some(previous), stamp(&self.letters, b'T')?)
            }
            Family::Spot => (None, event_ts),
        };
        read_levels(self.tree, self.letters.at(b'b'), (Side::Buy, spec), levels)?;
        read_levels(self.tree, self.letters.at(b'a'), (Side::Sell, spec), levels)?;
        Ok(Decoded::Depth(Depth {
            instrument: spec.id,
            first_id,
            final_id,
            previous_id,
            event_ts,
            exch_ts,
            levels: levels.as_slice(),
        }))
    }
}

/// The body of a REST snapshot; spot tells no times.
pub(crate) fn snapshot<'l>(
    tree: Tree<'_, '_>,
    spec: &InstrumentSpec,
    levels: &'l mut Levels,
) -> Result<Snapshot<'l>, DecodeError> {
    let (mut last_id, mut bids, mut asks, mut refused) = (None, None, None, None);
    let (mut event_ts, mut exch_ts) = (Nanos(0), Nanos(0));
    for (key, value) in tree.object(Tree::ROOT).ok_or(DecodeError::Shape)? {
        let ms = || tree.unsigned(value).ok_or(DecodeError::Shape).and_then(time);
        match key {
            "lastUpdateId" => last_id = tree.unsigned(value),
            "bids" => bids = Some(value),
            "asks" => asks = Some(value),
            "E" => event_ts = ms()?,
            "T" => exch_ts = ms()?,
            "code" => refused = Some(code(tree, value)),
            _ => {}
        }
    }
    let Some(last_id) = last_id else {
        return Err(refused.map_or(DecodeError::Shape, DecodeError::Refused));
    };
    read_levels(tree, bids, (Side::Buy, spec), levels)?;
    let split = levels.as_slice().len();
    read_levels(tree, asks, (Side::Sell, spec), levels)?;
    let (bids, asks) = levels.as_slice().split_at(split);
    Ok(Snapshot { instrument: spec.id, last_id, event_ts, exch_ts, bids, asks })
}

#[inline]
fn read_levels(
    tree: Tree<'_, '_>,
    at: Option<usize>,
    (side, spec): (Side, &InstrumentSpec),
    levels: &mut Levels,
) -> Result<(), DecodeError> {
    for level in at.and_then(|at| tree.array(at)).ok_or(DecodeError::Shape)? {
        let (price_text, qty_text) = tree.text_pair(level).ok_or(DecodeError::Shape)?;
        levels.push(LevelChange {
            side,
            price: price(price_text, spec.price_decimals)?,
            qty: qty(qty_text, spec.qty_decimals)?,
        })?;
    }
    Ok(())
}
