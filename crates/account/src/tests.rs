//! The folds against slow twins that recount everything from the history.

use crate::{Filled, Gate, LineState, Positions, Reports, Specs, Told};
use proptest::prelude::*;
use std::collections::BTreeSet;
use types::{
    ClientOrderId, Command, CommandOp, Funding, HeldPosition, InstrumentId, InstrumentSpec, Kind,
    Money, Nanos, Price, Qty, Record, Report, ReportDetail, ReportStatus, Side, Symbol,
};

const ONE: InstrumentId = InstrumentId(0);

fn spec() -> InstrumentSpec {
    InstrumentSpec {
        id: ONE,
        version: 1,
        symbol: Symbol::new("BTCUSDT").unwrap(),
        price_decimals: 1,
        qty_decimals: 3,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    }
}

fn fill(trade_id: u64, side: Side, price: i64, qty: i64, fee: i128) -> Told {
    let report = Report {
        price: Price(price),
        qty: Qty(qty),
        side: side as u8,
        detailed: 1,
        ..Report::new(ClientOrderId(1), ReportStatus::Fill, 0)
    };
    let detail =
        ReportDetail { venue_order_id: 1, trade_id, fee: Money(fee).into(), exch_ts: Nanos(0) };
    Told { instrument: ONE, at: Nanos(0), report, detail: Some(detail) }
}

#[test]
fn profit_is_cash_and_worth_less_fees() {
    let mut positions = Positions::new(1);
    let fee = Money::parse(b"0.5").unwrap().0;
    // Bought 0.010 at 60000.0 for 600, sold 0.004 at 61000.0 for 244; 0.006 are
    // worth 366.3 at a mid of 61050.0: 244 - 600 + 366.3 - 1.
    positions.on_report(&fill(1, Side::Buy, 600_000, 10, fee), Some(&spec()));
    positions.on_report(&fill(2, Side::Sell, 610_000, 4, fee), Some(&spec()));
    let held = positions.of(ONE);
    assert_eq!(held.qty(), 6);
    assert_eq!(held.fees(), Money::parse(b"1").ok());
    assert_eq!(held.profit(Some(&spec()), Some(1_221_000)), Money::parse(b"9.3").ok());
    assert_eq!(held.profit(Some(&spec()), None), None, "a position without a price");
}

#[test]
fn a_fee_in_the_base_asset_is_taken_out_of_the_position() {
    let mut positions = Positions::new(1);
    let (base, other) = (types::FeeAsset::Base.code(), types::FeeAsset::Other.code());
    let mut told = fill(1, Side::Buy, 600_000, 1_000, Money::parse(b"0.001").unwrap().0);
    told.report.code = base;
    assert_eq!(positions.on_report(&told, Some(&spec())), Filled::By(1_000), "the order's fill");
    // 1.000 bought for 60000, of which the venue keeps 0.001.
    assert_eq!(positions.of(ONE).qty(), 999);
    let held = positions.of(ONE);
    assert_eq!(held.fees(), Some(Money::ZERO));
    assert_eq!(held.profit(Some(&spec()), Some(1_200_000)), Money::parse(b"-60").ok());
    // Finer than a lot: rounded up, so that no more is counted than is there.
    let mut fine = fill(2, Side::Buy, 600_000, 1, 1);
    fine.report.code = base;
    positions.on_report(&fine, Some(&spec()));
    assert_eq!(positions.of(ONE).qty(), 999);
    let mut third = fill(3, Side::Buy, 600_000, 1, Money::parse(b"7").unwrap().0);
    third.report.code = other;
    positions.on_report(&third, Some(&spec()));
    assert_eq!((positions.of(ONE).qty(), positions.of(ONE).fees()), (1_000, Some(Money::ZERO)));
}

#[test]
fn a_position_of_the_venue_begins_at_its_entry() {
    let mut positions = Positions::new(1);
    let held = HeldPosition { qty: Qty(-10), entry: Price(600_000), pad: [0; 3] };
    positions.on_held(ONE, Some(&spec()), &held);
    let profit = positions.of(ONE).profit(Some(&spec()), Some(2 * 590_000));
    assert_eq!(profit, Money::parse(b"10").ok());
    assert_eq!(positions.of(ONE).profit(None, Some(2)), None, "nor without a specification");
}

#[test]
fn what_cannot_be_counted_is_absent_and_never_wraps() {
    let mut positions = Positions::new(1);
    let mut fine = spec();
    (fine.price_decimals, fine.qty_decimals) = (0, 0);
    for trade in 1..5 {
        positions.on_report(&fill(trade, Side::Buy, i64::MAX, i64::MAX, 0), Some(&fine));
    }
    assert_eq!(positions.of(ONE).qty(), 4 * i128::from(i64::MAX));
    assert_eq!(positions.of(ONE).profit(Some(&fine), Some(2)), None);
    assert_eq!(
        positions
            .on_report(&Told { instrument: InstrumentId(9), ..fill(9, Side::Buy, 1, 1, 0) }, None),
        Filled::No
    );
}

#[test]
fn funding_adds_up_and_is_absent_past_the_range() {
    let mut positions = Positions::new(1);
    let asset = *b"USDT\0\0\0\0\0\0\0\0\0\0\0\0";
    let paid = |amount: i128| Funding { asset, amount: Money(amount).into(), exch_ts: Nanos(1) };
    [paid(-5), paid(3)].iter().for_each(|paid| positions.on_funding(paid));
    assert_eq!(positions.funding(), Some(Money(-2)));
    [paid(i128::MIN), paid(i128::MAX)].iter().for_each(|paid| positions.on_funding(paid));
    assert_eq!(positions.funding(), None, "it does not come back either");
}

