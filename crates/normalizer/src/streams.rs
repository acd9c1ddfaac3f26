//! What one instrument's connections bring besides its book, each message once.
//!
//! Fed with decoded records by the normalizer, stages those that are news. Never
//! here: depth and quotes, whose ids belong to the book.

use crate::in_order::InOrder;
use crate::lanes::{Lane, Origin};
use crate::newest::{Newest, Recent};
use crate::sync::Context;
use types::{InstrumentId, Kind, KlinePrices, KlineVolume, Liquidation, MarkPrice, Record};

/// When a candle begins, its trades so far, and whether it is closed: what grows
/// from one of its messages to the next.
type CandleKey = (i64, u32, i64, u8);

/// The streams of one instrument.
pub(crate) struct Streams {
    trades: InOrder,
    aggregates: InOrder,
    marks: Newest<i64>,
    candles: Newest<CandleKey>,
    liquidations: Recent<Liquidation>,
}

impl Streams {
    /// Streams of which up to `most` messages each can wait.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            trades: InOrder::new(most),
            aggregates: InOrder::new(most),
            marks: Newest::default(),
            candles: Newest::default(),
            liquidations: Recent::default(),
        }
    }

    /// A trade, by its id.
    pub(crate) fn on_trade(
        &mut self,
        trade: Record,
        origin: &Origin,
        cx: &mut Context<'_>,
    ) -> bool {
        self.trades.on_record(trade, origin, cx)
    }

    /// An aggregate, by its own id.
    pub(crate) fn on_aggregate(
        &mut self,
        trade: Record,
        origin: &Origin,
        cx: &mut Context<'_>,
    ) -> bool {
        self.aggregates.on_record(trade, origin, cx)
    }

    /// A mark price, by its time.
    pub(crate) fn on_mark(
        &mut self,
        (instrument, mark): (InstrumentId, MarkPrice),
        origin: &Origin,
        cx: &mut Context<'_>,
    ) -> bool {
        let is_news = self.marks.is_news(mark.exch_ts.0, origin);
        if is_news {
            cx.out.push(Record::new(Kind::MarkPrice, instrument, cx.now, mark));
        }
        is_news
    }

    /// A forced order, by its whole content, its time included.
    pub(crate) fn on_liquidation(
        &mut self,
        (instrument, liquidation): (InstrumentId, Liquidation),
        cx: &mut Context<'_>,
    ) -> bool {
        let is_news = self.liquidations.is_news(&liquidation);
        if is_news {
            cx.out.push(Record::new(Kind::Liquidation, instrument, cx.now, liquidation));
        }
        is_news
    }

    /// A candle, by how far it has come. One that says what the last one said is
    /// no news, whatever its event time.
    pub(crate) fn on_candle(
        &mut self,
        (instrument, prices, volume): (InstrumentId, KlinePrices, KlineVolume),
        origin: &Origin,
        cx: &mut Context<'_>,
    ) -> bool {
        let key = (prices.open_ts.0, volume.trades, volume.volume.0, volume.closed);
        let is_news = self.candles.is_news(key, origin);
        if is_news {
            cx.out.push(Record::new(Kind::KlinePrices, instrument, cx.now, prices));
            cx.out.push(Record::new(Kind::KlineVolume, instrument, cx.now, volume));
        }
        is_news
    }

    /// A connection opened or closed.
    pub(crate) fn on_lane(&mut self, lane: Lane, cx: &mut Context<'_>) {
        self.trades.on_lane(lane, cx);
        self.aggregates.on_lane(lane, cx);
        self.marks.on_lane(lane);
        self.candles.on_lane(lane);
    }

    /// Time passed: what has waited long enough is told.
    pub(crate) fn on_timer(&mut self, cx: &mut Context<'_>) {
        self.trades.review(cx);
        self.aggregates.review(cx);
    }
}
