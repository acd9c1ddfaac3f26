//! The indicators of windows, bars and trades against slow twins that start
//! from scratch at every row, in doubles.

use super::bars::trade;
use super::known::{made, ohlc};
use crate::bars::Bar;
use crate::{AnyIndicator, Input, Lines, Overflow};
use proptest::prelude::*;
use types::{Decimal, Nanos, ParamValue, Value};

/// Bars around small prices, where ties and standstills are common.
fn any_bars() -> impl Strategy<Value = Vec<Bar>> {
    let bar = (1..400_i64, 0..20_i64, 0..20_i64, 0..3_i64).prop_map(|(close, up, down, flat)| {
        let (high, low) = (close + up, (close - down).max(1));
        if flat == 0 { ohlc([200; 4]) } else { ohlc([close, high, low, close]) }
    });
    prop::collection::vec(bar, 1..140)
}

fn doubles(bars: &[Bar], of: impl Fn(&Bar) -> i64) -> Vec<f64> {
    bars.iter().map(|bar| of(bar) as f64).collect()
}

/// All lines of every row.
fn run(indicator: &mut AnyIndicator, bars: &[Bar]) -> Vec<Vec<Option<f64>>> {
    let count = indicator.descriptor().lines.len();
    let mut lines = Lines::new();
    let row = |bar| {
        indicator.apply(Input::Bar(bar), &mut lines).expect("no overflow");
        (0..count).map(|line| lines.get(line).map(Value::to_num)).collect()
    };
    bars.iter().map(row).collect()
}

fn same(ours: Option<f64>, twin: Option<f64>) -> bool {
    match (ours, twin) {
        (Some(ours), Some(twin)) => (ours - twin).abs() <= 1e-7,
        (None, None) => true,
        _ => false,
    }
}

/// Average of `inputs` with factor `k`, seeded by the mean of the first `n`.
fn smoothed(inputs: &[f64], n: usize, k: f64) -> Option<f64> {
    let (first, rest) = inputs.split_at_checked(n)?;
    let seed = first.iter().sum::<f64>() / n as f64;
    Some(rest.iter().fold(seed, |average, input| average + k * (input - average)))
}

fn ema(inputs: &[f64], n: usize) -> Option<f64> {
    smoothed(inputs, n, 2.0 / (n as f64 + 1.0))
}

fn wilder(inputs: &[f64], n: usize) -> Option<f64> {
    smoothed(inputs, n, 1.0 / n as f64)
}

fn true_ranges(bars: &[Bar]) -> Vec<f64> {
    let range = |pair: &[Bar]| {
        let close = pair[0].close.0;
        let (high, low) = (pair[1].high.0, pair[1].low.0);
        (high - low).max((high - close).abs()).max((low - close).abs()) as f64
    };
    bars.windows(2).map(range).collect()
}

/// MACD and signal; the fast average begins so late that both seeds end at once.
fn naive_macd(closes: &[f64], fast: usize, slow: usize, signal: usize) -> Option<[f64; 3]> {
    let macd: Vec<f64> = (slow..=closes.len())
        .filter_map(|end| Some(ema(&closes[slow - fast..end], fast)? - ema(&closes[..end], slow)?))
        .collect();
    let smooth = ema(&macd, signal)?;
    let last = *macd.last()?;
    Some([last, smooth, last - smooth])
}

/// Wilder's index by the book: sums over period - 1 movements first.
fn naive_adx(bars: &[Bar], n: usize) -> Option<f64> {
    let movement = |pair: &[Bar]| {
        let up = (pair[1].high.0 - pair[0].high.0) as f64;
        let down = (pair[0].low.0 - pair[1].low.0) as f64;
        (
            if up > down && up > 0.0 { up } else { 0.0 },
            if down > up && down > 0.0 { down } else { 0.0 },
        )
    };
    let moves: Vec<(f64, f64)> = bars.windows(2).map(movement).collect();
    let (first, rest) = moves.split_at_checked(n - 1)?;
    let (mut up, mut down) = first.iter().fold((0.0, 0.0), |sum, m| (sum.0 + m.0, sum.1 + m.1));
    let mut seed = Vec::new();
    let mut adx = None;
    for (more_up, more_down) in rest {
        up += more_up - up / n as f64;
        down += more_down - down / n as f64;
        let index =
            if up + down > 0.0 { Some(100.0 * (up - down).abs() / (up + down)) } else { None };
        match adx {
            None => {
                seed.push(index.unwrap_or(0.0));
                adx = (seed.len() == n).then(|| seed.iter().sum::<f64>() / n as f64);
            }
            Some(old) => adx = Some(index.map_or(old, |i| (old * (n as f64 - 1.0) + i) / n as f64)),
        }
    }
    adx
}

