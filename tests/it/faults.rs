//! A venue that misbehaves, on virtual time and over sockets: the run comes through, knows what
//! happened, and its books, orders and money are right at the end.
//!
//! What holds of every run stands in `misfortune`; here stands what each fault must leave behind.

use crate::misfortune::{Misfortune, Survived};
use crate::summary::text;

fn virtually(faults: &[&str]) -> Survived {
    Misfortune::in_virtual_time(3, faults).survived()
}

#[test]
fn a_gap_makes_the_book_stale_and_is_mended_by_a_snapshot() {
    let run = virtually(&["when = 'depth#60'; do = 'gap'"]).after("gap", 1);
    assert_eq!(run.count("gaps"), 1);
    assert_eq!(run.recorded.book_changes("stale", "gap"), 1);
    assert_eq!(run.recorded.book_changes("live", "bridged"), 4);
}

#[test]
fn many_gaps_are_each_counted_and_mended() {
    let run = virtually(&["probability = 0.05; do = 'gap'; on = 'depth'"]);
    assert!(run.struck("gap") >= 3);
    // A change that is lost while the book waits for its snapshot is no second gap.
    assert!((2..=run.struck("gap")).contains(&run.count("gaps")), "{}", run.count("gaps"));
}

#[test]
fn garbage_in_a_depth_stream_is_counted_and_the_book_mended() {
    let run = virtually(&["when = 'depth#60'; do = 'garbage'"]).after("garbage", 1);
    assert_eq!(run.count("undecodable"), 1);
    let undecodable = run.recorded.book_changes("stale", "undecodable");
    assert!(undecodable + run.recorded.book_changes("stale", "gap") > 0, "the book knew nothing");
}

