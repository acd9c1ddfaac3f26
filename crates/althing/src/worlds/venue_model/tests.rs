//! Each key of the model arrives in the exchange's settings; without any, nothing changes.

use crate::plan;
use crate::worlds::session::exchange_config;
use config::Override;
use exchange::{Exchange, ExchangeConfig, FundingTerms, Latency, MONEY_ONE, QueueModel};

/// The built-in configuration's exchange with these keys given, in real time.
fn settings(keys: &[(&str, &str)]) -> ExchangeConfig {
    settings_or_why(keys, None).expect("it is right")
}

fn settings_or_why(
    keys: &[(&str, &str)],
    virtual_from: Option<i64>,
) -> Result<ExchangeConfig, String> {
    let given = |(key, value): &(&str, &str)| Override {
        flag: "test".to_owned(),
        key: format!("exchange.{key}"),
        value: (*value).to_owned(),
    };
    let given: Vec<_> = keys.iter().map(given).collect();
    let loaded = plan::load(None, &given)?;
    exchange_config(&loaded.config, virtual_from).map_err(|why| why.to_string())
}

#[test]
fn without_a_key_the_model_is_the_dialects_own() {
    let (given, usual) = (settings(&[]), ExchangeConfig::synthetic(1));
    assert_eq!((given.queue, &given.latency), (QueueModel::RiskAverse, &Latency::Constant));
    assert_eq!((given.order_latency_ns, given.reply_latency_ns), (0, 0));
    assert_eq!(given.account.maker_fee_ppm, usual.account.maker_fee_ppm);
    assert_eq!(given.account.taker_fee_ppm, usual.account.taker_fee_ppm);
    assert_eq!((given.funding, given.account.wallet), (None, usual.account.wallet));
    let virtually = settings_or_why(&[], Some(0)).expect("it is right");
    assert_eq!((virtually.order_latency_ns, virtually.reply_latency_ns), (500_000, 500_000));
}

#[test]
fn queue_and_its_power_arrive() {
    let queue = |keys: &[(&str, &str)]| settings(keys).queue;
    assert_eq!(queue(&[("queue", "probabilistic")]), QueueModel::Probabilistic { power: 1 });
    let steep = [("queue", "probabilistic"), ("queue_power", "3")];
    assert_eq!(queue(&steep), QueueModel::Probabilistic { power: 3 });
}

#[test]
fn every_kind_of_latency_arrives() {
    let constant = settings(&[("latency_us", "70")]);
    assert_eq!((constant.order_latency_ns, constant.reply_latency_ns), (70_000, 70_000));
    assert_eq!(settings(&[("latency", "uniform")]).latency, Latency::FAR);
    let near = [("latency", "uniform"), ("latency_min_us", "3"), ("latency_max_us", "9")];
    assert_eq!(settings(&near).latency, Latency::Uniform { low_ns: 3_000, high_ns: 9_000 });
    let folder = std::env::temp_dir().join(format!("althing-latency-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("it can be made");
    let file = folder.join("ways.csv");
    let path = file.display().to_string();
    let recorded = [("latency", "recorded"), ("latency_file", path.as_str())];
    let refused = settings_or_why(&recorded, None).err().unwrap_or_default();
    assert!(refused.contains("exchange.latency_file") && refused.contains("ways.csv"), "{refused}");
    std::fs::write(&file, "there_ns,back_ns\n5,6\n7,x\n").expect("it can be written");
    let refused = settings_or_why(&recorded, None).err().unwrap_or_default();
    assert!(refused.contains("ways.csv") && refused.contains("line 3"), "{refused}");
    std::fs::write(&file, "there_ns,back_ns\n5,6\n7,8\n").expect("it can be written");
    assert_eq!(settings(&recorded).latency, Latency::Recorded(vec![(5, 6), (7, 8)]));
    std::fs::write(&file, "5,6\n7,500000000\n").expect("it can be written");
    let refused = settings_or_why(&recorded, None).err().unwrap_or_default();
    assert!(refused.contains("500000000 ns is too long"), "{refused}");
    assert!(refused.contains("the most that works is 475000000"), "{refused}");
    std::fs::File::create(&file).and_then(|made| made.set_len(1 << 40)).expect("it is sparse");
    let refused = settings_or_why(&recorded, None).err().unwrap_or_default();
    assert!(refused.contains("ways.csv: it is larger than 16 MiB"), "{refused}");
    for path in ["/dev/zero", &folder.display().to_string()] {
        let other = [("latency", "recorded"), ("latency_file", path)];
        let refused = settings_or_why(&other, None).err().unwrap_or_default();
        assert!(refused.contains(path) && refused.contains("no regular file"), "{refused}");
    }
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

#[test]
fn fees_funding_and_wallet_arrive() {
    let given = settings(&[
        ("maker_fee_ppm", "-50"),
        ("taker_fee_ppm", "450"),
        ("funding_rate", "-0.00012345"),
        ("funding_interval_min", "60"),
        ("wallet", "2500.125"),
    ]);
    assert_eq!((given.account.maker_fee_ppm, given.account.taker_fee_ppm), (-50, 450));
    assert_eq!(given.funding, Some(FundingTerms { rate_e8: -12_345, every_ms: 3_600_000 }));
    let exchange = Exchange::new(given).expect("it is right");
    assert_eq!(exchange.stats().wallet, 2_500_125 * MONEY_ONE / 1_000);
    let usual = settings(&[("funding_rate", "0.0001")]);
    assert_eq!(usual.funding, Some(FundingTerms::USUAL));
    let one = settings(&[("taker_fee_ppm", "0")]);
    assert_eq!((one.account.maker_fee_ppm, one.account.taker_fee_ppm), (200, 0));
}
