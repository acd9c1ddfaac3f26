//! The account against a slow twin that recounts everything from the history,
//! and the order table against a map.

use super::{ONE, fill, id, order};
use crate::exposure::{Exposure, Held};
use crate::orders::{LiveOrder, ORDER_CAPACITY, Orders};
use crate::rate::{REMEMBERED, Rate};
use account::Told;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use types::{
    ClientOrderId, HeldPosition, InstrumentId, Nanos, Price, Qty, Report, ReportDetail,
    ReportStatus, Side, Wide,
};

fn report(sequence: u64, status: ReportStatus, qty: i64) -> Report {
    Report { qty: Qty(qty), ..Report::new(id(sequence), status, 0) }
}

fn told(report: &Report, trade_id: u64) -> Told {
    let (venue_order_id, exch_ts, fee) = (0, Nanos(0), Wide::new(0));
    let detail = ReportDetail { venue_order_id, trade_id, fee, exch_ts };
    Told { instrument: ONE, at: Nanos(0), report: *report, detail: Some(detail) }
}

fn tell(exposure: &mut Exposure, report: &Report, trade_id: u64) {
    exposure.on_report(&told(report, trade_id), None);
}

fn one_order(qty: i64) -> Exposure {
    let mut exposure = Exposure::new(1);
    assert!(exposure.reserve(ONE, &order(1, Side::Buy, 1, qty)));
    exposure
}

fn buying(exposure: &Exposure) -> (i128, i128) {
    let held = exposure.held(ONE);
    (held.position, held.buying)
}

#[test]
fn reserves_from_the_moment_of_approval() {
    assert_eq!(buying(&one_order(100)), (0, 100));
}

#[test]
fn a_fill_turns_reservation_into_position_once() {
    let mut exposure = one_order(100);
    tell(&mut exposure, &fill(1, Side::Buy, 30), 7);
    tell(&mut exposure, &fill(1, Side::Buy, 30), 7);
    assert_eq!(buying(&exposure), (30, 70));
    tell(&mut exposure, &fill(1, Side::Buy, 70), 8);
    assert_eq!(buying(&exposure), (100, 0));
    assert_eq!(exposure.orders().live(), 0);
}

#[test]
fn unknown_outcomes_and_not_found_keep_the_reservation() {
    use ReportStatus::{
        CancelNotSent, CancelRejected, CancelSent, NotFound, OutcomeUnknown, SendFailed,
    };
    for status in [OutcomeUnknown, SendFailed, NotFound, CancelSent, CancelNotSent, CancelRejected]
    {
        let mut exposure = one_order(100);
        tell(&mut exposure, &report(1, status, 0), 0);
        assert_eq!(buying(&exposure), (0, 100), "{status}");
    }
}

#[test]
fn what_was_not_sent_is_released_unless_something_was_heard_of_it() {
    use ReportStatus::{
        Accepted, Denied, NotConnected, OutcomeUnknown, Sent, Suppressed, WouldBlock,
    };
    for status in [WouldBlock, NotConnected, Suppressed, Denied] {
        let mut exposure = one_order(100);
        tell(&mut exposure, &report(1, status, 0), 0);
        assert_eq!(buying(&exposure), (0, 0), "{status}");
        for heard in [Sent, Accepted, OutcomeUnknown] {
            let mut exposure = one_order(100);
            tell(&mut exposure, &report(1, heard, 0), 0);
            tell(&mut exposure, &report(1, status, 0), 0);
            assert_eq!(buying(&exposure), (0, 100), "{status} after {heard}");
        }
    }
}

#[test]
fn the_end_releases_what_is_left() {
    use ReportStatus::{Canceled, Expired, FilledAll, Rejected};
    for status in [Rejected, Canceled, Expired] {
        let mut exposure = one_order(100);
        tell(&mut exposure, &fill(1, Side::Buy, 40), 1);
        tell(&mut exposure, &report(1, status, 40), 0);
        assert_eq!(buying(&exposure), (40, 0), "{status}");
    }
    let mut exposure = one_order(100);
    tell(&mut exposure, &report(1, FilledAll, 90), 5);
    assert_eq!(buying(&exposure), (90, 0), "the venue says nothing is left");
}

