//! One instrument's desk: the symbol lock, and the order that stands.
//!
//! Fed by intents and reports; read by the stage. The lock is the standing
//! order itself: from its intent until a report ends it there is no second one.
//! Never here: a release on UNKNOWN, on silence, or on a closed connection.

use types::{ClientOrderId, Nanos, Price, Qty, Report, ReportStatus, Side};

/// How far the standing order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// Asked for; nobody has answered.
    InFlight,
    /// The venue has it.
    Working,
    /// Nobody knows. Only the end of the order leads out.
    Unknown,
}

/// Where the standing order's cancel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancel {
    /// Not asked for.
    No,
    /// Asked for; wait for the answer.
    Asked,
    /// It came to nothing at this time; ask again after the interval.
    Failed(Nanos),
}

/// Where the standing order's amendment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amend {
    /// Not asked for.
    No,
    /// Asked for; wait for the answer.
    Asked,
    /// It came to nothing at this time; ask again after the interval.
    Failed(Nanos),
}

/// The one order of a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) id: ClientOrderId,
    pub(crate) side: Side,
    pub(crate) price: Price,
    /// What was ordered in all, by the venue's last word on it.
    qty: i64,
    /// What is left to fill.
    pub(crate) remaining: i64,
    /// The time of its intent.
    pub(crate) placed: Nanos,
    pub(crate) stand: Stand,
    pub(crate) cancel: Cancel,
    pub(crate) amend: Amend,
    /// [`types::OrderFlags`] that it was placed with.
    pub(crate) flags: u8,
    /// Somebody wants it gone, whatever its age.
    pub(crate) unwanted: bool,
    /// Its bytes left, or the venue answered: "not sent" is no longer possible.
    sent: bool,
}

impl Standing {
    /// An order that is asked for now.
    pub(crate) const fn new(
        id: ClientOrderId,
        side: Side,
        price: Price,
        qty: Qty,
        placed: Nanos,
    ) -> Self {
        Self {
            id,
            side,
            price,
            qty: qty.0,
            remaining: qty.0,
            placed,
            stand: Stand::InFlight,
            cancel: Cancel::No,
            amend: Amend::No,
            flags: 0,
            unwanted: false,
            sent: false,
        }
    }

    /// Whether a cancel may be asked for now: the venue may have the order, and
    /// no other cancel is under way or has failed within `interval`.
    pub(crate) fn cancellable(&self, now: Nanos, interval: Nanos) -> bool {
        self.stand != Stand::InFlight
            && match self.cancel {
                Cancel::No => true,
                Cancel::Asked => false,
                Cancel::Failed(at) => now.0.saturating_sub(at.0) >= interval.0,
            }
    }
}

impl Standing {
    /// Whether new terms may be asked for now: it works, and neither its end nor
    /// other terms are under way or have failed within `interval`.
    pub(crate) fn amendable(&self, now: Nanos, interval: Nanos) -> bool {
        let free = match self.amend {
            Amend::No => true,
            Amend::Asked => false,
            Amend::Failed(at) => now.0.saturating_sub(at.0) >= interval.0,
        };
        free && self.stand == Stand::Working && self.cancel == Cancel::No && !self.unwanted
    }

    /// The same, placed with these flags.
    pub(crate) const fn with_flags(self, flags: u8) -> Self {
        Self { flags, ..self }
    }

    /// What was ordered in all.
    pub(crate) const fn qty(&self) -> Qty {
        Qty(self.qty)
    }

    /// The venue has new terms in force.
    fn on_amended(&mut self, report: &Report) {
        if report.qty.0 > 0 {
            let filled = self.qty.saturating_sub(self.remaining);
            self.remaining = report.qty.0.saturating_sub(filled).max(0);
            (self.price, self.qty) = (report.price, report.qty.0);
        }
        self.amend = Amend::No;
    }
}

/// The desk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Desk {
    pub(crate) standing: Option<Standing>,
    /// The time of the last place.
    pub(crate) placed: Option<Nanos>,
}

impl Desk {
    /// A new fill takes from the standing order, if it is that order's.
    pub(crate) fn on_fill(&mut self, report: &Report) {
        if let Some(standing) = self.standing.as_mut().filter(|s| s.id == report.id()) {
            standing.remaining = standing.remaining.saturating_sub(report.qty.0.max(0)).max(0);
        }
    }

    /// What became of the standing order. True when that ended it, and the lock
    /// is free. Reports on other orders change nothing.
    pub(crate) fn on_report(&mut self, report: &Report, now: Nanos) -> bool {
        let Some(standing) = self.standing.as_mut().filter(|s| s.id == report.id()) else {
            return false;
        };
        if report.status() == Some(ReportStatus::Amended) {
            standing.on_amended(report);
        }
        let ended = report.status().is_some_and(|status| standing.take(status, now));
        if ended {
            self.standing = None;
        }
        ended
    }

    /// The order connection is gone: what is in flight may have arrived or not,
    /// and so may a cancel.
    pub(crate) fn on_link_down(&mut self, now: Nanos) {
        if let Some(standing) = self.standing.as_mut() {
            if standing.stand == Stand::InFlight {
                standing.stand = Stand::Unknown;
            }
            if standing.cancel == Cancel::Asked {
                standing.cancel = Cancel::Failed(now);
            }
            // An amendment may have arrived: the gateway asks, and its word frees it.
        }
    }
}

impl Standing {
    /// Takes a report in; true when the order is over.
    fn take(&mut self, status: ReportStatus, now: Nanos) -> bool {
        match status {
            ReportStatus::FilledAll
            | ReportStatus::Rejected
            | ReportStatus::Canceled
            | ReportStatus::Expired => true,
            // Not sent ends only an order of which nothing else was heard; after
            // that it tells of a cancel.
            ReportStatus::Denied
            | ReportStatus::WouldBlock
            | ReportStatus::NotConnected
            | ReportStatus::Suppressed => {
                self.fail_cancel(now);
                !self.sent
            }
            ReportStatus::Sent => {
                self.sent = true;
                false
            }
            ReportStatus::Accepted | ReportStatus::Amended => {
                self.known();
                false
            }
            ReportStatus::Fill => {
                self.known();
                self.remaining == 0
            }
            ReportStatus::OutcomeUnknown | ReportStatus::SendFailed => {
                self.sent = true;
                self.stand = Stand::Unknown;
                self.fail_cancel(now);
                false
            }
            ReportStatus::CancelRejected | ReportStatus::CancelNotSent => {
                self.fail_cancel(now);
                false
            }
            ReportStatus::AmendRejected | ReportStatus::AmendNotSent => {
                self.amend = Amend::Failed(now);
                false
            }
            // Sent is not answered, and a query that found nothing proves nothing.
            ReportStatus::CancelSent | ReportStatus::AmendSent | ReportStatus::NotFound => false,
        }
    }

    /// The venue has it. An unknown order stays unknown until its end.
    fn known(&mut self) {
        self.sent = true;
        if self.stand == Stand::InFlight {
            self.stand = Stand::Working;
        }
    }

    fn fail_cancel(&mut self, now: Nanos) {
        if self.cancel == Cancel::Asked {
            self.cancel = Cancel::Failed(now);
        }
    }
}
