//! A file that is right: what wins over what, the typed values, the canonical
//! text, the listing; and texts that are anything.

use super::{LEAST, REGISTRIES, load, load_with, with};
use crate::{Config, Document, RuleState};
use crate::{CouncilMode, Origin, Source, Speed};
use proptest::prelude::*;
use types::{Decimal, InstrumentId, ParamValue, TimeInForce};

#[test]
fn fills_in_defaults_and_says_so() {
    let loaded = load(LEAST).expect("the least loads");
    let config = &loaded.config;
    assert_eq!(config.journal.segment_mib, 256);
    assert_eq!(config.engine.memory_mib, 512);
    assert_eq!(config.metrics.listen.to_string(), "127.0.0.1:0");
    assert_eq!(config.council.order.time_in_force, TimeInForce::Gtx);
    assert_eq!(config.council.seats[0].weight_ppm, 1_000_000);
    assert_eq!(config.council.seats[0].inputs, [("trend".to_owned(), "ema:12".to_owned())]);
    assert_eq!(config.indicators.set[0].source, None);
    assert_eq!(config.indicators.source, Source::Bars(60));
    assert_eq!(loaded.origin("journal.segment_mib"), Some(&Origin::Default));
    assert_eq!(loaded.origin("exchange.latency_us"), None);
}

#[test]
fn flag_wins_over_environment_wins_over_file() {
    let environment = [
        ("ALTHING__COUNCIL__THRESHOLD", "0.75"),
        ("ALTHING__COUNCIL__MEMBER__0__WEIGHT", "0.5"),
        ("ALTHING__COUNCIL__MEMBER__0__INVERTED", "true"),
        ("ALTHING__COUNCIL__ORDER__QTY_OF__SOLUSDT", "3"),
        ("ALTHING__EXCHANGE__SEED", "18446744073709551615"),
        ("ALTHING__FEED__STREAMS", "quotes,depth"),
        ("ALTHING__ENGINE__LAYOUT", "pinned"),
        ("ALTHING_UNRELATED", "x"),
    ];
    let loaded =
        load_with(LEAST, &environment, &[("engine.layout", "fused"), ("exchange.speed", "max")])
            .expect("it loads");
    let config = &loaded.config;
    assert_eq!(config.council.threshold_ppm, 750_000);
    assert_eq!(config.council.seats[0].weight_ppm, 500_000);
    assert!(
        config.council.seats[0].params.contains(&("inverted".to_owned(), ParamValue::Flag(true)))
    );
    assert_eq!(config.council.order.qty_of, [(InstrumentId(1), Decimal::new(3, 0))]);
    assert_eq!(config.exchange.seed, u64::MAX);
    assert_eq!(config.exchange.speed, Speed::Max);
    assert_eq!(config.feed.streams.len(), 2);
    assert_eq!(config.engine.layout, topology::Layout::Fused);
    assert_eq!(loaded.origin("engine.layout"), Some(&Origin::Flag("--layout".to_owned())));
    assert_eq!(
        loaded.origin("council.threshold").map(ToString::to_string).as_deref(),
        Some("environment ALTHING__COUNCIL__THRESHOLD")
    );
    assert_eq!(
        loaded.origin("council.order.qty").map(ToString::to_string).as_deref(),
        Some("t.toml:14:7")
    );
}

#[test]
fn environment_can_add_a_seat() {
    let more = [("ALTHING__COUNCIL__MEMBER__1__NAME", "quiet")];
    assert_eq!(load_with(LEAST, &more, &[]).expect("it loads").config.council.seats.len(), 2);
    let gap = [("ALTHING__COUNCIL__MEMBER__2__NAME", "quiet")];
    assert!(load_with(LEAST, &gap, &[]).is_err());
}

