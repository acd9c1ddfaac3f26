//! The fills of own orders as the venue's books have them, and the pages that clients ask for.
//! Fed by order entry with each fill; it changes nothing.

use serde_json::Value;

use crate::account::Settlement;
use crate::config::Instrument;
use crate::exchange::Exchange;
use crate::filters;
use crate::matching::Fill;
use crate::order::Side;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::replies;

/// One fill as the venue's books have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TradeRow {
    pub(crate) id: i64,
    pub(crate) order: i64,
    pub(crate) instrument: usize,
    pub(crate) side: Side,
    pub(crate) fill: Fill,
    pub(crate) settled: Settlement,
    pub(crate) ms: i64,
}

impl Exchange {
    /// `GET /fapi/v1/userTrades`: fills of one symbol, oldest first, the latest `limit` of those
    /// that the parameters leave.
    pub(crate) fn user_trades(&self, params: &Params) -> Result<Value, Refusal> {
        self.trade_rows(params, replies::user_trade)
    }

    /// The rows of a page of fills, each shown by `show`.
    pub(crate) fn trade_rows(
        &self,
        params: &Params,
        show: impl Fn(&TradeRow, &Instrument) -> Value,
    ) -> Result<Value, Refusal> {
        let instrument = filters::instrument_of(params, &self.instruments)?;
        let order = params.integer("orderId")?;
        let (start, end) = (params.integer("startTime")?, params.integer("endTime")?);
        let from = params.integer("fromId")?;
        let limit = params.integer("limit")?.unwrap_or(500).clamp(1, 1_000) as usize;
        let rows: Vec<&TradeRow> = self
            .trades
            .iter()
            .filter(|row| row.instrument == instrument)
            .filter(|row| order.is_none_or(|order| row.order == order))
            .filter(|row| start.is_none_or(|ms| row.ms >= ms) && end.is_none_or(|ms| row.ms <= ms))
            .filter(|row| from.is_none_or(|id| row.id >= id))
            .collect();
        // From an id on the page begins there; else it is the latest.
        let skipped = if from.is_some() { 0 } else { rows.len().saturating_sub(limit) };
        let rules = &self.instruments[instrument];
        let page = rows.into_iter().skip(skipped).take(limit);
        Ok(Value::Array(page.map(|row| show(row, rules)).collect()))
    }
}
