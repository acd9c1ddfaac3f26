//! Ten million updates: no error gathers. What looks at a window must then give
//! the very bits that it gives over that window alone; what averages over all
//! of the past must be as far from a fresh one as the past still weighs.

use super::bars::trade;
use super::known::{made, ohlc};
use crate::bars::Bar;
use crate::{AnyIndicator, Input, LINES_MAX, Lines};
use types::{Nanos, Trade, Value};

const UPDATES: u64 = 10_000_000;

/// A walk between two walls, the same for everybody.
struct Walk {
    state: u64,
    price: i64,
    row: i64,
}

impl Walk {
    fn new() -> Self {
        Self { state: 7, price: 6_000_000, row: 0 }
    }

    fn bar(&mut self) -> Bar {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let open = self.price;
        let step = (self.state >> 33).cast_signed() % 4_001 - 2_000;
        self.price = (self.price + step).clamp(1_000_000, 12_000_000);
        let (high, low) = (open.max(self.price) + step.abs() % 97, open.min(self.price) - 13);
        self.row += 1;
        Bar { open_ts: Nanos(self.row * 1_000_000), ..ohlc([open, high, low, self.price]) }
    }

    fn trade(&mut self) -> Trade {
        let bar = self.bar();
        let mut trade = trade(0, bar.close.0, 1 + bar.close.0 % 1_009);
        trade.exch_ts = bar.open_ts;
        trade.aggressor = u8::from(bar.high.0 % 3 == 0);
        trade
    }
}

fn feed(indicator: &mut AnyIndicator, walk: &mut Walk, lines: &mut Lines) {
    let done = if indicator.descriptor().wants.bars {
        indicator.apply(Input::Bar(&walk.bar()), lines)
    } else {
        indicator.apply(Input::Trade(&walk.trade()), lines)
    };
    done.expect("no overflow");
}

/// After all updates, and after the last `tail` alone.
fn both(mut old: AnyIndicator, tail: u64) -> [[Option<Value>; LINES_MAX]; 2] {
    let mut young = old.clone();
    let (mut walk, mut lines) = (Walk::new(), Lines::new());
    for _ in 0..UPDATES - tail {
        feed(&mut old, &mut walk, &mut lines);
    }
    let mut again = Walk { ..walk };
    for _ in 0..tail {
        feed(&mut old, &mut walk, &mut lines);
    }
    let all = std::array::from_fn(|line| lines.get(line));
    for _ in 0..tail {
        feed(&mut young, &mut again, &mut lines);
    }
    [all, std::array::from_fn(|line| lines.get(line))]
}

fn equal(old: AnyIndicator, tail: u64) {
    let [old, young] = both(old, tail);
    assert!(old[0].is_some());
    assert_eq!(old, young);
}

/// Some roundings of 2^-64 each, times what one weighs: `bits` in all.
fn near(old: AnyIndicator, tail: u64, bits: i128) {
    let [old, young] = both(old, tail);
    assert!(old[0].is_some());
    for (old, young) in old.into_iter().zip(young) {
        let (old, young) = (old.unwrap_or_default(), young.unwrap_or_default());
        let off = old.to_bits() - young.to_bits();
        assert!(off.abs() <= bits, "{off} × 2^-64");
    }
}

#[test]
fn sma_holds_the_same_bits() {
    equal(made("sma", &[("period", 1_000)]), 1_000);
}

#[test]
fn bollinger_bands_hold_the_same_bits() {
    equal(made("bbands", &[("period", 200)]), 200);
}

#[test]
fn volatility_holds_the_same_bits() {
    equal(made("volatility", &[("period", 200)]), 201);
}

#[test]
fn ichimoku_holds_the_same_bits() {
    equal(made("ichimoku", &[]), 78);
}

#[test]
fn trade_flow_holds_the_same_bits() {
    equal(made("trade_flow", &[("trades", 500)]), 500);
}

#[test]
fn ema_forgets_its_roundings() {
    near(made("ema", &[("period", 20)]), 2_000, 32);
}

#[test]
fn macd_forgets_its_roundings() {
    near(made("macd", &[]), 2_000, 64);
}

#[test]
fn rsi_forgets_its_roundings() {
    near(made("rsi", &[]), 3_000, 4_096);
}

#[test]
fn atr_forgets_its_roundings() {
    near(made("atr", &[]), 3_000, 64);
}

#[test]
fn adx_forgets_its_roundings() {
    near(made("adx", &[]), 3_000, 65_536);
}

#[test]
fn keltner_forgets_its_roundings() {
    near(made("keltner", &[]), 3_000, 256);
}

/// Exact sums over one session of ten million trades, against the same in 128
/// bits here.
#[test]
fn vwap_is_exact_over_a_session() {
    let mut vwap = made("vwap", &[("hours", 168)]);
    let (mut walk, mut lines) = (Walk::new(), Lines::new());
    let (mut turnover, mut volume) = (0_i128, 0_i128);
    for _ in 0..UPDATES {
        let trade = walk.trade();
        turnover += i128::from(trade.price.0) * i128::from(trade.qty.0);
        volume += i128::from(trade.qty.0);
        vwap.apply(Input::Trade(&trade), &mut lines).expect("no overflow");
    }
    let bits = lines.get(0).expect("a value").to_bits();
    assert_eq!(bits >> 64, turnover / volume);
    let fraction = ((turnover % volume) << 64) / volume;
    assert!((fraction - (bits & i128::from(u64::MAX))).abs() <= 2);
}
