//! What the exchange has counted, for tests to hold a client's own books against.
//! Plain data; amounts are mantissas and scale-18 money.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::exchange::Exchange;
use crate::number::{money_text, text};

/// Things counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Market frames made (before faults).
    pub frame_sent: u64,
    /// Private events made (before faults).
    pub private_sent: u64,
    /// Messages that left, of any kind (a fan-out counts once).
    pub message_sent: u64,
    /// REST and WebSocket-API requests taken.
    pub requests: u64,
    /// Orders accepted.
    pub orders: u64,
    /// Requests refused with an error code.
    pub refusals: u64,
    /// Orders canceled on request.
    pub cancels: u64,
    /// Fills of own orders.
    pub fills: u64,
}

/// One instrument's position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionStats {
    /// The venue's symbol.
    pub symbol: String,
    /// Signed quantity, a mantissa of `qty_decimals`.
    pub qty: i64,
    /// Decimals of `qty`.
    pub qty_decimals: u32,
    /// Signed entry cost of what is held, scale 18.
    pub entry_cost: i128,
    /// Realised profit before fees, scale 18.
    pub realised: i128,
}

/// The exchange's own view of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeStats {
    /// Things counted.
    pub counters: Counters,
    /// Faults that have struck.
    pub faults_injected: u64,
    /// How often each kind of fault has struck, by the script's word.
    pub faults: BTreeMap<&'static str, u64>,
    /// Messages that left, by stream kind, `private`, `api` and delayed `rest` answers; after
    /// faults. A fan-out counts once.
    pub sent: BTreeMap<&'static str, u64>,
    /// Messages that were given to a connection, by the same words, each copy counted, and
    /// answers to subscriptions as `control` (server only). What a client that reads until the
    /// close frame gets.
    pub delivered: BTreeMap<&'static str, u64>,
    /// Breaks in the recorded sequence of a capture.
    pub gap_recorded: u64,
    /// One per instrument.
    pub positions: Vec<PositionStats>,
    /// Balances by asset, what is locked included, scale 18; empty on futures.
    pub balances: BTreeMap<String, i128>,
    /// Fees by the asset that they were paid in, scale 18; empty on futures.
    pub asset_fees: BTreeMap<String, i128>,
    /// Realised profit of all instruments before fees, scale 18.
    pub realised: i128,
    /// Fees paid, scale 18.
    pub fees: i128,
    /// Funding received less funding paid, scale 18.
    pub funding: i128,
    /// Wallet balance, scale 18: start + realised - fees + funding.
    pub wallet: i128,
    /// Orders that are open now.
    pub open_orders: usize,
    /// Whether the market has ended.
    pub market_ended: bool,
    /// Market clients that were disconnected because they did not read (server only).
    pub client_too_slow: u64,
}

impl ExchangeStats {
    /// All of it as one JSON object; quantities and money as decimal strings.
    pub fn to_json(&self) -> Value {
        let counters = &self.counters;
        let by_asset = |amounts: &BTreeMap<String, i128>| -> BTreeMap<String, String> {
            amounts.iter().map(|(asset, amount)| (asset.clone(), money_text(*amount))).collect()
        };
        let positions = self.positions.iter().map(|row| {
            json!({
                "symbol": row.symbol,
                "qty": text(row.qty, row.qty_decimals),
                "entry_cost": money_text(row.entry_cost),
                "realised": money_text(row.realised),
            })
        });
        json!({
            "frames": counters.frame_sent,
            "private": counters.private_sent,
            "messages": counters.message_sent,
            "requests": counters.requests,
            "orders": counters.orders,
            "refusals": counters.refusals,
            "cancels": counters.cancels,
            "fills": counters.fills,
            "faults": self.faults,
            "sent": self.sent,
            "delivered": self.delivered,
            "gaps": self.gap_recorded,
            "positions": positions.collect::<Vec<_>>(),
            "balances": by_asset(&self.balances),
            "asset_fees": by_asset(&self.asset_fees),
            "realised": money_text(self.realised),
            "fees": money_text(self.fees),
            "funding": money_text(self.funding),
            "wallet": money_text(self.wallet),
            "open_orders": self.open_orders,
            "market_ended": self.market_ended,
            "client_too_slow": self.client_too_slow,
        })
    }
}

impl Exchange {
    /// Everything that a test needs to check a client against.
    pub fn stats(&self) -> ExchangeStats {
        let rows = self.instruments.iter().zip(&self.account.positions);
        let positions: Vec<PositionStats> = rows
            .map(|(rules, position)| PositionStats {
                symbol: rules.symbol.clone(),
                qty: position.qty,
                qty_decimals: rules.qty_decimals,
                entry_cost: position.cost,
                realised: position.realised,
            })
            .collect();
        ExchangeStats {
            counters: self.counters,
            faults_injected: self.faults.injected(),
            faults: self.faults.struck.clone(),
            sent: self.sent.clone(),
            delivered: BTreeMap::new(),
            gap_recorded: self.market.gap_seen(),
            realised: positions.iter().map(|p| p.realised).sum(),
            positions,
            balances: if self.is_spot() { self.account.balances.clone() } else { BTreeMap::new() },
            asset_fees: self.account.asset_fees.clone(),
            fees: self.account.fees,
            funding: self.account.funding,
            wallet: self.account.wallet,
            open_orders: self.orders.open.len(),
            market_ended: self.ended,
            client_too_slow: 0,
        }
    }

    /// Each order's client id, state word and filled quantity mantissa, by venue order id.
    pub fn order_states(&self) -> BTreeMap<i64, (String, &'static str, i64)> {
        let orders = self.orders.all.iter();
        orders
            .map(|(id, o)| (*id, (o.request.client_id.clone(), o.status.word(), o.filled)))
            .collect()
    }
}