#[test]
fn a_report_waits_for_its_detail_and_no_longer_than_its_group() {
    let mut reports = Reports::default();
    let told = fill(7, Side::Buy, 1, 1, 0);
    let report = Record::new(Kind::Report, ONE, Nanos(3), told.report);
    let detail = Record::new(Kind::ReportDetail, ONE, Nanos(3), told.detail.unwrap());
    assert_eq!(reports.on_record(&report), None);
    assert_eq!(reports.on_record(&detail), Some(Told { at: Nanos(3), ..told }));
    assert_eq!(reports.on_end(), None);
    assert_eq!(reports.on_record(&report), None);
    assert_eq!(reports.on_end(), Some(Told { at: Nanos(3), detail: None, ..told }));
    let bare = Record::new(Kind::Report, ONE, Nanos(3), Report { detailed: 0, ..told.report });
    assert!(reports.on_record(&bare).is_some());
}

#[test]
fn the_strictest_switch_wins_and_kill_and_stop_latch() {
    use CommandOp::{Arm, Disarm, Drain, Kill, Resume, Stop};
    let gate = |ops: &[CommandOp]| {
        let mut line = LineState::default();
        ops.iter().for_each(|op| line.on_command(&Command::new(*op, 0)));
        line.gate()
    };
    assert_eq!(gate(&[]), Gate::Disarmed);
    assert_eq!(gate(&[Arm]), Gate::Armed);
    assert_eq!(gate(&[Arm, Drain]), Gate::Draining);
    assert_eq!(gate(&[Drain]), Gate::Disarmed);
    assert_eq!(gate(&[Arm, Drain, Resume]), Gate::Armed);
    assert_eq!(gate(&[Arm, Disarm]), Gate::Disarmed);
    assert_eq!(gate(&[Stop, Arm]), Gate::Stopped);
    assert_eq!(gate(&[Stop, Kill, Arm, Resume]), Gate::Killed);
}

fn give(specs: &mut Specs, spec: &InstrumentSpec, flat: bool) {
    let (name, grid, money) = spec.to_bodies();
    let thirds = [
        Record::new(Kind::SpecName, ONE, Nanos(0), name),
        Record::new(Kind::SpecGrid, ONE, Nanos(0), grid),
        Record::new(Kind::SpecMoney, ONE, Nanos(0), money),
    ];
    let whole: Vec<_> = thirds.iter().map(|third| specs.on_record(third, |_| flat)).collect();
    assert_eq!(whole, [false, false, true]);
}

#[test]
fn other_decimals_come_into_force_only_when_nothing_is_open() {
    let mut specs = Specs::new(1);
    let finer = InstrumentSpec { price_decimals: 2, version: 2, ..spec() };
    give(&mut specs, &spec(), false);
    assert_eq!(specs.of(ONE), Some(&spec()), "a first one reinterprets nothing");
    give(&mut specs, &finer, false);
    assert_eq!(specs.of(ONE), None);
    give(&mut specs, &finer, false);
    assert_eq!(specs.of(ONE), None, "what is open is still counted in the old decimals");
    give(&mut specs, &spec(), false);
    assert_eq!(specs.of(ONE), Some(&spec()));
    give(&mut specs, &finer, true);
    assert_eq!(specs.of(ONE), Some(&finer));
    let broken = InstrumentSpec { tick_size: Price(0), ..finer };
    give(&mut specs, &broken, true);
    assert_eq!(specs.of(ONE), None);
}

proptest! {
    #[test]
    fn prop_positions_are_what_a_recount_of_all_fills_says(
        fills in prop::collection::vec(
            (0_u64..40, any::<bool>(), 1_i64..1_000_000, 0_i64..100_000, -1000_i64..1000),
            0..80,
        ),
        mid_x2 in 1_i64..2_000_000,
    ) {
        let mut positions = Positions::new(1);
        let mut counted = Vec::new();
        let mut seen = BTreeSet::new();
        for (trade, buys, price, qty, fee) in fills {
            let side = if buys { Side::Buy } else { Side::Sell };
            let told = fill(trade, side, price, qty, i128::from(fee));
            let filled = positions.on_report(&told, Some(&spec()));
            // An id of 0 is none, and always counts.
            if trade == 0 || seen.insert(trade) {
                let signed = if buys { qty } else { -qty };
                prop_assert_eq!(filled, Filled::By(signed));
                counted.push((signed, price, fee));
            } else {
                prop_assert_eq!(filled, Filled::Again);
            }
        }
        let held = positions.of(ONE);
        let qty: i64 = counted.iter().map(|(qty, _, _)| qty).sum();
        prop_assert_eq!(held.qty(), i128::from(qty));
        // At 4 decimals together, a unit of price × quantity is 10^14.
        let unit = 10_i128.pow(14);
        let gain = |qty: i64, price: i64| i128::from(qty) * i128::from(mid_x2 - 2 * price);
        let twice: i128 = counted.iter().map(|(qty, price, _)| gain(*qty, *price)).sum();
        let fees: i128 = counted.iter().map(|(_, _, fee)| i128::from(*fee)).sum();
        let profit = held.profit(Some(&spec()), Some(mid_x2));
        prop_assert_eq!(profit, Some(Money(twice * unit / 2 - fees)));
    }
}
