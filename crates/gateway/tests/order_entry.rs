//! Every kind of order from an intent to the simulated exchange and back, on both
//! markets, signed and logged on; and the second connection under faults.

mod support;

use gateway::{API, PRIVATE, SPARE};
use std::sync::atomic::Ordering;
use support::{Desk, Key, amend, cancel, limit, market, with};
use types::{
    CommandOp, OrderFields, OrderFlags, OrderState, Price, ReportStatus, Side, TimeInForce,
};
use venue::Dialect::{self, BinanceSpot, BinanceUsdm};

/// A quantity worth some hundred, and a large one that no level holds.
fn sizes(dialect: Dialect) -> (i64, i64) {
    match dialect {
        BinanceUsdm => (10, 50_000),
        BinanceSpot => (1_000_000, 1_000_000_000),
    }
}

fn everywhere(check: impl Fn(Dialect, Key)) {
    for dialect in [BinanceUsdm, BinanceSpot] {
        for key in [Key::Hmac, Key::Ed25519] {
            check(dialect, key);
        }
    }
}

#[test]
fn every_link_is_up_and_only_ed25519_logs_on() {
    everywhere(|dialect, key| {
        let desk = Desk::open(dialect, key, "");
        let up = [CommandOp::OrderLinkUp, CommandOp::PrivateLinkUp];
        assert_eq!(desk.commands, up, "{dialect}");
        let logons = if key == Key::Ed25519 { 2 } else { 0 };
        assert_eq!(desk.count("session.logon"), logons, "both order connections");
        let subscribed = usize::from(dialect == BinanceSpot);
        assert_eq!(desk.count("userDataStream.subscribe.signature"), subscribed);
    });
}

#[test]
fn gtc_rests_until_it_is_cancelled() {
    everywhere(|dialect, key| {
        let mut desk = Desk::open(dialect, key, "");
        let order = limit(1, Side::Buy, desk.price(Side::Buy, -10_000), sizes(dialect).0);
        desk.intend(order);
        assert_eq!(desk.state(1), OrderState::Accepted);
        desk.assert_agrees();
        let text = &desk.written.last().unwrap().1;
        assert_eq!(text.contains("signature"), key == Key::Hmac, "{text}");
        desk.intend(cancel(order));
        assert_eq!(desk.state(1), OrderState::Canceled);
        desk.assert_agrees();
        assert_eq!((desk.count("order.place"), desk.count("order.cancel")), (1, 1));
    });
}

#[test]
fn a_market_order_fills_and_has_no_price() {
    everywhere(|dialect, key| {
        let mut desk = Desk::open(dialect, key, "");
        desk.intend(market(1, Side::Buy, sizes(dialect).0));
        assert_eq!(desk.state(1), OrderState::Filled);
        desk.assert_agrees();
        desk.intend(market(2, Side::Sell, sizes(dialect).0 / 2));
        assert_eq!(desk.state(2), OrderState::Filled);
        desk.assert_agrees();
        assert!(desk.written.iter().all(|(_, text)| !text.contains("\"price\"")));
    });
}

#[test]
fn ioc_takes_what_is_there_and_the_rest_expires() {
    everywhere(|dialect, key| {
        let mut desk = Desk::open(dialect, key, "");
        let large = sizes(dialect).1;
        let order = limit(1, Side::Buy, desk.price(Side::Sell, 0), large);
        desk.intend(with(TimeInForce::Ioc, order));
        assert_eq!(desk.state(1), OrderState::Expired);
        assert!(desk.told(1).contains(&ReportStatus::Fill));
        desk.assert_agrees();
    });
}

#[test]
fn fok_takes_all_or_nothing() {
    everywhere(|dialect, key| {
        let mut desk = Desk::open(dialect, key, "");
        let (small, large) = sizes(dialect);
        let price = desk.price(Side::Sell, 0);
        desk.intend(with(TimeInForce::Fok, limit(1, Side::Buy, price, large)));
        assert_eq!(desk.state(1), OrderState::Expired);
        assert!(!desk.told(1).contains(&ReportStatus::Fill));
        let price = desk.price(Side::Sell, 1_000);
        desk.intend(with(TimeInForce::Fok, limit(2, Side::Buy, price, small)));
        assert_eq!(desk.state(2), OrderState::Filled);
        desk.assert_agrees();
    });
}

