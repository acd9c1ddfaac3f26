//! The REST interface: one request to one response, by method and path.
//! Sans-I/O; the server's sockets and an in-process engine use it alike.

use serde_json::{Value, json};

use crate::access::unknown_outcome;
use crate::config::Dialect;
use crate::exchange::Exchange;
use crate::filters;
use crate::market::DEPTH_LIMIT_MAX;
use crate::outgoing::{Destination, Due, Outgoing};
use crate::params::Params;
use crate::refusal::{Refusal, refuse};
use crate::replies::{self, OrderView};
use crate::sign::{hmac_hex, rest_payload};

/// One REST request as it came over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestRequest {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// The path without the query, such as `/fapi/v1/order`.
    pub path: String,
    /// What followed the `?`, still encoded.
    pub query: String,
    /// The form body, still encoded.
    pub body: String,
    /// The `X-MBX-APIKEY` header.
    pub api_key: Option<String>,
}

/// One REST response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers beyond those of the transport.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

/// What a request gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestReply {
    /// The response.
    Now(RestResponse),
    /// The response comes out as `Outgoing` to `Destination::Rest` with this token: a latency is
    /// configured, a fault struck, or a capture has not reached its snapshot. It may never come.
    Later(u64),
}

/// The outcome of a request that took effect.
pub(crate) enum Answer {
    Body(String),
    /// Depth of an instrument whose played book is not there yet.
    Wait(usize, usize),
}

impl Answer {
    pub(crate) fn of(body: Value) -> Answer {
        Answer::Body(body.to_string())
    }
}

impl Exchange {
    /// Takes one REST request.
    pub fn rest(&mut self, now: i64, request: &RestRequest) -> RestReply {
        self.next_token += 1;
        let token = self.next_token;
        if !self.trips.are_instant() {
            let at = self.trips.arrives(now, None);
            self.queue.push(at, Due::Rest { token, request: request.clone() });
            return RestReply::Later(token);
        }
        let response = self.take_rest(now, token, request);
        response.map_or(RestReply::Later(token), RestReply::Now)
    }

    /// As [`Exchange::rest`], but under way for no time: for whoever keeps this exchange and asks
    /// what its clock should not run ahead for.
    pub fn rest_at_once(&mut self, now: i64, request: &RestRequest) -> RestReply {
        self.next_token += 1;
        let token = self.next_token;
        let response = self.take_rest(now, token, request);
        response.map_or(RestReply::Later(token), RestReply::Now)
    }

    /// A delayed request takes effect.
    pub(crate) fn on_rest(&mut self, now: i64, token: u64, request: &RestRequest) {
        if let Some(response) = self.take_rest(now, token, request) {
            let to = Destination::Rest { token, status: response.status };
            let at = self.trips.returns(now, to);
            self.send_struck(&[], Outgoing { at, to, text: response.body });
        }
    }

    /// The response, or none when it will come out of the queue.
    fn take_rest(&mut self, now: i64, token: u64, request: &RestRequest) -> Option<RestResponse> {
        self.counters.requests += 1;
        let kind = kind_of(request);
        let verdict = self.judge(now, &["request", kind]);
        let mut answer = if verdict.dropped {
            Ok(Answer::Body(String::new()))
        } else {
            match self.config.dialect {
                Dialect::BinanceUsdm => self.route(now, request),
                Dialect::BinanceSpot => self.route_spot(now, request),
            }
        };
        if let Some(code) = verdict.unknown {
            answer = Err(unknown_outcome(code));
        }
        let (status, body) = match answer {
            Ok(Answer::Wait(instrument, limit)) => {
                self.waiting.push((token, instrument, limit));
                return None;
            }
            Ok(Answer::Body(body)) => (200, body),
            Err(refusal) => {
                self.counters.refusals += 1;
                (refusal.status, refusal.body())
            }
        };
        if !verdict.on_reply.is_empty() || now < self.windows.stall_until {
            let to = Destination::Rest { token, status };
            let at = self.trips.returns(now, to);
            self.send_struck(&verdict.on_reply, Outgoing { at, to, text: body });
            return None;
        }
        Some(RestResponse { status, headers: self.headers(now, status), body })
    }

