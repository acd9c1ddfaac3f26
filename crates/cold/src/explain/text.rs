//! An explanation as text: from the tick down to the order and its end, each
//! step in a trader's words, with its sequence number in the first column.

use super::shown::{Shown, plain};
use super::utc::{span, utc};
use super::why::Explanation;
use serde_json::Value;
use std::fmt::Write;
use types::Nanos;

/// The whole text. Writing to a string cannot fail, so results are let go.
pub(crate) fn render(of: &Explanation) -> String {
    let mut out = String::new();
    headline(&mut out, of);
    section(&mut out, "the event that it came from", &of.inputs, event);
    section(&mut out, "the book then", of.touch.as_slice(), |shown| touch(shown, of.ts));
    section(&mut out, "indicators", &of.signals, |shown| signal(shown, of.ts));
    section(&mut out, "votes", &of.votes, |shown| vote(shown, of.ts));
    if let Some(tally) = of.tally {
        let _ = writeln!(out, "  {:>10}  {}", "tally", tally.to_text());
    }
    section(&mut out, "the council wants", of.intent.as_slice(), order);
    section(&mut out, "rules, in their order; the first refusal wins", &of.verdicts, verdict);
    outcome(&mut out, of);
    stages(&mut out, of);
    section(&mut out, "its life", &of.life, |shown| life(shown, of.ts));
    out
}

fn headline(out: &mut String, of: &Explanation) {
    let asked = of.action.as_ref().or(of.approved.as_ref()).or(of.intent.as_ref());
    let state = of.state.map_or("never sent", |state| state.as_str());
    let asked_for = asked.map_or_else(String::new, |shown| format!(": {}", terms(shown)));
    let _ = writeln!(out, "order {} {} {state}{asked_for}", of.order, of.instrument);
    let _ = writeln!(out, "decided at {}, sequence {}", utc(of.ts), of.sequence);
    let by = asked.and_then(|shown| shown.name.as_deref());
    let mut ids = of.life.iter().rev().map(|shown| shown.field("venue_order_id"));
    let venue_id = ids.find(|id| !id.is_empty() && id != "nothing");
    if let Some(by) = by {
        let venue_id = venue_id.map_or_else(String::new, |id| format!(", venue order {id}"));
        let _ = writeln!(out, "wanted by {by}{venue_id}");
    }
}

fn section(out: &mut String, title: &str, shown: &[Shown], line: impl Fn(&Shown) -> String) {
    if shown.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for shown in shown {
        let _ = writeln!(out, "  {:>10}  {}", shown.sequence, line(shown));
    }
}

/// Every field that says something.
fn fields(shown: &Shown) -> String {
    let mut text = shown.kind.replace('_', " ");
    for (name, value) in &shown.fields {
        let _ = write!(text, " {name}={}", plain(value));
    }
    text
}

fn event(shown: &Shown) -> String {
    let field = |name| shown.field(name);
    let what = match shown.kind {
        "trade" => format!("trade: {} {} at {}", field("aggressor"), field("qty"), field("price")),
        "level" | "snapshot_level" => {
            format!("level: {} {} at {}", field("side"), field("qty"), field("price"))
        }
        "quote" => quoted(shown),
        _ => return fields(shown),
    };
    match shown.number("exch_ts_ns") {
        0 => what,
        then => format!("{what}, {} after the venue's own time", span(shown.ts.0 - then)),
    }
}

fn quoted(shown: &Shown) -> String {
    let field = |name| shown.field(name);
    format!(
        "bid {} for {}, ask {} for {}",
        field("bid"),
        field("bid_qty"),
        field("ask"),
        field("ask_qty")
    )
}

fn touch(shown: &Shown, now: Nanos) -> String {
    let crossed = if shown.number("crossed") == 0 { "" } else { ", crossed" };
    format!("{}, {}{crossed}, {}", quoted(shown), shown.field("state"), age(shown, now))
}

fn signal(shown: &Shown, now: Nanos) -> String {
    let name = shown.name.as_deref().unwrap_or_default();
    let line = shown.field("line");
    let line = if line == "0" { String::new() } else { format!(" line {line}") };
    format!("{:<24} {}, {}", format!("{name}{line}"), shown.field("value"), age(shown, now))
}

fn vote(shown: &Shown, now: Nanos) -> String {
    let shadow = if shown.kind == "shadow_vote" { "shadow " } else { "" };
    let name = format!("{shadow}{}", shown.name.as_deref().unwrap_or_default());
    let direction = shown.field("direction");
    let confidence = match direction.as_str() {
        "abstain" => String::new(),
        _ => format!(" {}", shown.field("confidence")),
    };
    let mut text = format!("{name:<24} {direction}{confidence}");
    let _ = write!(text, " because {}", shown.text.as_deref().unwrap_or_default());
    if let Some(meaning) = &shown.meaning {
        // What follows the semicolon says what was seen, which stands below.
        let _ = write!(text, ": {}", meaning.split(';').next().unwrap_or_default());
    }
    let saw = shown.value("saw").and_then(Value::as_array).into_iter().flatten();
    let saw: Vec<_> = saw.map(measured).collect();
    if !saw.is_empty() {
        let _ = write!(text, " ({})", saw.join(", "));
    }
    let _ = write!(text, ", {}", age(shown, now));
    text
}

