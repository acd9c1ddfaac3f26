//! The walls of STYLE.md: columns, lines of a function, lines of a file, bytes.
//!
//! Clippy has the wall for functions as well; this one also stands inside
//! macros, and cannot be switched off with an attribute.

use crate::finding::Finding;
use crate::lex::code;
use crate::tree::{File, Tree};

/// rustfmt breaks code at 100; what it leaves longer, inside a macro or a
/// signature with patterns, may reach this.
const COLUMNS: usize = 120;
const FUNCTION_LINES: usize = 70;
const FILE_LINES: usize = 600;
const TEST_FILE_LINES: usize = 1200;
const FILE_BYTES: u64 = 500_000;

/// Measures every file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| file.bytes > FILE_BYTES) {
        let what = format!("is {} bytes, more than {FILE_BYTES}", file.bytes);
        let remedy = "cut it down to what the test needs, or fetch it with a script";
        found.push(Finding::new(&file.path, 0, what, remedy));
    }
    for (file, text) in tree.rust() {
        columns(file, text, &mut found);
        file_lines(file, text, &mut found);
        for (line, name, lines) in functions(&code(text)) {
            if lines > FUNCTION_LINES {
                let what = format!("{name} has {lines} lines of code, more than {FUNCTION_LINES}");
                let remedy = "cut a step out of it that has a name";
                found.push(Finding::new(&file.path, line, what, remedy));
            }
        }
    }
    found
}

fn columns(file: &File, text: &str, found: &mut Vec<Finding>) {
    for (number, (line, code)) in (1..).zip(text.lines().zip(code(text).lines())) {
        let columns = line.chars().count();
        // A sentence or a venue's frame stays on one line, as it is.
        if columns > COLUMNS && !is_string(line, code) {
            let what = format!("{columns} columns, more than {COLUMNS}");
            found.push(Finding::new(&file.path, number, what, "break the line"));
        }
    }
}

/// Whether a line is long only by what stands inside its strings.
fn is_string(line: &str, code: &str) -> bool {
    let squeezed: usize = code.split_whitespace().map(|word| word.chars().count() + 1).sum();
    let indent = line.len() - line.trim_start().len();
    !line.trim_start().starts_with("//") && indent + squeezed <= COLUMNS
}

fn file_lines(file: &File, text: &str, found: &mut Vec<Finding>) {
    let (lines, limit, remedy) = if file.is_test() {
        (text.lines().count(), TEST_FILE_LINES, "split it by behaviour")
    } else {
        (untested_lines(text), FILE_LINES, "make a folder of the same name, a file for each noun")
    };
    if lines > limit {
        let what = format!("has {lines} lines, more than {limit}");
        found.push(Finding::new(&file.path, 0, what, remedy));
    }
}

/// Lines before an inline `mod tests {`, which by custom comes last.
fn untested_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |pair: &[&str]| {
        let next = pair[1].trim();
        pair[0].trim() == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{')
    };
    lines.windows(2).position(opens).unwrap_or(lines.len())
}

/// Every function with a body: the line of its `fn`, its name, and its lines
/// that hold code, from `fn` to the closing brace. Takes what `lex::code` gives.
pub(crate) fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    let part = |c: char| c.is_alphanumeric() || c == '_';
    for (at, _) in code.match_indices("fn ") {
        let after = code[at + 3..].trim_start_matches('$');
        let name: String = after.chars().take_while(|c| part(*c)).collect();
        if name.is_empty() || code[..at].chars().next_back().is_some_and(part) {
            continue;
        }
        if let Some(end) = end_of_body(&code[at..]) {
            let lines = code[at..at + end].lines().filter(|line| !line.trim().is_empty()).count();
            found.push((code[..at].matches('\n').count() + 1, name, lines));
        }
    }
    found
}

/// Bytes from `fn` to behind the brace that closes its body; `None` when the
/// function has no body or does not end.
fn end_of_body(code: &str) -> Option<usize> {
    let (mut round, mut curly) = (0_usize, 0_usize);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round = round.saturating_sub(1),
            ';' if round == 0 && curly == 0 => return None,
            '{' if round == 0 || curly > 0 => curly += 1,
            '}' if curly > 0 => {
                curly -= 1;
                if curly == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
