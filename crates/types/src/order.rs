//! Orders: sides, types, ids, life, and the records that tell of them.

use crate::{Nanos, Price, Qty, Wide};
use bytemuck::{Pod, Zeroable};
use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant = $code),* }

        impl $name {
            /// Every value, in the order of its code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The field's standard word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The value of `code`; `None` when this version does not know it.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Which side of the book an order or a level stands on.
    Side { /// Bids.
        Buy = 0 "BUY", /// Asks.
        Sell = 1 "SELL" }
}

words! {
    /// How an order is priced.
    OrderType { /// At its price or better.
        Limit = 0 "LIMIT", /// At whatever the book offers.
        Market = 1 "MARKET" }
}

words! {
    /// How long an order stands.
    TimeInForce { /// Until cancelled.
        Gtc = 0 "GTC", /// What fills at once; the rest expires.
        Ioc = 1 "IOC", /// All at once or nothing.
        Fok = 2 "FOK", /// Post-only: refused if it would take.
        Gtx = 3 "GTX", /// Until a time.
        Gtd = 4 "GTD" }
}

words! {
    /// What is asked of the venue.
    Action { /// A new order.
        Place = 0 "place", /// A new price or quantity.
        Amend = 1 "amend", /// Away with it.
        Cancel = 2 "cancel" }
}

words! {
    /// Whether a fill rested or took.
    Liquidity { /// No fill.
        None = 0 "NONE", /// Rested.
        Maker = 1 "MAKER", /// Took.
        Taker = 2 "TAKER" }
}

words! {
    /// What a fill's fee was paid in.
    FeeAsset { /// The quote asset: money.
        Quote = 0 "QUOTE", /// The base asset: it is taken out of the position.
        Base = 1 "BASE", /// A third one: neither of the instrument's sums holds it.
        Other = 2 "OTHER" }
}

impl FeeAsset {
    /// As it stands in a fill's [`Report`].
    #[must_use]
    pub const fn code(self) -> i32 {
        self as i32
    }
}

words! {
    /// The states of an order's life (DESIGN: an order's life).
    OrderState {
        /// Made by the council, not judged yet.
        Initialized = 0 "INITIALIZED",
        /// Passed every rule.
        Approved = 1 "APPROVED",
        /// Its bytes went to the socket.
        Submitted = 2 "SUBMITTED",
        /// The venue has it.
        Accepted = 3 "ACCEPTED",
        /// Some of it is filled.
        PartiallyFilled = 4 "PARTIALLY_FILLED",
        /// All of it is filled.
        Filled = 5 "FILLED",
        /// A cancel is under way.
        PendingCancel = 6 "PENDING_CANCEL",
        /// An amendment is under way.
        PendingReplace = 7 "PENDING_REPLACE",
        /// Cancelled.
        Canceled = 8 "CANCELED",
        /// Its time in force ended it.
        Expired = 9 "EXPIRED",
        /// The venue said no.
        Rejected = 10 "REJECTED",
        /// We said no.
        Denied = 11 "DENIED",
        /// Proven never to have existed.
        Absent = 12 "ABSENT",
        /// Nobody has said.
        Unknown = 13 "UNKNOWN",
    }
}

impl OrderState {
    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Filled
                | Self::Canceled
                | Self::Expired
                | Self::Rejected
                | Self::Denied
                | Self::Absent
        )
    }
}

