//! The rules' refusals, and what risk refuses by itself. Meaning, unit, limits, codes and remedy
//! are the rule's own; its example is written by the code that `althing why` is written with.

use super::{Code, Family};
use althing::described;
use cold::{Names, RuleWords};
use types::{InstrumentId, InstrumentSpec, Money, Price, Qty, Symbol, Verdict, Wide};

pub(super) fn family() -> Family {
    let rules = described::rules();
    let rules = rules.iter().map(|rule| of_rule(rule.name, rule.meaning, &rule.markdown()));
    let built_in = risk::BUILT_IN_REASONS.iter().map(|(name, meaning)| of_built_in(name, meaning));
    Family {
        folder: "denied",
        about: "A rule that said no: the order was not sent.",
        head: "rule",
        seen: "`althing why ORDER` among the verdicts, `althing status` as `denied`, `denied` in the summary.\n\
               `althing_denied_total{rule=\"CODE\"}` in `/metrics`.\n\
               `althing ledger query \"SELECT * FROM refusals WHERE rule = 'CODE'\"` lists every one with what it saw.",
        codes: rules.chain(built_in).collect(),
    }
}

fn of_rule(name: &'static str, meaning: &str, described: &str) -> Code {
    let rule = risk::RULES.iter().find(|rule| rule.name == name).expect("registered");
    let (when, more, (seen, limit)) = told(name);
    Code {
        code: name.to_owned(),
        meaning: meaning.to_owned(),
        when,
        remedy: rule.remedy.to_owned(),
        more,
        example: verdict(rule, seen, limit),
        extra: limits(rule, described),
    }
}

/// Its limits, and its line in the demo's configuration.
fn limits(rule: &risk::RuleDescriptor, described: &str) -> String {
    let mut out = "\n## Its limits\n\n".to_owned();
    let tables = described.split_once('|').map(|(_, rest)| format!("|{rest}"));
    match tables {
        Some(tables) => out += tables.trim_end(),
        None => out += "It has none: it judges by what the venue and the operator say.",
    }
    let demo = config::DEMO;
    let head = format!("[risk.{}]", rule.name);
    let block: Vec<_> = demo
        .lines()
        .skip_while(|line| *line != head)
        .take_while(|line| *line == head || (!line.starts_with('[') && !line.is_empty()))
        .collect();
    out += &match (block.is_empty(), rule.unless_named) {
        (false, _) => {
            format!("\n\nIn the demo's configuration:\n\n```toml\n{}\n```\n", block.join("\n"))
        }
        (true, Some(why)) => format!("\n\nOff in a configuration that does not name it: {why}.\n"),
        (true, None) => "\n".to_owned(),
    };
    out
}

/// A line as `althing why` writes it.
fn verdict(rule: &risk::RuleDescriptor, seen: i128, limit: i128) -> String {
    let words = RuleWords {
        name: rule.name.to_owned(),
        unit: rule.unit.to_owned(),
        codes: rule.codes.iter().map(|(code, words)| (*code, (*words).to_owned())).collect(),
    };
    let names = Names { rules: vec![words], ..Names::default() };
    let verdict =
        Verdict { rule: 0, passed: 0, pad: [0; 5], seen: Wide::new(seen), limit: Wide::new(limit) };
    let judged = names.judged(&verdict, Some(&bitcoin()));
    if let Some((seen, limit)) = judged.times {
        let seconds = |ns: i64| format!("{}.{:03} s", ns / 1_000_000_000, ns / 1_000_000 % 1000);
        let (seen, limit) = (seconds(seen), seconds(limit));
        return format!("refused  {:<24} seen {seen} limit {limit}", rule.name);
    }
    let shown = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
    let unit = if judged.unit.is_empty() { String::new() } else { format!(" ({})", judged.unit) };
    format!(
        "refused  {:<24} seen {} limit {}{unit}",
        rule.name,
        shown(judged.seen),
        shown(judged.limit)
    )
}

fn bitcoin() -> InstrumentSpec {
    InstrumentSpec {
        id: InstrumentId(0),
        version: 1,
        symbol: Symbol::new("BTCUSDT").expect("a symbol"),
        price_decimals: 2,
        qty_decimals: 3,
        tick_size: Price(10),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money(100 * ONE),
        maker_ppm: 200,
        taker_ppm: 500,
    }
}

