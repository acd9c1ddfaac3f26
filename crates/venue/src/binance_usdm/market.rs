//! Market streams and depth snapshots of Binance USD-M.
//!
//! Fed by the decoder, read by the normalizer. Takes the combined form
//! (`{"stream":…,"data":{…}}`) and the raw one, with keys in any order.

use crate::event::{Levels, price, qty, time};
use crate::tape::{Letters, Tree};
use crate::{DecodeError, Decoded, Depth, LevelChange, Snapshot, SpecTable};
use types::{InstrumentSpec, Nanos, Qty, Quote, Side, Trade};

/// What stands at the top of a message of either kind of stream.
pub(super) enum Envelope {
    /// An event at this index.
    Event(usize),
    /// A request was taken.
    Control,
    /// A request was refused with this code.
    ControlError(i32),
}

/// Opens a message: the event inside `data`, else the message itself; else
/// what it says about a request.
#[inline]
pub(super) fn open(tree: Tree<'_, '_>) -> Result<Envelope, DecodeError> {
    let (mut event, mut refused) = (None, None);
    let (mut plain, mut control) = (false, false);
    for (key, value) in tree.object(Tree::ROOT).ok_or(DecodeError::Shape)? {
        match key {
            "data" => event = Some(value),
            "e" => plain = true,
            "error" => refused = Some(tree.field(value, "code").unwrap_or(value)),
            "code" => refused = Some(value),
            "result" => control = true,
            _ => {}
        }
    }
    if let Some(at) = event {
        // Arrays of events, as `!markPrice@arr` sends, are told by their first.
        return match tree.array(at) {
            Some(mut elements) => elements.next().map(Envelope::Event).ok_or(DecodeError::Shape),
            None => Ok(Envelope::Event(at)),
        };
    }
    match refused {
        _ if plain => Ok(Envelope::Event(Tree::ROOT)),
        Some(at) => Ok(Envelope::ControlError(code(tree, at))),
        None if control => Ok(Envelope::Control),
        None => Err(DecodeError::Shape),
    }
}

/// A venue's error code; 0 where it is not a number of 32 bits.
pub(super) fn code(tree: Tree<'_, '_>, at: usize) -> i32 {
    tree.signed(at).and_then(|code| i32::try_from(code).ok()).unwrap_or(0)
}

/// Decodes one message of a market stream.
#[inline]
pub(super) fn decode<'l>(
    tree: Tree<'_, '_>,
    specs: &SpecTable,
    levels: &'l mut Levels,
) -> Result<Decoded<'l>, DecodeError> {
    let at = match open(tree)? {
        Envelope::Event(at) => at,
        Envelope::Control => return Ok(Decoded::Control),
        Envelope::ControlError(code) => return Ok(Decoded::ControlError { code }),
    };
    let event = Letters::read(tree, at).ok_or(DecodeError::Shape)?;
    let used = match event.text(b'e').ok_or(DecodeError::Shape)? {
        b"bookTicker" => Used::Quote,
        b"depthUpdate" => Used::Depth,
        b"trade" => Used::Trade,
        other => return Ok(unused(other).map_or(Decoded::UnusedUnknown, Decoded::Unused)),
    };
    let symbol = event.text(b's').ok_or(DecodeError::Shape)?;
    let Some(spec) = specs.by_symbol(symbol) else { return Ok(Decoded::UnknownSymbol) };
    match used {
        Used::Quote => quote(&event, spec),
        Used::Depth => depth(tree, &event, spec, levels),
        Used::Trade => trade(&event, spec),
    }
}

enum Used {
    Quote,
    Depth,
    Trade,
}

/// The documented events that the engine does not use, by their own names.
fn unused(name: &[u8]) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "aggTrade",
        "markPriceUpdate",
        "forceOrder",
        "kline",
        "continuous_kline",
        "24hrMiniTicker",
        "24hrTicker",
        "compositeIndex",
        "contractInfo",
        "assetIndexUpdate",
        "indexPriceUpdate",
        "tradingSession",
    ];
    NAMES.iter().copied().find(|known| known.as_bytes() == name)
}

