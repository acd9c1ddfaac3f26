//! Statistics against answers worked out by hand.
#![allow(
    clippy::inconsistent_digit_grouping,
    reason = "prices of two decimals: the last two digits stand apart"
)]

use super::holding::Holding;
use super::latency::{STAGES, stage_times};
use super::{LATENCY_BOUNDS_NS, Stats};
use crate::journal::fixture::{BTC, Script, record, run_info, spec, touch};
use bytemuck::Zeroable;
use proptest::prelude::*;
use types::{
    BookChange, BookState, HeldPosition, Kind, Money, OrderState, Price, Qty, Side, StateReason,
    Timing,
};

fn stats(script: &Script) -> Stats {
    let mut stats = Stats::new(run_info().instruments.into());
    for record in &script.records {
        stats.on_record(record);
    }
    stats
}

fn money(text: &str) -> Option<Money> {
    Some(Money::parse(text.as_bytes()).expect("money"))
}

#[test]
fn counts_a_small_run() {
    let snapshot = stats(&Script::small()).snapshot();
    assert_eq!((snapshot.events, snapshot.records), (10, 48));
    assert_eq!(snapshot.classes, [3, 3, 0, 4]);
    assert_eq!((snapshot.signals, snapshot.votes, snapshot.shadow_votes), (2, 4, 2));
    assert_eq!((snapshot.intents, snapshot.denied.as_slice()), (3, &[0, 1][..]));
    assert_eq!((snapshot.orders, snapshot.cancels, snapshot.actions), (2, 1, 3));
    assert_eq!(snapshot.fills, 1);
    assert!(snapshot.line.armed && !snapshot.line.killed);
    let of = |state: OrderState| snapshot.order_states[state as usize];
    assert_eq!((of(OrderState::Filled), of(OrderState::Accepted)), (1, 1));
    assert_eq!((of(OrderState::Denied), of(OrderState::Submitted)), (1, 0));
    let kinds: u64 = snapshot.kinds.iter().map(|(_, count)| count).sum();
    assert_eq!(kinds, snapshot.records);
}

#[test]
fn values_the_open_position_at_the_last_mid() {
    let snapshot = stats(&Script::small()).snapshot();
    let at = &snapshot.instruments[0];
    // 0.010 bought at 65000.00; the last touch is 65001.90 / 65002.10.
    assert_eq!(at.instrument, "BTCUSDT-PERP.BINANCE");
    assert_eq!(at.position.to_string(), "0.010");
    assert_eq!(at.average_entry, money("65000"));
    assert_eq!(at.realised, money("0"));
    assert_eq!(at.unrealised, money("0.02"));
    assert_eq!(at.fees, money("0.013"));
    assert_eq!((snapshot.pnl(), snapshot.fees()), (money("0.02"), money("0.013")));
}

#[test]
fn measures_each_stage_between_the_marks_that_were_reached() {
    let snapshot = stats(&Script::small()).snapshot();
    let times: Vec<_> = snapshot.stages.iter().map(|s| (s.name, s.summary.p50_ns)).collect();
    let spent = [100, 150, 150, 300, 200, 100, 500, 1100];
    assert_eq!(times, STAGES.into_iter().zip(spent).collect::<Vec<_>>());
    let order = snapshot.tick_to_order;
    // Three significant digits: 2600 lies in a bucket of width 2.
    assert_eq!((order.summary.count, order.summary.max_ns / 2), (2, 1300));
    assert_eq!(order.sum_ns, 5200);
    let bucket = LATENCY_BOUNDS_NS.iter().position(|bound| *bound == 5000);
    assert_eq!(order.buckets[bucket.expect("a bound")], 2);
}

#[test]
fn a_skipped_mark_counts_for_the_next_one() {
    let timing = Timing { base: 5, marks: [100, 0, 0, 400, 450, 500, 0, 0] };
    let times: Vec<_> = stage_times(&timing).collect();
    assert_eq!(times, [(0, 100), (3, 300), (4, 50), (5, 50)]);
    // Marks that run back cost nothing rather than wrap.
    let back = Timing { base: 5, marks: [100, 90, 120, 0, 0, 0, 0, 0] };
    assert_eq!(stage_times(&back).collect::<Vec<_>>(), [(0, 100), (1, 0), (2, 20)]);
}

#[test]
fn a_short_gains_when_the_price_falls() {
    let (mut held, spec) = (Holding::default(), spec());
    held.on_fill(&spec, Side::Sell, Price(100_00), Qty(3000));
    held.on_fill(&spec, Side::Buy, Price(90_00), Qty(1000));
    held.on_mid(2 * 80_00);
    let valued = held.valued(&spec);
    assert_eq!(held.qty(), Qty(-2000));
    assert_eq!(valued.average_entry, money("100"));
    assert_eq!((valued.realised, valued.unrealised), (money("10"), money("40")));
}

