//! What the stage adds, when, and what it refuses.

use super::bars::trade;
use super::line::{Line, configured, level, quote, record, signals, spec, touches, whole};
use crate::{IndicatorStage, MAX_LINES, Options, Source};
use actor::Stage;
use types::{
    AggTrade, BookChange, BookReset, BookState, Command, CommandOp, InstrumentId, Kind, MarkPrice,
    Nanos, Price, Qty, Record, Side, StateReason, Timing, Touch,
};

const BID: Side = Side::Buy;
const ASK: Side = Side::Sell;
const MINUTES: Source = Source::Bars { seconds: 60 };

/// A live book with a bid at 1000 and an ask at 1010.
fn live() -> (Line, std::sync::Arc<crate::Counters>) {
    let (mut line, counters) = Line::new(&[]);
    line.group(&spec(10, 1));
    line.live();
    line.group(&[level(BID, 1_000, 5, 100)]);
    line.frame(level(ASK, 1_010, 7, 100));
    (line, counters)
}

fn reset() -> Record {
    let reset = BookReset { update_id: 1, exch_ts: Nanos(100), bids: 1, asks: 1, pad: [0; 2] };
    record(Kind::BookReset, reset)
}

#[test]
fn passes_on_what_it_does_not_know() {
    let (mut line, _) = Line::new(&[]);
    let arm = record(Kind::Command, Command::new(CommandOp::Arm, 0));
    assert_eq!(line.group(&[arm]), []);
    assert_eq!(line.group(&[arm, record(Kind::Timing, Timing::default())]), []);
}

#[test]
fn shows_the_touch_only_when_the_frame_is_whole() {
    let (mut line, _) = Line::new(&[]);
    line.live();
    assert_eq!(line.group(&[level(BID, 1_000, 5, 100)]), []);
    let touch = touches(&line.frame(level(ASK, 1_010, 7, 100)));
    assert_eq!(touch.len(), 1);
    assert_eq!((touch[0].bid.0, touch[0].bid_qty.0), (1_000, 5));
    assert_eq!((touch[0].ask.0, touch[0].ask_qty.0), (1_010, 7));
    assert!(touch[0].usable());
}

#[test]
fn adds_after_the_timing_record() {
    let (mut line, _) = live();
    let timing = record(Kind::Timing, Timing::default());
    let added = line.group(&[whole(level(BID, 1_000, 6, 101)), timing]);
    assert_eq!(touches(&added).len(), 1);
}

#[test]
fn is_silent_while_the_touch_stays_the_same() {
    let (mut line, _) = live();
    assert_eq!(line.frame(level(BID, 900, 5, 101)), []);
    assert_eq!(line.frame(level(BID, 1_000, 5, 102)), []);
    assert_eq!(touches(&line.frame(level(BID, 1_000, 6, 103))).len(), 1);
}

#[test]
fn takes_the_newer_of_quote_and_book_and_the_quote_on_a_tie() {
    let (mut line, _) = live();
    assert_eq!(line.frame(quote((990, 1), (1_020, 1), 99)), []);
    let touch = touches(&line.frame(quote((990, 2), (1_020, 2), 100)));
    assert_eq!((touch[0].bid, touch[0].bid_qty), (Price(990), Qty(2)));
    let touch = touches(&line.frame(level(BID, 1_000, 9, 101)));
    assert_eq!((touch[0].bid, touch[0].bid_qty), (Price(1_000), Qty(9)));
}

#[test]
fn shows_each_state_of_the_book_at_once() {
    let (mut line, _) = live();
    let stale = BookChange::new(BookState::Stale, StateReason::Gap);
    let touch = touches(&line.group(&[record(Kind::BookChange, stale)]));
    assert_eq!((touch[0].state, touch[0].usable()), (BookState::Stale as u8, false));
    assert!(touches(&line.live())[0].usable());
}