fn quote(event: &Letters<'_, '_>, spec: &InstrumentSpec) -> Result<Decoded<'static>, DecodeError> {
    let side = |price_key, qty_key| -> Result<_, DecodeError> {
        let quantity = qty(event.text(qty_key).ok_or(DecodeError::Shape)?, spec.qty_decimals)?;
        let text = event.text(price_key).ok_or(DecodeError::Shape)?;
        match price(text, spec.price_decimals) {
            // An empty side is zero at zero.
            Err(DecodeError::Sign) if quantity == Qty(0) => {
                let zero = qty(text, spec.price_decimals)?;
                Ok((types::Price(zero.0), quantity))
            }
            other => Ok((other?, quantity)),
        }
    };
    let (bid, bid_qty) = side(b'b', b'B')?;
    let (ask, ask_qty) = side(b'a', b'A')?;
    Ok(Decoded::Quote {
        instrument: spec.id,
        update_id: event.unsigned(b'u').ok_or(DecodeError::Shape)?,
        quote: Quote { bid, bid_qty, ask, ask_qty, exch_ts: stamp(event, b'T')? },
    })
}

/// Since 2025 the stream also carries entries of type `NA` at price zero, which
/// are no trades (nkaz001/hftbacktest#263); they are counted by name.
fn trade(event: &Letters<'_, '_>, spec: &InstrumentSpec) -> Result<Decoded<'static>, DecodeError> {
    let quantity = qty(event.text(b'q').ok_or(DecodeError::Shape)?, spec.qty_decimals)?;
    let text = event.text(b'p').ok_or(DecodeError::Shape)?;
    if event.text(b'X') == Some(b"NA") && quantity == Qty(0) {
        return Ok(Decoded::Unused("trade_na"));
    }
    if quantity == Qty(0) {
        return Err(DecodeError::Sign);
    }
    let buyer_is_maker = event.truth(b'm').ok_or(DecodeError::Shape)?;
    let aggressor = if buyer_is_maker { Side::Sell } else { Side::Buy };
    let trade = Trade {
        price: price(text, spec.price_decimals)?,
        qty: quantity,
        exch_ts: stamp(event, b'T')?,
        trade_id: event.unsigned(b't').ok_or(DecodeError::Shape)?,
        aggressor: aggressor as u8,
        pad: [0; 7],
    };
    Ok(Decoded::Trade { instrument: spec.id, trade })
}

fn depth<'l>(
    tree: Tree<'_, '_>,
    event: &Letters<'_, '_>,
    spec: &InstrumentSpec,
    levels: &'l mut Levels,
) -> Result<Decoded<'l>, DecodeError> {
    let first_id = event.unsigned(b'U').ok_or(DecodeError::Shape)?;
    let final_id = event.unsigned(b'u').ok_or(DecodeError::Shape)?;
    let previous_id = event.previous().ok_or(DecodeError::Shape)?;
    if first_id > final_id {
        return Err(DecodeError::Shape);
    }
    let (event_ts, exch_ts) = (stamp(event, b'E')?, stamp(event, b'T')?);
    read_levels(tree, event.at(b'b'), (Side::Buy, spec), levels)?;
    read_levels(tree, event.at(b'a'), (Side::Sell, spec), levels)?;
    Ok(Decoded::Depth(Depth {
        instrument: spec.id,
        first_id,
        final_id,
        previous_id: Some(previous_id),
        event_ts,
        exch_ts,
        levels: levels.as_slice(),
    }))
}

/// The body of `GET /fapi/v1/depth`.
pub(super) fn snapshot<'l>(
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

/// A time in milliseconds.
#[inline]
pub(super) fn stamp(event: &Letters<'_, '_>, key: u8) -> Result<Nanos, DecodeError> {
    event.unsigned(key).ok_or(DecodeError::Shape).and_then(time)
}
