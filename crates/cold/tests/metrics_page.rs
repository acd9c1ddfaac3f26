//! docs/metrics.md is what the code says.

use std::path::Path;

#[test]
fn the_page_is_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let page = cold::metrics_page();
    if std::env::var_os("ALTHING_BLESS").is_some() {
        std::fs::write(&path, &page).expect("docs/metrics.md can be written");
    }
    let file = std::fs::read_to_string(&path).expect("docs/metrics.md is there");
    assert!(file == page, "docs/metrics.md is stale: run this test with ALTHING_BLESS=1");
}

#[test]
fn every_metric_has_a_row_with_its_type_labels_and_unit() {
    let page = cold::metrics_page();
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
