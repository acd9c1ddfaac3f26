//! An explanation as text: from the tick down to the order and its end.

use super::shown::{Shown, plain};
use super::why::Explanation;
use std::fmt::Write;

/// The whole text. Writing to a string cannot fail, so results are let go.
pub(crate) fn render(of: &Explanation) -> String {
    let mut out = String::new();
    let state = of.state.map_or("never sent", |state| state.as_str());
    let _ = writeln!(out, "order {} {} {state}", of.order, of.instrument);
    section(&mut out, "the tick", &of.inputs, fields);
    section(&mut out, "best bid and ask", of.touch.as_slice(), fields);
    section(&mut out, "indicators", &of.signals, signal);
    section(&mut out, "votes", &of.votes, vote);
    section(&mut out, "the council's intent", of.intent.as_slice(), fields);
    section(&mut out, "rules", &of.verdicts, verdict);
    section(&mut out, "approved by risk", of.approved.as_slice(), fields);
    section(&mut out, "accepted by the gateway", of.action.as_slice(), fields);
    if !of.timing.is_empty() {
        let _ = writeln!(out, "\nnanoseconds");
        for time in &of.timing {
            let _ = writeln!(out, "  {:<22} {:>10}", time.stage, time.ns);
        }
        if let Some(ns) = of.tick_to_order_ns {
            let _ = writeln!(out, "  {:<22} {ns:>10}", "tick_to_order");
        }
    }
    section(&mut out, "its life", &of.life, life);
    out
}

fn section(out: &mut String, title: &str, shown: &[Shown], line: fn(&Shown) -> String) {
    if shown.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for shown in shown {
        let _ = writeln!(out, "  {:>10}  {}", shown.sequence, line(shown));
    }
}

fn fields(shown: &Shown) -> String {
    let mut text = format!("{:<11}", shown.kind);
    for (name, value) in &shown.fields {
        let _ = write!(text, " {name}={}", plain(value));
    }
    text
}

fn signal(shown: &Shown) -> String {
    let name = shown.name.as_deref().unwrap_or_default();
    let line = shown.field("line");
    let line = if line == "0" { String::new() } else { format!(" line {line}") };
    format!("{name}{line} = {}", shown.field("value"))
}

fn vote(shown: &Shown) -> String {
    let seen: Vec<_> = (1..=4).map(|n| shown.field(&format!("seen_{n}"))).collect();
    format!(
        "{}{} {} {} because {} (saw {})",
        if shown.kind == "shadow_vote" { "shadow " } else { "" },
        shown.name.as_deref().unwrap_or_default(),
        shown.field("direction"),
        shown.field("confidence"),
        shown.text.as_deref().unwrap_or_default(),
        seen.join(", ")
    )
}

fn verdict(shown: &Shown) -> String {
    let name = shown.name.as_deref().unwrap_or_default();
    let (seen, limit) = (shown.field("seen"), shown.field("limit"));
    format!("{:<8} {name:<24} seen {seen} limit {limit}", shown.field("verdict"))
}

fn life(shown: &Shown) -> String {
    if shown.kind == "transition" {
        let (from, to) = (shown.field("from"), shown.field("to"));
        return format!("{}  {from} -> {to} on {}", shown.ts.0, shown.field("cause"));
    }
    format!("{}  {}", shown.ts.0, fields(shown))
}
