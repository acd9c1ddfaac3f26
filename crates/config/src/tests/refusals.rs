//! Each kind of error: its place, its key, its sentence, its remedy.

use super::{LEAST, complaints, load, load_with, with};

/// Replaces `from` by `to` in the least file and expects exactly this one line.
fn check(from: &str, to: &str, expected: &str) {
    let found = complaints(load(&with(from, to)));
    assert_eq!(found, [expected], "{to}");
}

/// As `check`, for the beginning of the line.
fn check_start(from: &str, to: &str, expected: &str) {
    let found = complaints(load(&with(from, to)));
    assert!(found.len() == 1 && found[0].starts_with(expected), "{to}: {found:#?}");
}

#[test]
fn names_the_nearest_key_with_the_place_of_the_key() {
    check(
        "threshold = ",
        "  treshold = ",
        "t.toml:12:3: council.treshold: unknown key; the nearest known key is council.threshold",
    );
    check(
        "version = 1",
        "layout = \"fused\"",
        "t.toml:1:1: layout: unknown key; the nearest known key is engine.layout",
    );
    check(
        "limit = \"10\"",
        "limit = \"10\"\nlimt = 3",
        "t.toml:20:1: risk.size.limt: unknown key; the nearest known key is risk.size.limit",
    );
    check(
        "name = \"lean\"",
        "name = \"lean\"\nfats = 3",
        "t.toml:17:1: council.member[0].fats: unknown key; the nearest known key is council.member[0].fast",
    );
}

#[test]
fn names_the_nearest_section_once() {
    check(
        "[council.order]",
        "[counsil]\na = 1\nb = 2\n[council.order]",
        "t.toml:13:2: counsil: unknown section; the nearest known section is [council]",
    );
    check(
        "[risk.latch]",
        "[risk.latch]\n[risk.sice]\nlimit = \"3\"",
        "t.toml:18:7: risk.sice: no such rule; name a registered one; the nearest is [risk.size]",
    );
    check(
        "[council.order]",
        "[council.ordr]\n[council.order]",
        "t.toml:13:10: council.ordr: unknown section; the nearest known section is [council.order]",
    );
}

#[test]
fn tells_sections_from_keys() {
    check(
        "version = 1",
        "gateway = 3",
        "t.toml:1:1: gateway: this is a section, not a key; write [gateway] and its keys",
    );
    check_start(
        "[[council.member]]\nname = \"lean\"",
        "[[council.member]]\nname = \"lean\"\n[[council.member]]",
        "t.toml:17:1: council.member[1].name: this is missing and has no default",
    );
    check_start(
        "[[council.member]]\nname = \"lean\"",
        "",
        "t.toml:11:2: council.member: the council has no member",
    );
}

#[test]
fn counts_columns_in_characters() {
    check(
        "[venues.binance]",
        "[links]\ntap = 4 # ü\nrisk_gateway = 'ü→'\n[venues.binance]",
        "t.toml:6:16: links.risk_gateway = \"ü→\": this is a text; write a power of two from 2 to 67108864",
    );
}

#[test]
fn refuses_wrong_types_with_key_value_and_what_is_wanted() {
    check(
        "mode = \"paper\"",
        "mode = \"paper\"\nmemory_mib = \"512\"",
        "t.toml:4:14: engine.memory_mib = \"512\": this is a text; write a whole number from 16 to 1048576",
    );
    check(
        "mode = \"paper\"",
        "mode = 3",
        "t.toml:3:8: engine.mode = 3: this is a whole number; write one of \"paper\", \"testnet\", \"live\"",
    );
    check(
        "name = \"lean\"",
        "name = \"lean\"\nshadow = \"yes\"",
        "t.toml:17:10: council.member[0].shadow = \"yes\": this is a text; write true or false",
    );
    check_start(
        "ids = [",
        "ids = [1, ",
        "t.toml:8:7: instruments.ids = [1, \"BTCUSDT-PERP.BINANCE\"",
    );
    check_start(
        "threshold = \"0.5\"",
        "threshold = 2020-01-01",
        "t.toml:12:13: council.threshold = 2020-01-01: this is a date; write a decimal",
    );
    check_start(
        "version = 1",
        "version = { a = 1 }",
        "t.toml:1:1: version: this is a section, and a value is wanted; write a whole number",
    );
}