#[test]
fn reads_rules_on_off_and_for_single_instruments() {
    let off = load(&with("limit = \"10\"", "off = \"sized by hand\"")).expect("off loads");
    assert_eq!(off.config.risk[1].state, RuleState::Off("sized by hand".to_owned()));
    assert!(!off.canonical.contains("limit"));
    let own =
        with("limit = \"10\"", "limit = \"10\"\n[risk.size.instruments.SOLUSDT]\nlimit = \"500\"");
    let own = load(&own).expect("it loads");
    let limit = |n| vec![("limit".to_owned(), ParamValue::Decimal(Decimal::new(n, 0)))];
    let expected = RuleState::On { limits: limit(10), own: vec![(InstrumentId(1), limit(500))] };
    assert_eq!(own.config.risk[1].state, expected);
    assert!(
        load(&with(
            "limit = \"10\"",
            "limit = \"10\"\n[risk.size.instruments.DOGEUSDT]\nlimit = \"5\""
        ))
        .is_err()
    );
}

#[test]
fn reads_solo() {
    let solo = load(&with("threshold = ", "mode = \"solo\"\nsolo = \"lean\"\nthreshold = "));
    assert_eq!(solo.expect("it loads").config.council.mode, CouncilMode::Solo("lean".to_owned()));
}

#[test]
fn finds_the_venue_of_a_house() {
    let text = LEAST.replace("[venues.binance]", "[venues.sim]");
    let loaded = load(&text).expect("BINANCE is the house of binance_usdm");
    assert_eq!(loaded.config.instruments[0].venue, "sim");
    let symbol = load(&text.replace("BTCUSDT-PERP.BINANCE", "BTCUSDT")).expect("one venue only");
    assert_eq!(symbol.config.instruments[0].venue, "sim");
}

#[test]
fn canonical_text_is_stable_and_loads_to_the_same() {
    let first = load(LEAST).expect("it loads");
    let again = load(&first.canonical).expect("the canonical text loads");
    assert_eq!(first.canonical, again.canonical);
    assert_eq!(first.config, again.config);
    assert_eq!((first.hash, first.full_hash), (again.hash, again.full_hash));
    assert!(first.canonical.contains("risk.latch = {}\n"));
    assert!(first.canonical.lines().is_sorted_by_key(|line| line.split(" = ").next()));
}

#[test]
fn the_hash_follows_meaning_not_writing() {
    let hash = |text: &str| load(text).expect("it loads").hash;
    let base = hash(LEAST);
    assert_eq!(base, hash(&with("threshold = \"0.5\"", "threshold = 0.500")));
    assert_eq!(base, hash(&with("version = 1", "# a comment\nversion = 0x1")));
    assert_eq!(base, hash(&with("threshold = \"0.5\"", "threshold = \"0.5\"\nquorum = 1")));
    assert_ne!(base, hash(&with("threshold = \"0.5\"", "threshold = \"0.6\"")));
    assert_ne!(base, hash(&with("name = \"lean\"", "name = \"lean\"\nfast = 13")));
}

#[test]
fn the_decision_hash_leaves_out_what_decides_nothing() {
    let base = load(LEAST).expect("it loads");
    let free = "mode = \"paper\"\nlayout = \"fused\"\nstate_dir = \"/elsewhere\"\n[links]\ntap = 64\n[metrics]\nlisten = \"127.0.0.1:1\"";
    let moved = load(&with("mode = \"paper\"", free)).expect("it loads");
    assert_eq!(base.hash, moved.hash);
    assert_ne!(base.full_hash, moved.full_hash);
    assert_eq!(base.hash_text().len(), 64);
}

#[test]
fn lists_key_value_and_origin() {
    let loaded = load_with(LEAST, &[("ALTHING__COUNCIL__QUORUM", "1")], &[]).expect("it loads");
    let rows = loaded.rows();
    let row = |key: &str| rows.iter().find(|row| row.0 == key).cloned().expect("it is listed");
    assert_eq!(row("council.quorum").2, "environment ALTHING__COUNCIL__QUORUM");
    assert_eq!(
        row("council.threshold"),
        ("council.threshold".into(), "\"0.5\"".into(), "t.toml:12:13".into())
    );
    assert_eq!(row("engine.layout").2, "default");
    let table = loaded.table();
    assert_eq!(table.lines().count(), rows.len() + 1);
    assert_eq!(loaded.json().as_array().map(Vec::len), Some(rows.len()));
    assert_eq!(loaded.json()[0]["key"], rows[0].0.as_str());
}

