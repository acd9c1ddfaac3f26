//! Judged and checked values into the typed configuration.
//!
//! Invariant: called only when nothing was complained about, so every required
//! key is there with its kind; a missing one would be a mistake in `keys.rs`,
//! and reads as the empty value of its type.

use crate::checks::{given_params, venue_of};
use crate::config::{
    Config, Council, CouncilMode, Durability, Engine, Exchange, Feed, Gateway, Indicators,
    Instrument, Journal, KeyType, Metrics, Mode, Network, OrderPlan, RuleChoice, RuleState, Seat,
    SecretPlace, Source, Speed, Stream, Venue, Wait,
};
use crate::values::Values;
use crate::{Document, Registries, forms};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use types::{Decimal, InstrumentId, OrderType, TimeInForce};

/// The whole.
pub(crate) fn build(values: &Values, document: &Document, registries: &Registries<'_>) -> Config {
    let read = Reader(values);
    let instruments = instruments(values, document);
    Config {
        version: read.number("version"),
        engine: engine(&read),
        journal: Journal {
            segment_mib: read.number("journal.segment_mib"),
            durability: Durability::Process,
            flush_ms: read.number("journal.flush_ms"),
        },
        venues: document.tables_in("venues").into_iter().map(|name| venue(&read, name)).collect(),
        indicators: indicators(values, registries),
        council: council(&read, document, (registries, &instruments)),
        risk: rules(&read, registries, &instruments),
        instruments,
        gateway: Gateway { order_timeout_ms: read.number("gateway.order_timeout_ms") },
        feed: feed(&read),
        links: links(&read),
        metrics: Metrics {
            listen: read
                .text("metrics.listen")
                .parse()
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        },
        exchange: exchange(&read),
    }
}

/// Values by type.
struct Reader<'v>(&'v Values);

impl Reader<'_> {
    fn number<T: TryFrom<i128> + Default>(&self, path: &str) -> T {
        self.0.integer(path).and_then(|value| T::try_from(value).ok()).unwrap_or_default()
    }

    fn text(&self, path: &str) -> &str {
        self.0.text(path).unwrap_or_default()
    }

    fn owned(&self, path: &str) -> Option<String> {
        self.0.text(path).map(str::to_owned)
    }

    fn path(&self, path: &str) -> Option<PathBuf> {
        self.0.text(path).map(PathBuf::from)
    }

    /// Invariant: a share has been checked to hold in millionths.
    fn ppm(&self, path: &str) -> u32 {
        self.decimal(path).at(6).and_then(|ppm| ppm.try_into().ok()).unwrap_or_default()
    }

    fn decimal(&self, path: &str) -> Decimal {
        self.0.decimal(path).unwrap_or(Decimal::new(0, 0))
    }
}

fn engine(read: &Reader<'_>) -> Engine {
    Engine {
        mode: match read.text("engine.mode") {
            "live" => Mode::Live,
            "testnet" => Mode::Testnet,
            _ => Mode::Paper,
        },
        state_dir: read.path("engine.state_dir").unwrap_or_default(),
        layout: topology::Layout::parse(read.text("engine.layout"))
            .unwrap_or(topology::Layout::Auto),
        wait: match read.text("engine.wait") {
            "spin" => Wait::Spin,
            "spin_yield" => Wait::SpinYield,
            "spin_park" => Wait::SpinPark,
            _ => Wait::Auto,
        },
        memory_mib: read.number("engine.memory_mib"),
        strategy_id: read.number("engine.strategy_id"),
    }
}

fn venue(read: &Reader<'_>, name: String) -> (String, Venue) {
    let key = |key: &str| format!("venues.{name}.{key}");
    let in_file = || read.path(&key("secret_file")).map(SecretPlace::File);
    let venue = Venue {
        dialect: read.text(&key("dialect")).to_owned(),
        network: match read.text(&key("network")) {
            "mainnet" => Network::Mainnet,
            "testnet" => Network::Testnet,
            "custom" => Network::Custom,
            _ => Network::Embedded,
        },
        rest: read.owned(&key("rest")),
        ws: read.owned(&key("ws")),
        ws_api: read.owned(&key("ws_api")),
        key_env: read.owned(&key("key_env")),
        key_type: match read.text(&key("key_type")) {
            "ed25519" => KeyType::Ed25519,
            _ => KeyType::Hmac,
        },
        secret: read.owned(&key("secret_env")).map(SecretPlace::Environment).or_else(in_file),
        recv_window_ms: read.number(&key("recv_window_ms")),
        extra_ca: read.path(&key("extra_ca")),
    };
    (name, venue)
}

fn instruments(values: &Values, document: &Document) -> Vec<Instrument> {
    let venues = document.tables_in("venues");
    let of = |id: &String| {
        let parsed = forms::instrument(id).ok()?;
        let venue = venue_of(values, &venues, &parsed.venue)?.to_owned();
        Some(Instrument { venue, ..parsed })
    };
    values.list("instruments.ids").iter().filter_map(of).collect()
}

/// The indices of the instruments of each symbol that `value` has something for.
fn by_symbol<T>(
    instruments: &[Instrument],
    value: impl Fn(&str) -> Option<T>,
) -> Vec<(InstrumentId, T)> {
    let ids = (0..).map(InstrumentId).zip(instruments);
    ids.filter_map(|(id, instrument)| Some((id, value(instrument.symbol.as_str())?))).collect()
}

fn indicators(values: &Values, registries: &Registries<'_>) -> Indicators {
    let set = values.list("indicators.set").iter();
    Indicators {
        set: set.filter_map(|label| forms::indicator(label, registries).ok()).collect(),
        source: values
            .text("indicators.source")
            .and_then(|text| forms::source(text).ok())
            .unwrap_or(Source::Touch),
        bar_grace_ms: values.integer("indicators.bar_grace_ms").and_then(|ms| ms.try_into().ok()),
    }
}

