//! An order's life as data: which report moves it from which state to which.
//!
//! Read by the gateway for each sequenced report and timer. UNKNOWN is entered when nobody can say
//! what happened and left only by a word from the venue.

use types::{OrderState as S, ReportStatus as R};

/// What moves an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A sequenced report.
    Report(R),
    /// No answer within the order's deadline, or the connection closed while
    /// one was due.
    TimedOut,
}

impl Cause {
    /// As it stands in a Transition record: the report's code, 255 for a deadline.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Report(status) => status as u8,
            Self::TimedOut => 255,
        }
    }

    /// As it is printed.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Report(status) => status.as_str(),
            Self::TimedOut => "TIMED_OUT",
        }
    }
}

/// What a cause does to an order in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It moves there.
    To(S),
    /// A cancel that was refused, an amendment that was answered: back to what the
    /// fills say; UNKNOWN when the venue has never spoken of the order as its own.
    Back,
    /// It stays; the report says nothing new.
    Stay,
    /// The venue contradicts what we know: it stays, counted and shown.
    Contradiction,
}

/// A row of the table.
pub type Row = (S, Cause, Next);

const fn on(state: S, report: R, to: S) -> Row {
    (state, Cause::Report(report), Next::To(to))
}

const fn stay(state: S, report: R) -> Row {
    (state, Cause::Report(report), Next::Stay)
}

