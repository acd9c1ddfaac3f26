//! What may be sold against what is held, key by key.

use super::check;
use crate::cli::RunFlags;
use crate::plan;
use crate::startup::Recovered;
use crate::worlds::chosen;
use config::{Config, Override};
use types::{Money, Nanos};
use venue::{AccountState, AssetBalance};

/// The demo's configuration on spot, for BTCUSDT alone, with `keys` over it.
fn spot(keys: &[(&str, &str)]) -> Config {
    let venue = Some("binance_spot".to_owned());
    let flags = RunFlags { venue, instrument: vec!["BTCUSDT".to_owned()], ..RunFlags::default() };
    let mut given = chosen::overrides(&flags);
    let of = |(key, value): &(&str, &str)| {
        let (key, value) = ((*key).to_owned(), (*value).to_owned());
        Override { flag: "test".to_owned(), key, value }
    };
    given.extend(keys.iter().map(of));
    plan::load(None, &given).unwrap().config
}

fn holding(btc: &str) -> Recovered {
    let amount = Money::parse(btc.as_bytes()).unwrap();
    let balance = AssetBalance { asset: "BTC".to_owned(), wallet: amount, available: Some(amount) };
    Recovered {
        specs: Vec::new(),
        bases: vec!["BTC".to_owned()],
        venue_time: Nanos(0),
        account: AccountState { balances: vec![balance], ..AccountState::default() },
    }
}

#[test]
fn limits_within_what_is_held_pass_and_the_next_unit_is_refused_with_the_key() {
    // The demo's max_position is 0.1.
    let plain = spot(&[]);
    check(&plain, &holding("0.1")).unwrap();
    let said = check(&plain, &holding("0.09999999")).unwrap_err();
    assert_eq!(said.code, 3);
    for word in ["risk.max_position", "0.1 BTC", "0.09999999", "risk.max_short.instruments.BTCUSDT"]
    {
        assert!(said.sentence.contains(word), "{word} is missing: {said}");
    }
}

#[test]
fn a_short_limit_of_its_own_is_what_counts() {
    let none = spot(&[("risk.max_short.limit", "0")]);
    check(&none, &holding("0")).unwrap();
    let more = spot(&[("risk.max_short.limit", "0.05")]);
    check(&more, &holding("0.05")).unwrap();
    assert!(check(&more, &holding("0.04")).unwrap_err().sentence.contains("risk.max_short"));
}

#[test]
fn futures_are_sold_short_freely() {
    let futures = plan::load(None, &[]).unwrap().config;
    check(&futures, &holding("0")).unwrap();
}