#[test]
fn a_fill_told_after_the_end_stays_reserved_until_it_is_told() {
    let mut exposure = one_order(100);
    tell(&mut exposure, &fill(1, Side::Buy, 10), 1);
    tell(&mut exposure, &report(1, ReportStatus::Canceled, 35), 0);
    assert_eq!(buying(&exposure), (10, 25));
    tell(&mut exposure, &fill(1, Side::Buy, 25), 2);
    assert_eq!(buying(&exposure), (35, 0));
    assert_eq!(exposure.orders().live(), 0);
}

#[test]
fn a_fill_of_an_order_that_is_gone_still_moves_the_position() {
    let mut exposure = one_order(100);
    tell(&mut exposure, &report(1, ReportStatus::Canceled, 0), 0);
    tell(&mut exposure, &fill(1, Side::Buy, 20), 3);
    tell(&mut exposure, &fill(99, Side::Sell, 5), 4);
    assert_eq!(buying(&exposure), (15, 0));
}

#[test]
fn an_amendment_changes_what_is_reserved() {
    let mut exposure = one_order(100);
    tell(&mut exposure, &fill(1, Side::Buy, 40), 1);
    tell(&mut exposure, &report(1, ReportStatus::Amended, 60), 0);
    assert_eq!(buying(&exposure), (40, 20));
    tell(&mut exposure, &report(1, ReportStatus::Amended, 30), 0);
    assert_eq!((buying(&exposure), exposure.orders().live()), ((40, 0), 0));
}

#[test]
fn a_recovered_position_is_taken_as_stated() {
    let mut exposure = Exposure::new(1);
    let stated = HeldPosition { qty: Qty(-7), entry: Price(1), pad: [0; 3] };
    exposure.on_held(ONE, None, &stated);
    assert_eq!(exposure.held(ONE).position, -7);
}

#[test]
fn impossible_reports_change_nothing() {
    let mut exposure = one_order(100);
    tell(&mut exposure, &fill(1, Side::Buy, i64::MIN), 1);
    let told = told(&fill(1, Side::Buy, 10), 2);
    exposure.on_report(&Told { instrument: InstrumentId::NONE, ..told }, None);
    tell(&mut exposure, &Report { status: 200, ..fill(1, Side::Buy, 10) }, 3);
    assert_eq!(buying(&exposure), (0, 100));
    tell(&mut exposure, &fill(1, Side::Buy, i64::MAX), 4);
    assert_eq!(buying(&exposure), (i128::from(i64::MAX), 0), "an overfill is still a fill");
}

/// What happens to one of eight orders.
#[derive(Clone, Copy, Debug)]
enum Step {
    Approve(u64, Side, i64),
    Tell(u64, ReportStatus, i64, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let status = prop::sample::select(ReportStatus::ALL);
    // Few ids and few fill ids, so that most reports are late or told twice.
    let step = prop_oneof![
        1 => (1..8_u64, side, 1..100_i64).prop_map(|(id, side, qty)| Step::Approve(id, side, qty)),
        4 => (1..8_u64, status, 0..60_i64, 0..24_u64)
            .prop_map(|(id, status, qty, trade)| Step::Tell(id, status, qty, trade)),
    ];
    prop::collection::vec(step, 0..120)
}

/// One order of the twin: its whole history, recounted for every answer.
#[derive(Clone, Debug)]
struct Story {
    side: Side,
    qty: i64,
    told: Vec<(ReportStatus, i64)>,
}

/// What the story says is still reserved; `None` when the order is over.
fn reserved(story: &Story) -> Option<i64> {
    use ReportStatus as S;
    let (mut left, mut filled, mut heard, mut ended) = (story.qty, 0, false, false);
    for &(status, qty) in &story.told {
        match status {
            S::Fill | S::FilledAll => {
                if qty > 0 {
                    (heard, filled) = (true, filled + qty);
                    left -= qty;
                }
                if status == S::FilledAll {
                    left = 0;
                }
            }
            S::Sent | S::Accepted | S::OutcomeUnknown | S::SendFailed => heard = true,
            S::WouldBlock | S::NotConnected | S::Suppressed | S::Denied if !heard => left = 0,
            S::Rejected => left = 0,
            S::Canceled | S::Expired => {
                ended = true;
                left = left.min((qty - filled).max(0));
            }
            S::Amended if !ended && qty > 0 => (heard, left) = (true, (qty - filled).max(0)),
            _ => {}
        }
        if left <= 0 {
            return None;
        }
    }
    Some(left)
}

#[derive(Default)]
struct Twin {
    live: BTreeMap<u64, Story>,
    position: i128,
    fills: BTreeSet<u64>,
}

impl Twin {
    fn step(&mut self, step: Step) {
        match step {
            Step::Approve(id, side, qty) => {
                self.live.entry(id).or_insert(Story { side, qty, told: Vec::new() });
            }
            Step::Tell(id, status, qty, trade) => self.tell(id, status, qty, trade),
        }
    }

