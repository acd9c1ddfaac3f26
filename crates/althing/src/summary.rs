//! The end of a run: one document for machines, one page for people.

use crate::failure::Failure;
use crate::worlds::realtime::Ended;
use cold::{Comparison, StageLatency, StatsSnapshot};
use exchange::{ExchangeStats, PushCounters};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use venue::AccountState;

/// What a run came to.
pub struct Summary {
    document: Value,
    world: &'static str,
}

/// What came of replaying a run's journal.
pub struct Verdict {
    /// The replay of its own journal in another layout.
    pub replay: Comparison,
    /// That layout.
    pub replay_layout: String,
}

fn get(counter: &AtomicU64) -> u64 {
    // Relaxed: the line has ended.
    counter.load(Ordering::Relaxed)
}

impl Summary {
    /// Collects everything. `world` is for the headline; without a verdict nothing
    /// is said of a replay.
    #[must_use]
    pub fn new(ended: &Ended, world: &'static str, verdict: Option<&Verdict>) -> Self {
        let stats = ended.cold.stats();
        let outcome = ended.cold.outcome();
        let mut document = json!({});
        let frames = counts(ended, &mut document);
        // Those before the arming made the books whole, and are not of that time.
        let timed = frames.saturating_sub(ended.frames_before);
        let elapsed = ended.elapsed.as_secs_f64();
        let (after_seal, in_tls) = actor::allocations();
        let journal = outcome.sealed.as_ref().map(|sealed| sealed.directory.display().to_string());
        let more = json!({
            "events": stats.events,
            "signals": stats.signals,
            "votes": stats.votes,
            "shadow_votes": stats.shadow_votes,
            "intents": stats.intents,
            "denied": denied(&stats),
            "orders": stats.orders,
            "cancels": stats.cancels,
            "fills": stats.fills,
            "elapsed_s": round3(elapsed),
            "frames_per_s": round3(timed as f64 / elapsed.max(1e-9)),
            "allocations_after_seal": after_seal,
            "allocations_tls": in_tls,
            "layout": ended.layout,
            "pinned": pinned(ended),
            "order_digest": stats.order_digest,
            "journal": journal,
            "stages": stats.stages.iter().map(|stage| (stage.name.to_owned(), latency(stage))).collect::<Map<_, _>>(),
            "tick_to_order": latency(&stats.tick_to_order),
            "position": positions(&stats),
            "pnl": money(stats.pnl()),
            "fees": money(stats.fees()),
            "funding": money(stats.funding),
            "orders_left_open": ended.left_open,
            "venue_agrees": venue_agrees(ended, &stats),
        });
        merge(&mut document, more);
        if let Some(model) = ended.model {
            merge(&mut document, json!({"model": taken_in(model)}));
        }
        if let Some(verdict) = verdict {
            merge(&mut document, replayed(verdict, &stats));
        }
        Self { document, world }
    }

    /// The document.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.document
    }

    /// Whether every promise that a run can check of itself held.
    ///
    /// # Errors
    /// When one did not.
    pub fn verdict(&self) -> Result<(), Failure> {
        let broken = |key: &str| self.document[key] == json!(false);
        if broken("replay_equal") || broken("venue_agrees") {
            return Err(Failure::failed("a promise did not hold; see the summary"));
        }
        Ok(())
    }

    /// The page.
    #[must_use]
    pub fn text(&self) -> String {
        let d = &self.document;
        let mut out = String::new();
        let _ = writeln!(
            out,
            "\nAlthing, {}: {} s, layout {}\n",
            self.world,
            d["elapsed_s"],
            text(&d["layout"])
        );
        latency_table(d, &mut out);
        let _ = writeln!(out);
        row(
            &mut out,
            "in",
            d,
            &["frames", "frames_per_s", "events", "gaps", "crossed", "undecodable", "dropped"],
        );
        row(&mut out, "books", d, &["book_dropped"]);
        row(&mut out, "decided", d, &["signals", "votes", "intents", "orders", "cancels", "fills"]);
        let denied = pairs(&d["denied"]);
        let _ = writeln!(
            out,
            "  {:<10}{}",
            "denied",
            if denied.is_empty() { "none".to_owned() } else { denied }
        );
        let _ = writeln!(out, "  {:<10}{}", "position", pairs(&d["position"]));
        row(&mut out, "money", d, &["pnl", "fees", "funding"]);
        let pinned = d["pinned"].as_array().into_iter().flatten().map(|p| {
            format!(
                "{}:{}",
                text(&p["actor"]),
                if p["applied"] == json!(true) {
                    p["core"].to_string()
                } else {
                    "not pinned".to_owned()
                }
            )
        });
        let _ = writeln!(out, "  {:<10}{}", "cores", pinned.collect::<Vec<_>>().join("  "));
        row(&mut out, "memory", d, &["allocations_after_seal", "allocations_tls"]);
        let _ = writeln!(out, "  {:<10}{}", "digest", text(&d["order_digest"]));
        let equal = d["replay_equal"] == json!(true);
        let verdict = if equal {
            "equal, bit for bit".to_owned()
        } else {
            format!("DIFFERENT: {}", text(&d["replay_difference"]))
        };
        let _ =
            writeln!(out, "  {:<10}{} in layout {}", "replay", verdict, text(&d["replay_layout"]));
        let venue = match &d["venue_agrees"] {
            Value::Bool(true) => "positions and money equal the exchange's own",
            Value::Bool(false) => "positions or money DIFFER from the exchange's own",
            _ => "not asked",
        };
        let _ = writeln!(out, "  {:<10}{venue}", "venue");
        let _ = writeln!(out, "  {:<10}{}", "journal", text(&d["journal"]));
        out
    }
}

