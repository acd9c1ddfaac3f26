//! Order connections: keys that log on, and the second connection that takes over from a lost one.
//!
//! In virtual time and over sockets. What a fault must leave behind beside that stands in `faults`.

use crate::audit::audit;
use crate::misfortune::{Misfortune, Survived};
use crate::recorded::Recorded;
use crate::scratch::Scratch;
use crate::summary::{count, text};
use crate::worlds::{Run, demo};

const KEY_TYPE: &str = "ALTHING__VENUES__BINANCE__KEY_TYPE";

/// A run that signs with Ed25519, and holds what every run must.
fn logs_on(arguments: &[&str]) -> Run {
    let scratch = Scratch::new();
    let ended = demo(&scratch, arguments).env(KEY_TYPE, "ed25519").run().code(0);
    let summary = ended.json();
    for key in ["gaps", "undecodable", "allocations_after_seal", "orders_left_open"] {
        assert_eq!(count(&summary, key), 0, "{key}\n{}", ended.said());
    }
    assert!(count(&summary, "orders") > 0 && count(&summary, "fills") > 0, "{}", ended.said());
    assert_eq!(summary["replay_equal"], true, "{}", ended.said());
    assert_eq!(summary["venue_agrees"], true, "{}", ended.said());
    let run = Run { summary, scratch };
    audit(&run);
    run
}

#[test]
fn an_ed25519_key_logs_on_and_trades_in_virtual_time_the_same_in_every_layout() {
    let arguments = ["--virtual", "--seed", "7", "--duration", "4", "--layout"];
    let digests = ["fused", "pinned"].map(|layout| {
        let run = logs_on(&[&arguments[..], &[layout]].concat());
        text(&run.summary, "order_digest").to_owned()
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn an_ed25519_key_logs_on_and_trades_over_sockets() {
    logs_on(&["--seed", "7", "--duration", "4"]);
}

#[test]
fn a_logon_that_is_never_taken_starts_nothing_and_says_so() {
    let scratch = Scratch::new();
    let fault = "[[fault]]\nprobability = 1\ndo = 'unknown_dropped'\non = 'session.logon'\n";
    let script = scratch.file("script.toml", fault);
    let program = demo(&scratch, &["--virtual", "--duration", "30", "--rate", "100"]);
    let ended =
        program.env(KEY_TYPE, "ed25519").env("ALTHING__EXCHANGE__SCRIPT", &script).run().code(4);
    for word in ["order link down", "refused the logon", "-1000"] {
        assert!(ended.err.contains(word), "{word} is missing: {}", ended.err);
    }
}

/// Moves of the order link in a journal: each loss with the return right behind it in the same
/// moment is one connection taking over from the other.
fn link_moves(recorded: &Recorded) -> Vec<&str> {
    let ops = recorded.of_kind("command").map(|row| text(row, "op"));
    ops.filter(|op| op.starts_with("order_link")).collect()
}

/// The working connection is lost with the answer to an order, and then the one that took over.
fn takes_over(run: Misfortune) -> Survived {
    let run = run.survived().after("close", 1).after("reset", 1);
    assert_eq!(run.count("order_link_switched"), 2, "{:#}", run.run.summary);
    let moves = link_moves(&run.recorded);
    let [down, up] = ["order_link_down", "order_link_up"];
    assert_eq!(moves, [up, down, up, down, up], "never without one for long");
    run
}

const LOST: [&str; 2] =
    ["when = 'order.place#2'; do = 'close'", "when = 'order.place#9'; do = 'reset'"];

#[test]
fn the_second_order_connection_takes_over_and_nothing_is_lost_or_doubled() {
    takes_over(Misfortune::in_virtual_time(5, &LOST));
}

/// Over sockets, where a reset may also take an order with it that was under way: it stays UNKNOWN,
/// since that the venue knows none proves nothing yet.
fn over_sockets() -> Misfortune {
    Misfortune::over_sockets(6, &LOST).leaving_unknown(0..=2)
}

#[test]
fn the_second_order_connection_takes_over_over_sockets() {
    takes_over(over_sockets());
}

#[test]
fn a_connection_that_logs_on_takes_over_and_the_lost_one_logs_on_anew() {
    takes_over(Misfortune::in_virtual_time(5, &LOST).env(KEY_TYPE, "ed25519"));
    takes_over(over_sockets().env(KEY_TYPE, "ed25519"));
}

#[test]
fn what_was_under_way_on_the_lost_connection_is_asked_about_on_the_other() {
    // The private stream does not tell of the order either.
    let faults =
        ["when = 'order.place#1'; do = 'close'", "when = 'ORDER_TRADE_UPDATE#1'; do = 'gap'"];
    let run = Misfortune::in_virtual_time(6, &faults);
    // Far from the market: it rests, and only a question can tell of it.
    let run = run.env("ALTHING__COUNCIL__ORDER__OFFSET_TICKS", "-300");
    let run = run.survived().after("close", 1).after("gap", 1);
    assert_eq!(run.count("order_link_switched"), 1);
    assert!(run.recorded.reached("UNKNOWN") > 0, "it was in doubt");
    assert_eq!(run.recorded.reached("REJECTED") + run.recorded.reached("ABSENT"), 0);
}

/// A connection that is dead and says nothing: its silence is noticed late, an order without an
/// answer at once.
#[test]
fn a_dead_connection_costs_what_went_into_it_and_the_next_order_takes_the_other() {
    let dead = ["when = 'order.place#3'; do = 'half_open'; for = '20s'"];
    let run = Misfortune::over_sockets(9, &dead).leaving_unknown(0..=3);
    let run = run.survived().after("half_open", 1);
    assert!(run.count("order_link_switched") > 0, "{:#}", run.run.summary);
    let accepted = run.recorded.reached("ACCEPTED") + run.recorded.reached("FILLED");
    assert!(accepted > 3, "orders went on over the other: {accepted}");
}
