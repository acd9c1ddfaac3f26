//! What an order is: side, type, time in force, state, and the record that the venue keeps of each.
//! Fed by order entry, read by replies and private frames; it never touches a book.

/// Which way an order trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Takes asks, rests among the bids.
    Buy,
    /// Takes bids, rests among the asks.
    Sell,
}

impl Side {
    /// The other side.
    pub fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// +1 for a buy, -1 for a sell.
    pub(crate) fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        }
    }

    /// Whether an order of this side with limit `limit` (none: market) accepts `price`.
    pub(crate) fn accepts(self, limit: Option<i64>, price: i64) -> bool {
        match (self, limit) {
            (_, None) => true,
            (Side::Buy, Some(limit)) => price <= limit,
            (Side::Sell, Some(limit)) => price >= limit,
        }
    }
}

/// The order types that this venue takes; conditional ones live on another endpoint (-4120).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderType {
    Limit,
    Market,
}

impl OrderType {
    pub(crate) fn word(self) -> &'static str {
        match self {
            OrderType::Limit => "LIMIT",
            OrderType::Market => "MARKET",
        }
    }
}

/// Time in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeInForce {
    Gtc,
    Ioc,
    Fok,
    /// Post only: refused with -5022 when it would take.
    Gtx,
}

impl TimeInForce {
    pub(crate) fn word(self) -> &'static str {
        match self {
            TimeInForce::Gtc => "GTC",
            TimeInForce::Ioc => "IOC",
            TimeInForce::Fok => "FOK",
            TimeInForce::Gtx => "GTX",
        }
    }
}

/// Where an order stands. All but the first two are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    New,
    PartiallyFilled,
    Filled,
    Canceled,
    Expired,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::New => "NEW",
            Status::PartiallyFilled => "PARTIALLY_FILLED",
            Status::Filled => "FILLED",
            Status::Canceled => "CANCELED",
            Status::Expired => "EXPIRED",
        }
    }

    pub(crate) fn is_open(self) -> bool {
        matches!(self, Status::New | Status::PartiallyFilled)
    }
}

/// An order that passed every filter, before it has an id.
#[derive(Clone, Debug)]
pub(crate) struct OrderRequest {
    pub(crate) instrument: usize,
    pub(crate) client_id: String,
    pub(crate) side: Side,
    pub(crate) kind: OrderType,
    pub(crate) tif: TimeInForce,
    /// Mantissa in the instrument's price decimals; 0 for a market order.
    pub(crate) price: i64,
    /// Mantissa in the instrument's quantity decimals.
    pub(crate) qty: i64,
    pub(crate) reduce_only: bool,
    /// `newOrderRespType=RESULT`: answer with the state after matching.
    pub(crate) result_wanted: bool,
}

/// The venue's record of one order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) request: OrderRequest,
    pub(crate) filled: i64,
    /// Sum of price × quantity over the fills, scale 18.
    pub(crate) quote: i128,
    pub(crate) status: Status,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
}

impl Order {
    /// What is still to be filled.
    pub(crate) fn left(&self) -> i64 {
        self.request.qty - self.filled
    }

    /// Average fill price as a mantissa of `decimals` decimals, truncated; 0 before the first fill.
    pub(crate) fn average(&self, qty_decimals: u32, decimals: u32) -> i64 {
        if self.filled == 0 {
            return 0;
        }
        let scale = 10_i128.pow(18 - qty_decimals - decimals);
        (self.quote / i128::from(self.filled) / scale) as i64
    }
}
