//! REST and WebSocket-API results, and private stream events, as JSON with every documented field.
//! Pure functions of orders, account and instruments.

use serde_json::{Value, json};

use crate::account::{Account, Position, Settlement};
use crate::config::{Instrument, Limits};
use crate::matching::Fill;
use crate::number::{MONEY_ONE, money_text, text};
use crate::order::{Order, Side};
use crate::trades::TradeRow;

/// Whether a reply shows an order as just accepted or as it stands, with or without its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderView {
    Placed,
    Queried,
}

/// An order as `POST`, `DELETE`, `GET /fapi/v1/order` and the WebSocket API show it.
pub(crate) fn order(order: &Order, rules: &Instrument, view: OrderView) -> Value {
    let request = &order.request;
    let qty = |value: i64| text(value, rules.qty_decimals);
    let average = order.average(rules.qty_decimals, rules.price_decimals);
    let mut value = json!({
        "orderId": order.id,
        "symbol": rules.symbol,
        "status": order.status.word(),
        "clientOrderId": request.client_id,
        "price": text(request.price, rules.price_decimals),
        "avgPrice": text(average, rules.price_decimals),
        "origQty": qty(request.qty),
        "executedQty": qty(order.filled),
        "cumQty": qty(order.filled),
        "cumQuote": money_text(order.quote),
        "timeInForce": request.tif.word(),
        "type": request.kind.word(),
        "reduceOnly": request.reduce_only,
        "closePosition": false,
        "side": request.side.word(),
        "positionSide": "BOTH",
        "stopPrice": text(0, rules.price_decimals),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": false,
        "origType": request.kind.word(),
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "updateTime": order.updated_ms,
    });
    if view == OrderView::Queried {
        value["time"] = json!(order.created_ms);
    }
    value
}

/// One row of `GET /fapi/v1/userTrades`.
pub(crate) fn user_trade(row: &TradeRow, rules: &Instrument) -> Value {
    let fill = row.fill;
    json!({
        "symbol": rules.symbol,
        "id": row.id,
        "orderId": row.order,
        "side": row.side.word(),
        "price": text(fill.price, rules.price_decimals),
        "qty": text(fill.qty, rules.qty_decimals),
        "realizedPnl": money_text(row.settled.realised),
        "quoteQty": money_text(rules.notional(fill.price, fill.qty)),
        "commission": money_text(row.settled.fee),
        "commissionAsset": "USDT",
        "time": row.ms,
        "positionSide": "BOTH",
        "buyer": row.side == Side::Buy,
        "maker": fill.maker,
    })
}

/// What happened to an order, for its private event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Execution {
    /// `NEW`, `TRADE`, `CANCELED`, `EXPIRED`, `AMENDMENT`.
    pub(crate) kind: &'static str,
    /// The fill, its trade id and what it did to the account.
    pub(crate) fill: Option<(Fill, i64, Settlement)>,
    /// Open notional of this account in the instrument, per side, scale 18.
    pub(crate) bid_notional: i128,
    pub(crate) ask_notional: i128,
    pub(crate) ms: i64,
}

/// `ORDER_TRADE_UPDATE`.
pub(crate) fn order_event(order: &Order, rules: &Instrument, what: &Execution) -> String {
    let request = &order.request;
    let price = |value: i64| text(value, rules.price_decimals);
    let qty = |value: i64| text(value, rules.qty_decimals);
    let fill = what.fill.map(|(fill, ..)| fill);
    let settled = what.fill.map(|(.., settled)| settled);
    json!({
        "e": "ORDER_TRADE_UPDATE",
        "E": what.ms,
        "T": what.ms,
        "o": {
            "s": rules.symbol,
            "c": request.client_id,
            "S": request.side.word(),
            "o": request.kind.word(),
            "f": request.tif.word(),
            "q": qty(request.qty),
            "p": price(request.price),
            "ap": price(order.average(rules.qty_decimals, rules.price_decimals)),
            "sp": price(0),
            "x": what.kind,
            "X": order.status.word(),
            "i": order.id,
            "l": qty(fill.map_or(0, |f| f.qty)),
            "z": qty(order.filled),
            "L": price(fill.map_or(0, |f| f.price)),
            "N": "USDT",
            "n": money_text(settled.map_or(0, |s| s.fee)),
            "T": what.ms,
            "t": what.fill.map_or(0, |(_, trade, _)| trade),
            "b": money_text(what.bid_notional),
            "a": money_text(what.ask_notional),
            "m": fill.is_some_and(|f| f.maker),
            "R": request.reduce_only,
            "wt": "CONTRACT_PRICE",
            "ot": request.kind.word(),
            "ps": "BOTH",
            "cp": false,
            "rp": money_text(settled.map_or(0, |s| s.realised)),
            "pP": false,
            "si": 0,
            "ss": 0,
            "V": "EXPIRE_MAKER",
            "pm": "NONE",
            "gtd": 0,
            "er": "0",
        },
    })
    .to_string()
}

