//! The model by which the exchange inside this process fills orders: what is read, what disagrees.

use super::{LEAST, complaints, load, with};
use crate::{Funding, Latency, Queue, VenueModel};
use std::path::PathBuf;
use types::Decimal;

fn text(keys: &str) -> String {
    format!("{LEAST}[exchange]\n{keys}\n")
}

fn model(keys: &str) -> VenueModel {
    load(&text(keys)).unwrap_or_else(|faults| panic!("{faults:?}")).config.exchange.model
}

/// The one complaint about these keys, from its key on.
fn complaint(keys: &str) -> String {
    let found = complaints(load(&text(keys)));
    assert_eq!(found.len(), 1, "{keys}: {found:#?}");
    found[0].clone()
}

#[test]
fn without_a_key_nothing_is_decided_for_the_venue() {
    let usual = VenueModel {
        queue: Queue::RiskAverse,
        latency: Latency::Constant(None),
        maker_fee_ppm: None,
        taker_fee_ppm: None,
        funding: None,
        wallet: None,
    };
    assert_eq!(model(""), usual);
}

#[test]
fn every_key_is_read() {
    assert_eq!(model("queue = \"probabilistic\"").queue, Queue::Probabilistic { power: 1 });
    let steep = model("queue = \"probabilistic\"\nqueue_power = 2");
    assert_eq!(steep.queue, Queue::Probabilistic { power: 2 });
    assert_eq!(model("latency_us = 7").latency, Latency::Constant(Some(7)));
    let far = Latency::Uniform { min_us: 50_000, max_us: 200_000 };
    assert_eq!(model("latency = \"uniform\"").latency, far);
    let near = model("latency = \"uniform\"\nlatency_min_us = 1\nlatency_max_us = 1");
    assert_eq!(near.latency, Latency::Uniform { min_us: 1, max_us: 1 });
    let recorded = model("latency = \"recorded\"\nlatency_file = \"ways.csv\"");
    assert_eq!(recorded.latency, Latency::Recorded(PathBuf::from("ways.csv")));
    let fees = model("maker_fee_ppm = -20\ntaker_fee_ppm = 400");
    assert_eq!((fees.maker_fee_ppm, fees.taker_fee_ppm), (Some(-20), Some(400)));
    let funding = |keys: &str| model(keys).funding;
    let usual = Funding { rate_e8: 10_000, interval_min: 480 };
    assert_eq!(funding("funding_rate = \"0.0001\""), Some(usual));
    let hourly = Funding { rate_e8: -1, interval_min: 60 };
    let keys = "funding_rate = \"-0.00000001\"\nfunding_interval_min = 60";
    assert_eq!(funding(keys), Some(hourly));
    assert_eq!(model("wallet = \"0.5\"").wallet, Some(Decimal::new(5, 1)));
}

#[test]
fn key_of_another_choice_is_refused() {
    for (keys, key, chosen) in [
        ("queue_power = 2", "queue_power", "queue = \"risk_averse\""),
        ("latency_min_us = 2", "latency_min_us", "latency = \"constant\""),
        ("latency_max_us = 2", "latency_max_us", "latency = \"constant\""),
        ("latency_file = \"a\"", "latency_file", "latency = \"constant\""),
        ("latency = \"uniform\"\nlatency_us = 2", "latency_us", "latency = \"uniform\""),
    ] {
        let found = complaint(keys);
        assert!(found.contains(&format!("exchange.{key}")), "{found}");
        assert!(found.contains(&format!("does nothing with {chosen}")), "{found}");
    }
    assert!(complaint("funding_interval_min = 60").contains("without funding_rate"));
}

#[test]
fn what_cannot_be_is_refused_with_the_key() {
    let crossed = complaint("latency = \"uniform\"\nlatency_min_us = 9\nlatency_max_us = 8");
    assert!(crossed.starts_with("t.toml:23:18: exchange.latency_max_us"), "{crossed}");
    assert!(crossed.contains("(9 us) is longer than the longest (8 us)"), "{crossed}");
    // Against the end that nobody has given.
    let crossed = complaint("latency = \"uniform\"\nlatency_min_us = 200001");
    assert!(crossed.contains("exchange.latency_min_us"), "{crossed}");
    let none = complaint("latency = \"recorded\"");
    assert!(none.contains("write latency_file = \"PATH\""), "{none}");
    let fine = complaint("funding_rate = \"0.000000001\"");
    assert!(fine.contains("at most eight places"), "{fine}");
    for keys in [
        "queue = \"hopeful\"",
        "queue = \"probabilistic\"\nqueue_power = 4",
        "latency_us = -1",
        "maker_fee_ppm = 100001",
        "taker_fee_ppm = -100001",
        "funding_rate = \"1.1\"",
        "wallet = \"-1\"",
        "wallet = 1.5",
    ] {
        assert!(complaint(keys).contains("exchange."), "{keys}");
    }
}

#[test]
fn funding_on_a_spot_venue_is_refused() {
    let registries = crate::Registries { dialects: &["binance_spot"], ..super::REGISTRIES };
    let spot = with("binance_usdm", "binance_spot").replace("-PERP.BINANCE", ".BINANCE");
    let load = |keys: &str| {
        let text = format!("{spot}[exchange]\n{keys}\n");
        complaints(crate::Config::load(&text, "t.toml", [], &[], &registries))
    };
    assert_eq!(load("maker_fee_ppm = 0"), [""; 0]);
    let found = load("funding_rate = \"0.0001\"");
    assert!(found.len() == 1 && found[0].contains("funding is for perpetuals"), "{found:#?}");
}

#[test]
fn latency_with_which_no_run_could_start_or_end_is_refused_with_the_most_that_works() {
    // A request and its answer within gateway.order_timeout_ms, 1000 where nobody says.
    let long = complaint("latency_us = 475001");
    assert!(long.contains("exchange.latency_us = 475001"), "{long}");
    assert!(long.contains("gateway.order_timeout_ms (1000)"), "{long}");
    assert!(long.contains("the most that works is 475000"), "{long}");
    assert_eq!(model("latency_us = 475000").latency, Latency::Constant(Some(475_000)));
    let long = complaint("latency = \"uniform\"\nlatency_max_us = 9000000");
    assert!(long.contains("exchange.latency_max_us = 9000000"), "{long}");
    // Nobody gave that end: the choice is at fault.
    let patience = "[gateway]\norder_timeout_ms = 300";
    let long = complaint(&format!("latency = \"uniform\"\n{patience}"));
    assert!(long.contains("exchange.latency = \"uniform\""), "{long}");
    assert!(long.contains("the most that works is 142500"), "{long}");
    // However patient: the start compares the clocks.
    let patience = "[gateway]\norder_timeout_ms = 60000";
    let long = complaint(&format!("latency_us = 10000000\n{patience}"));
    assert!(long.contains("the most that works is 1000000"), "{long}");
}