#[test]
fn a_fill_through_zero_turns_the_position() {
    let (mut held, spec) = (Holding::default(), spec());
    held.on_fill(&spec, Side::Buy, Price(100_00), Qty(1000));
    held.on_fill(&spec, Side::Sell, Price(110_00), Qty(3000));
    let valued = held.valued(&spec);
    assert_eq!(held.qty(), Qty(-2000));
    assert_eq!((valued.realised, valued.average_entry), (money("10"), money("110")));
}

#[test]
fn begins_with_the_recovered_position() {
    let mut script = Script::new();
    script.opening();
    let held = HeldPosition { qty: Qty(-500), entry: Price(64_000_00), pad: [0; 3] };
    script.group(&[record(Kind::HeldPosition, held)]);
    script.group(&[crate::journal::fixture::trade(1, 1), touch(63_999_00, 64_001_00)]);
    let snapshot = stats(&script).snapshot();
    assert_eq!(snapshot.instruments[0].position.to_string(), "-0.500");
    assert_eq!(snapshot.pnl(), money("0"));
}

#[test]
fn an_overflow_ends_the_numbers_and_not_the_run() {
    let (mut held, spec) = (Holding::default(), spec());
    for _ in 0..4 {
        held.on_fill(&spec, Side::Buy, Price(i64::MAX), Qty(i64::MAX));
    }
    let valued = held.valued(&spec);
    assert_eq!((valued.realised, valued.unrealised, valued.fees), (None, None, None));
}

#[test]
fn a_new_version_of_the_grid_keeps_the_quantity() {
    let (mut held, old) = (Holding::default(), spec());
    held.on_fill(&old, Side::Buy, Price(100_00), Qty(1500));
    let new = types::InstrumentSpec { version: 2, qty_decimals: 1, ..old };
    held.on_spec(&old, &new);
    assert_eq!((held.qty(), new.qty(held.qty()).to_string()), (Qty(15), "1.5".to_owned()));
    assert_eq!(held.valued(&new).average_entry, money("100"));
}

#[test]
fn shows_the_state_of_each_book() {
    let mut script = Script::new();
    script.opening();
    let gap = BookChange::new(BookState::Stale, StateReason::Gap);
    script.group(&[record(Kind::BookChange, gap)]);
    let snapshot = stats(&script).snapshot();
    assert_eq!(snapshot.changes_for(StateReason::Gap), 1);
    assert_eq!(snapshot.books[0].state, BookState::Stale);
    assert_eq!(snapshot.books[0].reason, StateReason::Gap);
    assert_eq!(snapshot.books[0].instrument, "BTCUSDT-PERP.BINANCE");
}

#[test]
fn bad_input_changes_counts_and_nothing_else() {
    let mut stats = Stats::new(Vec::new().into());
    let wild = types::InstrumentId(40_000);
    stats.on_record(&types::Record::new(Kind::Touch, wild, types::Nanos(0), touch_body()));
    stats.on_record(&types::Record::new(
        Kind::Verdict,
        BTC,
        types::Nanos(0),
        types::Verdict { rule: u16::MAX, ..types::Verdict::zeroed() },
    ));
    assert_eq!(stats.snapshot().denied.len(), 1024);
    assert!(stats.snapshot().instruments.is_empty());
}

fn touch_body() -> types::Touch {
    touch(1, 2).body()
}

proptest! {
    /// Cash in and out plus what the rest is worth: the slow, obvious account.
    #[test]
    fn profit_is_cash_plus_value(
        fills in proptest::collection::vec((any::<bool>(), 1_i64..10_000_000, 1_i64..1_000_000), 1..60),
        mid in 1_i64..10_000_000,
    ) {
        let (mut held, spec) = (Holding::default(), spec());
        let (mut cash, mut qty) = (0_i128, 0_i64);
        for (buys, price, size) in fills {
            let side = if buys { Side::Buy } else { Side::Sell };
            held.on_fill(&spec, side, Price(price), Qty(size));
            let signed = if buys { size } else { -size };
            cash -= Money::notional(&spec, Price(price), Qty(signed)).expect("small").0;
            qty += signed;
        }
        held.on_mid(2 * mid);
        let worth = Money::notional(&spec, Price(mid), Qty(qty)).expect("small").0;
        let valued = held.valued(&spec);
        let made = valued.realised.expect("known").0 + valued.unrealised.expect("known").0;
        prop_assert_eq!(held.qty(), Qty(qty));
        prop_assert_eq!(made, cash + worth);
    }
}