#[test]
fn refuses_money_without_quotes_and_takes_shares_without() {
    check(
        "qty = \"0.01\"",
        "qty = 0.01",
        "t.toml:14:7: council.order.qty = 0.01: a number with a point would pass through binary floating point; write it in quotes, \"0.01\"",
    );
    check(
        "limit = \"10\"",
        "limit = 1.5",
        "t.toml:19:9: risk.size.limit = 1.5: a number with a point would pass through binary floating point; write it in quotes, \"1.5\"",
    );
    let bare = load(&with("threshold = \"0.5\"", "threshold = 0.25")).expect("a share may be bare");
    assert_eq!(bare.config.council.threshold_ppm, 250_000);
    check_start(
        "threshold = \"0.5\"",
        "threshold = 0.0000001",
        "t.toml:12:13: council.threshold = 0.0000001: 0.0000001 has more than six decimal places",
    );
}

#[test]
fn refuses_numbers_out_of_range_one_beyond_the_end() {
    assert!(load(&with("threshold = \"0.5\"", "threshold = \"1\"")).is_ok());
    check(
        "threshold = \"0.5\"",
        "threshold = \"1.000001\"",
        "t.toml:12:13: council.threshold = \"1.000001\": 1.000001 is out of range; give 0 to 1",
    );
    assert!(load(&with("limit = \"10\"", "limit = 1000")).is_ok());
    check(
        "limit = \"10\"",
        "limit = \"1000.001\"",
        "t.toml:19:9: risk.size.limit = \"1000.001\": 1000.001 is out of range; give 0.001 to 1000",
    );
    check(
        "name = \"lean\"",
        "name = \"lean\"\nfast = 51",
        "t.toml:17:8: council.member[0].fast = 51: 51 is out of range; give 1 to 50",
    );
    check_start(
        "limit = \"10\"",
        "limit = \"1e\"",
        "t.toml:19:9: risk.size.limit = \"1e\": this is not a decimal number",
    );
    check_start(
        "limit = \"10\"",
        "limit = \"99999999999999999999\"",
        "t.toml:19:9: risk.size.limit = \"99999999999999999999\": this has more digits",
    );
}

#[test]
fn suggests_the_next_power_of_two() {
    check(
        "[instruments]",
        "[links]\ntap = 1000\n[instruments]",
        "t.toml:8:7: links.tap = 1000: 1000 is not a power of two; give 1024, the next one",
    );
    check_start(
        "[instruments]",
        "[links]\ntap = 1\n[instruments]",
        "t.toml:8:7: links.tap = 1: 1 is out of range; give 2 to 67108864",
    );
    check(
        "[instruments]",
        "[links]\ntop = 8\n[instruments]",
        "t.toml:8:1: links.top: unknown key; the nearest known key is links.tap",
    );
}

#[test]
fn names_a_missing_rule_and_shows_what_to_write() {
    check(
        "[risk.size]\nlimit = \"10\"\n",
        "",
        "t.toml:17:2: risk.size: every registered rule must be set or switched off by name, and this one is missing; write [risk.size] with limit = a decimal from 0.001 to 1000, in quotes, or off = \"the reason\"",
    );
    check(
        "limit = \"10\"\n",
        "",
        "t.toml:18:7: risk.size.limit: this is missing and has no default; write a decimal from 0.001 to 1000, in quotes",
    );
    check_start(
        "limit = \"10\"",
        "off = \"  \"",
        "t.toml:19:7: risk.size.off = \"  \": this is no reason",
    );
    check_start(
        "limit = \"10\"",
        "limit = \"10\"\noff = \"for the test\"",
        "t.toml:20:7: risk.size: a rule that is off has limits beside it",
    );
}

#[test]
fn reports_everything_at_once_in_the_order_of_the_file() {
    let text = LEAST
        .replace("version = 1", "version = 2")
        .replace("\"paper\"", "\"papr\"")
        .replace("\"0.5\"", "\"5\"")
        .replace("qty", "qyt");
    let found = complaints(load(&text));
    let places: Vec<_> = found.iter().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(
        places,
        ["t.toml:1:11", "t.toml:3:8", "t.toml:12:13", "t.toml:13:10", "t.toml:14:1"],
        "{found:#?}"
    );
    assert!(found[1].ends_with("the nearest is \"paper\""), "{}", found[1]);
}

