//! What a venue says about our orders: private events and replies.
//!
//! Made by the decoder, read by the gateway, which knows by request id what it
//! had asked. It never decides what an order's state becomes.

use crate::AccountChange;
use types::{
    ClientOrderId, InstrumentId, Money, Nanos, OrderState, Price, Qty, Report, ReportDetail, Side,
};

/// What is known of a request after its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done as asked.
    Accepted,
    /// Not done: the venue says so.
    Rejected {
        /// The venue's code, else the HTTP status.
        code: i32,
    },
    /// The venue knows no such order. For a query it proves nothing by itself.
    NotFound {
        /// The venue's code.
        code: i32,
    },
    /// The venue does not know either, or something before it answered: the
    /// order may exist.
    Unknown {
        /// The venue's code, else the HTTP status.
        code: i32,
    },
}

/// An order as a reply describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderNow {
    /// Whose book.
    pub instrument: InstrumentId,
    /// Our id; `None` for an order that this engine did not make.
    pub order: Option<ClientOrderId>,
    /// Accepted, partially filled, filled, canceled, expired, rejected, or
    /// unknown where the venue uses a word that this version does not know.
    pub state: OrderState,
    /// Buy or sell.
    pub side: Side,
    /// Its limit; 0 for a market order.
    pub price: Price,
    /// What was ordered.
    pub qty: Qty,
    /// What has been filled.
    pub filled: Qty,
    /// Sum of price × quantity of its fills, where the venue gives it.
    pub filled_notional: Option<Money>,
    /// When the venue last changed it.
    pub exch_ts: Nanos,
}

/// The answer to one request of the order session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiReply {
    /// The request's id; `None` where the venue could not read it.
    pub request: Option<u64>,
    /// What is known now.
    pub outcome: Outcome,
    /// The HTTP-like status.
    pub status: u16,
    /// How long the venue wants no requests, where it says so.
    pub retry_after_ms: Option<u64>,
    /// The venue's id of the order; 0 where it did not say.
    pub venue_order_id: u64,
    /// The order, where the reply describes it whole and its symbol is known.
    pub order: Option<OrderNow>,
}

/// What one fill cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// The asset, ASCII, padded with zeros; all zeros when there was no fee.
    pub asset: [u8; 16],
    /// The amount of that asset; negative is a rebate.
    pub amount: Money,
    /// Whether the asset is the instrument's quote asset. Where it is not, the
    /// report's detail holds a fee of zero and this is the only record of it.
    pub in_quote: bool,
}

/// One of our orders changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderReport {
    /// Whose book.
    pub instrument: InstrumentId,
    /// What happened.
    pub report: Report,
    /// The venue's ids, the fee in the quote asset, the time.
    pub detail: ReportDetail,
    /// The fee as the venue states it; of fills only.
    pub fee: Fee,
    /// What has been filled in all, this fill included; 0 where the venue does
    /// not say.
    pub filled: Qty,
}

/// What one message of the private stream says.
#[allow(clippy::large_enum_variant, reason = "a box would allocate on the line")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateEvent {
    /// One of our orders changed.
    Order(OrderReport),
    /// An order that this engine did not make changed: another program, a
    /// person, a liquidation.
    Foreign {
        /// Whose book; `None` for a symbol that is not in the table.
        instrument: Option<InstrumentId>,
        /// Whether it was filled, which changes the position.
        fill: bool,
    },
    /// Balances or positions changed.
    Account(AccountChange),
    /// The stream's key has run out, or its subscription was ended: get a new
    /// one and connect again.
    ListenKeyExpired,
    /// A request such as a subscription was taken.
    Control,
    /// A request was refused.
    ControlError {
        /// The venue's code; 0 where it gave none.
        code: i32,
    },
    /// A type of event that is documented and not used; counted by this name.
    Unused(&'static str),
    /// A type of event that this version does not know.
    UnusedUnknown,
    /// One of our orders, but its symbol is not in the table.
    UnknownSymbol,
}
