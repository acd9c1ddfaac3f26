//! docs/metrics.md is what the code says. The one place where this crate meets the
//! actors, for the names of what they count.

use cold::ActorCounters;
use std::path::Path;

/// As `althing::telemetry` hands them over.
fn actors() -> Vec<ActorCounters> {
    vec![
        ("feed", feed::FeedCounters::default().read()),
        ("normalizer", normalizer::NormalizerCounters::default().read()),
        ("indicator", indicator::Counters::default().read()),
        ("council", council::CouncilCounters::default().read()),
        ("risk", risk::RiskCounters::default().read()),
        ("gateway", gateway::GatewayCounters::default().read()),
        ("market_wire", net::WireCounters::default().read().named()),
        ("orders_wire", net::WireCounters::default().read().named()),
    ]
}

fn page() -> String {
    cold::metrics_page(&actors())
}

#[test]
fn the_page_is_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let page = page();
    if std::env::var_os("ALTHING_BLESS").is_some() {
        std::fs::write(&path, &page).expect("docs/metrics.md can be written");
    }
    let file = std::fs::read_to_string(&path).expect("docs/metrics.md is there");
    assert!(file == page, "docs/metrics.md is stale: run this test with ALTHING_BLESS=1");
}

#[test]
fn every_metric_has_a_row_with_its_type_labels_and_unit() {
    let page = page();
    for spec in cold::METRICS {
        let rows: Vec<_> =
            page.lines().filter(|row| row.starts_with(&format!("| `{}` |", spec.name))).collect();
        let [row] = rows[..] else { panic!("{} has {} rows", spec.name, rows.len()) };
        let cells: Vec<_> = row.split(" | ").collect();
        assert_eq!(cells.len(), 5, "{row}");
        assert_eq!(cells[1], spec.kind.as_str());
        assert!(spec.labels.iter().all(|label| cells[2].contains(&format!("`{label}`"))));
        assert!(!cells[3].is_empty() && cells[4].len() > 2, "{row}");
    }
}

#[test]
fn every_actors_counter_has_one_row_and_a_meaning() {
    let page = page();
    for (actor, counters) in actors() {
        assert!(!counters.is_empty(), "{actor} counts nothing");
        for (name, meaning, value) in counters {
            assert!(meaning.ends_with('.') && meaning.len() > 5, "{actor}.{name}: {meaning}");
            assert_eq!(value, 0, "{actor}.{name} before anything happened");
            let metric = cold::counter_metric_name(actor, name);
            let rows = page.lines().filter(|row| row.starts_with(&format!("| `{metric}` |")));
            assert_eq!(rows.count(), 1, "{metric}");
        }
    }
}
