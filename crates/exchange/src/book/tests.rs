//! Price-time priority against a slow and obvious twin.

use proptest::prelude::*;

use super::{Book, Owner};
use crate::matching::{Matching, Taken};
use crate::order::Side;

/// The twin: one list in order of arrival, searched in full each time.
#[derive(Default)]
struct Twin {
    orders: Vec<(i64, Side, i64, i64)>,
}

impl Twin {
    fn best(&self, side: Side) -> Option<usize> {
        let of_side = self.orders.iter().enumerate().filter(|(_, o)| o.1 == side);
        // `min_by_key` keeps the first of equals, which is the oldest.
        of_side.min_by_key(|(_, o)| -side.sign() * o.2).map(|(place, _)| place)
    }

    fn take(&mut self, side: Side, limit: Option<i64>, mut want: i64) -> (i64, Vec<Taken>) {
        let mut taken = Vec::new();
        while want > 0 {
            let Some(place) = self.best(side.opposite()) else { break };
            let order = &mut self.orders[place];
            if !side.accepts(limit, order.2) {
                break;
            }
            let part = want.min(order.3);
            order.3 -= part;
            want -= part;
            taken.push(Taken { price: order.2, qty: part, maker: Some(order.0) });
            if order.3 == 0 {
                self.orders.remove(place);
            }
        }
        (want, taken)
    }

    fn qty_at(&self, side: Side, price: i64) -> i64 {
        self.orders.iter().filter(|o| o.1 == side && o.2 == price).map(|o| o.3).sum()
    }
}

#[derive(Clone, Debug)]
enum Op {
    Limit(bool, i64, i64),
    Market(bool, i64),
    Cancel(usize),
    Shrink(usize, i64),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        5 => (any::<bool>(), 90..110_i64, 1..20_i64).prop_map(|(s, p, q)| Op::Limit(s, p, q)),
        2 => (any::<bool>(), 1..60_i64).prop_map(|(s, q)| Op::Market(s, q)),
        2 => any::<usize>().prop_map(Op::Cancel),
        1 => (any::<usize>(), 0..10_i64).prop_map(|(n, q)| Op::Shrink(n, q)),
    ]
}

fn side(buy: bool) -> Side {
    if buy { Side::Buy } else { Side::Sell }
}

proptest! {
    #[test]
    fn prop_book_equals_twin(ops in prop::collection::vec(op(), 1..200)) {
        let (mut book, mut twin) = (Book::default(), Twin::default());
        for (id, op) in (1_i64..).zip(ops) {
            match op {
                Op::Limit(buy, price, qty) => {
                    let mut taken = Vec::new();
                    let (found, _) = book.reach(side(buy), Some(price), qty);
                    let left = book.take(side(buy), Some(price), qty, &mut taken);
                    prop_assert_eq!(found, qty - left);
                    prop_assert_eq!((left, taken), twin.take(side(buy), Some(price), qty));
                    if left > 0 {
                        book.rest(id, side(buy), price, left);
                        twin.orders.push((id, side(buy), price, left));
                    }
                }
                Op::Market(buy, qty) => {
                    let mut taken = Vec::new();
                    let left = book.take(side(buy), None, qty, &mut taken);
                    prop_assert_eq!((left, taken), twin.take(side(buy), None, qty));
                }
                Op::Cancel(pick) if !twin.orders.is_empty() => {
                    let order = twin.orders.remove(pick % twin.orders.len());
                    prop_assert_eq!(book.remove(order.0), order.3);
                }
                Op::Shrink(pick, qty) if !twin.orders.is_empty() => {
                    let place = pick % twin.orders.len();
                    let order = &mut twin.orders[place];
                    order.3 = order.3.min(qty);
                    prop_assert_eq!(book.shrink(order.0, qty), order.3);
                    if order.3 == 0 {
                        twin.orders.remove(place);
                    }
                }
                Op::Cancel(_) | Op::Shrink(..) => {}
            }
            for price in 85..115 {
                for side in [Side::Buy, Side::Sell] {
                    prop_assert_eq!(book.qty_at(side, price), twin.qty_at(side, price));
                }
            }
            let (bid, ask) = (book.top(Side::Buy), book.top(Side::Sell));
            prop_assert!(bid.zip(ask).is_none_or(|(bid, ask)| bid.0 < ask.0));
        }
    }
}

#[test]
fn flow_and_own_orders_share_one_queue() {
    let mut book = Book::default();
    book.insert(Owner::Flow(1), Side::Buy, 100, 5);
    book.rest(77, Side::Buy, 100, 5);
    book.insert(Owner::Flow(2), Side::Buy, 100, 5);
    let mut taken = Vec::new();
    assert_eq!(book.take(Side::Sell, Some(100), 8, &mut taken), 0);
    let parts: Vec<_> = taken.iter().map(|t| (t.qty, t.maker)).collect();
    assert_eq!(parts, [(5, None), (3, Some(77))]);
}