/// Every pair that is not a contradiction.
pub const LIFE: &[Row] = &[
    // Approved: its bytes are on their way to the socket.
    on(S::Approved, R::Sent, S::Submitted),
    on(S::Approved, R::WouldBlock, S::Denied),
    on(S::Approved, R::NotConnected, S::Denied),
    on(S::Approved, R::Suppressed, S::Denied),
    on(S::Approved, R::SendFailed, S::Unknown),
    (S::Approved, Cause::TimedOut, Next::To(S::Unknown)),
    // Submitted: the venue has not answered.
    on(S::Submitted, R::Accepted, S::Accepted),
    on(S::Submitted, R::Rejected, S::Rejected),
    on(S::Submitted, R::Fill, S::PartiallyFilled),
    on(S::Submitted, R::FilledAll, S::Filled),
    on(S::Submitted, R::Canceled, S::Canceled),
    on(S::Submitted, R::Expired, S::Expired),
    on(S::Submitted, R::OutcomeUnknown, S::Unknown),
    on(S::Submitted, R::CancelSent, S::PendingCancel),
    stay(S::Submitted, R::CancelNotSent),
    stay(S::Submitted, R::CancelRejected),
    stay(S::Submitted, R::NotFound),
    stay(S::Submitted, R::AmendNotSent),
    (S::Submitted, Cause::TimedOut, Next::To(S::Unknown)),
    // Accepted: it rests at the venue.
    stay(S::Accepted, R::Accepted),
    on(S::Accepted, R::Fill, S::PartiallyFilled),
    on(S::Accepted, R::FilledAll, S::Filled),
    on(S::Accepted, R::Canceled, S::Canceled),
    on(S::Accepted, R::Expired, S::Expired),
    on(S::Accepted, R::CancelSent, S::PendingCancel),
    stay(S::Accepted, R::CancelNotSent),
    stay(S::Accepted, R::CancelRejected),
    on(S::Accepted, R::AmendSent, S::PendingReplace),
    stay(S::Accepted, R::AmendNotSent),
    stay(S::Accepted, R::AmendRejected),
    stay(S::Accepted, R::Amended),
    stay(S::Accepted, R::OutcomeUnknown),
    (S::Accepted, Cause::TimedOut, Next::Stay),
    // Partially filled: the rest rests.
    stay(S::PartiallyFilled, R::Accepted),
    on(S::PartiallyFilled, R::Fill, S::PartiallyFilled),
    on(S::PartiallyFilled, R::FilledAll, S::Filled),
    on(S::PartiallyFilled, R::Canceled, S::Canceled),
    on(S::PartiallyFilled, R::Expired, S::Expired),
    on(S::PartiallyFilled, R::CancelSent, S::PendingCancel),
    stay(S::PartiallyFilled, R::CancelNotSent),
    stay(S::PartiallyFilled, R::CancelRejected),
    on(S::PartiallyFilled, R::AmendSent, S::PendingReplace),
    stay(S::PartiallyFilled, R::AmendNotSent),
    stay(S::PartiallyFilled, R::AmendRejected),
    stay(S::PartiallyFilled, R::Amended),
    stay(S::PartiallyFilled, R::OutcomeUnknown),
    (S::PartiallyFilled, Cause::TimedOut, Next::Stay),
    // Pending cancel: the venue may still fill it.
    stay(S::PendingCancel, R::Accepted),
    stay(S::PendingCancel, R::Fill),
    stay(S::PendingCancel, R::CancelSent),
    stay(S::PendingCancel, R::CancelNotSent),
    on(S::PendingCancel, R::FilledAll, S::Filled),
    on(S::PendingCancel, R::Canceled, S::Canceled),
    on(S::PendingCancel, R::Expired, S::Expired),
    on(S::PendingCancel, R::Rejected, S::Rejected),
    on(S::PendingCancel, R::OutcomeUnknown, S::Unknown),
    // An amendment that was under way when the cancel was sent.
    stay(S::PendingCancel, R::AmendSent),
    stay(S::PendingCancel, R::AmendNotSent),
    stay(S::PendingCancel, R::AmendRejected),
    stay(S::PendingCancel, R::Amended),
    stay(S::PendingCancel, R::NotFound),
    (S::PendingCancel, Cause::Report(R::CancelRejected), Next::Back),
    (S::PendingCancel, Cause::TimedOut, Next::To(S::Unknown)),
    // Pending replace: the old terms or the new ones may be filled meanwhile.
    stay(S::PendingReplace, R::Accepted),
    stay(S::PendingReplace, R::Fill),
    stay(S::PendingReplace, R::AmendSent),
    stay(S::PendingReplace, R::AmendNotSent),
    stay(S::PendingReplace, R::CancelNotSent),
    stay(S::PendingReplace, R::CancelRejected),
    stay(S::PendingReplace, R::NotFound),
    on(S::PendingReplace, R::FilledAll, S::Filled),
    on(S::PendingReplace, R::Canceled, S::Canceled),
    on(S::PendingReplace, R::Expired, S::Expired),
    on(S::PendingReplace, R::Rejected, S::Rejected),
    on(S::PendingReplace, R::OutcomeUnknown, S::Unknown),
    on(S::PendingReplace, R::CancelSent, S::PendingCancel),
    (S::PendingReplace, Cause::Report(R::Amended), Next::Back),
    (S::PendingReplace, Cause::Report(R::AmendRejected), Next::Back),
    (S::PendingReplace, Cause::TimedOut, Next::To(S::Unknown)),
    // Unknown: only the venue's word ends it.
    (S::Unknown, Cause::Report(R::Amended), Next::Back),
    (S::Unknown, Cause::Report(R::AmendRejected), Next::Back),
    stay(S::Unknown, R::AmendSent),
    stay(S::Unknown, R::AmendNotSent),
    on(S::Unknown, R::Accepted, S::Accepted),
    on(S::Unknown, R::Rejected, S::Rejected),
    on(S::Unknown, R::Fill, S::PartiallyFilled),
    on(S::Unknown, R::FilledAll, S::Filled),
    on(S::Unknown, R::Canceled, S::Canceled),
    on(S::Unknown, R::Expired, S::Expired),
    // A deadline that passed before the socket's own word was sequenced.
    stay(S::Unknown, R::Sent),
    on(S::Unknown, R::WouldBlock, S::Denied),
    on(S::Unknown, R::NotConnected, S::Denied),
    on(S::Unknown, R::Suppressed, S::Denied),
    stay(S::Unknown, R::SendFailed),
    stay(S::Unknown, R::NotFound),
    stay(S::Unknown, R::OutcomeUnknown),
    stay(S::Unknown, R::CancelSent),
    stay(S::Unknown, R::CancelNotSent),
    stay(S::Unknown, R::CancelRejected),
    (S::Unknown, Cause::TimedOut, Next::Stay),
    // Over: answers that were under way when it ended.
    stay(S::Filled, R::Accepted),
    stay(S::Filled, R::NotFound),
    stay(S::Filled, R::CancelSent),
    stay(S::Filled, R::CancelNotSent),
    stay(S::Filled, R::CancelRejected),
    stay(S::Filled, R::AmendSent),
    stay(S::Filled, R::AmendNotSent),
    stay(S::Filled, R::AmendRejected),
    stay(S::Filled, R::Amended),
    stay(S::Canceled, R::Accepted),
    stay(S::Canceled, R::Canceled),
    stay(S::Canceled, R::NotFound),
    stay(S::Canceled, R::CancelSent),
    stay(S::Canceled, R::CancelNotSent),
    stay(S::Canceled, R::CancelRejected),
    stay(S::Canceled, R::AmendSent),
    stay(S::Canceled, R::AmendNotSent),
    stay(S::Canceled, R::AmendRejected),
    stay(S::Canceled, R::Amended),
    stay(S::Expired, R::Accepted),
    stay(S::Expired, R::Expired),
    stay(S::Expired, R::NotFound),
    stay(S::Expired, R::CancelSent),
    stay(S::Expired, R::CancelNotSent),
    stay(S::Expired, R::CancelRejected),
    stay(S::Expired, R::AmendSent),
    stay(S::Expired, R::AmendNotSent),
    stay(S::Expired, R::AmendRejected),
    stay(S::Expired, R::Amended),
    stay(S::Rejected, R::Rejected),
    stay(S::Rejected, R::NotFound),
    stay(S::Rejected, R::CancelSent),
    stay(S::Rejected, R::CancelNotSent),
    stay(S::Rejected, R::CancelRejected),
    stay(S::Rejected, R::AmendSent),
    stay(S::Rejected, R::AmendNotSent),
    stay(S::Rejected, R::AmendRejected),
    stay(S::Rejected, R::Amended),
];

/// Whether only the venue can say this, and only of an order that was placed. A
/// refused cancel is not: it may be refused because there is no such order.
#[must_use]
pub const fn proves_placed(report: R) -> bool {
    matches!(report, R::Accepted | R::Fill | R::FilledAll | R::Canceled | R::Expired | R::Amended)
}

/// Index of a cause in a row of the dense table.
const CAUSES: usize = R::ALL.len() + 1;

const fn column(cause: Cause) -> usize {
    match cause {
        Cause::Report(status) => status as usize,
        Cause::TimedOut => R::ALL.len(),
    }
}

static DENSE: [[Next; CAUSES]; S::ALL.len()] = {
    let mut table = [[Next::Contradiction; CAUSES]; S::ALL.len()];
    let mut index = 0;
    while index < LIFE.len() {
        let (state, cause, next) = LIFE[index];
        table[state as usize][column(cause)] = next;
        index += 1;
    }
    table
};

/// What `cause` does to an order in `state`.
#[must_use]
pub fn next_state(state: S, cause: Cause) -> Next {
    DENSE[state as usize][column(cause)]
}
