//! Any disorder comes out sorted, with and without portions on disk.

use super::*;

fn written(name: &str, stamps: &[u64]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("althing-order-{}-{name}", std::process::id()));
    let lines = stamps.iter().enumerate().map(|(index, stamp)| {
        format!("{{\"t\":\"recv\",\"ts\":1600000{stamp:03}.5,\"data\":\"{index}\"}}\n")
    });
    std::fs::write(&path, lines.collect::<String>()).unwrap();
    path
}

fn sorted(budget: usize, path: &Path) -> Vec<(i64, u64)> {
    let mut sorted = Sorted::within(budget, Lines::open(path).unwrap(), path).unwrap();
    let mut out = Vec::new();
    while let Some(placed) = sorted.take().unwrap() {
        out.push((placed.at, placed.line));
    }
    out
}

#[test]
fn lines_come_out_by_stamp_and_then_by_line_however_little_memory_there_is() {
    // A linear congruential walk: far from order, with equal stamps.
    let stamps: Vec<u64> = (0..500_u64).map(|n| n * 7919 % 97).collect();
    let path = written("portions", &stamps);
    let mut expected: Vec<(i64, u64)> = (1..)
        .zip(&stamps)
        .map(|(line, stamp)| ((1_600_000_000 + *stamp as i64) * 1_000_000_000 + 500_000_000, line))
        .collect();
    expected.sort_unstable();
    assert_eq!(sorted(1 << 20, &path), expected, "all in memory");
    assert_eq!(sorted(4096, &path), expected, "in portions on disk");
    std::fs::remove_file(path).unwrap();
}
