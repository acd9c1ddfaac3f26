//! Which connections a configuration opens.

use super::market;
use crate::plan;
use config::Override;
use types::{InstrumentId, Symbol};
use venue::Dialect;

fn config(given: &[(&str, &str)]) -> config::Config {
    let flags = given.iter().map(|(key, value)| Override {
        flag: "test".to_owned(),
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    });
    plan::load(None, &flags.collect::<Vec<_>>()).unwrap().config
}

fn symbols(count: usize) -> Vec<Symbol> {
    (0..count).map(|n| Symbol::new(&format!("S{n}USDT")).unwrap()).collect()
}

#[test]
fn each_copy_has_a_number_for_itself_and_one_for_its_successor() {
    let config = config(&[("feed.copies", "2"), ("feed.streams", "depth,quotes")]);
    let market = market(&config, Dialect::BinanceUsdm, &symbols(2), "ws://x").unwrap();
    let numbers = market.plans.iter().map(|p| (p.connection, p.rotation.unwrap().successor));
    assert_eq!(numbers.collect::<Vec<_>>(), [(0, 1), (2, 3)]);
    assert_eq!(market.copies, [0; 4]);
    assert_eq!(market.carries, vec![vec![InstrumentId(0), InstrumentId(1)]; 4]);
    let after: Vec<_> = market.plans.iter().map(|p| p.rotation.unwrap().after).collect();
    assert!(after[1] < after[0], "not both at the same moment");
}

#[test]
fn five_hundred_instruments_stay_within_the_limit_of_a_connection() {
    let given = [("feed.streams", "depth,quotes,trades"), ("feed.streams_per_connection", "200")];
    let config = config(&given);
    let market = market(&config, Dialect::BinanceUsdm, &symbols(500), "ws://x").unwrap();
    let streams = |plan: &net::ConnectionPlan| match &plan.url {
        net::Target::Fixed(url) => url.split(['=', '/']).filter(|part| part.contains('@')).count(),
        net::Target::Asked(_) => 0,
    };
    let counts: Vec<_> = market.plans.iter().map(streams).collect();
    assert_eq!((counts.iter().sum::<usize>(), *counts.iter().max().unwrap()), (1500, 200));
    let depth: usize = market.carries.iter().step_by(2).map(Vec::len).sum();
    assert_eq!(depth, 500, "each book is carried once");
    assert_eq!(market.plans.len(), 8, "five of public and three of market streams");
}

#[test]
fn refuses_what_the_venue_does_not_allow() {
    let refused = |given: &[(&str, &str)]| {
        let market = market(&config(given), Dialect::BinanceSpot, &symbols(1), "ws://x");
        market.err().unwrap().to_string()
    };
    assert!(refused(&[("feed.rotate_after_s", "86399")]).contains("feed.rotate_after_s = 86399"));
    let many = refused(&[("feed.streams_per_connection", "1025")]);
    assert!(many.contains("allows 1024"), "{many}");
}