#[test]
fn forgets_the_quote_of_a_closed_connection() {
    let (mut line, _) = live();
    line.frame(quote((990, 2), (1_020, 2), 500));
    let gone = BookChange::new(BookState::Stale, StateReason::Disconnected);
    let touch = touches(&line.group(&[record(Kind::BookChange, gone)]));
    assert_eq!((touch[0].bid, touch[0].usable()), (Price(1_000), false));
}

#[test]
fn a_crossed_book_is_shown_counted_and_unusable_even_behind_a_quote() {
    let (mut line, counters) = live();
    line.frame(quote((1_000, 2), (1_010, 2), 500));
    let touch = touches(&line.frame(level(BID, 1_010, 1, 101)));
    assert_eq!((touch[0].crossed, touch[0].usable()), (1, false));
    assert_eq!(line.frame(record(Kind::Trade, trade(0, 5, 1))), []);
    assert_eq!(counters.crossed_seen.get(), 1);
    assert!(touches(&line.frame(level(BID, 1_010, 0, 102)))[0].usable());
}

#[test]
fn a_snapshot_begins_an_empty_book() {
    let (mut line, _) = live();
    line.group(&[reset()]);
    let touch = touches(&line.frame(level(BID, 995, 1, 101)));
    assert_eq!((touch[0].bid.0, touch[0].ask_qty.0), (995, 0));
}

#[test]
fn a_level_between_two_ticks_refines_the_grid() {
    let (mut line, counters) = live();
    let touch = touches(&line.frame(level(BID, 1_005, 3, 101)));
    assert_eq!((touch[0].bid.0, touch[0].usable()), (1_005, true));
    assert_eq!((counters.book_regridded.get(), counters.level_refused.get()), (1, 0));
    // A coarser tick size does not lose it either.
    line.group(&spec(20, 1));
    assert_eq!(line.frame(level(ASK, 1_030, 3, 101)), []);
    assert_eq!(counters.level_refused.get(), 0);
}

#[test]
fn a_level_that_cannot_be_kept_makes_the_book_stale_until_the_next_snapshot() {
    let (mut line, counters) = live();
    let touch = touches(&line.frame(level(ASK, i64::MAX, 3, 101)));
    assert_eq!(touch[0].state, BookState::Stale as u8);
    assert_eq!(counters.level_refused.get(), 1);
    line.group(&[reset()]);
    line.group(&[level(BID, 1_000, 5, 102)]);
    assert!(touches(&line.frame(level(ASK, 1_010, 7, 102)))[0].usable());
}

#[test]
fn other_decimals_begin_everything_anew() {
    let ema = configured("ema", "period", 2, Source::Touch);
    let (mut line, _) = Line::new(&[ema]);
    line.group(&spec(10, 1));
    line.live();
    line.frame(quote((10, 1), (20, 1), 1));
    assert_eq!(signals(&line.frame(quote((10, 2), (20, 1), 2))), [(0, 15.0)]);
    line.group(&spec(1, 2));
    let touch = touches(&line.frame(quote((100, 1), (200, 1), 3)));
    assert_eq!(touch[0].state, BookState::Syncing as u8);
    assert_eq!(signals(&line.live()), []);
    assert_eq!(signals(&line.frame(quote((100, 2), (200, 1), 4))), [(0, 150.0)]);
}

#[test]
fn a_specification_in_pieces_is_refused() {
    let (mut line, counters) = Line::new(&[]);
    let [name, grid, money] = spec(10, 1);
    line.group(&[name, grid]);
    line.group(&[money]);
    line.group(&spec(0, 1));
    assert_eq!(counters.spec_refused.get(), 2);
}

#[test]
fn unknown_instruments_and_second_events_are_refused() {
    let (mut line, counters) = Line::new(&[]);
    let stray = |id| {
        let mut record = level(BID, 1, 1, 1);
        record.instrument = InstrumentId(id);
        record
    };
    line.frame(stray(2));
    line.frame(stray(InstrumentId::NONE.0));
    line.group(&[stray(0), stray(1)]);
    assert_eq!(counters.record_refused.get(), 3);
}