    pub(crate) fn headers(&self, now: i64, status: u16) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("x-mbx-used-weight-1m", self.usage.weight.1.to_string()),
            ("x-mbx-order-count-10s", self.usage.orders_10s.1.to_string()),
            ("x-mbx-order-count-1m", self.usage.orders_1m.1.to_string()),
        ];
        if matches!(status, 418 | 429) || self.windows.refusing(now).is_some() {
            let wait = (self.retry_at(now) - now) / 1_000_000_000 + 1;
            headers.push(("retry-after", wait.to_string()));
        }
        headers
    }

    fn route(&mut self, now: i64, request: &RestRequest) -> Result<Answer, Refusal> {
        let params = Params::from_form(&request.query, &request.body);
        let path = request.path.trim_end_matches('/');
        let ms = now / 1_000_000;
        let body = match (request.method.as_str(), path) {
            ("GET", "/fapi/v1/ping") => {
                self.weigh(now, 1)?;
                json!({})
            }
            ("GET", "/fapi/v1/time") => {
                self.weigh(now, 1)?;
                json!({"serverTime": self.clock_ms(now)})
            }
            ("GET", "/fapi/v1/exchangeInfo") => {
                self.weigh(now, 1)?;
                replies::exchange_info(&self.instruments, &self.config.limits, ms)
            }
            ("GET", "/fapi/v1/depth") => return self.depth(now, &params),
            (_, "/fapi/v1/listenKey") => {
                self.weigh(now, 1)?;
                self.check_key(request.api_key.as_deref())?;
                self.listen(&request.method)?
            }
            _ => return self.route_signed(now, path, request, &params),
        };
        Ok(Answer::Body(body.to_string()))
    }

    fn route_signed(
        &mut self,
        now: i64,
        path: &str,
        request: &RestRequest,
        params: &Params,
    ) -> Result<Answer, Refusal> {
        let weight = match path {
            "/fapi/v1/order" => u32::from(request.method == "GET"),
            "/fapi/v1/allOpenOrders" | "/fapi/v1/openOrders" | "/fapi/v1/openOrder" => 1,
            "/fapi/v2/account"
            | "/fapi/v3/account"
            | "/fapi/v2/balance"
            | "/fapi/v3/balance"
            | "/fapi/v1/userTrades"
            | "/fapi/v2/positionRisk"
            | "/fapi/v3/positionRisk" => 5,
            "/fapi/v1/leverage" => 1,
            "/fapi/v1/commissionRate" => 20,
            "/fapi/v1/positionSide/dual" | "/fapi/v1/multiAssetsMargin" => 30,
            // ccxt asks these of the spot host at start; empty lists are enough for it.
            "/sapi/v1/capital/config/getall" | "/sapi/v1/margin/allPairs" => {
                return Ok(Answer::Body("[]".to_owned()));
            }
            _ => {
                return Err(Refusal::new(
                    -5000,
                    &format!("Path {path}, Method {} is invalid", request.method),
                )
                .with_status(404));
            }
        };
        self.weigh(now, weight)?;
        let payload = rest_payload(&request.query, &request.body);
        self.check_signed(now, request.api_key.as_deref(), params, &payload)?;
        let body = self.signed(now, path, &request.method, params)?;
        Ok(Answer::Body(body.to_string()))
    }

    fn signed(
        &mut self,
        now: i64,
        path: &str,
        method: &str,
        params: &Params,
    ) -> Result<Value, Refusal> {
        let ms = now / 1_000_000;
        match (method, path) {
            ("POST", "/fapi/v1/order") => self.order_command(now, "order.place", params),
            ("DELETE", "/fapi/v1/order") => self.order_command(now, "order.cancel", params),
            ("PUT", "/fapi/v1/order") => self.order_command(now, "order.modify", params),
            ("GET", "/fapi/v1/order" | "/fapi/v1/openOrder") => {
                self.order_command(now, "order.status", params)
            }
            ("GET", "/fapi/v1/openOrders") => self.open_orders(params),
            ("DELETE", "/fapi/v1/allOpenOrders") => {
                let index = filters::instrument_of(params, &self.instruments)?;
                self.cancel_all(now, index);
                Ok(json!({"code": 200, "msg": "The operation of cancel all open order is done."}))
            }
            ("GET", "/fapi/v2/account" | "/fapi/v3/account") => {
                let rows = self.position_rows(now, None, path.contains("v2"));
                Ok(replies::account(&self.account, rows, self.sums(), ms))
            }
            ("GET", "/fapi/v2/balance" | "/fapi/v3/balance") => {
                Ok(replies::balance(&self.account, self.sums(), ms))
            }
            ("GET", "/fapi/v2/positionRisk" | "/fapi/v3/positionRisk") => {
                let only = match params.get("symbol") {
                    Some(_) => Some(filters::instrument_of(params, &self.instruments)?),
                    None => None,
                };
                Ok(Value::Array(self.position_rows(now, only, path.contains("v2"))))
            }
            ("GET", "/fapi/v1/userTrades") => self.user_trades(params),
            ("POST", "/fapi/v1/leverage") => self.leverage(params),
            ("GET", "/fapi/v1/commissionRate") => self.commission(params),
            ("GET", "/fapi/v1/positionSide/dual") => Ok(json!({"dualSidePosition": false})),
            ("GET", "/fapi/v1/multiAssetsMargin") => Ok(json!({"multiAssetsMargin": false})),
            _ => Err(Refusal::new(-5000, &format!("Path {path}, Method {method} is invalid"))
                .with_status(405)),
        }
    }

    fn depth(&mut self, now: i64, params: &Params) -> Result<Answer, Refusal> {
        let limit = params.integer("limit")?.unwrap_or(500);
        let weight = match limit {
            5 | 10 | 20 | 50 => 2,
            100 => 5,
            500 => 10,
            1_000 => 20,
            _ => {
                self.weigh(now, 1)?;
                return Err(Refusal::new(-4021, &format!("{limit} is not valid depth limit.")));
            }
        };
        self.weigh(now, weight)?;
        let index = filters::instrument_of(params, &self.instruments)?;
        let limit = (limit as usize).min(DEPTH_LIMIT_MAX);
        match self.market.snapshot(index, now / 1_000_000, limit) {
            Some(body) => Ok(Answer::Body(body)),
            None => Ok(Answer::Wait(index, limit)),
        }
    }

    fn listen(&mut self, method: &str) -> Result<Value, Refusal> {
        match method {
            "POST" => {
                // One key per account; asking again extends it, as on the venue.
                let secret = self.account.config.secret.clone();
                let seed = self.config.seed;
                let key = self.listen_key.get_or_insert_with(|| {
                    hmac_hex(&secret, format!("listenKey {seed}").as_bytes())
                });
                Ok(json!({"listenKey": key}))
            }
            "PUT" => match &self.listen_key {
                Some(key) => Ok(json!({"listenKey": key})),
                None => Err(refuse(-1125)),
            },
            "DELETE" => {
                self.listen_key = None;
                Ok(json!({}))
            }
            _ => Err(Refusal::new(-5000, "Method is invalid").with_status(405)),
        }
    }

    fn open_orders(&self, params: &Params) -> Result<Value, Refusal> {
        let only = match params.get("symbol") {
            Some(_) => Some(filters::instrument_of(params, &self.instruments)?),
            None => None,
        };
        let open = self.orders.open.iter().filter_map(|id| self.orders.all.get(id));
        let rows =
            open.filter(|order| only.is_none_or(|only| only == order.request.instrument)).map(
                |o| replies::order(o, &self.instruments[o.request.instrument], OrderView::Queried),
            );
        Ok(Value::Array(rows.collect()))
    }

    fn leverage(&mut self, params: &Params) -> Result<Value, Refusal> {
        let index = filters::instrument_of(params, &self.instruments)?;
        let leverage = params.integer("leverage")?.ok_or_else(|| Refusal::missing("leverage"))?;
        if !(1..=125).contains(&leverage) {
            return Err(Refusal::new(-4028, &format!("Leverage {leverage} is not valid")));
        }
        // One leverage for the whole account: enough for margin checks, and stated in the reply.
        self.account.config.leverage = leverage;
        let symbol = &self.instruments[index].symbol;
        Ok(json!({"leverage": leverage, "maxNotionalValue": "40000000", "symbol": symbol}))
    }

    fn commission(&self, params: &Params) -> Result<Value, Refusal> {
        let index = filters::instrument_of(params, &self.instruments)?;
        let rate = |ppm: i64| crate::number::text(ppm, 6);
        let fees = self.account.config.fees(&self.instruments[index].symbol);
        Ok(json!({
            "symbol": self.instruments[index].symbol,
            "makerCommissionRate": rate(fees.maker_ppm),
            "takerCommissionRate": rate(fees.taker_ppm),
        }))
    }
}

/// The word by which fault scripts know this request.
fn kind_of(request: &RestRequest) -> &'static str {
    match (request.method.as_str(), request.path.trim_end_matches('/')) {
        ("POST", "/fapi/v1/order" | "/api/v3/order") => "order.place",
        ("DELETE", "/fapi/v1/order" | "/api/v3/order") => "order.cancel",
        ("PUT", "/api/v3/order/amend/keepPriority") => "order.modify",
        ("GET", "/api/v3/order") => "order.status",
        ("GET", "/api/v3/depth") => "depth.snapshot",
        ("PUT", "/fapi/v1/order") => "order.modify",
        ("GET", "/fapi/v1/order" | "/fapi/v1/openOrder") => "order.status",
        ("GET", "/fapi/v1/depth") => "depth.snapshot",
        _ => "",
    }
}
