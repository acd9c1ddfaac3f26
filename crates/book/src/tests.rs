//! Behaviour of the book, and its equality with the naive twin over random
//! streams.

use crate::grid::Grid;
use crate::{Applied, Book, NEAR_LEVELS, NaiveBook, WINDOW_TICKS};
use proptest::prelude::*;
use types::{Price, Qty, Side};

const TICK: i64 = 10;
const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

fn at(ticks: i64) -> Price {
    Price(ticks * TICK)
}

fn book(far_levels: usize) -> Book {
    Book::new(Price(TICK), far_levels)
}

fn prices(book: &Book, side: Side) -> Vec<i64> {
    book.top(side, usize::MAX).map(|(price, _)| price.0 / TICK).collect()
}

#[test]
fn is_empty_at_first() {
    let book = book(8);
    assert_eq!((book.best_bid(), book.best_ask()), (None, None));
    assert!(!book.is_crossed() && !book.is_truncated_near_touch());
    assert_eq!(book.depth(Side::Buy, 5), Some(Qty(0)));
}

#[test]
fn says_what_became_of_each_change() {
    let mut book = book(8);
    assert_eq!(book.apply(Side::Buy, at(100), Qty(5)), Applied::Added);
    assert_eq!(book.apply(Side::Buy, at(100), Qty(6)), Applied::Changed);
    assert_eq!(book.apply(Side::Buy, at(100), Qty(0)), Applied::Removed);
    assert_eq!(book.apply(Side::Buy, at(100), Qty(0)), Applied::Absent);
    assert_eq!(book.apply(Side::Buy, at(900_000), Qty(0)), Applied::Absent);
    assert_eq!(book.levels(Side::Buy), 0);
}

#[test]
fn orders_bids_down_and_asks_up_with_the_far_levels_last() {
    let mut book = book(8);
    for ticks in [5_000, 5_001, 1, 50_000, 4_999, 500_000] {
        book.apply(Side::Buy, at(ticks), Qty(1));
        book.apply(Side::Sell, at(ticks), Qty(1));
    }
    assert_eq!(prices(&book, Side::Buy), [500_000, 50_000, 5_001, 5_000, 4_999, 1]);
    assert_eq!(prices(&book, Side::Sell), [1, 4_999, 5_000, 5_001, 50_000, 500_000]);
}

#[test]
fn is_crossed_when_bid_meets_ask() {
    let mut book = book(8);
    book.apply(Side::Buy, at(100), Qty(1));
    book.apply(Side::Sell, at(101), Qty(1));
    assert!(!book.is_crossed());
    book.apply(Side::Buy, at(101), Qty(1));
    assert!(book.is_crossed());
    book.apply(Side::Sell, at(101), Qty(0));
    assert!(!book.is_crossed());
}

#[test]
fn refuses_prices_off_the_grid_and_negative_quantities() {
    let mut book = book(8);
    assert_eq!(book.apply(Side::Buy, Price(1_001), Qty(1)), Applied::OffGrid);
    assert_eq!(book.apply(Side::Buy, Price(i64::MAX), Qty(1)), Applied::OffGrid);
    assert_eq!(book.apply(Side::Buy, Price(i64::MIN), Qty(1)), Applied::OffGrid);
    assert_eq!(book.apply(Side::Buy, at(100), Qty(-1)), Applied::Refused);
    assert_eq!(book.best_bid(), None);
    assert_eq!((book.off_grid_levels(), book.refused_levels()), (3, 1));
}

#[test]
fn takes_extreme_and_negative_prices_without_a_panic() {
    for tick in [1, 2, 3, 10, 1 << 40, i64::MAX, 0, -7] {
        let mut book = Book::new(Price(tick), 4);
        for price in [i64::MIN, i64::MIN + 1, -(1 << 61), -1, 0, 1, 1 << 61, i64::MAX] {
            for side in SIDES {
                book.apply(side, Price(price), Qty(i64::MAX));
                book.apply(side, Price(price), Qty(0));
                book.apply(side, Price(price), Qty(1));
            }
        }
        for side in SIDES {
            assert!(book.top(side, 99).count() == book.levels(side));
        }
    }
}

