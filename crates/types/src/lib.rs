//! The words of the house: numbers, ids, and every message that crosses a link.
//!
//! Every other crate reads this one; it reads none of them. Everything here is
//! `Copy`, and everything that is journaled is `Pod`, versioned by
//! [`RECORD_VERSION`] and pinned by a layout test.
//!
//! Never here: a clock, a socket, an allocation on the hot path, a float that
//! touches a price, a quantity or a balance.

mod checksum;
mod command;
mod decimal;
mod instrument;
mod kline;
mod mark;
mod market;
mod money;
mod number;
mod order;
mod param;
mod record;
mod signal;
mod spec_join;
mod timing;
mod trade;
mod unit;

pub use command::{Balance, Command, CommandOp, Funding, HeldPosition, Timer};
pub use decimal::{Decimal, DecimalError};
pub use instrument::{
    InstrumentId, InstrumentSpec, MAX_INSTRUMENTS, SpecGrid, SpecMoney, SpecName, Symbol,
};
pub use kline::{KlineInterval, KlinePrices, KlineVolume};
pub use mark::MarkPrice;
pub use market::{BookChange, BookReset, BookState, Level, Quote, StateReason, Touch};
pub use money::{Money, Wide};
pub use number::{Nanos, Price, Qty, Value};
pub use order::{
    Action, ClientOrderId, FeeAsset, IdError, Liquidity, MemberId, OrderFields, OrderFlags,
    OrderState, OrderType, Report, ReportDetail, ReportStatus, Side, TimeInForce, Transition,
};
pub use param::{ParamError, ParamKind, ParamSpec, ParamValue, Params};
pub use record::{Body, Class, Flags, Kind, RECORD_VERSION, Record};
pub use signal::{Direction, Signal, Verdict, Vote};
pub use spec_join::SpecJoin;
pub use timing::{Mark, Timing};
pub use trade::{AggTrade, Liquidation, Trade};
pub use unit::Unit;

#[cfg(test)]
mod tests;