#[test]
fn post_only_rests_or_is_refused() {
    everywhere(|dialect, key| {
        let mut desk = Desk::open(dialect, key, "");
        let small = sizes(dialect).0;
        let price = desk.price(Side::Sell, 1_000);
        desk.intend(with(TimeInForce::Gtx, limit(1, Side::Buy, price, small)));
        assert_eq!(desk.state(1), OrderState::Rejected);
        let price = desk.price(Side::Buy, 0);
        desk.intend(with(TimeInForce::Gtx, limit(2, Side::Buy, price, small)));
        assert_eq!(desk.state(2), OrderState::Accepted);
        desk.assert_agrees();
        let word = if dialect == BinanceSpot { "LIMIT_MAKER" } else { "\"GTX\"" };
        assert!(desk.written.last().unwrap().1.contains(word));
    });
}

#[test]
fn reduce_only_brings_the_position_to_zero_and_not_beyond() {
    let mut desk = Desk::open(BinanceUsdm, Key::Ed25519, "");
    desk.intend(market(1, Side::Buy, 10));
    let flags = OrderFlags::REDUCE_ONLY;
    desk.intend(OrderFields { flags, ..market(2, Side::Sell, 25) });
    assert_eq!(desk.positions.of(support::BTC).qty(), 0);
    assert_eq!(desk.state(2), OrderState::Expired, "what there was to reduce");
    desk.intend(OrderFields { flags, ..market(3, Side::Sell, 25) });
    assert_eq!(desk.state(3), OrderState::Rejected, "there is nothing left");
    desk.assert_agrees();
    // Spot has nothing to reduce: it is not sent, and the council hears so.
    let mut spot = Desk::open(BinanceSpot, Key::Ed25519, "");
    spot.intend(OrderFields { flags, ..market(1, Side::Sell, 1_000_000) });
    assert_eq!((spot.state(1), spot.count("order.place")), (OrderState::Denied, 0));
    spot.assert_agrees();
}

#[test]
fn an_amendment_changes_price_and_quantity_and_fills_at_the_new_ones() {
    for key in [Key::Hmac, Key::Ed25519] {
        let mut desk = Desk::open(BinanceUsdm, key, "");
        let order = limit(1, Side::Buy, desk.price(Side::Buy, -10_000), 10);
        desk.intend(order);
        let nearer = desk.price(Side::Buy, -5_000);
        desk.intend(amend(order, nearer, 30));
        assert_eq!(desk.state(1), OrderState::Accepted);
        let said = desk.reports.iter().rfind(|(_, s, _)| *s == ReportStatus::Amended).unwrap().2;
        assert_eq!((said.price, said.qty.0), (nearer, 30));
        let through = desk.price(Side::Sell, 5_000);
        desk.intend(amend(order, through, 20));
        assert_eq!(desk.state(1), OrderState::Filled);
        assert_eq!(desk.positions.of(support::BTC).qty(), 20);
        desk.assert_agrees();
        assert_eq!((desk.count("order.modify"), desk.count("order.place")), (2, 1));
    }
}

#[test]
fn spot_amends_downward_and_says_no_to_another_price() {
    let mut desk = Desk::open(BinanceSpot, Key::Ed25519, "");
    let order = limit(1, Side::Buy, desk.price(Side::Buy, -10_000), 2_000_000);
    desk.intend(order);
    desk.intend(amend(order, order.price, 1_000_000));
    assert_eq!(desk.state(1), OrderState::Accepted);
    assert!(desk.told(1).contains(&ReportStatus::Amended));
    desk.intend(amend(order, order.price, 3_000_000));
    assert!(desk.told(1).contains(&ReportStatus::AmendRejected));
    let tick = desk.spec.tick_size.0;
    desk.intend(amend(order, Price(order.price.0 + tick), 500_000));
    assert_eq!(desk.told(1).last(), Some(&ReportStatus::AmendNotSent));
    assert_eq!(desk.state(1), OrderState::Accepted);
    desk.assert_agrees();
    assert_eq!(desk.count("order.amend.keepPriority"), 2);
}