#[test]
fn depth_sums_the_best_levels_and_abstains_on_overflow() {
    let mut book = book(8);
    for ticks in 1..=10 {
        book.apply(Side::Sell, at(ticks), Qty(ticks));
    }
    assert_eq!(book.depth(Side::Sell, 4), Some(Qty(10)));
    assert_eq!(book.depth(Side::Sell, 99), Some(Qty(55)));
    book.apply(Side::Sell, at(2), Qty(i64::MAX));
    assert_eq!(book.depth(Side::Sell, 2), None);
}

#[test]
fn drops_the_farthest_and_says_when_the_touch_nears_them() {
    let mut book = book(100);
    let window = WINDOW_TICKS as i64;
    book.apply(Side::Sell, at(0), Qty(1));
    for step in 0..=100 {
        book.apply(Side::Sell, at(2 * window + step), Qty(1));
    }
    // The last one did not fit, and is the nearest of those that are missing.
    assert_eq!((book.dropped_levels(), book.levels(Side::Sell)), (1, 101));
    assert!(!book.is_truncated_near_touch());
    book.apply(Side::Sell, at(0), Qty(0));
    for step in 0..100 - NEAR_LEVELS as i64 {
        book.apply(Side::Sell, at(2 * window + step), Qty(0));
    }
    assert_eq!(book.levels(Side::Sell), NEAR_LEVELS);
    assert!(!book.is_truncated_near_touch());
    book.apply(Side::Sell, at(2 * window + 99), Qty(0));
    assert!(book.is_truncated_near_touch());
    book.reset();
    assert!(!book.is_truncated_near_touch());
    assert_eq!(book.dropped_levels(), 1);
}

#[test]
fn a_nearer_level_pushes_out_the_farthest() {
    let mut book = book(2);
    for ticks in [0, 10_000, 30_000, 20_000] {
        book.apply(Side::Sell, at(ticks), Qty(1));
    }
    assert_eq!(prices(&book, Side::Sell), [0, 10_000, 20_000]);
    assert_eq!(book.apply(Side::Sell, at(40_000), Qty(1)), Applied::Dropped);
}

#[test]
fn regrids_in_place_and_loses_only_what_is_off_the_new_grid() {
    let mut book = book(64);
    for ticks in [1, 2, 3, 9_000, 90_001] {
        book.apply(Side::Buy, at(ticks), Qty(ticks));
        book.apply(Side::Sell, at(ticks), Qty(ticks));
    }
    book.regrid(Price(1));
    assert_eq!(book.levels(Side::Buy), 5);
    assert_eq!(book.apply(Side::Buy, Price(1_000_000), Qty(7)), Applied::Added);
    assert_eq!(book.apply(Side::Buy, Price(900_013), Qty(7)), Applied::Added);
    book.regrid(Price(20));
    let asks: Vec<_> = book.top(Side::Sell, 9).map(|(price, qty)| (price.0, qty.0)).collect();
    assert_eq!(asks, [(20, 2), (90_000, 9_000)]);
    let bids: Vec<_> = book.top(Side::Buy, 9).map(|(price, qty)| (price.0, qty.0)).collect();
    assert_eq!(bids, [(1_000_000, 7), (90_000, 9_000), (20, 2)]);
    assert_eq!((book.off_grid_levels(), book.tick_size()), (7, Price(20)));
}

proptest! {
    #[test]
    fn grid_index_is_exact_division(tick in 1_i64..1 << 40, price in any::<i64>(), n in -1000_i64..1000) {
        let grid = Grid::new(Price(tick));
        let (quotient, rest) = (price / tick, price % tick);
        let inside = quotient.unsigned_abs() <= 1 << 61;
        let expected = (rest == 0 && inside).then_some(quotient);
        prop_assert_eq!(grid.index(Price(price)), expected);
        prop_assert_eq!(grid.index(Price(n * tick)), Some(n));
        prop_assert_eq!(grid.price(n), Price(n * tick));
    }
}

/// One step of a random stream, in ticks around a touch that wanders.
#[derive(Clone, Debug)]
enum Step {
    Near { side: bool, offset: i64, qty: i64 },
    Far { side: bool, offset: i64, qty: i64 },
    RemoveBest { side: bool },
    Wander { ticks: i64 },
    Reset,
}