#[test]
fn says_where_a_text_is_not_toml() {
    let found = complaints(load("version = 1\n[engine\nmode = \"paper\"\n"));
    assert!(found[0].starts_with("t.toml:2:8: this is not TOML: "), "{found:#?}");
    let twice = complaints(load("version = 1\nversion = 1\n"));
    assert!(twice[0].starts_with("t.toml:2:1: this is not TOML: "), "{twice:#?}");
    let quoted = complaints(load("\"engine.mode\" = \"live\"\n"));
    assert_eq!(
        quoted,
        [
            "t.toml:1:1: \"engine.mode\": a key is made of letters, digits, _ and - only; write the key without quotes"
        ]
    );
}

#[test]
fn refuses_what_is_not_built() {
    let text = with("mode = \"paper\"", "mode = \"live\"\n[journal]\ndurability = \"disk\"");
    let found = complaints(load(&text));
    assert!(
        found[0].starts_with("t.toml:3:8: engine.mode = \"live\": live is refused"),
        "{found:#?}"
    );
    assert!(found[1].starts_with("t.toml:5:14: journal.durability = \"disk\": parking orders"));
    assert!(found.iter().any(|line| line.contains("trades on mainnet only")));
    assert!(found.iter().any(|line| line.contains("venues.binance.key_env")));
}

#[test]
fn refuses_networks_that_do_not_fit_the_mode() {
    let testnet = |network: &str| with("\"paper\"", "\"testnet\"").replace("\"embedded\"", network);
    assert!(load(&testnet("\"embedded\"")).is_ok());
    let mainnet = complaints(load(&testnet("\"mainnet\"")));
    assert!(
        mainnet[0].starts_with(
            "t.toml:6:11: venues.binance.network = \"mainnet\": mode = \"testnet\" sends orders"
        ),
        "{mainnet:#?}"
    );
    let keyless = complaints(load(&testnet("\"testnet\"")));
    assert_eq!(keyless.len(), 2, "{keyless:#?}");
    let custom = complaints(load(&testnet("\"custom\"")));
    assert!(
        custom[0].starts_with(
            "t.toml:4:9: venues.binance.rest: network = \"custom\" needs this address"
        ),
        "{custom:#?}"
    );
    assert_eq!(custom.len(), 2);
    let full = "\"custom\"\nrest = \"http://127.0.0.1:1\"\nws = \"ws://127.0.0.1:2\"";
    assert!(load(&testnet(full)).is_ok());
    let plain = complaints(load(
        &testnet("\"mainnet\"\nrest = \"http://example.org\"").replace("\"testnet\"", "\"paper\""),
    ));
    assert!(plain[0].starts_with("t.toml:7:8: venues.binance.rest = \"http://example.org\": this address is not encrypted"), "{plain:#?}");
    let idle = complaints(load(&testnet("\"embedded\"\nws = \"ws://127.0.0.1:2\"")));
    assert!(idle[0].contains("the embedded exchange has no address of yours"), "{idle:#?}");
}

#[test]
fn refuses_instruments_twice_unknown_or_of_no_venue() {
    check(
        "\"SOLUSDT-PERP.BINANCE\"",
        "\"BTCUSDT-PERP.BINANCE\"",
        "t.toml:8:7: instruments.ids = [\"BTCUSDT-PERP.BINANCE\", \"BTCUSDT-PERP.BINANCE\"]: \"BTCUSDT-PERP.BINANCE\" is there twice; leave one out",
    );
    check_start(
        "\"SOLUSDT-PERP.BINANCE\"",
        "\"sol\"",
        "t.toml:8:7: instruments.ids = [\"BTCUSDT-PERP.BINANCE\", \"sol\"]: \"sol\": its symbol must be",
    );
    let elsewhere = complaints(load(&with("SOLUSDT-PERP.BINANCE", "SOLUSDT-PERP.BYBIT")));
    assert!(
        elsewhere[0].contains("SOLUSDT-PERP.BYBIT names no configured venue"),
        "{elsewhere:#?}"
    );
    let none = complaints(load(&with("\"BTCUSDT-PERP.BINANCE\", \"SOLUSDT-PERP.BINANCE\"", "")));
    assert!(none[0].starts_with("t.toml:8:7: instruments.ids = []: 0 entries"), "{none:#?}");
}