#[test]
fn garbage_of_every_sort_is_counted_and_harms_nothing() {
    let texts = ["", "{", "[]", "null", "\\u0000", "{}", "{\"stream\":1}", "0", "[[[[[[[["];
    let texts = texts.map(|text| text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut faults: Vec<String> = Vec::new();
    for (number, text) in (20..).step_by(15).zip(texts) {
        faults.push(format!("when = 'bookTicker#{number}'; do = 'garbage'; text = \"{text}\""));
    }
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    let run = virtually(&faults).after("garbage", 9);
    assert!(run.count("undecodable") > 0);
    // Numbers of prices that no type holds, in a frame that is otherwise whole.
    let huge = "when = 'trade#30'; do = 'garbage'; text = '''{\"stream\":\"btcusdt@trade\",\"data\":\
        {\"e\":\"trade\",\"E\":1,\"T\":1,\"s\":\"BTCUSDT\",\"t\":1,\"p\":\"99999999999999999999999.1\",\
        \"q\":\"1e400\",\"X\":\"MARKET\",\"m\":true}}'''";
    let run = virtually(&[huge]).after("garbage", 1);
    assert_eq!(run.count("undecodable"), 1);
}

#[test]
fn a_repeated_depth_message_harms_nothing() {
    let run = virtually(&["probability = 0.1; do = 'duplicate'; on = 'depth'"]);
    assert!(run.struck("duplicate") >= 3);
    assert_eq!(run.count("undecodable"), 0);
}

#[test]
fn depth_messages_out_of_order_are_mended() {
    let run = virtually(&["probability = 0.05; do = 'reorder'; on = 'depth'"]);
    assert!(run.struck("reorder") >= 3);
    assert_eq!(run.count("undecodable"), 0);
}

#[test]
fn a_fill_that_is_told_twice_counts_once() {
    let run = virtually(&["probability = 1; do = 'duplicate'; on = 'ORDER_TRADE_UPDATE'"]);
    assert!(run.struck("duplicate") >= 3);
    assert!(run.count("fills") > 0, "{:#}", run.run.summary);
}

#[test]
fn private_messages_out_of_order_lead_to_the_same_money() {
    let run = virtually(&["probability = 0.3; do = 'reorder'; on = 'private'"]);
    assert!(run.struck("reorder") >= 2);
    assert!(run.count("fills") > 0, "{:#}", run.run.summary);
}

/// Orders that rest far from the market, so that only their age ends them.
fn resting(faults: &[&str]) -> Misfortune {
    Misfortune::in_virtual_time(6, faults).env("ALTHING__COUNCIL__ORDER__OFFSET_TICKS", "-300")
}

#[test]
fn an_answer_that_never_comes_makes_the_order_unknown_until_the_venue_says() {
    let faults =
        ["when = 'order.place#1'; do = 'drop_ack'", "when = 'ORDER_TRADE_UPDATE#1'; do = 'gap'"];
    let run = resting(&faults).survived().after("drop_ack", 1).after("gap", 1);
    assert!(run.recorded.reached("UNKNOWN") > 0);
    assert_eq!(run.recorded.reached("REJECTED") + run.recorded.reached("ABSENT"), 0);
}

#[test]
fn a_cancel_that_is_never_answered_is_asked_for_again() {
    let faults = [
        "when = 'order.cancel#1'; do = 'unknown_dropped'",
        "when = 'order.cancel#2'; do = 'drop_ack'",
    ];
    let run = resting(&faults).survived().after("unknown_dropped", 1).after("drop_ack", 1);
    assert!(run.recorded.reached("CANCELED") > 1);
}

#[test]
fn a_fill_that_is_never_told_is_found_out() {
    let faults = ["when = 'ORDER_TRADE_UPDATE#2'; do = 'gap'"];
    let run = Misfortune::in_virtual_time(6, &faults).survived().after("gap", 1);
    assert!(run.count("fills") > 0);
}

#[test]
fn an_answer_after_the_deadline_is_still_the_venues_word() {
    let faults = [
        "when = 'order.place#2'; do = 'delay'; by = '1500ms'",
        "when = 'ORDER_TRADE_UPDATE#2'; do = 'delay'; by = '1500ms'",
    ];
    let run = Misfortune::in_virtual_time(5, &faults).survived().after("delay", 2);
    assert!(run.count("fills") > 0 || run.count("cancels") > 0);
}

#[test]
fn an_outcome_that_the_venue_does_not_know_is_asked_about() {
    for fault in ["unknown_accepted", "unknown_dropped"] {
        for code in ["503", "-1007"] {
            let answer = format!("when = 'order.place#2'; do = '{fault}'; code = {code}");
            // The private stream would tell of an order that was accepted.
            let told = "when = 'ORDER_TRADE_UPDATE#2'; do = 'gap'";
            let faults = [&answer, told];
            let accepted = fault == "unknown_accepted";
            let (lost, left) = if accepted { (&faults[..], 0..=0) } else { (&faults[..1], 1..=1) };
            // That the venue knows no such order proves nothing yet: it stays UNKNOWN, and locks.
            let run = resting(lost).leaving_unknown(left).survived();
            let run = run.after(fault, 1);
            assert!(run.recorded.reported("OUTCOME_UNKNOWN") > 0, "{fault} {code}");
            assert!(run.recorded.reached("UNKNOWN") > 0, "{fault} {code}");
        }
    }
}

#[test]
fn a_venue_that_refuses_everything_for_a_while_is_waited_for() {
    for fault in ["throttle", "ban", "maintenance"] {
        let line = format!("when = 'order.place#3'; do = '{fault}'; for = '500ms'");
        let run = virtually(&[&line]).after(fault, 1);
        assert!(run.recorded.reached("ACCEPTED") > 2, "{fault} {:#}", run.run.summary);
    }
}

#[test]
fn a_clock_that_is_off_rejects_orders_and_ends_nothing() {
    let line = "when = 'order.place#3'; do = 'clock_skew'; by = '-5s'; for = '800ms'";
    let run = virtually(&[line]).after("clock_skew", 1);
    assert!(run.recorded.reached("REJECTED") + run.recorded.reached("ACCEPTED") > 2);
}

#[test]
fn a_venue_that_says_nothing_makes_its_books_stale() {
    let line = "at = '1500ms'; do = 'stall'; for = '3s'";
    let run = Misfortune::in_virtual_time(6, &[line]).survived().after("stall", 1);
    assert!(run.recorded.book_changes("stale", "silent") >= 3, "two seconds of silence");
}

/// Silence is noticed early, so that a half-open connection is given up within the run.
fn impatient(run: Misfortune) -> Misfortune {
    run.env("ALTHING__FEED__STALE_AFTER_MS", "1000").env("ALTHING__FEED__SILENCE_MS", "1500")
}

fn comes_back(fault: &str, target: &str) {
    // On virtual time a half-open connection is given up when the script says so.
    let span = if fault == "half_open" { "; for = '1300ms'" } else { "" };
    let line = format!("at = '1500ms'; do = '{fault}'; target = '{target}'{span}");
    let run = impatient(Misfortune::in_virtual_time(4, &[&line])).survived().after(fault, 1);
    let lost: usize = ["disconnected", "silent"]
        .iter()
        .map(|reason| run.recorded.book_changes("stale", reason))
        .sum();
    let market = ["market", "all"].contains(&target);
    assert!(!market || lost >= 3, "{fault} {target}: no book knew");
}

#[test]
fn a_market_connection_that_ends_comes_back() {
    for fault in ["close", "reset", "half_open"] {
        comes_back(fault, "market");
    }
}

#[test]
fn all_connections_that_end_at_once_come_back() {
    for fault in ["close", "reset", "half_open"] {
        comes_back(fault, "all");
    }
}

#[test]
fn an_order_connection_that_ends_comes_back() {
    for target in ["api", "private"] {
        comes_back("close", target);
    }
}

#[test]
fn orders_lost_in_a_half_open_connection_stay_unknown_and_lock_their_instrument() {
    let line = "at = '1500ms'; do = 'half_open'; target = 'api'; for = '1500ms'";
    let run = Misfortune::in_virtual_time(5, &[line]);
    // They never reached the venue, but that it knows none of them proves nothing.
    let run = run.leaving_unknown(1..=3).survived().after("half_open", 1);
    let commands: Vec<&str> = run.recorded.of_kind("command").map(|row| text(row, "op")).collect();
    let down = commands.iter().position(|op| *op == "order_link_down").expect("given up");
    assert!(commands[down..].contains(&"order_link_up"), "came back: {commands:?}");
    assert!(run.recorded.reported("NOT_FOUND") > 0, "nobody asked");
}

#[test]
fn a_connection_that_ends_while_answers_are_due_leaves_no_order_in_doubt() {
    let faults = [
        "when = 'order.place#3'; do = 'close'; target = 'api'",
        "when = 'order.place#5'; do = 'reset'; target = 'all'",
        "when = 'order.cancel#1'; do = 'close'; target = 'private'",
    ];
    let run = Misfortune::in_virtual_time(5, &faults).survived();
    assert!(run.struck("close") >= 1 && run.struck("reset") == 1, "{:#}", run.run.summary);
}

#[test]
fn everything_at_once_comes_to_the_same_orders_in_every_layout() {
    let faults = [
        "probability = 0.02; do = 'gap'; on = 'depth'",
        "probability = 0.02; do = 'garbage'; on = 'depth'",
        "probability = 0.05; do = 'duplicate'; on = 'bookTicker'",
        "probability = 0.05; do = 'reorder'; on = 'trade'",
        "probability = 0.2; do = 'drop_ack'; on = 'order.place'",
        "probability = 0.2; do = 'duplicate'; on = 'private'",
        "at = '900ms'; do = 'close'; target = 'market'",
        "at = '1800ms'; do = 'reset'; target = 'all'",
        "at = '2700ms'; do = 'stall'; for = '400ms'",
    ];
    let digests = ["fused", "pinned"].map(|layout| {
        let run = Misfortune::in_virtual_time(4, &faults);
        let run = run.env("ALTHING__ENGINE__LAYOUT", layout).survived();
        assert!(run.count("gaps") > 0 && run.count("undecodable") > 0);
        run.run.summary["order_digest"].clone()
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn over_sockets_broken_streams_are_mended() {
    let faults = [
        "when = 'depth#60'; do = 'gap'",
        "when = 'depth#120'; do = 'garbage'",
        "probability = 0.02; do = 'duplicate'; on = 'depth'",
        "probability = 0.01; do = 'reorder'; on = 'depth'",
        "at = '2500ms'; do = 'stall'; for = '700ms'",
    ];
    let run = Misfortune::over_sockets(5, &faults).survived().after("gap", 1).after("garbage", 1);
    assert!(run.count("gaps") >= 1);
    assert!(run.count("undecodable") >= 1);
}

#[test]
fn over_sockets_connections_come_back() {
    let faults = [
        "at = '1s'; do = 'close'; target = 'market'",
        "at = '2s'; do = 'reset'; target = 'all'",
        "at = '3s'; do = 'half_open'; target = 'market'",
    ];
    let run = impatient(Misfortune::over_sockets(8, &faults))
        .survived()
        .after("close", 1)
        .after("reset", 1)
        .after("half_open", 1);
    assert!(run.recorded.book_changes("stale", "disconnected") >= 6);
}

#[test]
fn over_sockets_lost_answers_leave_only_that_in_doubt_which_is() {
    let faults = [
        "when = 'order.place#2'; do = 'drop_ack'",
        "when = 'order.place#4'; do = 'unknown_accepted'",
        "when = 'order.place#6'; do = 'unknown_dropped'; code = -1007",
        "when = 'order.place#8'; do = 'throttle'; for = '300ms'",
        "probability = 1; do = 'duplicate'; on = 'ORDER_TRADE_UPDATE'",
    ];
    // One that the venue dropped and cannot say so.
    let run = Misfortune::over_sockets(6, &faults).leaving_unknown(1..=1).survived();
    for fault in ["drop_ack", "unknown_accepted", "unknown_dropped"] {
        assert_eq!(run.struck(fault), 1, "{fault}");
    }
    assert!(run.recorded.reached("UNKNOWN") >= 1);
}