words! {
    /// What a report says happened.
    ReportStatus {
        /// The bytes went to the socket whole.
        Sent = 0 "SENT",
        /// The socket took nothing; the order was not sent.
        WouldBlock = 1 "WOULD_BLOCK",
        /// There was no connection; the order was not sent.
        NotConnected = 2 "NOT_CONNECTED",
        /// The kill latch held it back; the order was not sent.
        Suppressed = 3 "SUPPRESSED",
        /// A rule refused it; `code` is the rule's index.
        Denied = 4 "DENIED",
        /// The venue has it.
        Accepted = 5 "ACCEPTED",
        /// The venue refused it; `code` is the venue's.
        Rejected = 6 "REJECTED",
        /// A fill; `price` and `qty` are this fill's.
        Fill = 7 "FILL",
        /// The venue cancelled it; `qty` is what was filled in all.
        Canceled = 8 "CANCELED",
        /// Its time in force ended it; `qty` is what was filled in all.
        Expired = 9 "EXPIRED",
        /// The venue refused the cancel; `code` is the venue's.
        CancelRejected = 10 "CANCEL_REJECTED",
        /// The venue says that it does not know the outcome; `code` is its.
        OutcomeUnknown = 11 "OUTCOME_UNKNOWN",
        /// The cancel's bytes went to the socket whole.
        CancelSent = 12 "CANCEL_SENT",
        /// The cancel was not sent.
        CancelNotSent = 13 "CANCEL_NOT_SENT",
        /// Part of a frame was written and the rest failed: the outcome is unknown.
        SendFailed = 14 "SEND_FAILED",
        /// A query found no such order. Proves nothing by itself.
        NotFound = 15 "NOT_FOUND",
        /// The venue has amended it; `price` and `qty` are the new ones.
        Amended = 16 "AMENDED",
        /// The last fill: the venue says nothing is left; `price` and `qty` are this fill's.
        FilledAll = 17 "FILLED_ALL",
        /// The amendment's bytes went to the socket, or may have.
        AmendSent = 18 "AMEND_SENT",
        /// The amendment was not sent; `code` is one more than the index of the rule
        /// that refused it, 0 where none did.
        AmendNotSent = 19 "AMEND_NOT_SENT",
        /// The venue refused the amendment, or it is known never to have arrived:
        /// the order is as it was; `code` is the venue's.
        AmendRejected = 20 "AMEND_REJECTED",
    }
}

/// The seat of a council member, in configuration order.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub struct MemberId(pub u8);

impl MemberId {
    /// The council itself, when more than one member spoke.
    pub const COUNCIL: Self = Self(u8::MAX);
}

/// Flags of an order.
pub struct OrderFlags;

impl OrderFlags {
    /// May only bring the position nearer to zero.
    pub const REDUCE_ONLY: u8 = 1;
    /// The flags' text in the order digest.
    #[must_use]
    pub const fn text(flags: u8) -> &'static str {
        if flags & Self::REDUCE_ONLY != 0 { "reduce_only" } else { "" }
    }
}

/// A client order id: 128 bits, written as 32 lower-case hex digits, which fits
/// the id rules of all five venues.
///
/// From the top: 48 bits epoch (milliseconds of venue time at start, or from
/// the seed), 16 bits strategy, 40 bits sequence, 24 bits checksum of the rest.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientOrderId(pub u128);

/// Why a text is not one of our client order ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// Not 32 lower-case hex digits.
    Malformed,
    /// The checksum does not fit: not made by this engine.
    Checksum,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "a client_order_id is 32 lower-case hex digits",
            Self::Checksum => "the id's checksum does not fit: it was not made by this engine",
        })
    }
}

impl std::error::Error for IdError {}

impl ClientOrderId {
    /// No order.
    pub const NONE: Self = Self(0);
    /// Highest sequence: one epoch holds a trillion orders.
    pub const MAX_SEQUENCE: u64 = (1 << 40) - 1;

    /// The id of order `sequence` (from 1) of `strategy` in `epoch`.
    /// Invariant: `sequence` ≤ [`Self::MAX_SEQUENCE`]; the epoch's low 48 bits count.
    #[must_use]
    pub fn new(epoch: u64, strategy: u16, sequence: u64) -> Self {
        assert!(sequence <= Self::MAX_SEQUENCE, "Invariant: one epoch holds 2^40 orders.");
        let head = (u128::from(epoch & ((1 << 48) - 1)) << 56)
            | (u128::from(strategy) << 40)
            | u128::from(sequence);
        Self(head << 24 | u128::from(Self::check(head)))
    }

