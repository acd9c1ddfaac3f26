//! Ichimoku's five lines over bars.

use crate::input::{Counts, Indicator, Input, Overflow, PriceX2, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use crate::maths::{Extreme, Ring};
use types::{ParamKind, ParamSpec, ParamValue, Params, Value};

const fn span(name: &'static str, doc: &'static str, default: i64) -> ParamSpec {
    ParamSpec {
        name,
        doc,
        kind: ParamKind::Integer { min: 1, max: 10_000 },
        default: Some(ParamValue::Integer(default)),
    }
}

/// Middles of three ranges, two of them plotted later, and the close plotted
/// earlier.
#[derive(Clone, Debug)]
pub struct Ichimoku {
    // On the heap: this indicator is ten times the others' size.
    state: Box<State>,
}

#[derive(Clone, Debug)]
struct State {
    tenkan: Middle,
    kijun: Middle,
    senkou: Middle,
    /// The two spans as they were made, until they are plotted.
    ahead: Ring<[Option<Value>; 2]>,
    /// Bars still to come before the first close can be plotted back.
    waits: u32,
    displacement: u32,
}

/// The middle between the highest high and the lowest low of a window.
#[derive(Clone, Debug)]
struct Middle {
    highest: Extreme,
    lowest: Extreme,
}

impl Indicator for Ichimoku {
    const NAME: &'static str = "ichimoku";
    const DOC: &'static str = "Ichimoku kinko hyo (Hosoda 1969), in units of the price mantissa: \
        line 0 tenkan and line 1 kijun, (highest high + lowest low) / 2 of their windows; line 2 \
        senkou A, (tenkan + kijun) / 2, and line 3 senkou B, the middle of its own window, both \
        said displacement bars after they were made, where they are plotted; line 4 chikou, this \
        bar's close, which belongs to the bar displacement back. Of bars.";
    const PARAMS: &'static [ParamSpec] = &[
        span("tenkan", "Bars in the conversion line's window.", 9),
        span("kijun", "Bars in the base line's window.", 26),
        span("senkou", "Bars in the window of leading span B.", 52),
        span("displacement", "Bars that the spans are plotted ahead and the close back.", 26),
    ];
    const LINES: &'static [LineSpec] = &[
        LineSpec::new("ichimoku_tenkan", &["tenkan"], Unit::Price),
        LineSpec::new("ichimoku_kijun", &["kijun"], Unit::Price),
        LineSpec::new("ichimoku_senkou_a", &[], Unit::Price),
        LineSpec::new("ichimoku_senkou_b", &[], Unit::Price),
        LineSpec {
            back: Some("displacement"),
            ..LineSpec::new("ichimoku_chikou", &[], Unit::Price)
        },
    ];
    const WANTS: Wants = Wants::BARS;

    fn new(params: &Params) -> Self {
        let displacement = params.count("displacement").max(1);
        let state = State {
            tenkan: Middle::new(params.count("tenkan")),
            kijun: Middle::new(params.count("kijun")),
            senkou: Middle::new(params.count("senkou")),
            ahead: Ring::new(displacement as usize, [None; 2]),
            waits: displacement,
            displacement,
        };
        Self { state: Box::new(state) }
    }

    fn reset(&mut self) {
        let state = &mut *self.state;
        for middle in [&mut state.tenkan, &mut state.kijun, &mut state.senkou] {
            middle.highest.clear();
            middle.lowest.clear();
        }
        state.ahead.clear();
        state.waits = state.displacement;
    }

    fn warm_up(params: &Params, line: usize) -> u32 {
        let of = |name| params.count(name).max(1) - 1;
        let displacement = params.count("displacement").max(1);
        match line {
            0 => of("tenkan"),
            1 => of("kijun"),
            2 => of("tenkan").max(of("kijun")) + displacement,
            3 => of("senkou") + displacement,
            _ => displacement,
        }
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Input::Bar(bar) = input else { return Ok(()) };
        let state = &mut *self.state;
        let (high, low) = (bar.high.0, bar.low.0);
        let tenkan = state.tenkan.push(high, low);
        let kijun = state.kijun.push(high, low);
        let senkou = state.senkou.push(high, low);
        // A quarter of the sum of two doubled prices: exact.
        let between = |a: PriceX2, b: PriceX2| Value::from_bits((a.0 + b.0) << 62);
        let spans = [tenkan.zip(kijun).map(|(a, b)| between(a, b)), senkou.map(PriceX2::value)];
        let plotted = state.ahead.push(spans).unwrap_or([None; 2]);
        let [tenkan, kijun] = [tenkan, kijun].map(|middle| middle.map(PriceX2::value));
        let close = (state.waits == 0).then(|| Value::from_num(bar.close.0));
        state.waits = state.waits.saturating_sub(1);
        let all = [tenkan, kijun, plotted[0], plotted[1], close];
        for (line, value) in all.into_iter().enumerate() {
            if let Some(value) = value {
                lines.put(line, value);
            }
        }
        Ok(())
    }
}

impl Middle {
    fn new(length: u32) -> Self {
        Self { highest: Extreme::greatest(length), lowest: Extreme::least(length) }
    }

    #[inline]
    fn push(&mut self, high: i64, low: i64) -> Option<PriceX2> {
        let (high, low) = (self.highest.push(high), self.lowest.push(low));
        Some(PriceX2(i128::from(high?) + i128::from(low?)))
    }
}
