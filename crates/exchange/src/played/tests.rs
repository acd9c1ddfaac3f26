//! Own orders against a recorded book: bridging, taken liquidity, queue position.

use super::{Diff, PlayedBook, Print};
use crate::matching::{Fill, Matching};
use crate::order::Side;

fn diff(ids: (i64, i64, i64), bids: &[(i64, i64)], asks: &[(i64, i64)]) -> Diff {
    let (first, last, previous) = ids;
    Diff { first, last, previous, bids: bids.to_vec(), asks: asks.to_vec() }
}

/// Bids 99:10, 98:20; asks 101:10, 102:20; last update 100.
fn book() -> PlayedBook {
    let mut book = PlayedBook::default();
    book.on_snapshot(
        &diff((0, 100, 0), &[(99, 10), (98, 20)], &[(101, 10), (102, 20)]),
        &mut Vec::new(),
    );
    book
}

fn print(price: i64, qty: i64, aggressor: Side) -> Print {
    Print { price, qty, aggressor }
}

#[test]
fn early_diffs_are_bridged_by_the_venues_rule() {
    let mut book = PlayedBook::default();
    let mut fills = Vec::new();
    for early in [
        diff((80, 89, 79), &[(90, 1)], &[]),
        diff((90, 99, 89), &[(91, 1)], &[]),
        diff((100, 105, 99), &[(99, 7)], &[]),
        diff((106, 109, 105), &[(98, 3)], &[]),
    ] {
        book.on_diff(&early, &mut fills);
    }
    assert!(!book.is_ready());
    book.on_snapshot(&diff((0, 102, 0), &[(99, 10)], &[(101, 10)]), &mut Vec::new());
    assert_eq!((book.last(), book.gap_seen), (109, 0));
    assert_eq!(book.levels(Side::Buy, 9), [(99, 7), (98, 3)]);
    book.on_diff(&diff((115, 120, 109), &[], &[(101, 0)]), &mut fills);
    assert_eq!((book.last(), book.gap_seen), (120, 0));
    book.on_diff(&diff((130, 140, 125), &[], &[]), &mut fills);
    assert_eq!(book.gap_seen, 1);
}

#[test]
fn what_a_book_was_after_missing_updates_is_not_shown_before_a_snapshot_says() {
    let mut book = book();
    let mut fills = Vec::new();
    // 101..=120 are missing: whether 101 is still offered, nobody knows; 103 is bid now.
    book.on_diff(&diff((121, 125, 120), &[(103, 5)], &[]), &mut fills);
    assert_eq!((book.is_ready(), book.gap_seen), (false, 1));
    book.on_diff(&diff((126, 130, 125), &[], &[(105, 4)]), &mut fills);
    assert_eq!((book.is_ready(), book.gap_seen), (false, 1), "one break, counted once");
    book.on_snapshot(&diff((0, 127, 0), &[(103, 5)], &[(104, 1)]), &mut Vec::new());
    assert_eq!((book.is_ready(), book.last()), (true, 130));
    assert_eq!(book.top(Side::Buy), Some((103, 5)));
    assert_eq!(book.levels(Side::Sell, 9), [(104, 1), (105, 4)]);
}

#[test]
fn taken_liquidity_stays_taken_until_the_level_is_named() {
    let mut book = book();
    let mut taken = Vec::new();
    assert_eq!(book.take(Side::Buy, Some(102), 15, &mut taken), 0);
    assert_eq!(taken.iter().map(|t| (t.price, t.qty)).collect::<Vec<_>>(), [(101, 10), (102, 5)]);
    assert_eq!(book.top(Side::Sell), Some((102, 15)));
    assert_eq!(book.levels(Side::Sell, 1), [(101, 10)], "what is displayed is history");
    let mut fills = Vec::new();
    book.on_diff(&diff((101, 110, 100), &[(97, 1)], &[]), &mut fills);
    assert_eq!(book.top(Side::Sell), Some((102, 15)));
    book.on_diff(&diff((111, 120, 110), &[], &[(101, 4)]), &mut fills);
    assert_eq!(book.top(Side::Sell), Some((101, 4)));
}

#[test]
fn passive_order_waits_behind_what_was_displayed() {
    let mut book = book();
    let mut fills = Vec::new();
    book.rest(1, Side::Buy, 99, 5);
    assert_eq!(book.ahead(1), Some(10));
    book.on_print(print(99, 4, Side::Sell), &mut fills);
    assert_eq!((book.ahead(1), fills.len()), (Some(6), 0));
    // A print of the other side at our price is none of ours.
    book.on_print(print(99, 50, Side::Buy), &mut fills);
    assert_eq!((book.ahead(1), fills.len()), (Some(6), 0));
    // Others cancel: no more can be ahead than is displayed; growth joins behind us.
    book.on_diff(&diff((101, 102, 100), &[(99, 3)], &[]), &mut fills);
    book.on_diff(&diff((103, 104, 102), &[(99, 30)], &[]), &mut fills);
    assert_eq!(book.ahead(1), Some(3));
    book.on_print(print(99, 5, Side::Sell), &mut fills);
    assert_eq!(fills, [Fill { order: 1, price: 99, qty: 2, maker: true }]);
    fills.clear();
    book.on_print(print(99, 9, Side::Sell), &mut fills);
    assert_eq!(fills, [Fill { order: 1, price: 99, qty: 3, maker: true }]);
    assert_eq!(book.ahead(1), None);
}

#[test]
fn print_through_a_price_fills_and_is_shared_once() {
    let mut book = book();
    let mut fills = Vec::new();
    book.rest(1, Side::Buy, 99, 5);
    book.rest(2, Side::Buy, 98, 5);
    book.on_print(print(98, 7, Side::Sell), &mut fills);
    assert_eq!(fills, [Fill { order: 1, price: 99, qty: 5, maker: true }]);
    assert_eq!(book.ahead(2), Some(13));
}

#[test]
fn two_own_orders_at_one_price_share_what_the_queue_leaves() {
    let mut book = book();
    let mut fills = Vec::new();
    book.rest(1, Side::Sell, 101, 3);
    book.rest(2, Side::Sell, 101, 3);
    book.on_print(print(101, 14, Side::Buy), &mut fills);
    let parts: Vec<_> = fills.iter().map(|f| (f.order, f.qty)).collect();
    assert_eq!(parts, [(1, 3), (2, 1)], "14 less the 10 ahead leaves 4");
}

#[test]
fn recorded_touch_that_crosses_fills_at_our_price() {
    let mut book = book();
    let mut fills = Vec::new();
    book.rest(1, Side::Buy, 100, 8);
    book.on_diff(&diff((101, 110, 100), &[], &[(100, 6), (101, 0)]), &mut fills);
    assert_eq!(fills, [Fill { order: 1, price: 100, qty: 6, maker: true }]);
    fills.clear();
    book.on_diff(&diff((111, 112, 110), &[(90, 1)], &[]), &mut fills);
    assert!(fills.is_empty(), "the level was taken and nobody named it since");
}
