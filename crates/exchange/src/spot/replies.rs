//! What the spot market says: results, private events, account and rules, with every documented
//! field.
//! Pure functions of orders, account and instruments.

use serde_json::{Value, json};

use super::assets;
use crate::account::Settlement;
use crate::config::{Instrument, Limits};
use crate::exchange::Exchange;
use crate::matching::Fill;
use crate::number::{MONEY_ONE, money_text, text};
use crate::order::{Order, Side, TimeInForce};
use crate::trades::TradeRow;

/// Post-only is a type here, not a time in force.
fn kind_word(order: &Order) -> &'static str {
    match order.request.tif {
        TimeInForce::Gtx => "LIMIT_MAKER",
        _ => order.request.kind.word(),
    }
}

fn tif_word(order: &Order) -> &'static str {
    match order.request.tif {
        TimeInForce::Gtx => "GTC",
        tif => tif.word(),
    }
}

/// `newOrderRespType=ACK`.
pub(super) fn ack(order: &Order, rules: &Instrument, ms: i64) -> Value {
    json!({
        "symbol": rules.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.request.client_id,
        "transactTime": ms,
    })
}

fn extend(value: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (value, more) {
        into.extend(more);
    }
}

fn state(order: &Order, rules: &Instrument) -> Value {
    let request = &order.request;
    json!({
        "price": text(request.price, rules.price_decimals),
        "origQty": text(request.qty, rules.qty_decimals),
        "executedQty": text(order.filled, rules.qty_decimals),
        "origQuoteOrderQty": money_text(0),
        "cummulativeQuoteQty": money_text(order.quote),
        "status": order.status.word(),
        "timeInForce": tif_word(order),
        "type": kind_word(order),
        "side": request.side.word(),
    })
}

/// `newOrderRespType=RESULT`.
pub(super) fn placed(order: &Order, rules: &Instrument, ms: i64) -> Value {
    let mut value = ack(order, rules, ms);
    extend(&mut value, state(order, rules));
    extend(
        &mut value,
        json!({"workingTime": order.created_ms, "selfTradePreventionMode": "EXPIRE_MAKER"}),
    );
    value
}

/// `newOrderRespType=FULL`.
pub(super) fn full(order: &Order, rules: &Instrument, rows: &[TradeRow], ms: i64) -> Value {
    let fills = rows.iter().filter(|row| row.order == order.id).map(|row| {
        json!({
            "price": text(row.fill.price, rules.price_decimals),
            "qty": text(row.fill.qty, rules.qty_decimals),
            "commission": money_text(row.settled.fee),
            "commissionAsset": assets(rules, row.side).1,
            "tradeId": row.id,
        })
    });
    let mut value = placed(order, rules, ms);
    value["fills"] = Value::Array(fills.collect());
    value
}

/// `DELETE /api/v3/order`; `request_id` is the name of the cancellation itself.
pub(super) fn canceled(order: &Order, rules: &Instrument, request_id: &str, ms: i64) -> Value {
    let mut value = json!({
        "symbol": rules.symbol,
        "origClientOrderId": order.request.client_id,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": request_id,
        "transactTime": ms,
    });
    extend(&mut value, state(order, rules));
    value["selfTradePreventionMode"] = json!("EXPIRE_MAKER");
    value
}

/// `GET /api/v3/order`.
pub(super) fn order(order: &Order, rules: &Instrument) -> Value {
    let mut value = json!({
        "symbol": rules.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.request.client_id,
    });
    extend(&mut value, state(order, rules));
    extend(
        &mut value,
        json!({
            "stopPrice": text(0, rules.price_decimals),
            "icebergQty": text(0, rules.qty_decimals),
            "time": order.created_ms,
            "updateTime": order.updated_ms,
            "isWorking": order.status.is_open(),
            "workingTime": order.created_ms,
            "selfTradePreventionMode": "EXPIRE_MAKER",
        }),
    );
    value
}