#[test]
fn touch_indicators_speak_when_the_usable_touch_changes() {
    let config = [
        configured("microprice", "", 0, Source::Touch),
        configured("imbalance", "levels", 1, Source::Touch),
    ];
    let (mut line, counters) = Line::new(&config);
    line.group(&[level(BID, 100, 3, 1)]);
    assert_eq!(signals(&line.frame(level(ASK, 104, 1, 1))), []);
    let added = line.live();
    assert_eq!(added[0].kind(), Some(Kind::Touch));
    assert_eq!(signals(&added), [(0, 103.0), (1, 0.5)]);
    // The touch is the same, the book behind it is not.
    assert_eq!(signals(&line.frame(level(ASK, 105, 9, 2))), [(1, 0.5)]);
    // The quote is newer, the book is the same.
    assert_eq!(signals(&line.frame(quote((100, 1), (104, 1), 3))), [(0, 102.0)]);
    assert_eq!(counters.signal_emitted.get(), 4);
}

#[test]
fn bar_indicators_speak_when_a_whole_bar_closes() {
    let config = [configured("ema", "period", 2, MINUTES), configured("rsi", "period", 2, MINUTES)];
    let (mut line, counters) = Line::new(&config);
    let mut at = |minute: i64, price| {
        let trade = record(Kind::Trade, trade(minute * 60_000 + 5, price, 1));
        signals(&line.group(&[trade]))
    };
    // The first minute is partial: its close, 999, is fed to nothing.
    assert_eq!(at(0, 999), []);
    assert_eq!(at(1, 10), []);
    assert_eq!(at(2, 20), []);
    assert_eq!(at(3, 30), [(0, 15.0)]);
    assert_eq!(at(4, 0), [(0, 25.0), (1, 100.0)]);
    assert_eq!((counters.bar_closed.get(), counters.bar_incomplete.get()), (3, 1));
}

#[test]
fn several_intervals_close_at_once() {
    let config: Vec<_> = [60, 300, 60, 3_600]
        .map(|seconds| configured("ema", "period", 1, Source::Bars { seconds }))
        .into();
    let (mut line, _) = Line::new(&config);
    let mut at = |minute: i64, price| {
        let trade = record(Kind::Trade, trade(minute * 60_000, price, 1));
        signals(&line.group(&[trade]))
    };
    at(0, 1);
    at(5, 2);
    assert_eq!(at(6, 3), [(0, 2.0), (2, 2.0)]);
    assert_eq!(at(60, 4), [(0, 3.0), (1, 3.0), (2, 3.0)]);
}

#[test]
fn a_timer_never_closes_a_bar_and_a_quote_only_with_a_grace() {
    let config = [configured("ema", "period", 1, Source::Bars { seconds: 1 })];
    for (grace, closes) in [(None, 0), (Some(Nanos(0)), 1)] {
        let options = Options { far_levels: 16, bar_grace: grace };
        let (mut line, counters) = Line::with(&config, options);
        line.group(&[record(Kind::Trade, trade(100, 7, 1))]);
        line.group(&[record(Kind::Trade, trade(1_100, 8, 1))]);
        let timer = types::Timer { due: Nanos(1 << 60), period: Nanos(1), pad: [0; 3] };
        line.group(&[record(Kind::Timer, timer)]);
        line.frame(quote((1, 1), (2, 1), 2 * Nanos::PER_SEC));
        assert_eq!(counters.bar_closed.get(), closes);
    }
}

#[test]
fn no_bar_is_fed_that_a_disconnection_cut() {
    let config = [configured("ema", "period", 1, Source::Bars { seconds: 1 })];
    let (mut line, counters) = Line::new(&config);
    for at in [100, 1_100, 2_100] {
        line.group(&[record(Kind::Trade, trade(at, 7, 1))]);
    }
    let gone = BookChange::new(BookState::Stale, StateReason::Disconnected);
    line.group(&[record(Kind::BookChange, gone)]);
    for at in [5_100, 6_100, 7_100] {
        line.group(&[record(Kind::Trade, trade(at, 7, 1))]);
    }
    assert_eq!((counters.bar_closed.get(), counters.bar_incomplete.get()), (2, 3));
}