fn steps(resets: u32) -> impl Strategy<Value = Vec<Step>> {
    let qty = prop_oneof![2 => 1..1_000_i64, 1 => Just(0)];
    let step = prop_oneof![
        // Negative offsets cross the touch.
        20 => (any::<bool>(), -3..40_i64, qty.clone())
            .prop_map(|(side, offset, qty)| Step::Near { side, offset, qty }),
        4 => (any::<bool>(), 2_000..20_000_i64, qty)
            .prop_map(|(side, offset, qty)| Step::Far { side, offset: offset / 250 * 250, qty }),
        8 => any::<bool>().prop_map(|side| Step::RemoveBest { side }),
        2 => (-3_000..3_000_i64).prop_map(|ticks| Step::Wander { ticks }),
        resets => Just(Step::Reset),
    ];
    prop::collection::vec(step, 1..600)
}

struct Twins {
    book: Book,
    naive: NaiveBook,
    touch: i64,
}

impl Twins {
    fn new(far_levels: usize) -> Self {
        Self { book: book(far_levels), naive: NaiveBook::new(), touch: 50_000 }
    }

    fn set(&mut self, side: bool, offset: i64, qty: i64) {
        let (side, ticks) = match side {
            true => (Side::Buy, self.touch - offset),
            false => (Side::Sell, self.touch + 1 + offset),
        };
        self.book.apply(side, at(ticks), Qty(qty));
        self.naive.apply(side, at(ticks), Qty(qty));
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Near { side, offset, qty } | Step::Far { side, offset, qty } => {
                self.set(side, offset, qty);
            }
            Step::RemoveBest { side } => {
                let side = if side { Side::Buy } else { Side::Sell };
                if let Some((price, _)) = self.naive.top(side, 1).first() {
                    self.book.apply(side, *price, Qty(0));
                    self.naive.apply(side, *price, Qty(0));
                }
            }
            Step::Wander { ticks } => self.touch += ticks,
            Step::Reset => {
                self.book.reset();
                self.naive.reset();
            }
        }
    }

    fn tops_are_equal(&self, levels: usize) -> Result<(), TestCaseError> {
        for side in SIDES {
            let top: Vec<_> = self.book.top(side, levels).collect();
            prop_assert_eq!(top, self.naive.top(side, levels));
        }
        prop_assert_eq!(self.book.best_bid(), self.naive.best_bid());
        prop_assert_eq!(self.book.best_ask(), self.naive.best_ask());
        prop_assert_eq!(self.book.is_crossed(), self.naive.is_crossed());
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn equals_the_naive_twin_after_every_step(steps in steps(1)) {
        let mut twins = Twins::new(4_096);
        for step in &steps {
            twins.take(step);
            twins.tops_are_equal(50)?;
            for side in SIDES {
                prop_assert_eq!(twins.book.levels(side), twins.naive.levels(side));
            }
        }
        prop_assert_eq!(twins.book.dropped_levels(), 0);
        twins.tops_are_equal(usize::MAX)?;
    }

    #[test]
    fn is_right_near_the_touch_unless_it_says_otherwise(steps in steps(0), far in 0..40_usize) {
        let mut twins = Twins::new(far);
        for step in &steps {
            twins.take(step);
            if !twins.book.is_truncated_near_touch() {
                twins.tops_are_equal(NEAR_LEVELS)?;
            }
        }
    }

    #[test]
    fn regrid_keeps_every_level_on_a_finer_grid(steps in steps(1)) {
        let mut twins = Twins::new(4_096);
        for (index, step) in steps.iter().enumerate() {
            if index % 64 == 63 {
                twins.book.regrid(Price([TICK, 5, 2, 1][index / 64 % 4]));
            }
            twins.take(step);
        }
        twins.tops_are_equal(usize::MAX)?;
        prop_assert_eq!(twins.book.off_grid_levels(), 0);
    }
}

#[test]
fn shows_no_level_twice_when_the_windows_two_ends_share_a_word() {
    let mut book = book(8);
    let window = WINDOW_TICKS as i64;
    // The window begins at 100: the lead of a quarter window before the touch.
    book.apply(Side::Sell, at(100 + window / 4), Qty(1));
    for ticks in [100, 101, 99 + window, 64 + window] {
        book.apply(Side::Sell, at(ticks), Qty(1));
    }
    assert_eq!(prices(&book, Side::Sell), [100, 101, 100 + window / 4, 64 + window, 99 + window]);
    for ticks in [100, 101, 100 + window / 4] {
        book.apply(Side::Sell, at(ticks), Qty(0));
    }
    assert_eq!(prices(&book, Side::Sell), [64 + window, 99 + window]);
}
