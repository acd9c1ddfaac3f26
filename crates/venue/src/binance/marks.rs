//! Mark prices, forced orders, candles and the counts of aggregates.
//!
//! Used by the parser's reader and, where a message is scanned, by the scanner
//! too, so that the two cannot differ. Pure: texts in, bodies out.

use crate::DecodeError;
use crate::event::{price, qty, time};
use crate::tape::{Letters, Tree};
use types::{
    Decimal, DecimalError, InstrumentSpec, KlineInterval, KlinePrices, KlineVolume, Liquidation,
    MarkPrice, Money, Nanos, Price, Side,
};

/// The fields of markPriceUpdate as they are written.
pub(crate) struct MarkTexts<'t> {
    pub(crate) mark: &'t [u8],
    /// Older messages have none.
    pub(crate) index: Option<&'t [u8]>,
    /// Older messages have none.
    pub(crate) settle: Option<&'t [u8]>,
    /// Empty for an instrument without funding.
    pub(crate) rate: &'t [u8],
    pub(crate) event_ms: u64,
    /// 0 for an instrument without funding.
    pub(crate) funding_ms: u64,
}

/// A mark price is above zero; the others are zero or above.
pub(crate) fn mark_price(texts: &MarkTexts<'_>) -> Result<MarkPrice, DecodeError> {
    let told = |text: Option<&[u8]>| match text {
        None | Some(b"") => Ok(0),
        Some(text) => match Decimal::parse_at(text, MarkPrice::PLACES)? {
            value @ 0.. => Ok(value),
            _ => Err(DecodeError::Sign),
        },
    };
    let mark = told(Some(texts.mark))?;
    if mark == 0 {
        return Err(DecodeError::Sign);
    }
    let rate = match texts.rate {
        b"" => 0,
        text => Decimal::parse_at(text, MarkPrice::PLACES)?,
    };
    let overflow = DecodeError::Number(DecimalError::Overflow);
    Ok(MarkPrice {
        mark,
        index: told(texts.index)?,
        settle: told(texts.settle)?,
        exch_ts: time(texts.event_ms)?,
        rate: i32::try_from(rate).map_err(|_| overflow)?,
        next_funding_s: u32::try_from(texts.funding_ms / 1000).map_err(|_| overflow)?,
    })
}

/// How many trades lie between two ids, both told; `None` where they are swapped.
pub(crate) fn trades(first: u64, last: u64) -> Option<u32> {
    let between = last.checked_sub(first)?;
    Some(u32::try_from(between.saturating_add(1)).unwrap_or(u32::MAX))
}

/// The object `o` of forceOrder.
pub(crate) fn liquidation(
    tree: Tree<'_, '_>,
    at: usize,
    (order, spec): (&Letters<'_, '_>, &InstrumentSpec),
) -> Result<Liquidation, DecodeError> {
    let text = |key| order.text(key).ok_or(DecodeError::Shape);
    let side = match text(b'S')? {
        b"BUY" => Side::Buy,
        b"SELL" => Side::Sell,
        _ => return Err(DecodeError::Shape),
    };
    let average = tree.field(at, "ap").and_then(|at| tree.text(at)).ok_or(DecodeError::Shape)?;
    Ok(Liquidation {
        price: price(text(b'p')?, spec.price_decimals)?,
        average: self::average(average, spec.price_decimals)?,
        filled: qty(text(b'z')?, spec.qty_decimals)?,
        exch_ts: time(order.unsigned(b'T').ok_or(DecodeError::Shape)?)?,
        side: side as u8,
        complete: u8::from(text(b'X')? == b"FILLED"),
        pad: [0; 6],
    })
}

/// An average price, zero or above, without what lies behind the last place.
pub(crate) fn average(text: &[u8], places: u8) -> Result<Price, DecodeError> {
    Ok(Price(qty(cut(text, places), places)?.0))
}

/// The text without what lies behind its last place: averages are computed by
/// the venue and have as many digits as it likes. Exponents stay as they are.
fn cut(text: &[u8], places: u8) -> &[u8] {
    if text.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return text;
    }
    let Some(point) = text.iter().position(|byte| *byte == b'.') else { return text };
    // Without places the point goes too, if a digit stands behind it.
    let kept = if places == 0 && point + 1 < text.len() { 0 } else { 1 + usize::from(places) };
    text.get(..point + kept).unwrap_or(text)
}

/// The object `k` of kline.
pub(crate) fn kline(
    candle: &Letters<'_, '_>,
    spec: &InstrumentSpec,
) -> Result<(KlinePrices, KlineVolume), DecodeError> {
    let text = |key| candle.text(key).ok_or(DecodeError::Shape);
    let price = |key| price(text(key)?, spec.price_decimals);
    let qty = |key| qty(text(key)?, spec.qty_decimals);
    let count = candle.unsigned(b'n').ok_or(DecodeError::Shape)?;
    let interval = KlineInterval::parse(text(b'i')?).ok_or(DecodeError::Shape)?;
    let prices = KlinePrices {
        open_ts: stamp(candle, b't')?,
        open: price(b'o')?,
        high: price(b'h')?,
        low: price(b'l')?,
        close: price(b'c')?,
    };
    let quote_volume = Money::parse(text(b'q')?)?;
    if quote_volume < Money::ZERO {
        return Err(DecodeError::Sign);
    }
    let volume = KlineVolume {
        quote_volume: quote_volume.into(),
        volume: qty(b'v')?,
        taker_volume: qty(b'V')?,
        trades: u32::try_from(count).unwrap_or(u32::MAX),
        interval: interval as u8,
        closed: u8::from(candle.truth(b'x').ok_or(DecodeError::Shape)?),
        pad: [0; 2],
    };
    Ok((prices, volume))
}

/// A time in milliseconds.
#[inline]
pub(crate) fn stamp(event: &Letters<'_, '_>, key: u8) -> Result<Nanos, DecodeError> {
    event.unsigned(key).ok_or(DecodeError::Shape).and_then(time)
}
