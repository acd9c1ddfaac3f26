//! The nearest known word to one that is not known.
//!
//! Read by the messages about unknown keys and unknown names. Compares only.

/// Edits that turn `a` into `b`: insertions, deletions, substitutions and
/// swaps of neighbours (optimal string alignment).
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(LONGEST).collect();
    let b: Vec<char> = b.chars().take(LONGEST).collect();
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substituted = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substituted.min(last[j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Longer words are compared by their beginning: the cost is quadratic.
const LONGEST: usize = 100;

/// The word of `known` with the fewest edits; the first of several.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known.min_by_key(|candidate| distance(word, candidate))
}

/// The path of `known` nearest to `path`. The last part counts double, and a
/// wrong section costs at most three edits: `layout` alone finds `engine.layout`.
pub(crate) fn nearest_path<'k>(
    path: &str,
    known: impl Iterator<Item = &'k str>,
) -> Option<&'k str> {
    let (section, last) = split(path);
    known.min_by_key(|candidate| {
        let (known_section, known_last) = split(candidate);
        2 * distance(last, known_last) + distance(section, known_section).min(3)
    })
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}