#[test]
fn an_amendment_whose_answer_is_lost_is_settled_by_a_question() {
    for (fault, wanted) in [
        ("drop_ack", ReportStatus::Amended),
        ("unknown_accepted", ReportStatus::Amended),
        ("unknown_dropped", ReportStatus::AmendRejected),
    ] {
        let script = format!("[[fault]]\nwhen = \"order.modify#1\"\ndo = \"{fault}\"\n");
        let mut desk = Desk::open(BinanceUsdm, Key::Ed25519, &script);
        let order = limit(1, Side::Buy, desk.price(Side::Buy, -40_000), 10);
        desk.intend(order);
        desk.intend(amend(order, order.price, 30));
        desk.pass(12_000);
        assert!(desk.told(1).contains(&wanted), "{fault}: {:?}", desk.told(1));
        assert_eq!(desk.state(1), OrderState::Accepted, "{fault}");
        assert_eq!(desk.count("order.modify"), 1, "{fault}: never sent again");
        desk.assert_agrees();
        desk.intend(cancel(order));
        assert_eq!(desk.state(1), OrderState::Canceled);
        desk.assert_agrees();
    }
}

#[test]
fn the_second_connection_takes_over_with_orders_under_way_and_none_is_doubled() {
    // The first session closes instead of answering the third order, which the
    // venue has taken.
    let script = "[[fault]]\nwhen = \"order.place#3\"\ndo = \"close\"\n";
    for key in [Key::Hmac, Key::Ed25519] {
        let mut desk = Desk::open(BinanceUsdm, key, script);
        desk.keep_closed();
        let price = desk.price(Side::Buy, -40_000);
        for sequence in 1..=5 {
            desk.intend(limit(sequence, Side::Buy, price, 10));
        }
        desk.pass(3_000);
        let places: Vec<_> =
            desk.written.iter().filter(|(_, t)| t.contains("order.place")).collect();
        let over: Vec<_> = places.iter().map(|(number, _)| *number).collect();
        assert_eq!(over, [API, API, API, SPARE, SPARE], "at once, and each once");
        assert_eq!(desk.counters.connections_switched.load(Ordering::Relaxed), 1);
        assert_eq!(desk.exchange.stats().counters.orders, 5);
        for sequence in 1..=5 {
            assert_eq!(desk.state(sequence), OrderState::Accepted, "{:?}", desk.told(sequence));
        }
        desk.assert_agrees();
        let moved = [CommandOp::OrderLinkDown, CommandOp::OrderLinkUp];
        assert!(desk.commands.ends_with(&moved));
        desk.link(API, true);
        assert!(desk.commands.ends_with(&moved), "the first one is the warm one now");
        desk.link(SPARE, false);
        desk.intend(cancel(limit(1, Side::Buy, price, 10)));
        assert_eq!(desk.written.last().unwrap().0, API);
        assert_eq!(desk.state(1), OrderState::Canceled);
        desk.assert_agrees();
    }
}

#[test]
fn the_kill_latch_holds_back_places_and_amendments_and_never_a_cancel() {
    let mut desk = Desk::open(BinanceUsdm, Key::Ed25519, "");
    let order = limit(1, Side::Buy, desk.price(Side::Buy, -40_000), 10);
    desk.intend(order);
    desk.kill.raise();
    desk.intend(amend(order, order.price, 5));
    desk.intend(limit(2, Side::Buy, order.price, 10));
    assert_eq!((desk.count("order.modify"), desk.count("order.place")), (0, 1));
    desk.intend(cancel(order));
    assert_eq!(desk.state(1), OrderState::Canceled);
    desk.assert_agrees();
}

#[test]
fn with_no_connection_left_nothing_is_sent_and_nothing_is_lost() {
    let mut desk = Desk::open(BinanceUsdm, Key::Ed25519, "");
    let price = desk.price(Side::Buy, -40_000);
    desk.intend(limit(1, Side::Buy, price, 10));
    desk.link(SPARE, false);
    desk.link(API, false);
    desk.intend(limit(2, Side::Buy, price, 10));
    assert_eq!(desk.state(2), OrderState::Denied);
    desk.link(API, true);
    desk.pass(500);
    desk.intend(cancel(limit(1, Side::Buy, price, 10)));
    assert_eq!(desk.state(1), OrderState::Canceled);
    desk.assert_agrees();
}

#[test]
fn fills_that_the_spot_stream_missed_are_taken_over_less_their_fee() {
    let mut desk = Desk::open(BinanceSpot, Key::Ed25519, "");
    let order = limit(1, Side::Buy, desk.price(Side::Buy, -10_000), 1_000_000);
    desk.intend(order);
    desk.link(PRIVATE, false);
    desk.intend(market(2, Side::Buy, 1_000_000));
    assert_eq!(desk.state(2), OrderState::Accepted, "nobody told of its fill");
    desk.link(PRIVATE, true);
    desk.pass(500);
    assert_eq!(desk.state(2), OrderState::Filled);
    desk.assert_agrees();
}