/// `ACCOUNT_UPDATE` after a fill.
pub(crate) fn account_event(
    account: &Account,
    (index, rules): (usize, &Instrument),
    mid_doubled: i64,
    ms: i64,
) -> String {
    let position = &account.positions[index];
    let wallet = money_text(account.wallet);
    let entry =
        text(position.entry(rules.qty_decimals, rules.price_decimals), rules.price_decimals);
    json!({
        "e": "ACCOUNT_UPDATE",
        "E": ms,
        "T": ms,
        "a": {
            "m": "ORDER",
            "B": [{"a": "USDT", "wb": wallet, "cw": wallet, "bc": "0"}],
            "P": [{
                "s": rules.symbol,
                "pa": text(position.qty, rules.qty_decimals),
                "ep": entry,
                "bep": entry,
                "cr": money_text(position.realised),
                "up": money_text(position.unrealised(rules, mid_doubled)),
                "mt": "cross",
                "iw": "0",
                "ps": "BOTH",
            }],
        },
    })
    .to_string()
}

/// `ACCOUNT_UPDATE` of a funding payment: for a crossed position it names the balance alone.
pub(crate) fn funding_event(account: &Account, amount: i128, ms: i64) -> String {
    let wallet = money_text(account.wallet);
    let change = money_text(amount);
    json!({
        "e": "ACCOUNT_UPDATE",
        "E": ms,
        "T": ms,
        "a": {
            "m": "FUNDING_FEE",
            "B": [{"a": "USDT", "wb": wallet, "cw": wallet, "bc": change}],
            "P": [],
        },
    })
    .to_string()
}

/// The account's sums at one moment, scale 18.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums {
    pub(crate) unrealised: i128,
    pub(crate) position_margin: i128,
    pub(crate) order_margin: i128,
}

impl Sums {
    fn available(&self, account: &Account) -> i128 {
        account.wallet + self.unrealised.min(0) - self.position_margin - self.order_margin
    }
}

/// `GET /fapi/v2|v3/account`.
pub(crate) fn account(account: &Account, positions: Vec<Value>, sums: Sums, ms: i64) -> Value {
    let wallet = money_text(account.wallet);
    let margin = money_text(sums.position_margin + sums.order_margin);
    let balance = money_text(account.wallet + sums.unrealised);
    let available = money_text(sums.available(account));
    let unrealised = money_text(sums.unrealised);
    let asset = json!({
        "asset": "USDT", "walletBalance": wallet, "unrealizedProfit": unrealised,
        "marginBalance": balance, "maintMargin": money_text(0), "initialMargin": margin,
        "positionInitialMargin": money_text(sums.position_margin),
        "openOrderInitialMargin": money_text(sums.order_margin), "crossWalletBalance": wallet,
        "crossUnPnl": unrealised, "availableBalance": available, "maxWithdrawAmount": available,
        "marginAvailable": true, "updateTime": ms,
    });
    json!({
        "feeTier": 0, "feeBurn": false, "canTrade": true, "canDeposit": true, "canWithdraw": true,
        "updateTime": 0, "multiAssetsMargin": false, "tradeGroupId": -1,
        "totalInitialMargin": margin, "totalMaintMargin": money_text(0),
        "totalWalletBalance": wallet, "totalUnrealizedProfit": unrealised,
        "totalMarginBalance": balance,
        "totalPositionInitialMargin": money_text(sums.position_margin),
        "totalOpenOrderInitialMargin": money_text(sums.order_margin),
        "totalCrossWalletBalance": wallet, "totalCrossUnPnl": unrealised,
        "availableBalance": available, "maxWithdrawAmount": available,
        "assets": [asset], "positions": positions,
    })
}

