//! Amendments under the rules: more of an order is more exposure, from the moment
//! that it is approved until somebody has said what it came to.

use super::{Line, all_off, fill, id, order, settings};
use types::{Action, CommandOp, OrderFields, Price, Qty, Report, ReportStatus, Side};

/// New terms for order `sequence`.
fn amend(sequence: u64, side: Side, qty: i64) -> OrderFields {
    let price = 6_500_000 + sequence.cast_signed();
    OrderFields { action: Action::Amend as u8, ..order(sequence, side, price, qty) }
}

fn told(line: &mut Line, sequence: u64, status: ReportStatus, qty: i64) {
    let report = Report { qty: Qty(qty), ..Report::new(id(sequence), status, 0) };
    line.report(0, report, 0);
}

/// Orders of `qty`, at the venue. The position may be 0.50000 at most.
fn working(orders: &[(u64, i64)]) -> Line {
    let mut line = Line::ready(&settings());
    for (sequence, qty) in orders {
        let place =
            OrderFields { action: Action::Place as u8, ..amend(*sequence, Side::Buy, *qty) };
        assert_eq!(line.refusal(0, place), None);
        told(&mut line, *sequence, ReportStatus::Sent, 0);
        told(&mut line, *sequence, ReportStatus::Accepted, 0);
    }
    line
}

/// Four orders that leave room for 0.00010.
fn nearly_full() -> Line {
    working(&[(1, 12_500), (2, 12_500), (3, 12_500), (4, 12_490)])
}

#[test]
fn an_amendment_passes_at_the_limit_and_not_a_lot_beyond() {
    assert_eq!(nearly_full().refusal(0, amend(4, Side::Buy, 12_500)), None);
    assert_eq!(nearly_full().refusal(0, amend(4, Side::Buy, 12_510)), Some("max_position"));
    // What is filled is position by now, and part of the new quantity.
    let mut line = nearly_full();
    line.report(0, fill(4, Side::Buy, 5_000), 11);
    assert_eq!(line.refusal(0, amend(4, Side::Buy, 12_510)), Some("max_position"));
    assert_eq!(line.refusal(0, amend(4, Side::Buy, 12_500)), None);
}

#[test]
fn the_larger_quantity_counts_until_the_venue_has_spoken() {
    use ReportStatus::{
        AmendNotSent, AmendRejected, AmendSent, Amended, CancelRejected, NotFound, OutcomeUnknown,
    };
    let more = |line: &mut Line| {
        let refused = line.refusal(0, order(9, Side::Buy, 6_500_009, 20)).is_some();
        if !refused {
            told(line, 9, ReportStatus::Rejected, 0);
        }
        refused
    };
    // Up: reserved at once, let go when it came to nothing.
    for (said, qty, full) in [
        (AmendSent, 0, true),
        (OutcomeUnknown, 0, true),
        (NotFound, 0, true),
        (CancelRejected, 0, true),
        (Amended, 12_500, true),
        (AmendRejected, 0, false),
        (AmendNotSent, 0, false),
    ] {
        let mut line = working(&[(1, 12_500), (2, 12_500), (3, 12_500), (4, 12_470)]);
        assert_eq!(line.refusal(0, amend(4, Side::Buy, 12_490)), None);
        told(&mut line, 4, said, qty);
        assert_eq!(more(&mut line), full, "up, {said}");
    }
    // Down: the old quantity may still fill until the new one is confirmed.
    for (said, qty, full) in
        [(AmendSent, 0, true), (AmendRejected, 0, true), (Amended, 12_000, false)]
    {
        let mut line = nearly_full();
        assert_eq!(line.refusal(0, amend(4, Side::Buy, 12_000)), None);
        told(&mut line, 4, said, qty);
        assert_eq!(more(&mut line), full, "down, {said}");
    }
}

#[test]
fn one_amendment_at_a_time() {
    let mut line = working(&[(1, 1_000)]);
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 1_010)), None);
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 1_020)), Some("not_amendable"));
    told(&mut line, 1, ReportStatus::Amended, 1_010);
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 1_020)), None);
}

#[test]
fn what_does_not_work_or_leaves_nothing_is_not_amended() {
    let mut line = Line::new(&all_off());
    line.command(0, CommandOp::Arm);
    let place = OrderFields { action: Action::Place as u8, ..amend(1, Side::Buy, 1_000) };
    assert_eq!(line.refusal(0, place), None);
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 900)), Some("not_amendable"), "not sent yet");
    told(&mut line, 1, ReportStatus::Accepted, 0);
    assert_eq!(line.refusal(0, amend(1, Side::Sell, 900)), Some("not_amendable"));
    assert_eq!(line.refusal(0, amend(2, Side::Buy, 900)), Some("not_amendable"));
    line.report(0, fill(1, Side::Buy, 400), 12);
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 400)), Some("not_amendable"));
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 0)), Some("malformed_order"));
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 410)), None);
    told(&mut line, 1, ReportStatus::Canceled, 400);
    assert_eq!(line.counters.live(), 0);
}

#[test]
fn amendments_are_judged_like_places() {
    let mut line = working(&[(1, 1_000)]);
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 1_005)), Some("conformity"));
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 20_010)), Some("max_order_qty"));
    let far = OrderFields { price: Price(9_000_000), ..amend(1, Side::Buy, 1_010) };
    assert_eq!(line.refusal(0, far), Some("price_collar"));
    line.command(0, CommandOp::Drain);
    assert_eq!(line.refusal(0, amend(1, Side::Buy, 1_010)), Some("kill_latch"));
}