/// One unit of money or of a scaled quantity.
const ONE: i128 = 1_000_000_000_000_000_000;
const MS: i128 = 1_000_000;

type Told = (&'static str, &'static str, (i128, i128));

/// When it refuses, what else to do, and what it saw and allowed in the example.
fn told(rule: &str) -> Told {
    gates(rule)
        .or_else(|| numbers(rule))
        .or_else(|| exposures(rule))
        .or_else(|| loops(rule))
        // A rule that is one file and one line has said it all itself.
        .unwrap_or((
            "What it sees is beyond its limit.",
            "`althing rules` tells its unit and its limits.",
            (2, 1),
        ))
}

fn gates(rule: &str) -> Option<Told> {
    Some(match rule {
        "kill_latch" => (
            "Before the line is armed at the start, after a stop or a disarm, and after the kill latch was raised.\n\
             While draining, an order that can only bring the position nearer to zero passes.",
            "One or two at the end of a run are its own stop.\n\
             Many at the start mean that the line is not armed yet: `/readyz` says what it waits for.",
            (2, 0),
        ),
        "instrument_allowed" => (
            "The instrument has no specification yet, or the configuration lets its position only shrink and the order would let it grow.",
            "A close-only instrument is `reduce_only = true` under `[risk.instrument_allowed.instruments.NAME]`: then this refusal is what you asked for.",
            (1, 0),
        ),
        "book_live" => (
            "The book is syncing or stale, one side of it is empty, it is crossed, or its touch has not changed for longer than the limit.\n\
             Nothing to see means that there was no usable touch at all.",
            "[Why a book is not LIVE](../../errors.md#why-a-book-is-not-live) lists the reasons; `althing_book_changes_total` counts them.",
            (2500 * MS, 2000 * MS),
        ),
        "clock_skew" => (
            "The venue's stamp on the newest market message and our own are further apart than the limit, in either direction.\n\
             A clock that runs off, a connection that lags by seconds, or a recording from another day look the same.",
            "`chronyc tracking` says what is wrong with the clock; where it is right, the connection is late: look at `althing_stream_messages_total` for a connection that brings everything late.",
            (6200 * MS, 5000 * MS),
        ),
        _ => return None,
    })
}

fn numbers(rule: &str) -> Option<Told> {
    Some(match rule {
        "conformity" => (
            "A price is off the tick grid, a quantity off the lot grid or outside the venue's least and greatest, or the whole is worth too little.\n\
             The limit is a code that says which.",
            "After a venue has changed a specification, the next start reads it; `althing ledger query --table instruments` shows the one in force.\n\
             An order below min_notional wants a larger council.order.qty.",
            (6_180_005, 4),
        ),
        "price_collar" => (
            "The limit price is further from the middle of the best bid and ask than the limit: a fat finger, a stale member, or a book that has just jumped.",
            "A market order is measured at the touch that it would take.",
            (12_345, 10_000),
        ),
        "mark_collar" => (
            "The limit price is further from the venue's mark price than the limit, or there is no mark price.\n\
             Its purpose is a book that was emptied: there the price stands near the middle and far from the mark.",
            "Nothing seen means that no mark price has come: `mark_price` belongs into feed.streams.",
            (31_000, 20_000),
        ),
        "max_order_qty" => (
            "One order is larger than the limit, in base units: most often a quantity that was meant as money.",
            "`[risk.max_order_qty.instruments.NAME]` gives one instrument a limit of its own.",
            (1500 * ONE, 1000 * ONE),
        ),
        "max_order_notional" => (
            "Price times quantity of one order is above the limit, in the quote asset: a slipped digit in either.\n\
             A market order is valued at the touch.",
            "`[risk.max_order_notional.instruments.NAME]` gives one instrument a limit of its own.",
            (11_124 * ONE, 10_000 * ONE),
        ),
        _ => return None,
    })
}