/// `PUT /api/v3/order/amend/keepPriority`.
pub(super) fn amended(order: &Order, rules: &Instrument, ms: i64) -> Value {
    json!({
        "transactTime": ms,
        "executionId": order.id,
        "amendedOrder": {
            "symbol": rules.symbol,
            "orderId": order.id,
            "orderListId": -1,
            "origClientOrderId": order.request.client_id,
            "clientOrderId": order.request.client_id,
            "price": text(order.request.price, rules.price_decimals),
            "qty": text(order.request.qty, rules.qty_decimals),
            "executedQty": text(order.filled, rules.qty_decimals),
            "preventedQty": text(0, rules.qty_decimals),
            "quoteOrderQty": money_text(0),
            "cumulativeQuoteQty": money_text(order.quote),
            "status": order.status.word(),
            "timeInForce": tif_word(order),
            "type": kind_word(order),
            "side": order.request.side.word(),
            "workingTime": order.created_ms,
            "selfTradePreventionMode": "EXPIRE_MAKER",
        },
    })
}

/// What happened to an order, for its private event.
pub(super) struct Report<'a> {
    /// `NEW`, `TRADE`, `CANCELED`, `EXPIRED`, `REPLACED`.
    pub(super) kind: &'static str,
    /// The fill, its trade id and what it did to the account.
    pub(super) fill: Option<(Fill, i64, Settlement)>,
    /// The name of the cancellation that caused it.
    pub(super) canceling: Option<&'a str>,
    pub(super) ms: i64,
}

/// `executionReport`.
pub(super) fn execution_report(order: &Order, rules: &Instrument, report: &Report<'_>) -> Value {
    let request = &order.request;
    let price = |value: i64| text(value, rules.price_decimals);
    let qty = |value: i64| text(value, rules.qty_decimals);
    let fill = report.fill.map(|(fill, ..)| fill);
    let quote = fill.map_or(0, |f| rules.notional(f.price, f.qty));
    let asset = fill.map(|_| assets(rules, request.side).1);
    let (client, original) = match report.canceling {
        Some(name) => (name, request.client_id.as_str()),
        None => (request.client_id.as_str(), ""),
    };
    json!({
        "e": "executionReport",
        "E": report.ms,
        "s": rules.symbol,
        "c": client,
        "S": request.side.word(),
        "o": kind_word(order),
        "f": tif_word(order),
        "q": qty(request.qty),
        "p": price(request.price),
        "P": price(0),
        "F": qty(0),
        "g": -1,
        "C": original,
        "x": report.kind,
        "X": order.status.word(),
        "r": "NONE",
        "i": order.id,
        "l": qty(fill.map_or(0, |f| f.qty)),
        "z": qty(order.filled),
        "L": price(fill.map_or(0, |f| f.price)),
        "n": money_text(report.fill.map_or(0, |(.., s)| s.fee)),
        "N": asset,
        "T": report.ms,
        "t": report.fill.map_or(-1, |(_, trade, _)| trade),
        "I": report.fill.map_or(order.id, |(_, trade, _)| trade),
        "w": order.status.is_open() && fill.is_none_or(|f| f.maker),
        "m": fill.is_some_and(|f| f.maker),
        "M": false,
        "O": order.created_ms,
        "Z": money_text(order.quote),
        "Y": money_text(quote),
        "Q": money_text(0),
        "W": order.created_ms,
        "V": "EXPIRE_MAKER",
    })
}

/// Each asset with what is free of it and what is locked, scale 18.
pub(super) fn balances(exchange: &Exchange, only: &[String]) -> Vec<(String, i128, i128)> {
    let locked = exchange.locked();
    let all = exchange.account.balances.iter();
    all.filter(|(asset, _)| only.is_empty() || only.contains(asset))
        .map(|(asset, total)| {
            let held = locked.get(asset).copied().unwrap_or(0);
            (asset.clone(), total - held, held)
        })
        .collect()
}