#[test]
fn seats_are_listed_in_their_order() {
    let seats = "[[council.member]]\nname = \"quiet\"\n".repeat(2);
    let loaded = load(&format!("{LEAST}{seats}")).expect("it loads");
    let names: Vec<_> = loaded.config.council.seats.iter().map(|seat| seat.name.as_str()).collect();
    assert_eq!(names, ["lean", "quiet", "quiet"]);
    let again = load(&loaded.canonical).expect("it loads");
    assert_eq!(again.config.council, loaded.config.council);
}

/// Pieces of which a mutated file is made.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "[", "]", "[[", "]]", "=", "\"", ".", "\n", "{", "}", "0", "-1", "9e9", "'", "#", "é",
        "risk", "council", "member", "venues", "\u{0}",
    ];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        prop::sample::select(LEAST.lines().collect::<Vec<_>>())
            .prop_map(|line| format!("{line}\n")),
        ".{0,12}",
    ]
}

proptest! {
    #[test]
    fn prop_any_text_is_an_answer(pieces in prop::collection::vec(piece(), 0..24)) {
        let _ = load(&pieces.concat());
    }

    #[test]
    fn prop_a_damaged_file_is_an_answer(at in 0..LEAST.len(), length in 0..40_usize, put in ".{0,6}") {
        let end = (at + length).min(LEAST.len());
        let text = format!("{}{put}{}", &LEAST[..at], &LEAST[end..]);
        if let Err(faults) = load(&text) {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(!fault.sentence.is_empty() && !fault.remedy.is_empty(), "{fault}");
            }
        }
    }

    #[test]
    fn prop_any_environment_is_an_answer(name in "[A-Z0-9_]{0,30}", value in ".{0,20}") {
        let name = format!("ALTHING__{name}");
        let _ = load_with(LEAST, &[(&name, &value)], &[]);
    }

    #[test]
    fn prop_canonical_closes_the_circle(
        ppm in 0..=1_000_000_i64,
        limit in 1..=1_000_000_i64,
        fast in 1..=50,
        directory in "[^\\x00-\\x1f\\x7f-\\u{9f}]{1,20}",
        reason in "[a-z\"\\\\ é→]{3,20}x..",
    ) {
        let quote = |text: &str| crate::value::quoted(text);
        let text = LEAST
            .replace("\"0.5\"", &quote(&Decimal::new(ppm, 6).to_string()))
            .replace("name = \"lean\"", &format!("name = \"lean\"\nfast = {fast}"))
            .replace("mode = \"paper\"", &format!("mode = \"paper\"\nstate_dir = {}", quote(&directory)));
        let text = if limit % 2 == 0 {
            text.replace("\"10\"", &quote(&Decimal::new(limit, 3).to_string()))
        } else {
            text.replace("limit = \"10\"", &format!("off = {}", quote(&reason)))
        };
        let first = load(&text).expect("it loads");
        let again = load(&first.canonical).expect("the canonical text loads");
        prop_assert_eq!(first.config, again.config);
        prop_assert_eq!(first.full_hash, again.full_hash);
    }

    #[test]
    fn prop_places_are_inside_the_text(lines in prop::collection::vec("[a-z]{1,3} = [0-9é\"']{1,4}", 0..6)) {
        let text = lines.join("\n");
        let faults = Config::load(&text, "t", [], &[], &REGISTRIES).expect_err("too little");
        for fault in faults {
            let Origin::File { line, column, .. } = fault.place else { continue };
            let count = text.split('\n').count();
            prop_assert!(line >= 1 && line as usize <= count);
            let width = text.split('\n').nth(line as usize - 1).map_or(0, |line| line.chars().count());
            prop_assert!(column >= 1 && column as usize <= width + 1, "{line}:{column}");
        }
    }
}

#[test]
fn a_document_keeps_everything_that_was_written() {
    let document = Document::parse("a = { b = [1, 2], c = -0x0 }", "t").err();
    assert!(document.is_some(), "a negative hexadecimal is not TOML");
    let document =
        Document::parse("a = { b = [\"x\"], c = 0x1F }\n[[d]]\ne = true\n", "t").expect("TOML");
    let paths: Vec<_> =
        document.entries().map(|(path, entry)| format!("{path} = {}", entry.value)).collect();
    assert_eq!(paths, ["a.b = [\"x\"]", "a.c = 31", "d[0].e = true"]);
}