    fn tell(&mut self, id: u64, status: ReportStatus, qty: i64, trade: u64) {
        let is_fill = matches!(status, ReportStatus::Fill | ReportStatus::FilledAll);
        let is_new = trade == 0 || !is_fill || self.fills.insert(trade);
        // The twin's fills are all buys: the report's side moves the position.
        self.position += if is_fill && is_new { i128::from(qty) } else { 0 };
        if let Some(story) = self.live.get_mut(&id) {
            story.told.push((status, if is_new { qty } else { 0 }));
            if reserved(story).is_none() {
                self.live.remove(&id);
            }
        }
    }

    fn held(&self) -> Held {
        let sum = |side| {
            let stories = self.live.values().filter(move |story| story.side == side);
            stories.map(|story| i128::from(reserved(story).unwrap_or(0))).sum()
        };
        Held { position: self.position, buying: sum(Side::Buy), selling: sum(Side::Sell) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn equals_the_twin_under_any_order_of_reports(steps in steps()) {
        let (mut exposure, mut twin) = (Exposure::new(1), Twin::default());
        for step in steps {
            match step {
                Step::Approve(sequence, side, qty) => {
                    exposure.reserve(ONE, &order(sequence, side, 1, qty));
                }
                Step::Tell(sequence, status, qty, trade) => {
                    tell(&mut exposure, &report(sequence, status, qty), trade);
                }
            }
            twin.step(step);
            prop_assert_eq!(exposure.held(ONE), twin.held());
            prop_assert_eq!(exposure.orders().live(), twin.live.len());
        }
    }

    #[test]
    fn the_table_equals_a_map(
        steps in prop::collection::vec((any::<bool>(), 1..400_u64), 0..1_500),
    ) {
        let (mut table, mut map) = (Orders::new(), BTreeSet::new());
        for (insert, sequence) in steps {
            if insert {
                prop_assert_eq!(table.insert(live(id(sequence))), map.insert(sequence));
            } else {
                let removed = table.remove(id(sequence)).map(|order| order.id);
                prop_assert_eq!(removed.is_some(), map.remove(&sequence));
            }
            prop_assert_eq!(table.live(), map.len());
        }
        for sequence in 1..400 {
            prop_assert_eq!(table.contains(id(sequence)), map.contains(&sequence));
        }
    }

    #[test]
    fn the_rate_equals_a_recount(gaps in prop::collection::vec(0..400_000_000_i64, 0..200)) {
        let (mut rate, mut sent, mut now) = (Rate::new(), Vec::new(), 0);
        for gap in gaps {
            now += gap;
            let recount = sent.iter().filter(|at| now - **at < Nanos::PER_SEC).count();
            prop_assert_eq!(rate.count(Nanos(now)) as usize, recount);
            rate.add(Nanos(now));
            sent.push(now);
        }
    }
}

fn live(id: ClientOrderId) -> LiveOrder {
    LiveOrder {
        id,
        instrument: 0,
        side: Side::Buy,
        sent: false,
        ended: false,
        qty: 1,
        amend: 0,
        filled: 0,
        remaining: 1,
    }
}

#[test]
fn a_full_table_takes_nothing_more_and_loses_nothing() {
    let mut table = Orders::new();
    for sequence in 1..=ORDER_CAPACITY as u64 {
        assert!(table.insert(live(id(sequence))));
    }
    assert!(!table.insert(live(id(1 << 30))));
    for sequence in (1..=ORDER_CAPACITY as u64).rev() {
        assert_eq!(table.remove(id(sequence)).map(|order| order.id), Some(id(sequence)));
    }
    assert_eq!(table.live(), 0);
}

#[test]
fn a_full_rate_window_saturates_and_slides_on() {
    let mut rate = Rate::new();
    for at in 0..REMEMBERED as i64 + 100 {
        rate.add(Nanos(at));
    }
    assert_eq!(rate.count(Nanos(10_000)) as usize, REMEMBERED);
    assert_eq!(rate.count(Nanos(Nanos::PER_SEC + 8_290)), 1);
    assert_eq!(rate.count(Nanos(Nanos::PER_SEC + 8_291)), 0);
}