    /// Reads 32 hex digits and verifies the checksum.
    ///
    /// # Errors
    /// [`IdError`]; a foreign order's id is refused, never half-read.
    pub fn parse(text: &[u8]) -> Result<Self, IdError> {
        if text.len() != 32 {
            return Err(IdError::Malformed);
        }
        let mut value: u128 = 0;
        for &byte in text {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return Err(IdError::Malformed),
            };
            value = value << 4 | u128::from(digit);
        }
        if Self::check(value >> 24) != (value & 0xff_ffff) as u32 {
            return Err(IdError::Checksum);
        }
        Ok(Self(value))
    }

    /// Milliseconds of venue time at the engine's start, or the seed's epoch.
    #[must_use]
    pub const fn epoch(self) -> u64 {
        (self.0 >> 80) as u64
    }

    /// Which strategy made it.
    #[must_use]
    pub const fn strategy(self) -> u16 {
        (self.0 >> 64) as u16
    }

    /// Its number within the epoch, from 1.
    #[must_use]
    pub const fn sequence(self) -> u64 {
        (self.0 >> 24) as u64 & Self::MAX_SEQUENCE
    }

    /// The 32 digits.
    #[must_use]
    pub fn digits(self) -> [u8; 32] {
        let mut out = [0; 32];
        let mut rest = self.0;
        for slot in out.iter_mut().rev() {
            *slot = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        out
    }

    /// 24 bits of a multiply-and-fold over the 104 bits before them. It tells
    /// our ids from foreign ones; it is no protection against forgery.
    fn check(head: u128) -> u32 {
        let low = (head as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let high =
            ((head >> 64) as u64).wrapping_add(0x1234_5678).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        let mixed = (low ^ high.rotate_left(31)).wrapping_mul(0x1656_67b1_9e37_79f9);
        (mixed >> 40) as u32
    }
}

impl fmt::Display for ClientOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ClientOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<ClientOrderId> for Wide {
    fn from(id: ClientOrderId) -> Self {
        Self::new(i128::from_ne_bytes(id.0.to_ne_bytes()))
    }
}

impl From<Wide> for ClientOrderId {
    fn from(wide: Wide) -> Self {
        Self(u128::from_ne_bytes(wide.get().to_ne_bytes()))
    }
}

/// What an intent, an approved order and an order action say: the same fields
/// from the council to the wire.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct OrderFields {
    /// Whose order; for a cancel, the order to cancel.
    pub order: Wide,
    /// Limit price; 0 for a market order and for a cancel.
    pub price: Price,
    /// Quantity, above 0; 0 for a cancel.
    pub qty: Qty,
    /// [`Action`] as a number.
    pub action: u8,
    /// [`Side`] as a number.
    pub side: u8,
    /// [`OrderType`] as a number.
    pub order_type: u8,
    /// [`TimeInForce`] as a number.
    pub time_in_force: u8,
    /// [`OrderFlags`].
    pub flags: u8,
    /// The member who wanted it most.
    pub member: MemberId,
    /// The strategy in its id.
    pub strategy: u16,
}

impl OrderFields {
    /// The order's id.
    #[must_use]
    pub fn id(&self) -> ClientOrderId {
        self.order.into()
    }

    /// Place, amend or cancel. An unknown number reads as cancel, the harmless one.
    #[must_use]
    pub fn action(&self) -> Action {
        Action::from_code(self.action).unwrap_or(Action::Cancel)
    }

    /// Buy or sell.
    #[must_use]
    pub const fn side(&self) -> Side {
        if self.side == 0 { Side::Buy } else { Side::Sell }
    }

    /// Limit or market.
    #[must_use]
    pub const fn order_type(&self) -> OrderType {
        if self.order_type == 0 { OrderType::Limit } else { OrderType::Market }
    }

    /// Time in force; an unknown number reads as IOC, which does not linger.
    #[must_use]
    pub fn time_in_force(&self) -> TimeInForce {
        TimeInForce::from_code(self.time_in_force).unwrap_or(TimeInForce::Ioc)
    }