/// `GET /fapi/v2|v3/balance` and `account.balance`.
pub(crate) fn balance(account: &Account, sums: Sums, ms: i64) -> Value {
    let wallet = money_text(account.wallet);
    let available = money_text(sums.available(account));
    json!([{
        "accountAlias": "SgsR", "asset": "USDT", "balance": wallet, "crossWalletBalance": wallet,
        "crossUnPnl": money_text(sums.unrealised), "availableBalance": available,
        "maxWithdrawAmount": available, "marginAvailable": true, "updateTime": ms,
    }])
}

/// One row of `positionRisk`, which is also a row of the account's positions.
pub(crate) fn position(
    position: &Position,
    rules: &Instrument,
    mid_doubled: i64,
    (leverage, ms): (i64, i64),
) -> Value {
    let price = |value: i64| text(value, rules.price_decimals);
    let entry = price(position.entry(rules.qty_decimals, rules.price_decimals));
    let notional = rules.notional(mid_doubled, position.qty) / 2;
    let margin = money_text(position.cost.abs() / i128::from(leverage));
    let unrealised = money_text(position.unrealised(rules, mid_doubled));
    json!({
        "symbol": rules.symbol, "positionSide": "BOTH",
        "positionAmt": text(position.qty, rules.qty_decimals),
        "entryPrice": entry, "breakEvenPrice": entry, "markPrice": price(mid_doubled / 2),
        "unRealizedProfit": unrealised, "unrealizedProfit": unrealised,
        "liquidationPrice": "0", "leverage": leverage.to_string(),
        "maxNotionalValue": "40000000", "marginType": "cross", "isolatedMargin": "0.00000000",
        "isAutoAddMargin": "false", "isolated": false, "notional": money_text(notional),
        "isolatedWallet": "0", "marginAsset": "USDT", "initialMargin": margin,
        "maintMargin": "0", "positionInitialMargin": margin, "openOrderInitialMargin": "0",
        "adl": 0, "bidNotional": "0", "askNotional": "0", "updateTime": ms,
    })
}

/// `GET /fapi/v1/exchangeInfo`.
pub(crate) fn exchange_info(all: &[Instrument], limits: &Limits, ms: i64) -> Value {
    let symbols: Vec<Value> = all.iter().map(symbol_info).collect();
    json!({
        "timezone": "UTC",
        "serverTime": ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1,
             "limit": limits.weight_1m},
            {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1,
             "limit": limits.orders_1m},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10,
             "limit": limits.orders_10s},
        ],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": true, "autoAssetExchange": "-10000"}],
        "symbols": symbols,
    })
}

fn symbol_info(rules: &Instrument) -> Value {
    let price = |value: i64| text(value, rules.price_decimals);
    let qty = |value: i64| text(value, rules.qty_decimals);
    let band = |ppm: i64| text(ppm / 100, 4);
    json!({
        "symbol": rules.symbol, "pair": rules.symbol, "contractType": "PERPETUAL",
        "deliveryDate": 4_133_404_800_000_i64, "onboardDate": 1_569_398_400_000_i64,
        "status": "TRADING", "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000",
        "baseAsset": rules.base(), "quoteAsset": "USDT", "marginAsset": "USDT",
        "pricePrecision": rules.price_decimals, "quantityPrecision": rules.qty_decimals,
        "baseAssetPrecision": 8, "quotePrecision": 8, "underlyingType": "COIN",
        "underlyingSubType": [], "settlePlan": 0, "triggerProtect": "0.0500",
        "liquidationFee": "0.012500", "marketTakeBound": "0.05", "maxMoveOrderLimit": 10_000,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": price(rules.price_min),
             "maxPrice": price(rules.price_max), "tickSize": price(rules.tick_size)},
            {"filterType": "LOT_SIZE", "minQty": qty(rules.qty_min), "maxQty": qty(rules.qty_max),
             "stepSize": qty(rules.lot_size)},
            {"filterType": "MARKET_LOT_SIZE", "minQty": qty(rules.qty_min),
             "maxQty": qty(rules.market_qty_max), "stepSize": qty(rules.lot_size)},
            {"filterType": "MAX_NUM_ORDERS", "limit": rules.open_orders_max},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
            {"filterType": "MIN_NOTIONAL",
             "notional": (rules.notional_min / MONEY_ONE).to_string()},
            {"filterType": "PERCENT_PRICE", "multiplierUp": band(1_000_000 + rules.price_band_ppm),
             "multiplierDown": band(1_000_000 - rules.price_band_ppm), "multiplierDecimal": "4"},
        ],
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    })
}
