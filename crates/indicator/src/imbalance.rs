//! Which side of the book holds more, over its best levels.

use crate::input::{Indicator, Input, Overflow, Wants};
use crate::lines::{LineSpec, Lines, Unit};
use book::Book;
use types::{ParamKind, ParamSpec, ParamValue, Params, Side, Value};

/// (bid depth − ask depth) / (bid depth + ask depth) over the best levels.
#[derive(Clone, Debug)]
pub struct Imbalance {
    levels: usize,
}

impl Indicator for Imbalance {
    const NAME: &'static str = "imbalance";
    const DOC: &'static str = "Book imbalance, -1 (only asks) to 1 (only bids): \
        (bid depth - ask depth) / (bid depth + ask depth) over the best levels of each side \
        (Cartea, Jaimungal and Penalva 2015, section 12.1).";
    const PARAMS: &'static [ParamSpec] = &[ParamSpec {
        name: "levels",
        doc: "Levels of each side that are summed.",
        // The book answers for its best 64 levels.
        kind: ParamKind::Integer { min: 1, max: 50 },
        default: Some(ParamValue::Integer(5)),
    }];
    const LINES: &'static [LineSpec] = &[LineSpec::new("imbalance", &["levels"], Unit::Lean)];
    const WANTS: Wants = Wants::BOOK;

    fn new(params: &Params) -> Self {
        Self { levels: usize::try_from(params.integer("levels")).unwrap_or(1) }
    }

    fn reset(&mut self) {}

    fn warm_up(_params: &Params, _line: usize) -> u32 {
        0
    }

    #[inline]
    fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
        let Input::Book(book) = input else { return Ok(()) };
        let depth = |side| depth(book, side, self.levels).ok_or(Overflow);
        let (bids, asks) = (depth(Side::Buy)?, depth(Side::Sell)?);
        let (more, total) = (bids - asks, bids.checked_add(asks).ok_or(Overflow)?);
        if total == 0 {
            return Ok(());
        }
        // Rounded toward zero at 2^-64.
        let ratio = (i128::from(more) << 64) / i128::from(total);
        lines.put(0, Value::from_bits(ratio));
        Ok(())
    }
}

fn depth(book: &Book, side: Side, levels: usize) -> Option<i64> {
    book.depth(side, levels).map(|qty| qty.0)
}