/// `outboundAccountPosition`.
pub(super) fn account_position(rows: &[(String, i128, i128)], ms: i64) -> Value {
    let row = |(asset, free, locked): &(String, i128, i128)| {
        let (free, locked) = (money_text(*free), money_text(*locked));
        json!({"a": asset, "f": free, "l": locked})
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    json!({"e": "outboundAccountPosition", "E": ms, "u": ms, "B": rows})
}

/// `GET /api/v3/account`.
pub(super) fn account(exchange: &Exchange, ms: i64) -> Value {
    let row = |(asset, free, locked): &(String, i128, i128)| {
        let (free, locked) = (money_text(*free), money_text(*locked));
        json!({"asset": asset, "free": free, "locked": locked})
    };
    let rows: Vec<Value> = balances(exchange, &[]).iter().map(row).collect();
    let config = &exchange.account.config;
    let rate = |ppm: i64| text(ppm * 100, 8);
    json!({
        "makerCommission": config.maker_fee_ppm / 100,
        "takerCommission": config.taker_fee_ppm / 100,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": rate(config.maker_fee_ppm), "taker": rate(config.taker_fee_ppm),
            "buyer": rate(0), "seller": rate(0),
        },
        "canTrade": true, "canWithdraw": true, "canDeposit": true, "brokered": false,
        "requireSelfTradePrevention": false, "preventSor": false, "updateTime": ms,
        "accountType": "SPOT", "balances": rows, "permissions": ["SPOT"], "uid": 1,
    })
}

/// One row of `GET /api/v3/myTrades`.
pub(super) fn my_trade(row: &TradeRow, rules: &Instrument) -> Value {
    json!({
        "symbol": rules.symbol,
        "id": row.id,
        "orderId": row.order,
        "orderListId": -1,
        "price": text(row.fill.price, rules.price_decimals),
        "qty": text(row.fill.qty, rules.qty_decimals),
        "quoteQty": money_text(rules.notional(row.fill.price, row.fill.qty)),
        "commission": money_text(row.settled.fee),
        "commissionAsset": assets(rules, row.side).1,
        "time": row.ms,
        "isBuyer": row.side == Side::Buy,
        "isMaker": row.fill.maker,
        "isBestMatch": true,
    })
}

/// `GET /api/v3/exchangeInfo`.
pub(super) fn exchange_info(all: &[&Instrument], limits: &Limits, ms: i64) -> Value {
    let symbols: Vec<Value> = all.iter().map(|rules| symbol_info(rules)).collect();
    json!({
        "timezone": "UTC",
        "serverTime": ms,
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1,
             "limit": limits.weight_1m},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10,
             "limit": limits.orders_10s},
        ],
        "exchangeFilters": [],
        "symbols": symbols,
    })
}

fn symbol_info(rules: &Instrument) -> Value {
    let price = |value: i64| text(value, rules.price_decimals);
    let qty = |value: i64| text(value, rules.qty_decimals);
    let band = |ppm: i64| text(ppm / 100, 4);
    let (up, down) = (1_000_000 + rules.price_band_ppm, 1_000_000 - rules.price_band_ppm);
    json!({
        "symbol": rules.symbol, "status": "TRADING",
        "baseAsset": rules.base(), "baseAssetPrecision": 8,
        "quoteAsset": rules.quote(), "quotePrecision": 8, "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8, "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": false, "ocoAllowed": false, "otoAllowed": false, "opoAllowed": false,
        "quoteOrderQtyMarketAllowed": false, "allowTrailingStop": false,
        "cancelReplaceAllowed": false, "amendAllowed": true, "pegInstructionsAllowed": false,
        "isSpotTradingAllowed": true, "isMarginTradingAllowed": false,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": price(rules.price_min),
             "maxPrice": price(rules.price_max), "tickSize": price(rules.tick_size)},
            {"filterType": "LOT_SIZE", "minQty": qty(rules.qty_min), "maxQty": qty(rules.qty_max),
             "stepSize": qty(rules.lot_size)},
            {"filterType": "MARKET_LOT_SIZE", "minQty": qty(0), "maxQty": qty(rules.market_qty_max),
             "stepSize": qty(0)},
            {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": band(up),
             "bidMultiplierDown": "0.2", "askMultiplierUp": "5", "askMultiplierDown": band(down),
             "avgPriceMins": 0},
            {"filterType": "NOTIONAL", "minNotional": money_text(rules.notional_min),
             "applyMinToMarket": true, "maxNotional": money_text(9_000_000 * MONEY_ONE),
             "applyMaxToMarket": false, "avgPriceMins": 0},
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": rules.open_orders_max},
        ],
        "permissions": [], "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_MAKER"],
    })
}