fn council(
    read: &Reader<'_>,
    document: &Document,
    (registries, instruments): (&Registries<'_>, &[Instrument]),
) -> Council {
    let count = document.array_length("council.member");
    Council {
        mode: match read.text("council.mode") {
            "off" => CouncilMode::Off,
            "solo" => CouncilMode::Solo(read.text("council.solo").to_owned()),
            _ => CouncilMode::Ensemble,
        },
        quorum: read.number("council.quorum"),
        threshold_ppm: read.ppm("council.threshold"),
        vote_ttl_ms: read.number("council.vote_ttl_ms"),
        order: order(read, instruments),
        seats: (0..count).map(|index| seat(read, index, registries)).collect(),
    }
}

fn seat(read: &Reader<'_>, index: usize, registries: &Registries<'_>) -> Seat {
    let path = format!("council.member[{index}]");
    let name = read.text(&format!("{path}.name"));
    let entry = registries.member(name);
    let roles = entry.map_or(&[][..], |entry| entry.inputs).iter();
    let input = |role: &crate::Role| {
        Some((role.name.to_owned(), read.owned(&format!("{path}.inputs.{}", role.name))?))
    };
    Seat {
        name: name.to_owned(),
        weight_ppm: read.ppm(&format!("{path}.weight")),
        is_shadow: read.0.flag(&format!("{path}.shadow")).unwrap_or_default(),
        params: entry.map_or_else(Vec::new, |entry| given_params(read.0, &path, entry)),
        inputs: roles.filter_map(input).collect(),
    }
}

fn order(read: &Reader<'_>, instruments: &[Instrument]) -> OrderPlan {
    let time_in_force = read.text("council.order.time_in_force");
    let words = TimeInForce::ALL.iter().find(|word| word.as_str() == time_in_force);
    OrderPlan {
        order_type: match read.text("council.order.type") {
            "MARKET" => OrderType::Market,
            _ => OrderType::Limit,
        },
        time_in_force: words.copied().unwrap_or(TimeInForce::Gtx),
        qty: read.decimal("council.order.qty"),
        qty_of: by_symbol(instruments, |symbol| {
            read.0.decimal(&format!("council.order.qty_of.{symbol}"))
        }),
        position_max: read.0.decimal("council.order.position_max"),
        offset_ticks: read.number("council.order.offset_ticks"),
        amend_ticks: read.0.integer("council.order.amend_ticks").and_then(|n| n.try_into().ok()),
        max_age_ms: read.number("council.order.max_age_ms"),
        cooldown_ms: read.number("council.order.cooldown_ms"),
        cancel_retry_ms: read.number("council.order.cancel_retry_ms"),
    }
}

fn rules(
    read: &Reader<'_>,
    registries: &Registries<'_>,
    instruments: &[Instrument],
) -> Vec<RuleChoice> {
    let choice = |rule: &crate::Registered<'_>| {
        let path = format!("risk.{}", rule.name);
        let own = |symbol: &str| {
            let own = given_params(read.0, &format!("{path}.instruments.{symbol}"), rule);
            (!own.is_empty()).then_some(own)
        };
        let state = match read.owned(&format!("{path}.off")) {
            Some(reason) => RuleState::Off(reason),
            None => RuleState::On {
                limits: given_params(read.0, &path, rule),
                own: by_symbol(instruments, own),
            },
        };
        RuleChoice { name: rule.name.to_owned(), state }
    };
    registries.rules.iter().map(choice).collect()
}

fn feed(read: &Reader<'_>) -> Feed {
    let stream = |word: &String| match word.as_str() {
        "depth" => Stream::Depth,
        "trades" => Stream::Trades,
        "agg_trades" => Stream::AggTrades,
        "mark_price" => Stream::MarkPrice,
        "liquidations" => Stream::Liquidations,
        "klines" => Stream::Klines,
        _ => Stream::Quotes,
    };
    let interval = types::KlineInterval::parse(read.text("feed.kline_interval").as_bytes());
    let most = read.0.integer("feed.streams_per_connection");
    Feed {
        streams: read.0.list("feed.streams").iter().map(stream).collect(),
        stale_after_ms: read.number("feed.stale_after_ms"),
        silence_ms: read.number("feed.silence_ms"),
        max_frame_kib: read.number("feed.max_frame_kib"),
        kline_interval: interval.unwrap_or(types::KlineInterval::M1),
        copies: read.number("feed.copies"),
        gap_wait_ms: read.number("feed.gap_wait_ms"),
        rotate_after_s: read.number("feed.rotate_after_s"),
        rotate_overlap_ms: read.number("feed.rotate_overlap_ms"),
        streams_per_connection: most.and_then(|most| most.try_into().ok()),
        book_levels: read.number("feed.book_levels"),
    }
}

fn links(read: &Reader<'_>) -> BTreeMap<String, usize> {
    let given = read.0.iter().filter_map(|(path, _)| {
        let name = path.strip_prefix("links.")?;
        Some((name.to_owned(), read.number(path)))
    });
    given.collect()
}

fn exchange(read: &Reader<'_>) -> Exchange {
    Exchange {
        rate: read.number("exchange.rate"),
        seed: read.number("exchange.seed"),
        capture: read.0.list("exchange.capture").iter().map(PathBuf::from).collect(),
        speed: forms::speed(read.text("exchange.speed")).unwrap_or(Speed::Times(1)),
        duration_s: read.number("exchange.duration_s"),
        model: crate::venue_model::read(read.0),
        script: read.path("exchange.script"),
    }
}