fn exposures(rule: &str) -> Option<Told> {
    Some(match rule {
        "max_position" => (
            "If this order and every working order on its side were filled, the position would be past the limit, long or short.\n\
             An order with reduce_only that would not reduce is refused here too, with limit 0.",
            "Orders in UNKNOWN count as working until the venue has said what became of them.\n\
             council.order.position_max makes the council stop asking before risk has to refuse.",
            (ONE * 105 / 1000, ONE / 10),
        ),
        "max_short" => (
            "If this sell and every working one were filled, more would have been sold than bought, and by more than the limit.\n\
             On spot nothing is sold short: what the account held before the run pays for such a sell, and the venue refuses it (-2010) where nothing does.",
            "A start with limits beyond the balance is refused with the key to write; `limit = \"0\"` sells only what was bought.",
            (ONE * 11 / 100, ONE / 10),
        ),
        "max_gross_exposure" => (
            "The worst that positions and working orders of all instruments could come to, each at its own touch, would be worth more than the limit.\n\
             Nothing seen means that one of them has no price to be valued at.",
            "`althing positions` shows what is held; a book that is not live leaves its position without a value.",
            (100_450 * ONE, 100_000 * ONE),
        ),
        "max_open_orders" => (
            "So many orders are alive already, over all instruments: working, sent and not answered, or UNKNOWN.",
            "`althing status` lists those that work and those that are UNKNOWN; many UNKNOWN are a venue that does not answer, and a higher limit does not help.",
            (17, 16),
        ),
        "daily_loss" => (
            "On one day (UTC) the engine has lost more than the limit, fees and open positions included.\n\
             It stays refused when prices come back: the worst of the day counts, until a restart.",
            "`althing ledger query \"SELECT instrument, realised, unrealised, fees FROM positions\"` says where it was lost.",
            (10_012 * ONE, 10_000 * ONE),
        ),
        _ => return None,
    })
}

fn loops(rule: &str) -> Option<Told> {
    Some(match rule {
        "duplicate_intent" => (
            "An order of the same instrument, side, price, quantity, type and time in force was approved less than window_ms ago.",
            "A refusal now and then is a market that comes back to the same price; a row of them is a loop in a member.",
            (2, 1),
        ),
        "fan_out" => (
            "One market event has brought more orders than the limit.",
            "The limit is the number of instruments that may rightly act on one event; a refusal at that limit is a loop.",
            (3, 2),
        ),
        "order_rate" => (
            "The last second has seen as many order messages as the limit, cancels counted.",
            "The venue's own limit answers with a ban, this one with a refusal: stay below it.\n\
             `althing_order_actions_total` shows the rate.",
            (21, 20),
        ),
        _ => return None,
    })
}

fn of_built_in(name: &str, meaning: &str) -> Code {
    let (when, more, example) = match name {
        "unknown_instrument" => (
            "A member, or a member of another crate, wants an instrument of which no specification was sequenced.",
            "Look whether the instrument is in instruments.ids, and whether the venue lists it: `althing ledger query --table instruments`.",
            "refused  unknown_instrument       seen 7 limit 3",
        ),
        "malformed_order" => (
            "The council's order has no id, or its quantity is zero or below: a fault of the program, caught before it could be sent.",
            "",
            "refused  malformed_order          seen 0 limit 0",
        ),
        "duplicate_order" => (
            "An order with this id is alive already.\nIds are made of epoch, strategy and a counter, so this is a fault of the program, or of a state directory that was copied back.",
            "Never run two engines from copies of one state directory.",
            "refused  duplicate_order          seen 2 limit 1",
        ),
        "order_table_full" => (
            "Risk keeps account of a fixed number of live orders, and all of its places are taken.",
            "Long before that `max_open_orders` should have refused: lower its limit.",
            "refused  order_table_full         seen 4097 limit 4096",
        ),
        "not_amendable" => (
            "An amendment came for an order that is over, belongs to another instrument or side, waits for the answer to its last amendment, or would end below what is filled.\n\
             Most often the order was filled while the council made up its mind.",
            "The order itself stands as it was; one now and then is the market's speed, not a fault.",
            "refused  not_amendable            seen 1 limit 0",
        ),
        other => panic!("{other} has no page: say when it happens in errors/denied.rs"),
    };
    let remedy = if name == "not_amendable" {
        "nothing; set council.order.amend_ticks higher where it comes often"
    } else {
        "nothing to configure: the order could not be kept account of; report it with the journal where it comes again"
    };
    Code {
        code: name.to_owned(),
        meaning: meaning.to_owned(),
        when,
        remedy: remedy.to_owned(),
        more,
        example: example.to_owned(),
        extra: String::new(),
    }
}