    /// Whether it may only reduce the position.
    #[must_use]
    pub const fn reduce_only(&self) -> bool {
        self.flags & OrderFlags::REDUCE_ONLY != 0
    }

    /// +qty for a buy, -qty for a sell.
    #[must_use]
    pub const fn signed_qty(&self) -> i64 {
        if self.side == 0 { self.qty.0 } else { -self.qty.0 }
    }
}

/// What became of an order: from the gateway's own socket or from the venue.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Report {
    /// Whose.
    pub order: Wide,
    /// By status.
    pub price: Price,
    /// By status.
    pub qty: Qty,
    /// The venue's error code, or the rule's index for a denial, or for a fill the
    /// [`FeeAsset`] of its detail.
    pub code: i32,
    /// [`ReportStatus`] as a number.
    pub status: u8,
    /// [`Liquidity`] as a number.
    pub liquidity: u8,
    /// [`Side`] as a number, for fills.
    pub side: u8,
    /// 1 when a [`ReportDetail`] follows in the same group.
    pub detailed: u8,
}

impl Report {
    /// A report without price, quantity and detail.
    #[must_use]
    pub fn new(order: ClientOrderId, status: ReportStatus, code: i32) -> Self {
        Self { order: order.into(), status: status as u8, code, ..Self::zeroed() }
    }

    /// The order's id.
    #[must_use]
    pub fn id(&self) -> ClientOrderId {
        self.order.into()
    }

    /// What happened, if this version knows it.
    #[must_use]
    pub const fn status(&self) -> Option<ReportStatus> {
        ReportStatus::from_code(self.status)
    }

    /// Buy or sell.
    #[must_use]
    pub const fn side(&self) -> Side {
        if self.side == 0 { Side::Buy } else { Side::Sell }
    }

    /// What a fill's fee was paid in; one that this version does not know is a
    /// third asset.
    #[must_use]
    pub fn fee_asset(&self) -> FeeAsset {
        let code = u8::try_from(self.code).ok();
        code.and_then(FeeAsset::from_code).unwrap_or(FeeAsset::Other)
    }

    /// Whether it tells of a fill.
    #[must_use]
    pub fn is_fill(&self) -> bool {
        matches!(self.status(), Some(ReportStatus::Fill | ReportStatus::FilledAll))
    }
}

/// The venue's side of a report.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct ReportDetail {
    /// The venue's id of the order; 0 where it did not say.
    pub venue_order_id: u64,
    /// The venue's id of the fill; 0 when there is none.
    pub trade_id: u64,
    /// The fee at scale 18, in the asset that [`Report::fee_asset`] names;
    /// negative is a rebate.
    pub fee: Wide,
    /// When the venue says it happened.
    pub exch_ts: Nanos,
}

/// An order's state changed, by the table in the gateway.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Transition {
    /// Whose.
    pub order: Wide,
    /// Filled so far.
    pub filled: Qty,
    /// What was ordered.
    pub qty: Qty,
    /// [`OrderState`] before, as a number.
    pub from: u8,
    /// [`OrderState`] after, as a number.
    pub to: u8,
    /// The [`ReportStatus`] that caused it; 255 when a timer did.
    pub cause: u8,
    /// Zero.
    pub pad: [u8; 5],
}

impl Transition {
    /// The order's id.
    #[must_use]
    pub fn id(&self) -> ClientOrderId {
        self.order.into()
    }

    /// The state after; an unknown number reads as UNKNOWN.
    #[must_use]
    pub fn to(&self) -> OrderState {
        OrderState::from_code(self.to).unwrap_or(OrderState::Unknown)
    }

    /// The state before; an unknown number reads as UNKNOWN.
    #[must_use]
    pub fn from(&self) -> OrderState {
        OrderState::from_code(self.from).unwrap_or(OrderState::Unknown)
    }
}