fn measured(of: &Value) -> String {
    let part = |name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default();
    match part("unit") {
        "" | "price" => format!("{} {}", part("name"), part("value")),
        unit => format!("{} {} {unit}", part("name"), part("value")),
    }
}

/// `BUY 0.010 at 65000.00 LIMIT GTX reduce_only`.
fn terms(shown: &Shown) -> String {
    let field = |name| shown.field(name);
    let action = field("action");
    if action == "cancel" {
        return action;
    }
    let mut text = if action == "place" { String::new() } else { format!("{action} ") };
    let _ = write!(text, "{} {}", field("side"), field("qty"));
    if field("type") == "LIMIT" {
        let _ = write!(text, " at {}", field("price"));
    }
    let _ = write!(text, " {} {} {}", field("type"), field("time_in_force"), field("flags"));
    text.trim_end().to_owned()
}

fn order(shown: &Shown) -> String {
    format!("{} {}", shown.field("action"), terms(shown))
}

fn verdict(shown: &Shown) -> String {
    let name = shown.name.as_deref().unwrap_or_default();
    let (verdict, unit) = (shown.field("verdict"), shown.field("unit"));
    let number = |name: &str, ns: &str| match shown.value(ns).and_then(Value::as_i64) {
        Some(ns) => span(ns),
        None => shown.field(name),
    };
    let (seen, limit) = (number("seen", "seen_ns"), number("limit", "limit_ns"));
    // A time says its unit itself.
    let unit = if unit == "ns" || unit.is_empty() { String::new() } else { format!(" ({unit})") };
    format!("{verdict:<8} {name:<24} seen {seen} limit {limit}{unit}")
}

/// What risk and the gateway made of the intent: only what is not the same again.
fn outcome(out: &mut String, of: &Explanation) {
    let same = |shown: &Shown| of.intent.as_ref().is_some_and(|i| terms(i) == terms(shown));
    for (who, shown) in [("risk approved", &of.approved), ("the gateway accepted", &of.action)] {
        let Some(shown) = shown else { continue };
        let what = if same(shown) { "it as it was".to_owned() } else { order(shown) };
        let _ = writeln!(out, "\n{who}\n  {:>10}  {what}", shown.sequence);
    }
    if let (Some(_), None) = (&of.intent, &of.approved) {
        let _ = writeln!(out, "\nrisk did not approve it; nothing was sent");
    }
}

fn stages(out: &mut String, of: &Explanation) {
    if of.timing.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nnanoseconds in each stage, and since the socket read");
    let mut since = 0;
    for time in &of.timing {
        since += time.ns;
        let _ = writeln!(out, "  {:<22} {:>10} {since:>10}", time.stage, time.ns);
    }
    if let Some(ns) = of.tick_to_order_ns {
        let _ = writeln!(out, "  {:<22} {:>10} {ns:>10}", "tick_to_order", "");
    }
}

fn life(shown: &Shown, decided: Nanos) -> String {
    let field = |name| shown.field(name);
    let after = format!("+{:<12}", span(shown.ts.0 - decided.0));
    let what = match shown.kind {
        "transition" => {
            // The first step is the line's own and has no cause outside of it.
            let cause = match field("to").as_str() {
                "APPROVED" => String::new(),
                _ => format!(" on {}", field("cause")),
            };
            format!("{} -> {}{cause}", field("from"), field("to"))
        }
        "report" => report(shown),
        "report_detail" => detail(shown),
        "intent" => format!("the council wants {}", terms(shown)),
        "action" => format!("the gateway accepts {}", terms(shown)),
        _ => fields(shown),
    };
    format!("{after} {what}")
}

fn report(shown: &Shown) -> String {
    let field = |name| shown.field(name);
    let status = field("status");
    let mut text = match status.as_str() {
        "FILL" | "FILLED_ALL" => format!(
            "{status}: {} {} at {} as {}",
            field("side"),
            field("qty"),
            field("price"),
            field("liquidity")
        ),
        "SENT" => "our socket took it: SENT".to_owned(),
        _ => format!("report: {status}"),
    };
    if shown.number("code") != 0 {
        let _ = write!(text, ", code {}", field("code"));
    }
    text
}

fn detail(shown: &Shown) -> String {
    let field = |name: &str| Some(shown.field(name)).filter(|text| text != "nothing");
    let mut text = "  the venue's words:".to_owned();
    for (name, word) in [("venue_order_id", "order"), ("trade_id", "trade")] {
        if let Some(id) = field(name) {
            let _ = write!(text, " {word} {id},");
        }
    }
    if field("trade_id").is_some() {
        let _ = write!(text, " fee {},", shown.field("fee"));
    }
    if shown.number("exch_ts_ns") != 0 {
        let ago = shown.ts.0 - shown.number("exch_ts_ns");
        let _ = write!(text, " {} after its own time,", span(ago));
    }
    text.trim_end_matches(',').to_owned()
}

/// How old it was when the order was decided.
fn age(shown: &Shown, now: Nanos) -> String {
    match now.0 - shown.ts.0 {
        0 => "now".to_owned(),
        ago => format!("{} before", span(ago)),
    }
}