fn replayed(verdict: &Verdict, stats: &StatsSnapshot) -> Value {
    let Verdict { replay, replay_layout } = verdict;
    json!({
        "replay_equal": replay.difference.is_none() && replay.order_digest == stats.order_digest,
        "replay_layout": replay_layout,
        "replay_difference": replay.difference.as_ref().map(ToString::to_string),
    })
}

/// What the model of a paper world made of the market's messages.
fn taken_in(model: PushCounters) -> Value {
    json!({
        "taken": model.frame_taken,
        "unused": model.frame_unused,
        "repeated": model.frame_repeated,
        "malformed": model.frame_malformed,
        "dropped": model.frame_dropped,
    })
}

fn pinned(ended: &Ended) -> Vec<Value> {
    let each = ended.pinned.iter();
    each.map(|(actor, core, applied)| json!({"actor": actor, "core": core, "applied": applied}))
        .collect()
}

fn positions(stats: &StatsSnapshot) -> Map<String, Value> {
    let each = stats.instruments.iter();
    each.map(|i| (i.instrument.clone(), json!(i.position.trimmed().to_string()))).collect()
}

/// Frames and their fates; gives the number of frames.
fn counts(ended: &Ended, document: &mut Value) -> u64 {
    let c = &ended.counters;
    let gateway = get(&c.gateway.frames);
    let (mut market, mut gaps, mut undecodable, mut oversized) =
        (0, 0, get(&c.gateway.undecodable), 0);
    let mut by_type = Map::new();
    let mut not_understood = Map::new();
    let mut repeated = get(&c.gateway.repeated_fills);
    let named = c.normalizer.as_ref().map_or_else(Vec::new, |n| n.undecodable_by());
    for ((what, why), count) in named.into_iter().chain(c.gateway.undecodable_by()) {
        not_understood.insert(format!("{what}: {why}"), json!(count));
    }
    if let Some(n) = &c.normalizer {
        repeated += get(&n.repeated);
        market = get(&n.frames);
        gaps = get(&n.gaps);
        undecodable += get(&n.undecodable);
        oversized = get(&n.oversized);
        for (name, value) in [
            ("depth", &n.depth),
            ("quote", &n.quotes),
            ("trade", &n.trades),
            ("snapshot", &n.snapshots),
            ("control", &n.control),
        ] {
            by_type.insert(name.to_owned(), json!(get(value)));
        }
        for (name, value) in
            [("undecodable", get(&n.undecodable)), ("unknown_symbol", get(&n.unknown_symbol))]
                .into_iter()
                .chain(n.others())
        {
            by_type.insert(name.to_owned(), json!(value));
        }
        for (name, value) in n.unused() {
            by_type.insert(format!("unused_{name}"), json!(value));
        }
    }
    by_type.insert("order".to_owned(), json!(gateway));
    let lost = ended.exchange.as_ref().map_or(0, |stats| stats.client_too_slow);
    merge(
        document,
        json!({
            "frames": market + gateway,
            "frames_by_type": by_type,
            "gaps": gaps,
            "crossed": c.indicator.crossed_seen.get(),
            "book_dropped": c.indicator.level_dropped.get(),
            "undecodable": undecodable,
            "undecodable_by": not_understood,
            "repeated": repeated,
            "fills_taken_over": get(&c.gateway.fills_taken_over),
            "fills_estimated": get(&c.gateway.fills_estimated),
            "dropped": oversized + lost,
            "contradictions": get(&c.gateway.contradictions),
            "order_link_switched": get(&c.gateway.connections_switched),
            "faults": ended.exchange.as_ref().map(|exchange| &exchange.faults),
        }),
    );
    market + gateway
}

fn denied(stats: &StatsSnapshot) -> Map<String, Value> {
    let rules = (0_u16..).zip(&stats.denied).filter(|(_, count)| **count > 0);
    rules
        .map(|(rule, count)| (risk::rule_name(rule).unwrap_or("?").to_owned(), json!(count)))
        .collect()
}

/// Whether the exchange's own positions, fees, funding and balances are ours; null
/// when there is none to ask.
fn venue_agrees(ended: &Ended, stats: &StatsSnapshot) -> Value {
    let Some(exchange) = &ended.exchange else { return Value::Null };
    if !wallet_agrees(exchange, stats) {
        return json!(false);
    }
    if !exchange.balances.is_empty() {
        return json!(balances_agree(exchange, &ended.held_before, stats));
    }
    let positions = exchange.positions.iter().all(|theirs| {
        let ours = stats
            .instruments
            .iter()
            .find(|ours| ours.instrument.starts_with(&format!("{}-", theirs.symbol)));
        let places = u8::try_from(theirs.qty_decimals).unwrap_or(0);
        let theirs = types::Decimal::new(theirs.qty, places);
        ours.map_or(theirs.mantissa == 0, |ours| ours.position.compare(theirs).is_eq())
    });
    let fees = stats.fees().is_some_and(|fees| fees.0 == exchange.fees);
    json!(positions && fees)
}

