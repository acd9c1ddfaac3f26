//! Every registered indicator: its declared warm-up is exact, and a reset one
//! is as good as new.

use super::known::{ohlc, walk};
use crate::bars::Bar;
use crate::{ALL, AnyIndicator, Descriptor, Input, LINES_MAX, Lines};
use book::Book;
use types::{
    MarkPrice, Nanos, ParamKind, ParamValue, Params, Price, Qty, Side, Touch, Trade, Value,
};

/// One row of every kind of input.
struct Market {
    bars: Vec<Bar>,
    book: Book,
}

impl Market {
    fn new(rows: usize) -> Self {
        let closes = walk(rows);
        let bar = |(row, close): (usize, &i64)| {
            let open_ts = Nanos(row as i64 * Nanos::PER_SEC);
            Bar { open_ts, ..ohlc([close - 3, close + 9, close - 7, *close]) }
        };
        let bars = closes.iter().enumerate().map(bar).collect();
        let mut book = Book::new(Price(1), 8);
        book.apply(Side::Buy, Price(100), Qty(3));
        book.apply(Side::Sell, Price(101), Qty(4));
        Self { bars, book }
    }

    /// The lines of each row.
    fn through(&self, indicator: &mut AnyIndicator) -> Vec<[Option<Value>; LINES_MAX]> {
        let wants = indicator.descriptor().wants;
        let mut lines = Lines::new();
        let row = |(row, bar): (usize, &Bar)| {
            let price = bar.close;
            let trade = Trade {
                price,
                qty: Qty(1),
                exch_ts: bar.open_ts,
                trade_id: 0,
                aggressor: (row % 3 == 0).into(),
                pad: [0; 7],
            };
            let touch = Touch {
                bid: price,
                bid_qty: Qty(1),
                ask: Price(price.0 + 1),
                ask_qty: Qty(2),
                state: 1,
                ..Touch::default()
            };
            let mark = MarkPrice { mark: 11, index: 10, next_funding_s: 5, ..MarkPrice::default() };
            let input = match wants {
                _ if wants.bars => Input::Bar(bar),
                _ if wants.trades => Input::Trade(&trade),
                _ if wants.touch => Input::Touch(&touch),
                _ if wants.book => Input::Book(&self.book),
                _ => Input::Mark(&mark),
            };
            indicator.apply(input, &mut lines).expect("no overflow");
            std::array::from_fn(|line| lines.get(line))
        };
        self.bars.iter().enumerate().map(row).collect()
    }
}

/// The parameters' defaults, with other small numbers instead.
fn varied(descriptor: &Descriptor, seed: i64) -> Vec<(String, ParamValue)> {
    let value = |(at, spec): (i64, &types::ParamSpec)| {
        let value = match spec.kind {
            ParamKind::Integer { min, max } if min > 0 => {
                ParamValue::Integer((seed * (at + 2) % 31 + min).clamp(min, max))
            }
            _ => spec.default?,
        };
        Some((spec.name.to_owned(), value))
    };
    (0..).zip(descriptor.params).filter_map(value).collect()
}

#[test]
fn declared_warm_up_of_every_line_is_exact() {
    let market = Market::new(300);
    for descriptor in ALL {
        for seed in [0, 1, 4, 11] {
            let given = varied(descriptor, seed);
            let params = Params::resolve(descriptor.params, &given).expect("in range");
            let mut indicator = AnyIndicator::new(descriptor.name, &given).expect("in range");
            let rows = market.through(&mut indicator);
            for line in 0..LINES_MAX {
                let silent = rows.iter().take_while(|row| row[line].is_none()).count();
                let rest = &rows[silent..];
                assert!(rest.iter().all(|row| row[line].is_some()), "{} {line}", descriptor.name);
                let declared = match line < descriptor.lines.len() {
                    true => (descriptor.warm_up)(&params, line) as usize,
                    false => rows.len(),
                };
                assert_eq!(silent, declared, "{} line {line} {given:?}", descriptor.name);
            }
        }
    }
}

#[test]
fn a_reset_indicator_is_as_good_as_new() {
    let market = Market::new(200);
    for descriptor in ALL {
        let given = varied(descriptor, 7);
        let mut indicator = AnyIndicator::new(descriptor.name, &given).expect("in range");
        let first = market.through(&mut indicator);
        indicator.reset();
        assert_eq!(market.through(&mut indicator), first, "{}", descriptor.name);
    }
}

#[test]
fn every_entry_says_what_it_is() {
    for descriptor in ALL {
        assert!(descriptor.doc.len() > 60 && descriptor.doc.ends_with('.'), "{}", descriptor.name);
        assert!(
            descriptor.params.iter().all(|spec| spec.default.is_some() && !spec.doc.is_empty())
        );
        for line in descriptor.lines {
            let known = |name: &&str| descriptor.params.iter().any(|spec| spec.name == *name);
            assert!(line.named_by.iter().all(known), "{}", line.name);
            assert!(line.back.is_none_or(|name| known(&name)), "{}", line.name);
        }
    }
}