#[test]
fn refuses_a_council_that_cannot_decide() {
    check(
        "threshold = ",
        "quorum = 2\nthreshold = ",
        "t.toml:12:10: council.quorum = 2: only 1 seats count, so this quorum is never reached; lower it, or add a seat that is not a shadow",
    );
    check_start(
        "threshold = ",
        "mode = \"solo\"\nthreshold = ",
        "t.toml:11:2: council.solo: mode = \"solo\" follows one member",
    );
    check_start(
        "threshold = ",
        "mode = \"solo\"\nsolo = \"quiet\"\nthreshold = ",
        "t.toml:13:8: council.solo = \"quiet\": 0 seats",
    );
    check_start(
        "name = \"lean\"",
        "name = \"lena\"",
        "t.toml:16:8: council.member[0].name = \"lena\": this word is not known; write one of \"lean\", \"quiet\"; the nearest is \"lean\"",
    );
    check_start(
        "[[council.member]]",
        "[council.member]",
        "t.toml:16:1: council.member.name: unknown key; members are a list",
    );
}

#[test]
fn refuses_inputs_that_nobody_computes() {
    let usual = complaints(load(&with("set = [\"ema:12\"]", "set = [\"ema:13\"]")));
    assert_eq!(
        usual,
        [
            "t.toml:15:1: council.member[0].inputs.trend = \"ema:12\": this indicator is not in indicators.set; add it there, or name one that is; the nearest is ema:13"
        ]
    );
    // A set that is wrong itself is one fault, not one more for each input.
    let broken = complaints(load(&with("set = [\"ema:12\"]", "set = [\"ema:12\", \"emma\"]")));
    assert_eq!(broken.len(), 1, "{broken:?}");
    let other = with("name = \"lean\"", "name = \"lean\"\ninputs = { trend = \"ema:13\" }");
    assert!(load(&other.replace("\"ema:12\"", "\"ema:13\"")).is_ok());
    check_start(
        "name = \"lean\"",
        "name = \"lean\"\ninputs = { trent = \"ema:12\" }",
        "t.toml:17:12: council.member[0].inputs.trent: unknown key; the nearest known key is council.member[0].inputs.trend",
    );
}

#[test]
fn refuses_remote_metrics_unless_allowed() {
    let remote = "[metrics]\nlisten = \"0.0.0.0:9464\"\n[instruments]";
    check_start(
        "[instruments]",
        remote,
        "t.toml:8:10: metrics.listen = \"0.0.0.0:9464\": other machines",
    );
    let allowed = remote.replace("[instruments]", "allow_remote = true\n[instruments]");
    assert!(load(&with("[instruments]", &allowed)).is_ok());
    assert!(load(&with("[instruments]", "[metrics]\nlisten = \"[::1]:0\"\n[instruments]")).is_ok());
    check_start(
        "[instruments]",
        "[metrics]\nlisten = \"localhost\"\n[instruments]",
        "t.toml:8:10: metrics.listen = \"localhost\": this is not an IP address and a port",
    );
}

#[test]
fn refuses_a_silence_shorter_than_staleness() {
    check_start(
        "[instruments]",
        "[feed]\nstale_after_ms = 100\nsilence_ms = 99\n[instruments]",
        "t.toml:9:14: feed.silence_ms = 99: a connection would be given up before its books count as stale (100 ms); give at least 100",
    );
}

#[test]
fn names_the_variable_or_the_flag_at_fault() {
    let found = complaints(load_with(
        LEAST,
        &[("ALTHING__COUNCIL__TRESHOLD", "0.5"), ("ALTHING__GATEWAY__ORDER_TIMEOUT_MS", "soon")],
        &[("engine.layout", "feed+,risk")],
    ));
    assert_eq!(
        found,
        [
            "environment ALTHING__COUNCIL__TRESHOLD: council.treshold: unknown key; the nearest known key is council.threshold",
            "environment ALTHING__GATEWAY__ORDER_TIMEOUT_MS: gateway.order_timeout_ms = \"soon\": this text cannot be read as its key wants; write a whole number from 1 to 600000",
            "flag --layout: engine.layout = \"feed+,risk\": this layout has an empty name in it; write \"auto\", \"fused\", \"pinned\" or groups such as \"feed+normalizer,indicator+council+risk,gateway\"",
        ]
    );
}