/// Whether the balances last told and the funding are the exchange's own. What a
/// fault has held back or lost was told to nobody: then they are not compared.
fn wallet_agrees(exchange: &ExchangeStats, stats: &StatsSnapshot) -> bool {
    if exchange.faults_injected > 0 {
        return true;
    }
    let is_spot = !exchange.balances.is_empty();
    let theirs = |asset: &str| match (is_spot, asset) {
        (true, _) => exchange.balances.get(asset).copied(),
        (false, "USDT") => Some(exchange.wallet),
        (false, _) => None,
    };
    let equal = |told: i128, asset: &str| theirs(asset).is_none_or(|theirs| told == theirs);
    stats.balances.iter().all(|(asset, told)| equal(told.0, asset))
        && stats.funding.is_some_and(|funding| funding.0 == exchange.funding)
}

/// The same where a position is a balance: what has come to each base asset since
/// the start is our positions in it, and the fees in each quote asset are ours.
fn balances_agree(exchange: &ExchangeStats, before: &AccountState, stats: &StatsSnapshot) -> bool {
    let (mut positions, mut fees) = (BTreeMap::new(), BTreeMap::new());
    for ours in &stats.instruments {
        let symbol = ours.instrument.split(['.', '-']).next().unwrap_or_default();
        let Some(fee) = ours.fees else { return false };
        let Some((base, quote)) = assets(exchange, symbol) else {
            // Nothing of it was ever held there.
            if ours.position.mantissa == 0 && fee.0 == 0 {
                continue;
            }
            return false;
        };
        *positions.entry(base).or_insert(0) += at_18(ours.position);
        *fees.entry(quote).or_insert(0) += fee.0;
    }
    let held = |asset: &str| exchange.balances.get(asset).copied().unwrap_or(0);
    let was = |asset: &str| {
        let before = before.balances.iter().find(|balance| balance.asset == *asset);
        before.map_or(0, |balance| balance.wallet.0)
    };
    let paid = |asset: &str| exchange.asset_fees.get(asset).copied().unwrap_or(0);
    positions.into_iter().all(|(asset, position)| held(asset) - was(asset) == position)
        && fees.into_iter().all(|(asset, fee)| paid(asset) == fee)
}

/// Base and quote of a symbol, by the assets that the exchange keeps balances of.
fn assets<'s>(exchange: &ExchangeStats, symbol: &'s str) -> Option<(&'s str, &'s str)> {
    exchange.balances.keys().find_map(|base| {
        let quote = symbol.strip_prefix(base.as_str())?;
        exchange.balances.contains_key(quote).then_some((&symbol[..base.len()], quote))
    })
}

/// A quantity at scale 18.
fn at_18(quantity: types::Decimal) -> i128 {
    let missing = 18_u32.saturating_sub(u32::from(quantity.places));
    i128::from(quantity.mantissa).saturating_mul(10_i128.pow(missing))
}

fn latency(stage: &StageLatency) -> Value {
    let s = &stage.summary;
    json!({"count": s.count, "p50_ns": s.p50_ns, "p99_ns": s.p99_ns, "p999_ns": s.p999_ns, "max_ns": s.max_ns})
}

fn money(amount: Option<types::Money>) -> Value {
    amount.map_or(Value::Null, |amount| json!(amount.to_string()))
}

fn round3(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

fn pairs(value: &Value) -> String {
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(name, value)| format!("{name} {}", text(value))).collect::<Vec<_>>().join("  ")
}

fn row(out: &mut String, name: &str, document: &Value, keys: &[&str]) {
    let cells =
        keys.iter().map(|key| format!("{} {}", key.replace('_', " "), text(&document[*key])));
    let _ = writeln!(out, "  {name:<10}{}", cells.collect::<Vec<_>>().join("  "));
}

fn latency_table(document: &Value, out: &mut String) {
    let _ = writeln!(
        out,
        "  {:<22}{:>12}{:>12}{:>12}{:>12}",
        "latency, ns", "p50", "p99", "p99.9", "worst"
    );
    let stages = document["stages"].as_object().into_iter().flatten();
    let all = stages.map(|(name, stage)| (name.as_str(), stage));
    for (name, stage) in all.chain([("tick_to_order", &document["tick_to_order"])]) {
        if stage.is_null() || stage["count"] == json!(0) {
            continue;
        }
        let _ = writeln!(
            out,
            "  {name:<22}{:>12}{:>12}{:>12}{:>12}",
            text(&stage["p50_ns"]),
            text(&stage["p99_ns"]),
            text(&stage["p999_ns"]),
            text(&stage["max_ns"])
        );
    }
}