#[test]
fn trade_indicators_speak_at_each_trade() {
    let (mut line, _) = Line::new(&[configured("ema", "period", 1, Source::Trades)]);
    assert_eq!(signals(&line.group(&[record(Kind::Trade, trade(1, 7, 1))])), [(0, 7.0)]);
}

#[test]
fn a_signal_of_every_line_and_a_touch_fit_one_group() {
    let all = vec![configured("microprice", "", 0, Source::Touch); MAX_LINES];
    let (mut line, _) = Line::new(&all);
    line.live();
    let added = line.frame(quote((1, 1), (2, 1), 1));
    assert_eq!(added.len(), IndicatorStage::MAX_ADDED);
}

#[test]
fn bad_configurations_are_refused_with_a_sentence() {
    let sentence = |config: &[crate::IndicatorConfig]| {
        IndicatorStage::new(1, config).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let many = vec![configured("microprice", "", 0, Source::Touch); MAX_LINES + 1];
    assert_eq!(
        sentence(&many),
        "indicators: 63 have 63 lines together; at most 62 fit, remove some"
    );
    assert_eq!(
        sentence(&[configured("emma", "", 0, MINUTES)]),
        format!("emma: unknown indicator; known are: {}", names().join(", "))
    );
    assert_eq!(
        sentence(&[configured("ema", "period", 0, MINUTES)]),
        "ema.period: 0 is out of range; give 1 to 10000"
    );
    assert_eq!(
        sentence(&[configured("ema", "length", 3, MINUTES)]),
        "ema.length: unknown parameter; known are: period"
    );
    assert_eq!(
        sentence(&[configured("ema", "period", 3, Source::Bars { seconds: 7 })]),
        "ema.interval: 7 seconds do not divide a day; give a divisor of 86400"
    );
    assert_eq!(
        sentence(&[configured("imbalance", "levels", 3, MINUTES)]),
        "indicators.set: `imbalance:3` cannot be moved by bars; write imbalance:3@touch"
    );
    assert_eq!(
        sentence(&[configured("trade_flow", "trades", 20, Source::Touch)]),
        "indicators.set: `trade_flow:20` cannot be moved by the touch; write trade_flow:20@trades"
    );
    assert!(IndicatorStage::new(1_025, &[]).is_err());
}

#[test]
fn every_line_has_a_signal_of_its_own_in_the_order_of_the_configuration() {
    let config = [
        configured("ichimoku", "tenkan", 1, Source::Bars { seconds: 1 }),
        configured("ema", "period", 1, Source::Trades),
        configured("bbands", "period", 2, Source::Bars { seconds: 1 }),
    ];
    let (mut line, counters) = Line::new(&config);
    let mut added = Vec::new();
    for second in 0..4 {
        let trade = trade(second * 1_000, 10 + second * 2, 1);
        added = line.group(&[record(Kind::Trade, trade)]);
    }
    let named = |record: &Record| {
        let signal: types::Signal = record.body();
        (signal.indicator, signal.line, signal.value().to_num::<i64>())
    };
    let named: Vec<_> = added.iter().map(named).collect();
    // Bars of the seconds 1 and 2: closes 12 and 14.
    assert_eq!(named, [(0, 0, 14), (1, 0, 16), (2, 0, 15), (2, 1, 13), (2, 2, 11)]);
    assert_eq!(counters.value_overflowed.get(), 0);
}

#[test]
fn trades_told_twice_count_once_until_the_connection_is_closed() {
    let (mut line, counters) = Line::new(&[configured("ema", "period", 1, Source::Trades)]);
    let joined = |at: i64, price: i64| {
        let (price, qty, exch_ts) = (Price(price), Qty(2), Nanos(at));
        let pad = [0; 3];
        let joined = AggTrade { price, qty, exch_ts, agg_id: 1, aggressor: 0, pad, trades: 2 };
        record(Kind::AggTrade, joined)
    };
    assert_eq!(signals(&line.group(&[joined(1, 7)])), [(0, 7.0)]);
    assert_eq!(line.group(&[record(Kind::Trade, trade(1, 8, 1))]), []);
    assert_eq!(signals(&line.group(&[joined(2, 9)])), [(0, 9.0)]);
    assert_eq!(counters.trade_repeated.get(), 1);
    let gone = BookChange::new(BookState::Stale, StateReason::Disconnected);
    line.group(&[record(Kind::BookChange, gone)]);
    assert_eq!(signals(&line.group(&[record(Kind::Trade, trade(1, 8, 1))])), [(0, 8.0)]);
    assert_eq!(line.group(&[joined(3, 9)]), []);
}

#[test]
fn basis_and_funding_speak_at_each_mark_price() {
    let config = [
        configured("funding", "", 0, Source::Touch),
        configured("basis", "", 0, Source::Touch),
        configured("spread", "", 0, Source::Touch),
    ];
    let (mut line, _) = Line::new(&config);
    let mark = MarkPrice {
        mark: 101_000_000_000,
        index: 100_000_000_000,
        // One basis point, in five and a half hours.
        rate: 10_000,
        next_funding_s: 25_200,
        exch_ts: Nanos(5_400 * Nanos::PER_SEC),
        settle: 0,
    };
    let of = |mark| record(Kind::MarkPrice, mark);
    let added = line.frame(of(mark));
    assert_eq!(signals(&added), [(0, 1.0), (0, 5.5), (1, 100.0)]);
    let silent = MarkPrice { index: 0, next_funding_s: 0, ..mark };
    assert_eq!(signals(&line.frame(of(silent))), []);
    let late = MarkPrice { exch_ts: Nanos(i64::MAX), rate: -10_000, mark: 99_000_000_000, ..mark };
    assert_eq!(signals(&line.frame(of(late))), [(0, -1.0), (0, 0.0), (1, -100.0)]);
    let wild = MarkPrice { mark: i64::MAX, index: 1, ..mark };
    assert_eq!(signals(&line.frame(of(wild))).len(), 2);
    line.live();
    let added = line.frame(quote((999, 1), (1_001, 1), 1));
    assert_eq!(signals(&added), [(2, 2.0), (2, 20.0)]);
}

#[test]
fn a_quote_without_a_time_is_newer_than_the_book_as_it_stands() {
    let (mut line, _) = live();
    let touch = touches(&line.frame(quote((1_001, 2), (1_009, 2), 0)));
    assert_eq!((touch[0].bid, touch[0].ask), (Price(1_001), Price(1_009)));
    // The next change of the book is newer again.
    let touch = touches(&line.frame(level(BID, 999, 1, 101)));
    assert_eq!((touch[0].bid, touch[0].ask), (Price(1_000), Price(1_010)));
}

#[test]
fn candles_and_liquidations_of_the_venue_move_nothing() {
    let (mut line, counters) = live();
    let body = types::Timer { due: Nanos(1), period: Nanos(2), pad: [3; 3] };
    for kinds in [[Kind::KlinePrices, Kind::KlineVolume], [Kind::Liquidation, Kind::Liquidation]] {
        assert_eq!(line.group(&kinds.map(|kind| record(kind, body))), []);
    }
    assert_eq!(counters.record_refused.get(), 0);
}

fn names() -> Vec<&'static str> {
    crate::ALL.iter().map(|descriptor| descriptor.name).collect()
}

#[test]
fn the_first_touch_says_that_nothing_is_known() {
    let (mut line, _) = Line::new(&[]);
    let start = BookChange::new(BookState::Syncing, StateReason::Start);
    let added = touches(&line.group(&[record(Kind::BookChange, start)]));
    assert_eq!(added, [Touch::default()]);
}
