//! The symbol lock: every report in every stand, against what the design says.

use super::{fill, id};
use crate::desk::{Cancel, Desk, Stand, Standing};
use types::{Nanos, Price, Qty, Report, ReportStatus, Side};

fn desk() -> Desk {
    let standing = Standing::new(id(1), Side::Buy, Price(100), Qty(50), Nanos(0));
    Desk { standing: Some(standing), ..Desk::default() }
}

fn tell(desk: &mut Desk, status: ReportStatus) -> bool {
    desk.on_report(&Report::new(id(1), status, 0), Nanos(9))
}

/// Locked after these reports, or free.
fn locked(told: &[ReportStatus]) -> bool {
    let mut desk = desk();
    for status in told {
        tell(&mut desk, *status);
    }
    desk.standing.is_some()
}

#[test]
fn holds_the_lock_until_an_end() {
    use ReportStatus::*;
    for end in [FilledAll, Rejected, Canceled, Expired] {
        for before in [Sent, Accepted, OutcomeUnknown, SendFailed, NotFound, CancelSent] {
            assert!(!locked(&[before, end]), "{before} then {end}");
        }
    }
    for kept in [
        Sent,
        Accepted,
        Amended,
        Fill,
        OutcomeUnknown,
        SendFailed,
        NotFound,
        CancelSent,
        CancelNotSent,
        CancelRejected,
        AmendSent,
        AmendNotSent,
        AmendRejected,
    ] {
        assert!(locked(&[kept]), "{kept}");
    }
}

#[test]
fn not_sent_frees_only_what_was_not_heard_of() {
    use ReportStatus::*;
    for not_sent in [Denied, WouldBlock, NotConnected, Suppressed] {
        assert!(!locked(&[not_sent]), "{not_sent}");
        for heard in [Sent, Accepted, OutcomeUnknown, SendFailed, Fill] {
            assert!(locked(&[heard, not_sent]), "{heard} then {not_sent}");
        }
    }
}

#[test]
fn unknown_stays_unknown_until_the_end() {
    use ReportStatus::*;
    let mut desk = desk();
    tell(&mut desk, OutcomeUnknown);
    for late in [Accepted, Fill, Amended, Sent, NotFound] {
        tell(&mut desk, late);
        assert_eq!(desk.standing.unwrap().stand, Stand::Unknown, "{late}");
    }
    assert!(tell(&mut desk, Expired));
}

#[test]
fn a_closed_connection_makes_what_is_in_flight_unknown() {
    let mut flying = desk();
    flying.on_link_down(Nanos(5));
    assert_eq!(flying.standing.unwrap().stand, Stand::Unknown);
    assert!(tell(&mut flying, ReportStatus::NotConnected), "it never left");
    let mut working = desk();
    tell(&mut working, ReportStatus::Accepted);
    working.standing.as_mut().unwrap().cancel = Cancel::Asked;
    working.on_link_down(Nanos(5));
    let standing = working.standing.unwrap();
    assert_eq!((standing.stand, standing.cancel), (Stand::Working, Cancel::Failed(Nanos(5))));
}

#[test]
fn a_cancel_is_asked_for_once_and_again_only_when_it_failed() {
    let (now, interval) = (Nanos(1_000), Nanos(500));
    let mut desk = desk();
    assert!(!desk.standing.unwrap().cancellable(now, interval), "in flight");
    tell(&mut desk, ReportStatus::Accepted);
    assert!(desk.standing.unwrap().cancellable(now, interval));
    desk.standing.as_mut().unwrap().cancel = Cancel::Asked;
    tell(&mut desk, ReportStatus::CancelSent);
    assert!(!desk.standing.unwrap().cancellable(Nanos(i64::MAX), interval));
    tell(&mut desk, ReportStatus::CancelRejected);
    let standing = desk.standing.unwrap();
    assert!(!standing.cancellable(Nanos(508), interval));
    assert!(standing.cancellable(Nanos(509), interval));
}

#[test]
fn fills_take_from_the_order_and_the_last_one_frees() {
    let mut desk = desk();
    for (qty, left) in [(20, Some(30)), (30, None)] {
        let report = fill(1, Side::Buy, qty, ReportStatus::Fill);
        desk.on_fill(&report);
        desk.on_report(&report, Nanos(0));
        assert_eq!(desk.standing.map(|standing| standing.remaining), left);
    }
}

#[test]
fn reports_on_other_orders_change_nothing() {
    for status in ReportStatus::ALL {
        let mut own = desk();
        assert!(!own.on_report(&Report::new(id(2), *status, 0), Nanos(0)));
        assert_eq!(own.standing, desk().standing);
    }
}