fn middle(bars: &[Bar], n: usize) -> Option<f64> {
    let window = &bars[bars.len().checked_sub(n)?..];
    let high = window.iter().map(|bar| bar.high.0).max()?;
    let low = window.iter().map(|bar| bar.low.0).min()?;
    Some((high + low) as f64 / 2.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn prop_sma_bollinger_and_volatility_equal_their_twins(bars in any_bars(), n in 2..30_usize) {
        let closes = doubles(&bars, |bar| bar.close.0);
        let period = [("period", n as i64)];
        let sma = run(&mut made("sma", &period), &bars);
        let bands = run(&mut made("bbands", &period), &bars);
        let volatility = run(&mut made("volatility", &period), &bars);
        for row in 0..bars.len() {
            let window = (row + 1).checked_sub(n).map(|first| &closes[first..=row]);
            let mean = window.map(|w| w.iter().sum::<f64>() / n as f64);
            let deviation = window.zip(mean).map(|(w, mean)| {
                (w.iter().map(|close| (close - mean).powi(2)).sum::<f64>() / n as f64).sqrt()
            });
            prop_assert!(same(sma[row][0], mean));
            for (line, sign) in [(0, 1.0), (1, 0.0), (2, -1.0)] {
                let twin = mean.zip(deviation).map(|(mean, dev)| mean + sign * 2.0 * dev);
                prop_assert!(same(bands[row][line], twin), "{:?} {twin:?}", bands[row]);
            }
            let returns: Vec<f64> = closes[..=row].windows(2).map(|p| (p[1] / p[0]).ln()).collect();
            let last = returns.len().checked_sub(n).map(|first| &returns[first..]);
            let twin = last.map(|r| r.iter().map(|r| r * r).sum::<f64>().sqrt());
            prop_assert!(same(volatility[row][0], twin));
        }
    }

    #[test]
    fn prop_macd_equals_its_twin(
        bars in any_bars(), fast in 2..15_usize, more in 0..15_usize, signal in 1..12_usize,
    ) {
        let slow = fast + more;
        let closes = doubles(&bars, |bar| bar.close.0);
        let params = [("fast", slow as i64), ("slow", fast as i64), ("signal", signal as i64)];
        // Given in the wrong order: swapped.
        let macd = run(&mut made("macd", &params), &bars);
        for row in 0..bars.len() {
            let twin = naive_macd(&closes[..=row], fast, slow, signal);
            for line in 0..3 {
                prop_assert!(same(macd[row][line], twin.map(|t| t[line])), "{:?} {twin:?}", macd[row]);
            }
        }
    }

    #[test]
    fn prop_atr_adx_and_keltner_equal_their_twins(bars in any_bars(), n in 2..20_usize) {
        let period = [("period", n as i64)];
        let atr = run(&mut made("atr", &period), &bars);
        let adx = run(&mut made("adx", &period), &bars);
        let keltner = run(&mut made("keltner", &period), &bars);
        for row in 0..bars.len() {
            let so_far = &bars[..=row];
            let range = wilder(&true_ranges(so_far), n);
            prop_assert!(same(atr[row][0], range));
            prop_assert!(same(adx[row][0], naive_adx(so_far, n)), "{:?}", naive_adx(so_far, n));
            let middle = range.and(ema(&doubles(so_far, |bar| bar.close.0), n));
            for (line, sign) in [(0, 2.0), (1, 0.0), (2, -2.0)] {
                prop_assert!(same(keltner[row][line], middle.zip(range).map(|(m, r)| m + sign * r)));
            }
        }
    }

    #[test]
    fn prop_ichimoku_equals_its_twin(
        bars in any_bars(), [a, b, c, ahead] in prop::array::uniform4(1..25_usize),
    ) {
        let params = [("tenkan", a), ("kijun", b), ("senkou", c), ("displacement", ahead)];
        let params = params.map(|(name, value)| (name, value as i64));
        let lines = run(&mut made("ichimoku", &params), &bars);
        for row in 0..bars.len() {
            let so_far = &bars[..=row];
            let before = (row + 1).checked_sub(ahead).map_or(&bars[..0], |end| &bars[..end]);
            let spans = middle(before, a).zip(middle(before, b)).map(|(a, b)| (a + b) / 2.0);
            let close = (row >= ahead).then(|| bars[row].close.0 as f64);
            let twins = [middle(so_far, a), middle(so_far, b), spans, middle(before, c), close];
            prop_assert_eq!(&lines[row], &twins);
        }
    }

    #[test]
    fn prop_vwap_and_trade_flow_equal_their_twins(
        trades in prop::collection::vec((0..50_i64, 1..1_000_i64, 1..1_000_i64, any::<bool>()), 1..120),
        n in 1..20_usize,
    ) {
        let mut flow = made("trade_flow", &[("trades", n as i64)]);
        let mut vwap = made("vwap", &[("hours", 2)]);
        let mut signed = Vec::new();
        let mut day: Vec<(i64, i64, i64)> = Vec::new();
        let mut at = 0;
        for (wait, price, qty, sold) in trades {
            at += wait * 60_000;
            let mut trade = trade(at, price, qty);
            trade.aggressor = sold.into();
            signed.push(if sold { -qty } else { qty } as f64);
            let last = signed.len().checked_sub(n).map(|first| &signed[first..]);
            let twin = last.map(|w| w.iter().sum::<f64>() / w.iter().map(|q| q.abs()).sum::<f64>());
            let ours = flow.first(Input::Trade(&trade)).expect("no overflow").map(Value::to_num);
            prop_assert!(same(ours, twin), "{ours:?} {twin:?}");
            let session = at / 7_200_000;
            day.retain(|(of, _, _)| *of == session);
            day.push((session, price, qty));
            let twin = day.iter().map(|(_, p, q)| p * q).sum::<i64>() as f64
                / day.iter().map(|(_, _, q)| q).sum::<i64>() as f64;
            let ours = vwap.first(Input::Trade(&trade)).expect("no overflow").map(Value::to_num);
            prop_assert!(same(ours, Some(twin)), "{ours:?} {twin}");
        }
    }

    /// No panic, and no value where there can be none, whatever comes.
    #[test]
    fn prop_every_indicator_of_bars_survives_any_bars(
        bars in prop::collection::vec(
            prop::array::uniform4(prop_oneof![any::<i64>(), -9..9_i64, Just(i64::MAX), Just(i64::MIN)]), 1..60,
        ),
        volume in prop_oneof![any::<i64>(), 0..9_i64],
    ) {
        for descriptor in crate::ALL.iter().filter(|descriptor| descriptor.wants.bars) {
            let mut indicator = made(descriptor.name, &[]);
            let mut lines = Lines::new();
            for prices in &bars {
                let bar = Bar { open_ts: Nanos(prices[0]), volume: types::Qty(volume), ..ohlc(*prices) };
                if indicator.apply(Input::Bar(&bar), &mut lines) == Err(Overflow) {
                    prop_assert_eq!(lines.iter().count(), 0, "{}", descriptor.name);
                }
            }
        }
    }
}

#[test]
fn bollinger_bands_say_nothing_while_the_window_is_too_wide_and_the_truth_after() {
    let closes = [5, 7, 5, i64::MAX / 2, 7, 5, 6, 8, 5];
    let mut bands = made("bbands", &[("period", 3)]);
    let said: Vec<_> =
        closes.iter().map(|close| bands.first(Input::Bar(&super::known::bar(*close)))).collect();
    assert_eq!(said[3..6], [Err(Overflow); 3]);
    let mut fresh = made("bbands", &[("period", 3)]);
    let again: Vec<_> = closes[4..]
        .iter()
        .map(|close| fresh.first(Input::Bar(&super::known::bar(*close))))
        .collect();
    assert_eq!(said[6..], again[2..]);
}

#[test]
fn bollinger_bands_are_right_at_the_largest_mantissas() {
    // Mean 2^62, deviation 2^30: exact in the binary digits.
    let (centre, away) = (1_i64 << 62, 1 << 30);
    let closes = [centre - away, centre + away, centre - away, centre + away];
    let mut bands = made("bbands", &[("period", 4)]);
    let mut lines = Lines::new();
    for close in closes {
        bands.apply(Input::Bar(&super::known::bar(close)), &mut lines).expect("no overflow");
    }
    let expected = [centre + 2 * away, centre, centre - 2 * away].map(Value::from_num);
    assert_eq!([0, 1, 2].map(|line| lines.get(line)), expected.map(Some));
}

#[test]
fn fractional_multiples_are_exact_decimals() {
    let deviations = ("deviations".to_owned(), ParamValue::Decimal(Decimal::new(25, 1)));
    let given = [("period".to_owned(), ParamValue::Integer(2)), deviations];
    let mut bands = AnyIndicator::new("bbands", &given).expect("in range");
    let mut lines = Lines::new();
    for close in [10, 14] {
        bands.apply(Input::Bar(&super::known::bar(close)), &mut lines).expect("no overflow");
    }
    assert_eq!([0, 1, 2].map(|line| lines.get(line).map(Value::to_num)), [17, 12, 7].map(Some));
}

#[test]
fn a_price_without_a_logarithm_is_refused_and_forgotten() {
    let mut volatility = made("volatility", &[("period", 1)]);
    let mut of = |close| volatility.first(Input::Bar(&super::known::bar(close)));
    assert_eq!(of(100), Ok(None));
    assert_eq!((of(0), of(-3)), (Err(Overflow), Err(Overflow)));
    assert_eq!(of(100), Ok(Some(Value::ZERO)));
}

#[test]
fn a_new_session_begins_the_average_anew_and_the_old_one_is_over() {
    let mut vwap = made("vwap", &[]);
    let mut of = |hours: i64, price, qty| {
        vwap.first(Input::Trade(&trade(hours * 3_600_000, price, qty))).expect("no overflow")
    };
    assert_eq!(of(23, 100, 1), Some(Value::from_num(100)));
    assert_eq!(of(23, 200, 3), Some(Value::from_num(175)));
    assert_eq!(of(24, 300, 1), Some(Value::from_num(300)));
    assert_eq!(of(23, 100, 9), None);
    assert_eq!(of(25, 300, 0), Some(Value::from_num(300)));
    let mut bar = ohlc([1, 12, 6, 9]);
    bar.volume = types::Qty(5);
    assert_eq!(made("vwap", &[]).first(Input::Bar(&bar)), Ok(Some(Value::from_num(9))));
}

/// 101.2 - 101.1 and 100.3 - 100.2 are the same tenth in decimals; as doubles
/// the first is 0.10000000000000853 and the second 0.09999999999999432.
#[test]
fn equal_movements_cancel_unless_doubles_are_asked_for() {
    let bars: Vec<_> = (0..20)
        .map(|row| {
            if row % 2 == 0 {
                ohlc([1_005, 1_011, 1_003, 1_005])
            } else {
                ohlc([1_005, 1_012, 1_002, 1_005])
            }
        })
        .collect();
    let last = |places| {
        let mut adx = made("adx", &[("period", 2), ("double_places", places)]);
        run(&mut adx, &bars).pop().expect("rows")[0]
    };
    assert_eq!((last(-1), last(1)), (Some(0.0), Some(100.0)));
    // As whole numbers they are equal again.
    assert_eq!(last(0), Some(0.0));
}

/// While nothing moves, both averages fade alike and the index goes to their share, which is there
/// long before their last bits are roundings.
#[test]
fn a_market_that_stands_still_keeps_its_direction() {
    for (period, share) in [(2, 60.0), (3, 1300.0 / 19.0)] {
        let mut bars = vec![ohlc([10, 12, 10, 11]); 8];
        // TA-Lib says 60 and 68.421052631 from the seventieth row on.
        bars.push(ohlc([18, 20, 18, 19]));
        bars.push(ohlc([18, 19, 17, 18]));
        bars.resize(bars.len() + 300, ohlc([18, 19, 17, 18]));
        let rows = run(&mut made("adx", &[("period", period)]), &bars);
        for row in &rows[70..] {
            assert!(row[0].is_some_and(|value| (value - share).abs() < 1e-6), "{period}: {row:?}");
        }
    }
}
